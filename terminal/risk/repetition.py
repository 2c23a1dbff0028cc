"""Control C10: a strategy that keeps firing the same order, or keeps being refused, is stopped.

Orders count per strategy, instrument and side over 60 s, refusals per strategy over 30 s. The engine pauses the
strategy on both codes; people resume it. Binds opening orders of strategies only. Values are orders, or refusals.
"""

from __future__ import annotations

from terminal.domain.orders.order import Origin
from terminal.domain.parameters.limits import NANOSECONDS
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.unset import limits_unset
from terminal.risk.wording import SIDES, contract_name

_AUTOMATIC = Origin.STRATEGY
_ORDERS_OVER = 60 * NANOSECONDS
_REFUSALS_OVER = 30 * NANOSECONDS


def repetition(check: Check) -> Finding | None:
    """Refuse an opening order of a strategy that repeats itself."""
    if check.reducing or check.cause.origin is not _AUTOMATIC:
        return None
    limits = check.limits
    if limits is None:
        return limits_unset(check, "C10")
    most = limits.refusals_in_window
    if len(check.refusals) >= most:
        count = _refusals(check)
        if count >= most:
            return _refused_too_often(check, count, most)
    most = limits.repeats_in_window
    if len(check.recent) >= most:
        count = _orders(check) + 1
        if count > most:
            return _ordered_too_often(check, count, most)
    return None


def _refusals(check: Check) -> int:
    strategy, since = check.cause.strategy, check.now - _REFUSALS_OVER
    return sum(at > since and who == strategy for at, who in check.refusals)


def _orders(check: Check) -> int:
    strategy, since = check.cause.strategy, check.now - _ORDERS_OVER
    instrument, side = check.terms.instrument, check.terms.side
    return sum(
        one.at > since and one.strategy == strategy and one.terms.instrument == instrument and one.terms.side is side
        for one in check.recent
    )


def _refused_too_often(check: Check, count: int, most: int) -> Finding:
    return Finding(
        control="C10",
        code="REPEATED_REFUSALS",
        verdict=Verdict.DENY,
        value=str(count),
        limit=str(most),
        sentence=(
            f"策略 {check.cause.strategy} 30 秒内已被拒绝 {count} 次（上限 {most} 次），自动暂停；请查明原因后恢复。"
        ),
    )


def _ordered_too_often(check: Check, count: int, most: int) -> Finding:
    return Finding(
        control="C10",
        code="REPEATED_ORDERS",
        verdict=Verdict.DENY,
        value=str(count),
        limit=str(most),
        sentence=(
            f"策略 {check.cause.strategy} 60 秒内第 {count} 次{SIDES[check.terms.side]}{contract_name(check)}"
            f"（上限 {most} 次），自动暂停；请查明原因后恢复。"
        ),
    )
