"""Answer what an account's money comes to, as it is and at worst case; nothing here changes it."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.books.held_lots import HeldLots
from terminal.domain.books.positions import Marks
from terminal.domain.books.reservations import Reservations
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.products.fees import ZERO, fee, fees_known, round_half_up
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import AccountView, TradeByTrade

_OPEN, _BUY = Offset.OPEN, Side.BUY


class HeldMoney(HeldLots):
    """Hold the money of one account on its trading day, and what its orders reserve; amounts in yuan."""

    __slots__ = (
        "_balance",
        "_close_profit",
        "_commission",
        "_option_profit",
        "_premium",
        "_reserved",
        "_static",
        "_trade_close_profit",
    )

    def __init__(self, cash: Decimal, trading_day: int) -> None:
        super().__init__(trading_day)
        self._static = cash
        self._balance = cash
        self._close_profit = ZERO
        self._trade_close_profit = ZERO
        self._commission = ZERO
        self._premium = ZERO
        self._option_profit = ZERO
        self._reserved = Reservations()

    @property
    def balance(self) -> Decimal:
        """Return 期末结存, in yuan."""
        return self._balance

    @property
    def margin(self) -> Decimal:
        """Return 保证金, in yuan."""
        return round_half_up(self._held.margins.held)

    def profit(self, marks: Marks) -> Decimal:
        """Return 持仓盈亏 by the day in yuan; lots without a mark count at their basis, so they show none."""
        return self._held.profit(marks)

    def equity(self, position_profit: Decimal) -> Decimal:
        """Return 客户权益 at this `profit`, in yuan."""
        return self._static + self._close_profit + position_profit + self._premium - self._commission

    def day_loss(self, position_profit: Decimal) -> Decimal:
        """Return what the account lost today at this `profit`, in yuan, zero when it gained."""
        gained = self._close_profit + position_profit - self._commission
        return -gained if gained < ZERO else ZERO

    def view(self, marks: Marks) -> AccountView:
        """Return the account's money at these marks."""
        position_profit = self._held.profit(marks)
        equity, pays = self.equity(position_profit), self._held.frozen_premium
        options = self._held.options(marks)
        margin = self.margin
        worst = round_half_up(self._held.margins.worst)
        return AccountView(
            self._static,
            equity,
            self._close_profit,
            position_profit,
            self._commission,
            margin,
            worst - margin,
            self._reserved.fees,
            equity - worst - self._reserved.fees - pays,
            self._premium,
            pays,
            options.long_value,
            options.short_value,
        )

    def trade_by_trade(self, marks: Marks) -> TradeByTrade:
        """Return the trade-by-trade view at the same marks as `view`."""
        floating = self._held.profit(marks) + self._held.basis - self._held.cost
        return TradeByTrade(self._trade_close_profit, floating, self._balance, self._option_profit)

    def view_after(self, position_profit: Decimal, instrument: Instrument, terms: OrderTerms) -> AccountView | None:
        """Return the account with every live and UNKNOWN opening order and this one filled at its own limit price.

        `position_profit` is the `profit` at the marks that count; nothing is looked up per position. A close changes
        nothing at worst case: it does not fill. `None` where margin rate or a fee of the instrument is not known.
        """
        held, fees, pays = self._held, self._reserved.fees, self._held.frozen_premium
        worst = held.margins.worst
        if terms.offset is _OPEN:
            added = held.margin_of(instrument, terms.hedge_flag, terms.side, terms.lots, terms.price)
            if added is None or not fees_known(instrument):
                return None
            worst = held.margins.worst_with(instrument, terms.hedge_flag, terms.side, added)
            fees += fee(instrument, offset=_OPEN, lots=terms.lots, price=terms.price, flag=terms.hedge_flag)
            if instrument.option is not None and terms.side is _BUY:
                pays += instrument.value(terms.price, terms.lots)  # what a sale would bring in is not there yet
        margin = round_half_up(worst)
        equity = self.equity(position_profit) - fees - pays
        return AccountView(
            self._static,
            equity,
            self._close_profit,
            position_profit,
            self._commission + fees,
            margin,
            ZERO,
            ZERO,
            equity - margin,
            self._premium - pays,
        )
