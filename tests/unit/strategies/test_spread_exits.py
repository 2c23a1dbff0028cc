"""The exits of a spread: what reaches them, how the closing rounds go, and that nothing is done twice or too early."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.exit_marks import ExitSeen
from terminal.domain.fact.marks import ExitReached, Finished, RoundBegan, RoundEnded
from terminal.domain.parameters.exits import EXITS, exit_faults
from terminal.domain.view import SpreadQuote
from terminal.strategies.sight import EDGE
from terminal.strategies.spread.exits import reached, stopped_already
from tests.unit.strategies.spreading import NEAR, calendar, market, nets, trade, world
from tests.unit.strategies.world import SECOND, World


def bought(**changes: object) -> World:
    """Three sets bought at 90; closing them gives two less than the spread that is shown."""
    made = world(90, **{"long_stop": Decimal(80), "sets": 3, "max_sets": 3, **changes})
    trade(made)
    assert nets(made) == [3, -3]
    made.wait(10)
    return made


def test_one_tick_above_the_stop_it_holds_and_at_the_stop_it_closes_and_ends() -> None:
    made = bought()
    market(made, 83)
    trade(made)
    assert (nets(made), made.of(ExitReached)) == ([3, -3], [])
    market(made, 82)
    trade(made)
    assert (nets(made), len(made.of(Finished))) == ([0, 0], 1)
    assert [one.price for one in made.of(ExitReached)] == [Decimal(80)]
    assert made.of(RoundBegan)[-1].sets == -3


def test_in_the_pause_after_a_round_the_stop_is_looked_at_and_closes_without_waiting() -> None:
    made = bought(pause_seconds=600)
    market(made, 82)
    trade(made)
    assert nets(made) == [0, 0]


def test_a_round_that_is_opening_ends_at_the_stop_and_what_it_has_is_closed() -> None:
    made = world(90, long_stop=Decimal(80), sets=6, max_sets=6, naked_lots=2)
    made.step()
    made.take(made.one("leg:0"))
    made.step()
    made.fill(made.one("leg:1"))
    assert nets(made) == [2, -2]
    made.wait(3)
    market(made, 82)
    trade(made)
    assert nets(made) == [0, 0]
    assert len(made.of(RoundBegan)) == len(made.of(RoundEnded)) == 2


def test_a_closing_round_never_passes_zero_though_sets_leave_a_fraction() -> None:
    # Given two active lots a set, and three of them held
    legs = calendar().legs
    uneven = (msgspec.structs.replace(legs[0], lots=2), msgspec.structs.replace(legs[1], lots=-2))
    made = world(90, legs=uneven, sets=2, max_sets=2, long_stop=Decimal(80), naked_lots=3)
    made.step()
    made.take(made.one("leg:0"))
    made.step()
    made.fill(made.one("leg:1"))
    assert nets(made) == [3, -3]
    made.wait(3)
    market(made, 82)
    trade(made)
    assert nets(made) == [0, 0]


@pytest.mark.parametrize(("left_ns", "judges"), [(EDGE + 1, True), (EDGE, False), (EDGE // 2, False)])
def test_nothing_is_judged_in_the_last_moments_of_a_session_in_which_no_order_gets_through(
    left_ns: int, *, judges: bool
) -> None:
    made = bought()
    market(made, 60)
    made.sessions[NEAR] = msgspec.structs.replace(made.sessions[NEAR], ends_at=made.at + left_ns)
    made.step()
    assert bool(made.of(ExitReached)) is judges


def test_a_leg_out_of_its_session_or_with_one_side_judges_nothing() -> None:
    made = bought()
    made.sessions[NEAR] = msgspec.structs.replace(made.sessions[NEAR], phase=Phase.BREAK)
    market(made, 60)
    made.step()
    assert (made.of(ExitReached), made.of(ExitSeen)) == ([], [])
    made.sessions[NEAR] = msgspec.structs.replace(made.sessions[NEAR], phase=Phase.CONTINUOUS)
    for _ in range(59):
        made.show(NEAR, 7000, None)
        made.step()
        made.wait(1)
    assert made.of(ExitSeen) == []
    for _ in range(3):
        made.show(NEAR, 7000, None)
        made.step()
        made.wait(1)
    assert (made.of(ExitReached), [one.why for one in made.of(ExitSeen)]) == ([], ["只有买价"])


@pytest.mark.parametrize(("left", "told"), [(60 * SECOND + EDGE, 0), (61 * SECOND + EDGE, 1)])
def test_a_book_that_is_missing_is_not_told_of_in_the_last_moments_of_a_session(left: int, told: int) -> None:
    # Given a book that shows one side for the last minute of a session, and nobody who could still do anything
    made = bought()
    made.phase(Phase.CONTINUOUS, ends_in=left // SECOND, only=NEAR)
    ends = made.sessions[NEAR].ends_at
    while made.at < ends:
        made.show(NEAR, 7000, None)
        made.step()
        made.wait(1)
    assert len(made.of(ExitSeen)) == told


prices = st.decimals(-50, 50, places=1)


@given(prices, prices, st.none() | prices, st.none() | prices, st.sampled_from((1, -1)))
def test_what_is_stopped_is_never_opened_and_an_exit_is_reached_by_the_closing_price_alone(
    buy: Decimal, sell: Decimal, stop: Decimal | None, profit: Decimal | None, way: int
) -> None:
    names = EXITS[:2] if way > 0 else EXITS[2:]
    settings = calendar(**dict(zip(names, (stop, profit), strict=True)))
    quote = SpreadQuote(buy, sell, 1, 1)
    price = sell if way > 0 else buy
    found = reached(settings, way, quote)
    assert stopped_already(settings, way, quote) == (found is not None and found[1])
    assert found is None or found[0] in {stop, profit}
    assert reached(settings, -way, quote) is None
    far = Decimal(10_000) * way
    other = quote._replace(buy=far) if way > 0 else quote._replace(sell=far)
    assert reached(settings, way, other) == found
    if stop is not None and (price - stop) * way <= 0:
        assert found == (stop, True)


@given(prices, prices, st.sampled_from(EXITS), st.decimals(-60, 60, places=1))
def test_an_exit_that_is_let_pass_lies_on_its_own_side_of_the_asked_price(
    buy: Decimal, apart: Decimal, name: str, price: Decimal
) -> None:
    settings = calendar(buy_at=buy, sell_at=buy + abs(apart) + 1, **{name: price})
    if next(exit_faults(settings), None) is None:
        asked = settings.buy_at if name.startswith("long") else settings.sell_at
        below = name in {"long_stop", "short_take_profit"}
        assert (price < asked) is below
        assert price != asked
