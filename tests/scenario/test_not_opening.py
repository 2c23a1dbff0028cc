"""A strategy that may open nothing says so on its card: what stands against it, since when, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import AccountFact, LevelChanged, LimitsSet, LinkLost, OrderRefused
from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.risk import Level, Scope
from terminal.engine.strategy.not_opening import not_opening
from terminal.engine.turn import RUNNER, Turn
from tests.engine_world import FAR, LIMITS, ONE, RB, RISK, SECOND_RISK, TRADER, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.legs import GRID, SPREAD, start_spread
from tests.scenario.test_grid import grid, start


def says(desk: Desk, name: str = GRID) -> str:
    desk.look()
    return {str(one): card.sentence for one, card in desk.strategies.items()}[name]


def told(world: World, *facts: AccountFact) -> None:
    turn = Turn(world.state, world.engine.columns.at, "timer", RUNNER)
    for fact in facts:
        turn.say(fact)
    world.runner._append(turn)


def level(
    after: Level, instrument: InstrumentId | None = None, *, before: Level = Level.NORMAL, value: str = "82.00"
) -> Callable[[World], LevelChanged]:
    return lambda world: LevelChanged(
        account=ONE,
        scope=Scope(instrument=instrument),
        signal="risk_degree",
        value=value,
        threshold="",
        before=before,
        after=after,
        at=world.engine.columns.at,
    )


def limits(changed: Limits) -> Callable[[World], LimitsSet]:
    return lambda world: LimitsSet(account=ONE, limits=changed)


def agrees(world: World, names: tuple[InstrumentId, ...]) -> bool:
    """Return whether the card and what bars a strategy's orders say the same; the card's half."""
    row = next(iter(world.account.strategies.values()))
    look, said = world.engine.look, not_opening(world.state, world.account, row)
    assert bool(said) is not all(look.opening_allowed(ONE, row.strategy, name) for name in names)
    return bool(said)


def test_a_grid_under_an_orange_level_says_which_since_when_and_what_to_do_until_it_falls(world: World) -> None:
    # Given a grid, and nothing that bars it
    start(world, grid())
    desk = Desk(world)
    assert "不能开仓" not in says(desk)
    # When the account's risk degree turns orange
    world.show()
    told(world, level(Level.ORANGE)(world))
    # Then the card says it, without a quote in between.
    assert says(desk).endswith(
        "；自 08-21 09:00 起整个账户风险度 82.00 %，级别橙色，不能开仓，降级后自动接着做；"
        "追加资金，或减少不必要的持仓；红色时只能平仓，须两人解除"
    )
    # And no longer once it has fallen.
    told(world, level(Level.YELLOW, before=Level.ORANGE, value="74.00")(world))
    assert "不能开仓" not in says(desk)


@pytest.mark.parametrize(
    ("bar", "words"),
    [
        (level(Level.YELLOW), ""),
        (level(Level.ORANGE, RB), "合约 rb2101风险度 82.00 %，级别橙色，不能开仓，降级后自动接着做"),
        (level(Level.RED, FAR), "合约 rb2105风险度 82.00 %，级别红色，不能开仓，须两人解除"),
        (level(Level.RED, InstrumentId("DCE.i2101")), ""),
        (limits(replace(LIMITS, position_lots_by_instrument={FAR: 0})), "rb2105 持仓限额为 0 手，不能开仓，请风控人员"),
        (limits(replace(LIMITS, position_lots=None)), "rb2101 没有设置持仓限额，不能开仓，请风控人员先设置"),
    ],
)
def test_what_the_card_says_is_what_bars_the_orders(
    world: World, bar: Callable[[World], AccountFact], words: str
) -> None:
    start_spread(world)
    desk = Desk(world)
    assert not agrees(world, (RB, FAR))
    told(world, bar(world))
    assert agrees(world, (RB, FAR)) is bool(words)
    assert words in says(desk, SPREAD)
    assert ("不能开仓" in says(desk, SPREAD)) is bool(words)


def test_while_the_exchange_is_away_the_card_says_so_and_a_paused_one_says_nothing_of_it(
    world: World,
) -> None:
    start_spread(world)
    desk = Desk(world)
    told(world, LinkLost(account=ONE, why="链路中断"))
    assert agrees(world, (RB, FAR))
    assert says(desk, SPREAD).endswith("；自 08-21 09:00 起与交易所断开，不能开仓，重连并对账一致后自动恢复")
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    assert "不能开仓" not in says(desk, SPREAD)


def test_openings_that_the_gate_refuses_for_a_limit_stand_on_the_card_with_their_count_until_one_goes_out(
    begin: Begin,
) -> None:
    # Given an account that may hold four lots of rebar and whose trader holds three of them
    world = begin(limits=replace(LIMITS, position_lots=4, position_confirm_fraction=Decimal(1)))
    world.show({RB: (3720, 3721)})
    world.buy(3, 3721)
    assert world.net(RB) == 3
    # When a grid is to buy two
    start(world, grid(lines=1, anchor=Decimal(3700)))
    desk = Desk(world)
    world.wait(4)
    refused = len(world.facts(OrderRefused))
    assert refused >= 2
    # Then its card says why nothing happens, and how often it was tried.
    said = says(desk)
    assert f"；最近一次开仓（08-21 09:00）被风控拒绝，自 08-21 09:00 起共 {refused} 次：" in said
    assert said.endswith("超过持仓限额 4 手；请减少 1 手，或先平仓、撤单")
    # When the trader has closed, and an order of the grid goes out
    assert world.close_long(3, 3720).ok
    world.wait(60)
    assert [order.remaining for order in world.account.live.values()] == [2]
    assert "被风控拒绝" not in says(desk)


def test_what_was_refused_by_limits_of_before_leaves_the_card_when_two_people_have_raised_them(begin: Begin) -> None:
    # Given an account that may hold five lots, whose spread was refused an opening
    world = begin(limits=replace(LIMITS, position_lots=5))
    world.show({RB: (3720, 3721)})
    start_spread(world)
    desk = Desk(world)
    world.buy(3, 3725)
    world.wait(1)
    world.show({RB: (3700, 3701)})
    world.wait(2)
    assert "；最近一次开仓（08-21 09:00）被风控拒绝" in says(desk, SPREAD)
    # When the price has gone, and one wants the limits raised, the card says it still
    world.show({RB: (3720, 3721)})
    world.wait(5)
    wanted = c.ChangeLimits(account=ONE, base_version=1, limits=LIMITS)
    assert world.do(RISK, wanted).code == "CONFIRM2"
    assert "被风控拒绝" in says(desk, SPREAD)
    # Then, when the other has agreed, it says nothing of it any more.
    assert world.decide(SECOND_RISK, world.parked).ok
    assert "被风控拒绝" not in says(desk, SPREAD)
    assert not agrees(world, (RB, FAR))
