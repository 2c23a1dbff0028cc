"""Play scenarios to the books of accounts: each is a copy of the real books, settled at the scenario's prices.

So profit, margin on the larger side, of combinations and of short options, and what a close frees are told by the very
code that keeps the books. Scenarios start from the last settlement prices; what was never settled from the price it was
opened at. Working orders are taken as gone: a day at the limit ends them. Spot and cash stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.books.form import BookForm
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.orders.order import Side
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.limit_run import LimitRuns
from terminal.domain.view import AccountView
from terminal.engine.state import AccountState, State
from terminal.reports.stress.moved import Market, Moved
from terminal.reports.stress.reduction import Reduction, Stuck, reduce
from terminal.reports.stress.result import (
    AccountAfter,
    AccountNow,
    BasisShift,
    Exposure,
    Money,
    Outcome,
    Shift,
    Stress,
)
from terminal.reports.stress.scenario import Scenario, usual

_FEN: Final = Decimal("0.01")
_RATIO: Final = Decimal("0.0001")

Prices = Mapping[InstrumentId, Decimal]


def stress(state: State, runs: LimitRuns, scenarios: Sequence[Scenario] | None = None, *, records: int = 0) -> Stress:
    """Play scenarios to every account of a state, the usual ones where none are given.

    A state without accounts, or a scenario of a product that nobody holds, is a `UserError`.
    """
    if not state.accounts:
        raise UserError("日志里还没有账户，没有可以测试的；请先让运行器开户。")
    house = _House(state, runs)
    products = sorted({one.product for one in house.market.futures if one.id in house.held})
    played = usual(products) if scenarios is None else scenarios
    for one in played:
        for product in (*one.products, *one.bands):
            if product not in products:
                raise UserError(f"情景“{one.name}”写了品种 {product}，而没有账户持有它；请核对。")
    return Stress(
        records=records,
        trading_day=house.market.day,
        group=_added([books.now for books in house.books]),
        accounts=tuple(books.told(house.market) for books in house.books),
        outcomes=tuple(house.play(one) for one in played),
    )


def _starts(accounts: Sequence[AccountState], listed: Mapping[InstrumentId, Instrument]) -> dict[InstrumentId, Decimal]:
    # What anybody has settled a contract at comes before what somebody has opened it at.
    start: dict[InstrumentId, Decimal] = {}
    for known in (AccountBook.reference, AccountBook.latest_basis):
        for account in accounts:
            for name in _wanted(account.book, listed):
                price = known(account.book, name)
                if price is not None:
                    start.setdefault(name, price)
    return start


class _House:
    # All accounts of a state, over one market.
    def __init__(self, state: State, runs: LimitRuns) -> None:
        listed = state.tenant.instruments
        accounts = [state.accounts[name] for name in sorted(state.accounts)]
        self.held = {name for account in accounts for name, _ in account.book.positions()}
        start = _starts(accounts, listed)
        day = max(account.trading_day for account in accounts)
        self.market = Market([listed[name] for name in start], start, runs, day)
        self.books = [_Books(account, listed, start) for account in accounts]
        self._spots = {
            name: price for name, (price, _, _) in state.tenant.spots.items() if listed[name].kind is Kind.SPOT
        }
        self._listed = listed

    def play(self, scenario: Scenario) -> Outcome:
        moved = self.market.after(scenario)
        stuck = _stuck(scenario, moved, self.held)
        accounts = [books.after(moved, stuck) for books in self.books]
        rates = {one.id: one.margin_rate for one in moved.raised}
        return Outcome(
            scenario=scenario.name,
            exits=scenario.exits,
            group=_added([one.money for one in accounts]),
            profit=sum((one.profit for one in accounts), ZERO),
            accounts=tuple(accounts),
            moved=tuple(
                Shift(
                    instrument=name,
                    moves=moved.moves.get(name),
                    before=self.market.start[name],
                    after=price,
                    margin_rate=rates.get(name),
                )
                for name, price in sorted(moved.prices.items())
                if price != self.market.start[name] or name in rates
            ),
            basis=tuple(self._basis(moved)),
            unmoved=tuple(moved.unmoved),
            no_rule=tuple(moved.no_rule),
        )

    def _basis(self, moved: Moved) -> Iterable[BasisShift]:
        for spot, price in sorted(self._spots.items()):
            near = self.market.near.get(self._listed[spot].product)
            if near is not None and near in moved.moves:
                yield BasisShift(
                    spot=spot, instrument=near, before=price - self.market.start[near], after=price - moved.prices[near]
                )


class _Books:
    # One account's books. A settlement gives every lot a price and forgets the one before, so one copy serves all
    # scenarios after another; where lots have to be closed, another one begins from the books as they are.
    def __init__(self, account: AccountState, listed: Mapping[InstrumentId, Instrument], start: Prices) -> None:
        self.account = account.account
        self._name = account.name
        self._instruments = listed
        self._start = start
        book = AccountBook.of_form(_copied(account.book), listed)
        for order in list(book.reserved()):
            book.release(order)
        self.now = _money(book.view(start.get))
        self._held = [name for name, _ in book.positions()]
        self._bytes = msgspec.json.encode(book.form())
        self._settled = book

    def _copy(self) -> AccountBook:
        return AccountBook.of_form(msgspec.json.decode(self._bytes, type=BookForm), self._instruments)

    def told(self, market: Market) -> AccountNow:
        book = self._copy()
        return AccountNow(
            account=self.account,
            name=self._name,
            money=self.now,
            exposure=tuple(self._exposure(book, name, market) for name in dict.fromkeys(self._held)),
        )

    def _exposure(self, book: AccountBook, name: InstrumentId, market: Market) -> Exposure:
        known, (long, short) = self._instruments[name], book.worst_lots(name)
        delta: Decimal | None = Decimal(1)
        on, price = known, self._start[name]
        if known.option is not None:
            delta = market.delta(known, Scenario(name="现状").rate)
            on, price = self._instruments[known.option.underlying], self._start.get(known.option.underlying, ZERO)
        lots = None if delta is None else (long - short) * delta
        return Exposure(
            instrument=name,
            product=known.product,
            long=long,
            short=short,
            price=self._start[name],
            delta_lots=lots,
            tonnes=None if lots is None or on.tonnes_per_lot is None else lots * on.tonnes_per_lot,
            value=None if lots is None else (lots * price * on.multiplier).quantize(_FEN),
            limit=on.price_limit,
        )

    def after(self, moved: Moved, stuck: Stuck) -> AccountAfter:
        products: dict[ProductId, Decimal] = {}
        for name, lots in self._settled.net_lots().items():
            if lots and moved.prices[name] != self._start[name]:  # what was closed today is there, and holds nothing
                known = self._instruments[name]
                earned = known.value(moved.prices[name] - self._start[name], lots)
                products[known.product] = products.get(known.product, ZERO) + earned
        reductions: list[Reduction] = []
        money, uncovered = self._settle(self._settled, moved), ZERO
        if money.call:
            book = self._copy()
            self._settle(book, moved)
            instruments = {**self._instruments, **{one.id: one for one in moved.raised}}
            reductions, uncovered = reduce(book, self.account, instruments, moved.prices, stuck)
        for one in moved.raised:
            self._settled.relist(self._instruments[one.id])
        return AccountAfter(
            account=self.account,
            money=money,
            profit=money.market_equity - self.now.market_equity,
            products=dict(sorted(products.items())),
            reductions=tuple(reductions),
            uncovered=uncovered.quantize(_FEN),
        )

    def _settle(self, book: AccountBook, moved: Moved) -> Money:
        for one in moved.raised:
            book.relist(one)
        book.settle(moved.prices, book.trading_day + 1)  # only later than the day before: nobody asks which day it is
        return _money(book.view(moved.prices.get))


def _copied(book: AccountBook) -> BookForm:
    return msgspec.json.decode(msgspec.json.encode(book.form()), type=BookForm)


def _wanted(book: AccountBook, listed: Mapping[InstrumentId, Instrument]) -> Iterable[InstrumentId]:
    # What is held, and what options among it are on.
    for name, _ in book.positions():
        yield name
        option = listed[name].option
        if option is not None:
            yield option.underlying


def _stuck(scenario: Scenario, moved: Moved, held: Iterable[InstrumentId]) -> Stuck:
    # At the upper limit nobody sells: short lots stay; at the lower one long lots do.
    if not scenario.exits:
        return {(name, side) for name in held for side in Side}
    return {(name, Side.SELL if moves > 0 else Side.BUY) for name, moves in moved.moves.items()}


def _money(view: AccountView) -> Money:
    return Money(
        equity=view.equity.quantize(_FEN),
        market_equity=view.market_equity.quantize(_FEN),
        margin=view.margin,
        available=view.available.quantize(_FEN),
        risk_degree=view.risk_degree.quantize(_RATIO),
        call=max(-view.available, ZERO).quantize(_FEN),
    )


def _added(all_money: Sequence[Money]) -> Money:
    equity, market, margin, available, call = (
        sum((getattr(one, name) for one in all_money), ZERO)
        for name in ("equity", "market_equity", "margin", "available", "call")
    )
    degree = margin / equity if equity > 0 else Decimal(999) if margin else ZERO
    return Money(
        equity=equity,
        market_equity=market,
        margin=margin,
        available=available,
        risk_degree=degree.quantize(_RATIO),
        call=call,
    )
