"""Name what an exchange trades as one order of two legs: SP and SPC at DCE, SPD and IPS at CZCE.

`SP i2101&i2105` and `SPD AP010&AP101` are two months of one product, `SPC a2101&m2101` and `IPS SF101&SM101` one month
of two. A set is one lot of each leg; its price is the first leg's less the second's and may be negative. What fills is
booked leg by leg.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.products.combination_table import ANY, combination_key
from terminal.domain.products.instrument import Instrument, Reference

_SYMBOL: Final = re.compile(r"([A-Z]{2,3}) ([A-Za-z]{1,3}[0-9]{3,4})&([A-Za-z]{1,3}[0-9]{3,4})")


class Combination(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a combination on a day; `expiry` is the earlier last trading day of its legs."""

    id: InstrumentId
    first: Instrument
    second: Instrument
    tick: Decimal
    max_lots: int | None
    max_market_lots: int | None
    expiry: int | None


def find_combination(reference: Reference, name: str, on: int) -> Combination:
    """Return the combination named like `DCE.SP i2101&i2105`; one that is not listed is a `UserError`."""
    exchange, _, symbol = name.partition(".")
    parts = _SYMBOL.fullmatch(symbol)
    if parts is None:
        raise _unlisted(name)
    first, second = (reference.instrument(InstrumentId(f"{exchange}.{leg}"), on) for leg in parts.groups()[1:])
    calendar_spread = first.product == second.product and first.id != second.id
    key = combination_key(f"{exchange}.{parts[1]}", *((ANY, ANY) if calendar_spread else (first.code, second.code)))
    size = reference.combinations.on(key, on)
    same_month = first.delivery_month == second.delivery_month
    if size is None or not (calendar_spread or same_month) or first.multiplier != second.multiplier:
        raise _unlisted(name)
    last_days = [leg.expiry for leg in (first, second) if leg.expiry is not None]
    return Combination(
        id=InstrumentId(f"{exchange}.{parts[1]} {_symbol(first)}&{_symbol(second)}"),
        first=first,
        second=second,
        tick=max(first.tick, second.tick),
        max_lots=size.max_lots,
        max_market_lots=size.max_market_lots,
        expiry=min(last_days, default=None),
    )


def _symbol(leg: Instrument) -> str:
    return leg.id.partition(".")[2]


def _unlisted(name: str) -> UserError:
    return UserError(
        f"没有组合合约 {name}：请核对代码（如 DCE.SP i2101&i2105），或在数据目录的 reference/combinations.csv 中补充。"
    )
