"""Control C9: the same order twice within moments is taken for a slip (a double click, a loop).

Same means every field. Binds reducing orders too: the second of two equal closes is as likely a slip, and it passes
once the window is over. Values are milliseconds.
"""

from __future__ import annotations

from terminal.domain.order import Origin
from terminal.domain.risk_words import Finding, Verdict
from terminal.domain.settings import NANOSECONDS
from terminal.risk.check import Check, Recent
from terminal.risk.second_person import second_person
from terminal.risk.unset import DEFAULTS, limits_unset
from terminal.risk.wording import order_words

_AUTOMATIC = Origin.STRATEGY
_MILLISECOND = 1_000_000


def duplicate(check: Check) -> Finding | None:
    """Refuse an automatic order equal to a recent one; ask a checker for a manual one."""
    limits = check.limits
    if limits is None:
        if not check.reducing:
            return limits_unset(check, "C9")
        limits = DEFAULTS
    since = check.now - limits.duplicate_window_seconds * NANOSECONDS
    terms = check.terms
    for one in reversed(check.recent):
        if one.at <= since:
            return None
        if one.terms == terms:
            return _same(check, one, limits.duplicate_window_seconds)
    return None


def _same(check: Check, one: Recent, window: int) -> Finding:
    age = (check.now - one.at) // _MILLISECOND
    what = f"{order_words(check)}与 {age} 毫秒前的委托 {one.order} 完全相同"
    if check.cause.origin is _AUTOMATIC:
        return Finding(
            control="C9",
            code="DUPLICATE_ORDER",
            verdict=Verdict.DENY,
            value=str(age),
            limit=str(window * 1000),
            sentence=f"{what}，按重复委托拒绝；{window} 秒后可再报。",
        )
    return second_person(
        check,
        control="C9",
        code="DUPLICATE_ORDER_MANUAL",
        value=str(age),
        limit=str(window * 1000),
        what=f"{what}，可能是重复下单",
        otherwise=f"等 {window} 秒后再报",
    )
