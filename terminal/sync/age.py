"""Say how old a command is when it arrives, and how old it may be (SAFETY 4, I18). The runner's clock alone decides.

Theory. A desk says when the key was pressed on its own monotonic clock. What lies between that clock and ours is known
from PINGs: the desk read its clock after our PING left, so its stamp is at least as late as the sending. Each PONG is
therefore a lower bound of the offset, the largest bound is the tightest, and an age reckoned with it is never too
young, however unequally the two directions are delayed. The middle of the round trip, which is the usual guess, would
let an order pass its time by half of the longest delay.

What only lowers risk does not wait for the clock, except where the desk had it before it connected: then it is a copy,
and a copy of something refused must not pass because its age is not known yet. The kill switch waits for nothing.

Two clocks drift apart and a machine may sleep: only the latest bounds count, and a PONG that contradicts older ones
(the desk's stamp is later than they allow) drops them.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from terminal.domain import commands as c
from terminal.domain.batch_commands import CancelBatch, SubmitBatch
from terminal.sync.messages import APPROVAL_TTL_MS, ORDER_TTL_MS, OTHER_TTL_MS

KEPT: Final = 12  # PONGs, a minute of them
# An offset is never taken too large, so an honest press lies in the past. Only a clock that is being set right runs
# ahead of it, by 8.3 % at the most where it is slewed, for as long as it takes to the next PING (5 s).
AHEAD: Final = 500_000_000  # ns
SECOND: Final = 1_000_000_000

NO_CLOCK: Final = ("NO_CLOCK", "连接刚建立，还没有量出时钟差，没有执行；请稍候再下达。")
FORGOTTEN: Final = (
    "FORGOTTEN",
    "这是运行器启动之前、或大量指令被拒之前下达的指令，是否已被拒绝已无记录，没有执行；请看清现状，需要时重新下达。",
)

CREATING: Final = (
    c.SubmitOrder
    | c.ClosePosition
    | c.LockPosition
    | c.UnlockPosition
    | c.ReversePosition
    | c.FinishReversal
    | c.EditOrder
    | c.PlaceConditional
    | c.GuardPosition
    | c.EditConditional
    | c.ResumeConditional
    | c.RequestExercise
    | SubmitBatch
    | c.StartStrategy
    | c.ResumeStrategy
    | c.ChangeStrategy
    | c.Release
    | c.HandInStatement  # a clean one lets orders be opened again
)
APPROVING: Final = c.ApproveOrder | c.RejectOrder
# What only lowers risk does not wait for a round trip, and asks little of a clock.
LOWERING: Final = (
    c.Kill
    | c.CancelOrder
    | c.CancelAll
    | CancelBatch
    | c.PauseStrategy
    | c.StopStrategy
    | c.PauseConditional
    | c.WithdrawConditional
    | c.GiveUpReversal
)


def ttl_ms(body: c.CommandBody) -> int:
    """Return how long a command may take from the press of the key until it is carried out."""
    if isinstance(body, CREATING):
        return ORDER_TTL_MS
    return APPROVAL_TTL_MS if isinstance(body, APPROVING) else OTHER_TTL_MS


def waits_for_clock(body: c.CommandBody, *, is_copy: bool) -> bool:
    """Return whether a command must wait until it is known how old it is; `is_copy` if its desk had it before HELLO."""
    return not isinstance(body, c.Kill) and (is_copy or not isinstance(body, LOWERING))


def untimely(body: c.CommandBody, *, pressed: int, ttl: int, since: int, now: int) -> tuple[str, str] | None:
    """Return the code and the sentence that refuse a command for when it was pressed; `None` if it comes in time.

    All in ns of the runner's clock; `since` is how far back refusals are remembered.
    """
    if pressed - now > AHEAD and not isinstance(body, LOWERING):
        return "BAD_CLOCK", "指令的按键时刻在将来，没有执行；请重新打开工作台后再下达。"
    if now - pressed > ttl:
        late = f"{(now - pressed) / SECOND:.1f}"
        return "EXPIRED", f"指令在路上 {late} 秒，已过有效期，没有执行；请确认后重新下达。"
    if pressed <= since and not isinstance(body, c.Kill):
        return FORGOTTEN
    return None


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
