from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.errors import InvariantError
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import (
    ENDED,
    TRANSITIONS,
    Offset,
    OrderEvent,
    OrderState,
    OrderTerms,
    Side,
    advance,
)

S, E = OrderState, OrderEvent

# The order life of SAFETY 2, drawn by hand: "." stays what it is, "-" cannot happen.
GRID = """
            SEND  ACCEPT  FILL     COMPLETE  CANCEL     EXPIRE   REJECT    LOSE     VOID
RECORDED    SENT  LIVE    PARTIAL  FILLED    CANCELLED  EXPIRED  REJECTED  UNKNOWN  VOID
SENT        .     LIVE    PARTIAL  FILLED    CANCELLED  EXPIRED  REJECTED  UNKNOWN  -
UNKNOWN     .     LIVE    PARTIAL  FILLED    CANCELLED  EXPIRED  REJECTED  .        VOID
LIVE        .     .       PARTIAL  FILLED    CANCELLED  EXPIRED  -         .        -
PARTIAL     .     .       .        FILLED    CANCELLED  EXPIRED  -         .        -
FILLED      .     .       -        -         .          .        -         .        -
CANCELLED   .     .       .        FILLED    .          .        -         .        -
EXPIRED     .     .       .        FILLED    .          .        -         .        -
REJECTED    .     -       -        -         -          -        .         .        -
VOID        -     LIVE    PARTIAL  FILLED    CANCELLED  EXPIRED  REJECTED  -        .
"""


def drawn() -> dict[tuple[OrderState, OrderEvent], OrderState | None]:
    head, *lines = GRID.strip().splitlines()
    found: dict[tuple[OrderState, OrderEvent], OrderState | None] = {}
    for line in lines:
        name, *cells = line.split()
        for event, cell in zip(head.split(), cells, strict=True):
            found[S(name), E(event)] = None if cell == "-" else S(name) if cell == "." else S(cell)
    return found


MEANING = drawn()


@pytest.mark.parametrize(("state", "event"), list(product(S, E)))
def test_every_event_in_every_state_means_what_the_page_says_or_is_an_error(
    state: OrderState, event: OrderEvent
) -> None:
    wanted = MEANING[state, event]
    if wanted is None:
        assert (state, event) not in TRANSITIONS
        with pytest.raises(InvariantError, match=f"from {state} on {event}"):
            advance(state, event)
    else:
        assert advance(state, event) is wanted


AGE = {
    S.RECORDED: 0,
    S.SENT: 1,
    S.UNKNOWN: 2,
    S.LIVE: 3,
    S.PARTIAL: 4,
    **dict.fromkeys(ENDED, 5),
}


def test_states_only_move_forward() -> None:
    # The one admitted exception is the zombie: declared void, and there after all.
    for (state, _), after in TRANSITIONS.items():
        assert AGE[after] >= AGE[state] or state is S.VOID


def test_silence_never_ends_an_order() -> None:
    for state in S:
        if (state, E.LOSE) in TRANSITIONS:
            after = advance(state, E.LOSE)
            assert after is state or after is S.UNKNOWN


def test_only_what_may_never_have_left_can_be_void() -> None:
    assert {state for state, event in TRANSITIONS if event is E.VOID} == {S.RECORDED, S.UNKNOWN, S.VOID}


# --- any order of arrival --------------------------------------------------------------------------------------


def live_through(start: OrderState, lots: int, reports: list[tuple[OrderEvent, int]]) -> tuple[OrderState, int]:
    """Feed reports as the engine would: a fill by its number counts once, and the last lots complete the order."""
    state, seen = start, set[int]()
    for event, number in reports:
        if event is not E.FILL:
            state = advance(state, event)
        elif number not in seen:
            seen.add(number)
            state = advance(state, E.COMPLETE if len(seen) == lots else E.FILL)
    return state, len(seen)


@st.composite
def stories(draw: st.DrawFn) -> tuple[int, list[tuple[OrderEvent, int]], list[tuple[OrderEvent, int]]]:
    lots = draw(st.integers(1, 4))
    filled = draw(st.integers(0, lots))
    end = draw(st.sampled_from([E.CANCEL, E.EXPIRE])) if filled < lots else None
    story = [(E.ACCEPT, 0), *((E.FILL, number) for number in range(filled)), *([(end, 0)] if end else [])]
    noise = st.lists(st.sampled_from([*story, (E.SEND, 0), (E.LOSE, 0)]), max_size=4)
    told = draw(st.permutations([*story, *draw(noise)]))
    return lots, story, list(told)


@given(story=stories(), start=st.sampled_from([S.RECORDED, S.SENT, S.UNKNOWN]))
def test_every_order_of_arrival_ends_in_the_same_state_and_fills(
    story: tuple[int, list[tuple[OrderEvent, int]], list[tuple[OrderEvent, int]]], start: OrderState
) -> None:
    lots, in_order, told = story
    assert live_through(start, lots, told) == live_through(S.SENT, lots, in_order)


# --- terms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "offset", "opening", "position"),
    [
        (Side.BUY, Offset.OPEN, True, Side.BUY),
        (Side.SELL, Offset.OPEN, True, Side.SELL),
        (Side.SELL, Offset.CLOSE, False, Side.BUY),
        (Side.BUY, Offset.CLOSE_TODAY, False, Side.SELL),
        (Side.BUY, Offset.CLOSE_YESTERDAY, False, Side.SELL),
    ],
)
def test_a_close_belongs_to_the_position_of_the_other_side(
    side: Side, offset: Offset, opening: bool, position: Side
) -> None:
    terms = OrderTerms(
        account=AccountId("A1"),
        instrument=InstrumentId("SHFE.rb2101"),
        side=side,
        offset=offset,
        lots=1,
        price=Decimal(3700),
    )
    assert terms.is_opening is opening
    assert terms.position_side is position


def test_sides_are_opposite_and_signed() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert (Side.BUY.opposite, Side.SELL.opposite) == (Side.SELL, Side.BUY)
