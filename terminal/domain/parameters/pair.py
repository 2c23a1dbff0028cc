"""Say which contracts may stand against each other, and in what ratio: the candidates of a scan (套利机会).

Coefficients and lots are kept apart, as in any spread: 盘面利润 is priced `rb - 1.6*i - 0.5*j` and traded 100 : 16 : 5.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from terminal.domain.parameters.strategy import SpreadLeg


class PairKind(StrEnum):
    """Name the kinds of pair: 跨期, 跨品种, 跨市场."""

    CALENDAR = "CALENDAR"  # two months of one product
    CROSS_PRODUCT = "CROSS_PRODUCT"
    CROSS_MARKET = "CROSS_MARKET"  # one good on two exchanges


class Months(StrEnum):
    """Say which contracts a ratio of products stands for."""

    SAME = "SAME"  # one for each delivery month that all products have
    MAIN = "MAIN"  # the main contract (主力合约) of each product


PAIR_KINDS = {PairKind.CALENDAR: "跨期", PairKind.CROSS_PRODUCT: "跨品种", PairKind.CROSS_MARKET: "跨市场"}


class PairLeg(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one leg: a product's letters (`rb`) or a contract (`SHFE.rb2510`); signs say what buying a set trades."""

    name: str
    coefficient: Decimal
    lots: int


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one ratio: of products, and then `months` says of which contracts, or of the contracts that it names."""

    name: str
    kind: PairKind
    legs: tuple[PairLeg, ...]
    months: Months | None


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Hold contracts that stand against each other; none of the legs is active yet."""

    name: str
    kind: PairKind
    legs: tuple[SpreadLeg, ...]
