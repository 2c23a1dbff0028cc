"""Limits, money and lots have changed under what runs: it may still be given a stop, made smaller and agreed to.

It could not be started any more; that is no reason to keep anybody from managing what is there.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone, LimitsSet, OrderRecorded
from terminal.domain.ids import ProductId, StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.limits import HedgeBound, Limits
from terminal.domain.parameters.strategy import GridSettings, SpreadSettings
from terminal.domain.parameters.target import TargetMode
from terminal.engine.turn import RUNNER, Turn
from tests.engine_market import CALL_830, PUT_830
from tests.engine_world import FAR, LIMITS, ONE, RB, TRADER, I, World
from tests.scenario import converting, targets
from tests.scenario.conftest import Begin
from tests.scenario.converting import SWAP
from tests.scenario.legs import SPREAD, spread_settings
from tests.scenario.targets import KEEPER
from tests.unit.engine.foreseen import ask, start

GRID: Final = StrategyId("grid")
BEYOND: Final = "它开仓的委托会被拒绝（C2），平仓不受影响"


def grid() -> GridSettings:
    """Hold forty lots of rebar at most, for 1.47 million yuan."""
    return GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3700),
        step=Decimal(10),
        lines=4,
        lots_per_line=10,
        stop=Decimal(3500),
        lower=Decimal(3550),
        upper=Decimal(3800),
    )


def bound(tonnes: int, **changes: Any) -> Limits:
    held = HedgeBound(group="螺纹", physical_tonnes=Decimal(tonnes), weights={ProductId("SHFE.rb"): Decimal(10)})
    return replace(LIMITS, hedge_bounds=(held,), **changes)


def limit(world: World, limits: Limits) -> None:
    """Let other limits hold from now on."""
    turn = Turn(world.state, world.at, "limits", RUNNER)
    turn.say(LimitsSet(account=ONE, limits=limits))
    world.runner._append(turn)


def change(world: World, name: StrategyId, **changes: Any) -> tuple[str, CommandDone]:
    """Change it; return what the preview said before, and what was done."""
    row = world.account.strategies[name]
    body = c.ChangeStrategy(
        account=ONE, strategy=name, base_version=row.version, settings=replace(row.settings, **changes)
    )
    foreseen = ask(world, body).sentence
    done = world.do(TRADER, body)
    assert ("不能修改" in foreseen) is not done.ok
    return foreseen, done


def test_a_grid_worth_more_than_is_allowed_by_now_is_given_a_tighter_stop_and_fewer_lots(world: World) -> None:
    # Given a grid of 1.47 million yuan, and limits that were lowered to a million since
    assert world.do(TRADER, start(grid(), GRID)).ok
    limit(world, replace(LIMITS, max_value_yuan=Decimal(1_000_000), confirm_value_yuan=Decimal(900_000)))
    # When its stop is tightened, then the preview says what the limit keeps it from, and nobody has to agree to it.
    foreseen, tightened = change(world, GRID, stop=Decimal(3540))
    assert BEYOND in foreseen
    assert "复核" not in foreseen
    assert tightened.code == "OK"
    # Fewer lots, though they are still worth more than is allowed, may be had as well; more of them may not.
    assert change(world, GRID, lots_per_line=9)[1].code == "OK"
    assert world.account.strategies[GRID].settings == replace(grid(), stop=Decimal(3540), lots_per_line=9)
    foreseen, refused = change(world, GRID, lots_per_line=10)
    assert refused.code == "PARENT_VALUE"
    assert "总价值超过上限 ¥1,000,000" in foreseen


def test_a_spread_that_holds_more_than_the_hedge_bound_bears_by_now_is_given_a_stop(begin: Begin) -> None:
    # Given a spread that holds six sets, and an exposure that has shrunk under its six naked lots
    world = begin(limits=bound(500))
    settings = spread_settings(naked_lots=6, max_sets=6)
    assert world.do(TRADER, start(settings, SPREAD)).ok
    world.wait(20)
    assert (world.net(RB), world.net(FAR)) == (6, -6)
    limit(world, bound(40))
    # When it is given a stop, another patience, fewer lots to stand alone
    for changes in ({"long_stop": Decimal(60)}, {"pause_seconds": 99}, {"naked_lots": 5}):
        done = change(world, SPREAD, **changes)[1]
        assert done.ok, done.sentence
    # Then it has them; what would have it trade sooner, or more, is asked of as ever.
    for changes in ({"buy_at": settings.buy_at + 1}, {"sell_at": settings.sell_at - 1}, {"max_sets": 7}):
        assert change(world, SPREAD, **changes)[1].code == "LEGGED_STATE"
    # And with fewer naked lots than the bound bears it may do all of it again.
    assert change(world, SPREAD, naked_lots=3)[1].ok
    assert change(world, SPREAD, buy_at=settings.buy_at + 1)[1].ok


def test_a_dearer_chase_is_refused_where_the_money_lasts_for_the_present_one(begin: Begin) -> None:
    # Given a spread that may come to a risk degree of 2.963 %, and limits that allow 2.964 % by now
    world = begin(limits=bound(5_000), cash=3_000_000)
    settings = spread_settings(naked_lots=3, max_sets=30)
    assert world.do(TRADER, start(settings, SPREAD)).ok
    world.wait(20)
    limit(world, bound(5_000, margin_confirm=Decimal("0.02964")))
    # When its legs are to be chased nine ticks further, it is what the change does, and is refused.
    farther = tuple(replace(leg, pay_up_ticks=9) for leg in settings.legs)
    foreseen, refused = change(world, SPREAD, legs=farther)
    assert refused.code == "LEGGED_STATE"
    assert "过不了风控 C6" in foreseen
    assert change(world, SPREAD, pause_seconds=99)[1].ok


def test_a_swap_whose_lots_were_closed_by_hand_is_given_a_stricter_limit(begin: Begin) -> None:
    # Given an exchange of a synthetic future that waits for its price, and three of its puts closed by hand
    world = converting.opened(begin)
    world.buy(4, "40.5", instrument=CALL_830)
    world.sell(4, "39", instrument=PUT_830)
    row = converting.started(world, converting.settings(limit="1"))
    assert world.order(Side.BUY, 3, "39.5", instrument=PUT_830, offset=Offset.CLOSE).ok
    # When the price it waits for is lowered, it has it; raised, it is told what is lacking.
    stricter, looser = (converting.settings(limit=price).buy_at for price in ("0.5", "2"))
    lowered = change(world, SWAP, buy_at=stricter)[1]
    assert lowered.ok, lowered.sentence
    assert isinstance(row.settings, SpreadSettings)
    assert row.settings.buy_at == stricter
    raised = change(world, SWAP, buy_at=looser)[1]
    assert "要平 i2101-P-830 空头 4 手，可平只有 1 手" in raised.sentence


def test_a_target_worth_more_than_is_allowed_by_now_is_agreed_to_where_it_closes(begin: Begin) -> None:
    # Given eighty lots sold by a target that proposes, and half of the ore sold since
    world = begin(limits=targets.ore_limits())
    assert targets.start(world, targets.target(mode=TargetMode.PROPOSE)).ok
    world.wait(5)
    assert targets.change(world, go=1).ok
    world.wait(20)
    assert world.net(I) == -80
    small = {"max_value_yuan": Decimal(10_000_000), "confirm_value_yuan": Decimal(9_000_000)}
    limit(world, targets.ore_limits(Decimal(5_000), **small))
    world.wait(20)
    # When a person agrees to buy thirty-five back
    foreseen, agreed = change(world, KEEPER, go=2)
    assert BEYOND in foreseen
    assert agreed.ok, agreed.sentence
    # Then they are closed.
    world.wait(20)
    assert world.net(I) == -45
    assert [one.terms.offset.value for one in world.facts(OrderRecorded)][-1].startswith("CLOSE")
