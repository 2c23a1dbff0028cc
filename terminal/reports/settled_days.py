"""Keep the books of each settled day of a journal as they stood at its settlement, with the prices known since.

What a day says stands on both sides of a settlement: profits, premiums and fees are the day's, margin is what the lots
bind afterwards at the settlement prices. So the books are put away just before `DaySettled`, and asked once before and
once after it is told to them again.

Where a settlement price came later (`SettlementCorrected`), the day is settled with it: its books say what they would
have said, had the price come in time, and the next day begins from there. A price may still come of the latest day, and
of those before it where it was missed: they are kept until a day that was not missed is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.books.form import BookForm
from terminal.domain.books.late_fill import LateFill
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import OrderTerms, Side
from terminal.domain.products.ending import Ending, How
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import AccountView, TradeByTrade
from terminal.engine.fold import apply
from terminal.engine.records.journal import Entry, Record
from terminal.engine.state import State

# What is more than folded here.
COUNTED: Final = frozenset(
    {*(f.AccountOpened, f.CashMoved, f.OrderFilled, f.PositionEnded, f.DaySettled, f.SettlementCorrected)}
)


class Left(NamedTuple):
    """Hold lots that left without a trade, and what of the day's money is of them, in yuan.

    A statement tells delivery (交割) and exercise (行权、履约) apart from closes and commission; what else an end moved
    is counted with those.
    """

    ending: Ending
    trading_day: int  # the exchange's
    older: int  # lots that were held before the day
    by_day: Decimal
    by_trade: Decimal
    fee: Decimal


class Begun(NamedTuple):
    """Hold what a day began with, and what moved in it that its books do not tell apart, in yuan."""

    static_equity: Decimal  # 期初结存（盯市）
    balance: Decimal  # 期初结存（逐笔）
    moved: Decimal = ZERO  # 出入金
    early: int = 0  # fills and ends that belong to a later day
    received: Decimal = ZERO  # 权利金收入
    paid: Decimal = ZERO  # 权利金支出
    filed: Decimal = ZERO  # 申报费
    left: tuple[Left, ...] = ()

    def moved_on(self, was: Begun, now: Begun) -> Begun:
        """Return what the day began with when its books come to have begun with `now` instead of `was`."""
        static, balance = now.static_equity - was.static_equity, now.balance - was.balance
        return self._replace(static_equity=self.static_equity + static, balance=self.balance + balance)

    def with_premium(self, instrument: Instrument, fact: f.OrderFilled) -> Begun:
        """Return the day with the premium of a fill of an option."""
        if instrument.option is None:
            return self
        premium = instrument.value(fact.price, fact.lots)
        paid = premium if fact.side is Side.BUY else ZERO
        return self._replace(received=self.received + premium - paid, paid=self.paid + paid)


class Closed(NamedTuple):
    """Hold what a settled day came to: the money before its settlement, and the money and the book after it."""

    before: AccountView
    by_trade: TradeByTrade
    after: AccountView
    held: AccountBook  # before the settlement: its lots are still of today and of yesterday


class SettledDay(NamedTuple):
    """Hold the books of one account as they were when its day was settled, and the prices that are known by now.

    `version` is the place in the journal of the last record that had a part in it.
    """

    put_away: bytes  # a `BookForm`: written it shares nothing with the books that go on, and many are kept
    follows_on: int  # the day that was settled before it
    instruments: Mapping[InstrumentId, Instrument]
    begun: Begun
    fact: f.DaySettled
    version: int

    def book(self) -> AccountBook:
        """Return the books as they stood before the settlement."""
        return AccountBook.of_form(msgspec.json.decode(self.put_away, type=BookForm), self.instruments)

    def closed(self) -> Closed:
        """Work the day out."""
        fact = self.fact
        held, settled = self.book(), self.book()
        settled.settle(fact.prices, fact.next_day, fact.provisional, missed=fact.missed, unheard=fact.unheard)
        return Closed(
            before=held.view(fact.prices.get),
            by_trade=held.trade_by_trade(fact.prices.get),
            after=settled.view(fact.prices.get),
            held=held,
        )

    def corrected(self, fact: f.SettlementCorrected, version: int) -> SettledDay:
        """Return the day as it is with prices of its own that came later.

        Journals of before 2026-12 may hold prices of a missed day after it: the books took them, but the day itself
        still waits for its own.
        """
        prices = self.fact.prices | {name: one.price for name, one in fact.prices.items()}
        own = fact.trading_day == self.fact.trading_day
        came = fact.prices.keys() - set(fact.unheard) if own else frozenset[InstrumentId]()
        waits = tuple(name for name in self.fact.provisional if name not in came)
        unheard = tuple(name for name in waits if name in {*self.fact.unheard, *fact.unheard})
        known = msgspec.structs.replace(self.fact, prices=prices, provisional=waits, unheard=unheard)
        return self._replace(fact=known, version=version)

    def filled(self, fact: f.OrderFilled, terms: OrderTerms, late: LateFill, version: int) -> SettledDay:
        """Return the day as it is with a fill of it, or of one before it, that was told after its settlement."""
        book, instrument, begun = self.book(), self.instruments[fact.instrument], self.begun
        missed, told = late.on(self.fact.trading_day), (instrument, terms, fact.lots, fact.price, fact.fee)
        if missed is None:
            return self
        book.release(fact.order, fact.lots)
        if fact.trading_day == self.fact.trading_day:
            book.fill(*told, at=fact.exchange_at, trade=fact.trade)
            begun = begun.with_premium(instrument, fact)
        else:
            was = _begin(book)
            book.fill_late(*told, day=fact.trading_day, late=late.before(self.fact.trading_day))
            begun = begun.moved_on(was, _begin(book))
        waits = {*self.fact.provisional} | ({fact.instrument} if missed.waits else set())
        prices = self.fact.prices | {fact.instrument: missed.price}
        known = msgspec.structs.replace(self.fact, prices=prices, provisional=tuple(sorted(waits)))
        return self._replace(put_away=_put_away(book), begun=begun, fact=known, version=version)

    def follows(self, fact: f.SettlementCorrected, version: int) -> SettledDay:
        """Return the day as it is with prices of the day before it that came later."""
        book = self.book()
        was = _begin(book)
        book.correct({name: one.price for name, one in fact.prices.items()}, fact.trading_day, fact.unheard)
        return self._replace(put_away=_put_away(book), begun=self.begun.moved_on(was, _begin(book)), version=version)


class DaysReader:
    """Fold the records of a journal; hand the settled days over at its end, when nothing can change them any more."""

    def __init__(self, over: Callable[[SettledDay], None], *, wanted: Callable[[int], bool] = lambda _: True) -> None:
        self.state = State()
        self.begun: dict[AccountId, Begun] = {}
        self.settled: dict[AccountId, dict[int, SettledDay]] = {}  # of each account the days that are wanted
        # The latest day of each account and the missed ones right before it: a price may still come of these.
        self._latest: dict[AccountId, list[int]] = {}
        self._listed: dict[InstrumentId, Instrument] = {}  # of the last day that was put away; days share one
        self._over = over
        self._wanted = wanted

    def take(self, entry: Entry) -> None:
        """Take the next record; what another program wrote is passed over, and is for the caller to refuse."""
        if isinstance(entry.record, Record):
            self.fold(self.state, entry.record.fact, entry.record.utc, entry.position)

    def fold(self, state: State, fact: f.Fact, utc: int, position: int = 0) -> None:
        """Fold a fact into the state this reader has, as `apply` does; its place in the journal may not be known."""
        if type(fact) not in COUNTED:
            apply(state, fact, utc)
            return
        match fact:
            case f.AccountOpened():
                apply(self.state, fact, utc)
                self.begun[fact.account] = _begin(self.state.accounts[fact.account].book)
            case f.CashMoved():
                begun = self.begun[fact.account]
                if fact.is_filing_fee:
                    begun = begun._replace(filed=begun.filed - fact.amount)
                else:
                    begun = begun._replace(moved=begun.moved + fact.amount)
                self.begun[fact.account] = begun
                apply(self.state, fact, utc)
            case f.OrderFilled():
                self._fill(fact, utc, position)
            case f.PositionEnded():
                self._end(fact, utc)
            case f.DaySettled():
                self._settle(fact, utc, position)
            case f.SettlementCorrected():
                self._correct(fact, utc, position)
            case _:
                pass

    def finish(self) -> None:
        """Hand over the days of every account."""
        for days in self.settled.values():
            for day in days.values():
                self._over(day)
        self.settled.clear()

    def _fill(self, fact: f.OrderFilled, utc: int, position: int) -> None:
        account, begun = self.state.accounts[fact.account], self.begun[fact.account]
        was = begun if fact.late is None else _begin(account.book)
        apply(self.state, fact, utc)
        if fact.late is None:
            if fact.trading_day > account.trading_day:
                begun = begun._replace(early=begun.early + 1)
            begun = begun.with_premium(self.state.tenant.instruments[fact.instrument], fact)
        else:
            begun = begun.moved_on(was, _begin(account.book))
            days = self.settled.get(fact.account, {})
            for day, settled in days.items():
                if day >= fact.trading_day:
                    days[day] = settled.filled(fact, account.orders[fact.order].terms, fact.late, position)
        self.begun[fact.account] = begun

    def _end(self, fact: f.PositionEnded, utc: int) -> None:
        account, ending = self.state.accounts[fact.account], fact.ending
        runs = account.book.runs(ending.instrument, ending.flag, ending.side)
        older = sum(run.lots for run in runs if run.open_day != account.trading_day)
        before = _earned(account.book)
        apply(self.state, fact, utc)
        by_day, by_trade, fee = (now - was for now, was in zip(_earned(account.book), before, strict=True))
        option = self.state.tenant.instruments[ending.instrument].option
        # Exercise that opens a future earns nothing by itself: at most it moves which lots were closed earlier today.
        is_paid = ending.how is How.DELIVERED or (option is not None and option.cash_settled)
        profit = (by_day, by_trade) if is_paid else (ZERO, ZERO)
        left = Left(ending, fact.trading_day, min(older, ending.lots), *profit, fee)
        begun = self.begun[fact.account]
        early = begun.early + (fact.trading_day > account.trading_day)
        self.begun[fact.account] = begun._replace(left=(*begun.left, left), early=early)

    def _settle(self, fact: f.DaySettled, utc: int, position: int) -> None:
        account = self.state.accounts[fact.account]
        kept = self._latest.get(fact.account, []) if fact.missed else []
        self._latest[fact.account] = [*kept, fact.trading_day]
        if self._wanted(fact.trading_day):
            put_away, follows_on = _put_away(account.book), account.book.form().settled_day
            if self._listed != self.state.tenant.instruments:
                self._listed = dict(self.state.tenant.instruments)
            day = SettledDay(put_away, follows_on, self._listed, self.begun[fact.account], fact, position)
            self.settled.setdefault(fact.account, {})[fact.trading_day] = day
        apply(self.state, fact, utc)
        self.begun[fact.account] = _begin(account.book)

    def _correct(self, fact: f.SettlementCorrected, utc: int, position: int) -> None:
        book, begun = self.state.accounts[fact.account].book, self.begun[fact.account]
        is_before, was = is_before_last(book, fact.trading_day), _begin(book).static_equity
        apply(self.state, fact, utc)
        if not is_before:
            static = begun.static_equity + _begin(book).static_equity - was
            left = tuple(self._corrected(one, fact) for one in begun.left)
            self.begun[fact.account] = begun._replace(static_equity=static, left=left)
        days = self.settled.get(fact.account, {})
        latest = self._latest.get(fact.account, [])
        own = fact.trading_day if fact.trading_day in latest else max(latest, default=0)
        for day, settled in days.items():
            if day == own:
                days[day] = settled.corrected(fact, position)
            elif settled.follows_on == own:
                days[day] = settled.follows(fact, position)

    def _corrected(self, left: Left, fact: f.SettlementCorrected) -> Left:
        # What the settled day has gained of a lot that was delivered since, its delivery has lost.
        ending = left.ending
        one = fact.prices.get(ending.instrument)
        if one is None or ending.how is not How.DELIVERED:
            return left
        value = self.state.tenant.instruments[ending.instrument].value
        return left._replace(by_day=left.by_day - ending.side.sign * value(one.rise, left.older))


def read_all(entries: Iterable[Entry], take: Callable[[Entry], object]) -> dict[str, str]:
    """Have every record taken; return what another program wrote, by stream. What does not fit is a `UserError`."""
    unknown: dict[str, str] = {}
    position = 0
    try:
        for entry in entries:
            position = entry.position
            take(entry)
            if not isinstance(entry.record, Record):
                unknown.setdefault(entry.record.stream, entry.record.kind)
    except (InvariantError, KeyError, ArithmeticError) as error:
        raise UserError(f"日志总第 {position} 条接不上前面的事实（{error}）；请用 hengduo verify 核对日志。") from error
    return unknown


def refuse_unknown(unknown: Mapping[str, str], matters: Callable[[str], bool]) -> None:
    """Refuse to say anything of streams that matter and hold what this program cannot fold."""
    for stream, kind in unknown.items():
        if matters(stream):
            raise UserError(f"日志的流 {stream} 里有别的版本写下的 {kind}，本程序折叠不了；请用写成它的版本。")


def is_before_last(book: AccountBook, day: int) -> bool:
    """Return whether a price for a day is of one before the last settled: the present day does not hear of it."""
    waits = book.unsettled_days().get(day)
    return waits is not None and waits is not book.unsettled()


def _put_away(book: AccountBook) -> bytes:
    return msgspec.json.encode(book.form())


def _begin(book: AccountBook) -> Begun:
    # What the day itself has brought is not yet in the static equity, but in the balance at once.
    money, by_trade = book.view(_no_marks), book.trade_by_trade(_no_marks)
    today = by_trade.close_profit + money.premium - money.commission
    return Begun(money.static_equity, by_trade.balance - today)


def _earned(book: AccountBook) -> tuple[Decimal, Decimal, Decimal]:
    money = book.view(_no_marks)
    return money.close_profit, book.trade_by_trade(_no_marks).close_profit, money.commission


def _no_marks(_: InstrumentId) -> Decimal | None:
    return None
