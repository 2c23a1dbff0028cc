"""A bad day: orders, cancels, reports and answers are lost, held, doubled; links and runners die; people go on working.

When the world is in order again, our books and the exchange's say the same (SAFETY I1-I11). The seed is the bug report.
"""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.parameters.strategy import GridSettings, SpreadLeg, SpreadSettings
from terminal.domain.reports import Accepted, CancelRejected, QueryAnswer, Rejected, Removed, Traded
from terminal.domain.words.risk import Scope
from terminal.engine.check import check_all
from tests.engine_world import CHECKER, FAR, ONE, RB, RISK, TRADER, I, Shown, World
from tests.scenario.conftest import Begin

GRID, SPREAD, LARGE = StrategyId("grid"), StrategyId("spread"), StrategyId("large")
KINDS = (Accepted, Rejected, Traded, Removed, CancelRejected, QueryAnswer)
SCOPES = (Scope(), Scope(instrument=I), Scope(strategy=GRID))


def grid(*, large: bool) -> GridSettings:
    anchor = Decimal(830) if large else Decimal(3700)
    return GridSettings(
        account=ONE,
        instrument=I if large else RB,
        side=Side.BUY,
        anchor=anchor,
        step=Decimal(1 if large else 3),
        lines=6,
        lots_per_line=12 if large else 1,
        stop=anchor - 200,
        lower=anchor - 150,
        upper=anchor + 200,
    )


def spread() -> SpreadSettings:
    return SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
            SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-1),
        ),
        buy_at=Decimal(95),
        sell_at=Decimal(102),
        max_sets=3,
        pause_seconds=1,
    )


class Day:
    """Draw one bad day from a seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.draw = random.Random(seed)
        self.near, self.far, self.ore = 3700, 3600, Decimal(830)
        for name, settings in ((GRID, grid(large=False)), (SPREAD, spread()), (LARGE, grid(large=True))):
            world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=settings))
        world.decide(CHECKER, world.parked)

    def happens(self, chance: float) -> bool:
        return self.draw.random() < chance

    def disturb(self) -> None:
        wire = self.world.wire
        wire.lose = tuple(self.draw.sample(KINDS, self.draw.randint(0, 2))) if self.happens(0.3) else ()
        wire.hold = tuple(self.draw.sample(KINDS, self.draw.randint(0, 3))) if self.happens(0.3) else ()
        wire.lose_orders, wire.lose_cancels, wire.repeat = self.happens(0.05), self.happens(0.1), self.happens(0.2)
        if self.happens(0.05):
            wire.hold_orders = True
        elif self.happens(0.3):
            self.world.arrive()
        if not wire.hold and self.happens(0.7):
            self.world.tell_held()

    def trade(self) -> None:
        world, draw = self.world, self.draw
        self.near += draw.choice((-4, -2, 0, 2, 4))
        self.far += draw.choice((-4, -2, 0, 2, 4))
        self.ore += draw.choice((-2, -1, 0, 1, 2)) * Decimal("0.5")
        quotes: dict[InstrumentId, Shown] = {
            RB: (self.near, self.near + 1),
            FAR: (self.far, self.far + 2),
            I: (self.ore, self.ore + Decimal("0.5")),
        }
        world.show(quotes, lots=draw.choice((1, 3, 500)), after=draw.choice((0.5, 1, 1, 2, 7)))
        if self.happens(0.2):
            name = draw.choice((RB, I))
            price = (self.near if name == RB else self.ore) + draw.choice((-3, 0, 3))
            offset = draw.choice((Offset.OPEN, Offset.OPEN, Offset.CLOSE, Offset.CLOSE_TODAY))
            world.order(draw.choice(tuple(Side)), draw.choice((1, 2, 70)), price, instrument=name, offset=offset)
        if self.happens(0.1):
            world.do(TRADER, c.CancelAll(account=ONE))
        if world.pending() and self.happens(0.3):
            world.decide(CHECKER, world.parked)

    def strike(self) -> None:
        world = self.world
        if self.happens(0.04):
            world.cut()
        if self.happens(0.03):
            world.restart()
        if self.happens(0.02):
            world.do(RISK, c.Kill(account=ONE, scope=self.draw.choice(SCOPES), reason="演练"))
        if self.happens(0.1):
            for scope in (*(row.scope for row in world.account.kills.values()), Scope()):
                for person in (RISK, CHECKER):  # the trader opened today
                    world.do(person, c.Release(account=ONE, scope=scope, reason="演练结束"))
            for name in world.account.strategies:
                world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=name))

    def settle_down(self) -> None:
        wire = self.world.wire
        wire.lose = wire.hold = ()
        wire.lose_orders = wire.lose_cancels = wire.repeat = False
        self.world.arrive()
        self.world.tell_held()
        self.world.cut()
        self.world.wait(80)


@pytest.mark.parametrize("seed", range(8))
def test_after_a_bad_day_both_books_say_the_same(begin: Begin, seed: int) -> None:
    world = begin()
    day = Day(world, seed)
    for _ in range(120):
        day.disturb()
        day.trade()
        day.strike()
        assert check_all(world.state) == []
        assert len({order.wire_key for order in world.wire.sent}) == len(world.wire.sent), "sent twice"
    day.settle_down()
    orders, _, _ = world.host._exchange.answer(ONE)
    there = {one.wire_key: (one.state, one.filled) for one in orders}
    ours = {row.wire_key: (row.state, row.filled) for row in world.account.orders.values()}
    assert {key: ours[key] for key in there} == there
    assert {ours[key] for key in ours.keys() - there.keys()} <= {(OrderState.VOID, 0)}
    assert len(world.account.fills) > 10
