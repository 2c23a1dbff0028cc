"""Write the daily marks as a table for people."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Final

from terminal.domain.orders.order import Side
from terminal.reports.recompute import FEN_PER_YUAN
from terminal.store.marks import MarksFile
from terminal.store.new_file import new_file

COLUMNS: Final = (
    *("account", "instrument", "flag", "side", "trading_day", "lots"),
    *("close_profit", "position_profit", "trade_close_profit", "floating_profit", "fee"),
)


def write_table(file: MarksFile, path: Path) -> None:
    """Write every daily mark as CSV, UTF-8 with BOM so that spreadsheets show it; money in yuan, empty if not known.

    The side is that of the lots, `LONG` or `SHORT`.
    """
    holdings = file.holdings()
    with new_file("逐日盯市写不成", path) as partial, partial.open("w", encoding="utf-8-sig", newline="") as target:
        table = csv.writer(target)
        table.writerow(COLUMNS)
        for holding, day, lots, *money in file.marks():
            row = holdings[holding or 0]
            side = "LONG" if row.side is Side.BUY else "SHORT"
            yuan = ["" if fen is None else f"{Decimal(fen) / FEN_PER_YUAN:.2f}" for fen in money]
            table.writerow((row.account, row.instrument, row.flag, side, day, lots, *yuan))
