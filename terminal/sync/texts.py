"""Say whether the texts of a command are fit to become records: bounded and visible.

What a person types ends in the journal and in frames to every desk, escaped once as a part of the record and once more
as a part of the frame. A frame has an end (SAFETY 4); without a bound here one long sentence would make a record that
no desk can be sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from terminal.domain.commands import SaveDocument
from terminal.sync.messages import MAX_FRAME, Cmd

LONGEST_NAME: Final = 64  # characters of a command's or a strategy's name
LONGEST_TEXT: Final = 200  # characters of anything else
LARGEST_DOCUMENT: Final = MAX_FRAME * 3 // 4  # bytes, escaped twice


def unfit(frame: Cmd) -> str:
    """Return why the texts of a command cannot be kept; empty if they can."""
    if not _is_name(frame.cmd_id):
        return f"指令编号应为 1 至 {LONGEST_NAME} 个可见字符"
    strategy = getattr(frame.body, "strategy", None)
    if strategy is not None and not _is_name(strategy):
        return f"策略名称应为 1 至 {LONGEST_NAME} 个可见字符"
    body = msgspec.to_builtins(frame.body)
    if isinstance(frame.body, SaveDocument):
        kept = msgspec.json.encode(msgspec.json.encode(body.pop("body")).decode())
        if len(kept) > LARGEST_DOCUMENT:
            return f"文稿“{frame.body.name[:LONGEST_NAME]}”太长，请删减后再存"
    for text in _texts(body):
        if len(text) > LONGEST_TEXT:
            return f"文字“{text[:12]}…”有 {len(text)} 个字，最多 {LONGEST_TEXT} 个，请缩短后重新下达"
        if not text.isprintable():
            return "文字里有看不见的字符（换行、控制或方向符），请删去后重新下达"
    return ""


def cut(reason: str) -> str:
    """Return what can be kept of a reason: a kill switch is pulled whatever was typed beside it."""
    return "".join(one for one in reason if one.isprintable())[:LONGEST_TEXT]


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= LONGEST_NAME and text.isprintable() and not text.isspace()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
