"""Say whether a command is fit to become records: its texts bounded and visible, and all of it bounded together.

What a person types ends in the journal and in frames to every desk. What needs a second person is escaped twice: once
as the stored object whose bytes are approved, once more as a text inside the record. A frame has an end (SAFETY 4);
without a bound here one long sentence, or a long enough list of short ones, would make a record that no desk can be
sent. A record holds what a command brought at most once, so three quarters of a frame are left for what the engine
adds: findings, prices, names and its own sentences, none of which grows with the command.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

import msgspec

from terminal.domain.commands import ChangeLimits, ChangeStrategy, Kill, SaveDocument, StartStrategy
from terminal.domain.ids import CommandId, DeviceId
from terminal.domain.words.settings import WORDS
from terminal.domain.words.typed_text import LONGEST_NAME, LONGEST_TEXT, is_name, is_visible, shown, visible_part
from terminal.risk.limits import NAMES
from terminal.sync.messages import MAX_FRAME, Cmd

HEAD: Final = 12  # characters of a text too long, enough to find it by
LARGEST_DOCUMENT: Final = MAX_FRAME * 3 // 4  # bytes, escaped twice
LARGEST_BODY: Final = MAX_FRAME // 4  # bytes of any other command's body, escaped twice


def unfit(frame: Cmd) -> str:
    """Return why the texts of a command cannot be kept; empty if they can."""
    if not is_name(frame.cmd_id):
        return f"指令编号应为 1 至 {LONGEST_NAME} 个可见字符"
    return unfit_body(frame.body)


def unfit_body(wish: msgspec.Struct) -> str:
    """Return why the texts of what is asked for cannot be kept, whatever it is called; empty if they can."""
    strategy = getattr(wish, "strategy", None)
    if strategy is not None and not is_name(strategy):
        return f"策略名称应为 1 至 {LONGEST_NAME} 个可见字符"
    body = msgspec.to_builtins(wish)
    if isinstance(wish, SaveDocument):
        kept = body.pop("body")
        if _escaped_twice(kept) > LARGEST_DOCUMENT:
            return f"文稿“{shown(wish.name)}”太长，请删减后再存"
    for text in _texts(body):
        if len(text) > LONGEST_TEXT:
            return f"文字“{shown(text, HEAD)}”有 {len(text)} 个字，最多 {LONGEST_TEXT} 个，请缩短后重新下达"
        if not is_visible(text):
            return "文字里有看不见的字符（换行、控制或方向符），请删去后重新下达"
    return "" if isinstance(wish, SaveDocument) else too_large(wish)


def too_large(body: msgspec.Struct) -> str:
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
    """Return what can be kept of the reason of a kill switch."""
    return visible_part(reason)[:LONGEST_TEXT]


def as_pulled(kill: Cmd, device: DeviceId) -> Cmd:
    """Return a kill switch as it can be kept: it is pulled whatever was typed beside it, and whatever it is called.

    A name that is unfit gives way to one made of the whole frame and its device: a copy has the same one, another pull
    under the same unfit name has not.
    """
    if isinstance(kill.body, Kill):
        name = kill.cmd_id if is_name(kill.cmd_id) else _made(kill, device)
        body = msgspec.structs.replace(kill.body, reason=cut(kill.body.reason))
        return msgspec.structs.replace(kill, cmd_id=name, body=body)
    return kill


def _made(kill: Cmd, device: DeviceId) -> CommandId:
    digest = sha256(device.encode() + b"\n" + msgspec.json.encode(kill)).hexdigest()
    return CommandId(f"kill-{digest[:32]}")


def _escaped_twice(value: object) -> int:
    return len(msgspec.json.encode(msgspec.json.encode(value).decode()))


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
