"""Hold what a person has filled into the order ticket, and make an order's terms of it.

Nothing here knows Qt. A price follows the market until somebody names one: then its mode is FIXED.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.kinds import conditions_of
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, PriceKind, Side, TimeCondition
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.view import Quote
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures


class PriceMode(StrEnum):
    """Say where an order's price comes from."""

    FIXED = "FIXED"  # a person named it
    COUNTER = "COUNTER"  # 对手价: the best price of the other side
    QUEUE = "QUEUE"  # 排队价: the best price of the own side
    LAST = "LAST"
    UPPER = "UPPER"
    LOWER = "LOWER"
    MARKET = "MARKET"  # these three: whatever the exchange finds, and the day's limit price is what is reckoned with
    BEST = "BEST"
    FIVE = "FIVE"


FIRST_LOTS: Final = 1
SIDES: Final = {Side.BUY: Term.BUY, Side.SELL: Term.SELL}
OFFSETS: Final = {
    Offset.OPEN: Term.OPEN,
    Offset.CLOSE: Term.CLOSE,
    Offset.CLOSE_TODAY: Term.CLOSE_TODAY,
    Offset.CLOSE_YESTERDAY: Term.CLOSE_YESTERDAY,
}
MODES: Final = {
    PriceMode.FIXED: Term.FIXED_PRICE,
    PriceMode.COUNTER: Term.COUNTER_PRICE,
    PriceMode.QUEUE: Term.QUEUE_PRICE,
    PriceMode.LAST: Term.LAST,
    PriceMode.UPPER: Term.UPPER_LIMIT,
    PriceMode.LOWER: Term.LOWER_LIMIT,
    PriceMode.MARKET: Term.MARKET_PRICE,
    PriceMode.BEST: Term.BEST_PRICE,
    PriceMode.FIVE: Term.FIVE_LEVELS,
}
KINDS: Final = {
    PriceMode.MARKET: PriceKind.MARKET,
    PriceMode.BEST: PriceKind.BEST,
    PriceMode.FIVE: PriceKind.FIVE,
}
"""The modes that are a kind of order of their own: offered where the contract's exchange takes it."""

FLAGS: Final = {
    HedgeFlag.SPECULATION: Term.SPECULATION,
    HedgeFlag.HEDGE: Term.HEDGE,
    HedgeFlag.ARBITRAGE: Term.ARBITRAGE,
}
TIMES: Final = {
    TimeCondition.GFD: Term.GOOD_FOR_DAY,
    TimeCondition.FAK: Term.FILL_AND_KILL,
    TimeCondition.FOK: Term.FILL_OR_KILL,
}


class Usual(NamedTuple):
    """Say what an order begins with."""

    mode: PriceMode
    lots: int


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the fields of a ticket; CLOSE means "close so many lots", today's and yesterday's as they come."""

    instrument: InstrumentId | None = None
    side: Side = Side.BUY
    offset: Offset = Offset.OPEN
    lots: int = FIRST_LOTS  # 0 while the field is empty
    mode: PriceMode = PriceMode.COUNTER
    price: Decimal | None = None  # of FIXED
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    time_condition: TimeCondition = TimeCondition.GFD

    def filled(
        self,
        instrument: InstrumentId,
        usual: Usual,
        side: Side | None = None,
        offset: Offset | None = None,
        price: Decimal | None = None,
        lots: int | None = None,
        flag: HedgeFlag | None = None,
    ) -> Ticket:
        """Return the ticket about a contract; what is `None` stays, but for what was chosen for another order.

        Another contract begins with the `usual` price mode and lots: a hundred lots of sugar are no hundred lots of
        copper. A price that was named is dropped as well where side or offset is chosen anew.
        """
        mode, named = self.mode, self.price
        is_another = instrument != self.instrument
        if lots is None and is_another:
            lots = usual.lots
        if price is not None:
            mode, named = PriceMode.FIXED, price
        elif is_another or (mode is PriceMode.FIXED and (side is not None or offset is not None)):
            mode, named = usual.mode, None
        return msgspec.structs.replace(
            self,
            instrument=instrument,
            side=self.side if side is None else side,
            offset=self.offset if offset is None else offset,
            lots=self.lots if lots is None else lots,
            mode=mode,
            price=named,
            hedge_flag=self.hedge_flag if flag is None else flag,
        )

    def offered(self, instrument: Instrument) -> Ticket:
        """Return the ticket as the contract's exchange takes it: a kind of order it has not becomes 对手价.

        So does the last price of a combination, which has none. A time condition that the kind cannot carry becomes
        the first one it can.
        """
        if self.mode is PriceMode.LAST and is_difference(instrument):
            return msgspec.structs.replace(self, mode=PriceMode.COUNTER)
        kind = KINDS.get(self.mode)
        if kind is None:
            return self
        conditions = conditions_of(instrument.order_kinds, kind)
        if not conditions:
            return msgspec.structs.replace(self, mode=PriceMode.COUNTER)
        if self.time_condition in conditions:
            return self
        return msgspec.structs.replace(self, time_condition=conditions[0])

    def price_at(self, quote: Quote | None, instrument: Instrument) -> Decimal | None:
        """Return the price at a quote, `None` where the quote has none for the mode."""
        if self.mode is PriceMode.FIXED:
            return self.price
        if quote is None:
            return None
        buys = self.side is Side.BUY
        worst = quote.upper_limit if buys else quote.lower_limit
        ticks = {
            **dict.fromkeys(KINDS, worst),
            PriceMode.COUNTER: quote.ask if buys else quote.bid,
            PriceMode.QUEUE: quote.bid if buys else quote.ask,
            PriceMode.LAST: quote.last,
            PriceMode.UPPER: quote.upper_limit,
            PriceMode.LOWER: quote.lower_limit,
        }[self.mode]
        return None if ticks is None else instrument.price(ticks)

    def terms(self, account: AccountId, instrument: InstrumentId, price: Decimal) -> OrderTerms:
        """Return the terms of the order."""
        return OrderTerms(
            account=account,
            instrument=instrument,
            side=self.side,
            offset=self.offset,
            lots=self.lots,
            price=price,
            hedge_flag=self.hedge_flag,
            time_condition=self.time_condition,
            price_kind=KINDS.get(self.mode, PriceKind.LIMIT),
        )


def is_difference(instrument: Instrument | None) -> bool:
    """Return whether a price of this contract is a difference, which may be zero or negative: a combination's."""
    return instrument is not None and instrument.kind is Kind.COMBINATION


def verb(side: Side, offset: Offset) -> str:
    """Return what an order does, like 买开 or 卖平今."""
    return f"{SIDES[side]}{OFFSETS[offset]}"


def plain_price(price: Decimal, instrument: Instrument) -> str:
    """Return a price as a person types it: the decimals of its tick, no commas."""
    return f"{price:.{max(figures.decimals(instrument.tick), figures.decimals(price))}f}"


def typed(text: str) -> Decimal | None:
    """Return the number typed so far, `None` while it is none."""
    return Decimal(text) if any(sign.isdigit() for sign in text) else None


def in_words(ticket: Ticket, instrument: Instrument | None) -> str:
    """Return a ticket as one line, like `买开 沪铜2502 2 手 对手价`."""
    name = instrument.name if instrument else ticket.instrument or "未选合约"
    at = f"@{ticket.price:f}" if ticket.mode is PriceMode.FIXED and ticket.price is not None else MODES[ticket.mode]
    return f"{verb(ticket.side, ticket.offset)} {name} {ticket.lots} 手 {at}"
