"""An execution that runs is changed just when it must be: what passed under it keeps nobody from changing the rest."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, StrategyMarked
from terminal.domain.fact.marks import Chased
from terminal.domain.ids import StrategyId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import CurvePart, ExecutionSettings, ExecutionStyle
from tests.engine_world import CHECKER, DAY, MORNING, NEXT_DAY, NEXT_NIGHT, ONE, RB, TRADER, World
from tests.unit.engine.foreseen import ask

BUY: Final = StrategyId("E")
EARLY: Final = (CurvePart(begin="09:00", end="09:03", weight=Decimal(10)),)
LATE: Final = (CurvePart(begin="09:30", end="10:00", weight=Decimal(10)),)
ALL_HOUR: Final = (CurvePart(begin="09:00", end="10:00", weight=Decimal(1)),)
TEN_PAST: Final = instant(DAY, 9, 10)


def execution(**changes: Any) -> ExecutionSettings:
    """Buy ten lots in ten minutes by a curve whose weight is all in the first three, at a limit below the market."""
    made = ExecutionSettings(
        account=ONE,
        instrument=RB,
        style=ExecutionStyle.VWAP,
        side=Side.BUY,
        total_lots=10,
        limit=Decimal(3690),
        begins_at=MORNING,
        ends_at=TEN_PAST,
        slice_seconds=60,
        curve=EARLY,
    )
    return msgspec.structs.replace(made, **changes)


def start(world: World, settings: ExecutionSettings) -> None:
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=BUY, settings=settings))
    assert done.ok, done.sentence


def change(world: World, **changes: Any) -> str:
    """Change it and return why not, "" where it is changed; the preview says the same before."""
    row = world.account.strategies[BUY]
    settings = msgspec.structs.replace(row.settings, **changes)
    body = c.ChangeStrategy(account=ONE, strategy=BUY, base_version=row.version, settings=settings)
    foreseen = ask(world, body)
    done = world.do(TRADER, body)
    assert ("不能修改" in foreseen.sentence) is not done.ok
    said = "" if done.ok else done.sentence.partition("：")[2]
    assert said in foreseen.sentence
    return said


def settings_now(world: World) -> ExecutionSettings:
    found = world.account.strategies[BUY].settings
    assert isinstance(found, ExecutionSettings)
    return found


def overnight(world: World) -> None:
    """Start an hourly TWAP over two days, whose limit lies below all the second day allows, and come to its night."""
    settings = execution(style=ExecutionStyle.TWAP, curve=(), ends_at=instant(NEXT_DAY, 14), slice_seconds=3600)
    start(world, settings)
    world.wait(5)
    band = DayFacts(instrument=RB, trading_day=NEXT_DAY, upper_limit=4100, lower_limit=3700)
    world.show_at(NEXT_NIGHT, {RB: (3801, 3802)}, facts=[band])
    world.wait(5)


def test_a_limit_that_was_too_strict_is_loosened_after_the_weight_of_the_curve_has_passed(world: World) -> None:
    # Given ten lots that are all due at four past nine, and a limit at which none has traded
    start(world, execution())
    world.wait(240)
    assert world.net(RB) == 0
    # When the trader loosens the limit, and the patience of a chase
    assert change(world, chase_seconds=5) == ""
    assert change(world, limit=Decimal(3710)) == ""
    world.wait(60)
    # Then all of it is bought within the window, and nothing is left to decide by hand.
    assert world.net(RB) == 10
    assert world.account.strategies[BUY].status is StrategyStatus.FINISHED
    assert not world.facts(AlertRaised)


STYLES: Final = (ExecutionStyle.ICEBERG, ExecutionStyle.TWAP, ExecutionStyle.VWAP)


def resting(world: World) -> list[tuple[Decimal, int]]:
    return [(order.terms.price, order.remaining) for order in world.account.live.values()]


def chases(world: World) -> int:
    return len([one for one in world.facts(StrategyMarked) if isinstance(one.mark, Chased)])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("most", [0, 1])
def test_what_rests_at_a_limit_that_is_loosened_goes_further_though_no_chase_is_left(
    world: World, style: ExecutionStyle, most: int
) -> None:
    # Given lots that rest at 3690 in a market of 3700 to 3701, and no chase that may be used for them
    curve = EARLY if style is ExecutionStyle.VWAP else ()
    start(world, execution(style=style, curve=curve, shown_lots=5, max_chases=most, slice_seconds=300))
    world.wait(20)
    (held,) = resting(world)
    assert held[0] == 3690
    before = chases(world)
    # When the limit is loosened to what the market asks for, twice on the way
    assert change(world, limit=Decimal(3695)) == ""
    assert change(world, limit=Decimal(3705)) == ""
    world.wait(20)
    # Then it is bought, and none of its chases is gone for that.
    assert world.net(RB) >= held[1]
    assert chases(world) == before


def test_the_best_price_of_its_own_side_is_followed_once_the_limit_lets_it(world: World) -> None:
    # Given ten lots that have been chased as far as the limit
    start(world, execution(style=ExecutionStyle.BEST, curve=(), max_chases=1, max_pay_up_ticks=0, chase_seconds=2))
    world.show({RB: (3689, 3701)})
    world.wait(10)
    world.show({RB: (3700, 3701)})
    world.wait(10)
    assert resting(world) == [(Decimal(3690), 10)]
    assert chases(world) == 1
    # When the limit is loosened, then they rest at the best bid;
    assert change(world, limit=Decimal(3705)) == ""
    world.wait(10)
    assert resting(world) == [(Decimal(3700), 10)]
    # and what rests there, rests, when it is loosened once more.
    orders = list(world.account.live)
    assert change(world, limit=Decimal(3710)) == ""
    world.wait(10)
    assert list(world.account.live) == orders


def test_a_sale_goes_further_as_well_but_not_while_nobody_bids(world: World) -> None:
    # Given an iceberg that sells at 3720, and a market without a bid
    start(world, execution(style=ExecutionStyle.ICEBERG, curve=(), side=Side.SELL, limit=Decimal(3720), shown_lots=5))
    world.wait(20)
    (order,) = world.account.live
    world.traded.add(RB)
    world.show({RB: (None, 3701)})
    # When its limit is loosened, then it keeps its place until somebody bids, and is sold then.
    assert change(world, limit=Decimal(3695)) == ""
    world.restart()
    world.wait(10)
    assert [*world.account.live] == [order]
    world.show({RB: (3700, 3701)})
    world.wait(20)
    assert world.net(RB) <= -5


def test_more_lots_are_agreed_to_after_the_weight_of_the_curve_has_passed(world: World) -> None:
    # Given a change to thirteen lots, at a limit where they trade, that waits until all weight is past
    start(world, execution())
    row = world.account.strategies[BUY]
    more = msgspec.structs.replace(row.settings, total_lots=13, limit=Decimal(3710))
    asked = c.ChangeStrategy(account=ONE, strategy=BUY, base_version=row.version, settings=more)
    assert world.do(TRADER, asked).code == "CONFIRM2"
    world.wait(240)
    # When it is agreed to
    done = world.decide(CHECKER, world.parked)
    assert done.ok, done.sentence
    # Then all thirteen are bought.
    world.wait(60)
    assert world.net(RB) == 13


def test_a_limit_the_next_day_has_left_behind_keeps_nobody_from_wanting_less(world: World) -> None:
    # Given an execution over two days, whose limit of 3690 lies below the second day's lowest price of 3700
    overnight(world)
    # When the trader wants fewer lots, and an earlier end
    assert change(world, total_lots=5) == ""
    assert change(world, ends_at=instant(NEXT_DAY, 10)) == ""
    # Then it runs on by these, and a limit that is typed anew still has to lie within the day's band.
    assert settings_now(world).total_lots == 5
    assert world.account.strategies[BUY].status is StrategyStatus.RUNNING
    assert change(world, limit=Decimal(3695)) == "限价 3695 低于跌停价 3700，请改高。"
    assert change(world, limit=Decimal(3810)) == ""


@pytest.mark.parametrize("held", [10, 9])
def test_what_has_been_closed_already_is_not_missed(world: World, held: int) -> None:
    # Given an execution that is to close ten lots, a lot a minute, and has closed two
    world.buy(held, 3701)
    selling = execution(style=ExecutionStyle.TWAP, curve=(), side=Side.SELL, offset=Offset.CLOSE, begins_at=world.at)
    start(world, selling)
    world.wait(90)
    assert world.net(RB) == held - 2
    # When its chase is changed, then only the lots that are still to be closed are looked for.
    row = world.account.strategies[BUY]
    patient = msgspec.structs.replace(row.settings, chase_seconds=9)
    body = c.ChangeStrategy(account=ONE, strategy=BUY, base_version=row.version, settings=patient)
    missing = [one for one in ask(world, body).details if "可平只有" in one]
    assert ["可平只有 7 手，不足 1 手" in one for one in missing] == [True] * (10 - held)


@pytest.mark.parametrize("changes", [{"total_lots": 5}, {"ends_at": instant(DAY, 9, 20)}])
def test_slices_of_less_than_a_lot_keep_nobody_from_wanting_less_or_more_time(
    world: World, changes: dict[str, Any]
) -> None:
    # Given a lot a minute; five lots, or twenty minutes, are less than one
    start(world, execution(style=ExecutionStyle.TWAP, curve=(), limit=Decimal(3710)))
    world.wait(90)
    assert world.net(RB) == 2
    assert change(world, **changes) == ""
    # Then it ends at the whole when it is to.
    world.wait_until(settings_now(world).ends_at - 5_000_000_000)
    assert world.net(RB) == settings_now(world).total_lots


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"slice_seconds": 50}, "分片间隔 50 秒太短：10 手分 12 片，每片不足一手；请改到至少 60 秒。"),
        ({"curve": LATE}, "成交曲线在开始时间与结束时间之间没有权重，请补上这段时间。"),
        ({"limit": Decimal("3700.5")}, "限价 3700.5 不是最小变动价位 1 的整数倍。"),
        (
            {"ends_at": instant(DAY, 9, 3)},
            "结束时间：2020-08-21 09:00:00 至 2020-08-21 09:03:00 里（或其剩下的部分）没有连续交易时间，请改时间。",
        ),
    ],
)
def test_what_is_changed_itself_has_to_be_possible(world: World, changes: dict[str, Any], said: str) -> None:
    start(world, execution())
    world.wait(240)
    assert change(world, **changes) == said
    assert world.account.strategies[BUY].settings == execution()


def foreseen_of(world: World, **changes: Any) -> str:
    """Return what the preview says of a change."""
    row = world.account.strategies[BUY]
    settings = msgspec.structs.replace(row.settings, **changes)
    return ask(world, c.ChangeStrategy(account=ONE, strategy=BUY, base_version=row.version, settings=settings)).sentence


@pytest.mark.parametrize(
    ("side", "near", "far", "said"),
    [
        (Side.BUY, 3630, 3590, "限价 3590 比现价 3701 低 3.0 %"),
        (Side.SELL, 3770, 3811, "限价 3811 比现价 3700 高 3.0 %"),
    ],
)
def test_a_limit_set_where_nothing_trades_is_told_of_before(
    world: World, side: Side, near: int, far: int, said: str
) -> None:
    # Given an execution at a limit near the market
    start(world, execution(side=side, limit=Decimal(3700), curve=ALL_HOUR))
    assert "比现价" not in foreseen_of(world, limit=Decimal(near)).partition("可以修改")[2]
    # When its limit is set where the market is not, then the preview says so beside what may be done, and how far
    heed = foreseen_of(world, limit=Decimal(far)).partition("可以修改")[2]
    assert f"，但{said}，价到那里才成交，到时没有成交的不再追" in heed
    # And a limit on the other side, which trades at once, is no such one.
    assert "比现价" not in foreseen_of(world, limit=Decimal(7400) - far).partition("可以修改")[2]


def test_a_limit_that_the_next_days_band_leaves_behind_is_told_of_whatever_is_changed(world: World) -> None:
    overnight(world)
    row = world.account.strategies[BUY]
    assert row.status is StrategyStatus.RUNNING
    foreseen = foreseen_of(world, chase_seconds=20)
    assert "可以修改，但限价 3690 低于今日跌停价 3700，今日不会成交" in foreseen
