"""Chain what days returned, so that money that came in or went out is neither profit nor loss.

The return is time-weighted (时间加权收益率), as the Global Investment Performance Standards of the CFA Institute (GIPS)
ask for it: equity is known on every day money moves on, each day has a return of its own, and the days are linked,

    r = profit of the day / base of the day        R = (1 + r1) (1 + r2) … − 1

What came in on a day worked from its beginning: the base is the equity the day began with and that money. What went
out worked until its end: it stays in the base of its day. The standards leave this choice to the firm; a journal of
settled days knows the day money moved on and no hour of it.

Days whose base is what the day before ended with need no link: their product is one fraction. So a return without any
money moved is exactly profit over what there was at the beginning.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terminal.backtest.report import Day

ONE: Final = Decimal(1)
ZERO: Final = Decimal(0)


class DayEarned(NamedTuple):
    """Hold what a trading day earned, fees paid, and what it is measured by (`base_of`), in yuan."""

    trading_day: int
    base: Decimal
    profit: Decimal


def base_of(start_equity: Decimal, moved: Decimal) -> Decimal:
    """Return what a day's profit is measured by, in yuan; `moved` is what came in on it, less what went out."""
    return start_equity + max(moved, ZERO)


def earned_on(days: Iterable[Day]) -> list[DayEarned]:
    """Return what each day earned, and what that is measured by."""
    return [DayEarned(day.trading_day, base_of(day.start_equity, day.moved), day.profit) for day in days]


def returns(days: Sequence[DayEarned]) -> list[Decimal] | None:
    """Return what each day returned; `None` where a day had nothing to earn it with."""
    return [day.profit / day.base for day in days] if all(day.base > 0 for day in days) else None


def worths(days: Sequence[DayEarned]) -> list[Decimal] | None:
    """Return what one yuan of the beginning has become at the end of each day; `None` where nobody can say.

    A day without anything to earn with has no return, and after a day that lost everything nothing is left to link.
    """
    linked, bottom, top = ONE, ONE, None
    found: list[Decimal] = []
    for day in days:
        if day.base <= 0 or (top is not None and top <= 0):
            return None
        if top is None or day.base != top:
            linked, bottom = linked if top is None else linked * top / bottom, day.base
        top = day.base + day.profit
        found.append(linked * top / bottom)
    return found


def total_return(days: Sequence[DayEarned]) -> Decimal | None:
    """Return what the days returned together, `None` without any or where nobody can say."""
    worth = worths(days)
    return worth[-1] - 1 if worth else None
