"""Keep market data as columns on disk.

Two forms, one reading. An *imported* tape is a recording that was read once: four columns and a manifest, written
beside their place and moved there in one step, so that a tape is there wholly or not at all. A *running* tape grows
by segments while a market runs: a segment is durable before the index names it, so that after a kill the tape holds
everything up to the last finished segment and nothing torn.

Loading an imported tape compares every byte with what was written (hashing a whole market takes milliseconds); of a
running one it compares sizes and structure, and `verify_tape` every byte.
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import msgspec
import numpy as np

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import BAR_WIDTH, WIDTH, Batch, DayFacts, Recording
from terminal.store.folder import sync_folder
from terminal.store.tape_format import (
    FORMAT,
    INDEX,
    INDEX_LINES,
    MANIFEST,
    MANIFESTS,
    Begun,
    FileMark,
    Manifest,
    Numbers,
    Segment,
    check_values,
    damaged,
    measure,
    npy_header,
    reading,
    seal,
    unseal,
    write_durably,
    writing,
)

SEGMENT_ROWS: Final = 1 << 16

_COLUMNS: Final = ("slots", "rows", "ends", "at")
_BARS: Final = "bars"  # a fifth column, of recorded bars only
_NONE: Final = np.zeros(0, dtype=np.int64)
_NO_ROWS: Final = (_NONE, _NONE.reshape(0, WIDTH), _NONE, _NONE)


def import_key(paths: Sequence[Path], *, reader: str) -> str:
    """Return the name under which the tape imported from these files is kept.

    It changes with any file's name, size or content, and with `reader`: the version of all that had a say in the
    reading. The order of the files does not matter.
    """
    whole = hashlib.sha256(reader.encode())
    for path in sorted(paths, key=lambda path: (path.name, str(path))):
        with reading(path):
            mark = measure(path)
        whole.update(msgspec.json.encode((path.name, mark.bytes, mark.sha256)))
    return whole.hexdigest()[:32]


def save_recording(recording: Recording, folder: Path) -> None:
    """Write a recording as an imported tape, replacing what is there; a full disk is a `UserError`."""
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _build(recording, beside / "new")
            if folder.exists():
                # A folder cannot be replaced in one step: between the two moves there is no tape, never half a one.
                folder.rename(beside / "old")
            (beside / "new").rename(folder)
            sync_folder(folder.parent)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _build(recording: Recording, folder: Path) -> None:
    folder.mkdir()
    marks = {}
    for name in _COLUMNS if recording.bars is None else (*_COLUMNS, _BARS):
        path = folder / f"{name}.npy"
        with path.open("wb") as file:
            column = np.ascontiguousarray(getattr(recording, name), dtype="<i8")
            file.write(npy_header(column.shape))
            file.write(column.data)
            file.flush()
            os.fsync(file.fileno())
        marks[name] = measure(path)
    manifest = Manifest(
        format=FORMAT,
        name=recording.name,
        universe=recording.universe,
        rows=len(recording.slots),
        batches=len(recording),
        columns=marks,
        day_facts=recording.day_facts,
        quarantined=recording.quarantined,
        absent=recording.absent,
    )
    write_durably(folder / MANIFEST, seal(manifest))
    sync_folder(folder)


def load_recording(folder: Path) -> Recording:
    """Return the recording that a tape holds; an imported one is mapped into memory and read as it is used.

    A tape that is not there, whose files are not of the size they were written with, or whose columns do not fit
    one another is a `UserError`; so is a changed byte of an imported one.
    """
    if (folder / MANIFEST).is_file():
        return _mapped(folder, _manifest(folder))
    if (folder / INDEX).is_file():
        return _joined(folder)
    raise UserError(f"{folder} 里没有行情带，请核对路径或重新导入行情文件。")


def verify_tape(folder: Path) -> Recording:
    """Return the recording of a tape after reading all of it.

    A byte that is not what was written is a `UserError`.
    """
    recording = load_recording(folder)
    for name, mark in _marks(folder).items():
        with reading(folder / name):
            found = measure(folder / name)
        if found != mark:
            raise damaged(folder / name, "内容与写入时不同")
    return recording


def _marks(folder: Path) -> dict[str, FileMark]:
    if (folder / MANIFEST).is_file():
        return {f"{name}.npy": mark for name, mark in _manifest(folder).columns.items()}
    return {line.file_name: line.mark for line in _index(folder)[0] if isinstance(line, Segment)}


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    with reading(path):
        manifest = unseal(path.read_bytes(), MANIFESTS)
    if manifest is None:
        raise damaged(path, "内容与写入时不同")
    if manifest.format != FORMAT or set(manifest.columns) - {_BARS} != set(_COLUMNS):
        raise UserError(f"行情带 {folder} 的格式 {manifest.format} 不受本版本支持，请重新导入行情文件。")
    return manifest


def _sized(path: Path, mark: FileMark) -> None:
    with reading(path):
        size = path.stat().st_size
    if size != mark.bytes:
        raise damaged(path, f"应有 {mark.bytes} 字节，实有 {size} 字节")


def _mapped(folder: Path, manifest: Manifest) -> Recording:
    rows, batches, bars = manifest.rows, manifest.batches, manifest.columns.get(_BARS)
    recording = Recording(
        name=manifest.name,
        universe=manifest.universe,
        slots=_column(folder / "slots.npy", manifest.columns["slots"], (rows,)),
        rows=_column(folder / "rows.npy", manifest.columns["rows"], (rows, WIDTH)),
        ends=_column(folder / "ends.npy", manifest.columns["ends"], (batches,)),
        at=_column(folder / "at.npy", manifest.columns["at"], (batches,)),
        day_facts=manifest.day_facts,
        quarantined=manifest.quarantined,
        absent=manifest.absent,
        bars=None if bars is None else _column(folder / f"{_BARS}.npy", bars, (rows, BAR_WIDTH)),
    )
    return check_values(recording, folder)


def _column(path: Path, mark: FileMark, shape: tuple[int, ...]) -> Numbers:
    _sized(path, mark)
    header = npy_header(shape)
    with reading(path):
        with path.open("rb") as file:
            begins = file.read(len(header))
        if begins != header or mark.bytes != len(header) + 8 * math.prod(shape):
            raise damaged(path, "列的形状有误")
        if measure(path) != mark:
            raise UserError(
                f"行情带 {path} 已损坏：内容与写入时不同。请删除目录 {path.parent}，再运行时会从行情文件重新导入。"
            )
        # A plain view of the mapped file: slices of a memmap are slow.
        return np.asarray(np.memmap(path, dtype="<i8", mode="r", offset=len(header), shape=shape))


def _index(folder: Path) -> tuple[list[Begun | Segment], int]:
    """Return the lines of a running tape's index and where the last whole one ends; a torn last line is no line."""
    path = folder / INDEX
    with reading(path):
        stored = path.read_bytes()
    lines: list[Begun | Segment] = []
    end = 0
    for raw in stored.splitlines(keepends=True):
        line = unseal(raw, INDEX_LINES)
        if line is None:
            break
        lines.append(line)
        end += len(raw)
    # A kill tears the last line and no other: it was never announced as durable.
    if b"\n" in stored[end:]:
        raise damaged(path, f"第 {len(lines) + 1} 行与写入时不同")
    if not lines or not isinstance(lines[0], Begun) or lines[0].format != FORMAT:
        raise damaged(path, "没有可读的开头")
    return lines, end


def _joined(folder: Path) -> Recording:
    lines, _ = _index(folder)
    begun = [line for line in lines if isinstance(line, Begun)][-1]
    parts: list[tuple[Numbers, ...]] = []
    facts: list[tuple[int, DayFacts]] = []
    rows = batches = 0
    for line in lines:
        if isinstance(line, Segment):
            slots, quotes, ends, at = _segment(folder, line)
            parts.append((slots, quotes, ends + rows, at))
            facts += [(batches + batch, fact) for batch, fact in line.day_facts]
            rows += line.rows
            batches += line.batches
    slots, quotes, ends, at = (np.concatenate(column) for column in zip(_NO_ROWS, *parts, strict=True))
    recording = Recording(
        name=begun.name,
        universe=begun.universe,
        slots=slots,
        rows=quotes,
        ends=ends,
        at=at,
        day_facts=tuple(facts),
        quarantined={},
        absent={},
    )
    return check_values(recording, folder)


def _segment(folder: Path, line: Segment) -> tuple[Numbers, ...]:
    path = folder / line.file_name
    _sized(path, line.mark)
    with reading(path):
        numbers = np.fromfile(path, dtype="<i8")
    edges = np.cumsum((line.rows, line.rows * WIDTH, line.batches, line.batches))
    if edges[-1] != len(numbers):
        raise damaged(path, "长度与索引不符")
    slots, quotes, ends, at, _ = np.split(numbers, edges)
    return slots, quotes.reshape(-1, WIDTH), ends, at


class TapeWriter:
    """Record a running market, segment by segment.

    Batches wait in memory until a segment is full or `flush` is called; then they are durable. What a kill takes is
    at most what waited. A tape that exists is continued; its instruments keep their slots and new ones come after.
    """

    def __init__(
        self, folder: Path, *, name: str, universe: tuple[InstrumentId, ...], segment_rows: int = SEGMENT_ROWS
    ) -> None:
        self._folder = folder
        self._segment_rows = segment_rows
        self._waiting: list[Batch] = []
        self._rows = 0
        self._end = 0
        self._number = 0
        self.next_index = 0
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._resume(Begun(format=FORMAT, name=name, universe=universe))

    def _resume(self, begun: Begun) -> None:
        if (self._folder / MANIFEST).exists():
            raise UserError(f"{self._folder} 是导入的行情带，不能续写，请换一个目录。")
        path = self._folder / INDEX
        # A kill may come before the first line is whole: then nothing was recorded yet.
        fresh = not path.exists() or b"\n" not in path.read_bytes()
        lines: list[Begun | Segment] = []
        if not fresh:
            lines, self._end = _index(self._folder)
        for line in lines:
            if isinstance(line, Segment):
                self._number = line.number + 1
                self.next_index = line.first + line.batches
        before = [line for line in lines if isinstance(line, Begun)]
        if before and before[-1].universe != begun.universe[: len(before[-1].universe)]:
            raise UserError(f"行情带 {self._folder} 记录的合约与当前行情不同，请换一个目录。")
        if before[-1:] != [begun]:
            self._announce(begun)

    def append(self, batch: Batch) -> None:
        """Take in a batch; one whose index is on the tape already is left out. A full disk is a `UserError`."""
        if batch.index < self.next_index:
            return
        if batch.index > self.next_index:
            self.flush()  # a segment holds consecutive batches
        self._waiting.append(
            Batch(
                index=batch.index,
                at=batch.at,
                slots=batch.slots.copy(),  # a feed may fill its buffers again
                rows=batch.rows.copy(),
                day_facts=batch.day_facts,
            )
        )
        self.next_index = batch.index + 1
        self._rows += len(batch.slots)
        if self._rows >= self._segment_rows:
            self.flush()

    def flush(self) -> None:
        """Make everything taken in durable; after a failure it may be called again."""
        if not self._waiting:
            return
        waiting = self._waiting
        ends = np.cumsum([len(batch.slots) for batch in waiting], dtype=np.int64)
        at = np.array([batch.at for batch in waiting], dtype=np.int64)
        columns = [*(batch.slots for batch in waiting), *(batch.rows.ravel() for batch in waiting), ends, at]
        payload = np.concatenate(columns).astype("<i8", copy=False).tobytes()
        segment = Segment(
            number=self._number,
            first=waiting[0].index,
            batches=len(waiting),
            rows=self._rows,
            mark=FileMark(bytes=len(payload), sha256=hashlib.sha256(payload).hexdigest()),
            day_facts=tuple((place, fact) for place, batch in enumerate(waiting) for fact in batch.day_facts),
        )
        with writing(self._folder):
            write_durably(self._folder / segment.file_name, payload)
            sync_folder(self._folder)
            self._announce(segment)
        self._number += 1
        self._waiting = []
        self._rows = 0

    def _announce(self, line: Begun | Segment) -> None:
        """Write a line of the index where the last whole one ends, over whatever a failure left there."""
        sealed = seal(line)
        path = self._folder / INDEX
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(self._end)
            file.seek(self._end)
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder)
        self._end += len(sealed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.flush()
