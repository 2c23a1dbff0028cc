"""Open recorded files of any known format as one market."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from glob import has_magic
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from terminal.domain.days.calendar import Calendar
from terminal.domain.errors import UserError
from terminal.domain.market import WIDTH, Column, DayFacts, Recording, Valid
from terminal.gateways.replay.bar_layout import BAR_LAYOUTS, BarLayout
from terminal.gateways.replay.bar_market import market_of_bars
from terminal.gateways.replay.bar_rows import BarIntake
from terminal.gateways.replay.ctp_full import CTP_FULL
from terminal.gateways.replay.cut import burst_ends, recording_name
from terminal.gateways.replay.exact import ABSENT
from terminal.gateways.replay.intake import Field, Intake, Resolve
from terminal.gateways.replay.layout import Layout
from terminal.gateways.replay.multi import MULTI
from terminal.gateways.replay.parse import Progress, read_rows
from terminal.gateways.replay.said import Said, day_facts
from terminal.gateways.replay.sift import Fate, Sifted, check_order, sift
from terminal.gateways.replay.source import opened, recognise
from terminal.gateways.replay.whole_market import WHOLE_MARKET

# Part of the key under which an imported tape is kept: a new reading of the same files is a new tape.
READER: Final = "replay-1"

LAYOUTS: Final = (CTP_FULL, WHOLE_MARKET, MULTI, *BAR_LAYOUTS)

_ENDINGS: Final = ("*.csv", "*.csv.gz")
# Each value's column, its bit, and the column of lots without which it is no level of the book.
_VALUES: Final = (
    (Column.BID, Valid.BID, Column.BID_LOTS),
    (Column.ASK, Valid.ASK, Column.ASK_LOTS),
    (Column.LAST, Valid.LAST, None),
    (Column.VOLUME, Valid.VOLUME, None),
    (Column.OPEN_INTEREST, Valid.OPEN_INTEREST, None),
)


def expand(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files that paths, folders and patterns name, each once, in order.

    A folder or pattern without any recording is a `UserError`.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            files = [file for ending in _ENDINGS for file in path.glob(ending)]
        elif path.exists() or not has_magic(str(path)):
            files = [path]
        else:
            files = [file for file in _matching(path) if file.is_file()]
        if not files:
            raise UserError(f"{path} 里没有行情文件（.csv 或 .csv.gz），请核对路径。")
        found |= {file.resolve(): file for file in files}
    if not found:
        raise UserError("没有给出行情文件，请用 --tape 指定文件或目录。")
    return tuple(found[key] for key in sorted(found))


def _matching(pattern: Path) -> Iterator[Path]:
    plain = next(place for place, part in enumerate(pattern.parts) if has_magic(part))
    return Path(*pattern.parts[:plain]).glob(str(Path(*pattern.parts[plain:])))


def read_recording(
    paths: Sequence[Path],
    *,
    instruments: Resolve,
    calendar: Calendar,
    progress: Progress | None = None,
) -> Recording:
    """Return the market recorded in files, folders or patterns, validated, merged and cut into batches.

    `instruments` resolves a symbol (`AP010`, `DCE.i2101`) on a day; `progress` is told the share done, 0 to 1. A
    file that is missing, damaged, unordered or of no known format is a `UserError` with file and line. A batch may
    hold day facts and no quote: before the opening and after the close there is nothing else. Files of bars are one
    market of bars.
    """
    intake, bars = Intake(instruments), BarIntake(instruments)
    received = _take_in(expand(paths), intake, bars, progress)
    if bars.files:
        return market_of_bars(bars, calendar)
    intake.renumber()
    sifted = sift(intake.table(), intake, calendar, received=received)
    said = day_facts(sifted, intake, calendar)
    if not (sifted.fates == Fate.QUOTE).any():
        reasons = "、".join(f"{reason} {count}" for reason, count in sifted.refused().items()) or "无数据行"
        raise UserError(f"行情文件 {intake.files[0]} 等没有可用的行情（{reasons}），请换用其他文件。")
    return _assemble(sifted, said, intake, received=received)


def _take_in(files: Sequence[Path], intake: Intake, bars: BarIntake, progress: Progress | None) -> bool:
    sizes = [file.stat().st_size if file.is_file() else 0 for file in files]
    total, done = max(sum(sizes), 1), 0
    received: bool | None = None
    for file, size in zip(files, sizes, strict=True):

        def tell(share: float, done: int = done, size: int = size) -> None:
            if progress is not None:
                progress((done + share * size) / total)

        received = _take_in_one(file, intake, bars, tell, received=received)
        done += size
        tell(1.0)
    return bool(received)


def _take_in_one(path: Path, intake: Intake, bars: BarIntake, tell: Progress, *, received: bool | None) -> bool | None:
    with opened(path) as source:
        layout = recognise(source, LAYOUTS)
        if intake.files if isinstance(layout, BarLayout) else bars.files:
            raise UserError(f"行情文件 {path}：K 线与逐笔录制不能合成一个行情，请分开回放。")
        if isinstance(layout, BarLayout):
            bars.take(source, layout, tell)
            return None
        clocked = layout.received is not None
        if received is not None and received != clocked:
            raise UserError(f"行情文件 {path}：带接收时间与不带接收时间的录制不能合成一个行情，请分开回放。")
        before = len(intake.flat)
        read_rows(source, layout, intake, tell)
    _check(before, intake, layout)
    return clocked


def _check(before: int, intake: Intake, layout: Layout) -> None:
    rows = intake.table()[before // intake.table().shape[1] :]
    check_order(rows, intake, received=layout.received is not None)


def _assemble(sifted: Sifted, said: Said, intake: Intake, *, received: bool) -> Recording:
    quotes = sifted.fates == Fate.QUOTE
    events = quotes.copy()
    events[list(said.facts)] = True
    places = np.flatnonzero(events)
    # The table is in order within each instrument; among instruments of one stamp the slot decides.
    places = places[np.argsort(sifted.table[places, Field.CLOCK], kind="stable")]
    clock = sifted.table[places, Field.CLOCK]
    ends = burst_ends(clock, received=received)
    kept = places[quotes[places]]
    rows, absent = _columns(sifted.table[kept, :WIDTH])
    return Recording(
        name=recording_name(sifted.days[kept]),
        universe=tuple(track.instrument.id for track in intake.tracks),
        slots=np.ascontiguousarray(sifted.table[kept, Field.SLOT]),
        rows=rows,
        ends=np.cumsum(quotes[places])[ends - 1],
        at=clock[ends - 1],
        day_facts=_by_batch(said.facts, places, ends),
        quarantined=sifted.refused(),
        absent=absent | said.missing,
    )


def _columns(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], dict[str, int]]:
    """Set the bits of the values that are there, clear the others, and count these."""
    absent = {}
    rows[:, Column.MASK] = 0
    for column, bit, lots in _VALUES:
        there = rows[:, column] != ABSENT
        if lots is not None:
            there &= rows[:, lots] > 0
            rows[~there, lots] = 0
        rows[~there, column] = 0
        rows[there, Column.MASK] |= int(bit)
        absent[column.name.lower()] = len(rows) - int(np.count_nonzero(there))
    return rows, absent


def _by_batch(
    facts: dict[int, DayFacts], places: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[tuple[int, DayFacts], ...]:
    events = np.flatnonzero(np.isin(places, np.fromiter(facts, dtype=np.int64, count=len(facts))))
    batches = np.searchsorted(ends, events, side="right").tolist()
    return tuple((batch, facts[int(places[event])]) for batch, event in zip(batches, events.tolist(), strict=True))
