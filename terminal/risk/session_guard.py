"""Control C15, its automatic part: strategies trade in continuous trading only, and not at its very end.

An order sent in the last two seconds may arrive in the break and wait there unwatched. A manual order into an auction
passes; its maker is reminded. Values are milliseconds.
"""

from __future__ import annotations

from terminal.domain.days.sessions import Phase
from terminal.domain.orders.order import Origin
from terminal.domain.parameters.limits import NANOSECONDS
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.wording import order_words

_AUTOMATIC = Origin.STRATEGY
_CONTINUOUS = Phase.CONTINUOUS
_AUCTION = Phase.AUCTION
_LAST = 2 * NANOSECONDS
_MILLISECOND = 1_000_000


def session_guard(check: Check) -> Finding | None:
    """Refuse automatic orders outside continuous trading and right before its end; remind of an auction."""
    session = check.session
    if check.cause.origin is not _AUTOMATIC:
        if session is not None and session.phase is _AUCTION:
            sentence = f"{order_words(check)}将参加集合竞价，请制单人确认价格。"
            return _finding("AUCTION_ORDER", Verdict.WARN, "", "", sentence)
        return None
    if session is None or session.phase is not _CONTINUOUS:
        sentence = f"{order_words(check)}：自动委托只在连续交易时段报出，开盘后由策略重新判断。"
        return _finding("AUTOMATIC_OUTSIDE_CONTINUOUS", Verdict.DENY, "", "", sentence)
    left = session.remaining(check.now)
    if left <= _LAST:
        sentence = f"{order_words(check)}：距小节结束或收盘不足 2 秒，自动委托不再报出，下一小节由策略重新判断。"
        return _finding("AUTOMATIC_BEFORE_BREAK", Verdict.DENY, str(left // _MILLISECOND), "2000", sentence)
    return None


def _finding(code: str, verdict: Verdict, value: str, limit: str, sentence: str) -> Finding:
    return Finding(control="C15", code=code, verdict=verdict, value=value, limit=limit, sentence=sentence)
