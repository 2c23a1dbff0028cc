"""Name what an exchange trades as one order of two legs: SP and SPC at DCE, SPD and IPS at CZCE.

`SP i2101&i2105` and `SPD AP010&AP101` are two months of one product, `SPC a2101&m2101` and `IPS SF101&SM101` one month
of two. A set is one lot of each leg; its price is the first leg's less the second's and may be negative. What fills is
booked leg by leg. Of two months the nearer one is the first leg.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.products.combination_table import ANY
from terminal.domain.products.instrument import Instrument, Kind, Reference

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

    @property
    def legs(self) -> tuple[Instrument, Instrument]:
        """Return both legs, the one that is bought with the combination first."""
        return self.first, self.second


def is_combination(name: InstrumentId) -> bool:
    """Return whether a name is a combination's.

    >>> is_combination(InstrumentId("DCE.SP i2101&i2105")), is_combination(InstrumentId("DCE.i2101"))
    (True, False)
    """
    return "&" in name


def contracts_of(name: InstrumentId) -> tuple[InstrumentId, ...]:
    """Return what an order of this name trades: both legs of a combination, any other contract itself.

    >>> contracts_of(InstrumentId("DCE.SP i2101&i2105")), contracts_of(InstrumentId("DCE.i2101"))
    (('DCE.i2101', 'DCE.i2105'), ('DCE.i2101',))
    """
    try:
        legs = _parts(name)[1]
    except UserError:
        return (name,)
    return InstrumentId(legs[0]), InstrumentId(legs[1])


def why_unlisted(instruments: Mapping[InstrumentId, Instrument], name: InstrumentId) -> str:
    """Return in one sentence why no order can be entered on a combination that `known_combination` does not find."""
    exchange, _, symbol = name.partition(".")
    try:
        kind, legs = _parts(name)
    except UserError:
        return f"组合合约 {name} 的代码写法不对：应为 交易所.组合 第一腿&第二腿，如 DCE.SP i2101&i2105。"
    absent = [leg for leg in legs if InstrumentId(leg) not in instruments]
    if absent:
        return f"组合 {symbol} 报不出：{'、'.join(absent)} 不在当前市场里，两腿都要在；请核对两腿的代码。"
    first, second = (instruments[InstrumentId(leg)] for leg in legs)
    listed = combination_of(first, second)
    if listed is not None:
        there = listed.id.partition(".")[2]
        return f"组合 {symbol} 报不出：{exchange} 这两腿的组合是 {there}；请改用它的代码，两腿次序不能颠倒。"
    kinds = sorted({one.kind for one in first.combinations})
    if kind not in kinds:
        said = f"{first.product_name}只有 {'、'.join(kinds)}" if kinds else f"{first.product_name}没有组合合约"
        return f"{exchange} 没有 {kind} 这种{first.product_name}的组合：{said}；请另选组合，或拆成两笔单腿委托。"
    return f"组合 {symbol} 报不出：{exchange} 没有把这两腿列为组合，两腿不相配；请核对两腿的品种与月份。"


def find_combination(reference: Reference, name: str, on: int) -> Combination:
    """Return the combination named like `DCE.SP i2101&i2105`; one that is not listed is a `UserError`."""
    kind, legs = _parts(name)
    first, second = (reference.instrument(InstrumentId(leg), on) for leg in legs)
    found = combine(kind, first, second)
    if found is None:
        raise _unlisted(name)
    return found


def known_combination(instruments: Mapping[InstrumentId, Instrument], name: str) -> Combination | None:
    """Return the combination of this name among known instruments; `None` where a leg is unknown, or none is listed."""
    try:
        kind, legs = _parts(name)
    except UserError:
        return None
    first, second = (instruments.get(InstrumentId(leg)) for leg in legs)
    found = None if first is None or second is None else combine(kind, first, second)
    return found if found is not None and found.id == name else None


def combination_of(one: Instrument, other: Instrument) -> Combination | None:
    """Return the combination that an exchange lists of two contracts, whichever of them is its first leg.

    Of two months the nearer one is the first.
    """
    near, far = sorted((one, other), key=lambda leg: (leg.delivery_month or 0, leg.id))
    for first, second in ((near, far), (far, near)):
        for listed in first.combinations:
            found = combine(listed.kind, first, second)
            if found is not None:
                return found
    return None


def combine(kind: str, first: Instrument, second: Instrument) -> Combination | None:
    """Return the combination of a kind with these legs in this order; `None` where their exchange lists none."""
    calendar_spread = first.product == second.product and first.id != second.id
    wanted = ANY if calendar_spread else second.code
    listed = next((one for one in first.combinations if (one.kind, one.second) == (kind, wanted)), None)
    same_month = first.delivery_month == second.delivery_month
    if listed is None or first.exchange != second.exchange or second.kind is not Kind.FUTURE:
        return None
    far_first = calendar_spread and (first.delivery_month or 0) > (second.delivery_month or 0)
    if far_first or not (calendar_spread or same_month) or first.multiplier != second.multiplier:
        return None
    last_days = [leg.expiry for leg in (first, second) if leg.expiry is not None]
    return Combination(
        id=InstrumentId(f"{first.exchange}.{kind} {_symbol(first)}&{_symbol(second)}"),
        first=first,
        second=second,
        tick=max(first.tick, second.tick),
        max_lots=listed.max_lots,
        max_market_lots=listed.max_market_lots,
        expiry=min(last_days, default=None),
    )


def _parts(name: str) -> tuple[str, tuple[str, str]]:
    exchange, _, symbol = name.partition(".")
    parts = _SYMBOL.fullmatch(symbol)
    if parts is None:
        raise _unlisted(name)
    return parts[1], (f"{exchange}.{parts[2]}", f"{exchange}.{parts[3]}")


def _symbol(leg: Instrument) -> str:
    return leg.id.partition(".")[2]


def _unlisted(name: str) -> UserError:
    return UserError(
        f"没有组合合约 {name}：请核对代码（如 DCE.SP i2101&i2105），或在数据目录的 reference/combinations.csv 中补充。"
    )
