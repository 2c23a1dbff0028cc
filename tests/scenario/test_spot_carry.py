"""A spread against spot that says what holding spot costs is judged by what is left beyond it, and tells its profit."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from msgspec.structs import replace

from terminal.backtest.report import SpotResult
from terminal.backtest.spot_result import spot_result
from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.carry import carry as holding
from terminal.domain.parameters.spot_side import SpotSide
from terminal.domain.parameters.strategy import Manual, RollSettings
from terminal.strategies.spread.priced import carry_now
from tests.engine_market import FAR_ORE, WITH_FAR_ORE
from tests.engine_world import DAY, NEXT_DAY, ONE, SPOT, TRADER, I, World, instruments
from tests.scenario.carrying import begin, card, carry, confirm, memory, ore, quote
from tests.scenario.conftest import Begin, relist
from tests.scenario.legs import SPREAD, alerts
from tests.unit.engine.foreseen import ask

# i2101 trades last on 2021-01-15, 147 days away: 880 × 5 % × 147 ÷ 365 + 0.5 × 147 = 17.7205 + 73.5.
SIDE: Final = SpotSide(tonnes=Decimal(100), alert_minutes=30, financing_percent=Decimal(5), storage_yuan=Decimal("0.5"))


def test_holding_costs_money_for_the_days_that_are_left_and_nothing_past_the_last_one() -> None:
    found = holding(SIDE, Decimal(880), DAY, 20210115)
    assert (found.days, found.financing, found.storage) == (147, Decimal("17.7205"), Decimal("73.5"))
    assert holding(SIDE, Decimal(880), 20210115, 20210115).total == 0
    assert holding(SIDE, Decimal(880), 20210118, 20210115).total == 0


def test_the_future_is_sold_only_where_it_pays_for_holding_the_spot_too(world: World) -> None:
    quote(world, 880)
    begin(world, carry(spot_side=SIDE))
    # 880 + 91.2205 − 926 = 45.2205 is more than 45; a bare basis of 45 would have been there at 835.
    assert ore(world, 835) == 0
    assert ore(world, 926) == 0
    assert "持有成本 91.22 元/吨（147 天），已计入价差" in card(world)
    world.show({I: ("926.5", "927")})
    world.wait(10)
    assert world.net(I) == -5


def test_a_day_that_passes_makes_holding_cheaper_and_the_same_price_good(world: World) -> None:
    quote(world, 880)
    begin(world, carry(spot_side=SIDE))
    assert ore(world, 925) == 0
    # On Monday 144 days are left: 880 + 17.3589 + 72 − 925 = 44.3589.
    world.show_at(instant(NEXT_DAY, 9, 5), {I: (925, 926)})
    world.wait(10)
    assert world.net(I) == -5


def test_the_preview_says_the_sum_and_that_nothing_is_reckoned_where_nothing_is_filled_in(world: World) -> None:
    quote(world, 880)
    wish = c.StartStrategy(account=ONE, strategy=SPREAD, settings=carry(spot_side=SIDE))
    told = "；".join(ask(world, wish).details)
    assert (
        "持有成本 91.22 元/吨 = 现货价 880 × 5% × 147 ÷ 365 + 仓储 0.5 × 147（到 i2101 最后交易日 2021-01-15，147 天）"
        in told
    )
    assert "含持有成本的价差现在 买 141.22 卖 140.72" in told
    bare = "；".join(ask(world, replace(wish, settings=carry())).details)
    assert "持有成本（资金、仓储）没有填，按 0 判价" in bare


def test_rates_may_change_while_it_runs_and_the_tonnes_may_not(world: World) -> None:
    quote(world, 880)
    begin(world, carry(spot_side=SIDE))
    cheaper = carry(spot_side=replace(SIDE, storage_yuan=Decimal(0)))
    assert world.do(TRADER, c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=cheaper)).ok
    assert ore(world, 853) == -5  # 880 + 17.7205 − 853 = 44.7205
    heavier = carry(spot_side=replace(SIDE, tonnes=Decimal(90)))
    done = world.do(TRADER, c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=2, settings=heavier))
    assert done.code == "NOT_CHANGEABLE"


def test_where_the_last_day_is_unknown_or_a_rate_is_absurd_it_is_refused(world: World) -> None:
    quote(world, 880)

    def start(side: SpotSide) -> str:
        return world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=carry(spot_side=side))).sentence

    assert "资金年利率应在 0 至 100 之间" in start(replace(SIDE, financing_percent=Decimal(101)))
    assert "仓储费（每吨每天）应在 0 至 1,000 之间" in start(replace(SIDE, storage_yuan=Decimal("-0.1")))
    relist(world, replace(instruments()[I], expiry=None))
    assert "最后交易日未知，算不出持有成本" in start(SIDE)
    assert "已启动" in start(replace(SIDE, financing_percent=Decimal(0), storage_yuan=Decimal(0)))


def test_a_spread_with_holding_costs_does_not_go_along_with_a_roll(begin_world: World) -> None:
    world = begin_world
    quote(world, 880)
    begin(world, carry(spot_side=SIDE))
    world.show({I: ("926.5", "927")})
    world.wait(10)
    assert world.net(I) == -5
    roll = RollSettings(
        account=ONE,
        near=I,
        far=FAR_ORE,
        side=Side.SELL,
        lots=5,
        batch_lots=5,
        timings=(Manual(),),
        strategies=(SPREAD,),
    )
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId("roll"), settings=roll))
    assert not done.ok
    assert "的价差含持有成本" in done.sentence


@pytest.fixture
def begin_world(begin: Begin) -> World:
    """Give a world whose exchange lists ore's far month too."""
    world = begin(universe=WITH_FAR_ORE)
    world.show({FAR_ORE: (800, 801)})
    return world


def test_what_the_confirmed_spot_earned_stands_on_the_card_and_in_the_report(world: World) -> None:
    quote(world, 880)
    begin(world, carry())
    ore(world, 835)
    confirm(world, 500, 878)
    quote(world, 890)
    assert "现货盈亏 +¥6,000" in card(world)  # 500 × (890 − 878)
    ore(world, 809)
    confirm(world, 300, 900, side=Side.SELL)
    # 300 sold at 900, 200 still there at 890: 270 000 + 178 000 − 439 000.
    found = spot_result(world.account.strategies[SPREAD], world.engine.look)
    assert found == SpotResult(
        spot=SPOT,
        done=Decimal(200),
        undone=Decimal(-200),
        waived=Decimal(0),
        price=Decimal(890),
        profit=Decimal(9000),
        carry=None,
        carry_days=None,
    )
    confirm(world, 200, 895, side=Side.SELL)
    assert "现货盈亏 +¥10,000" in card(world)
    assert memory(world).spot.spent == -10_000


def held_with_carry(world: World) -> None:
    quote(world, 880)
    begin(world, carry(spot_side=SIDE))
    world.show({I: ("926.5", "927")})
    world.wait(10)
    assert world.net(I) == -5


def test_before_a_rate_is_changed_i_read_that_it_closes_what_is_held(world: World) -> None:
    # Given five sets held at 44.72, to be closed at 70
    held_with_carry(world)
    for rate, closes in ((6, False), (100, True)):
        wish = c.ChangeStrategy(
            account=ONE,
            strategy=SPREAD,
            base_version=1,
            settings=carry(spot_side=replace(SIDE, financing_percent=Decimal(rate))),
        )
        said = ask(world, wish).sentence
        # 880 + 880 × 147 ÷ 365 + 73.5 − 927 = 380.91
        leaves = "现在含持有成本的平仓价 380.91 已到卖出价 70：生效后立即平掉所持 5 套的期货，现货要人跟着了结"
        assert (leaves in said) is closes, said
    # Then the very change does so.
    assert world.do(TRADER, wish).ok
    world.wait(10)
    assert world.net(I) == 0


def test_holding_costs_are_not_reckoned_on_a_price_that_has_expired(world: World) -> None:
    held_with_carry(world)
    world.show_at(instant(20200825, 10), {I: (930, 931)})
    world.wait(3)
    assert carry_now(carry(spot_side=SIDE), world.engine.look) is None
    assert "没有有效的现货价" in card(world)
    assert "已计入价差" not in card(world)
    found = spot_result(world.account.strategies[SPREAD], world.engine.look)
    assert found is not None
    assert (found.price, found.carry) == (None, None)


def test_a_last_trading_day_that_is_no_longer_known_is_said_each_day_while_lots_are_held(world: World) -> None:
    held_with_carry(world)
    relist(world, replace(instruments()[I], expiry=None))
    world.show({I: (926, 927)}, after=2)
    world.wait(10)
    (alert,) = alerts(world, "CARRY_UNKNOWN")
    assert "i2101 的最后交易日未知，算不出持有成本，所持的套不判价、也不会自己平" in alert.sentence
    assert "i2101 的最后交易日未知，算不出持有成本，价差不判，也不平" in card(world)
    # The list of the next day knows it, and then no longer does.
    world.show_at(instant(NEXT_DAY, 10), {I: (926, 927)})
    world.wait(10)
    assert len(alerts(world, "CARRY_UNKNOWN")) == 1
    assert "最后交易日未知" not in card(world)
    relist(world, replace(instruments()[I], expiry=None))
    world.show({I: (926, 927)}, after=2)
    world.wait(10)
    assert len(alerts(world, "CARRY_UNKNOWN")) == 2
    world.show_at(instant(20200825, 10), {I: (926, 927)})
    world.wait(10)
    assert len(alerts(world, "CARRY_UNKNOWN")) == 2
    assert "最后交易日未知" not in card(world)
