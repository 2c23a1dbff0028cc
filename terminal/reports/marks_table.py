"""Write the daily marks as a table for people."""

from __future__ import annotations

import csv
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Final

from terminal.domain.errors import UserError
from terminal.domain.orders.order import Side
from terminal.reports.recompute import FEN_PER_YUAN
from terminal.store.marks import MarksFile

COLUMNS: Final = (
    *("account", "instrument", "flag", "side", "trading_day", "lots"),
    *("close_profit", "position_profit", "trade_close_profit", "floating_profit", "fee"),
)


def write_table(file: MarksFile, path: Path) -> None:
    """Write every daily mark as CSV, UTF-8 with BOM so that spreadsheets show it; money in yuan, empty if not known.

    The side is that of the lots, `LONG` or `SHORT`.
    """
    partial = path.with_name(path.name + ".part")
    holdings = file.holdings()
    try:
        with partial.open("w", encoding="utf-8-sig", newline="") as target:
            table = csv.writer(target)
            table.writerow(COLUMNS)
            for holding, day, lots, *money in file.marks():
                row = holdings[holding or 0]
                side = "LONG" if row.side is Side.BUY else "SHORT"
                yuan = ["" if fen is None else f"{Decimal(fen) / FEN_PER_YUAN:.2f}" for fen in money]
                table.writerow((row.account, row.instrument, row.flag, side, day, lots, *yuan))
        partial.replace(path)
    except OSError as problem:
        raise UserError(
            f"逐日盯市写不进 {path}（{problem.strerror}）；请腾出空间或换一个位置，再运行一次。"
        ) from problem
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
