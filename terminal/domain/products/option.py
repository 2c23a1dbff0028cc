"""Hold what makes an instrument an option, and compute what an option is worth when it ends.

An option pays its premium (权利金) when it trades: cash moves then, and the position has a market value (市值) instead
of a profit (DOMAIN 4.4, 4.5). Long options bind no margin. What short ones bind: `margin`. At
expiry a call with K below the underlying's settlement price of the day and a put with K above it is exercised without
a request; at K exactly, and on the other side of it, an option lapses (DOMAIN 4.12).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side

ZERO = Decimal(0)


class Right(StrEnum):
    """Say what the holder of an option may do: buy the underlying (看涨) or sell it (看跌)."""

    CALL = "CALL"
    PUT = "PUT"


class Style(StrEnum):
    """Say when an option may be exercised: on any day up to its last, or on its last day alone."""

    AMERICAN = "AMERICAN"
    EUROPEAN = "EUROPEAN"


class OptionTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the terms of an option; the multiplier of its instrument is the underlying's, one lot is for one lot.

    The instrument's margin rate is the underlying future's, or the rate of an index option. `guarantee` is the 最低保障
    系数 of an index option (CFFEX), which is settled in cash; an option on a future has none and ends in the future.
    `requests_until` is the local time, in minutes after midnight, to which exercise and abandonment may be asked for on
    a trading day; `None`: the exchange takes no such request.
    """

    underlying: InstrumentId
    right: Right
    strike: Decimal
    style: Style
    guarantee: Decimal | None = None
    requests_until: int | None = None

    @property
    def cash_settled(self) -> bool:
        """Return whether exercise pays the difference and opens no position."""
        return self.guarantee is not None

    def out_of_money(self, underlying: Decimal) -> Decimal:
        """Return by how much the option is out of the money (虚值额), never negative, per quotation unit."""
        gap = self.strike - underlying if self.right is Right.CALL else underlying - self.strike
        return max(gap, ZERO)

    def worth(self, underlying: Decimal) -> Decimal:
        """Return what exercise earns at this price of the underlying, never negative, per quotation unit."""
        gap = underlying - self.strike if self.right is Right.CALL else self.strike - underlying
        return max(gap, ZERO)

    def underlying_at(self, worth: Decimal) -> Decimal:
        """Return the price of the underlying at which exercise earns this, per quotation unit."""
        return self.strike + worth if self.right is Right.CALL else self.strike - worth

    def future_side(self, held: Side) -> Side:
        """Return the side of the future that exercise of a long (BUY), or assignment of a short option opens."""
        return held if self.right is Right.CALL else held.opposite


def same_contract(one: OptionTerms | None, other: OptionTerms | None) -> bool:
    """Return whether books may go on under the other terms: style and the hour of requests move by notice."""
    if one is None or other is None:
        return one is other
    return (one.underlying, one.right, one.strike, one.guarantee) == (
        other.underlying,
        other.right,
        other.strike,
        other.guarantee,
    )
