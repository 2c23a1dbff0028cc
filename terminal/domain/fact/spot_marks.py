"""Hold what is stated about the spot side of a spread against spot (期现价差); tonnes are signed: + is bought."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import InstrumentId, PersonId


class SpotDue(msgspec.Struct, frozen=True, kw_only=True, tag="spot_due"):
    """The futures have traded: people are to buy or sell `tonnes` more of the spot, `undone` in all now."""

    spot: InstrumentId
    tonnes: Decimal
    undone: Decimal
    price: Decimal | None  # the latest stated one, yuan a tonne; `None` where it has expired


class SpotConfirmed(msgspec.Struct, frozen=True, kw_only=True, tag="spot_confirmed"):
    """A person says that so much spot was bought or sold at a price, and by which contract."""

    spot: InstrumentId
    tonnes: Decimal
    price: Decimal  # yuan a tonne
    contract: str  # the contract's number, or whatever leads a person to it
    person: PersonId


class SpotWaived(msgspec.Struct, frozen=True, kw_only=True, tag="spot_waived"):
    """A person says of a spread that is over that so much spot will not be traded any more, and why (不做了)."""

    spot: InstrumentId
    tonnes: Decimal
    reason: str
    person: PersonId


class SpotOverdue(msgspec.Struct, frozen=True, kw_only=True, tag="spot_overdue"):
    """Spot was not bought or sold in time: `lots` of the active leg stand without it since `since` (UTC ns).

    Stated once a trading day.
    """

    spot: InstrumentId
    undone: Decimal
    lots: Decimal  # unsigned
    value_yuan: Decimal | None  # unsigned; `None` where no price is known
    since: int
    trading_day: int


SpotMark = SpotDue | SpotConfirmed | SpotWaived | SpotOverdue
