"""What a spread was willing to pay for its other legs stays what it was when a roll gives it another near leg."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.domain.fact.target_marks import DayNoted, RatioFrozen
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadGrid, SpreadLeg, SpreadSettings
from terminal.strategies.spread.lines import level
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.spread.paid import Paid
from terminal.strategies.spread.rebound import rebound, shift_of_spread
from terminal.strategies.spread.strategy import SpreadStrategy
from terminal.strategies.target.memory import TargetMemory

NEAR, FAR, OTHER = InstrumentId("SHFE.rb2101"), InstrumentId("SHFE.rb2105"), InstrumentId("DCE.i2101")
GRID = SpreadGrid(
    side=Side.SELL, lines=2, stop=Decimal(400), lower=Decimal(-50), upper=Decimal(350), trail_to=Decimal(20)
)
yuan = st.decimals(-5000, 5000, places=1)


def spread(near: Decimal, other: Decimal, lots: int = 1) -> SpreadSettings:
    sign = 1 if near > 0 else -1
    return SpreadSettings(
        account=AccountId("a"),
        legs=(
            SpreadLeg(instrument=OTHER, coefficient=other, lots=1, active=True),
            SpreadLeg(instrument=NEAR, coefficient=near, lots=sign * lots),
        ),
        buy_at=Decimal(100),
        sell_at=Decimal(200),
        max_sets=2,
        grid=GRID,
    )


@given(
    near=st.sampled_from([Decimal(text) for text in ("1", "-1", "-1.6", "0.5", "12.25")]),
    price=yuan,
    shift=st.integers(-4000, 4000).map(Decimal),
)
def test_every_price_of_it_keeps_its_distance_from_the_market_that_the_roll_traded(
    near: Decimal, price: Decimal, shift: Decimal
) -> None:
    old = spread(near, Decimal(2))
    new = rebound(old, NEAR, FAR, shift)
    # The same market, far standing `shift` above near: what was that far away from a price is as far away now.
    before, after = near * price, near * (price + shift)
    assert (new.buy_at - after, new.sell_at - after) == (old.buy_at - before, old.sell_at - before)
    assert new.grid is not None
    assert new.grid.trail_to is not None
    for was, now in (
        (GRID.stop, new.grid.stop),
        (GRID.lower, new.grid.lower),
        (GRID.upper, new.grid.upper),
        (Decimal(20), new.grid.trail_to),
    ):
        assert now - after == was - before
    assert level(new, new.grid, 2) - after == level(old, GRID, 2) - before
    # Nothing else is touched, and the way back is the way there.
    assert [leg.instrument for leg in new.legs] == [OTHER, FAR]
    assert rebound(new, FAR, NEAR, -shift) == old


def test_a_spread_without_a_grid_moves_its_two_prices_alone() -> None:
    plain = replace(spread(Decimal("-1.6"), Decimal(2)), grid=None)
    assert shift_of_spread(plain, NEAR, Decimal(-30)) == Decimal(48)
    moved = rebound(plain, NEAR, FAR, Decimal(-30))
    assert (moved.buy_at, moved.sell_at, moved.grid) == (Decimal(148), Decimal(248), None)


def test_the_exits_of_a_spread_move_with_its_prices_and_those_it_has_not_stay_unset() -> None:
    plain = replace(
        spread(Decimal("-1.6"), Decimal(2)), grid=None, long_stop=Decimal(80), short_take_profit=Decimal(90)
    )
    moved = rebound(plain, NEAR, FAR, Decimal(-30))
    assert (moved.long_stop, moved.short_take_profit) == (Decimal(128), Decimal(138))
    assert (moved.long_take_profit, moved.short_stop) == (None, None)


def test_an_exit_that_comes_to_exactly_zero_in_the_new_month_is_lawful() -> None:
    plain = replace(spread(Decimal(-1), Decimal(1)), grid=None, long_stop=Decimal(80))
    moved = rebound(plain, NEAR, FAR, Decimal(80))
    assert moved.long_stop == 0
    assert SpreadStrategy().check(moved) is None


def test_a_round_of_the_old_prices_has_ended_and_what_the_legs_hold_is_kept() -> None:
    memory = SpreadMemory(
        legs=[], running=True, start=1, goal=5, cut=True, paid={"leg:0": Paid(1, Decimal(7400))}, round=3, breaks=2
    )
    memory.bound_anew()
    assert (memory.running, memory.cut, memory.paid) == (False, False, {})
    assert (memory.round, memory.breaks) == (3, 2)


def test_a_target_forgets_what_it_noted_of_the_old_contract_and_keeps_the_days_band() -> None:
    band = RatioFrozen(trading_day=20200821, low=Decimal(60), ratio=Decimal(70), high=Decimal(80))
    days = [DayNoted(trading_day=20200821, pre_settlement=Decimal(3700), volume=10)]
    memory = TargetMemory(number=4, net=-30, band=band, days=days, noted_at=7, stuck=True, turned_at=5)
    memory.bound_anew()
    # Settlements of two contracts beside each other would take the step between them for volatility.
    assert (memory.days, memory.noted_at, memory.stuck, memory.turned_at) == ([], 0, False, 0)
    assert (memory.band, memory.number, memory.net) == (band, 4, -30)
