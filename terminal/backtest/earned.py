"""Work out what settled days earned: profit, return, Sharpe, and the deepest fall from one day to a later one.

Return, Sharpe and the share of the fall are all of the same daily returns (`chained`): money that came in or went out,
and accounts that joined, change none of them.

A fall of days is never deeper than that of minutes (`curve`): what a day went through inside is not in its settlement.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from terminal.backtest.chained import ONE, returns, total_return, worths
from terminal.backtest.figures import sharpe_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.backtest.chained import DayEarned

ZERO: Final = Decimal(0)
_FEN: Final = Decimal("0.01")
_RATIO: Final = Decimal("0.000001")


class DayFall(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the deepest fall in yuan between two settlements; `share` is what the deepest one by share lost.

    These may be two falls: a large one is of more money. `share` is `None` where nobody can say: there was nothing
    left to lose it of.
    `peak_day` is `None` where it fell from what it began with; both days are where it never fell.
    """

    yuan: Decimal
    share: Decimal | None
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
    total, daily = total_return(days), returns(days)
    return Earned(
        first=days[0].trading_day,
        last=days[-1].trading_day,
        days=len(days),
        profit=sum((day.profit for day in days), ZERO).quantize(_FEN),
        total_return=None if total is None else total.quantize(_RATIO),
        sharpe=None if daily is None else sharpe_of(daily),
        drawdown=deepest_fall(days),
    )


def deepest_fall(days: Sequence[DayEarned]) -> DayFall:
    """Return the deepest fall of what the days earned together; cash that moved is in no day's profit."""
    level = peak = ZERO
    peak_day: int | None = None
    found = DayFall(yuan=ZERO.quantize(_FEN), share=ZERO.quantize(_RATIO), peak_day=None, trough_day=None)
    for day in days:
        level += day.profit
        if level >= peak:
            peak, peak_day = level, day.trading_day
        elif peak - level > found.yuan:
            yuan = (peak - level).quantize(_FEN)
            found = DayFall(yuan=yuan, share=None, peak_day=peak_day, trough_day=day.trading_day)
    return found if found.trough_day is None else replace(found, share=_deepest_share(worths(days)))


def _deepest_share(worth: Sequence[Decimal] | None) -> Decimal | None:
    if worth is None:
        return None
    top, share = ONE, ZERO  # what one yuan of the beginning was at most, and the deepest fall from there
    for now in worth:
        top = max(top, now)
        share = max(share, 1 - now / top)
    return share.quantize(_RATIO)
