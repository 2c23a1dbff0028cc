"""Say whether the texts of a command are fit to become records: bounded and visible.

What a person types ends in the journal and in frames to every desk, escaped once as a part of the record and once more
as a part of the frame. A frame has an end (SAFETY 4); without a bound here one long sentence would make a record that
no desk can be sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

import msgspec

from terminal.domain.commands import CommandBody, Kill, SaveDocument
from terminal.domain.ids import CommandId, DeviceId
from terminal.domain.typed_text import LONGEST_NAME, LONGEST_TEXT, is_name, is_visible, shown, visible_part
from terminal.sync.messages import MAX_FRAME, Cmd

HEAD: Final = 12  # characters of a text too long, enough to find it by
LARGEST_DOCUMENT: Final = MAX_FRAME * 3 // 4  # bytes, escaped twice


def unfit(frame: Cmd) -> str:
    """Return why the texts of a command cannot be kept; empty if they can."""
    if not is_name(frame.cmd_id):
        return f"指令编号应为 1 至 {LONGEST_NAME} 个可见字符"
    return unfit_body(frame.body)


def unfit_body(wish: CommandBody) -> str:
    """Return why the texts of what is asked for cannot be kept, whatever it is called; empty if they can."""
    strategy = getattr(wish, "strategy", None)
    if strategy is not None and not is_name(strategy):
        return f"策略名称应为 1 至 {LONGEST_NAME} 个可见字符"
    body = msgspec.to_builtins(wish)
    if isinstance(wish, SaveDocument):
        kept = msgspec.json.encode(msgspec.json.encode(body.pop("body")).decode())
        if len(kept) > LARGEST_DOCUMENT:
            return f"文稿“{shown(wish.name)}”太长，请删减后再存"
    for text in _texts(body):
        if len(text) > LONGEST_TEXT:
            return f"文字“{shown(text, HEAD)}”有 {len(text)} 个字，最多 {LONGEST_TEXT} 个，请缩短后重新下达"
        if not is_visible(text):
            return "文字里有看不见的字符（换行、控制或方向符），请删去后重新下达"
    return ""


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
