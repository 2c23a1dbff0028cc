"""Say whether a condition holds now, and on what was seen: exact, in ticks and yuan, from the latest quotes alone.

A price counts only while its contract trades continuously, on a quote of this session that came within the last minute
and after the exchange last proved the account's books (SAFETY 3): what an exchange repeats at a login, or a feed that
stands still, triggers nothing. So does a price outside the daily band, and a last price traded before that. An empty
side at the limit is beyond any price on the way there. The clock counts once the exchange has been heard after it; an
opening once the contract was quoted, its auction included.

A spread is read across both books, a basis against the spot price last stated (`conditional`). Each
contract in it must trade now and show both sides, the bid not above the ask: where one stands at its limit, is silent,
or has its break while the other trades on, there is no spread to be had and nothing triggers. A spot price older than
the trading day before is none.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from terminal.domain.books.holding import decimal_text
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.days.sessions import Phase
from terminal.domain.orders.conditional import (
    AnyOf,
    AtPrice,
    BasisReaches,
    BreaksEven,
    MarketOpens,
    PriceReaches,
    PriceWithin,
    Quoted,
    SpreadReaches,
    TimeReached,
    Way,
    parts_of,
)
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.products.fees import fee, fees_known
from terminal.engine.conditional.late import late_parts
from terminal.engine.conditional.wording import QUOTED, SPREADS, basis_text, clock_text, spread_text
from terminal.engine.wording import short, signed_yuan
from terminal.risk.price_collar import market
from terminal.risk.unset import DEFAULTS

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.conditional import Conditional, Part, Release
    from terminal.domain.view import Quote
    from terminal.engine.books.conditional import ConditionalRow
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState

FRESH_NS: Final = 60 * SECOND_NS


def seen(look: Look, account: AccountState, row: ConditionalRow) -> str:
    """Return what makes a condition hold now, in words; empty while it does not."""
    found, late = seen_parts(look, account, row.wanted, row.due), late_parts(account, row, look.now)
    found = ["" if place in late else what for place, what in enumerate(found)]
    if isinstance(row.wanted.condition, AnyOf):
        return next(filter(None, found), "")
    return "，".join(found) if all(found) else ""


def seen_parts(look: Look, account: AccountState, wanted: Conditional, due: tuple[int, ...]) -> list[str]:
    """Return for each part what makes it hold now, in words; empty while it does not."""
    parts = zip(parts_of(wanted.condition), due, strict=True)
    return [_seen(look, account, part, at) for part, at in parts]


def fresh_quote(look: Look, account: AccountState, instrument: InstrumentId) -> Quote | None:
    """Return a quote that may decide something now, or `None`."""
    quote, session = look.quote(instrument), look.session(instrument)
    if quote is None or session.phase is not Phase.CONTINUOUS:
        return None
    old = quote.exchange_at < session.begins_at or look.now - quote.received_at > FRESH_NS
    return None if old or quote.received_at <= account.barrier.since else quote


def _seen(look: Look, account: AccountState, part: Part, due: int) -> str:
    match part:
        case PriceReaches() | PriceWithin():
            return _price_seen(look, account, part)
        case TimeReached() | MarketOpens():
            return _time_seen(look, account, part, due)
        case BreaksEven():
            return _even_seen(look, account, part)
        case SpreadReaches():
            return _difference_seen(
                part, spread_now(look, account, part), f"{spread_text(part)} {SPREADS[part.quoted]}"
            )
        case BasisReaches():
            return _difference_seen(part, basis_now(look, account, part), basis_text(part))
        case _:
            assert_never(part)


def _price_seen(look: Look, account: AccountState, part: PriceReaches | PriceWithin) -> str:
    quote, name = fresh_quote(look, account, part.instrument), short(part.instrument)
    if quote is None:
        return ""
    ticks, what = _ticks(look, account, part.instrument, quote, part.quoted), f"{name} {QUOTED[part.quoted]}"
    if ticks is None and isinstance(part, PriceReaches):
        ticks, what = _locked(quote, part.quoted, part.way), f"{name} 涨跌停，没有{QUOTED[part.quoted]}，按"
    if ticks is None:
        return ""
    price = look.instrument(part.instrument).price(ticks)
    match part:
        case PriceReaches():
            holds = price >= part.price if part.way is Way.AT_OR_ABOVE else price <= part.price
        case PriceWithin():
            holds = part.lowest <= price <= part.highest
        case _:
            assert_never(part)
    return f"{what} {decimal_text(price)}" if holds else ""


def _difference_seen(part: SpreadReaches | BasisReaches, value: Decimal | None, name: str) -> str:
    if value is None:
        return ""
    holds = value >= part.value if part.way is Way.AT_OR_ABOVE else value <= part.value
    return f"{name} {decimal_text(value)}" if holds else ""


def spread_now(look: Look, account: AccountState, part: SpreadReaches) -> Decimal | None:
    """Return what selling a spread gets (BID), or buying it costs (ASK); `None` without both sides of both books."""
    crossed = Quoted.BID if part.quoted is Quoted.ASK else Quoted.ASK
    one = _two_sided(look, account, part.instrument, part.quoted)
    other = _two_sided(look, account, part.less, crossed)
    return None if one is None or other is None else one - part.coefficient * other


def basis_now(look: Look, account: AccountState, part: BasisReaches) -> Decimal | None:
    """Return the spot price last stated less a contract's price; `None` without either."""
    spot, future = look.quote(part.spot), _two_sided(look, account, part.instrument, part.quoted)
    if future is None or spot is None or spot.last is None or spot.received_at < look.spot_since():
        return None
    return look.instrument(part.spot).price(spot.last) - future


def differences_now(look: Look, account: AccountState, wanted: Conditional) -> str:
    """Return what the spreads and bases of a condition are now, or that one is not there; empty without any."""
    words = []
    for part in parts_of(wanted.condition):
        match part:
            case SpreadReaches():
                value, name = spread_now(look, account, part), f"{spread_text(part)} {SPREADS[part.quoted]}"
            case BasisReaches():
                value, name = basis_now(look, account, part), basis_text(part)
            case _:
                continue
        words.append(f"{name} 现在没有，暂不触发" if value is None else f"{name} 现为 {decimal_text(value)}")
    return "，".join(words)


def _two_sided(look: Look, account: AccountState, instrument: InstrumentId, quoted: Quoted) -> Decimal | None:
    quote = fresh_quote(look, account, instrument)
    if quote is None:
        return None
    bid, ask, wanted = (_ticks(look, account, instrument, quote, one) for one in (Quoted.BID, Quoted.ASK, quoted))
    if bid is None or ask is None or wanted is None or bid > ask:
        return None
    return look.instrument(instrument).price(wanted)


def _locked(quote: Quote, quoted: Quoted, way: Way) -> int | None:
    # At its limit an empty side is beyond every price on its way there: who must get out has to queue at the limit.
    # Where nothing was traded yet, the next trade is at it.
    if quoted is Quoted.LAST:
        quoted = Quoted.BID if way is Way.AT_OR_BELOW else Quoted.ASK
    if quoted is Quoted.BID and way is Way.AT_OR_BELOW and quote.bid is None and quote.ask == quote.lower_limit:
        return quote.lower_limit
    if quoted is Quoted.ASK and way is Way.AT_OR_ABOVE and quote.ask is None and quote.bid == quote.upper_limit:
        return quote.upper_limit
    return None


def _traded_now(look: Look, account: AccountState, instrument: InstrumentId) -> bool:
    # A quote carries the last trade on: it counts where the volume was seen to change since the login, by a quote of
    # this session, its auction included, that came after the books were proven.
    before, by = look.columns.traded(instrument)
    begins = _auction(look, instrument, look.session(instrument).begins_at)
    return before > account.barrier.began_at and by > account.barrier.since and by >= begins


def _ticks(look: Look, account: AccountState, instrument: InstrumentId, quote: Quote, quoted: Quoted) -> int | None:
    # A feed without volumes says nothing of when a price was traded.
    traded = quote.volume is None or (quote.volume > 0 and _traded_now(look, account, instrument))
    last = quote.last if traded else None
    ticks = {Quoted.LAST: last, Quoted.BID: quote.bid, Quoted.ASK: quote.ask}[quoted]
    if ticks is None:
        return None
    above = quote.upper_limit is not None and ticks > quote.upper_limit
    below = quote.lower_limit is not None and ticks < quote.lower_limit
    return None if above or below else ticks


def _time_seen(look: Look, account: AccountState, part: TimeReached | MarketOpens, due: int) -> str:
    session, name = look.session(part.instrument), part.instrument
    if look.now < due or session.phase is not Phase.CONTINUOUS:
        return ""
    heard, limits = look.columns.heard(name), account.limits or DEFAULTS
    if look.now - heard > limits.feed_max_age_seconds * SECOND_NS:
        return ""  # C3 would refuse it for good; the exchange is heard again in a moment, or it is in trouble
    if heard < max(due, session.begins_at, account.barrier.since + 1):
        return ""
    if isinstance(part, TimeReached):
        return f"{short(name)} 到 {clock_text(part.clock)}"
    quote = look.quote(name)
    return f"{short(name)} 开盘" if quote is not None and quote.received_at >= _auction(look, name, due) else ""


def _auction(look: Look, instrument: InstrumentId, opens_at: int) -> int:
    # The auction's result comes before continuous trading begins, and a quiet contract may show nothing after it.
    template = look.template(look.instrument(instrument))
    if template is None:
        return opens_at
    before = look.calendar.session(template, opens_at - 1)
    return before.begins_at if before.phase is Phase.AUCTION else opens_at


def _even_seen(look: Look, account: AccountState, part: BreaksEven) -> str:
    quote = fresh_quote(look, account, part.instrument)
    if quote is None:
        return ""
    quoted, adverse = (Quoted.BID, Way.AT_OR_BELOW) if part.side is Side.BUY else (Quoted.ASK, Way.AT_OR_ABOVE)
    ticks = _ticks(look, account, part.instrument, quote, quoted)
    if ticks is None and part.way is Way.AT_OR_BELOW:
        ticks = _locked(quote, quoted, adverse)
    earned = None if ticks is None else result_now(look, account, part, look.instrument(part.instrument).price(ticks))
    if earned is None:
        return ""
    holds = earned >= 0 if part.way is Way.AT_OR_ABOVE else earned <= 0
    return f"{short(part.instrument)} 现平盈亏 {signed_yuan(earned, 2)}（含手续费）" if holds else ""


def result_now(look: Look, account: AccountState, part: BreaksEven, price: Decimal) -> Decimal | None:
    """Return what closing a whole position at a price earns in yuan, against its open prices, fees of both ways off.

    `None` where nothing is held or a fee is not known. The fee of opening is today's tariff at each open price: what
    was paid then is not kept with the lots.
    """
    known = look.instrument(part.instrument)
    runs = account.book.runs(known.id, part.hedge_flag, part.side)
    lots = sum(run.lots for run in runs)
    if not lots or not fees_known(known):
        return None
    cost = sum((run.open_price * run.lots for run in runs), Decimal(0))
    opened = sum(
        (fee(known, offset=Offset.OPEN, lots=run.lots, price=run.open_price, flag=part.hedge_flag) for run in runs),
        Decimal(0),
    )
    terms = OrderTerms(
        account=account.account,
        instrument=known.id,
        side=part.side.opposite,
        offset=Offset.CLOSE,
        lots=lots,
        price=price,
        hedge_flag=part.hedge_flag,
    )
    held = account.book.position(known.id, part.hedge_flag)
    today = held.long_today if part.side is Side.BUY else held.short_today
    pieces: tuple[tuple[Offset, int], ...] = ((Offset.CLOSE, lots),)
    if known.explicit_close_today:
        pieces = ((Offset.CLOSE_TODAY, today), (Offset.CLOSE_YESTERDAY, lots - today))
    closed = sum(
        (
            account.book.fee(known, msgspec.structs.replace(terms, offset=offset), part_lots, price)
            for offset, part_lots in pieces
            if part_lots
        ),
        Decimal(0),
    )
    return (price * lots - cost) * known.multiplier * part.side.sign - opened - closed


def release_price(look: Look, account: AccountState, release: Release) -> Decimal | None:
    """Return at what price it would go out now, within the daily band; `None` where there is no market to go by.

    Where the other side is empty it queues: at the day's limit if the market is locked there, else at the last price.
    """
    if isinstance(release.price, AtPrice):
        return release.price.price
    quote = fresh_quote(look, account, release.instrument)
    if quote is None:
        return None
    quoted, way = (Quoted.BID, Way.AT_OR_BELOW) if release.side is Side.SELL else (Quoted.ASK, Way.AT_OR_ABOVE)
    locked = _locked(quote, quoted, way)
    opposite = market(quote, release.side) if locked is None else locked
    if opposite is None:
        return None
    ticks = opposite + release.side.sign * release.price.ticks
    if quote.upper_limit is not None:
        ticks = min(ticks, quote.upper_limit)
    if quote.lower_limit is not None:
        ticks = max(ticks, quote.lower_limit)
    return look.instrument(release.instrument).price(ticks) if ticks > 0 else None
