"""Write a backtest into a folder: the report for people and for programs, and the table of its trades."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import astuple

from terminal.backtest.page import page
from terminal.backtest.report import encode
from terminal.backtest.trades import Fill
from terminal.domain.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from terminal.backtest.run import Ran


def write(ran: Ran, folder: Path) -> None:
    """Write report.html, report.json and trades.csv, each whole or not at all; a disk that refuses is a `UserError`."""
    put(folder / "report.html", page(ran.report))
    put(folder / "report.json", encode(ran.report) + b"\n")
    put(folder / "trades.csv", _table(ran.fills))


def _table(fills: Iterable[Fill]) -> bytes:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(Fill.__struct_fields__)
    table.writerows(map(astuple, fills))
    return text.getvalue().encode("utf-8-sig")  # with BOM, so that spreadsheets show it


def put(path: Path, body: bytes) -> None:
    """Write a file whole or not at all; a disk that refuses is a `UserError`."""
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(body)
        partial.replace(path)
    except OSError as problem:
        raise UserError(f"{path} 写不进去（{problem.strerror}），请检查磁盘空间与权限后再运行一次。") from problem
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
