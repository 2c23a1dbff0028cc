"""Fold our books of one trading day from the journal, up to the settlement that ended it.

The books are those of `SettledDay`, late settlement prices included, so a difference that a provisional price had made
is gone. Lots keep the day they were opened on, which tells today's from older ones when all have become yesterday's.

A trade belongs to the trading day the exchange gave it. One that reached us after the settlement is among the trades
and says so; its money is in this day as well (in journals of before 2026-12, in the day it was booked). One of the next
day that was booked before the settlement is not among the trades: its money is in this day, the difference in the funds
is real, and `early` counts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.errors import UserError
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, InstrumentId, TradeId
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.products.ending import Ending, How
from terminal.domain.products.fees import ZERO, round_half_up
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.margin import margin_of
from terminal.engine.records.journal import Entry, Record
from terminal.engine.state import AccountState, State
from terminal.reports.settled_days import (
    Begun,
    Closed,
    DaysReader,
    SettledDay,
    is_before_last,
    read_all,
    refuse_unknown,
)


class OwnTrade(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one fill of ours with what it earned in both views, in yuan; `late`: the money is in a later day.

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

    @property
    def premium(self) -> Decimal:
        """Return 权利金收支 in yuan, positive when received; zero of a future."""
        return ZERO if self.instrument.option is None else -self.side.sign * self.turnover


class OwnPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one side of a position at the end of the day; `basis` and `cost` are sums of price x lots.

    `underlying` is the settlement price of what an option is on. An option has a value instead of a profit.
    """

    instrument: Instrument
    flag: HedgeFlag
    side: Side
    today: int
    yesterday: int
    basis: Decimal
    cost: Decimal
    settlement: Decimal
    underlying: Decimal | None = None

    @property
    def is_option(self) -> bool:
        """Return whether these are options."""
        return self.instrument.option is not None

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

    def value(self, settlement: Decimal) -> Decimal:
        """Return what the lots are worth at a price (市值 of options), in yuan."""
        return round_half_up(self.instrument.value(settlement, self.lots))

    def margin(self, settlement: Decimal) -> Decimal | None:
        """Return what the lots bind before 大边, in yuan; `None` where the rate is not known."""
        margin = margin_of(
            self.instrument, self.lots, settlement, flag=self.flag, side=self.side, underlying=self.underlying
        )
        return None if margin is None else round_half_up(margin)


class OwnEnd(msgspec.Struct, frozen=True, kw_only=True):
    """Hold lots that left without a trade, with what of the day's money is of them, in yuan."""

    instrument: Instrument
    ending: Ending
    by_day: Decimal
    by_trade: Decimal
    fee: Decimal


class OwnFunds(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the account's money of the day, in yuan; names as in `AccountView` and `TradeByTrade`."""

    static_equity: Decimal  # at the start of the day: 期初结存（盯市）
    balance: Decimal  # at the start of the day: 期初结存（逐笔）
    moved: Decimal  # 出入金
    profit_by_day: Decimal  # 平仓盈亏（盯市）, without delivery and exercise
    position_profit: Decimal  # 持仓盯市盈亏
    profit_by_trade: Decimal  # 平仓盈亏（逐笔）, without them too
    floating_profit: Decimal  # 浮动盈亏
    delivered_by_day: Decimal  # 交割盈亏（盯市）
    delivered_by_trade: Decimal  # 交割盈亏（逐笔）
    exercised: Decimal  # 期权执行盈亏: what exercise paid in cash
    commission: Decimal  # 手续费, without the two below
    delivery_fee: Decimal  # 交割手续费
    exercise_fee: Decimal  # 行权手续费
    filing_fee: Decimal  # 申报费
    received: Decimal  # 权利金收入
    paid: Decimal  # 权利金支出
    long_value: Decimal  # 多头期权市值
    short_value: Decimal  # 空头期权市值, positive
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
    ends: tuple[OwnEnd, ...]
    positions: tuple[OwnPosition, ...]
    funds: OwnFunds
    provisional: tuple[InstrumentId, ...]
    multipliers: dict[str, Decimal]
    early: int


class _Reader:
    # One day of the accounts: its trades, and its books once they are settled.

    def __init__(self, trading_day: int) -> None:
        self._day = trading_day
        self._trades: dict[AccountId, list[OwnTrade]] = {}
        self._settled: dict[AccountId, SettledDay] = {}
        self._days = DaysReader(self._over, wanted=lambda day: day == trading_day)

    @property
    def state(self) -> State:
        return self._days.state

    def take(self, entry: Entry) -> None:
        fact = entry.record.fact if isinstance(entry.record, Record) else None
        if isinstance(fact, f.OrderFilled):
            self._fill(entry, fact)
            return
        if isinstance(fact, f.SettlementCorrected):
            self._correct(entry, fact)
            return
        self._days.take(entry)

    def day_of(self, account: AccountState) -> OwnDay:
        self._days.finish()
        found = self._settled.get(account.account)
        if found is None:
            raise UserError(
                f"账户 {account.account} 的 {self._day} 在日志里没有结算（现在是 {account.trading_day}）；"
                "请核对结算单的日期，或等这一天结算之后再对账。"
            )
        fact, closed = found.fact, found.closed()
        return OwnDay(
            account=account.account,
            investor=account.investor,
            trading_day=self._day,
            trades=tuple(self._trades.get(account.account, ())),
            ends=tuple(_ends(found)),
            positions=tuple(_positions(found.instruments, closed.held, fact)),
            funds=_funds(found.begun, closed),
            provisional=fact.stood_in,
            multipliers={
                name.partition(".")[2].casefold(): one.multiplier
                for name, one in self.state.tenant.instruments.items()
                if one.kind in {Kind.FUTURE, Kind.OPTION}
            },
            early=found.begun.early,
        )

    def _over(self, day: SettledDay) -> None:
        self._settled[day.fact.account] = day

    def _is_settled(self, account: AccountId) -> bool:
        return self._day in self._days.settled.get(account, {})

    def _correct(self, entry: Entry, fact: f.SettlementCorrected) -> None:
        moves_closes = not is_before_last(self.state.accounts[fact.account].book, fact.trading_day)
        self._days.take(entry)
        if moves_closes and not self._is_settled(fact.account):
            own = self._trades.get(fact.account, [])
            own[:] = [_corrected(trade, fact) for trade in own]

    def _book(self, account: AccountState, fact: f.OrderFilled) -> AccountBook:
        # What a fill of a settled day earned on it stands in the books of that day alone.
        settled = None if fact.late is None else self._days.settled.get(fact.account, {}).get(fact.trading_day)
        return account.book if settled is None else settled.book()

    def _fill(self, entry: Entry, fact: f.OrderFilled) -> None:
        account = self.state.accounts[fact.account]
        terms, book = account.orders[fact.order].terms, self._book(account, fact)
        before, older = _closed(book), _older(book, terms)
        self._days.take(entry)
        if fact.trading_day != self._day:
            return
        book = self._book(account, fact)
        after = _closed(book)
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
                late=self._is_settled(fact.account) and fact.late is None,
                older=older - _older(book, terms),
            )
        )


def _ends(day: SettledDay) -> Iterable[OwnEnd]:
    # One that was heard a day late is in the money of that day, and in no row of this one.
    for left in day.begun.left:
        if left.trading_day == day.fact.trading_day:
            yield OwnEnd(
                instrument=day.instruments[left.ending.instrument],
                ending=left.ending,
                by_day=left.by_day,
                by_trade=left.by_trade,
                fee=left.fee,
            )


def _funds(begun: Begun, closed: Closed) -> OwnFunds:
    delivered = [one for one in begun.left if one.ending.how is How.DELIVERED]
    exercised = [one for one in begun.left if one.ending.how in {How.EXERCISED, How.ASSIGNED}]
    by_day, by_trade = _sum(one.by_day for one in delivered), _sum(one.by_trade for one in delivered)
    paid_out = _sum(one.by_day for one in exercised)
    fees = _sum(one.fee for one in delivered), _sum(one.fee for one in exercised)
    return OwnFunds(
        static_equity=begun.static_equity,
        balance=begun.balance,
        moved=begun.moved,
        profit_by_day=closed.before.close_profit - by_day - paid_out,
        position_profit=closed.before.position_profit,
        profit_by_trade=closed.by_trade.close_profit - by_trade - paid_out,
        floating_profit=closed.by_trade.floating_profit,
        delivered_by_day=by_day,
        delivered_by_trade=by_trade,
        exercised=paid_out,
        commission=closed.before.commission - _sum(fees),
        delivery_fee=fees[0],
        exercise_fee=fees[1],
        filing_fee=begun.filed,
        received=begun.received,
        paid=begun.paid,
        long_value=closed.after.long_option_value,
        short_value=closed.after.short_option_value,
        equity=closed.before.equity,
        balance_after=closed.by_trade.balance,
        margin=closed.after.margin,
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def read_own_day(entries: Iterable[Entry], *, client: str, account: AccountId | None, trading_day: int) -> OwnDay:
    """Return our books of the account a statement belongs to, on its trading day.

    Without `account` it is the one whose investor is the statement's client, or the only one there is. A day that was
    not settled, or an account that cannot be told, is a `UserError`.
    """
    reader = _Reader(trading_day)
    unknown = read_all(entries, reader.take)
    refuse_unknown(unknown, lambda stream: stream.startswith("tenant:"))
    own = _choose(reader.state, client, account)
    refuse_unknown(unknown, lambda stream: stream == f"account:{own.account}")
    return reader.day_of(own)


def account_of(entries: Iterable[Entry], *, client: str, account: AccountId | None) -> AccountId:
    """Return the account a statement belongs to, as `read_own_day` chooses it."""
    reader = DaysReader(lambda _: None, wanted=lambda _: False)
    refuse_unknown(read_all(entries, reader.take), lambda stream: stream.startswith("tenant:"))
    return _choose(reader.state, client, account).account


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
        option = instruments[name].option
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
                    underlying=None if option is None else fact.prices.get(option.underlying),
                )


def _older(book: AccountBook, terms: OrderTerms) -> int:
    runs = book.runs(terms.instrument, terms.hedge_flag, terms.position_side)
    return sum(run.lots for run in runs if run.open_day != book.trading_day)


def _corrected(trade: OwnTrade, fact: f.SettlementCorrected) -> OwnTrade:
    # What the settled day has gained of a lot that was closed since, its close has lost.
    one = fact.prices.get(trade.instrument.id)
    if one is None or not trade.older:
        return trade
    moved = trade.side.sign * trade.instrument.value(one.rise, trade.older)
    return msgspec.structs.replace(trade, profit_by_day=trade.profit_by_day + moved)


def _no_marks(_: InstrumentId) -> Decimal | None:
    return None


def _closed(book: AccountBook) -> tuple[Decimal, Decimal]:
    return book.view(_no_marks).close_profit, book.trade_by_trade(_no_marks).close_profit
