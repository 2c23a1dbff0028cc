"""Say beforehand that a close takes the lots an own resting order, or exercise, would lock: that then stands alone.

Never refused: whatever lowers risk goes out (SAFETY I22). Worst case (SAFETY I6): every close fills, so does every
order that opens the other side, and options are exercised as asked for, or by themselves on their last day. Value and
limit are lots: those that are to be locked or netted, and those that would be left.
"""

from __future__ import annotations

from typing import Final

from terminal.domain.orders.order import Origin, Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.risk.check import Check, Working
from terminal.risk.wording import POSITIONS, SIDES, order_words

LEFT_BARE: Final = "LEFT_BARE"
"""A close leaves an order that opens the other side without lots to lock: of the finding, and of a stop's alert."""

_AUTOMATIC = Origin.STRATEGY
_NAMED: Final = 3  # orders that the sentence names


def left_bare(check: Check) -> Finding | None:
    """Warn of a close by hand or by a stop after which own resting orders open more than they lock."""
    terms = check.terms
    if terms.is_opening or check.cause.origin is _AUTOMATIC:
        return None
    opening = [
        one
        for one in check.working
        if one.terms.is_opening
        and (one.terms.instrument, one.terms.side, one.terms.hedge_flag)
        == (terms.instrument, terms.side, terms.hedge_flag)
    ]
    opened, netted = check.exercised
    lots = sum(one.remaining for one in opening) + opened + netted
    if not lots:
        return None
    position = check.position
    closable = position.long_closable if terms.position_side is Side.BUY else position.short_closable
    left = max(closable - terms.lots, 0)
    if lots <= left:
        return None
    then = "行权" if any(check.exercised) else "成交"
    return Finding(
        control="C1c",
        code=LEFT_BARE,
        verdict=Verdict.WARN,
        value=str(lots),
        limit=str(left),
        sentence=(
            f"{order_words(check)}：{_against(check, opening)}，平掉之后只剩"
            f"{POSITIONS[terms.position_side]} {left} 手与它对锁，{then}了就是单边；不要的请{_advice(check, opening)}。"
        ),
    )


def _against(check: Check, opening: list[Working]) -> str:
    words = []
    if opening:
        names = "、".join(str(one.order) for one in opening[:_NAMED])
        more = f" 等 {len(opening)} 笔" if len(opening) > _NAMED else ""
        lots = sum(one.remaining for one in opening)
        words.append(f"{SIDES[check.terms.side]}开仓委托 {names}{more} 还有 {lots} 手未成交")
    opened, netted = check.exercised
    words += [f"行权将开 {opened} 手"] if opened else []
    words += [f"行权后自对冲 {netted} 手"] if netted else []
    return "，".join(words)


def _advice(check: Check, opening: list[Working]) -> str:
    # What a strategy wants it sends again, once it is taken away.
    strategies = dict.fromkeys(one.cause.strategy for one in opening if one.cause.strategy is not None)
    words = ["撤掉它"] if any(one.cause.strategy is None for one in opening) else []
    words += [f"停止策略 {name}" for name in strategies]
    return "、".join([*words, "撤销行权申请或申请放弃"] if any(check.exercised) else words)
