"""Keep the books of one account: positions, cash, fees, margin, and what live and UNKNOWN orders reserve.

Options pay premium when they trade and bind margin when short; they have a market value, which 客户权益 leaves out.

Two views of profit, one equity (DOMAIN 4.4). By the day (逐日盯市): what the day's closes and marks earned against
each lot's basis; settlement adds it to the static equity (静态权益) and gives every lot the settlement price as basis.
By the trade (逐笔对冲): what closes earned against the open price, whenever that was; the balance (期末结存) leaves the
floating profit out. 期末结存 + 浮动盈亏 = 客户权益 at every moment and at every mark; `check` proves it.

An order reserves at worst case until it has ended (SAFETY I6): an opening order margin and fee at its limit price, a
close the lots it may take and the fee. Of the margin it is that every opening order fills and no close does, per
netting group.

The books are folded from facts: they book what happened and judge nothing. Only what cannot have happened (more
closed than held, a day settled twice) is an `InvariantError`, and then nothing was changed. All sums run along with the
facts, so that the gate asks in constant time.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from terminal.domain.books.combined import Combined
from terminal.domain.books.form import BookForm, Unsettled
from terminal.domain.books.held_money import HeldMoney
from terminal.domain.books.holding import Opening, Run, decimal_text
from terminal.domain.books.late_fill import LateFill
from terminal.domain.books.positions import Names, Positions, Prices
from terminal.domain.books.reservations import Reservations, refuse_mixed
from terminal.domain.books.sums import faults
from terminal.domain.books.unsettled import UnsettledDays
from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId, OrderId, TradeId
from terminal.domain.orders.offset import Bucket, bucket_of
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.products.ending import Ending, How, fits
from terminal.domain.products.fees import ZERO, fee
from terminal.domain.products.instrument import Instrument


class AccountBook(HeldMoney):
    """Fold the money and lots of one account; amounts in yuan."""

    __slots__ = ("_unsettled",)

    def __init__(self, cash: Decimal, trading_day: int) -> None:
        super().__init__(cash, trading_day)
        self._unsettled = UnsettledDays()

    @classmethod
    def of_form(cls, form: BookForm, instruments: Mapping[InstrumentId, Instrument]) -> AccountBook:
        """Return the books that gave this form; the instruments are the tenant's, as they are now."""
        book = cls(form.static, form.trading_day)
        book._balance, book._commission = form.balance, form.commission
        book._close_profit, book._trade_close_profit = form.close_profit, form.trade_close_profit
        book._premium, book._option_profit = form.premium, form.option_profit
        book._held = Positions.of_form(form, instruments)
        book._unsettled = UnsettledDays.of_form(form.settled_day, form.unsettled, form.unsettled_before)
        held = {(position.instrument.id, position.flag): position for position in book._held}
        book._reserved = Reservations.of_form(form.reserved_fees, form.reservations, held)
        return book

    # --- what facts do -----------------------------------------------------------------------------------------------

    def fill(
        self,
        instrument: Instrument,
        terms: OrderTerms,
        lots: int,
        price: Decimal,
        fee: Decimal,
        *,
        at: int,
        trade: TradeId,
    ) -> None:
        """Book one fill of an order with these terms; `release` what the order reserved for it besides.

        Exchange time `at` (UTC ns) and the exchange's trade number place an opening fill among the day's. Closing
        more than is held is an `InvariantError`.
        """
        refuse_mixed(instrument, terms, lots)
        position = self._held.take(instrument, terms.hedge_flag)
        holding = position.side(terms.position_side)
        signed = instrument.multiplier if holding.side is Side.BUY else -instrument.multiplier
        if terms.offset is Offset.OPEN:
            by_day = by_trade = -holding.open(Opening((at, len(trade), trade), price, lots)) * signed
        else:
            charged = holding.charged_of(instrument, terms.offset, lots)
            value, cost = holding.close(bucket_of(instrument, terms.offset), lots)
            # Where the word alone makes a close dear, it may say so of lots that were not opened today.
            holding.charged_today = min(holding.charged_today + charged, holding.opened_today)
            amount = price * lots
            by_day = (amount - value) * signed
            by_trade = (amount - cost) * signed
        if instrument.option is None:
            self._earn(by_day, by_trade, fee)
        else:
            premium = -terms.side.sign * instrument.value(price, lots)
            self._premium += premium
            self._balance += premium
            self._option_profit += by_trade
            self._earn(ZERO, ZERO, fee)
        self._held.sum_up(position)
        self._held.charge(position, holding)

    def fill_late(
        self,
        instrument: Instrument,
        terms: OrderTerms,
        lots: int,
        price: Decimal,
        fee: Decimal,
        *,
        day: int,
        late: LateFill,
    ) -> None:
        """Book a fill of a settled `day`, else as `fill`: what it earned by now and its fee are in the static equity.

        What it opened are older lots at the last settlement price, what it closed are lots of its own day or older.
        """
        refuse_mixed(instrument, terms, lots)
        position = self._held.take(instrument, terms.hedge_flag)
        holding, is_future = position.side(terms.position_side), instrument.option is None
        signed, basis = instrument.multiplier * holding.side.sign, late.basis
        if terms.offset is Offset.OPEN:
            run, one_book = Run(price, day, lots, basis), not instrument.explicit_close_today
            dearer, paid = (rise * signed for rise in holding.add_late(run, is_oldest_first=one_book))
            self._earn(-dearer if is_future else ZERO, -paid if is_future else ZERO, ZERO)
            self._option_profit -= ZERO if is_future else paid
            settled, traded = (basis - price) * lots * signed, ZERO
        else:
            value, cost = holding.close_late(bucket_of(instrument, terms.offset), lots, day)
            settled, traded = (price * lots - value) * signed, (price * lots - cost) * signed
        if not is_future:
            settled = traded = -terms.side.sign * instrument.value(price, lots)  # premium
        self._static += settled - fee
        self._balance += traded - fee
        weight = instrument.multiplier * lots * terms.side.sign if is_future else ZERO
        for one in late.settlements:
            if one.waits:
                self._unsettled.join(one.trading_day, instrument.id, one.price, weight)
        self._held.references.setdefault(instrument.id, basis)
        self._held.sum_up(position)
        self._held.charge(position, holding)

    def charged_today(self, instrument: Instrument, terms: OrderTerms, lots: int, day: int | None = None) -> int:
        """Return how many lots of a fill would pay 平今; of one of a settled `day`, as far as they are still held."""
        held = self._held.find(instrument.id, terms.hedge_flag)
        return held.side(terms.position_side).charged_of(instrument, terms.offset, lots, day) if held else 0

    def fee(
        self, instrument: Instrument, terms: OrderTerms, lots: int, price: Decimal, *, day: int | None = None
    ) -> Decimal:
        """Return the fee of a fill that is about to be booked, in yuan; `day` is the settled one it is of."""
        today, flag = self.charged_today(instrument, terms, lots, day), terms.hedge_flag
        return fee(instrument, offset=terms.offset, lots=lots, price=price, close_today_lots=today, flag=flag)

    def end(
        self, ending: Ending, instrument: Instrument, future: Instrument | None = None, *, older: bool = False
    ) -> None:
        """Book lots that left without a trade; `future` is what exercise or assignment opens.

        A close that still works keeps only lots that are left. `older`: their day was settled before this was heard.
        More lots than are held, a way that does not fit them, or a future that is missing is an `InvariantError`.
        """
        option, lots = instrument.option, ending.lots
        position = self._held.find(instrument.id, ending.flag)
        holding = None if position is None else position.side(ending.side)
        if position is None or holding is None or not 0 < lots <= holding.lots:
            raise InvariantError(f"{lots} lots of {instrument.id} cannot end, they are not held")
        if not fits(ending.how, option, ending.side) or (future is not None) is not ending.opens(option):
            raise InvariantError(f"{ending.side} lots of {instrument.id} cannot end as {ending.how}")
        signed = instrument.multiplier * ending.side.sign
        value, cost = holding.close(Bucket.OLDEST_FIRST, lots)
        self._reserved.fit(holding)
        if option is None:
            by_day, by_trade = (ending.price * lots - value) * signed, (ending.price * lots - cost) * signed
        else:
            paid = option.cash_settled and ending.how is not How.LAPSED
            by_day = by_trade = option.worth(ending.price) * lots * signed if paid else ZERO
            self._option_profit += by_trade - cost * signed
        self._earn(by_day, by_trade, ending.fee)
        self._held.sum_up(position)
        self._held.charge(position, holding)
        if option is not None and future is not None:
            moved = self._held.open_at_strike(ending, future, option.future_side(ending.side), older=older)
            self._earn(-moved, -moved, ZERO)

    def settle(
        self, prices: Prices, next_day: int, provisional: Names = (), *, missed: bool = False, unheard: Names = ()
    ) -> None:
        """End the trading day at these settlement prices: profit and fees go into the static equity, lots age.

        Prices of `provisional` instruments stand in for settlement prices that may come later (`correct`), of the
        `unheard` that of the day before; what options are on, and is not held, may have none: margin at the strike.
        A day not later than the present one (settled twice) or a held one without a price is an `InvariantError`.
        """
        if next_day <= self.trading_day:
            raise InvariantError(f"trading day {next_day} does not follow {self.trading_day}")
        missing = sorted(self._held.priced() - prices.keys())
        if missing:
            raise InvariantError(f"no settlement price of {', '.join(missing)} on {self.trading_day}")
        self._static += self._close_profit + self._held.profit(prices.get) + self._premium - self._commission
        self._close_profit = self._trade_close_profit = self._commission = self._premium = self._option_profit = ZERO
        waits = {
            name: Unsettled(price=prices.get(name), weight=self._held.weight(name), unheard=name in unheard)
            for name in provisional
        }
        self._unsettled.settle(self.trading_day, waits, missed=missed)
        self._held.settle(prices, self.trading_day)
        self._reserved.age()
        self._held.forget_empty()
        self.trading_day = next_day

    def unsettled(self) -> Mapping[InstrumentId, Unsettled]:
        """Return what the last settlement still waits for a settlement price for."""
        return self._unsettled.last

    def unsettled_days(self) -> Mapping[int, Mapping[InstrumentId, Unsettled]]:
        """Return what the last settlement and those of missed days before it still wait for, by day."""
        return self._unsettled.by_day()

    def correct(self, prices: Prices, day: int = 0, unheard: Names = ()) -> None:
        """Put settlement prices in the place of provisional ones: profit moves between two days, equity stays.

        Of a missed `day` before the last settled one, both are settled; the `unheard` wait on. Else: `InvariantError`.
        """
        for name, price, waited in self._unsettled.take(prices, day, unheard):
            basis = self._held.basis
            self._held.rebase(name, price)
            moved = waited.moved(price)
            self._static += moved
            self._close_profit += self._held.basis - basis - moved  # of the lots closed since

    def move_cash(self, amount: Decimal) -> None:
        """Book cash that came in (positive) or went out."""
        self._static += amount
        self._balance += amount

    def combine(self, combined: Combined) -> None:
        """Take the exchange's word how many lots of two legs it holds as one combination."""
        self._held.combine(combined)

    def reserve(
        self, order: OrderId, instrument: Instrument, terms: OrderTerms, lots: int, pays: Decimal | None = None
    ) -> None:
        """Reserve what an order of this many lots may use until it has ended; twice is an `InvariantError`.

        `pays` is said of an exercise alone: its own fee, that of no opening; what it opens may be no lots at all.
        """
        refuse_mixed(instrument, terms, lots if pays is None else lots + 1)
        position = self._held.take(instrument, terms.hedge_flag)
        self._held.charge(position, self._reserved.add(order, position, terms, lots, pays).holding)

    def release(self, order: OrderId, lots: int | None = None) -> None:
        """Let go of what filled, or of all that is left when the order has ended; of less where less is reserved."""
        reservation = self._reserved.release(order, lots)
        if reservation is not None:
            self._held.charge(reservation.position, reservation.holding)

    def reserved(self) -> dict[OrderId, int]:
        """Return the lots that are reserved, by order."""
        return self._reserved.lots()

    def relist(self, instrument: Instrument) -> None:
        """Use these terms of an instrument from now on: its margin rate, its netting, its fees."""
        for position in self._held.of(instrument.id):
            self._held.take_terms(position, instrument)

    # --- how they are kept -------------------------------------------------------------------------------------------

    def form(self) -> BookForm:
        """Return the books as they are, so that `of_form` gives the same again."""
        return BookForm(
            trading_day=self.trading_day,
            static=self._static,
            balance=self._balance,
            close_profit=self._close_profit,
            trade_close_profit=self._trade_close_profit,
            commission=self._commission,
            basis=self._held.basis,
            cost=self._held.cost,
            premium=self._premium,
            option_profit=self._option_profit,
            references=self._held.references,
            unsettled=self._unsettled.last,
            unsettled_before=self._unsettled.earlier,
            settled_day=self._unsettled.settled,
            margins=self._held.margins.form(),
            positions=self._held.forms(),
            reserved_fees=self._reserved.fees,
            reservations=self._reserved.forms(),
            combined=self._held.combined.all(),
        )

    def canonical(self) -> dict[str, object]:
        """Return the books as plain values in a fixed order, for hashing; amounts as plain decimal text."""
        return {
            "trading_day": self.trading_day,
            "static": decimal_text(self._static),
            "balance": decimal_text(self._balance),
            "close_profit": decimal_text(self._close_profit),
            "trade_close_profit": decimal_text(self._trade_close_profit),
            "commission": decimal_text(self._commission),
            "premium": decimal_text(self._premium),
            "option_profit": decimal_text(self._option_profit),
            "references": {name: decimal_text(price) for name, price in self._held.references.items()},
            "unsettled": {str(day): waits for day, waits in self._unsettled.by_day().items()},
            "positions": [position.canonical() for position in self._held.in_order() if not position.empty],
            "reserved": self._reserved.canonical(),
            "combined": self._held.combined.all(),
        }

    def check(self, *, by_lot: bool = True) -> list[str]:
        """Return a sentence for every sum that does not agree; `by_lot` adds up the lots of each side anew as well."""
        by_day = self._static + self._close_profit + self._premium - self._commission - self._held.basis
        return [*faults(self._held, self._reserved, by_day, self._balance - self._held.cost, by_lot=by_lot)]

    def _earn(self, by_day: Decimal, by_trade: Decimal, fee: Decimal) -> None:
        self._close_profit += by_day
        self._trade_close_profit += by_trade
        self._commission += fee
        self._balance += by_trade - fee
