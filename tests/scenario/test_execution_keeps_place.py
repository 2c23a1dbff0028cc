"""An order that rests keeps its place in the queue until the better one that is to take it may go out, then it goes.

Without the place nothing would rest at all: the cancel is sure to pass, and the order after it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.facts import CancelRecorded, CancelRefused, OrderRefused
from terminal.domain.orders.cancel_line import CancelLine
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import ExecutionStyle
from terminal.domain.reports import CancelRejected
from terminal.domain.words.risk import Level
from terminal.engine.ports import WireCancel
from tests import engine_market
from tests.engine_world import CHECKER, DAY, LIMITS, ONE, RB, TRADER, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.test_changed_beyond_limits import limit
from tests.scenario.test_execution_changed import BUY, change, chases, execution, resting, start

BEST: Final = ExecutionStyle.BEST
ICEBERG: Final = ExecutionStyle.ICEBERG
Step = Callable[[World], None]


class Bar(NamedTuple):
    """Hold what keeps the better order back, and what lets it out again."""

    comes: Step
    goes: Step


def sells(price: int) -> Step:
    def step(world: World) -> None:
        assert world.order(Side.SELL, 3, price).ok

    return step


def takes_back(world: World) -> None:
    (sale,) = [row for row in world.account.live.values() if row.terms.side is Side.SELL]
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=sale.order)).ok


def limited(**changes: Any) -> Step:
    def step(world: World) -> None:
        limit(world, replace(LIMITS, **changes))

    return step


def loses(most: int, level: Level) -> Step:
    def step(world: World) -> None:
        limit(world, replace(LIMITS, day_loss_yuan=Decimal(most)))
        world.wait(2)
        assert max(row.level for row in world.account.levels.values()) is level

    return step


def eases(world: World) -> None:
    # Down from orange after two minutes without it.
    limited()(world)
    world.wait(110)
    assert not world.engine.look.opening_allowed(ONE, BUY, RB)
    assert not world.facts(CancelRecorded)
    world.wait(11)


BARS: Final = {
    "an own sale": Bar(sells(3691), takes_back),
    "a position limit": Bar(limited(position_lots=5), limited()),
    "half the loss of a day": Bar(loses(200, Level.YELLOW), limited()),
    "nearly all of it": Bar(loses(130, Level.ORANGE), eases),
}


def held(world: World, **changes: Any) -> None:
    """Lose 110 yuan with a lot, then let an execution that opens rest five lots at 3685, or as is said."""
    world.buy(1, 3701)
    world.traded.add(RB)
    world.show({RB: (3690, 3694)})
    made = {"style": ICEBERG, "curve": (), "limit": Decimal(3685), "shown_lots": 5, "max_chases": 0, **changes}
    start(world, execution(**made))
    world.wait(5)


def bought(world: World) -> list[tuple[Decimal, int]]:
    return [(row.terms.price, row.remaining) for row in world.account.live.values() if row.terms.side is Side.BUY]


def card(world: World) -> str:
    desk = Desk(world)
    desk.look()
    return desk.strategies[BUY].sentence


@pytest.mark.parametrize("name", BARS)
def test_a_loosened_limit_takes_no_order_back_before_the_better_one_may_go_out(world: World, name: str) -> None:
    # Given five lots at 3685, and something that keeps back what would be sent at 3691
    held(world)
    BARS[name].comes(world)
    (order,) = [row.order for row in world.account.live.values() if row.terms.side is Side.BUY]
    # When the limit is loosened to there, then it keeps its place, and the gate is not asked in vain.
    assert change(world, limit=Decimal(3691)) == ""
    world.wait(60)
    assert order in world.account.live
    assert not world.facts(CancelRecorded)
    assert not world.facts(OrderRefused)
    # The card says where it still rests, and what it waits for.
    assert "限价 3691（5 手还挂在改之前的 3685，好的那一笔能发出时才撤它）" in card(world)
    # And when nothing keeps it back any more, it goes further at once.
    BARS[name].goes(world)
    world.wait(4)
    assert "改之前" not in card(world)
    assert bought(world) == [(Decimal(3691), 5)]


def test_a_limit_that_is_set_back_leaves_nothing_at_a_former_one(world: World) -> None:
    held(world)
    BARS["a position limit"].comes(world)
    assert change(world, limit=Decimal(3691)) == ""
    world.wait(10)
    assert "改之前的 3685" in card(world)
    assert change(world, limit=Decimal(3685)) == ""
    world.wait(10)
    assert "改之前" not in card(world)


@pytest.mark.parametrize("name", BARS)
def test_a_chase_takes_no_order_back_before_the_better_one_may_go_out(world: World, name: str) -> None:
    # Given five lots at the best bid of 3690, and something that keeps back what would be sent two ticks further
    best = {"limit": Decimal(3691), "total_lots": 5, "max_pay_up_ticks": 2, "chase_seconds": 20, "max_chases": 2}
    held(world, style=BEST, **best)
    BARS[name].comes(world)
    world.wait(60)
    # Then it keeps its place, no chase is gone, and the gate is not asked in vain.
    assert bought(world) == [(Decimal(3690), 5)]
    assert not world.facts(CancelRecorded)
    assert not world.facts(OrderRefused)
    assert not chases(world)
    # And when nothing keeps it back any more, it goes further at once.
    BARS[name].goes(world)
    world.wait(4)
    assert bought(world) == [(Decimal(3691), 5)]
    assert chases(world) == 1


def test_the_order_that_is_replaced_does_not_count_against_the_one_in_its_place(world: World) -> None:
    # Given an execution that was agreed to up to its five lots, all of which rest, and room for two lots more
    limit(world, replace(LIMITS, confirm_value_yuan=Decimal(100_000)))
    best = {"limit": Decimal(3695), "total_lots": 5, "max_pay_up_ticks": 2, "chase_seconds": 5, "max_chases": 2}
    settings = execution(style=BEST, curve=(), **best)
    asked = world.do(TRADER, c.StartStrategy(account=ONE, strategy=BUY, settings=settings))
    assert asked.code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    world.show({RB: (3690, 3699)})
    world.wait(3)
    assert resting(world) == [(Decimal(3690), 5)]
    limit(world, replace(LIMITS, position_lots=7))
    # When its time to be chased has come, then it is.
    world.wait(6)
    assert resting(world) == [(Decimal(3691), 5)]


def test_a_close_of_all_that_is_held_goes_further_though_it_binds_the_lots_itself(world: World) -> None:
    # Given an iceberg that closes all five lots there are, at 3720
    world.buy(5, 3701)
    made = {"side": Side.SELL, "offset": Offset.CLOSE, "limit": Decimal(3720), "shown_lots": 5, "total_lots": 5}
    start(world, execution(style=ICEBERG, curve=(), **made))
    world.wait(5)
    assert resting(world) == [(Decimal(3720), 5)]
    # When the limit is loosened, then it is sold.
    assert change(world, limit=Decimal(3700)) == ""
    world.wait(5)
    assert world.net(RB) == 0


def test_a_close_keeps_its_place_while_an_own_purchase_stands_in_its_way(world: World) -> None:
    # Given an iceberg that closes at 3720, and an own purchase at 3705 in a market of 3700 to 3710
    world.buy(5, 3701)
    world.show({RB: (3700, 3710)})
    made = {"side": Side.SELL, "offset": Offset.CLOSE, "limit": Decimal(3720), "shown_lots": 5, "total_lots": 5}
    start(world, execution(style=ICEBERG, curve=(), **made))
    world.wait(5)
    (close,) = world.account.live.values()
    assert world.order(Side.BUY, 3, 3705).ok
    # When the limit is loosened to there, then it keeps its place, and gives it up once the purchase is gone.
    assert change(world, limit=Decimal(3705)) == ""
    world.wait(30)
    assert close.order in world.account.live
    (own,) = [row for row in world.account.live.values() if row.terms.side is Side.BUY]
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=own.order)).ok
    world.wait(4)
    assert resting(world) == [(Decimal(3705), 5)]


def test_of_several_orders_one_after_another_gives_up_its_place(world: World) -> None:
    # Given three slices of a lot that rest at their limit of 3690
    start(world, execution(style=ExecutionStyle.TWAP, curve=(), max_chases=0))
    world.wait(130)
    assert resting(world) == [(Decimal(3690), 1)] * 3
    # When the limit is loosened to 3695, then no more than one place is given up at a time,
    assert change(world, limit=Decimal(3695)) == ""
    fewest = 3
    for _ in range(10):
        world.wait(1)
        fewest = min(fewest, len(resting(world)))
    assert fewest >= 2
    # and all of them rest there.
    assert resting(world) == [(Decimal(3695), 1)] * 3


@pytest.mark.parametrize("chased", [False, True])
def test_an_order_that_the_exchange_does_not_give_back_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, *, chased: bool
) -> None:
    # Given three slices of a lot that rest at 3690, and an exchange that refuses to cancel the first of them
    start(world, execution(style=ExecutionStyle.TWAP, curve=(), chase_seconds=5, max_chases=9 if chased else 0))
    world.wait(130)
    assert resting(world) == [(Decimal(3690), 1)] * 3
    stuck, passing = next(iter(world.account.live.values())), world.wire.cancel

    async def cancel(wanted: WireCancel) -> None:
        if wanted.wire_key != stuck.wire_key:
            await passing(wanted)
            return
        world.tell(CancelRejected(account=ONE, wire_key=wanted.wire_key, code="REFUSED", text="撤单被拒"))

    monkeypatch.setattr(world.wire, "cancel", cancel)
    # When the limit is loosened to 3695, then the other two go further, and the first is asked for again and again.
    assert change(world, limit=Decimal(3695)) == ""
    world.wait(20)
    assert sorted(resting(world)) == [(Decimal(3690), 1), (Decimal(3695), 1), (Decimal(3695), 1)]
    world.wait(80)
    assert len([one for one in world.facts(CancelRefused) if one.order == stuck.order]) >= 3


@pytest.mark.parametrize("line", [1, 2])
def test_the_cancel_that_would_close_the_contract_to_openings_is_not_sent(begin: Begin, line: int) -> None:
    # Given a contract that takes no openings any more after so many cancels in a day, and five lots that rest at 3690
    rebar = replace(engine_market.instruments()[RB], cancel_line=CancelLine(line, ()))
    world = begin(changed={(RB, DAY): rebar})
    start(world, execution(style=ICEBERG, curve=(), shown_lots=5, max_chases=0))
    world.wait(5)
    # When the limit is loosened, then they go further only where the cancel is not the last one.
    assert change(world, limit=Decimal(3695)) == ""
    world.wait(5)
    assert resting(world) == [(Decimal(3690 if line == 1 else 3695), 5)]
