"""Draw the orders people make by hand: small and large, resting and crossing, closing and opening, right and wrong."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain.ids import AccountId
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, PriceKind, Side, TimeCondition
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.view import Quote
from terminal.engine.look import Look
from terminal.engine.state import State
from terminal.simulation.cast import B
from terminal.simulation.luck import Luck

_LARGE_YUAN = Decimal(5_200_000)
_TIMES = (TimeCondition.GFD, TimeCondition.FAK, TimeCondition.FOK)


def traded(look: Look, state: State) -> list[tuple[Instrument, Quote]]:
    """Return the futures that show both sides now, in the market's order."""
    found = []
    for name in look.columns.universe:
        instrument = state.tenant.instruments[name]
        if instrument.kind is not Kind.FUTURE:
            continue
        quote = look.quote(name)
        if quote is not None and quote.bid is not None and quote.ask is not None and look.session(name).orders:
            found.append((instrument, quote))
    return found


def by_hand(luck: Luck, look: Look, state: State, account: AccountId, *, large: bool = False) -> OrderTerms | None:
    """Return an order somebody might make now, `None` while nothing is quoted."""
    there = traded(look, state)
    if not there:
        return None
    instrument, quote = luck.one_of(there)
    side = luck.one_of((Side.BUY, Side.SELL))
    ticks = _price(luck, quote, side)
    price = instrument.price(ticks)
    lots = luck.randrange(1, 6)
    if large:
        lots = int(_LARGE_YUAN / instrument.value(price, 1)) + 1
    terms = OrderTerms(
        account=account,
        instrument=instrument.id,
        side=side,
        offset=Offset.OPEN,
        lots=lots,
        price=price,
        hedge_flag=flag_of(luck, account),
        time_condition=luck.one_of(_TIMES, (6, 2, 1)),
    )
    if luck.chance(0.03):
        return _wrong(luck, terms, instrument)
    made = _closing(luck, state, terms, instrument) if luck.chance(0.45) else terms
    return _unpriced(luck, made, instrument, quote)


def opening(
    account: AccountId, instrument: Instrument, quote: Quote, side: Side, lots: int, flag: HedgeFlag
) -> OrderTerms | None:
    """Return an order that takes the opposite price, so that there is a position to work with."""
    ticks = quote.ask if side is Side.BUY else quote.bid
    if ticks is None:
        return None
    price = instrument.price(ticks + 2 * side.sign)
    return OrderTerms(
        account=account,
        instrument=instrument.id,
        side=side,
        offset=Offset.OPEN,
        lots=lots,
        price=price,
        hedge_flag=flag,
    )


def flag_of(luck: Luck, account: AccountId) -> HedgeFlag:
    """Return under which flag somebody trades: the hedging account has positions under two, which never net."""
    return HedgeFlag.HEDGE if account == B and luck.chance(0.4) else HedgeFlag.SPECULATION


def _price(luck: Luck, quote: Quote, side: Side) -> int:
    bid, ask = quote.bid or 0, quote.ask or 0
    own, opposite = (bid, ask) if side is Side.BUY else (ask, bid)
    way = luck.randrange(10)
    if way < 4:
        return opposite + side.sign * luck.randrange(3)
    if way < 8:
        return own - side.sign * luck.randrange(4)
    if way < 9:
        return own - side.sign * luck.randrange(5, 30)
    return opposite + side.sign * luck.randrange(10, 200)  # the collar's business


def _closing(luck: Luck, state: State, terms: OrderTerms, instrument: Instrument) -> OrderTerms:
    position = state.accounts[terms.account].book.position(instrument.id, terms.hedge_flag)
    side = Side.SELL if position.long >= position.short else Side.BUY
    held_today = position.long_today if side is Side.SELL else position.short_today
    offset = Offset.CLOSE
    if instrument.explicit_close_today and (held_today or luck.chance(0.1)):
        offset = Offset.CLOSE_TODAY
    lots = max(position.long, position.short, 1)
    return replace(terms, side=side, offset=offset, lots=luck.randrange(1, min(lots, 6) + 1))


def _unpriced(luck: Luck, terms: OrderTerms, instrument: Instrument, quote: Quote) -> OrderTerms:
    # Mostly as the exchange takes it, and now and then with a time condition or a price that it does not.
    kinds = [kind for kind in instrument.order_kinds if kind.price_kind is not PriceKind.LIMIT]
    worst = quote.upper_limit if terms.side is Side.BUY else quote.lower_limit
    if not kinds or worst is None or not luck.chance(0.2):
        return terms
    kind = luck.one_of(kinds)
    condition = luck.one_of(kind.conditions) if luck.chance(0.9) else terms.time_condition
    price = instrument.price(worst) if luck.chance(0.95) else terms.price
    return replace(terms, price_kind=kind.price_kind, time_condition=condition, price=price)


def _wrong(luck: Luck, terms: OrderTerms, instrument: Instrument) -> OrderTerms:
    match luck.randrange(4):
        case 0:
            return replace(terms, price=terms.price + instrument.tick / 4)
        case 1:
            return replace(terms, lots=0)
        case 2:
            return replace(terms, lots=10_000)
        case _:
            return replace(terms, offset=Offset.CLOSE_YESTERDAY)
