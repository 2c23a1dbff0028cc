"""Set a roll up in a small world."""

from __future__ import annotations

import msgspec

from terminal.domain.fact.marks import BatchBegan, RollBegan
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import DaysToExpiry, RollSettings
from terminal.strategies.roll.memory import RollMemory
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import ACCOUNT, World

NEAR, FAR = InstrumentId("SHFE.rb2510"), InstrumentId("SHFE.rb2601")


def settings(**changes: object) -> RollSettings:
    made = RollSettings(
        account=ACCOUNT,
        near=NEAR,
        far=FAR,
        side=Side.BUY,
        lots=10,
        batch_lots=4,
        timings=(DaysToExpiry(days=3),),
        naked_lots=3,
        batch_pause_seconds=10,
    )
    return msgspec.structs.replace(made, **changes)


def world(held: int = 10, days: int = 3, **changes: object) -> World:
    made = World(settings(**changes), [future(NEAR), future(FAR)])
    (made.long if settings(**changes).side is Side.BUY else made.short)[NEAR] = held
    made.expiry[NEAR] = days
    market(made)
    return made


def market(made: World, near: int = 9000, far: int = 8000) -> None:
    made.show(NEAR, 3210, 3211, interest=near)
    made.show(FAR, 3250, 3252, interest=far)


def memory(made: World) -> RollMemory:
    assert isinstance(made.memory, RollMemory)
    return made.memory


def work(made: World, seconds: int) -> None:
    """Let time pass; what may fill fills: near at its own side or better, far at once."""
    for _ in range(seconds):
        made.step()
        for row in made.live():
            made.fill(row)
        made.wait(1)


def begin(made: World) -> None:
    made.step()
    assert made.of(RollBegan)
    made.step()
    assert made.of(BatchBegan)
