"""Write a backtest into a folder: the report for people and for programs, and the table of its trades."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from msgspec.structs import astuple

from terminal.backtest.page import page
from terminal.backtest.report import encode
from terminal.backtest.trades import Fill
from terminal.store.new_file import replace_all

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from terminal.backtest.run import Ran


def write(ran: Ran, folder: Path) -> None:
    """Write report.html, report.json and trades.csv, all of them or none; a disk that refuses is a `UserError`."""
    report, trades = encode(ran.report) + b"\n", _table(ran.fills)
    replace_all(folder, {"report.html": page(ran.report), "report.json": report, "trades.csv": trades})


def _table(fills: Iterable[Fill]) -> bytes:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(Fill.__struct_fields__)
    table.writerows(map(astuple, fills))
    return text.getvalue().encode("utf-8-sig")  # with BOM, so that spreadsheets show it
