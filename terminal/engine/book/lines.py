"""Say what one account holds and is worth at one moment, as a screen is told it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import AccountId, ConditionalId, InstrumentId, ReversalId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.view import AccountView, Quote, TradeByTrade
from terminal.engine.book.option_line import OptionLine


class PositionLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one side of a position; amounts in yuan, `None` where they are not known.

    `open_price` is 开仓均价, `position_price` 持仓均价; `day_profit` is 持仓盈亏 by the day (盯市), `trade_profit`
    浮动盈亏 by the trade (逐笔), both at `quote`.
    """

    instrument: InstrumentId
    side: Side  # BUY is long
    flag: HedgeFlag
    today: int
    yesterday: int
    closable: int
    closable_today: int  # of today's lots, as 平今 takes them
    closable_yesterday: int
    lockable: int  # that nothing stands against, or will once what works has filled
    unguarded: int  # that no stop-loss or take-profit is attached to
    open_price: Decimal | None
    position_price: Decimal | None
    day_profit: Decimal | None
    trade_profit: Decimal | None
    margin: Decimal | None
    days_to_expiry: int | None = None
    beside: ConditionalId | None = None  # what guards all of it alone, so that another exit may be put beside it
    guard: str = ""  # what is attached to it, like `止损 3080 · 止盈 3260`
    quote: Quote | None = None  # of the moment of the book

    @property
    def lots(self) -> int:
        """Return all lots of the side."""
        return self.today + self.yesterday


class ReversalLine(msgspec.Struct, frozen=True, kw_only=True):
    """Show one reversal (反手) that is not over; an unfinished one waits for a person to finish it or give it up."""

    reversal: ReversalId
    instrument: InstrumentId
    side: Side  # of its orders: SELL reverses long lots
    flag: HedgeFlag
    lots: int  # that are not reversed yet
    is_unfinished: bool
    sentence: str


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one account at one moment: its money, every side of a position that has lots, and what is being reversed."""

    account: AccountId
    at: int
    money: AccountView
    by_trade: TradeByTrade
    positions: tuple[PositionLine, ...]
    reversals: tuple[ReversalLine, ...] = ()
    options: tuple[OptionLine, ...] = ()  # those of the positions that are options
    frozen_for: str = ""  # the exercises that are coming for which margin and fee are frozen, in words

    def profit(self, *, by_trade: bool = False) -> Decimal | None:
        """Return 浮动盈亏 or 持仓盈亏 of all positions, `None` while that of any is unknown."""
        options = {one.instrument for one in self.options}  # they have a market value instead of a profit
        futures = (one for one in self.positions if one.instrument not in options)
        if any((one.trade_profit if by_trade else one.day_profit) is None for one in futures):
            return None
        return self.by_trade.floating_profit if by_trade else self.money.position_profit

    def close_profit(self, *, by_trade: bool = False) -> Decimal:
        """Return 平仓盈亏 of the day: against what was paid (逐笔), or against yesterday's settlement."""
        return self.by_trade.close_profit if by_trade else self.money.close_profit
