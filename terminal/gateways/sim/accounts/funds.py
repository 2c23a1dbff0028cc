"""Reckon the money of accounts at the exchange, as a broker's front does before it lets an order through.

Only accounts whose money was told are reckoned (`hengduo exchange --funds`); every other one trades without a limit of
money, because nobody told the exchange what came in. An account's money is kept in the same books the desk keeps
(`AccountBook`), fed by what the exchange itself books: live orders reserve margin and fee at their limit, one
without a price of its own at the day's upper limit either way, fills pay, and each day is settled at its settlement
prices, a missed one too. A price that was never said is the last one (else the middle of bid and ask), and without one
the lots keep their basis; it is not corrected afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.books.combined import Combined
from terminal.domain.books.form import BookForm
from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId, InstrumentId, OrderId
from terminal.domain.orders.kinds import reckoned
from terminal.domain.orders.order import OrderTerms, PriceKind
from terminal.domain.products.ending import Ending
from terminal.domain.products.fees import ending_fee
from terminal.domain.products.instrument import Instrument
from terminal.domain.reports import Traded
from terminal.gateways.sim.display import Display
from terminal.gateways.sim.matching.book import Order
from terminal.gateways.sim.refusal import Refusal

RATES_UNKNOWN = Refusal("INSUFFICIENT_MONEY", "资金无法核算：交易所不知道该合约的保证金率或手续费")

Marks = Callable[[InstrumentId], Decimal | None]
Settlement = Callable[[InstrumentId, int], Decimal | None]  # of a trading day


class FundsForm(msgspec.Struct, frozen=True, kw_only=True):
    """Hold an account's money as it is put away: what was told to have come in altogether, and the books."""

    told: Decimal
    book: BookForm


class Funds:
    """Keep the books of the accounts whose money was told, in yuan."""

    def __init__(self, told: Mapping[AccountId, Decimal], display: Display) -> None:
        self.told = dict(told)
        self._display = display
        self.books: dict[AccountId, AccountBook] = {}
        self._changed: set[AccountId] = set()  # and not put away yet

    def begin(self, trading_day: int, traded: Collection[AccountId] = ()) -> None:
        """Open the books of accounts told for the first time; one that has traded already is a `UserError`."""
        for account, cash in self.told.items():
            if account not in self.books:
                if account in traded:
                    raise UserError(
                        f"账户 {account} 在交易所已有持仓或委托，不能中途开始核算资金，请换一个 --data 目录。"
                    )
                self.books[account] = AccountBook(cash, trading_day)
                self._changed.add(account)

    def restore(self, forms: Mapping[AccountId, FundsForm], instruments: Mapping[InstrumentId, Instrument]) -> None:
        """Take the books up as they were put away; what is told beyond what was told then came in since."""
        for account, form in forms.items():
            book = self.books[account] = AccountBook.of_form(form.book, instruments)
            moved = self.told.setdefault(account, form.told) - form.told
            if moved:
                book.move_cash(moved)
                self._changed.add(account)

    def relist(self, instruments: Iterable[Instrument]) -> None:
        """Charge lots of these under the terms they have now."""
        for instrument in instruments:
            for account, book in self.books.items():
                book.relist(instrument)
                self._changed.add(account)

    def refuse(self, terms: OrderTerms, instrument: Instrument, marks: Marks) -> Refusal | None:
        """Say that an opening order costs more than is available, or that nobody knows what it costs."""
        return self.refuse_all([(terms, instrument)], marks)

    def refuse_all(self, orders: Sequence[tuple[OrderTerms, Instrument]], marks: Marks) -> Refusal | None:
        """Say the same of orders of one account together: what each costs alone is added up."""
        terms, _ = orders[0]
        book = self.books.get(terms.account)
        if book is None or not terms.is_opening:
            return None
        now, needed = book.view(marks), Decimal(0)
        for one, instrument in orders:
            after = book.view_after(now.position_profit, instrument, self._reckoned(one, instrument))
            if after is None:
                return RATES_UNKNOWN
            needed += now.available - after.available
        if needed <= now.available:
            return None
        text = f"资金不足：冻结保证金与手续费需 {needed:,.2f} 元，可用 {now.available:,.2f} 元"
        return Refusal("INSUFFICIENT_MONEY", text)

    def reserve(self, order: Order, instrument: Instrument) -> None:
        """Freeze what a taken order may cost."""
        book = self._book(order.account)
        if book is not None:
            book.reserve(_id(order), instrument, self._reckoned(order.terms, instrument), order.terms.lots)

    def release(self, order: Order) -> None:
        """Let go of what an order froze that has ended."""
        book = self._book(order.account)
        if book is not None:
            book.release(_id(order))

    def fill(self, order: Order, trade: Traded) -> None:
        """Book a trade of an order: fee, profit and lots."""
        book = self._book(order.account)
        if book is None or order.instrument is None:
            return
        fee = book.fee(order.instrument, order.terms, trade.lots, trade.price)
        book.release(_id(order), trade.lots)
        book.fill(order.instrument, order.terms, trade.lots, trade.price, fee, at=trade.exchange_at, trade=trade.trade)

    def end(self, account: AccountId, ending: Ending, instrument: Instrument, future: Instrument | None) -> None:
        """Book lots that left without a trade."""
        book = self._book(account)
        if book is not None:
            fee = ending_fee(instrument, ending.how, lots=ending.lots, price=ending.price, flag=ending.flag)
            book.end(ending if fee is None else msgspec.structs.replace(ending, fee=fee), instrument, future)

    def combine(self, account: AccountId, combined: Combined) -> None:
        """Charge what is held as one combination by its larger leg."""
        book = self._book(account)
        if book is not None:
            book.combine(combined)

    def settle(self, settlement: Settlement, display: Display, until: int) -> None:
        """End the day of every account, and those that were missed up to trading day `until`, each at its own prices.

        What was not said of the day ended is what the desk marks at, of a missed one the settlement price before it.
        """
        for account, book in self.books.items():
            first = book.trading_day
            while book.trading_day < until:
                day = book.trading_day
                held = {name for name, _ in book.positions()}
                options = (one.option for one in map(display.instrument, held) if one is not None)
                needed = held | {option.underlying for option in options if option is not None}
                prices = {}
                for name in sorted(needed):
                    said = settlement(name, day)
                    said = display.mark(name) if said is None and day == first else said
                    said = book.latest_basis(name) if said is None else said
                    if said is not None:  # else an underlying nobody ever priced: its options count at their strike
                        prices[name] = said
                book.settle(prices, display.calendar.next_day(day))
            self._changed.add(account)

    def _reckoned(self, terms: OrderTerms, instrument: Instrument) -> OrderTerms:
        said = self._display.facts(instrument.id)
        upper = None if said is None else said.upper_limit
        dearest = self._display.last(instrument.id) if upper is None else instrument.price(upper)
        if not terms.price and terms.price_kind is PriceKind.LIMIT and dearest is not None:
            return msgspec.structs.replace(terms, price=dearest)  # a leg of a combination has no price of its own
        return reckoned(terms, dearest)

    def _book(self, account: AccountId) -> AccountBook | None:
        book = self.books.get(account)
        if book is not None:
            self._changed.add(account)
        return book

    def forms(self) -> Iterable[tuple[AccountId, FundsForm]]:
        """Yield what changed since it was last asked, as it is put away."""
        for account in sorted(self._changed):
            yield account, FundsForm(told=self.told[account], book=self.books[account].form())
        self._changed.clear()


def _id(order: Order) -> OrderId:
    return OrderId(f"{order.wire_key}#{order.leg}" if order.leg else order.wire_key)
