"""Work out what days and curves come to: days in both views, return, Sharpe.

Sharpe is the mean of the daily returns over their standard deviation (of a sample, n − 1), times the root of 242, the
trading days of a year here; nothing is taken off for a rate without risk. A day's return is what it earned over the
equity it began with. Fewer than two days, or days that all returned the same, have none.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.backtest.report import AccountReport, Activity, Day, Drawdown, Point
from terminal.domain.ids import AccountId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from terminal.backtest.curve import Curve
    from terminal.domain.ids import InstrumentId
    from terminal.engine.state import AccountState
    from terminal.reports.snapshots import Snapshot

ZERO: Final = Decimal(0)
DAYS_OF_YEAR: Final = 242
ALL: Final = AccountId("")
_FEN: Final = Decimal("0.01")
_RATIO: Final = Decimal("0.000001")
_AMOUNTS: Final = (
    *("start_equity", "moved", "close_profit", "position_profit", "premium", "commission", "equity"),
    *("trade_close_profit", "floating_profit", "balance", "margin"),
)


def settled_day(snapshot: Snapshot) -> Day:
    """Return a settled day."""
    return Day(
        trading_day=snapshot.last, settled=True, **{name: getattr(snapshot, name).quantize(_FEN) for name in _AMOUNTS}
    )


def open_day(account: AccountState, marks: Callable[[InstrumentId], Decimal | None], moved: Decimal) -> Day:
    """Return the day that no settlement has ended, at the latest prices; `moved` is the cash that came in on it."""
    money, by_trade = account.book.view(marks), account.book.trade_by_trade(marks)
    amounts = {
        "start_equity": money.static_equity - moved,
        "moved": moved,
        "trade_close_profit": by_trade.close_profit,
        "floating_profit": by_trade.floating_profit,
        "balance": by_trade.balance,
        **{name: getattr(money, name) for name in ("close_profit", "position_profit", "premium", "commission")},
        "equity": money.equity,
        "margin": money.margin,
    }
    amounts = {name: amount.quantize(_FEN) for name, amount in amounts.items()}
    return Day(trading_day=account.trading_day, settled=False, **amounts)


def account_report(
    account: AccountId, name: str, *, days: Sequence[Day], curve: Curve, activity: Activity
) -> AccountReport:
    """Return what days and curve come to; positions and alerts are the caller's to add."""
    start, moved = days[0].start_equity, sum((day.moved for day in days), ZERO)
    profit = days[-1].equity - start - moved
    fall = curve.drawdown
    return AccountReport(
        account=account,
        name=name,
        start_equity=start,
        moved=moved,
        equity=days[-1].equity,
        profit=profit,
        total_return=(profit / start).quantize(_RATIO) if start > 0 else None,
        sharpe=sharpe(days),
        drawdown=Drawdown(
            yuan=fall.yuan.quantize(_FEN),
            share=fall.share.quantize(_RATIO),
            peak_at=fall.peak_at,
            trough_at=fall.trough_at,
        ),
        most_margin=curve.most_margin.quantize(_FEN),
        days=tuple(days),
        curve=tuple(
            Point(one.at, *(amount.quantize(_FEN) for amount in (one.equity, one.balance, one.moved)))
            for one in curve.points()
        ),
        activity=activity,
    )


def sharpe(days: Sequence[Day]) -> Decimal | None:
    """Return the yearly Sharpe ratio of some days."""
    if any(day.start_equity <= 0 for day in days):
        return None
    return sharpe_of([day.profit / day.start_equity for day in days])


def sharpe_of(returns: Sequence[Decimal]) -> Decimal | None:
    """Return the yearly Sharpe ratio of daily returns."""
    if len(returns) < 2:
        return None
    mean = sum(returns, ZERO) / len(returns)
    variance = sum(((one - mean) ** 2 for one in returns), ZERO) / (len(returns) - 1)
    if not variance:
        return None
    return (mean / variance.sqrt() * Decimal(DAYS_OF_YEAR).sqrt()).quantize(_RATIO)


def added(days_of: Iterable[Sequence[Day]]) -> list[Day]:
    """Return the days of several accounts as those of one that holds everything."""
    by_day: dict[int, list[Day]] = {}
    for days in days_of:
        for day in days:
            by_day.setdefault(day.trading_day, []).append(day)
    return [
        Day(
            trading_day=number,
            settled=all(day.settled for day in days),
            **{name: sum((getattr(day, name) for day in days), ZERO) for name in _AMOUNTS},
        )
        for number, days in sorted(by_day.items())
    ]
