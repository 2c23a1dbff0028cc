"""Set an execution up in a small world."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import ExecutionSettings, ExecutionStyle
from tests.unit.strategies.traded import future
from tests.unit.strategies.world import ACCOUNT, MINUTE, World

RB = InstrumentId("SHFE.rb2510")
START = 10**18


def execution(**changes: object) -> ExecutionSettings:
    settings = ExecutionSettings(
        account=ACCOUNT,
        instrument=RB,
        style=ExecutionStyle.TWAP,
        side=Side.BUY,
        total_lots=60,
        limit=Decimal(3210),
        begins_at=START,
        ends_at=START + 10 * MINUTE,
    )
    return msgspec.structs.replace(settings, **changes)


def world(bid: int = 3199, ask: int = 3200, **changes: object) -> World:
    made = World(execution(**changes), [future(RB)], START)
    made.show(RB, bid, ask)
    return made


def fill_all(made: World) -> None:
    """Fill everything that is out, each at its own price."""
    for row in made.live():
        made.fill(row)


def run(made: World, seconds: float, *, step: float = 3, fills: bool = True) -> None:
    """Let time pass; with `fills` everything trades at once."""
    end = made.at + int(seconds * 1_000_000_000)
    while made.at < end and not made.finished:
        made.step()
        if fills:
            fill_all(made)
        made.wait(step)
