"""Say how old a command is when it arrives, and how old it may be (SAFETY 4, I18). The runner's clock alone decides.

Theory. A desk says when the key was pressed on its own monotonic clock. What lies between that clock and ours is known
from PINGs: the desk read its clock after our PING left, so its stamp is at least as late as the sending. Each PONG is
therefore a lower bound of the offset, the largest bound is the tightest, and an age reckoned with it is never too
young, however unequally the two directions are delayed. The middle of the round trip, which is the usual guess, would
let an order pass its time by half of the longest delay.

Two clocks drift apart and a machine may sleep: only the latest bounds count, and a PONG that contradicts older ones
(the desk's stamp is later than they allow) drops them.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from terminal.domain import commands as c
from terminal.sync.messages import APPROVAL_TTL_MS, ORDER_TTL_MS, OTHER_TTL_MS

KEPT: Final = 12  # PONGs, a minute of them

CREATING: Final = c.SubmitOrder | c.EditOrder | c.StartStrategy | c.ResumeStrategy | c.ChangeStrategy | c.Release
APPROVING: Final = c.ApproveOrder | c.RejectOrder


def ttl_ms(body: c.CommandBody) -> int:
    """Return how long a command may take from the press of the key until it is carried out."""
    if isinstance(body, CREATING):
        return ORDER_TTL_MS
    return APPROVAL_TTL_MS if isinstance(body, APPROVING) else OTHER_TTL_MS


class Offset:
    """Hold by how much our monotonic clock is ahead of a desk's; all in ns."""

    def __init__(self) -> None:
        self._bounds: deque[int] = deque(maxlen=KEPT)

    def heard(self, *, sent: int, theirs: int, now: int) -> None:
        """Take a PONG: when its PING left, what the desk's clock said, and when it came back."""
        held = [bound for bound in self._bounds if bound <= now - theirs]
        self._bounds = deque((*held, sent - theirs), maxlen=KEPT)

    @property
    def value(self) -> int | None:
        """Return the offset; `None` before the first PONG."""
        return max(self._bounds, default=None)
