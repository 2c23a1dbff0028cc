"""Fold our books of one trading day from the journal, up to the settlement that ended it.

Where a settlement price came later (`SettlementCorrected`), the day is settled with it: so our books say what they
would have said, had it come in time, and a difference that a provisional price had made is gone.

What a statement prints stands on both sides of a settlement: profits and fees are the day's, margin is what the lots
bind afterwards at the settlement prices. So the books are asked once before and once after `DaySettled`. Lots keep the
day they were opened on, which tells today's from older ones when all have become yesterday's.

A trade belongs to the trading day the exchange gave it. One that reached us after the settlement is among the trades
and says so; its money is in the day it was booked, and the difference in the funds is real. So it is with one of the
next day that was booked before the settlement: it is not among the trades, and `early` counts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

from terminal.domain import facts as f
from terminal.domain.account import AccountBook
from terminal.domain.book_form import BookForm
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.fees import ZERO, round_half_up
from terminal.domain.ids import AccountId, InstrumentId, TradeId
from terminal.domain.instrument import Instrument, Kind
from terminal.domain.margin import margin_of
from terminal.domain.order import HedgeFlag, Offset, Side
from terminal.engine.fold import apply
from terminal.engine.journal import Entry, Record
from terminal.engine.state import AccountState, State


class OwnTrade(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one fill of ours with what it earned in both views, in yuan; `late`: booked after the settlement.

    `older` lots of a close had been opened on an earlier day.
    """

    instrument: Instrument
    number: TradeId
    side: Side
    offset: Offset
    flag: HedgeFlag
    lots: int
    price: Decimal
    fee: Decimal
    at: int
    profit_by_day: Decimal
    profit_by_trade: Decimal
    late: bool = False
    older: int = 0

    @property
    def turnover(self) -> Decimal:
        """Return the traded value in yuan."""
        return self.instrument.value(self.price, self.lots)


class OwnPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one side of a position at the end of the day; `basis` and `cost` are sums of price x lots."""

    instrument: Instrument
    flag: HedgeFlag
    side: Side
    today: int
    yesterday: int
    basis: Decimal
    cost: Decimal
    settlement: Decimal

    @property
    def lots(self) -> int:
        """Return all lots."""
        return self.today + self.yesterday

    def profit_by_day(self, settlement: Decimal) -> Decimal:
        """Return 盯市盈亏 of the lots held, in yuan."""
        return self.side.sign * (settlement * self.lots - self.basis) * self.instrument.multiplier

    def profit_by_trade(self, settlement: Decimal) -> Decimal:
        """Return 浮动盈亏, in yuan."""
        return self.side.sign * (settlement * self.lots - self.cost) * self.instrument.multiplier

    def margin(self, settlement: Decimal) -> Decimal | None:
        """Return what the lots bind before 大边, in yuan; `None` where the rate is not known."""
        margin = margin_of(self.instrument, self.lots, settlement, flag=self.flag)
        return None if margin is None else round_half_up(margin)


class OwnFunds(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the account's money of the day, in yuan; names as in `AccountView` and `TradeByTrade`."""

    static_equity: Decimal  # at the start of the day: 期初结存（盯市）
    balance: Decimal  # at the start of the day: 期初结存（逐笔）
    moved: Decimal  # 出入金
    profit_by_day: Decimal  # 平仓盈亏（盯市）
    position_profit: Decimal  # 持仓盯市盈亏
    profit_by_trade: Decimal  # 平仓盈亏（逐笔）
    floating_profit: Decimal  # 浮动盈亏
    commission: Decimal
    equity: Decimal  # 客户权益, and 期末结存（盯市）
    balance_after: Decimal  # 期末结存（逐笔）
    margin: Decimal  # 保证金占用


class OwnDay(msgspec.Struct, frozen=True, kw_only=True):
    """Hold our books of one account and trading day.

    `provisional` names settlement prices that were not known; `multipliers` are of every listed contract, by its
    symbol without case.
    """

    account: AccountId
    investor: str
    trading_day: int
    trades: tuple[OwnTrade, ...]
    positions: tuple[OwnPosition, ...]
    funds: OwnFunds
    provisional: tuple[InstrumentId, ...]
    multipliers: dict[str, Decimal]
    early: int


class _Running:
    # One account's present day.

    def __init__(self, book: AccountBook) -> None:
        self.static, self.balance = _start(book)
        self.moved = ZERO
        self.early = 0  # fills of a later day


class _Settled(NamedTuple):
    # The books as they were when the day was settled, with the prices that are known by now.
    book: BookForm
    instruments: Mapping[InstrumentId, Instrument]
    running: _Running
    fact: f.DaySettled


class _Reader:
    def __init__(self, trading_day: int) -> None:
        self._day = trading_day
        self._running: dict[AccountId, _Running] = {}
        self._trades: dict[AccountId, list[OwnTrade]] = {}
        self._settled: dict[AccountId, _Settled] = {}
        self.state = State()

    def take(self, record: Record) -> None:
        fact = record.fact
        match fact:
            case f.AccountOpened():
                apply(self.state, fact, record.utc)
                self._running[fact.account] = _Running(self.state.accounts[fact.account].book)
            case f.CashMoved():
                self._running[fact.account].moved += fact.amount
                apply(self.state, fact, record.utc)
            case f.OrderFilled():
                self._fill(fact, record.utc)
            case f.DaySettled():
                self._settle(fact, record.utc)
            case f.SettlementCorrected():
                self._correct(fact, record.utc)
            case _:
                apply(self.state, fact, record.utc)

    def _fill(self, fact: f.OrderFilled, utc: int) -> None:
        account = self.state.accounts[fact.account]
        self._running[fact.account].early += fact.trading_day > account.trading_day
        before, older = _closed(account.book), _older(account, fact)
        apply(self.state, fact, utc)
        if fact.trading_day != self._day:
            return
        after = _closed(account.book)
        terms = account.orders[fact.order].terms
        self._trades.setdefault(fact.account, []).append(
            OwnTrade(
                instrument=self.state.tenant.instruments[fact.instrument],
                number=fact.trade,
                side=fact.side,
                offset=terms.offset,
                flag=terms.hedge_flag,
                lots=fact.lots,
                price=fact.price,
                fee=fact.fee,
                at=fact.exchange_at,
                profit_by_day=after[0] - before[0],
                profit_by_trade=after[1] - before[1],
                late=fact.account in self._settled,
                older=older - _older(account, fact),
            )
        )

    def _settle(self, fact: f.DaySettled, utc: int) -> None:
        account = self.state.accounts[fact.account]
        if fact.trading_day == self._day:
            put_away = msgspec.json.encode(account.book.form())  # the books go on, and share nothing with it
            form = msgspec.json.decode(put_away, type=BookForm)
            listed = dict(self.state.tenant.instruments)
            self._settled[fact.account] = _Settled(form, listed, self._running[fact.account], fact)
        apply(self.state, fact, utc)
        self._running[fact.account] = _Running(account.book)

    def _correct(self, fact: f.SettlementCorrected, utc: int) -> None:
        book, running = self.state.accounts[fact.account].book, self._running[fact.account]
        before, _ = _start(book)
        apply(self.state, fact, utc)
        running.static += _start(book)[0] - before  # of the day that follows
        settled = self._settled.get(fact.account)
        if settled is None and fact.account in self._trades:
            self._trades[fact.account] = [_corrected(trade, fact) for trade in self._trades[fact.account]]
        if settled is None or fact.trading_day != self._day:
            return
        prices = settled.fact.prices | {name: one.price for name, one in fact.prices.items()}
        waits = tuple(name for name in settled.fact.provisional if name not in fact.prices)
        known = msgspec.structs.replace(settled.fact, prices=prices, provisional=waits)
        self._settled[fact.account] = settled._replace(fact=known)

    def day_of(self, account: AccountState) -> OwnDay:
        found = self._settled.get(account.account)
        if found is None:
            raise UserError(
                f"账户 {account.account} 的 {self._day} 在日志里没有结算（现在是 {account.trading_day}）；"
                "请核对结算单的日期，或等这一天结算之后再对账。"
            )
        fact, running = found.fact, found.running
        book = AccountBook.of_form(found.book, found.instruments)
        money, by_trade = book.view(fact.prices.get), book.trade_by_trade(fact.prices.get)
        positions = tuple(_positions(found.instruments, book, fact))
        book.settle(fact.prices, fact.next_day, fact.provisional)
        funds = OwnFunds(
            static_equity=running.static,
            balance=running.balance,
            moved=running.moved,
            profit_by_day=money.close_profit,
            position_profit=money.position_profit,
            profit_by_trade=by_trade.close_profit,
            floating_profit=by_trade.floating_profit,
            commission=money.commission,
            equity=money.equity,
            balance_after=by_trade.balance,
            margin=book.view(fact.prices.get).margin,
        )
        return OwnDay(
            account=account.account,
            investor=account.investor,
            trading_day=self._day,
            trades=tuple(self._trades.get(account.account, ())),
            positions=positions,
            funds=funds,
            provisional=fact.provisional,
            multipliers={
                name.partition(".")[2].casefold(): one.multiplier
                for name, one in self.state.tenant.instruments.items()
                if one.kind is Kind.FUTURE
            },
            early=running.early,
        )


def read_own_day(entries: Iterable[Entry], *, client: str, account: AccountId | None, trading_day: int) -> OwnDay:
    """Return our books of the account a statement belongs to, on its trading day.

    Without `account` it is the one whose investor is the statement's client, or the only one there is. A day that was
    not settled, or an account that cannot be told, is a `UserError`.
    """
    reader = _Reader(trading_day)
    unknown: dict[str, str] = {}
    position = 0
    try:
        for entry in entries:
            position = entry.position
            if isinstance(entry.record, Record):
                reader.take(entry.record)
            else:
                unknown.setdefault(entry.record.stream, entry.record.kind)
    except (InvariantError, KeyError, ArithmeticError) as error:
        raise UserError(f"日志总第 {position} 条接不上前面的事实（{error}）；请用 hengduo verify 核对日志。") from error
    _refuse_unknown({stream: kind for stream, kind in unknown.items() if stream.startswith("tenant:")})
    own = _choose(reader.state, client, account)
    _refuse_unknown({stream: kind for stream, kind in unknown.items() if stream == f"account:{own.account}"})
    return reader.day_of(own)


def _refuse_unknown(unknown: Mapping[str, str]) -> None:
    for stream, kind in unknown.items():
        raise UserError(f"日志的流 {stream} 里有别的版本写下的 {kind}，本程序折叠不了；请用写成它的版本对账。")


def _choose(state: State, client: str, account: AccountId | None) -> AccountState:
    names = (
        "、".join(f"{one.account}（客户号 {one.investor or '无'}）" for one in state.accounts.values()) or "没有账户"
    )
    if account is not None:
        if account not in state.accounts:
            raise UserError(f"日志里没有账户 {account}；有的是：{names}。")
        return state.accounts[account]
    found = [one for one in state.accounts.values() if one.investor == client]
    found = found or ([*state.accounts.values()] if len(state.accounts) == 1 else [])
    if len(found) != 1:
        raise UserError(f"结算单的客户号 {client} 对不上唯一的账户，请用 --account 指明；日志里有：{names}。")
    return found[0]


def _positions(
    instruments: Mapping[InstrumentId, Instrument], book: AccountBook, fact: f.DaySettled
) -> Iterable[OwnPosition]:
    for name, flag in book.positions():
        for side in (Side.BUY, Side.SELL):
            runs = book.runs(name, flag, side)
            if runs:
                yield OwnPosition(
                    instrument=instruments[name],
                    flag=flag,
                    side=side,
                    today=sum(run.lots for run in runs if run.open_day == fact.trading_day),
                    yesterday=sum(run.lots for run in runs if run.open_day != fact.trading_day),
                    basis=sum((run.basis * run.lots for run in runs), ZERO),
                    cost=sum((run.open_price * run.lots for run in runs), ZERO),
                    settlement=fact.prices[name],
                )


def _older(account: AccountState, fact: f.OrderFilled) -> int:
    terms = account.orders[fact.order].terms
    runs = account.book.runs(fact.instrument, terms.hedge_flag, terms.position_side)
    return sum(run.lots for run in runs if run.open_day != account.trading_day)


def _corrected(trade: OwnTrade, fact: f.SettlementCorrected) -> OwnTrade:
    # What the settled day has gained of a lot that was closed since, its close has lost.
    one = fact.prices.get(trade.instrument.id)
    if one is None or not trade.older:
        return trade
    moved = trade.side.sign * trade.instrument.value(one.price - one.was, trade.older)
    return msgspec.structs.replace(trade, profit_by_day=trade.profit_by_day + moved)


def _no_marks(_: InstrumentId) -> Decimal | None:
    return None


def _start(book: AccountBook) -> tuple[Decimal, Decimal]:
    return book.view(_no_marks).static_equity, book.trade_by_trade(_no_marks).balance


def _closed(book: AccountBook) -> tuple[Decimal, Decimal]:
    return book.view(_no_marks).close_profit, book.trade_by_trade(_no_marks).close_profit
