"""Hold the facts that change an account's books without a trade, and what was kept out of them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.books.combined import Combined
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.products.ending import Ending


class PriceCorrected(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how a settlement price changed and by how many yuan that moves the settled day's profit.

    `was` is `None` where no price was known of what options are on: their margin alone changes.
    """

    was: Decimal | None
    price: Decimal
    difference: Decimal

    @property
    def rise(self) -> Decimal:
        """Return by how much the price rose, per quotation unit; 0 where none was known."""
        return Decimal(0) if self.was is None else self.price - self.was


class SettlementCorrected(msgspec.Struct, frozen=True, kw_only=True, tag="settlement_corrected"):
    """Settlement prices came for a day that had been settled provisionally.

    What moves into the settled day's profit leaves the present day's: 客户权益 stays, 静态权益 and margin change.
    Those of the `unheard` are not its own: nothing is known of the day, the price of the day before it came late, and
    stands in for it as its predecessor did. The day's own may still come.
    """

    account: AccountId
    trading_day: int  # the settled one
    prices: dict[InstrumentId, PriceCorrected]
    unheard: tuple[InstrumentId, ...] = ()


class PositionEnded(msgspec.Struct, frozen=True, kw_only=True, tag="position_ended"):
    """Lots left by exercise, assignment, lapse or delivery; `into` is the future that came instead."""

    account: AccountId
    trading_day: int
    ending: Ending
    into: InstrumentId | None = None


class CombinationMoved(msgspec.Struct, frozen=True, kw_only=True, tag="combination_moved"):
    """The exchange holds so many lots of two legs as one combination (组合持仓) from now on; 0: it broke it."""

    account: AccountId
    trading_day: int
    combined: Combined


class ReportQuarantined(msgspec.Struct, frozen=True, kw_only=True, tag="report_quarantined"):
    """A report of the exchange cannot be true or cannot be booked: kept as it came, the account is untouched.

    `key` names the report; the same one is not kept twice. Where its cause is mended it is booked: a trade when the
    next complete answer of the exchange brings it again, the end of a position from `row`.
    """

    account: AccountId
    key: str
    code: str
    reason: str  # a sentence for people
    row: str  # the report, JSON
    trading_day: int
