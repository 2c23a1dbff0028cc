"""Both legs of a spread go to other months on one day: one roll after the other, and nobody trades in between."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.marks import Finished, RollBegan
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, RollSettings, SpreadGrid, SpreadSettings
from terminal.domain.words.risk import Verdict
from terminal.engine.state import StrategyRow
from tests.engine_market import FAR_ORE, WITH_FAR_ORE
from tests.engine_world import AP, FAR, NEXT_NIGHT, ONE, RB, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, SPREAD
from tests.scenario.test_roll import go, marks, roll
from tests.scenario.test_roll_along import AGAINST_ORE, change, held_spread, opened, paid_between, started
from tests.unit.engine.foreseen import ask

ORE_ROLL = StrategyId("ore")


def ore(*timings: DaysToExpiry) -> RollSettings:
    """Return a roll of the three lots of ore that the spread has sold."""
    return roll(*timings, near=I, far=FAR_ORE, side=Side.SELL, lots=3, batch_lots=3, strategies=(SPREAD,))


def both(begin: Begin) -> tuple[World, StrategyRow]:
    """Return a world with a set of two rebar against three ore, and both far months quoted."""
    world = begin(universe=WITH_FAR_ORE)
    row = held_spread(world)
    world.show({FAR: (3600, 3602), FAR_ORE: (800, Decimal("800.5"))})
    return world, row


def legs_of(row: StrategyRow) -> list[str]:
    assert isinstance(row.settings, SpreadSettings)
    return [leg.instrument for leg in row.settings.legs]


def test_the_second_leg_is_rolled_on_the_same_day_as_soon_as_the_first_is_there(begin: Begin) -> None:
    # Given a roll of the ore that waits for its day, and one of the rebar that is under way
    world, row = both(begin)
    waiting = started(world, ORE_ROLL, ore(DaysToExpiry(days=0)))
    started(world, ROLL, roll(strategies=(SPREAD,), lots=2, batch_lots=1, batch_pause_seconds=20))
    go(world, 4)
    assert row.status is StrategyStatus.PAUSED
    # When the day of the ore comes meanwhile
    change(world, waiting, timings=(DaysToExpiry(days=900),))
    go(world, 2)
    # Then it waits for the first and says so, over a restart too, for the spread's ore is not to be taken from it;
    desk = Desk(world)
    desk.look()
    assert "随移策略 spread 的另一腿正随移仓 roll 移动，等它移完" in desk.strategies[ORE_ROLL].sentence
    assert len(marks(world, RollBegan)) == 1
    world.restart()
    go(world, 200)
    # and then moves it on this very day: both legs are far, by what each of them was traded at.
    row = world.account.strategies[SPREAD]
    assert legs_of(row) == [FAR, FAR_ORE]
    assert {name: held.lots for name, held in row.lots.items()} == {FAR: 2, FAR_ORE: -3}
    assert (world.net(RB), world.net(FAR), world.net(I), world.net(FAR_ORE)) == (0, 2, 0, -3)
    assert (row.status, row.version) == (StrategyStatus.RUNNING, 3)
    assert opened(world, SPREAD) == [(RB, 2), (I, 3)]
    first, second = (mark.moved[0].settings for mark in marks(world, Finished))
    assert isinstance(first, SpreadSettings)
    assert isinstance(second, SpreadSettings)
    assert first.buy_at == 4900 + 2 * paid_between(world)
    ore_shift = (second.buy_at - first.buy_at) / -3
    assert ore_shift == Decimal("-34.5")  # bought back at 834.5, sold at 800
    assert second.sell_at - second.buy_at == 6000 - 4900


def test_a_leg_that_has_come_today_does_not_go_on_today(begin: Begin) -> None:
    # Given a spread both of whose legs were rolled in the night
    world, row = both(begin)
    world.show_at(NEXT_NIGHT)
    for name, settings in ((ROLL, roll(strategies=(SPREAD,), lots=2)), (ORE_ROLL, ore())):
        started(world, name, settings)
        go(world, 80)
    assert legs_of(row) == [FAR, FAR_ORE]
    # When somebody would take either back on the same trading day
    for near, far, side, lots in ((FAR, RB, Side.BUY, 2), (FAR_ORE, I, Side.SELL, 3)):
        back = roll(near=near, far=far, side=side, lots=lots, batch_lots=lots, strategies=(SPREAD,))
        again = c.StartStrategy(account=ONE, strategy=StrategyId(f"back-{near}"), settings=back)
        # Then it is refused for today, before and when it is asked for.
        for sentence in (ask(world, again).sentence, world.do(TRADER, again).sentence):
            assert "随移策略 spread 今日已随移仓改绑过；同一交易日只改绑一次" in sentence


# --- an empty spread --------------------------------------------------------------------------------------------------


def turned_by(settings: SpreadSettings, by: int) -> SpreadSettings:
    """Return a spread on the far month of its rebar, `by` yuan dearer."""
    legs = (replace(settings.legs[0], instrument=FAR), *settings.legs[1:])
    moved = replace(settings, legs=legs, buy_at=settings.buy_at + by, sell_at=settings.sell_at + by)
    grid = moved.grid
    if grid is None:
        return moved
    shifted = replace(grid, stop=grid.stop + by, lower=grid.lower + by, upper=grid.upper + by)
    return replace(moved, grid=shifted)


def test_an_empty_spread_goes_to_another_month_with_all_its_prices(world: World) -> None:
    lined = SpreadGrid(side=Side.BUY, lines=1, stop=Decimal(100), lower=Decimal(150), upper=Decimal(7000))
    empty = replace(AGAINST_ORE, buy_at=Decimal(200), sell_at=Decimal(6000), grid=lined)
    row = started(world, SPREAD, empty)
    change_to = turned_by(empty, -200)
    body = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=change_to)
    foreseen = ask(world, body)
    assert foreseen.verdict < Verdict.CONFIRM2
    assert "买 rb2105、卖 i2101" in foreseen.sentence
    done = world.do(TRADER, body)
    assert done.code == "OK", done.sentence
    world.restart()
    row = world.account.strategies[SPREAD]
    assert (row.settings, row.status) == (change_to, StrategyStatus.RUNNING)


def test_what_an_empty_spread_may_not_become_is_said(world: World) -> None:
    empty = replace(AGAINST_ORE, buy_at=Decimal(100), sell_at=Decimal(9000))
    started(world, SPREAD, empty)
    whole = turned_by(empty, -200)
    other = replace(empty, legs=(replace(empty.legs[0], instrument=AP), empty.legs[1]))
    for settings, said in (
        (replace(whole, sell_at=empty.sell_at), "价差换合约时各价要一起平移同样的元数，其余设置不变"),
        (replace(whole, naked_lots=13), "价差换合约时各价要一起平移同样的元数，其余设置不变"),
        (other, "不是同一品种、同一合约乘数，不能换过去"),
    ):
        body = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=settings)
        for sentence in (ask(world, body).sentence, world.do(TRADER, body).sentence):
            assert said in sentence


def test_a_leg_that_is_held_goes_by_a_roll_alone(world: World) -> None:
    row = held_spread(world)
    settings = turned_by(AGAINST_ORE, -200)
    done = world.do(TRADER, c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=settings))
    assert "价差的这一腿持有仓位或有委托在途时合约不能换，请由移仓带它过去" in done.sentence
    assert legs_of(row) == [RB, I]
