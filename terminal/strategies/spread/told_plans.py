"""Keep which plans people were told of a broken leg, for what is told anew (`barred_repair`).

A plan may name what gate or exchange said. The figures in that move with every price, and make it no other plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.marks import LegBroken, LegRepaired
from terminal.domain.fact.way_marks import RepairBarred

if TYPE_CHECKING:
    from terminal.strategies.legs import Leg


# What comes before trading by hand what lacks: a strategy that decides, or winds down, knows nothing of it.
STOP_FIRST: Final = "不能等的请先停止它两次，再人工对冲，否则它会再补一遍"

_REFUSED: Final = "拒绝（"
_FIGURES: Final = str.maketrans("", "", "0123456789.,")
_INNER: Final = str.maketrans("（）", "〔〕")


def refused_by(who: str, sentence: str) -> str:
    """Return in words, for a plan, who does not take an order and with what sentence.

    >>> refused_by("风控 C7 ", "亏损 3,000 元：限制开仓（只可平仓）。")
    '被风控 C7 拒绝（亏损 3,000 元：限制开仓〔只可平仓〕）'
    """
    return f"被{who}{_REFUSED}{sentence.rstrip('。').translate(_INNER) or '未说明原因'}）"


def without_figures(plan: str) -> str:
    """Return a plan without the figures of refusals.

    >>> without_figures("断腿：rb2105 没有对手价，主动腿 rb2101 被风控 C7 拒绝（亏损 3,000 元），能报时再补齐或反平")
    '断腿：rb2105 没有对手价，主动腿 rb2101 被风控 C7 拒绝（亏损  元），能报时再补齐或反平'
    """
    first, *refusals = plan.split(_REFUSED)
    ends = (one.partition("）") for one in refusals)
    return _REFUSED.join((first, *(f"{said.translate(_FIGURES)}{end}{rest}" for said, end, rest in ends)))


def fold_break(leg: Leg, mark: LegBroken | LegRepaired | RepairBarred, at: int) -> None:
    """Take what is stated of a leg's break, and keep which plans people were told of it, the latest last."""
    match mark:
        case LegBroken():
            leg.broken, leg.plans = mark.repair, {mark.plan: at}
        case LegRepaired():
            leg.broken, leg.plans = None, {}
        case RepairBarred():
            leg.plans.pop(mark.plan, None)
            leg.plans[mark.plan] = at
