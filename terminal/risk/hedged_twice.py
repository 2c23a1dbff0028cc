"""Say beforehand that an order by hand trades what a strategy lacks and is about to trade by itself: it would be twice.

Never refused: a person may well want both, and whatever lowers risk goes out (SAFETY I22). Value and limit are lots:
the order's, and those of it that nobody lacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.wording import SIDES, order_words

if TYPE_CHECKING:
    from terminal.domain.orders.order import OrderTerms
    from terminal.risk.check import Check, Lacked

HEDGED_TWICE: Final = "HEDGED_TWICE"
"""An order by hand trades what a strategy is about to trade by itself: of the finding, and of a release's alert."""


def hedged_twice(check: Check) -> Finding | None:
    """Warn of a manual order on the side on which strategies that go on by themselves lack lots."""
    if not check.lacked:
        return None
    terms = check.terms
    lacking = sum(lots for _, lots in check.lacked)
    return Finding(
        control="C1e",
        code=HEDGED_TWICE,
        verdict=Verdict.WARN,
        value=str(terms.lots),
        limit=str(max(terms.lots - lacking, 0)),
        sentence=f"{order_words(check)}：{twice_words(terms, check.lacked)}，另有用处的照发。",
    )


def twice_words(terms: OrderTerms, lacked: Lacked) -> str:
    """Return what strategies are about to trade on an order's side, how many lots would be too many, what to do."""
    lacking = sum(lots for _, lots in lacked)
    each = "、".join(f"策略 {strategy} 要{SIDES[terms.side]} {lots} 手补齐或退回一腿" for strategy, lots in lacked)
    over = min(terms.lots, lacking)
    return f"{each}，能做时会自己做，两边都成交就多出 {over} 手；要人工来做请先停止它（收尾中的再停止一次）"
