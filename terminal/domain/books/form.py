"""Hold the books of an account as plain typed values, exactly as they are, so that they can be put away and resumed.

Every running sum is here as it runs, none is made anew: books that come back go on as if they had never been away.
What the instrument says (multiplier, margin rate, netting) is not here; it comes from the tenant's instruments.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.books.combined import Combined
from terminal.domain.ids import InstrumentId, OrderId, ProductId
from terminal.domain.orders.offset import Bucket
from terminal.domain.orders.order import HedgeFlag, OrderTerms


class HoldingForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold one side of a position; `old` are (open price, open day, lots, basis), `opened` (key, price, lots)."""

    today: int
    yesterday: int
    value: Decimal
    cost: Decimal
    opened_today: int
    charged_today: int
    frozen_today: int
    frozen_yesterday: int
    frozen_plain: int
    opening_lots: int
    opening_value: Decimal
    margin: Decimal
    opening_margin: Decimal
    old: list[tuple[Decimal, int, int, Decimal]]
    opened: list[tuple[tuple[int, int, str], Decimal, int]]
    next: int
    used: int


class PositionForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold both sides of one instrument under one hedge flag."""

    instrument: InstrumentId
    flag: HedgeFlag
    long: HoldingForm
    short: HoldingForm


class ReservationForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what one order reserves."""

    order: OrderId
    terms: OrderTerms
    bucket: Bucket | None
    lots: int
    fee: Decimal


class PoolForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold one margin pool under its key: product, larger side only, flag."""

    product: ProductId
    larger_side: bool
    flag: HedgeFlag | None
    long: Decimal
    short: Decimal
    long_worst: Decimal
    short_worst: Decimal


class MarginsForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the pools of an account and their sums."""

    held: Decimal
    worst: Decimal
    pools: list[PoolForm]


class Unsettled(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what the last settlement reckoned with for want of a settlement price, and the lots it held.

    `weight` is net lots x multiplier; 0 of options, which have no profit. `price` is `None` where no price was known of
    what options are on; such a thing is not held. `unheard`: nothing is known of the day, and the price of the day
    before it stands in.
    """

    price: Decimal | None
    weight: Decimal
    unheard: bool = False

    def moved(self, price: Decimal) -> Decimal:
        """Return by how many yuan this settlement price moves the settled day's profit."""
        return Decimal(0) if self.price is None else (price - self.price) * self.weight


class BookForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the books of one account."""

    trading_day: int
    static: Decimal
    balance: Decimal
    close_profit: Decimal
    trade_close_profit: Decimal
    commission: Decimal
    basis: Decimal
    cost: Decimal
    premium: Decimal
    option_profit: Decimal
    references: dict[InstrumentId, Decimal]
    unsettled: dict[InstrumentId, Unsettled]
    margins: MarginsForm
    positions: list[PositionForm]
    reserved_fees: Decimal
    reservations: list[ReservationForm]
    # Forms an exchange of before 2026-12 put away have none of these.
    settled_day: int = 0
    unsettled_before: dict[int, dict[InstrumentId, Unsettled]] = {}
    combined: list[Combined] = []
