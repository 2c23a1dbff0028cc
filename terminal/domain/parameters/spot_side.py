"""Hold what a spread against spot (期现价差) asks of people: how many tonnes a set is, and when they are reminded.

The terminal trades no spot. The spot leg gives the spread its price; what the futures legs have traded, people buy or
sell on the other side, and say so.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.orders.order import Side
from terminal.domain.words.amount_text import amount_text

if TYPE_CHECKING:
    from collections.abc import Iterator

FINEST: Final = Decimal("0.0001")  # of a rate in percent and of storage in yuan
KILOGRAM: Final = Decimal("0.001")  # tonnes: the finest weight that is asked for or confirmed
MOST_TONNES: Final = 1_000_000
MOST_MINUTES: Final = 7 * 24 * 60
MOST_PERCENT: Final = 100
MOST_STORAGE: Final = 1_000


class SpotTax(StrEnum):
    """Say whether the stated spot price includes VAT."""

    TAXED = "TAXED"  # 含税
    UNTAXED = "UNTAXED"  # 不含税


class SpotSide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make a spread with one spot leg a spread against spot: people trade `tonnes` of it for each set.

    Buying a set buys spot where the spot leg's coefficient is positive, and sells it where it is negative. Sets are
    held on one side only: who has no stock could not deliver on the other.
    """

    tonnes: Decimal  # a set, positive
    side: Side = Side.BUY  # of the sets that are held; they are only given back the other way
    tax: SpotTax = SpotTax.TAXED
    alert_minutes: int = 120  # what people have not done so long after the futures traded is told
    financing_percent: Decimal = Decimal(0)  # a year, of the money in the spot; with `storage_yuan`: `carry`
    storage_yuan: Decimal = Decimal(0)  # of a tonne a natural day


def spot_side_faults(side: SpotSide) -> Iterator[tuple[str, str]]:
    """Yield each figure that is out of bounds: its name and a sentence to stand after its caption."""
    if not is_weight(side.tonnes) or side.tonnes > MOST_TONNES:
        yield "tonnes", f"应为正数，不超过 {MOST_TONNES:,} 吨，最多三位小数，现为 {amount_text(side.tonnes)}，请修改。"
    if not 1 <= side.alert_minutes <= MOST_MINUTES:
        yield "alert_minutes", f"应在 1 至 {MOST_MINUTES} 之间，现为 {side.alert_minutes}，请修改。"
    for name, most in (("financing_percent", MOST_PERCENT), ("storage_yuan", MOST_STORAGE)):
        figure: Decimal = getattr(side, name)
        if not figure.is_finite() or not 0 <= figure <= most or figure % FINEST:
            yield name, f"应在 0 至 {most:,} 之间，最多四位小数，现为 {amount_text(figure)}，请修改。"


def is_weight(tonnes: Decimal) -> bool:
    """Return whether a number is a positive weight to the kilogram.

    >>> [is_weight(Decimal(one)) for one in ("500", "0.001", "0", "-1", "0.0005", "NaN")]
    [True, True, False, False, False, False]
    """
    return tonnes.is_finite() and 0 < tonnes <= 1_000 * MOST_TONNES and not tonnes % KILOGRAM
