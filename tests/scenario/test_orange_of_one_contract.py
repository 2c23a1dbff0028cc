"""Opening is barred in one contract (限制开仓): what opens there waits unasked, and nothing else does."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import LevelChanged, OrderRecorded, OrderRefused
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.cancel_line import CancelLine
from terminal.domain.orders.order import Origin, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.risk import Level, Scope, Verdict
from terminal.engine.book.scopes import worst_level
from terminal.engine.turn import RUNNER, Turn
from tests import engine_market
from tests.engine_world import DAY, FAR, LIMITS, ONE, OTHER, RB, TRADER, World
from tests.scenario.between import ask_for, held, judge
from tests.scenario.conftest import Begin
from tests.scenario.legs import GRID, alerts, show, start_spread
from tests.scenario.test_grid import grid
from tests.scenario.test_roll import hold, roll, start
from tests.scenario.test_roll_far_held import quotes, stands
from tests.unit.engine.foreseen import ask

SHORT = {(name, DAY): replace(engine_market.instruments()[name], cancel_line=CancelLine(10, ())) for name in (RB, FAR)}


def orange(world: World, name: InstrumentId) -> None:
    """Let a person cancel eight orders of a contract, which is orange then, it alone."""
    for _ in range(8):
        row = world.buy(1, 3590, instrument=name)
        assert world.do(TRADER, c.CancelOrder(account=ONE, order=row.order)).ok
        world.wait(3)
    other = FAR if name == RB else RB
    levels = [worst_level(world.account, None, one) for one in (name, other)]
    assert levels == [Level.ORANGE, Level.NORMAL]


def turned(world: World, name: InstrumentId | None) -> None:
    """Bring a contract, or the whole account, to orange at once, as a signal does."""
    turn = Turn(world.state, world.engine.columns.at, "timer", RUNNER)
    scope = Scope(instrument=name)
    turn.say(
        LevelChanged(
            account=ONE,
            scope=scope,
            signal="zombie",
            value="1",
            threshold="",
            before=Level.NORMAL,
            after=Level.ORANGE,
            at=turn.at,
        )
    )
    world.runner._append(turn)


def children(world: World) -> list[OrderRecorded]:
    return [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]


@pytest.mark.parametrize(("name", "sent"), [(RB, False), (FAR, True)])
def test_a_grid_asks_for_no_entry_where_its_own_contract_is_barred_and_for_every_one_where_another_is(
    begin: Begin, name: InstrumentId, *, sent: bool
) -> None:
    # Given one contract at orange, and a grid on the near one
    world = begin(changed=SHORT)
    show(world)
    orange(world, name)
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid())).ok
    # When ten minutes go by
    for _ in range(120):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)}, after=5)
    # Then nothing was ever refused, and its lines rest where they may.
    assert world.facts(OrderRefused) == []
    assert world.account.strategies[GRID].status is StrategyStatus.RUNNING
    assert bool(children(world)) is sent


def test_the_preview_names_the_contract_in_which_nothing_may_be_opened(begin: Begin) -> None:
    world = begin(changed=SHORT)
    show(world)
    orange(world, RB)
    body = c.StartStrategy(account=ONE, strategy=GRID, settings=grid())
    said = ask(world, body)
    assert said.verdict >= Verdict.ALLOW
    assert any(one.startswith("rb2101 现在不能开仓") and one.endswith("启动后先等待") for one in said.details)


def test_near_is_closed_for_a_roll_into_another_account_whatever_the_level_of_its_own(begin: Begin) -> None:
    # Given near's account at orange, where nothing is to be opened
    world = held(begin)
    turned(world, None)
    assert ask_for(world).ok
    for second in range(120):
        low = second % 3 == 2
        world.show({RB: (3700, 3701), FAR: (3600, 3602)} if not low else {RB: (3701, 3702)})
    # Then all of it goes over.
    closed, opened = judge(world)
    assert closed == opened == 6
    assert world.state.accounts[OTHER].refused == {}


def test_far_that_is_barred_while_lots_of_it_lack_is_told_at_once_with_the_rule_and_not_asked_for(world: World) -> None:
    # Given near closed, and a far month that nobody offers
    hold(world)
    quotes(world)
    start(world, roll(chase_seconds=2, max_chases=1))
    world.wait(3)
    world.show({RB: (3702, 3703), FAR: (3600, None)})
    assert stands(world) == (6, 0)
    # When opening is barred there, and then somebody offers it
    turned(world, FAR)
    for _ in range(20):
        quotes(world)
    # Then the gate is not asked, and people read which rule it is, what lacks, and of what the leg is broken.
    assert world.facts(OrderRefused) == []
    assert stands(world) == (6, 0)
    (told,) = alerts(world, "FAR_HELD")
    assert "C18：" in told.sentence
    assert "风险级别橙色" in told.sentence
    assert "远月缺 6 手未对冲，开得了即补齐" in told.sentence
    (broken,) = alerts(world, "LEG_BROKEN")
    assert "断腿：远月现在不能开仓（" in broken.sentence


def test_a_hedge_that_may_not_be_opened_breaks_its_leg_with_that_reason(world: World) -> None:
    # Given a spread whose active leg has traded while a person's order stood in the way of its hedge
    own = world.buy(5, 3600, instrument=FAR)
    start_spread(world, sets=1)
    while not children(world):
        show(world)
    assert (world.net(RB), world.net(FAR)) == (1, 0)
    # When that order is gone, and the other contract is barred
    turned(world, FAR)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=own.order)).ok
    for _ in range(60):
        show(world)
    # Then the gate is not asked for it again, and the alert says why nothing follows.
    assert len(world.facts(OrderRefused)) == 1
    first, *_ = alerts(world, "LEG_BROKEN")
    assert "rb2105 现在不能开仓（风险级别" in first.sentence


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        (LIMITS, True),
        (replace(LIMITS, position_lots_by_instrument={RB: 0}), False),
        (replace(LIMITS, position_lots_by_instrument={FAR: 0}), True),
        (replace(LIMITS, position_lots=None), False),
        (replace(LIMITS, position_lots=None, position_lots_by_instrument={RB: 5}), True),
    ],
)
def test_a_contract_without_a_limit_of_lots_is_not_opened(begin: Begin, limits: Limits, *, allowed: bool) -> None:
    world = begin(limits=limits)
    show(world)
    look = world.engine.look
    assert look.opening_allowed(ONE, None, RB) is allowed
    assert look.opening_allowed(ONE, None)
    # And the gate says the same of one lot.
    assert world.order(Side.BUY, 1, 3690).ok is allowed
