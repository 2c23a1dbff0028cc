"""Work out what settled days earned: profit, return, Sharpe, and the deepest fall from one day to a later one.

A fall of days is never deeper than that of minutes (`curve`): what a day went through inside is not in its settlement.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from terminal.backtest.figures import sharpe_of

if TYPE_CHECKING:
    from collections.abc import Sequence

ZERO: Final = Decimal(0)
_FEN: Final = Decimal("0.01")
_RATIO: Final = Decimal("0.000001")


class DayEarned(NamedTuple):
    """Hold what a settled day earned, fees paid, and the equity the account began it with, in yuan."""

    trading_day: int
    start_equity: Decimal
    profit: Decimal


class DayFall(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the deepest fall between two settlements; `share` is of the account's equity at the peak.

    `peak_day` is `None` where it fell from what it began with; both days are where it never fell.
    """

    yuan: Decimal
    share: Decimal
    peak_day: int | None
    trough_day: int | None


class Earned(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what some settled days of an account, or of a strategy in it, came to.

    Return and Sharpe are of the account's equity, for a strategy too: it has no capital of its own.
    """

    first: int  # trading days
    last: int
    days: int
    profit: Decimal
    total_return: Decimal | None
    sharpe: Decimal | None
    drawdown: DayFall


def earned(days: Sequence[DayEarned]) -> Earned | None:
    """Return what the days came to; `None` without any."""
    if not days:
        return None
    profit, start = sum((day.profit for day in days), ZERO), days[0].start_equity
    known = all(day.start_equity > 0 for day in days)
    return Earned(
        first=days[0].trading_day,
        last=days[-1].trading_day,
        days=len(days),
        profit=profit.quantize(_FEN),
        total_return=(profit / start).quantize(_RATIO) if start > 0 else None,
        sharpe=sharpe_of([day.profit / day.start_equity for day in days]) if known else None,
        drawdown=deepest_fall(days),
    )


def deepest_fall(days: Sequence[DayEarned]) -> DayFall:
    """Return the deepest fall of what the days earned together; cash that moved is in no day's profit."""
    level = peak = ZERO
    peak_day, equity = None, days[0].start_equity
    found = DayFall(yuan=ZERO.quantize(_FEN), share=ZERO.quantize(_RATIO), peak_day=None, trough_day=None)
    for day in days:
        level += day.profit
        if level >= peak:
            peak, peak_day, equity = level, day.trading_day, day.start_equity + day.profit
        elif peak - level > found.yuan:
            fall = peak - level
            found = DayFall(
                yuan=fall.quantize(_FEN),
                share=(fall / equity if equity > 0 else ZERO).quantize(_RATIO),
                peak_day=peak_day,
                trough_day=day.trading_day,
            )
    return found
