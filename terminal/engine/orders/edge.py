"""Say where an approved parent ends: its children cite the approval and stop at its edge (SAFETY I23)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.orders.confirmation import Stored
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow


def outside(
    look: Look, account: AccountState, row: StrategyRow, terms: OrderTerms, *, beside: int = 0
) -> Finding | None:
    """Return why a child would leave its parent's envelope, or `None`; closing children are never held back.

    `beside` are the lots that are opened with it: of the other leg of a combination.
    """
    if row.envelope is None or not terms.is_opening:
        return None
    stored = msgspec.json.decode(account.confirmations[row.envelope].confirmation.stored, type=Stored)
    envelope = stored.envelope
    if envelope is None:
        return _finding("NO_ENVELOPE", "0", "0", f"策略 {row.strategy} 的复核没有额度，不能开仓。")
    wanted = account.confirmations[row.envelope].opened_lots + terms.lots + beside
    if wanted > envelope.total_lots:
        sentence = (
            f"策略 {row.strategy} 累计开仓 {wanted} 手，超出复核额度 {envelope.total_lots} 手；如需更多请重新提交复核。"
        )
        return _finding("ENVELOPE_LOTS", str(wanted), str(envelope.total_lots), sentence)
    if terms.lots > envelope.largest_child_lots:
        sentence = f"单笔 {terms.lots} 手超出复核时的最大单笔 {envelope.largest_child_lots} 手，请减少手数。"
        return _finding("ENVELOPE_CHILD", str(terms.lots), str(envelope.largest_child_lots), sentence)
    low, high = envelope.lowest_price.get(terms.instrument), envelope.highest_price.get(terms.instrument)
    if low is None or high is None:
        sentence = f"策略 {row.strategy} 的复核没有包括 {short(terms.instrument)}，请就它重新提交复核。"
        return _finding("ENVELOPE_PRICE", str(terms.price), "", sentence)
    if not low <= terms.price <= high:
        sentence = f"{terms.instrument} 委托价 {terms.price} 超出复核价格区间 {low} 至 {high}，请重新提交复核。"
        return _finding("ENVELOPE_PRICE", str(terms.price), f"{low}..{high}", sentence)
    if look.now > envelope.ends_at:
        return _finding("ENVELOPE_ENDED", "", "", f"策略 {row.strategy} 的复核已到期，请重新提交复核。")
    return None


def _finding(code: str, value: str, limit: str, sentence: str) -> Finding:
    return Finding(control="C18", code=code, verdict=Verdict.DENY, value=value, limit=limit, sentence=sentence)
