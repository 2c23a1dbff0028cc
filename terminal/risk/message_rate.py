"""Control C8: orders and cancels to one exchange stay under its reporting line, over all jointly controlled accounts.

The proposed order counts. Reducing closes and cancels are never refused here: the engine paces them and sends them
first. The counts of other accounts are not told: the value of a finding is one too many, whatever it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from terminal.domain.parameters.limits import NANOSECONDS, Limits
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.unset import limits_unset
from terminal.risk.wording import order_words

# What strategies' openings leave of the limits, for closes, hedges and cancels: they come one by one, and without it
# whoever is asked first takes each message that comes free, so that a stop-loss waits behind openings without end. Of
# a small limit it is a share only, so that an opening is still possible.
KEPT_OF_SECOND: Final = 2
KEPT_OF_TEN: Final = 10
SHARE_OF_SECOND: Final = 4  # at most a quarter of the limit, and a fifth
SHARE_OF_TEN: Final = 5


class Rate(msgspec.Struct, frozen=True, gc=False):
    """Hold how many messages to one exchange may be recorded in any second, and in any ten."""

    second: int
    ten: int


def whole_rate(limits: Limits) -> Rate:
    """Return the limits of control C8: what a close, a hedge or a cancel may use up."""
    return Rate(limits.messages_in_one_second, limits.messages_per_second_average * 10)


def opening_rate(limits: Limits) -> Rate:
    """Return what the openings of strategies that hedge nothing may use up: the rest is kept ("reducing first")."""
    whole = whole_rate(limits)
    return Rate(
        whole.second - min(KEPT_OF_SECOND, whole.second // SHARE_OF_SECOND),
        whole.ten - min(KEPT_OF_TEN, whole.ten // SHARE_OF_TEN),
    )


def message_rate(check: Check) -> Finding | None:
    """Refuse an opening order that would be one message too many."""
    if check.reducing:
        return None
    limits = check.limits
    if limits is None:
        return limits_unset(check, "C8")
    stamped = check.messages
    recorded = 1
    for stamps in stamped:
        recorded += len(stamps)
    most = whole_rate(limits)
    if recorded > most.second and _since(stamped, check.now - NANOSECONDS) > most.second:
        return _deny(check, "MESSAGES_IN_ONE_SECOND", most.second, "1 秒")
    if recorded > most.ten and _since(stamped, check.now - 10 * NANOSECONDS) > most.ten:
        return _deny(check, "MESSAGES_IN_TEN_SECONDS", most.ten, "10 秒")
    return None


def _since(stamped: Sequence[Sequence[int]], start: int) -> int:
    count = 1
    for stamps in stamped:
        for at in reversed(stamps):  # the latest are last, and few of them are asked about
            if at <= start:
                break
            count += 1
    return count


def _deny(check: Check, code: str, most: int, span: str) -> Finding:
    return Finding(
        control="C8",
        code=code,
        verdict=Verdict.DENY,
        value=str(most + 1),
        limit=str(most),
        sentence=(
            f"{order_words(check)}：{span}内对该交易所的报撤单（含实际控制关系账户）将超过 {most} 次；"
            "请稍后再报，平仓和撤单不受影响。"
        ),
    )
