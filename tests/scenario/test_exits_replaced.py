"""One of two exits that is over leaves its place: another one is put beside the one that stands (C13)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.words.risk import Verdict
from terminal.engine.books.conditional import ConditionalRow
from terminal.engine.previews.command import preview
from tests.engine_world import ONE, RB, TRADER, World, device
from tests.scenario.conftest import Begin
from tests.scenario.exits import STOP, TAKE, attached, exits, guard, states_and_lots
from tests.scenario.waiting_orders import sent

NEARER = TAKE - 4


def withdrawn(world: World, row: ConditionalRow) -> None:
    done = world.do(TRADER, c.WithdrawConditional(account=ONE, conditional=row.conditional))
    assert done.ok, done.sentence


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize(("last", "left"), [(NEARER, [S.EXPIRED, S.RELEASED]), (STOP, [S.RELEASED, S.EXPIRED])])
def test_a_new_take_profit_beside_the_standing_stop_is_one_of_two_with_it(
    begin: Begin, last: int, left: list[S], restarts: bool
) -> None:
    world = begin()
    world.buy(8, 3701)
    stop, profit = attached(world, 5)
    withdrawn(world, profit)
    wish = exits(5, stop=None, take=NEARER)
    foreseen = preview(
        world.engine.look,
        TRADER,
        device(TRADER),
        1,
        c.GuardPosition(account=ONE, exits=wish, beside=stop.conditional),
        split_close=False,
    )
    assert (foreseen.verdict is not Verdict.DENY, f"与 {stop.conditional} 二择一" in foreseen.sentence) == (True, True)
    done = guard(world, wish, beside=stop.conditional)
    assert (done.code, f"与 {stop.conditional} 二择一" in done.sentence) == ("OK", True)
    assert guard(world, exits(5, stop=None, take=NEARER - 1), beside=stop.conditional).code == "BAD_GUARD"
    world.check()
    if restarts:
        world.restart()
        world.wait(6)
    before = len(sent(world))
    world.show({RB: (last, last + 1)})
    assert states_and_lots(world)[1] == (S.WITHDRAWN, 5)
    assert [state for state, _ in (states_and_lots(world)[0], states_and_lots(world)[2])] == left
    assert (world.net(), [one.lots for one in sent(world, before)]) == (3, [5])


def test_the_stop_is_replaced_as_well_and_as_often_as_one_likes(begin: Begin) -> None:
    world = begin()
    world.buy(5, 3701)
    stop, profit = attached(world, 5)
    withdrawn(world, stop)
    for lower in (1, 2, 3):
        assert guard(world, exits(5, stop=STOP - lower, take=None), beside=profit.conditional).ok
        withdrawn(world, list(world.account.conditionals.rows.values())[-1])
        world.check()
    assert guard(world, exits(5, stop=STOP, take=None), beside=profit.conditional).ok
    world.show({RB: (STOP, STOP + 1)})
    world.check()
    assert [state for state, _ in states_and_lots(world)] == [
        S.WITHDRAWN, S.EXPIRED, S.WITHDRAWN, S.WITHDRAWN, S.WITHDRAWN, S.RELEASED,
    ]  # fmt: skip
    assert world.net() == 0


def working_profit(world: World) -> tuple[ConditionalRow, c.CancelOrder]:
    # A take-profit whose order works a tick above the market, and what cancels that order.
    attached(world, 5, at=d.AtPrice(price=Decimal(TAKE + 1)))
    world.show({RB: (TAKE, TAKE + 1)})
    (order,) = world.account.live
    return next(iter(world.account.conditionals.rows.values())), c.CancelOrder(account=ONE, order=order)


def test_what_one_of_two_has_at_the_exchange_keeps_its_place_until_it_is_over(begin: Begin) -> None:
    world = begin()
    world.buy(8, 3701)
    stop, cancel = working_profit(world)
    wish = exits(5, stop=None, take=TAKE + 5)
    assert guard(world, wish, beside=stop.conditional).code == "BAD_GUARD"
    assert world.do(TRADER, cancel).ok
    assert guard(world, wish, beside=stop.conditional).ok
    world.check()


@pytest.mark.parametrize("stops", [False, True])
def test_an_order_of_the_one_replaced_that_comes_after_all_closes_the_lots_of_both(begin: Begin, stops: bool) -> None:
    world = begin()
    world.buy(20, 3701)
    # Given a take-profit whose order never came, as it seems, and another one in its place
    stop, _ = attached(world, 5, at=d.AtPrice(price=Decimal(TAKE + 1)))
    world.wire.hold_orders = True
    world.show({RB: (TAKE, TAKE + 1)})
    world.wire.hold_orders = False
    world.show({RB: (3700, 3701)})
    world.wait(40)
    assert not world.account.live
    assert guard(world, exits(5, stop=None, take=TAKE + 5), beside=stop.conditional).ok
    # When that order comes to the exchange, and fills in part
    world.arrive()
    world.show({RB: (TAKE + 1, TAKE + 2)}, lots=2)
    # Then both that stand go down with it, and whichever goes out takes the rest of it back first.
    assert states_and_lots(world) == [(S.WAITING, 3), (S.RELEASED, 5), (S.WAITING, 3)]
    before = len(sent(world))
    world.show({RB: (STOP, STOP + 1) if stops else (TAKE, TAKE + 1)})
    world.show({RB: (STOP, STOP + 1) if stops else (TAKE + 5, TAKE + 6)})
    world.wait(2)
    assert world.net() == 15
    assert [one.lots for one in sent(world, before)] == ([3] if stops else [])
