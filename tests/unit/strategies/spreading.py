"""Set a spread up in a small world."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import TimeCondition
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import ACCOUNT, World

NEAR, FAR = InstrumentId("CZCE.AP010"), InstrumentId("CZCE.AP101")


def calendar(**changes: object) -> SpreadSettings:
    settings = SpreadSettings(
        account=ACCOUNT,
        legs=(
            SpreadLeg(instrument=FAR, coefficient=Decimal(1), lots=1, active=True),
            SpreadLeg(instrument=NEAR, coefficient=Decimal(-1), lots=-1),
        ),
        buy_at=Decimal(90),
        sell_at=Decimal(110),
        sets=3,
        max_sets=6,
        naked_lots=5,
    )
    return msgspec.structs.replace(settings, **changes)


def market(made: World, spread: int, *, lots: int = 50) -> None:
    """Show near at 7000 / 7001 and far so that buying the spread costs `spread`."""
    made.show(NEAR, 7000, 7001, lots=lots)
    made.show(FAR, 7000 + spread - 1, 7000 + spread, lots=lots)


def world(spread: int = 100, **changes: object) -> World:
    made = World(calendar(**changes), [future(NEAR), future(FAR)])
    market(made, spread)
    return made


def trade(made: World, rounds: int = 40) -> None:
    """Let everything fill at once until the strategy rests."""
    for _ in range(rounds):
        decision = made.step()
        for row in made.live():
            if row.terms.time_condition is TimeCondition.FAK:
                made.take(row)
            else:
                made.fill(row)
        if not (decision.intents or decision.marks):
            return
        made.wait(2.2)


def nets(made: World) -> list[int]:
    return [made.net("leg:0"), made.net("leg:1")]
