"""Refuse a wish that comes too late after the press of its key (SAFETY 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.engine.refused import Refused

if TYPE_CHECKING:
    from terminal.domain import commands as c
    from terminal.engine.turn import Turn

SECOND: Final = 1_000_000_000
ORDER_TTL: Final = 3 * SECOND
APPROVAL_TTL: Final = 30 * SECOND


def in_time(turn: Turn, command: c.Command, ttl: int) -> None:
    """Refuse a command older than `ttl` ns of the market clock."""
    if turn.at - command.at > ttl:
        late = (turn.at - command.at) // SECOND
        raise Refused("EXPIRED", f"指令迟到 {late} 秒，已过有效期，没有执行；请确认后重新下达。")
