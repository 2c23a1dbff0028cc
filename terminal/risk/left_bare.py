"""Say beforehand that a close takes the lots an own resting order would lock: what that one opens stands against none.

Never refused: whatever lowers risk goes out (SAFETY I22). Worst case (SAFETY I6): every close fills, and so does every
order that opens the other side. Value and limit are lots: those that orders would open, and those that would be left.
"""

from __future__ import annotations

from typing import Final

from terminal.domain.order import Origin, Side
from terminal.domain.risk_words import Finding, Verdict
from terminal.risk.check import Check
from terminal.risk.wording import POSITIONS, SIDES, order_words

LEFT_BARE: Final = "LEFT_BARE"
"""A close leaves an order that opens the other side without lots to lock: of the finding, and of a stop's alert."""

_NAMED: Final = 3  # orders that the sentence names


def left_bare(check: Check) -> Finding | None:
    """Warn of a close by hand or by a stop after which own resting orders open more than they lock."""
    terms = check.terms
    if terms.is_opening or check.cause.origin is Origin.STRATEGY:
        return None
    opening = [
        one
        for one in check.working
        if one.terms.is_opening
        and (one.terms.instrument, one.terms.side, one.terms.hedge_flag)
        == (terms.instrument, terms.side, terms.hedge_flag)
    ]
    if not opening:
        return None
    position, lots = check.position, sum(one.remaining for one in opening)
    closable = position.long_closable if terms.position_side is Side.BUY else position.short_closable
    left = max(closable - terms.lots, 0)
    if lots <= left:
        return None
    names = "、".join(str(one.order) for one in opening[:_NAMED])
    more = f" 等 {len(opening)} 笔" if len(opening) > _NAMED else ""
    return Finding(
        control="C1c",
        code=LEFT_BARE,
        verdict=Verdict.WARN,
        value=str(lots),
        limit=str(left),
        sentence=(
            f"{order_words(check)}：{SIDES[terms.side]}开仓委托 {names}{more}还有 {lots} 手未成交，平掉之后只剩"
            f"{POSITIONS[terms.position_side]} {left} 手与它对锁，成交了就是单边；不要的请撤掉它。"
        ),
    )
