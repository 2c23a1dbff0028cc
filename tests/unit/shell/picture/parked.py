"""Park what a second person has to see, and read its card."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import StrategySettings
from terminal.engine.previews.command import preview
from terminal.engine.screen import ApprovalCard, Preview
from tests.engine_world import LIMITS, ONE, TRADER, World, device
from tests.picture_settings import GRID


def figures(card: ApprovalCard) -> dict[str, tuple[str, str, bool]]:
    return {one.name: (one.before, one.after, one.worse) for one in card.figures}


def parked_world(**changes: object) -> World:
    world = World(limits=replace(LIMITS, **changes))
    world.buy(10, 3701)
    world.show()
    assert world.order(Side.BUY, 200, 3700).code == "CONFIRM2"
    return world


def start(world: World, settings: StrategySettings) -> Preview:
    """Ask for a strategy that needs a second person; return what its preview said."""
    body = c.StartStrategy(account=ONE, strategy=GRID, settings=settings)
    foreseen = preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False)
    assert world.do(TRADER, body).code == "CONFIRM2"
    return foreseen
