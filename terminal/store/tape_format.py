"""Say what the files of a tape hold, and read and write them so that a torn or changed file is noticed.

A manifest carries the hash of its own stored bytes and names the size and hash of each column file. What is hashed is
what was stored, never a re-encoding.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Column, DayFacts, Recording
from terminal.domain.words.system import system_said

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"

_CHUNK: Final = 1 << 20

Numbers = NDArray[np.int64]
BatchFacts = tuple[tuple[int, DayFacts], ...]


class FileMark(msgspec.Struct, frozen=True, kw_only=True):
    """Name a file's size and hash."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a tape: its columns and everything of the recording that is no column."""

    format: int
    name: str
    universe: tuple[InstrumentId, ...]
    rows: int
    batches: int
    columns: dict[str, FileMark]
    day_facts: BatchFacts
    quarantined: dict[str, int]
    absent: dict[str, int]


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    sha256: str
    body: msgspec.Raw


_T = TypeVar("_T")

MANIFESTS: Final[msgspec.json.Decoder[Manifest]] = msgspec.json.Decoder(Manifest)


def npy_header(shape: tuple[int, ...]) -> bytes:
    """Return the bytes with which a file of 64-bit numbers of this shape begins."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<i8", "fortran_order": False, "shape": shape})
    return header.getvalue()


def seal(message: msgspec.Struct) -> bytes:
    """Return a message as one line that carries its own hash."""
    body = msgspec.json.encode(message)
    return msgspec.json.encode(_Sealed(sha256=_sha256(body), body=msgspec.Raw(body))) + b"\n"


def unseal(line: bytes, decoder: msgspec.json.Decoder[_T]) -> _T | None:
    """Return the message of a sealed line, `None` where a byte of it changed or is missing."""
    try:
        sealed = msgspec.json.decode(line, type=_Sealed)
        if line[-1:] != b"\n" or _sha256(bytes(sealed.body)) != sealed.sha256:
            return None
        return decoder.decode(sealed.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def measure(path: Path) -> FileMark:
    """Return a file's size and hash."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileMark(bytes=size, sha256=digest.hexdigest())


def write_durably(path: Path, data: bytes | memoryview) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the system says while a tape is read into a sentence."""
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"找不到 {path}，请核对路径或重新导入行情文件。") from None
    except OSError as trouble:
        raise UserError(f"{path} 读不出来（{system_said(trouble)}），请检查磁盘与权限。") from None


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the system says while a tape is written into a sentence."""
    try:
        yield
    except OSError as trouble:
        raise UserError(f"行情带写不进 {folder}（{system_said(trouble)}），请检查磁盘空间与权限后重试。") from None


def damaged(path: Path, what: str) -> UserError:
    """Return the sentence for a tape that is not what was written."""
    return UserError(f"行情带 {path} 已损坏：{what}。请删除该行情带并重新导入行情文件。")


def check_values(recording: Recording, folder: Path) -> Recording:
    """Return a recording whose columns fit one another; anything else is a `UserError`."""
    slots, ends, at = recording.slots, recording.ends, recording.at
    if len(slots) != len(recording.column(Column.MASK)) or len(at) != len(ends):
        raise damaged(folder, "各列长度不一")
    if (int(ends[-1]) if len(ends) else 0) != len(slots) or (np.diff(ends, prepend=0) < 0).any():
        raise damaged(folder, "批次与行数不符")
    if (np.diff(at) < 0).any():
        raise damaged(folder, "时间倒流")
    if len(slots) and (slots.min() < 0 or slots.max() >= len(recording.universe)):
        raise damaged(folder, "合约编号超出合约表")
    if any(batch not in range(len(ends)) for batch, _ in recording.day_facts):
        raise damaged(folder, "当日资料的批次编号有误")
    return recording
