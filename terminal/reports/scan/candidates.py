"""List what stands against what in a recording: all months of a product, and the ratios somebody wrote down."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple, assert_never

from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.pair import Candidate, Months, PairKind
from terminal.domain.parameters.spread_formula import formula_text
from terminal.domain.parameters.strategy import SpreadLeg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from terminal.domain.ids import ProductId
    from terminal.domain.parameters.pair import Pair
    from terminal.domain.products.instrument import Instrument


class Found(NamedTuple):
    """Hold the candidates, and the ratios for which the recording has no contracts, with why."""

    candidates: tuple[Candidate, ...]
    without: tuple[tuple[Pair, str], ...]


def calendar_candidates(instruments: Iterable[Instrument]) -> tuple[Candidate, ...]:
    """Return near less far for any two months of each product, one lot each."""
    months: dict[ProductId, list[tuple[int, InstrumentId]]] = {}
    for known in instruments:
        if known.delivery_month is not None:
            months.setdefault(known.product, []).append((known.delivery_month, known.id))
    found = []
    for product in sorted(months):
        for (_, near), (_, far) in combinations(sorted(months[product]), 2):
            found.append(_named(PairKind.CALENDAR, [_leg(near, 1), _leg(far, -1)]))
    return tuple(found)


def pair_candidates(
    pairs: Sequence[Pair], instruments: Iterable[Instrument], mains: Mapping[ProductId, InstrumentId]
) -> Found:
    """Return the candidates of ratios: the contracts they name, or those that their products have."""
    months: dict[str, dict[int, InstrumentId]] = {}
    for known in instruments:
        if known.delivery_month is not None:
            months.setdefault(known.code, {})[known.delivery_month] = known.id
    leading = {product.partition(".")[2]: main for product, main in mains.items()}
    found: list[Candidate] = []
    without = []
    for pair in pairs:
        match pair.months:
            case None:
                contracts = [[InstrumentId(leg.name) for leg in pair.legs]]
                missing = ""
            case Months.SAME:
                of_legs = [months.get(leg.name, {}) for leg in pair.legs]
                common = sorted(set.intersection(*map(set, of_legs)))
                contracts = [[of_leg[month] for of_leg in of_legs] for month in common]
                missing = "行情里没有各腿同月的合约"
            case Months.MAIN:
                there = [leading[leg.name] for leg in pair.legs if leg.name in leading]
                contracts = [there] if len(there) == len(pair.legs) else []
                missing = "行情里没有各腿的合约，或没有持仓量，分不出主力合约"
            case _:
                assert_never(pair.months)
        found += [_of(pair, one) for one in contracts]
        without += [] if contracts else [(pair, missing)]
    return Found(tuple(found), tuple(without))


def _of(pair: Pair, contracts: Sequence[InstrumentId]) -> Candidate:
    legs = [
        SpreadLeg(instrument=name, coefficient=leg.coefficient, lots=leg.lots)
        for name, leg in zip(contracts, pair.legs, strict=True)
    ]
    name = pair.name if pair.months is None else f"{pair.name} {formula_text(legs)}"
    return Candidate(name=name, kind=pair.kind, legs=tuple(legs))


def _named(kind: PairKind, legs: list[SpreadLeg]) -> Candidate:
    return Candidate(name=formula_text(legs), kind=kind, legs=tuple(legs))


def _leg(name: InstrumentId, sign: int) -> SpreadLeg:
    return SpreadLeg(instrument=name, coefficient=Decimal(sign), lots=sign)
