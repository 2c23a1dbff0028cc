"""Say which of our trades is which of the statement's.

By the exchange's trade number, with contract and side, where the statement prints it: numbers are unique only within
those. Some brokers print running numbers of their own; where not one number agrees, and for rows without one, trades
are matched by what they are: contract, side, offset, price, lots and flag, and of several such the one with the same
time, or else the same fee and profit. Then one of price, lots, or offset and flag is let go, so that a figure that
differs shows as that figure and not as two strangers.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import Final, NamedTuple

from terminal.domain.days.calendar import SECOND_NS, show
from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.fees import round_half_up
from terminal.reports.reconcile.own_day import OwnTrade
from terminal.reports.statement.lines import Layout, TradeLine
from terminal.reports.statement.words import squeezed

_EXPLICIT: Final = frozenset({"SHFE", "INE"})  # elsewhere 平今 and 平昨 are words for the same close (DOMAIN 4.3)

_Key = Callable[[OwnTrade], Hashable]
_TheirKey = Callable[[TradeLine], Hashable]  # `None`: not to be matched by this


class Pairs(NamedTuple):
    """Hold trades of both sides that belong together, and those that found no other."""

    both: list[tuple[OwnTrade, TradeLine]]
    ours: list[OwnTrade]
    theirs: list[TradeLine]
    by_number: bool


def pair(ours: list[OwnTrade], theirs: list[TradeLine], layout: Layout) -> Pairs:
    """Return which trades belong together; `by_number` where the exchange's numbers said so."""
    both, own, printed = _join(ours, theirs, _number, _their_number)
    by_number = bool(both)
    # A number the exchange gave tells a stranger; one of the broker's own, or none, tells nothing.
    numbered = [line for line in printed if by_number and line.number]
    printed = [line for line in printed if not (by_number and line.number)]
    for key, their_key in (*_same(layout), *_LOOSER):
        found, own, printed = _join(own, printed, key, their_key)
        both += found
    return Pairs(both, own, [*numbered, *printed], by_number)


def own_offset(trade: OwnTrade) -> Offset:
    """Return the offset as far as the exchange tells today's lots from older ones."""
    return _offset(trade.instrument.exchange, trade.offset)


def their_offset(line: TradeLine) -> Offset:
    """Return the offset of the statement in the same way."""
    return _offset(line.exchange, line.offset)


def own_profit(trade: OwnTrade, layout: Layout) -> Decimal:
    """Return what a trade earned in the view of a layout, in yuan."""
    return round_half_up(trade.profit_by_day if layout is Layout.BY_DAY else trade.profit_by_trade)


def _join(
    ours: list[OwnTrade], theirs: list[TradeLine], key: _Key, their_key: _TheirKey
) -> tuple[list[tuple[OwnTrade, TradeLine]], list[OwnTrade], list[TradeLine]]:
    waiting: dict[Hashable, deque[OwnTrade]] = defaultdict(deque)
    for trade in ours:
        waiting[key(trade)].append(trade)
    both, left = [], []
    for line in theirs:
        known = their_key(line)
        found = waiting.get(known) if known is not None else None
        if found:
            both.append((found.popleft(), line))
        else:
            left.append(line)
    rest = {id(trade) for trades in waiting.values() for trade in trades}
    return both, [trade for trade in ours if id(trade) in rest], left


def _number(trade: OwnTrade) -> Hashable:
    return *_contract(trade), _bare(trade.number)


def _their_number(line: TradeLine) -> Hashable:
    return (*_their_contract(line), _bare(line.number)) if line.number else None


def _bare(number: str) -> str:
    return squeezed(number).lstrip("0")  # counters pad them with blanks, some brokers with zeros


def _contract(trade: OwnTrade) -> tuple[str, str, Side]:
    exchange, _, symbol = trade.instrument.id.partition(".")
    return exchange, symbol.casefold(), trade.side


def _their_contract(line: TradeLine) -> tuple[str, str, Side]:
    return str(line.exchange), line.symbol.casefold(), line.side


def _offset(exchange: str, offset: Offset) -> Offset:
    if offset is Offset.OPEN:
        return offset
    if exchange not in _EXPLICIT:
        return Offset.CLOSE
    return Offset.CLOSE_TODAY if offset is Offset.CLOSE_TODAY else Offset.CLOSE_YESTERDAY


def _clock(trade: OwnTrade) -> str:
    return show(trade.at // SECOND_NS * SECOND_NS)[11:19]


def _all(trade: OwnTrade) -> tuple[Hashable, ...]:
    return *_contract(trade), own_offset(trade), trade.price, trade.lots, trade.flag


def _their_all(line: TradeLine) -> tuple[Hashable, ...]:
    return *_their_contract(line), their_offset(line), line.price, line.lots, line.flag


def _same(layout: Layout) -> tuple[tuple[_Key, _TheirKey], ...]:
    return (
        (lambda t: (*_all(t), _clock(t)), lambda s: (*_their_all(s), s.time) if s.time else None),
        (
            lambda t: (*_all(t), t.fee, own_profit(t, layout)),
            lambda s: None if s.close_profit is None else (*_their_all(s), s.fee, s.close_profit),
        ),
        (lambda t: (*_all(t), t.fee), lambda s: (*_their_all(s), s.fee)),
        (_all, _their_all),
    )


_LOOSER: Final[tuple[tuple[_Key, _TheirKey], ...]] = (
    (
        lambda t: (*_contract(t), t.price, t.lots, t.offset is Offset.OPEN),
        lambda s: (*_their_contract(s), s.price, s.lots, s.offset is Offset.OPEN),
    ),
    (
        lambda t: (*_contract(t), own_offset(t), t.lots, t.flag),
        lambda s: (*_their_contract(s), their_offset(s), s.lots, s.flag),
    ),
    (
        lambda t: (*_contract(t), own_offset(t), t.price, t.flag),
        lambda s: (*_their_contract(s), their_offset(s), s.price, s.flag),
    ),
)
