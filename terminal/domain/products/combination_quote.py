"""Derive what a combination (组合合约) is quoted at from its legs, and list one beside the contracts it is made of.

Buying a combination buys the first leg and sells the second: what can be had at once costs the first leg's ask less the
second's bid, and the other way round brings the first leg's bid less the second's ask (买卖价交叉), each for the lots
both legs show. A price that the combination's grid does not hold is moved against whoever takes it. There is no last
price: two last prices are of two moments. A quote that a feed gives under the combination's own name goes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

import msgspec

from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.orders.kinds import LIMIT_ONLY
from terminal.domain.products.combination import Combination, combine
from terminal.domain.products.combination_table import ANY
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.view import Quote


class CombinationQuote(NamedTuple):
    """Hold a quote in ticks of the combination, and whether it is derived (推算) from its legs."""

    quote: Quote
    derived: bool


def combinations_among(instruments: Iterable[Instrument]) -> tuple[Combination, ...]:
    """Return every combination that exchanges list of these contracts, in the order of their first legs."""
    futures = [one for one in instruments if one.kind is Kind.FUTURE]
    by_code: dict[tuple[str, str], list[Instrument]] = {}
    for one in futures:
        by_code.setdefault((one.exchange, one.code), []).append(one)
    found = []
    for first in futures:
        for listed in first.combinations:
            code = first.code if listed.second == ANY else listed.second
            for second in by_code.get((first.exchange, code), ()):
                made = combine(listed.kind, first, second)
                if made is not None:
                    found.append(made)
    return tuple(found)


def listed_line(combination: Combination) -> Instrument:
    """Return a combination as a line among contracts: named, found, and ordered by limit on its own grid."""
    first, second = combination.legs
    month = second.id.removeprefix(f"{second.exchange}.{second.code}")
    kind = combination.id.partition(".")[2].partition(" ")[0]
    return msgspec.structs.replace(
        first,
        id=combination.id,
        kind=Kind.COMBINATION,
        name=f"{first.name}−{month if first.product == second.product else second.name}",
        product=ProductId(f"{first.exchange}.{kind} {first.code}&{second.code}"),  # its usual lots are its own
        tick=combination.tick,
        min_lots=None,
        max_lots=combination.max_lots,
        max_market_lots=combination.max_market_lots,
        expiry=combination.expiry,
        price_limit=None,
        position_limit=None,
        order_kinds=LIMIT_ONLY,
        combinations=(),
    )


def quote_of(combination: Combination, quotes: Mapping[InstrumentId, Quote]) -> CombinationQuote | None:
    """Return what a combination is quoted at: as told, else derived; `None` while a leg was never quoted."""
    told = quotes.get(combination.id)
    if told is not None:
        return CombinationQuote(told, derived=False)
    first, second = (quotes.get(leg.id) for leg in combination.legs)
    if first is None or second is None:
        return None
    bid, ask = _less(combination, first.bid, second.ask), _less(combination, first.ask, second.bid)
    return CombinationQuote(
        Quote(
            bid=_ticks(combination, bid, ROUND_FLOOR),
            ask=_ticks(combination, ask, ROUND_CEILING),
            last=None,
            bid_lots=0 if bid is None else min(first.bid_lots, second.ask_lots),
            ask_lots=0 if ask is None else min(first.ask_lots, second.bid_lots),
            volume=None,
            open_interest=None,
            upper_limit=_ticks(combination, _less(combination, first.upper_limit, second.lower_limit), ROUND_FLOOR),
            lower_limit=_ticks(combination, _less(combination, first.lower_limit, second.upper_limit), ROUND_CEILING),
            pre_settlement=None,
            exchange_at=min(first.exchange_at, second.exchange_at),  # as old as its older leg
            received_at=min(first.received_at, second.received_at),
        ),
        derived=True,
    )


def _less(combination: Combination, first: int | None, second: int | None) -> Decimal | None:
    if first is None or second is None:
        return None
    return combination.first.price(first) - combination.second.price(second)


def _ticks(combination: Combination, difference: Decimal | None, rounding: str) -> int | None:
    return None if difference is None else int((difference / combination.tick).to_integral_value(rounding=rounding))
