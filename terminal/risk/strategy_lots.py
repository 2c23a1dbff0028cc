"""Say beforehand that a close by hand takes lots which a strategy records as its own: it will be paused by it.

Never refused: whatever lowers risk goes out (SAFETY I22). Value and limit are lots: the order's, and those of nobody.
"""

from __future__ import annotations

from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check, Claims
from terminal.risk.wording import order_words


def strategy_lots(check: Check) -> Finding | None:
    """Warn of a manual close of more lots than no strategy records."""
    return None if check.claims is None else taking(check.claims, check.terms.lots, order_words(check))


def taking(claims: Claims, lots: int, what: str) -> Finding | None:
    """Warn of a close of so many lots, in however many pieces; `what` names it to people."""
    taken = lots - claims.free
    if taken <= 0:
        return None
    sentence = (
        f"{what}：其中 {taken} 手是策略 {'、'.join(claims.strategies)} 的持仓，成交后它停下，"
        "不再平它以为还有的手数；只平自己的请减少手数，要连策略一起了结请先停止它。"
    )
    return Finding(
        control="C1b",
        code="LOTS_OF_STRATEGY",
        verdict=Verdict.WARN,
        value=str(lots),
        limit=str(claims.free),
        sentence=sentence,
    )
