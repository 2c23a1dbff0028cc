"""Time the recomputing of a million trades: from the file on the disk and back, and the columns alone."""

from __future__ import annotations

import gc
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from terminal.commands.benches.figure import RUNS, Figure, timed
from terminal.commands.benches.trade_history import Drawn
from terminal.domain.books.daily_marks import daily_marks
from terminal.domain.errors import InvariantError
from terminal.reports.recompute import recompute
from terminal.store.marks import MarksFile

BOOKS, DAYS, TRADES_A_DAY = 1_000, 250, 4
TRADES = BOOKS * DAYS * TRADES_A_DAY


def measure() -> list[Figure]:
    """Return seconds from store to store, and how many trades a second the columns alone go through, warm."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with closing(MarksFile(folder)) as file, file.turn(), file.filling() as filling:
            Drawn(books=BOOKS, days=DAYS, trades_a_day=TRADES_A_DAY).fill(filling)
            file.reach(TRADES, b"the last")
        whole = tuple(timed(lambda: _from_store_to_store(folder)) for _ in range(RUNS))
        with closing(MarksFile(folder)) as file:
            ledger = file.cells().ledger
    gc.collect()
    daily_marks(ledger)
    speeds = tuple(TRADES / timed(lambda: daily_marks(ledger)) / 1e6 for _ in range(RUNS))
    what = f"{TRADES:,} 笔成交、{BOOKS:,} 个持仓、{DAYS} 天"
    return [
        Figure(name="recompute", what=f"{what}：读出、重算、写回并落盘", unit="s", runs=whole, bar=5),
        Figure(
            name="recompute_kernel",
            what=f"{what}：只算，数据在内存",
            unit="百万笔/s",
            runs=speeds,
            bar=20,
            less_is_better=False,
        ),
    ]


def _from_store_to_store(folder: Path) -> None:
    with closing(MarksFile(folder)) as file, file.turn():
        if file.reached() != (TRADES, b"the last"):
            raise InvariantError("what was gathered does not count as such")
        found = recompute(file, begins=lambda _: None)
    if found.trades != TRADES:
        raise InvariantError(f"{found.trades} of {TRADES} trades were recomputed")
