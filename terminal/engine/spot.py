"""Say what a stated spot price must be before it is everybody's.

A spot is quoted by people; what the exchange trades is quoted by the exchange alone. Positions, risk levels and the
drift of approvals are measured at those prices, so nobody states one for a contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.instrument import Kind
from terminal.domain.position import decimal_text

if TYPE_CHECKING:
    from terminal.domain.commands import QuoteSpot
    from terminal.engine.state import State

LONGEST_SOURCE = 80  # characters


def wrong_spot(state: State, body: QuoteSpot) -> tuple[str, str] | None:
    """Return the code and the sentence that refuse a spot price; `None` if it may be stated."""
    known = state.tenant.instruments.get(body.instrument)
    if known is None:
        return "UNKNOWN_INSTRUMENT", f"没有现货品种 {body.instrument}。"
    if known.kind is not Kind.SPOT:
        return "NOT_SPOT", f"{body.instrument} 由交易所报价，不能人工报价；现货写作 SPOT.品种.地点。"
    if body.price <= 0:
        return "BAD_PRICE", f"现货价应为正数，现为 {decimal_text(body.price)}；没有记下。"
    if not body.source.strip() or len(body.source) > LONGEST_SOURCE:
        return "BAD_SOURCE", f"请写明现货价的来源（谁、何处），最多 {LONGEST_SOURCE} 个字；没有记下。"
    return None
