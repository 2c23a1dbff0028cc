"""Keep the books of one account as a ledger tells them line by line, and refuse what cannot have happened.

The books are the runner's own (`Account`); nothing is kept twice. What they do not keep, the profit
and the fee of the day by position, is read off their own totals before and after each fill. A ledger has no dates:
its trading days are numbered from 1, and `settle` ends one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, localcontext
from typing import Final, NamedTuple, assert_never

from terminal.domain.books import combined
from terminal.domain.books.account import AccountBook
from terminal.domain.books.held_lots import SideSums
from terminal.domain.books.holding import Run
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.ids import AccountId, InstrumentId, TradeId
from terminal.domain.orders.offset import Bucket, bucket_of, closable
from terminal.domain.orders.order import HedgeFlag, OrderTerms, Side
from terminal.domain.products.ending import Ending, How, at_expiry
from terminal.domain.products.fees import ZERO, round_half_up
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.option import Style
from terminal.domain.view import AccountView, PositionView, TradeByTrade
from terminal.domain.words.typed_text import shown
from terminal.shell.ledgers.combining import HELD, combine, fit
from terminal.shell.ledgers.contradictions import refuse_contradictions
from terminal.shell.ledgers.lines import (
    CashMoved,
    Combined,
    Event,
    Exercised,
    Expired,
    Listed,
    Marked,
    Settled,
    Traded,
    read_line,
)

FIRST_DAY: Final = 1
EXACT_DIGITS: Final = 80  # price x lots x multiplier x rate of any ledger, without a rounding

_ACCOUNT: Final = AccountId("ledger")

Key = tuple[InstrumentId, HedgeFlag, Side]


class Earned(NamedTuple):
    """Hold what the closes of one side of a position earned today and what its fills cost, in yuan."""

    close_profit: Decimal = ZERO
    close_profit_by_trade: Decimal = ZERO
    commission: Decimal = ZERO


class Money(NamedTuple):
    """Hold the account in both views at the same marks."""

    by_day: AccountView
    by_trade: TradeByTrade


class Statement(NamedTuple):
    """Hold a day that was settled: profits and fees at the settlement prices before the roll, `after` it."""

    trading_day: int
    before: Money
    after: Money


class Taken(NamedTuple):
    """Say what one line did: its number, the fee of a fill, the statement of a settled day."""

    line: int
    do: str
    fee: Decimal | None = None
    statement: Statement | None = None


@contextmanager
def exact() -> Iterator[None]:
    """Compute with so many digits that no sum of a ledger is rounded unless a function named for it does."""
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        yield


class LedgerBook:
    """Keep the books of one ledger with its instruments and marks."""

    def __init__(self) -> None:
        self._book = AccountBook(ZERO, FIRST_DAY)
        self._instruments: dict[str, Instrument] = {}
        self._by_id: dict[InstrumentId, Instrument] = {}
        self._expired: set[InstrumentId] = set()
        self._marks: dict[InstrumentId, Decimal] = {}
        self._underlying: dict[InstrumentId, Decimal] = {}  # today's settlement, as options expired at it
        self._today: dict[Key, Earned] = {}
        self._trades = 0
        self._line, self._verify_at = 0, 64  # by then the lots are still few

    def take(self, line: int, text: str) -> Taken:
        """Fold one line; what is wrong with it is a `UserError` without its number, and nothing has changed then."""
        with exact():
            do, event = read_line(text)
            taken = self._take(Taken(line, do), event)
            fit(self._book)
            self._line = line
            self._verify(by_lot=isinstance(event, Settled) or line >= self._verify_at)
        return taken

    @property
    def trading_day(self) -> int:
        """Return the number of the present trading day."""
        return self._book.trading_day

    def money(self) -> Money:
        """Return the account at the marks."""
        return Money(self._book.view(self._marks.get), self._book.trade_by_trade(self._marks.get))

    def mark(self, instrument: Instrument) -> Decimal | None:
        """Return the latest mark or settlement price, `None` before the first."""
        return self._marks.get(instrument.id)

    def positions(self) -> list[tuple[Instrument, HedgeFlag]]:
        """Return every position that holds lots or was traded today, in a fixed order."""
        keys = {*self._book.positions(), *((instrument, flag) for instrument, flag, _ in self._today)}
        return [(self._by_id[instrument], flag) for instrument, flag in sorted(keys)]

    def lots(self, instrument: Instrument, flag: HedgeFlag) -> PositionView:
        """Return the lots of a position."""
        return self._book.position(instrument.id, flag)

    def earned(self, instrument: Instrument, flag: HedgeFlag, side: Side) -> Earned:
        """Return today's close profit and fees of one side of a position."""
        return self._today.get((instrument.id, flag, side), Earned())

    def runs(self, instrument: Instrument, flag: HedgeFlag, side: Side) -> tuple[Run, ...]:
        """Return the lots of one side one by one, oldest first."""
        return self._book.runs(instrument.id, flag, side)

    def sums(self, instrument: Instrument, flag: HedgeFlag, side: Side) -> SideSums:
        """Return what the lots of one side come to."""
        return self._book.sums(instrument.id, flag, side)

    def verify(self) -> None:
        """Add up every lot of the books anew; what does not agree is an `InvariantError`."""
        with exact():
            self._verify(by_lot=True)

    def _verify(self, *, by_lot: bool) -> None:
        faults = self._book.check(by_lot=by_lot)
        if faults:
            raise InvariantError(f"by line {self._line} of a ledger: {'; '.join(faults)}")
        if by_lot:  # each time twice as far on, so that the work stays in proportion to the lines
            self._verify_at = self._line * 2

    # --- the kinds of line --------------------------------------------------------------------------------------

    def _take(self, taken: Taken, event: Event) -> Taken:
        match event:
            case Listed(instrument):
                self._list(instrument)
            case CashMoved(amount):
                self._book.move_cash(amount)
            case Traded():
                return taken._replace(fee=self._trade(event))
            case Marked(symbol, price):
                instrument = self._known(symbol)
                instrument.ticks(price)
                self._marks[instrument.id] = price
            case Settled(prices):
                return taken._replace(statement=self._settle(prices))
            case Exercised():
                return taken._replace(fee=self._exercise(event))
            case Expired():
                return taken._replace(fee=self._expire(event))
            case Combined():
                self._combine(event)
            case _:
                assert_never(event)
        return taken

    def _list(self, instrument: Instrument) -> None:
        refuse_contradictions(instrument, self._by_id.values())
        self._by_id[instrument.id] = self._instruments[instrument.name] = instrument

    def _known(self, symbol: str) -> Instrument:
        found = self._instruments.get(symbol)
        if found is None:
            raise UserError(f"还没有合约 {shown(symbol)} 的规格，请在它之前写一行 instrument。")
        return found

    def _alive(self, symbol: str) -> Instrument:
        found = self._known(symbol)
        if found.id in self._expired:
            raise UserError(f"合约 {shown(symbol)} 已经在前面的 expire 到期，请核对合约代码和各行的先后。")
        return found

    def _trade(self, event: Traded) -> Decimal:
        instrument = self._alive(event.symbol)
        instrument.ticks(event.price)
        terms = OrderTerms(
            account=_ACCOUNT,
            instrument=instrument.id,
            side=event.side,
            offset=event.offset,
            lots=event.lots,
            price=event.price,
            hedge_flag=event.flag,
        )
        if not terms.is_opening:
            self._refuse_too_many(instrument, terms)
        before = self.money()
        fee = self._book.fee(instrument, terms, event.lots, event.price)
        self._trades += 1
        number = TradeId(str(self._trades))
        self._book.fill(instrument, terms, event.lots, event.price, fee, at=self._trades, trade=number)
        after = self.money()
        self._earn((instrument.id, event.flag, terms.position_side), before, after)
        return fee

    def _earn(self, key: Key, before: Money, after: Money) -> None:
        was = self._today.get(key, Earned())
        self._today[key] = Earned(
            was.close_profit + after.by_day.close_profit - before.by_day.close_profit,
            was.close_profit_by_trade + after.by_trade.close_profit - before.by_trade.close_profit,
            was.commission + after.by_day.commission - before.by_day.commission,
        )

    def _refuse_too_many(self, instrument: Instrument, terms: OrderTerms) -> None:
        position = self._book.position(instrument.id, terms.hedge_flag)
        most = closable(instrument, position, terms.side, terms.offset)
        if terms.lots <= most:
            return
        long = terms.position_side is Side.BUY
        today, old = (
            (position.long_today, position.long_yesterday) if long else (position.short_today, position.short_yesterday)
        )
        what = f"{instrument.name} {terms.hedge_flag.value} {HELD[terms.position_side]}"
        hint = "请核对手数、方向和投保标志"
        match bucket_of(instrument, terms.offset):
            case Bucket.YESTERDAY if today:
                hint += "；平今仓请写 CLOSE_TODAY"
            case Bucket.TODAY if old:
                hint += "；平昨仓请写 CLOSE"
            case _:
                pass
        raise UserError(
            f"{what}今仓 {today} 手、昨仓 {old} 手，{terms.offset.value} 最多平 {most} 手，"
            f"不能平 {terms.lots} 手，{hint}。"
        )

    def _settle(self, prices: dict[str, Decimal]) -> Statement:
        settlement: dict[InstrumentId, Decimal] = {}
        said: dict[InstrumentId, str] = {}
        for symbol, price in prices.items():
            name = self._settled(symbol)
            if name in said:
                raise UserError(
                    f"prices 里的 {said[name]} 和 {symbol} 是同一个，写了两次（{prices[said[name]]}、{price}），"
                    "不知道哪一个对，请删去一个。"
                )
            said[name], settlement[name] = symbol, price
        held = [self._by_id[name] for name, _ in self._book.positions()]
        missing = [one.name for one in held if one.id not in settlement]
        under = [one.option.underlying for one in held if one.option is not None]
        missing += [name.partition(".")[2] for name in under if name not in settlement]
        if missing:
            names = "、".join(dict.fromkeys(missing))
            raise UserError(f"prices 缺少 {names} 的结算价，有持仓的合约和期权的标的都要结算，请补上。")
        for name, price in settlement.items():
            self._refuse_second_price(name, price)
        day = self._book.trading_day
        self._underlying.clear()
        self._marks.update({name: price for name, price in settlement.items() if name in self._by_id})
        before = self.money()
        self._book.settle(settlement, day + 1)
        self._today.clear()
        return Statement(day, before, self.money())

    def _settled(self, symbol: str) -> InstrumentId:
        if symbol not in self._instruments:
            # An index is the underlying of options and no instrument of its own; its settlement is wanted all the same.
            for option in (one.option for one in self._by_id.values() if one.option is not None):
                if option.cash_settled and symbol in (option.underlying, option.underlying.partition(".")[2]):
                    return option.underlying
        return self._known(symbol).id

    def _combine(self, event: Combined) -> None:
        first, second = self._alive(event.first), self._alive(event.second)
        wanted = combined.Combined(first=first.id, second=second.id, flag=event.flag, side=event.side, lots=event.lots)
        combine(self._book, first, second, wanted)

    # --- how lots end without a trade --------------------------------------------------------------------------------

    def _exercise(self, event: Exercised) -> Decimal:
        instrument = self._alive(event.symbol)
        option = instrument.option
        if option is None:
            raise UserError(f"{instrument.name} 不是期权，不能行权；期货到期请写 expire。")
        if option.style is Style.EUROPEAN:
            raise UserError(f"{instrument.name} 是欧式期权，只在到期日行权，请写 expire。")
        there = self.sums(instrument, event.flag, event.side).lots
        if event.lots > there:
            what = f"{instrument.name} {event.flag.value} {HELD[event.side]}"
            raise UserError(f"{what}只有 {there} 手，不能行权或履约 {event.lots} 手，请核对手数、方向和投保标志。")
        how = How.EXERCISED if event.side is Side.BUY else How.ASSIGNED
        return self._end(instrument, event.flag, event.side, event.lots, how, option.strike, event.fee)

    def _expire(self, event: Expired) -> Decimal:
        instrument = self._alive(event.symbol)
        fees, option = ZERO, instrument.option
        if option is not None and not option.cash_settled:
            self._refuse_second_price(option.underlying, event.price)
            self._underlying[option.underlying] = event.price
        sides = [(flag, side) for name, flag in self._book.positions() if name == instrument.id for side in Side]
        for flag, side in sides:
            lots = self.sums(instrument, flag, side).lots
            if not lots:
                continue
            how, price = at_expiry(option, side, event.price)
            fee = ZERO if how is How.LAPSED else event.fee
            fees += self._end(instrument, flag, side, lots, how, price, fee)
        self._expired.add(instrument.id)
        return fees

    def _refuse_second_price(self, underlying: InstrumentId, price: Decimal) -> None:
        before = self._underlying.get(underlying, price)
        if price != before:
            name = underlying.partition(".")[2]
            raise UserError(
                f"{name} 这一天的结算价前面按 {before} 了结过期权，这里是 {price}：一天只有一个结算价，请核对。"
            )

    def _end(
        self,
        instrument: Instrument,
        flag: HedgeFlag,
        side: Side,
        lots: int,
        how: How,
        price: Decimal,
        by_lot: Decimal,
    ) -> Decimal:
        self._trades += 1
        ending = Ending(
            instrument=instrument.id,
            flag=flag,
            side=side,
            lots=lots,
            how=how,
            price=price,
            fee=round_half_up(by_lot * lots),
            at=self._trades,
            number=TradeId(str(self._trades)),
        )
        option, future = instrument.option, None
        if option is not None and ending.opens(option):
            future = self._by_id.get(option.underlying)
            if future is None:
                name = option.underlying.partition(".")[2]
                raise UserError(f"行权要开 {name} 的仓，还没有它的规格，请在它之前写一行 instrument。")
            self._alive(future.name)
        before = self.money()
        self._book.end(ending, instrument, future)
        self._earn((instrument.id, flag, side), before, self.money())
        return ending.fee
