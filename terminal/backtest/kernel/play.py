"""Play a plan with the kernel of its family and reckon what it came to.

Money is reckoned from the fills, in fen: what they paid and got, what is held at the last price, and the house's own
fees. Equity is looked at where a backtest looks at that of all accounts: with the first batch of each minute, before
what that batch fills, at each settlement, and at the end. Afterwards it is looked at in every batch: where money could
have come near a control, nobody knows what the engine would have done, and the result is refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from terminal.backtest.kernel import lay_averages, lay_grid, lay_spread
from terminal.backtest.kernel import memory as k
from terminal.backtest.kernel.lay import Laid, sole_settings
from terminal.backtest.kernel.market import market_of, refused
from terminal.backtest.sweep.figures import Figures
from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.market import Column
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import GridSettings, SpreadSettings
from terminal.domain.products.fees import fee
from terminal.domain.products.margin import bound_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from terminal.backtest.kernel.market import Market
    from terminal.backtest.kernel.settlements import Settlements
    from terminal.domain.ids import InstrumentId
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
    k.BESIDE: "同一处要有两笔委托",
    k.BROKEN: "断腿：一腿追价用尽还没有成交",
    k.CROWDED: "未了委托到了限额（C11）",
}
OFFSETS: Final = {
    k.OPENS: Offset.OPEN,
    k.CLOSES: Offset.CLOSE,
    k.CLOSES_TODAY: Offset.CLOSE_TODAY,
    k.CLOSES_YESTERDAY: Offset.CLOSE_YESTERDAY,
}


class Deal(NamedTuple):
    """Hold an order, or a fill: when (UTC ns), of what, which way, lots, and the price in yuan per quotation unit."""

    at: int
    instrument: InstrumentId
    side: Side
    offset: Offset
    lots: int
    price: Decimal


class Played(NamedTuple):
    """Hold what a kernel did."""

    laid: Laid
    at: Table

    @property
    def orders(self) -> list[Deal]:
        """Return the orders in the order they were sent."""
        return list(self._deals(self.laid.family.orders))

    @property
    def fills(self) -> list[Deal]:
        """Return the fills in the order they came."""
        return list(self._deals(self.laid.family.fills))

    def _deals(self, table: Table) -> Iterator[Deal]:
        for row, leg, side, offset, lots, ticks in table.tolist():
            known = self.laid.instruments[leg]
            way = Side.BUY if side > 0 else Side.SELL
            yield Deal(int(self.at[row]), known.id, way, OFFSETS[offset], lots, known.price(ticks))


def lay(plan: Plan, market: Market) -> Laid:
    """Return a plan's one strategy over a market, for the kernel of its family; without one it is a `UserError`."""
    settings = sole_settings(plan, market)
    match settings:
        case GridSettings():
            return lay_grid.lay(plan, settings, market)
        case OwnSettings():
            return lay_averages.lay(plan, settings, market)
        case SpreadSettings():
            return lay_spread.lay(plan, settings, market)
        case _:
            raise refused("只有网格、均线与价差有内核")


def follow(plan: Plan, market: Market, recording: Recording) -> Played:
    """Play a plan to the end of the market; what the kernel does not follow is a `UserError`."""
    laid = lay(plan, market)
    if len(recording.slots) != len(market.long) or int(recording.at[0]) != int(market.at[0]):
        raise ValueError("a market of another recording")
    why = laid.family.play()
    if why:
        raise refused(STOPPED[why])
    return Played(laid, market.long[:, k.AT])


def figures(played: Played, recording: Recording, market: Market) -> Figures:
    """Return what a play came to; what the kernel does not reckon is `None`."""
    money = _Money(played, recording, market)
    _audit(money, market)
    seen = _seen(money, recording, market)
    fall, share = _deepest(seen)
    profit = _yuan(int(seen[-1]) - money.cash)
    return Figures(
        profit=profit,
        total_return=(profit / played.laid.cash).quantize(_RATIO) if played.laid.cash > 0 else None,
        drawdown=_yuan(fall),
        drawdown_share=share,
        equity=_yuan(int(seen[-1])),
        fees=_yuan(int(money.fees[-1])),
        orders=len(played.laid.family.orders),
        fills=len(money.batches),
        lots=int(money.lots),
    )


def _yuan(fen: int) -> Decimal:
    return (Decimal(fen) * FEN).quantize(FEN)


class _Money:
    """Hold lots by contract, cash and fees after each fill, one row more than fills; fen, and lots.

    `last` are the last prices of each contract in every batch, ticks; `worth` is what a tick of a lot is, fen.
    """

    def __init__(self, played: Played, recording: Recording, market: Market) -> None:
        laid = self.laid = played.laid
        fills, legs = laid.family.fills, len(laid.instruments)
        units = [one.tick * one.multiplier / FEN for one in laid.instruments]
        if any(unit != unit.to_integral_value() for unit in units) or laid.cash != laid.cash.quantize(FEN):
            raise refused("一跳的金额或期初资金不是整分")
        self.worth, self.cash = np.array([int(unit) for unit in units]), int(laid.cash / FEN)
        leg, lots = fills[:, k.DEAL_LEG], fills[:, k.DEAL_SIDE] * fills[:, k.DEAL_LOTS]
        signed = np.where(leg[:, None] == np.arange(legs), lots[:, None], 0)
        self.batches, self.lots = fills[:, k.DEAL_BATCH], fills[:, k.DEAL_LOTS].sum()
        self.held = np.concatenate([np.zeros((1, legs), dtype=np.int64), np.cumsum(signed, axis=0)])
        self.paid = np.concatenate([[0], np.cumsum(lots * fills[:, k.DEAL_PRICE] * self.worth[leg])])
        self.fees = np.concatenate([[0], np.cumsum(_fees(laid, fills))])
        self.last = _latest(recording.column(Column.LAST).astype(np.int64), market)

    def settled(self, settlements: Settlements) -> Table:
        """Return equity in fen at each settlement, at its prices."""
        return self._worth(settlements.rows, "right", settlements.prices(self.last))

    def equity(self, batches: Table, side: Literal["left", "right"]) -> Table:
        """Return equity in fen at batches, before their fills (`left`) or after (`right`), at the last prices."""
        return self._worth(batches, side, self.last[batches])

    def _worth(self, batches: Table, side: Literal["left", "right"], prices: Table) -> Table:
        after = np.searchsorted(self.batches, batches, side=side)
        value = (self.held[after] * prices * self.worth).sum(axis=1)
        equity: Table = self.cash + value - self.paid[after] - self.fees[after]
        return equity


def _latest(told: Table, market: Market) -> Table:
    # The price of each contract as it was told last, in every batch; nothing is held of one that said nothing yet.
    slots, rows = market.beside[:, k.SLOT], np.arange(len(told))
    if len(market.instruments) == 1:
        return told[:, None]
    columns = []
    for slot in range(len(market.instruments)):
        latest = np.maximum.accumulate(np.where(slots == slot, rows, -1))
        columns.append(np.where(latest < 0, 0, told[latest]))
    return np.stack(columns, axis=1)


def _fees(laid: Laid, fills: Table) -> Table:
    # Each kind of fill is charged once: few prices, fewer lots.
    kinds, which = np.unique(
        fills[:, [k.DEAL_LEG, k.DEAL_OFFSET, k.DEAL_LOTS, k.DEAL_PRICE]], axis=0, return_inverse=True
    )
    charged = [
        fee(
            laid.instruments[leg],
            offset=Offset.OPEN if offset == k.OPENS else Offset.CLOSE,
            lots=lots,
            price=laid.instruments[leg].price(ticks),
            close_today_lots=lots if offset in {k.CLOSES, k.CLOSES_TODAY} else 0,
            flag=laid.settings.hedge_flag,
        )
        for leg, offset, lots, ticks in kinds.tolist()
    ]
    fen = np.array([int(amount / FEN) for amount in charged], dtype=np.int64)
    return fen[which.reshape(-1)] if len(fen) else np.zeros(0, dtype=np.int64)


def _seen(money: _Money, recording: Recording, market: Market) -> Table:
    # Equity at every look: a minute's is before what its first batch fills, and after the settlement it brings.
    (begun,) = np.nonzero((np.diff(recording.at // MINUTE_NS, prepend=-1) != 0) & (recording.ends > 0))
    quoted = np.append(np.diff(recording.ends, prepend=0)[begun] > 0, False)
    rows = np.append(recording.ends[begun], recording.ends[-1]) - 1
    seen = np.where(quoted, money.equity(rows, "left"), money.equity(rows, "right"))
    return np.insert(seen, np.searchsorted(begun, market.settled.batches), money.settled(market.settled))


def _deepest(seen: Table) -> tuple[int, Decimal | None]:
    # The deepest fall in fen, and the share of the deepest one by share: two falls, it may be.
    peaks = np.maximum.accumulate(seen)
    falls = peaks - seen
    fall = int(falls.max())
    if not fall:
        return 0, Decimal(0).quantize(_RATIO)
    shares = np.divide(falls, peaks, out=np.zeros(len(seen)), where=peaks > 0)
    place = int(np.argmax(shares))
    peak = int(peaks[place])
    return fall, (Decimal(int(falls[place])) / peak).quantize(_RATIO) if peak > 0 else None


def _audit(money: _Money, market: Market) -> None:
    laid, limits = money.laid, money.laid.limits
    every = np.arange(len(money.last))
    equity = np.minimum(money.equity(every, "left"), money.equity(every, "right"))
    margin = Decimal(0)
    for slot, instrument in enumerate(laid.instruments):
        lots = int(np.abs(money.held[:, slot]).max()) + laid.slack[slot]
        by_value, by_lot = bound_by(instrument, laid.settings.hedge_flag)
        margin += lots * (instrument.price(int(money.last[:, slot].max())) * by_value + by_lot)
    if margin / FEN > CALM * min(limits.margin_confirm, limits.margin_max) * int(equity.min()):
        raise refused("保证金可能近于风险度的复核线（C6）")
    starts = np.flatnonzero(np.diff(market.long[:, k.DAY], prepend=-1))
    lows = np.minimum.reduceat(equity, starts)
    lost = int((money.equity(starts, "left") - lows).max())
    known = (limits.day_loss_yuan, limits.strategy_day_loss_yuan)
    if any(limit is not None and Decimal(lost) * FEN > CALM * CALM * limit for limit in known):
        raise refused("日亏损可能近于复核线（C7）")
