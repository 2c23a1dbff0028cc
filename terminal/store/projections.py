"""Keep tables for people beside the journal: orders, trades, verdict counts. They may lag and may be deleted.

Nothing decides by them. They are folded from the journal in batches, each batch and the position it reached in one
transaction, so that folding goes on where it stopped; a file that is damaged, foreign or of another version is made
anew from the journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DBAPIError

from terminal.domain import facts as f
from terminal.domain.ids import AccountId, InstrumentId, OrderId, TradeId
from terminal.domain.order import Offset, OrderEvent, OrderState, Side, advance
from terminal.engine.journal import Entry, Journal, Record
from terminal.store.census import verdict_in
from terminal.store.database import connect, trouble

PROJECTIONS_FILE: Final = "projections.db"
VERSION: Final = 1  # of the tables below and of how they are folded
BATCH: Final = 2_000  # records per transaction

_METADATA: Final = MetaData()
_PROGRESS: Final = Table(
    "progress",
    _METADATA,
    Column("one", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("hash", Text, nullable=False),  # of the record at `position`: another journal is noticed
)
_ORDERS: Final = Table(
    "orders",
    _METADATA,
    Column("order_id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("instrument", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("offset", Text, nullable=False),
    Column("lots", Integer, nullable=False),
    Column("price", Text, nullable=False),
    Column("strategy", Text),
    Column("tag", Text, nullable=False),
    Column("trading_day", Integer, nullable=False),
    Column("recorded_at", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("filled", Integer, nullable=False),
)
_FILLS: Final = Table(
    "fills",
    _METADATA,
    Column("position", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("instrument", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("offset", Text, nullable=False),
    Column("lots", Integer, nullable=False),
    Column("price", Text, nullable=False),
    Column("fee", Text, nullable=False),
    Column("trading_day", Integer, nullable=False),
    Column("at_ns", Integer, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("trade_id", Text, nullable=False),
)
_VERDICTS: Final = Table(
    "verdicts",
    _METADATA,
    Column("account", Text, primary_key=True),
    Column("verdict", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

_UPSERT_VERDICT: Final = (
    _verdict := upsert(_VERDICTS).values({name: bindparam(name) for name in _VERDICTS.columns.keys()})
).on_conflict_do_update(
    index_elements=["account", "verdict", "code"],
    set_={"count": _VERDICTS.c.count + _verdict.excluded.count},
)
_UPDATE_ORDER: Final = (
    update(_ORDERS)
    .where(_ORDERS.c.order_id == bindparam("which"))
    .values(state=bindparam("state"), filled=bindparam("filled"))
)

_EVENTS: Final[dict[type[f.Fact], OrderEvent]] = {
    f.OrderSent: OrderEvent.SEND,
    f.OrderAccepted: OrderEvent.ACCEPT,
    f.OrderRejected: OrderEvent.REJECT,
    f.OrderCancelled: OrderEvent.CANCEL,
    f.OrderExpired: OrderEvent.EXPIRE,
    f.OrderUnknown: OrderEvent.LOSE,
    f.OrderVoided: OrderEvent.VOID,
}


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one line of the trades file; the fields are its columns."""

    account: AccountId
    instrument: InstrumentId
    side: Side
    offset: Offset
    lots: int
    price: Decimal
    fee: Decimal
    trading_day: int
    at_ns: int
    order_id: OrderId
    trade_id: TradeId


class Projections:
    """Fold a journal into tables for people; `catch_up` before asking."""

    def __init__(self, data: Path, journal: Journal) -> None:
        self._path = data / PROJECTIONS_FILE
        self._journal = journal
        try:
            self._connection = self._open()
        except DBAPIError:
            self._connection = self._anew()
        if self.position() and not self._is_of_this_journal():
            self.rebuild()

    def position(self) -> int:
        """Return the position of the last record that was folded."""
        return self._connection.execute(select(_PROGRESS.c.position)).scalar_one_or_none() or 0

    def catch_up(self) -> None:
        """Fold what the journal has gained."""
        entries = self._journal.replay(after=self.position())
        try:
            while batch := list(islice(entries, BATCH)):
                self._fold(batch)
        except DBAPIError as error:
            raise trouble("查询表写不进去（日志不受影响）", self._path, error) from error

    def rebuild(self) -> None:
        """Make the tables anew from the whole journal."""
        self._connection.close()
        self._connection = self._anew()
        self.catch_up()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def trades(self) -> Iterator[Trade]:
        """Yield every trade in the order it was journaled."""
        columns = [column for column in _FILLS.columns if column.name != "position"]
        result = self._connection.execute(select(*columns).order_by(_FILLS.c.position))
        for row in result:
            yield msgspec.convert(row._mapping, Trade, strict=False)

    def order_state(self, order: OrderId) -> tuple[OrderState, int] | None:
        """Return an order's state and filled lots."""
        row = self._connection.execute(
            select(_ORDERS.c.state, _ORDERS.c.filled).where(_ORDERS.c.order_id == order)
        ).one_or_none()
        return None if row is None else (OrderState(row.state), row.filled)

    def verdicts(self) -> dict[tuple[AccountId, str, str], int]:
        """Return how often the gate answered what: by account, verdict and reason code."""
        return {(row.account, row.verdict, row.code): row.count for row in self._connection.execute(select(_VERDICTS))}
