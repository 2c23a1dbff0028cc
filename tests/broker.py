"""A broker of our own making: keeps its own books in plain sums; `printed_statement` prints statements of them.

It knows nothing of the product's books: lots are matched first in, first out in a list, profits are added up trade by
trade. So a statement of it that agrees with ours is evidence, and one that was tampered with shows what was tampered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.option import Right

D = Decimal
CENT: Final = D("0.01")
ZERO: Final = D(0)
_TAKEN: Final = frozenset({"行权手续费", "交割手续费", "申报费", "权利金支出"})


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass
class Lot:
    of: Instrument
    flag: HedgeFlag
    side: Side
    open_price: Decimal
    open_day: int
    basis: Decimal
    lots: int


@dataclass(frozen=True)
class Deal:
    of: Instrument
    flag: HedgeFlag
    side: Side
    offset: Offset
    lots: int
    price: Decimal
    fee: Decimal
    number: str
    by_day: Decimal
    by_trade: Decimal

    @property
    def premium(self) -> Decimal:
        return ZERO if self.of.option is None else -self.side.sign * self.of.value(self.price, self.lots)


@dataclass(frozen=True)
class Closed:
    of: Instrument
    flag: HedgeFlag
    side: Side
    lots: int
    open_price: Decimal
    open_day: int
    basis: Decimal
    price: Decimal

    def profit(self, *, by_day: bool) -> Decimal:
        start = self.basis if by_day else self.open_price
        if self.of.option is not None:
            return ZERO  # the premium was paid when it traded
        return self.side.sign * -1 * (self.price - start) * self.lots * self.of.multiplier


@dataclass(frozen=True)
class Gone:
    """Hold lots that left without a trade, as 行权明细 or 交割明细 print them; `word` is of the former."""

    of: Instrument
    flag: HedgeFlag
    side: Side  # of the lots
    word: str
    lots: int
    price: Decimal
    fee: Decimal
    by_day: Decimal
    by_trade: Decimal


@dataclass(frozen=True)
class Day:
    """Hold what a statement prints; tests tamper with it by `replace`."""

    day: int
    by_day: dict[str, Decimal]
    by_trade: dict[str, Decimal]
    cash: tuple[Decimal, ...]
    deals: tuple[Deal, ...]
    closed: tuple[Closed, ...]
    held: tuple[Lot, ...]
    prices: Mapping[str, Decimal]
    gone: tuple[Gone, ...] = ()


@dataclass
class Broker:
    balance: Decimal  # 期末结存（盯市）
    client: str = "90010001"
    settled: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.trade_balance = self.balance
        self.held: list[Lot] = []
        self._begin()

    def _begin(self) -> None:
        self.cash: list[Decimal] = []
        self.deals: list[Deal] = []
        self.closed: list[Closed] = []
        self.gone: list[Gone] = []
        self.more_by_day: dict[str, Decimal] = defaultdict(Decimal)  # what is printed on some days only
        self.more_by_trade: dict[str, Decimal] = defaultdict(Decimal)

    def charge(self, amount: Decimal) -> None:
        """Charge what the exchange asks for orders and cancels (申报费)."""
        self._more("申报费", amount, amount)

    def move(self, amount: Decimal) -> None:
        self.cash.append(amount)

    def trade(
        self, day: int, of: Instrument, side: Side, offset: Offset, lots: int, price: Decimal, fee: Decimal,
        number: str, *, flag: HedgeFlag = HedgeFlag.HEDGE,
    ) -> None:  # fmt: skip
        taken: list[Closed] = []
        if offset is Offset.OPEN:
            self.held.append(Lot(of, flag, side, price, day, price, lots))
        else:
            taken = self._take(day, of, side, offset, lots, price, flag)
        by_day, by_trade = (sum((one.profit(by_day=view) for one in taken), ZERO) for view in (True, False))
        self.closed += taken
        self.deals.append(Deal(of, flag, side, offset, lots, price, fee, number, by_day, by_trade))

    def deliver(
        self, day: int, of: Instrument, held: Side, lots: int, price: Decimal, fee: Decimal, *, flag: HedgeFlag
    ) -> None:
        """Let lots of a future leave at the delivery settlement price."""
        taken = self._take(day, of, held.opposite, None, lots, price, flag)
        by_day, by_trade = (sum((one.profit(by_day=view) for one in taken), ZERO) for view in (True, False))
        self._more("交割盈亏", by_day, by_trade)
        self._more("交割手续费", fee, fee)
        self.gone.append(Gone(of, flag, held, "", lots, price, fee, by_day, by_trade))

    def exercise(
        self, day: int, of: Instrument, held: Side, lots: int, fee: Decimal, into: Instrument, *, flag: HedgeFlag
    ) -> None:
        """Let options become futures at the strike: of the holder of a call, and of the seller of a put, long ones."""
        assert of.option is not None
        self._take(day, of, held.opposite, None, lots, ZERO, flag)
        side = held if of.option.right is Right.CALL else held.opposite
        self.held.append(Lot(into, flag, side, of.option.strike, day, of.option.strike, lots))
        self._more("行权手续费", fee, fee)
        word = "期权执行" if held is Side.BUY else "期权履约"
        self.gone.append(Gone(of, flag, held, word, lots, of.option.strike, fee, ZERO, ZERO))

    def lapse(self, day: int, of: Instrument, held: Side, lots: int, *, flag: HedgeFlag) -> None:
        """Let options go with their premium."""
        assert of.option is not None
        self._take(day, of, held.opposite, None, lots, ZERO, flag)
        self.gone.append(Gone(of, flag, held, "期权放弃", lots, of.option.strike, ZERO, ZERO, ZERO))

    def pay_exercise(self, day: int, of: Instrument, held: Side, lots: int, fee: Decimal, each: Decimal, *,
                     flag: HedgeFlag) -> None:  # fmt: skip
        """Pay what exercise of index options is worth."""
        self._take(day, of, held.opposite, None, lots, ZERO, flag)
        paid = held.sign * each * lots * of.multiplier
        self._more("期权执行盈亏", paid, paid)
        self._more("行权手续费", fee, fee)
        assert of.option is not None
        self.gone.append(Gone(of, flag, held, "期权执行", lots, of.option.strike, fee, paid, paid))

    def _more(self, name: str, by_day: Decimal, by_trade: Decimal) -> None:
        self.more_by_day[name] += by_day
        self.more_by_trade[name] += by_trade

    def _take(
        self, day: int, of: Instrument, side: Side, offset: Offset | None, lots: int, price: Decimal, flag: HedgeFlag
    ) -> list[Closed]:
        found = []
        for lot in self.held:
            if (lot.of.id, lot.flag, lot.side) != (of.id, flag, side.opposite) or not lots:
                continue
            if offset and of.explicit_close_today and (lot.open_day == day) is not (offset is Offset.CLOSE_TODAY):
                continue
            part = min(lots, lot.lots)
            found.append(Closed(of, flag, side, part, lot.open_price, lot.open_day, lot.basis, price))
            lot.lots -= part
            lots -= part
        assert not lots, "closed what is not held"
        self.held = [lot for lot in self.held if lot.lots]
        return found

    def settle(self, day: int, prices: Mapping[str, Decimal]) -> Day:
        """End a day and return what the statement of it prints."""
        fee = sum((deal.fee for deal in self.deals), ZERO)
        moved = sum(self.cash, ZERO)
        close_day = sum((deal.by_day for deal in self.deals), ZERO)
        close_trade = sum((deal.by_trade for deal in self.deals), ZERO)
        mtm = sum((profit(lot, prices, by_day=True) for lot in self.held), ZERO)
        floating = sum((profit(lot, prices, by_day=False) for lot in self.held), ZERO)
        for deal in self.deals:
            if deal.premium:
                name = "权利金收入" if deal.premium > 0 else "权利金支出"
                self._more(name, abs(deal.premium), abs(deal.premium))
        more, trade_more = (
            sum((amount * (-1 if name in _TAKEN else 1) for name, amount in figures.items()), ZERO)
            for figures in (self.more_by_day, self.more_by_trade)
        )
        after = self.balance + moved + close_day + mtm - fee + more
        trade_after = self.trade_balance + moved + close_trade - fee + trade_more
        assert after == trade_after + floating, "two views, one equity"
        margin = self._margin(prices)
        rest = {"保证金占用": margin, "可用资金": after - margin, "风险度": cents(margin / after * 100)}
        start = {"出入金": moved, "手续费": fee}
        by_day = {
            "期初结存": self.balance, "平仓盈亏": close_day, "持仓盯市盈亏": mtm, "期末结存": after, **start,
            "客户权益": after, **rest,
        }  # fmt: skip
        by_trade = {
            "期初结存": self.trade_balance, "平仓盈亏": close_trade, "浮动盈亏": floating, "期末结存": trade_after,
            **start, "客户权益": after, **rest,
        }  # fmt: skip
        values = self._values(after, prices)
        by_day |= {**self.more_by_day, **values}
        by_trade |= {**self.more_by_trade, **values}
        held = tuple(replace(lot) for lot in self.held)
        found = Day(day, by_day, by_trade, tuple(self.cash), tuple(self.deals), tuple(self.closed), held, dict(prices),
                    tuple(self.gone))  # fmt: skip
        self.balance, self.trade_balance = after, trade_after
        for lot in self.held:
            lot.basis = prices[lot.of.id]
        self._begin()
        return found

    def _values(self, equity: Decimal, prices: Mapping[str, Decimal]) -> dict[str, Decimal]:
        if not any(lot.of.option is not None for lot in self.held):
            return {}
        long, short = (
            sum((value_of(lot, prices) for lot in self.held if lot.side is side), ZERO)
            for side in (Side.BUY, Side.SELL)
        )
        return {"多头期权市值": long, "空头期权市值": short, "市值权益": equity + long - short}

    def _margin(self, prices: Mapping[str, Decimal]) -> Decimal:
        sides: dict[tuple[str, bool], dict[Side, Decimal]] = defaultdict(lambda: {Side.BUY: ZERO, Side.SELL: ZERO})
        for lot in self.held:
            larger = lot.of.larger_side and lot.of.option is None
            sides[lot.of.product, larger][lot.side] += margin_of(lot, prices)
        total = ZERO
        for (_, larger), both in sides.items():
            total += max(both.values()) if larger else sum(both.values(), ZERO)
        return cents(total)


def profit(lot: Lot, prices: Mapping[str, Decimal], *, by_day: bool) -> Decimal:
    start = lot.basis if by_day else lot.open_price
    if lot.of.option is not None:
        return ZERO
    return lot.side.sign * (prices[lot.of.id] - start) * lot.lots * lot.of.multiplier


def value_of(lot: Lot, prices: Mapping[str, Decimal]) -> Decimal:
    return ZERO if lot.of.option is None else prices[lot.of.id] * lot.lots * lot.of.multiplier


def margin_of(lot: Lot, prices: Mapping[str, Decimal]) -> Decimal:
    assert lot.of.margin_rate is not None
    rate, option = lot.of.margin_rate + (lot.of.broker_margin_add or ZERO), lot.of.option
    if option is not None and lot.side is Side.BUY:
        return ZERO
    if option is not None:  # of a commodity; DOMAIN 4.12
        price = prices[option.underlying]
        out = option.strike - price if option.right is Right.CALL else price - option.strike
        whole = price * lot.of.multiplier * rate
        least = max(whole - max(out, ZERO) * lot.of.multiplier / 2, whole / 2)
        return (prices[lot.of.id] * lot.of.multiplier + least) * lot.lots
    return prices[lot.of.id] * lot.lots * lot.of.multiplier * rate
