"""Ask a world what a command would do."""

from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, InstrumentId, PersonId, StrategyId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import StrategySettings
from terminal.engine.previews.command import preview
from terminal.engine.prices.columns import Columns
from terminal.engine.screen import Preview
from tests.engine_world import ONE, RB, TRADER, Price, World, device, terms
from tests.picture_settings import GRID


def ask(world: World, body: c.CommandBody, *, by: PersonId = TRADER, split: bool = False) -> Preview:
    """Ask what a command would do, and make sure that asking changed nothing."""
    columns = world.engine.columns
    before = (world.state.state_hash(), _rows(columns), columns.at)
    found = preview(world.engine.look, by, device(by), 7, body, split_close=split)
    assert (world.state.state_hash(), _rows(columns), columns.at) == before
    assert found.request == 7
    return found


def _rows(columns: Columns) -> list[list[int]]:
    return [list(columns.row(slot) or ()) for slot in range(len(columns.universe))]


def order(
    side: Side,
    lots: int,
    price: Price,
    *,
    offset: Offset = Offset.OPEN,
    instrument: InstrumentId = RB,
    account: AccountId = ONE,
) -> c.SubmitOrder:
    return c.SubmitOrder(terms=terms(side, lots, price, offset=offset, instrument=instrument, account=account))


def start(settings: StrategySettings, name: StrategyId = GRID) -> c.StartStrategy:
    return c.StartStrategy(account=ONE, strategy=name, settings=settings)
