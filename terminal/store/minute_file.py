"""Keep both sides of every future at the end of each minute a runner has seen, for whoever looks for spreads in them.

One row a minute, with all contracts that were quoted within it. The contracts stand beside them with their terms, so
that the file alone tells what an order would cost. It lies beside the journal and may be deleted: it decides nothing,
one that cannot be read is made anew, and a write may be lost with the power. Another process may read it meanwhile.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import WIDTH, DayFacts, Recording
from terminal.domain.products.instrument import Instrument
from terminal.engine.records.journal import JournalError
from terminal.store.database import UNREADABLE, connect_readonly, trouble
from terminal.store.made_anew import open_made_anew, whole_turn

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    Whole = NDArray[np.int64]

MINUTE_FILE: Final = "minutes.db"
VERSION: Final = 1
DAYS_KEPT: Final = 20  # trading days: some ten thousand minutes of a product that trades at night
RECORDED: Final = "运行器记下的行情"
_OPENING: Final = "分钟行情打不开也建不成（日志与交易不受影响）"
_FAILED: Final = "分钟行情写不进去（日志与交易不受影响）"
_READING: Final = "分钟行情读不出来（可以删去，由运行器重新记起）"
_TABLES: Final = (
    "CREATE TABLE contracts (number INTEGER PRIMARY KEY, terms BLOB NOT NULL) STRICT",
    (
        "CREATE TABLE minutes (ends_at INTEGER PRIMARY KEY, at INTEGER NOT NULL, trading_day INTEGER NOT NULL,"
        " data BLOB NOT NULL) STRICT"
    ),
    (
        "CREATE TABLE limits (trading_day INTEGER NOT NULL, number INTEGER NOT NULL, upper INTEGER, lower INTEGER,"
        " PRIMARY KEY (trading_day, number)) STRICT, WITHOUT ROWID"
    ),
)
_PRUNE: Final = """DELETE FROM {table} WHERE trading_day < (
    SELECT min(trading_day) FROM (SELECT DISTINCT trading_day FROM minutes ORDER BY trading_day DESC LIMIT ?)
)"""


class Minute(NamedTuple):
    """Hold the last quotes within one minute: `slots` and `rows` as in a batch, whose instant `at` was its last.

    `ends_at` is a whole minute; both are UTC ns.
    """

    ends_at: int
    at: int
    trading_day: int
    slots: Sequence[int]
    rows: Sequence[Sequence[int]]


class Recorded(NamedTuple):
    """Hold what was recorded, one batch a minute, and the terms of its contracts as the runner knew them last."""

    recording: Recording
    instruments: dict[InstrumentId, Instrument]


class MinuteFile:
    """Own the file for as long as it is open."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / MINUTE_FILE
        statements = (*_TABLES, f"PRAGMA user_version = {VERSION}")
        self._connection = open_made_anew(
            self._path, synchronous="NORMAL", statements=statements, is_current=_is_current, failed=_OPENING
        )
        try:
            self._numbers = {one.id: number for number, one in _contracts(self._connection).items()}
            self.newest: int = self._connection.exec_driver_sql("SELECT max(ends_at) FROM minutes").scalar_one() or 0
        except (*UNREADABLE, msgspec.DecodeError) as error:
            self._connection.close()
            raise trouble(_READING, self._path, error) from error
        self._terms: Sequence[Instrument] = ()
        self._pruned_on = 0  # the trading day whose first minutes took the oldest ones away: it is a look at every row

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def save(self, universe: Sequence[Instrument], minutes: Iterable[Minute], limits: Iterable[DayFacts]) -> None:
        """Add minutes, whose slots are places in `universe`; a failing disk is a `JournalError`, nothing changed."""
        numbers = dict(self._numbers)
        for one in universe:
            if one.id not in numbers:
                numbers[one.id] = max(numbers.values(), default=-1) + 1
        of_slot = np.array([numbers[one.id] for one in universe], dtype=np.int64)
        made = [(one.ends_at, one.at, one.trading_day, _packed(one, of_slot)) for one in minutes]
        day = max((one[2] for one in made), default=self._pruned_on)
        run = self._connection.exec_driver_sql
        with whole_turn(self._connection, self._path, _FAILED):
            for one in universe if universe is not self._terms else ():
                run("INSERT OR REPLACE INTO contracts VALUES (?, ?)", (numbers[one.id], msgspec.json.encode(one)))
            for row in made:
                run("INSERT OR IGNORE INTO minutes VALUES (?, ?, ?, ?)", row)
            for said in limits:
                said_row = (said.trading_day, numbers[said.instrument], said.upper_limit, said.lower_limit)
                run("INSERT OR REPLACE INTO limits VALUES (?, ?, ?, ?)", said_row)
            for table in ("limits", "minutes") if day != self._pruned_on else ():
                run(_PRUNE.format(table=table), (DAYS_KEPT,))
        self._numbers, self._terms, self._pruned_on = numbers, universe, day
        self.newest = max([self.newest, *(row[0] for row in made)])


def read_minutes(folder: Path) -> Recorded:
    """Return what the runner of a folder has recorded; nothing yet, or a file that cannot be read, is a `UserError`."""
    path = folder / MINUTE_FILE
    if not path.is_file():
        raise UserError(f"{folder} 里还没有运行器记下的行情（{MINUTE_FILE}），请核对目录，或等运行器走过一分钟。")
    try:
        with closing(connect_readonly(path)) as connection:
            connection.exec_driver_sql("BEGIN")  # the three tables as they stood at one moment
            return _recorded(connection)
    except (*UNREADABLE, msgspec.DecodeError, zlib.error, ValueError) as error:
        problem: JournalError = trouble(_READING, path, error)
        raise UserError(str(problem)) from error


def _recorded(connection: Connection) -> Recorded:
    run = connection.exec_driver_sql
    contracts = _contracts(connection)
    place = {number: slot for slot, number in enumerate(contracts)}
    minutes = run("SELECT at, trading_day, data FROM minutes ORDER BY ends_at").all()
    if not minutes:
        raise UserError("运行器还没有记满一分钟行情，请稍候再试。")
    tables = [_unpacked(data) for _, _, data in minutes]
    whole, times = np.concatenate(tables), np.array([at for at, _, _ in minutes], dtype=np.int64)
    lacking = set(np.unique(whole[:, 0]).tolist()) - contracts.keys()
    if lacking:
        raise ValueError(f"缺第 {min(lacking)} 号合约的条款")
    if (np.diff(times) <= 0).any():
        raise ValueError("各分钟的时间不是依次往后")
    first_of: dict[int, int] = {}
    for batch, (_, day, _) in enumerate(minutes):
        first_of.setdefault(day, batch)
    universe = tuple(one.id for one in contracts.values())
    said = [
        (first_of[day], DayFacts(instrument=contracts[number].id, trading_day=day, upper_limit=up, lower_limit=low))
        for day, number, up, low in run("SELECT trading_day, number, upper, lower FROM limits").all()
        if day in first_of and number in contracts
    ]
    recording = Recording(
        name=RECORDED,
        universe=universe,
        slots=np.array([place[number] for number in whole[:, 0].tolist()], dtype=np.int64),
        rows=whole[:, 1:],
        ends=np.cumsum([len(table) for table in tables]),
        at=times,
        day_facts=tuple(sorted(said, key=lambda one: one[0])),
        quarantined={},
        absent={},
    )
    return Recorded(recording, {one.id: one for one in contracts.values()})


def _contracts(connection: Connection) -> dict[int, Instrument]:
    rows = connection.exec_driver_sql("SELECT number, terms FROM contracts ORDER BY number").all()
    return {number: msgspec.json.decode(terms, type=Instrument) for number, terms in rows}


def _is_current(connection: Connection) -> bool:
    run = connection.exec_driver_sql
    tables = run("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").scalars().all()
    return bool(tuple(tables) == _TABLES and run("PRAGMA user_version").scalar_one() == VERSION)


def _packed(minute: Minute, of_slot: Whole) -> bytes:
    # Column by column: neighbours look alike, and a minute of a whole market is a few kilobytes.
    table = np.empty((len(minute.slots), 1 + WIDTH), dtype="<i8")
    table[:, 0] = of_slot[list(minute.slots)]
    table[:, 1:] = minute.rows
    return zlib.compress(table.T.tobytes(), 1)


def _unpacked(data: bytes) -> Whole:
    return np.frombuffer(zlib.decompress(data), dtype="<i8").astype(np.int64).reshape(1 + WIDTH, -1).T
