"""Play a plan's grid with the kernel and reckon what it came to.

Money is reckoned from the fills, in fen: what they paid and got, what is held at the last price, and the house's own
fees. Equity is looked at where a backtest looks at it: with the first batch of each minute, before what that batch
fills, and at each day's end and the last batch. Afterwards it is looked at in every batch: where money could have come
near a control, nobody knows what the engine would have done, and the result is refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from terminal.backtest.kernel import memory as k
from terminal.backtest.kernel.columns import Laid, lay, market_of, refused, side_of
from terminal.backtest.kernel.grid import play
from terminal.backtest.sweep.figures import Figures
from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.market import Column
from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.fees import fee

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from terminal.backtest.kernel.columns import Market
    from terminal.domain.market import Recording
    from terminal.shell.plans.plan import Plan

    Table = NDArray[np.int64]

__all__ = ["Deal", "Played", "figures", "follow", "market_of"]

FEN: Final = Decimal("0.01")
_RATIO: Final = Decimal("0.000001")
CALM: Final = Decimal("0.5")  # of a limit: below that no control speaks, whatever a batch holds between two looks
STOPPED: Final = {
    k.BEYOND: "价格到了止损价，或离开了区间而设置不是等待",
    k.REPEATED: "一分钟内同方向的委托到了限额（C10），策略会被暂停",
    k.TOO_MANY_CANCELS: "当日撤单近于交易所的认定线（C12）",
    k.SPLIT: "一笔平仓要拆成平昨与平今两笔",
    k.AT_LIMIT: "委托价正在涨跌停价上",
    k.IN_AUCTION: "集合竞价时还有挂单",
    k.FULL: "委托或回报多得记不下",
}


class Deal(NamedTuple):
    """Hold an order, or a fill: when (UTC ns), which way, lots, and the price in yuan per quotation unit."""

    at: int
    side: Side
    lots: int
    price: Decimal


class Played(NamedTuple):
    """Hold what a kernel did."""

    laid: Laid
    at: Table

    @property
    def orders(self) -> list[Deal]:
        """Return the orders in the order they were sent."""
        return list(self._deals(self.laid.grid.orders, k.ORDERS))

    @property
    def fills(self) -> list[Deal]:
        """Return the fills in the order they came."""
        return list(self._deals(self.laid.grid.fills, k.FILLS))

    def _deals(self, table: Table, count: int) -> Iterator[Deal]:
        laid = self.laid
        sign, price = laid.settings.side.sign, laid.instrument.price
        for batch, slot, lots, ticks in table[: laid.grid.now[count], :4].tolist():
            yield Deal(int(self.at[batch]), side_of(laid.settings, slot), lots, price(ticks * sign))


def follow(plan: Plan, market: Market, recording: Recording) -> Played:
    """Play a plan's grid to the end of the market; what the kernel does not follow is a `UserError`."""
    laid = lay(plan, market)
    if int(recording.at[-1]) != int(market.long[-1, k.AT]):
        raise ValueError("a market of another recording")
    play(laid.grid)
    why = int(laid.grid.now[k.STOPPED])
    if why:
        raise refused(STOPPED[why])
    return Played(laid, recording.at)


def figures(played: Played, recording: Recording, market: Market) -> Figures:
    """Return what a play came to; what the kernel does not reckon is `None`."""
    money = _Money(played, recording)
    _audit(money, market)
    looks, before, prices = _looks(market, money.last)
    seen = np.where(before, money.equity(looks, "left"), money.equity(looks, "right", prices))
    fall, share = _deepest(seen)
    count = int(played.laid.grid.now[k.FILLS])
    profit = _yuan(int(seen[-1]) - money.cash)
    return Figures(
        profit=profit,
        total_return=(profit / played.laid.cash).quantize(_RATIO) if played.laid.cash > 0 else None,
        drawdown=_yuan(fall),
        drawdown_share=share,
        equity=_yuan(int(seen[-1])),
        fees=_yuan(int(money.fees[-1])),
        orders=int(played.laid.grid.now[k.ORDERS]),
        fills=count,
        lots=int(played.laid.grid.fills[:count, 2].sum()),
    )


def _yuan(fen: int) -> Decimal:
    return (Decimal(fen) * FEN).quantize(FEN)


class _Money:
    """Hold lots, cash and fees after each fill, one row more than fills; ticks times lots, and fen."""

    def __init__(self, played: Played, recording: Recording) -> None:
        laid = played.laid
        fills = laid.grid.fills[: laid.grid.now[k.FILLS]]
        unit = laid.instrument.tick * laid.instrument.multiplier / FEN
        if unit != unit.to_integral_value() or laid.cash != laid.cash.quantize(FEN):
            raise refused("一跳的金额或期初资金不是整分")
        self.unit, self.cash = int(unit), int(laid.cash / FEN)
        sign = laid.settings.side.sign
        signed = np.where(fills[:, 1] & 1, -sign, sign) * fills[:, 2]
        self.batches = fills[:, 0]
        self.held = np.concatenate([[0], np.cumsum(signed)])
        self.paid = np.concatenate([[0], np.cumsum(signed * fills[:, 3] * sign)])
        self.fees = np.concatenate([[0], np.cumsum(_fees(laid, fills))])
        self.last = recording.column(Column.LAST).astype(np.int64)
        self.laid = laid

    def equity(self, batches: Table, side: Literal["left", "right"], prices: Table | None = None) -> Table:
        """Return equity in fen at batches, before their fills (`left`) or after (`right`), at prices or the last."""
        after = np.searchsorted(self.batches, batches, side=side)
        value = self.held[after] * (self.last[batches] if prices is None else prices) - self.paid[after]
        equity: Table = self.cash + value * self.unit - self.fees[after]
        return equity


def _fees(laid: Laid, fills: Table) -> Table:
    # Each kind of fill is charged once: few prices, fewer lots.
    kinds, which = np.unique(fills[:, 1:] & [1, -1, -1, -1], axis=0, return_inverse=True)
    sign, instrument = laid.settings.side.sign, laid.instrument
    charged = [
        fee(
            instrument,
            offset=Offset.CLOSE if leaves else Offset.OPEN,
            lots=lots,
            price=instrument.price(ticks * sign),
            close_today_lots=0 if old or not leaves else lots,
            flag=laid.settings.hedge_flag,
        )
        for leaves, lots, ticks, old in kinds.tolist()
    ]
    fen = np.array([int(amount / FEN) for amount in charged], dtype=np.int64)
    return fen[which.reshape(-1)] if len(fen) else np.zeros(0, dtype=np.int64)


def _looks(market: Market, last: Table) -> tuple[Table, NDArray[np.bool_], Table]:
    """Return the batches with which equity is looked at, whether before what they fill, and at which price, ticks."""
    at, day = market.long[:, k.AT], market.long[:, k.DAY]
    minutes = np.flatnonzero(np.diff(at // MINUTE_NS, prepend=-1))
    ends = np.flatnonzero(np.diff(day))
    told = (market.settlements[int(day[place])] for place in ends)
    settled = [int(last[place]) if price is None else price for place, price in zip(ends, told, strict=True)]
    looks = np.concatenate([minutes, ends, [len(at) - 1]])
    before = np.arange(len(looks)) < len(minutes)
    prices = np.concatenate([last[minutes], settled, last[-1:]]).astype(np.int64)
    order = np.lexsort((~before, looks))
    return looks[order], before[order], prices[order]


def _deepest(seen: Table) -> tuple[int, Decimal]:
    peaks = np.maximum.accumulate(seen)
    falls = peaks - seen
    place = int(np.argmax(falls))
    fall, peak = int(falls[place]), int(peaks[place])
    return fall, (Decimal(fall) / peak).quantize(_RATIO) if fall and peak > 0 else Decimal(0).quantize(_RATIO)


def _audit(money: _Money, market: Market) -> None:
    laid, limits = money.laid, money.laid.limits
    every = np.arange(len(money.last))
    equity = np.minimum(money.equity(every, "left"), money.equity(every, "right"))
    rate = (laid.instrument.margin_rate or Decimal(1)) + (laid.instrument.broker_margin_add or Decimal(0))
    most = int(np.abs(money.held).max()) + laid.settings.lots_per_line * k.FAR_LINES
    margin = Decimal(most * money.unit) * int(money.last.max()) * rate
    if margin > CALM * limits.margin_confirm * int(equity.min()):
        raise refused("保证金可能近于风险度的复核线（C6）")
    starts = np.flatnonzero(np.diff(market.long[:, k.DAY], prepend=-1))
    lows = np.minimum.reduceat(equity, starts)
    lost = int((money.equity(starts, "left") - lows).max())
    known = (limits.day_loss_yuan, limits.strategy_day_loss_yuan)
    if any(limit is not None and Decimal(lost) * FEN > CALM * CALM * limit for limit in known):
        raise refused("日亏损可能近于复核线（C7）")
