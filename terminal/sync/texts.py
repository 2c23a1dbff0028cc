"""Say whether a command is fit to become records: its texts bounded and visible, and all of it bounded together.

What a person types ends in the journal and in frames to every desk. What needs a second person is escaped twice: once
as the stored object whose bytes are approved, once more as a text inside the record. A frame has an end (SAFETY 4);
without a bound here one long sentence, or a long enough list of short ones, would make a record that no desk can be
sent. A record holds what a command brought at most once, so three quarters of a frame are left for what the engine
adds: findings, prices, names and its own sentences, none of which grows with the command.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from terminal.domain.commands import ChangeLimits, ChangeStrategy, CommandBody, SaveDocument, StartStrategy
from terminal.domain.setting_words import WORDS
from terminal.risk.limits import NAMES
from terminal.sync.messages import MAX_FRAME, Cmd

LONGEST_NAME: Final = 64  # characters of a command's or a strategy's name
LONGEST_TEXT: Final = 200  # characters of anything else
LARGEST_DOCUMENT: Final = MAX_FRAME * 3 // 4  # bytes, escaped twice
LARGEST_BODY: Final = MAX_FRAME // 4  # bytes of any other command's body, escaped twice


def unfit(frame: Cmd) -> str:
    """Return why the texts of a command cannot be kept; empty if they can."""
    if not _is_name(frame.cmd_id):
        return f"指令编号应为 1 至 {LONGEST_NAME} 个可见字符"
    strategy = getattr(frame.body, "strategy", None)
    if strategy is not None and not _is_name(strategy):
        return f"策略名称应为 1 至 {LONGEST_NAME} 个可见字符"
    body = msgspec.to_builtins(frame.body)
    if isinstance(frame.body, SaveDocument):
        kept = body.pop("body")
        if _escaped_twice(kept) > LARGEST_DOCUMENT:
            return f"文稿“{frame.body.name[:LONGEST_NAME]}”太长，请删减后再存"
    for text in _texts(body):
        if len(text) > LONGEST_TEXT:
            return f"文字“{text[:12]}…”有 {len(text)} 个字，最多 {LONGEST_TEXT} 个，请缩短后重新下达"
        if not text.isprintable():
            return "文字里有看不见的字符（换行、控制或方向符），请删去后重新下达"
    return "" if isinstance(frame.body, SaveDocument) else too_large(frame.body)


def too_large(body: CommandBody) -> str:
    """Return why the body of a command does not fit a record, and where it is long; empty if it fits."""
    size = _escaped_twice(body)
    if size <= LARGEST_BODY:
        return ""
    match body:
        case ChangeLimits():
            whole: object = body.limits
        case StartStrategy() | ChangeStrategy():
            whole = body.settings
        case _:
            whole = body
    parts = msgspec.to_builtins(whole, str_keys=True)
    longest = max(parts, key=lambda name: _escaped_twice(parts[name]))
    count = len(parts[longest])
    what = f"“{NAMES.get(longest) or WORDS.get(longest) or longest}”有 {count} 项"
    return f"{what}，整条指令存成记录要 {size} 字节，最多 {LARGEST_BODY} 字节，请减少项数或缩短名称后重新下达"


def cut(reason: str) -> str:
    """Return what can be kept of a reason: a kill switch is pulled whatever was typed beside it."""
    return "".join(one for one in reason if one.isprintable())[:LONGEST_TEXT]


def _escaped_twice(value: object) -> int:
    return len(msgspec.json.encode(msgspec.json.encode(value).decode()))


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
