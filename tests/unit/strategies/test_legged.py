from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.strategies.spread.balance import lacks, unbalanced
from terminal.strategies.spread.hedge_ladder import most_chases, worst_price
from terminal.strategies.spread.legged import Legged, legged_states
from tests.unit.strategies.spreading import FAR, calendar, market, world
from tests.unit.strategies.test_balance import MILL


def test_the_legged_states_of_a_calendar_spread() -> None:
    found = legged_states(calendar(max_sets=6, naked_lots=5))
    assert set(found) == {
        Legged(way, lots, lacking)
        for way in (1, -1)
        for lots, lacking in (
            ((6 * way, -6 * way), (0, 0)),
            ((6 * way, -1 * way), (0, -5 * way)),
            ((5 * way, -5 * way), (0, 0)),
            ((5 * way, 0), (0, -5 * way)),
        )
    }


def test_every_subset_of_the_legs_of_a_mill_spread_may_lag() -> None:
    found = legged_states(replace(MILL, naked_lots=30))
    whole = {state.lots for state in found if abs(state.lots[0]) == 100}
    assert whole == {(way * 100, way * -i, way * -j) for way in (1, -1) for i, j in ((16, 5), (0, 5), (16, 0), (0, 0))}


@given(st.integers(2, 60), st.integers(1, 4))
def test_no_state_has_more_naked_lots_than_the_limit_and_its_lacks_are_true(naked: int, sets: int) -> None:
    settings: SpreadSettings = replace(MILL, naked_lots=naked, max_sets=sets)
    for state in legged_states(settings):
        assert lacks(settings, state.lots) == state.lacking
        assert unbalanced(settings, state.lots) <= naked


def test_the_worst_price_is_as_far_as_the_chases_go_and_ten_ticks_at_most() -> None:
    made = world()
    market(made, 100)
    known, quote, leg = made.instrument(FAR), made.quote(FAR), calendar().legs[0]
    assert quote is not None
    settings = calendar(hedge_seconds=3, max_chases=5)
    assert most_chases(settings, 1) == 6  # 追价 5 次，断腿时再一次；18 秒里等不到第 30 秒
    assert worst_price(known, quote, leg, Side.BUY, 6) == Decimal(7106)
    assert worst_price(known, quote, leg, Side.SELL, 6) == Decimal(7093)
    assert worst_price(known, quote, replace(leg, pay_up_ticks=5), Side.BUY, 6) == Decimal(7110)
    assert worst_price(known, quote._replace(upper_limit=7103), leg, Side.BUY, 6) == Decimal(7103)
