"""Keep the samples of the basis, a row for each product and trading day, for a restart that reads only the last again.

The file lies beside the journal and may be deleted: then the history begins with what a start reads again. It decides
nothing, so one that cannot be read is made anew, and a write may be lost with the power.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.ids import InstrumentId, ProductId
from terminal.store.database import UNREADABLE, trouble
from terminal.store.made_anew import open_made_anew, whole_turn

if TYPE_CHECKING:
    from sqlalchemy import Connection

BASIS_FILE: Final = "basis.db"
VERSION: Final = 1
DAYS_KEPT: Final = 90  # trading days of a product: more than any desk asks for
_OPENING: Final = "基差历史打不开也建不成（日志与交易不受影响）"
_FAILED: Final = "基差历史写不进去（日志与交易不受影响）"
_TABLE: Final = """CREATE TABLE days (
    product TEXT NOT NULL,
    trading_day INTEGER NOT NULL,
    future TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (product, trading_day)
) STRICT, WITHOUT ROWID"""
_PRUNE: Final = """DELETE FROM days WHERE product = ?1 AND trading_day < (
    SELECT min(trading_day) FROM (SELECT trading_day FROM days WHERE product = ?1 ORDER BY trading_day DESC LIMIT ?2)
)"""


class BasisDay(NamedTuple):
    """Hold the samples of one product on one trading day, oldest first, and the contract they are of."""

    product: ProductId
    trading_day: int
    future: InstrumentId
    at: array[int]  # UTC ns
    spot_prices: array[float]
    future_prices: array[float]


class BasisFile:
    """Own the file for as long as it is open."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / BASIS_FILE
        statements = (_TABLE, f"PRAGMA user_version = {VERSION}")
        self._connection = open_made_anew(
            self._path, synchronous="NORMAL", statements=statements, is_current=_is_current, failed=_OPENING
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def days(self) -> Iterator[BasisDay]:
        """Yield what is kept, the oldest of each product first; a day that cannot be read is left out."""
        try:
            rows = self._connection.exec_driver_sql("SELECT * FROM days ORDER BY product, trading_day").all()
        except UNREADABLE as error:
            raise trouble("基差历史读不出来（可以删去，下次重新收集）", self._path, error) from error
        for product, day, future, data in rows:
            with suppress(zlib.error, ValueError):
                yield BasisDay(ProductId(product), day, InstrumentId(future), *_unpacked(data))

    def save(self, days: Iterable[BasisDay]) -> None:
        """Put these days in the place of what was kept of them; a failing disk is a `JournalError`, nothing changed."""
        rows = [(day.product, day.trading_day, day.future, _packed(day)) for day in days]
        run = self._connection.exec_driver_sql
        with whole_turn(self._connection, self._path, _FAILED):
            for row in rows:
                run("INSERT OR REPLACE INTO days VALUES (?, ?, ?, ?)", row)
            for product in {row[0] for row in rows}:
                run(_PRUNE, (product, DAYS_KEPT))


def _is_current(connection: Connection) -> bool:
    run = connection.exec_driver_sql
    tables = run("SELECT sql FROM sqlite_master").scalars().all()  # its types are held to by the table itself
    return bool(tables == [_TABLE] and run("PRAGMA user_version").scalar_one() == VERSION)


def _packed(day: BasisDay) -> bytes:
    columns = day.at, day.spot_prices, day.future_prices
    return zlib.compress(b"".join(column.tobytes() for column in columns), 1)


def _unpacked(data: bytes) -> tuple[array[int], array[float], array[float]]:
    raw = zlib.decompress(data)
    if len(raw) % 24:
        raise ValueError("no whole rows")
    third = len(raw) // 3
    at, spot, future = array("q"), array("d"), array("d")
    for column, begin in ((at, 0), (spot, third), (future, 2 * third)):
        column.frombytes(raw[begin : begin + third])
    return at, spot, future
