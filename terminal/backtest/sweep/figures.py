"""Name the figures of one point of a sweep: those of a backtest's report, all accounts together."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from terminal.backtest.undone import NEVER_DUE, UNBIDDEN
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.backtest.report import Report
    from terminal.domain.ids import StrategyId

_RATIO: Final = Decimal("0.000001")


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what one backtest came to; docs/backtest.md says how each is reckoned.

    `violations` counts the invariants that did not hold: with any, the others mean nothing. `state_hash` is that of the
    same backtest run alone. What is `None` or empty was not reckoned: the kernel reckons less than the engine.
    """

    profit: Decimal
    total_return: Decimal | None
    sharpe: Decimal | None = None
    drawdown: Decimal
    drawdown_share: Decimal | None
    win_rate: Decimal | None = None
    rounds: int | None = None
    equity: Decimal
    fees: Decimal
    slippage: Decimal | None = None
    most_margin: Decimal | None = None
    orders: int
    fills: int
    lots: int
    refused: int | None = None
    rejected: int | None = None
    violations: int = 0
    state_hash: str = ""


class Rank(NamedTuple):
    """Hold how points are put in order by a figure: what it is called, and whether less of it is better."""

    word: str
    less: bool = False
    share: bool = False


RANKS: Final = {
    "profit": Rank("盈亏"),
    "total_return": Rank("收益率", share=True),
    "sharpe": Rank("夏普"),
    "drawdown": Rank("最大回撤", less=True),
    "drawdown_share": Rank("最大回撤比例", less=True, share=True),
    "win_rate": Rank("胜率", share=True),
    "fees": Rank(str(Term.COMMISSION), less=True),
    "slippage": Rank("滑点", less=True),
}
"""The figures that points may be put in order by."""


BY_KERNEL: Final = ("profit", "total_return", "drawdown", "drawdown_share", "fees")
"""Those of them that the columnar kernel reckons."""


def figures_of(report: Report) -> Figures:
    """Return the figures of a report."""
    total, activity = report.total, report.total.activity
    rate = activity.rounds.win_rate
    return Figures(
        profit=total.profit,
        total_return=total.total_return,
        sharpe=total.sharpe,
        drawdown=total.drawdown.yuan,
        drawdown_share=total.drawdown.share,
        win_rate=None if rate is None else rate.quantize(_RATIO),
        rounds=activity.rounds.closed,
        equity=total.equity,
        fees=activity.fees,
        slippage=activity.slippage.yuan,
        most_margin=total.most_margin,
        orders=activity.orders,
        fills=activity.fills,
        lots=activity.lots,
        refused=sum(activity.refused.values()),
        rejected=sum(activity.rejected.values()),
        violations=len(report.violations),
        state_hash=report.source.state_hash,
    )


def unstarted(report: Report, varied: Collection[StrategyId]) -> str:
    """Return in one sentence which strategy never started; or "".

    What an account earns that stands still is no figure: neither where no strategy ran, nor where one of those whose
    settings are `varied` did not. Of others it is no fault that their time did not come, or that the plan leaves it to
    a person to start them.
    """
    ran = {(one.account, one.strategy) for one in report.strategies if one.strategy is not None}
    idle = [one for one in report.undone if one.strategy is not None and (one.account, one.strategy) not in ran]
    if ran:
        idle = [one for one in idle if one.strategy in varied or one.sentence not in {NEVER_DUE, UNBIDDEN}]
    return f"{idle[0].why.rstrip('。')}。" if idle else ""


def fault_of(report: Report, varied: Collection[StrategyId]) -> str:
    """Return in one sentence which strategy that ran might not open, or ended by its own rule's fault; or "".

    Such a rule ends for nothing else. One of those whose settings are `varied` that sent nothing and may not open has
    earned no figure to choose by either.
    """
    for one in report.strategies:
        if one.strategy in varied and one.barred and not one.activity.orders:
            return f"策略 {one.strategy} 没有报过单：{one.reason}。"
    ended = (one for one in report.strategies if one.kind == "own" and one.status == StrategyStatus.FINISHED)
    return next((f"策略 {one.strategy} 中途出错结束：{one.reason.rstrip('。')}。" for one in ended), "")


def standing(figures: Figures | None, rank: str) -> tuple[int, Decimal]:
    """Return what to sort by so that the best comes first; whoever lacks the figure comes last."""
    value: Decimal | None = None if figures is None or figures.violations else getattr(figures, rank)
    if value is None:
        return 1 if figures is not None else 2, Decimal(0)
    return 0, value if RANKS[rank].less else -value
