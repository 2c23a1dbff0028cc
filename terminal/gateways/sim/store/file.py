"""Keep the exchange's books in a file of its own, written before any report is told.

One SQLite file in WAL mode with FULL synchronisation. A commit holds everything that changed since the one before it,
together with how far the market is, so that a killed exchange starts again exactly where its last told report left
it: what came after was never told, and is either passed again from the market or has never arrived.

The tables are plain columns, because other programs judge us by them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId, InstrumentId, WireKey
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import OrderState
from terminal.domain.orders.stop import Stop, Trigger
from terminal.domain.reports import Accepted, ExerciseTold, Report, Traded
from terminal.gateways.sim.accounts.funds import FundsForm
from terminal.gateways.sim.accounts.ledger import Changes, Clock, HoldingKey, Saved, TakenLevel, Told
from terminal.gateways.sim.matching.book import Order
from terminal.gateways.sim.matching.queue_model import DEFAULT_QUEUE, QueueModel
from terminal.gateways.sim.positions import Holding
from terminal.gateways.sim.store.rows import (
    Row,
    combined_row,
    order_row,
    position_row,
    read_combined,
    read_order,
    read_position,
    read_trade,
    trade_row,
)

FILE_NAME: Final = "exchange.db"
_FORMAT: Final = "3"
_OLDER: Final = ("1", "2")  # without the kind of price, all orders limit orders; without combinations

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS orders (
    wire_key TEXT PRIMARY KEY, account TEXT NOT NULL, exchange TEXT NOT NULL, sys_id TEXT NOT NULL,
    sequence INTEGER NOT NULL, trading_day INTEGER NOT NULL, state TEXT NOT NULL, filled INTEGER NOT NULL,
    instrument TEXT NOT NULL, side TEXT NOT NULL, offset TEXT NOT NULL, lots INTEGER NOT NULL, price TEXT NOT NULL,
    hedge_flag TEXT NOT NULL, time_condition TEXT NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL,
    price_kind TEXT NOT NULL DEFAULT 'LIMIT') STRICT;
CREATE INDEX IF NOT EXISTS orders_by_day ON orders (trading_day, sequence);
CREATE TABLE IF NOT EXISTS trades (
    number INTEGER PRIMARY KEY, trading_day INTEGER NOT NULL, exchange TEXT NOT NULL, trade TEXT NOT NULL,
    sys_id TEXT NOT NULL, side TEXT NOT NULL, account TEXT NOT NULL, wire_key TEXT NOT NULL,
    instrument TEXT NOT NULL, lots INTEGER NOT NULL CHECK (lots > 0), price TEXT NOT NULL,
    exchange_at INTEGER NOT NULL, UNIQUE (trading_day, exchange, trade, side)) STRICT;
CREATE TABLE IF NOT EXISTS positions (
    account TEXT NOT NULL, instrument TEXT NOT NULL, hedge_flag TEXT NOT NULL,
    long_today INTEGER NOT NULL, long_yesterday INTEGER NOT NULL,
    short_today INTEGER NOT NULL, short_yesterday INTEGER NOT NULL,
    PRIMARY KEY (account, instrument, hedge_flag)) STRICT;
CREATE TABLE IF NOT EXISTS combinations (
    account TEXT NOT NULL, first TEXT NOT NULL, second TEXT NOT NULL, hedge_flag TEXT NOT NULL, side TEXT NOT NULL,
    lots INTEGER NOT NULL CHECK (lots > 0), PRIMARY KEY (account, first, second, hedge_flag, side)) STRICT;
CREATE TABLE IF NOT EXISTS funds (account TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS levels (instrument TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS places (wire_key TEXT PRIMARY KEY, ahead INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS stops (wire_key TEXT PRIMARY KEY, stop TEXT NOT NULL, price TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS day_facts (number INTEGER PRIMARY KEY, trading_day INTEGER NOT NULL, body BLOB NOT NULL)
    STRICT;
CREATE TABLE IF NOT EXISTS exercises (
    wire_key TEXT PRIMARY KEY, account TEXT NOT NULL, trading_day INTEGER NOT NULL, state TEXT NOT NULL,
    body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS reports (
    number INTEGER PRIMARY KEY, after_batch INTEGER NOT NULL, trading_day INTEGER NOT NULL, body BLOB NOT NULL)
    STRICT;
CREATE INDEX IF NOT EXISTS reports_by_batch ON reports (after_batch);
CREATE INDEX IF NOT EXISTS reports_by_day ON reports (trading_day);
"""

_SAVE_ORDER: Final = """
INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (wire_key) DO UPDATE SET state = excluded.state, filled = excluded.filled, text = excluded.text,
    sequence = excluded.sequence
"""

_SAVE_COMBINATION: Final = """
INSERT INTO combinations VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account, first, second, hedge_flag, side) DO UPDATE SET lots = excluded.lots
"""
_DROP_COMBINATION: Final = """
DELETE FROM combinations WHERE account = ? AND first = ? AND second = ? AND hedge_flag = ? AND side = ?
"""

_encode = msgspec.json.Encoder().encode
_decode_clock = msgspec.json.Decoder(Clock).decode
_decode_facts = msgspec.json.Decoder(DayFacts).decode
_decode_level = msgspec.json.Decoder(TakenLevel).decode
_decode_funds = msgspec.json.Decoder(FundsForm).decode
_decode_request = msgspec.json.Decoder(ExerciseTold).decode
_decode_report = msgspec.json.Decoder(Report).decode
_MEMORY: Final = ":memory:"
_NEVER: Final = 1 << 62
_RESTING: Final = frozenset({OrderState.LIVE, OrderState.PARTIAL})


class StoreError(UserError):
    """Report that the file cannot be read or written; memory may be ahead of it, so the process must end."""


class Books(NamedTuple):
    """Hold all that was ever written: orders and trades of every day, positions, orders under a used key."""

    orders: tuple[Order, ...]
    trades: tuple[Traded, ...]
    holdings: dict[HoldingKey, Holding]
    duplicates: int


class ExchangeStore:
    """Write and read the exchange's file; `":memory:"` keeps it for the life of the process only."""

    def __init__(self, path: Path | str = _MEMORY) -> None:
        self.path = str(path)
        try:
            self._lock = sqlite3.connect(_MEMORY if self.path == _MEMORY else f"{self.path}.lock", timeout=0)
            self._lock.execute("BEGIN EXCLUSIVE")  # the system ends it with the process, however that ends
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise UserError(f"交易所文件 {self.path} 正被另一个进程使用，请先停止它。") from problem
            raise self._unusable(problem) from problem
        try:
            self._database = sqlite3.connect(self.path, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(_SCHEMA)
        except sqlite3.Error as problem:
            raise self._unusable(problem) from problem

    def claim(self, market: str, universe: tuple[InstrumentId, ...], queue: QueueModel = DEFAULT_QUEUE) -> None:
        """Bind a new file to a market and a queue model; a file of another one or of another format is a `UserError`.

        The default model is not written down, and files from before there was a choice are of it.
        """
        mine = {"format": _FORMAT, "market": market, "universe": _encode(universe).decode()}
        there: dict[str, str] = dict(self._rows("SELECT key, value FROM meta"))
        if not there:
            if queue is not DEFAULT_QUEUE:
                mine["queue"] = queue.value
            with self._transaction():
                self._database.executemany("INSERT INTO meta VALUES (?, ?)", mine.items())
            return
        if there.get("format") in _OLDER:
            self._bring_up()
        elif there.get("format") != _FORMAT:
            raise UserError(f"交易所文件 {self.path} 由另一版本的程序写成，请换一个 --data 目录。")
        if any(there.get(key) != value for key, value in mine.items() if key != "format"):
            raise UserError(
                f"交易所文件 {self.path} 属于行情 {there.get('market')}，不能用于 {market}，请换一个 --data 目录。"
            )

        before = there.get("queue", DEFAULT_QUEUE.value)
        if before != queue:
            raise UserError(
                f"交易所文件 {self.path} 一直按排队规则 {before} 撮合，不能改用 {queue}，"
                f"请用 --queue {before} 或换一个 --data 目录。"
            )

    def _bring_up(self) -> None:
        # The program that wrote it refuses the file from now on, in one sentence: it could not read these orders.
        with self._transaction():
            if "price_kind" not in [row[1] for row in self._rows("PRAGMA table_info(orders)")]:
                self._database.execute("ALTER TABLE orders ADD COLUMN price_kind TEXT NOT NULL DEFAULT 'LIMIT'")
            self._database.execute("UPDATE meta SET value = ? WHERE key = 'format'", (_FORMAT,))

    def next_session(self) -> int:
        """Return a login number never given out before, already written down."""
        with self._transaction():
            self._database.execute(
                "INSERT INTO meta VALUES ('session', '1') "
                "ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)"
            )
        return int(self._rows("SELECT value FROM meta WHERE key = 'session'")[0][0])

    def save(self, changes: Changes, clock: Clock) -> None:
        """Write down what changed and how far the market is, in one transaction."""
        execute, many = self._database.execute, self._database.executemany
        with self._transaction():
            execute(
                "INSERT INTO meta VALUES ('clock', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (_encode(clock).decode(),),
            )
            many(_SAVE_ORDER, map(order_row, changes.orders.values()))
            many(
                "INSERT INTO trades VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                map(trade_row, changes.trades),
            )
            many(
                "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?)",
                map(position_row, changes.holdings.items()),
            )
            # One that was made again comes after those that stood meanwhile: it gets a row of its own.
            many(_DROP_COMBINATION, map(combined_row, changes.broken))
            many(_SAVE_COMBINATION, [(*combined_row(key), lots) for key, lots in changes.combined.items()])
            for instrument, level in changes.levels.items():
                if level.bid[2] or level.ask[2]:
                    execute("INSERT OR REPLACE INTO levels VALUES (?, ?)", (instrument, _encode(level)))
                else:
                    execute("DELETE FROM levels WHERE instrument = ?", (instrument,))
            many(
                "INSERT OR REPLACE INTO funds VALUES (?, ?)",
                [(account, _encode(form)) for account, form in changes.funds],
            )
            kept = [(key, one.stop.value, str(one.price)) for key, one in changes.stops.items() if one is not None]
            many("INSERT OR REPLACE INTO stops VALUES (?, ?, ?)", kept)
            many("DELETE FROM stops WHERE wire_key = ?", [(key,) for key, one in changes.stops.items() if one is None])
            many("INSERT OR REPLACE INTO places VALUES (?, ?)", changes.places.items())
            many(
                "DELETE FROM places WHERE wire_key = ?",
                [(key,) for key, order in changes.orders.items() if order.state not in _RESTING],
            )
            many(
                "INSERT INTO day_facts VALUES (NULL, ?, ?)",
                [(fact.trading_day, _encode(fact)) for fact in changes.facts],
            )
            many(
                "INSERT INTO exercises VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (wire_key) DO UPDATE SET state = excluded.state, body = excluded.body",
                [
                    (key, one.account, one.trading_day, one.state.value, _encode(one))
                    for key, one in changes.requests.items()
                ],
            )
            many(
                "INSERT INTO reports VALUES (NULL, ?, ?, ?)",
                [(told.after, told.trading_day, _encode(told.report)) for told in changes.told],
            )

    def load(self) -> Saved | None:
        """Read the books as they were last written, `None` from a new file."""
        rows = self._rows("SELECT value FROM meta WHERE key = 'clock'")
        if not rows:
            return None
        clock = _decode_clock(str(rows[0][0]))
        day = clock.trading_day
        told = [told.report for told in self.told(since_batch=_NEVER, trading_day=day)]
        return Saved(
            clock=clock,
            orders=tuple(
                map(read_order, self._rows("SELECT * FROM orders WHERE trading_day = ? ORDER BY sequence", day))
            ),
            trades=tuple(
                map(read_trade, self._rows("SELECT * FROM trades WHERE trading_day = ? ORDER BY number", day))
            ),
            holdings=dict(map(read_position, self._rows("SELECT * FROM positions"))),
            combined=dict(map(read_combined, self._rows("SELECT * FROM combinations ORDER BY rowid"))),
            stops={
                WireKey(str(key)): Trigger(stop=Stop(stop), price=Decimal(price))
                for key, stop, price in self._rows("SELECT wire_key, stop, price FROM stops")
            },
            levels={
                InstrumentId(str(name)): _decode_level(body)
                for name, body in self._rows("SELECT instrument, body FROM levels")
            },
            places={WireKey(str(key)): int(ahead) for key, ahead in self._rows("SELECT * FROM places")},
            facts=tuple(
                _decode_facts(body)
                for (body,) in self._rows(
                    "SELECT body FROM day_facts WHERE trading_day >= ? ORDER BY number", min((day, *clock.owed))
                )
            ),
            funds={
                AccountId(str(account)): _decode_funds(body)
                for account, body in self._rows("SELECT account, body FROM funds")
            },
            accounts=frozenset(AccountId(str(name)) for (name,) in self._rows("SELECT DISTINCT account FROM orders")),
            keys=frozenset(WireKey(str(key)) for (key,) in self._rows("SELECT wire_key FROM orders")),
            requests=tuple(
                _decode_request(body) for (body,) in self._rows("SELECT body FROM exercises ORDER BY rowid")
            ),
            moved=frozenset(report.wire_key for report in told if isinstance(report, ExerciseTold)),
            since={report.wire_key: report.exchange_at for report in told if isinstance(report, Accepted)},
        )

    def books(self) -> Books:
        """Read everything, for whoever judges others by it."""
        clock = self._rows("SELECT value FROM meta WHERE key = 'clock'")
        return Books(
            orders=tuple(map(read_order, self._rows("SELECT * FROM orders ORDER BY sequence"))),
            trades=tuple(map(read_trade, self._rows("SELECT * FROM trades ORDER BY number"))),
            holdings=dict(map(read_position, self._rows("SELECT * FROM positions"))),
            duplicates=_decode_clock(str(clock[0][0])).duplicates if clock else 0,
        )

    def told(self, *, since_batch: int, trading_day: int) -> list[Told]:
        """Return the private reports that follow a batch from `since_batch` on, or were told on a trading day."""
        rows = self._rows(
            "SELECT after_batch, trading_day, body FROM reports "
            "WHERE after_batch >= ? OR trading_day = ? ORDER BY number",
            since_batch,
            trading_day,
        )
        return [Told(after, day, _decode_report(body)) for after, day, body in rows]

    def close(self) -> None:
        """Close the file and let go of it."""
        self._database.close()
        self._lock.close()

    def _rows(self, query: str, *values: int) -> list[Row]:
        try:
            return self._database.execute(query, values).fetchall()
        except sqlite3.Error as problem:
            raise self._unusable(problem) from problem

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except sqlite3.Error as problem:
            # Whatever the error left open is undone; memory is ahead of the file now, so the process must end.
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise self._unusable(problem) from problem

    def _unusable(self, problem: sqlite3.Error) -> StoreError:
        is_full = getattr(problem, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        why = "磁盘（或给它的空间）已满" if is_full else problem
        return StoreError(f"交易所文件 {self.path} 不能读写（{why}），请检查磁盘空间、权限和文件是否完好。")
