"""The windows of a rule of several contracts hold rows of one instant, whatever rolls have taken which of them."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.parameters.own import OwnContract, OwnSettings
from terminal.strategies.own.windows import rebound, watches_of
from tests.engine_market import AP, FAR, RB, I, Shown
from tests.unit.engine.test_columns import ALWAYS, BEGIN, SECOND, columns, show

Row = tuple[int | None, int, int, int]  # the far month of rebar, rebar, ore, apples; `None` is not quoted on two sides
ROWS = st.lists(
    st.tuples(st.one_of(st.none(), *[st.integers(3600, 3700)] * 3), *[st.integers(3600, 3700)] * 3),
    min_size=16,
    max_size=16,
)
STEEL = OwnContract(name="steel", instrument=RB)


def rule(*others: OwnContract, size: int = 5) -> OwnSettings:
    return OwnSettings(
        account=AccountId("a"), instrument=I, code="", sha256="", title="", max_lots=1, sample_seconds=1, window=size,
        others=others,
    )  # fmt: skip


@given(
    rows=ROWS,
    turns=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    gaps=st.tuples(st.integers(-200, 200), st.integers(-200, 200)),
    size=st.integers(1, 12),
)
def test_rows_stay_whole_over_rolls_of_two_contracts_and_a_restart_reads_them_off_the_tape(
    rows: list[Row], turns: tuple[int, int], gaps: tuple[int, int], size: int
) -> None:
    # Given a rule of ore and rebar; first rebar goes to its far month, then ore gives way to apples
    before = rule(STEEL, size=size)
    first, second = turns[0], sum(turns)
    once = rebound(before, RB, FAR, BEGIN + first * SECOND, Decimal(gaps[0]))
    twice = rebound(once, I, AP, BEGIN + second * SECOND, Decimal(gaps[1]))
    assert [one.before for one in watches_of(twice)] == list(watches_of(once))
    assert [one.before for one in watches_of(once)] == list(watches_of(before))
    live, again = columns(), columns()
    expected: list[tuple[float, float]] = []
    for book, settings in ((live, before), (again, twice)):
        for watch in watches_of(settings):
            book.watch(watch)
    for place, (far, near, ore, apples) in enumerate(rows):
        for book in (live, again):
            shown: dict[InstrumentId, Shown] = {
                FAR: (far, 3702), RB: (near, 3702), I: (ore, 3702), AP: (apples, 3702),
            }  # fmt: skip
            book.sample(show(book, shown, at=BEGIN + place * SECOND), ALWAYS)
        steel = near if place <= first else far
        if steel is not None:
            moved = (gaps[1] if place <= second else 0, gaps[0] if place <= first else 0)
            one = ore if place <= second else apples
            expected.append(((one + 3702) / 2 + moved[0], (steel + 3702) / 2 + moved[1]))
        for turn, settings in ((first, once), (second, twice)):
            for watch in watches_of(settings) if place == turn else ():
                live.watch(watch)
    # Then live and again hold the same rows, and each row is of one instant.
    for book in (live, again):
        found = list(zip(*(book.watches[watch].samples() for watch in watches_of(twice)), strict=True))
        assert found == expected[-size:]


def test_rules_that_name_the_same_contracts_in_another_order_share_their_windows() -> None:
    ore = OwnContract(name="ore", instrument=I)
    apples = OwnContract(name="apples", instrument=AP)
    first, second = (
        rule(STEEL, apples),
        OwnSettings(
            account=AccountId("b"), instrument=AP, code="", sha256="", title="", max_lots=1, sample_seconds=1, window=5,
            others=(ore, STEEL),
        ),
    )  # fmt: skip
    assert set(watches_of(first)) == set(watches_of(second))
    assert len(set(watches_of(first))) == 3
