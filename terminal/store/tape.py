"""Keep market data as columns on disk: a tape, imported once from the files of a recording.

It is four columns, a fifth of recorded bars, and a manifest, written beside their place and moved there in one step, so
that a tape is there wholly or not at all. Loading compares every byte with what was written: hashing a whole market
takes milliseconds.
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from terminal.domain.errors import UserError
from terminal.domain.market import BAR_WIDTH, WIDTH, Recording
from terminal.store.folder import sync_folder
from terminal.store.tape_format import (
    FORMAT,
    MANIFEST,
    MANIFESTS,
    FileMark,
    Manifest,
    Numbers,
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

_COLUMNS: Final = ("slots", "rows", "ends", "at")
_BARS: Final = "bars"  # a fifth column, of recorded bars only


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
    """Write a recording as a tape, replacing what is there; a full disk is a `UserError`."""
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
    """Return the recording that a tape holds, mapped into memory and read as it is used.

    A tape that is not there, in which a byte is not what was written, or whose columns do not fit one another is a
    `UserError`.
    """
    if not (folder / MANIFEST).is_file():
        raise UserError(f"{folder} 里没有行情带，请核对路径或重新导入行情文件。")
    return _mapped(folder, _manifest(folder))


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
