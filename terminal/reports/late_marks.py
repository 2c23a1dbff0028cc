"""Say which marks of settled days differ from what they were before some record of the journal (M3).

Nothing old has to be kept for it: the journal up to that record gives the old marks, and their hash, once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.engine.records.journal import Entry
from terminal.reports.marks_table import COLUMNS
from terminal.reports.recompute import FEN_PER_YUAN, Recomputed, gather, recompute
from terminal.store.marks import HoldingRow, MarksFile

FIGURES: Final = COLUMNS[5:]
LOTS: Final = FIGURES[0]

_Key = tuple[AccountId, InstrumentId, HedgeFlag, Side, str, int]
_Row = tuple[int | None, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one figure of a settled day before and now: lots, or yuan; `None` where there was none."""

    account: AccountId
    instrument: InstrumentId
    flag: HedgeFlag
    side: Side
    trading_day: int
    figure: str  # a column of the table
    before: Decimal | None
    now: Decimal | None


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the hash of what the journal gave before a record, and every figure of days settled by then that differs."""

    position: int
    sha256: str
    differences: list[Difference]


class Compared(Recomputed, frozen=True, kw_only=True):
    """Hold what was recomputed, and beside it what there was before."""

    before: Before


def marks_before(
    position: int,
    entries: Iterable[Entry],
    now: MarksFile,
    *,
    seen: Callable[[int], None],
    begins: Callable[[str], None],
) -> Before:
    """Recompute the journal up to, and without, the record at a position, and compare with the marks of now."""
    with TemporaryDirectory(prefix="hengduo-") as folder, closing(MarksFile(Path(folder))) as file, file.turn():
        with file.filling() as filling:
            file.reach(*gather(takewhile(lambda entry: entry.position < position, entries), filling, seen=seen))
        found: Recomputed = recompute(file, begins=begins)
        return Before(position=position, sha256=found.sha256, differences=_differences(file, now))


def _differences(before: MarksFile, now: MarksFile) -> list[Difference]:
    settled_before = before.days()
    old, new = _rows(before, settled_before), _rows(now, settled_before)
    found = []
    for key in sorted(old.keys() | new.keys()):
        account, instrument, flag, side, _, day = key
        nothing: _Row = (None,) * len(FIGURES)
        for figure, was, is_now in zip(FIGURES, old.get(key, nothing), new.get(key, nothing), strict=True):
            if was != is_now:
                found.append(
                    Difference(
                        account=account,
                        instrument=instrument,
                        flag=flag,
                        side=side,
                        trading_day=day,
                        figure=figure,
                        before=_amount(figure, was),
                        now=_amount(figure, is_now),
                    )
                )
    return found


def _rows(file: MarksFile, settled_before: dict[AccountId, int]) -> dict[_Key, _Row]:
    holdings = file.holdings()
    found = {}
    for holding, day, *figures in file.marks():
        row = holdings[holding or 0]
        if day is not None and day < settled_before.get(row.account, 0):
            found[_key(row, day)] = tuple(figures)
    return found


def _key(row: HoldingRow, day: int) -> _Key:
    return row.account, row.instrument, row.flag, row.side, row.multiplier, day


def _amount(figure: str, value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value) / (1 if figure == LOTS else FEN_PER_YUAN)
