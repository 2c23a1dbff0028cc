"""Hold what a scan printed, as far as the panel shows it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.pair import PairKind
from terminal.domain.parameters.strategy import SpreadSettings


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one leg: signed lots a set, and the fees of opening and closing them, yuan a set."""

    instrument: InstrumentId
    coefficient: Decimal
    lots: int
    reckoned: bool
    opening: Decimal
    closing: Decimal


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one spread: prices in coefficient x price, money in yuan a set, half-life in samples; stamps UTC ns.

    `days_left` are the trading days after today until the last one of a leg.
    """

    rank: int
    name: str
    kind: PairKind
    formula: str
    ratio: str
    side: Side
    legs: tuple[Leg, ...]
    buy: Decimal
    sell: Decimal
    mean: Decimal
    deviation: float
    z: float
    half_life: float
    days_left: int | None
    t_value: float | None
    critical: float
    observations: int
    since: int
    until: int
    per_point: Decimal
    slippage: Decimal
    fees: Decimal
    net: Decimal
    closes_today: bool


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a spread that is not ranked, and why."""

    name: str
    kind: PairKind
    instruments: tuple[InstrumentId, ...]
    reason: str
    sentence: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a draft that has no account yet, or why there is none."""

    settings: SpreadSettings | None
    why_not: str


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how the scan looked."""

    window: int
    at_least: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what was found at an instant (UTC ns); `drafts` stand beside `ranked`."""

    at: int
    settings: Sampled
    ranked: tuple[Ranked, ...]
    left_out: tuple[LeftOut, ...]
    drafts: tuple[Draft, ...]
