"""What the card of an ended strategy says of its lots, in the users' words: the account's, another's, or nowhere."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import ExecutionStyle
from terminal.shell.picture.handed_back import handed_back
from tests.engine_world import FAR, ONE, OTHER, RB, World
from tests.picture_desk import Desk
from tests.scenario.between import ask_for, half, held, walk
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, SPREAD
from tests.scenario.test_execution import BUY, execution
from tests.scenario.test_execution import start as start_execution
from tests.scenario.test_roll import go, roll
from tests.scenario.test_roll_along import held_spread, started


@pytest.mark.parametrize("offset", [Offset.OPEN, Offset.CLOSE])
def test_an_execution_hands_back_what_it_opened_and_never_what_it_closed(world: World, offset: Offset) -> None:
    # Given an execution that sells four lots, new ones or those the account holds
    if offset is Offset.CLOSE:
        world.buy(4, 3701)
    settings = execution(side=Side.SELL, offset=offset, total_lots=4, limit=Decimal(3690), style=ExecutionStyle.BEST)
    start_execution(world, settings)
    for _ in range(3):
        world.wait(5)
        world.show({RB: (3702, 3703)})
    # Then only the new ones are the account's now.
    assert world.net(RB) == (-4 if offset is Offset.OPEN else 0)
    card = Desk(world).strategies[BUY]
    assert (card.status, card.handed_back) == (StrategyStatus.FINISHED, offset is Offset.OPEN)


def test_of_a_roll_between_accounts_the_far_half_alone_hands_lots_back(begin: Begin) -> None:
    # Given near lots of one account that have gone to far in another
    world = held(begin)
    assert ask_for(world).ok
    walk(world, 60)
    near, far = half(world, ONE), half(world, OTHER)
    assert (near.lots[RB].lots, far.lots[FAR].lots) == (-6, 6)
    # Then near's card does not speak of lots that are nowhere.
    assert (near.status, handed_back(near)) == (StrategyStatus.FINISHED, False)
    assert (far.status, handed_back(far)) == (StrategyStatus.FINISHED, True)


@pytest.mark.parametrize("beside", [0, 4])
def test_what_a_roll_bound_to_another_strategy_is_not_the_account_s(world: World, beside: int) -> None:
    # Given a roll of a spread's two lots, alone or with four of nobody's
    held_spread(world)
    if beside:
        world.buy(beside, 3701)
    started(world, ROLL, roll(strategies=(SPREAD,), lots=2 + beside))
    go(world, 90)
    # Then its card names the spread, and hands back the four alone
    desk = Desk(world)
    card = desk.strategies[ROLL]
    assert (card.status, card.passed_on, card.handed_back) == (StrategyStatus.FINISHED, (SPREAD,), bool(beside))
    assert desk.strategies[SPREAD].lots[FAR] == 2
    # and says the same after a restart, and when the spread has turned over to the other side.
    world.restart()
    world.show({FAR: (4600, 4602)})
    go(world, 8)
    assert world.account.strategies[SPREAD].lots[FAR].lots == -2
    card = Desk(world).strategies[ROLL]
    assert (card.passed_on, card.handed_back) == ((SPREAD,), bool(beside))
