"""Keep tables for people beside the journal: orders, trades, verdict counts. They may lag and may be deleted.

Nothing decides by them. They are folded from the journal in batches, each batch and the position it reached in one
transaction, so that folding goes on where it stopped; a file that is damaged, foreign or of another version is made
anew from the journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DBAPIError

from terminal.domain.errors import InvariantError
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, OrderId
from terminal.domain.orders.order import OrderEvent, OrderState, advance
from terminal.engine.folds.orders import MOVES, OrderMoved
from terminal.engine.records.journal import Entry, Journal, Record, account_of
from terminal.store.census import verdict_in
from terminal.store.database import UNREADABLE, connect, trouble
from terminal.store.trade import Trade

PROJECTIONS_FILE: Final = "projections.db"
VERSION: Final = 1  # of the tables below and of how they are folded
BATCH: Final = 2_000  # records per transaction

_METADATA: Final = MetaData()
_PROGRESS: Final = Table(
    "progress",
    _METADATA,
    Column("one", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
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
    _verdict := upsert(_VERDICTS).values({column.name: bindparam(column.name) for column in _VERDICTS.columns})
).on_conflict_do_update(
    index_elements=["account", "verdict", "code"],
    set_={"count": _VERDICTS.c.count + _verdict.excluded.count},
)
_UPDATE_ORDER: Final = (
    update(_ORDERS)
    .where(_ORDERS.c.order_id == bindparam("which"))
    .values(state=bindparam("new_state"), filled=bindparam("new_filled"))
)


class Projections:
    """Fold a journal into tables for people; `catch_up` before asking."""

    def __init__(self, data: Path, journal: Journal) -> None:
        self._path = data / PROJECTIONS_FILE
        self._journal = journal
        self._connection = self._open()

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

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def trades(self) -> Iterator[Trade]:
        """Yield every trade in the order it was journaled."""
        columns = [_FILLS.c[name] for name in Trade.__struct_fields__]
        try:
            for row in self._connection.execute(select(*columns).order_by(_FILLS.c.position)):
                yield msgspec.convert(dict(zip(Trade.__struct_fields__, row, strict=True)), Trade)
        except (msgspec.ValidationError, *UNREADABLE) as error:
            raise trouble("查询表读不出来（日志不受影响，请删除它，下次会从日志重建）", self._path, error) from error

    def verdicts(self) -> dict[tuple[AccountId, str, str], int]:
        """Return how often the gate answered what: by account, verdict and reason code."""
        columns = (_VERDICTS.c.account, _VERDICTS.c.verdict, _VERDICTS.c.code, _VERDICTS.c.count)
        result = self._connection.execute(select(*columns))
        return {(AccountId(account), verdict, code): count for account, verdict, code, count in result}

    # --- opening -----------------------------------------------------------------------------------------------------

    def _open(self) -> Connection:
        if not self._path.exists():
            return self._anew()
        connection = connect(self._path)
        # Whatever cannot be read, or was folded from something else, is not worth keeping: the journal has it all.
        with suppress(*UNREADABLE):
            _configure(connection)
            row = connection.execute(select(_PROGRESS)).one_or_none()
            whole = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() == "ok"
            if whole and row is not None and row.version == VERSION and self._is_ours(row.position, row.hash):
                return connection
        connection.close()
        return self._anew()

    def _is_ours(self, position: int, digest: str) -> bool:
        entry = next(self._journal.replay(after=position - 1), None) if position else None
        return entry.hash.hex() == digest if entry is not None else position == 0

    def _anew(self) -> Connection:
        try:
            for suffix in ("", "-wal", "-shm", "-journal"):
                self._path.with_name(f"{self._path.name}{suffix}").unlink(missing_ok=True)
            connection = connect(self._path)
            _configure(connection)
            _METADATA.create_all(connection)
            connection.execute(insert(_PROGRESS).values(one=1, version=VERSION, position=0, hash=""))
        except (DBAPIError, OSError) as error:
            raise trouble("查询表建不成（日志不受影响）", self._path, error) from error
        return connection

    # --- folding -----------------------------------------------------------------------------------------------------

    def _fold(self, batch: list[Entry]) -> None:
        fold = _Fold(self._connection)
        for entry in batch:
            if isinstance(entry.record, Record):
                fold.take(entry, entry.record)
        run = self._connection.execute
        self._connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            fold.write()
            run(update(_PROGRESS).values(position=batch[-1].position, hash=batch[-1].hash.hex()))
        except BaseException:
            self._connection.exec_driver_sql("ROLLBACK")
            raise
        self._connection.exec_driver_sql("COMMIT")


_Row = dict[str, str | int | None]


class _Fold:
    # What one batch changes, gathered in memory and written at its end.

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._orders: dict[OrderId, _Row] = {}
        self._new: set[OrderId] = set()
        self._fills: list[_Row] = []
        self._verdicts: Counter[tuple[AccountId, str, str]] = Counter()

    def take(self, entry: Entry, record: Record) -> None:
        fact = record.fact
        answer = verdict_in(fact)
        if answer is not None and not isinstance(fact, f.TenantFact | f.PersonFact | f.CommandDone):
            self._verdicts[account_of(fact), *answer] += 1
        if isinstance(fact, f.OrderRecorded):
            self._orders[fact.order] = _order_row(fact, record.utc)
            self._new.add(fact.order)
        elif isinstance(fact, f.OrderFilled):
            self._take_fill(entry.position, fact)
        elif isinstance(fact, OrderMoved):
            order = self._order(fact.order)
            order["state"] = advance(OrderState(str(order["state"])), MOVES[type(fact)]).value

    def write(self) -> None:
        run = self._connection.execute
        if self._new:
            run(insert(_ORDERS), [row for order, row in self._orders.items() if order in self._new])
        old = [
            {"which": order, "new_state": row["state"], "new_filled": row["filled"]}
            for order, row in self._orders.items()
            if order not in self._new
        ]
        if old:
            run(_UPDATE_ORDER, old)
        if self._fills:
            run(insert(_FILLS), self._fills)
        if self._verdicts:
            counts = [
                {"account": account, "verdict": verdict, "code": code, "count": count}
                for (account, verdict, code), count in self._verdicts.items()
            ]
            run(_UPSERT_VERDICT, counts)

    def _take_fill(self, position: int, fill: f.OrderFilled) -> None:
        order = self._order(fill.order)
        filled = int(str(order["filled"])) + fill.lots
        event = OrderEvent.COMPLETE if filled == order["lots"] else OrderEvent.FILL
        order["filled"] = filled
        order["state"] = advance(OrderState(str(order["state"])), event).value
        self._fills.append(
            {
                "position": position,
                "account": fill.account,
                "instrument": fill.instrument,
                "side": fill.side.value,
                "offset": order["offset"],
                "lots": fill.lots,
                "price": str(fill.price),
                "fee": str(fill.fee),
                "trading_day": fill.trading_day,
                "at_ns": fill.exchange_at,
                "order_id": fill.order,
                "trade_id": fill.trade,
            }
        )

    def _order(self, order: OrderId) -> _Row:
        if order not in self._orders:
            found = (
                self._connection.execute(select(_ORDERS).where(_ORDERS.c.order_id == order)).mappings().one_or_none()
            )
            if found is None:
                raise InvariantError(f"order {order} is spoken of before it was recorded")
            self._orders[order] = {str(name): value for name, value in found.items()}
        return self._orders[order]


def _order_row(fact: f.OrderRecorded, utc: int) -> _Row:
    terms = fact.terms
    return {
        "order_id": fact.order,
        "account": terms.account,
        "instrument": terms.instrument,
        "side": terms.side.value,
        "offset": terms.offset.value,
        "lots": terms.lots,
        "price": str(terms.price),
        "strategy": fact.cause.strategy,
        "tag": fact.cause.tag,
        "trading_day": fact.trading_day,
        "recorded_at": utc,
        "state": OrderState.RECORDED.value,
        "filled": 0,
    }


def _configure(connection: Connection) -> None:
    # Losing these tables costs a rebuild, so they need no sync; a torn one is noticed and made anew.
    for pragma in ("journal_mode = WAL", "synchronous = OFF"):
        connection.exec_driver_sql(f"PRAGMA {pragma}")
