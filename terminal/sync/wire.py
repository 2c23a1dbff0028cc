"""Turn frames into bytes and back, and refuse whatever is not exactly a frame.

Bytes from outside pass five gates: size, nesting, numbers that fit 64 bits (no journal and no clock can hold others),
form (msgspec against the declared messages), and for commands no field that nobody knows: a body written for a newer
runner must not be carried out in part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeVar, get_args

import msgspec

from terminal.domain.ids import StreamId
from terminal.domain.words.typed_text import LONGEST_TEXT, shown
from terminal.engine.records.journal import Head
from terminal.sync.messages import (
    MAX_DEPTH,
    MAX_FRAME,
    OLDEST_PROTOCOL,
    PROTOCOL,
    Bye,
    Cmd,
    FetchPreview,
    Frame,
    FromDesk,
    FromRunner,
    HeadSaid,
    Hello,
)

_ENCODER: Final = msgspec.json.Encoder(decimal_format="string")
_DESK: Final[msgspec.json.Decoder[FromDesk]] = msgspec.json.Decoder(FromDesk)
_RUNNER: Final[msgspec.json.Decoder[FromRunner]] = msgspec.json.Decoder(FromRunner)
# Possessive, and an unclosed string goes to the end: whatever the bytes are, they are read once. A pattern that tried
# again from each quote took hours over one hostile frame.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKET: Final = re.compile(rb"[\[\]{}]")
_LONG_NUMBER: Final = re.compile(rb"\d{19,}")
_LARGEST: Final = 2**63 - 1
_DIGITS: Final = len(str(_LARGEST))
_OPENING: Final = frozenset({b"[", b"{"})

# What msgspec says of a frame whose form is right and of which it does not know a part.
_NOT_KNOWN: Final = re.compile(
    r"Object contains unknown field `(?P<field>.*?)`(?: - at `|$)"
    r"|Invalid enum value '?(?P<value>.*?)'?(?: - at `|$)"
    r"|Invalid value '(?P<type>.*)' - at `\$\.type`$",
    re.DOTALL,
)
_TYPES: Final = frozenset(kind.__struct_config__.tag for kind in get_args(FromDesk | FromRunner))
_STRANGE: Final = {"field": "字段", "value": "值", "type": "类型"}

_T = TypeVar("_T")


class WireError(Exception):
    """Say in a sentence why bytes are no frame of this protocol; the connection ends."""


class StrangerError(WireError):
    """Say what is in a frame that only another version of this program knows."""


def encode(frame: Frame) -> bytes:
    """Return a frame's bytes."""
    return _ENCODER.encode(frame)


def read_from_desk(data: bytes | str) -> FromDesk:
    """Return the frame a desk sent, or raise `WireError`."""
    raw = _bounded(data)
    frame = _read(_DESK, raw)
    if not isinstance(frame, Hello):  # it is what the version is agreed with
        _refuse_other_version(frame)
    if isinstance(frame, Cmd | FetchPreview):
        _refuse_unknown_fields(raw, frame)
    if isinstance(frame, Cmd) and frame.kind != frame.body.__struct_config__.tag:
        raise WireError(f"CMD 的 kind 是 {shown(frame.kind)}，内容却是 {frame.body.__struct_config__.tag}")
    return frame


def read_from_runner(data: bytes | str) -> FromRunner:
    """Return the frame a runner sent, or raise `WireError`."""
    frame = _read(_RUNNER, _bounded(data))
    if not isinstance(frame, Bye):  # it may be the one that says there is no common version
        _refuse_other_version(frame)
    return frame


def said(heads: Mapping[StreamId, Head]) -> dict[StreamId, HeadSaid]:
    """Return heads as they are said on the wire."""
    return {stream: HeadSaid(head.epoch, head.seq, head.hash.hex()) for stream, head in heads.items()}


def _bounded(data: bytes | str) -> bytes:
    try:
        raw = data.encode() if isinstance(data, str) else data
    except UnicodeEncodeError as problem:
        raise WireError(f"帧读不懂：{shown(str(problem), LONGEST_TEXT)}") from None
    if len(raw) > MAX_FRAME:
        raise WireError(f"帧长 {len(raw)} 字节，超过上限 {MAX_FRAME} 字节")
    bare = _STRING.sub(b"", raw)
    if any(len(number) > _DIGITS or int(number) > _LARGEST for number in _LONG_NUMBER.findall(bare)):
        raise WireError("帧里有超过 64 位的数字")
    depth = 0
    for bracket in _BRACKET.findall(bare):
        depth += 1 if bracket in _OPENING else -1
        if depth > MAX_DEPTH:
            raise WireError(f"帧的嵌套超过 {MAX_DEPTH} 层")
    return raw


def _read(decoder: msgspec.json.Decoder[_T], raw: bytes) -> _T:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        found = _NOT_KNOWN.match(str(problem))
        if found is not None and found["type"] not in _TYPES:  # of the other direction: no runner, and no desk, says so
            what = next(word for name, word in _STRANGE.items() if found[name] is not None)
            raise StrangerError(f"帧里有不认识的{what} {shown(found[found.lastgroup or 0])}") from None
        raise WireError(f"帧读不懂：{shown(str(problem), LONGEST_TEXT)}") from None


def _refuse_other_version(frame: Frame) -> None:
    if not OLDEST_PROTOCOL <= frame.v <= PROTOCOL:
        error = StrangerError if frame.v > PROTOCOL else WireError
        raise error(f"帧的协议版本是 {frame.v}，本程序的是 {OLDEST_PROTOCOL}–{PROTOCOL}")


def _refuse_unknown_fields(raw: bytes, frame: Frame) -> None:
    try:
        given = msgspec.json.decode(raw)["body"]
    except UnicodeDecodeError as problem:  # a name nobody knows need not even be text
        raise WireError(f"帧读不懂：{shown(str(problem), LONGEST_TEXT)}") from None
    strange = _strange(given, msgspec.to_builtins(frame)["body"])
    if strange:
        raise WireError(f"指令里有不认识的字段 {shown(strange)}，请让两边使用同一版本的程序")


def _strange(given: object, known: object) -> str:
    if isinstance(given, dict) and isinstance(known, dict):
        for name, value in given.items():
            if name not in known:
                return str(name)
            found = _strange(value, known[name])
            if found:
                return found
    elif isinstance(given, list) and isinstance(known, list):
        return next((found for pair in zip(given, known, strict=False) if (found := _strange(*pair))), "")
    return ""
