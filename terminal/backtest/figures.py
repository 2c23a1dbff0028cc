"""Work out what days and curves come to: days in both views, return, Sharpe.

Sharpe is the mean of the daily returns over their standard deviation (of a sample, n − 1), times the root of 242, the
trading days of a year here; nothing is taken off for a rate without risk. A day's return is `chained`'s. Fewer than two
days, or days that all returned the same, have none.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from terminal.backtest.chained import earned_on, returns, total_return
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
    *("start_equity", "moved", "close_profit", "position_profit", "premium", "commission", "filed", "equity"),
    *("trade_close_profit", "floating_profit", "balance", "margin"),
)
_OF_THE_DAY: Final = (
    "moved",
    "close_profit",
    "position_profit",
    "premium",
    "commission",
    "filed",
    "trade_close_profit",
)


def settled_day(snapshot: Snapshot) -> Day:
    """Return a settled day."""
    return Day(
        trading_day=snapshot.last, settled=True, **{name: getattr(snapshot, name).quantize(_FEN) for name in _AMOUNTS}
    )


def open_day(
    account: AccountState, marks: Callable[[InstrumentId], Decimal | None], moved: Decimal, filed: Decimal
) -> Day:
    """Return the day that no settlement has ended, at the latest prices.

    `moved` is the cash that came in on it, `filed` the 申报费 that was paid on it.
    """
    money, by_trade = account.book.view(marks), account.book.trade_by_trade(marks)
    amounts = {
        "start_equity": money.static_equity - moved + filed,  # both are in the static equity at once
        "moved": moved,
        "filed": filed,
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
    fall, total = curve.drawdown, total_return(earned_on(days))
    return AccountReport(
        account=account,
        name=name,
        start_equity=start,
        moved=moved,
        equity=days[-1].equity,
        profit=profit,
        total_return=None if total is None else total.quantize(_RATIO),
        sharpe=sharpe(days),
        drawdown=Drawdown(
            yuan=fall.yuan.quantize(_FEN),
            share=None if fall.share is None else fall.share.quantize(_RATIO),
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
    daily = returns(earned_on(days))
    return None if daily is None else sharpe_of(daily)


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
    """Return the days of several accounts as those of one that holds everything.

    An account that begins later moves what it begins with in on that day. One that is not settled on a day of another
    earns nothing on it and still holds what it held.
    """
    by_day: dict[int, list[Day]] = {}
    begun: dict[int, Decimal] = {}  # trading day → what accounts began with on it
    accounts = [days for days in days_of if days]
    numbers = sorted({day.trading_day for days in accounts for day in days})
    for days in accounts:
        own, held = {day.trading_day: day for day in days}, None
        for number in numbers:
            day = own.get(number)
            if day is not None and held is None:
                begun[number] = begun.get(number, ZERO) + day.start_equity
            held = day or (None if held is None else _idle(held, number))
            if held is not None:
                by_day.setdefault(number, []).append(held)
    return [
        _sum(number, by_day[number], ZERO if number == numbers[0] else begun.get(number, ZERO)) for number in numbers
    ]


def _idle(before: Day, number: int) -> Day:
    nothing = dict.fromkeys(_OF_THE_DAY, ZERO.quantize(_FEN))
    return replace(before, trading_day=number, settled=True, start_equity=before.equity, **nothing)


def _sum(number: int, days: Sequence[Day], joined: Decimal) -> Day:
    amounts = {name: sum((getattr(day, name) for day in days), ZERO) for name in _AMOUNTS}
    amounts["start_equity"] -= joined
    amounts["moved"] += joined
    return Day(trading_day=number, settled=all(day.settled for day in days), **amounts)
