"""Say what a group of accounts is, and what one order becomes in each of them (分组批量下单).

Each account has a multiplier, and its lots are the whole lots in multiplier times the order's lots, never rounded up:
an account that comes to less than one lot is ordered nothing for. Reckoned in integers, exactly.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, PriceKind, Side, TimeCondition

MOST_MEMBERS: Final = 100  # accounts of one group
MOST_GROUPS: Final = 50  # of one person
LARGEST_MULTIPLIER: Final = Decimal(1000)
FINEST_MULTIPLIER: Final = 4  # decimal places


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one account of a group, and by what the lots of an order are multiplied there; zero sits out."""

    account: AccountId
    multiplier: Decimal


class BatchOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what is ordered before it is known for whom: an order's terms, its lots those of a multiplier of one.

    CLOSE means "close so many lots", of whichever day.
    """

    instrument: InstrumentId
    side: Side
    offset: Offset
    lots: int
    price: Decimal
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    time_condition: TimeCondition = TimeCondition.GFD
    price_kind: PriceKind = PriceKind.LIMIT

    def terms(self, account: AccountId, lots: int) -> OrderTerms:
        """Return the order of one account."""
        return OrderTerms(
            account=account,
            instrument=self.instrument,
            side=self.side,
            offset=self.offset,
            lots=lots,
            price=self.price,
            hedge_flag=self.hedge_flag,
            time_condition=self.time_condition,
            price_kind=self.price_kind,
        )


class BatchPart(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a batch orders in one account; `code` and `sentence` say why it was not even tried there."""

    account: AccountId
    multiplier: Decimal
    lots: int
    code: str = ""
    sentence: str = ""


class PartState(StrEnum):
    """Name where an account's part of a batch stands; every state but the first is for good."""

    WAITING = "WAITING"  # for its turn in the message rate
    SENT = "SENT"  # its orders were recorded; they say how far they have come
    PARKED = "PARKED"  # it waits, or waited, for a second person
    REFUSED = "REFUSED"  # by the gate, or by what stood in the way when its turn came
    DROPPED = "DROPPED"  # its turn never came: nothing was sent, and nothing will be


def lots_of(multiplier: Decimal, lots: int) -> int:
    """Return the lots of one account: the whole ones in the product.

    >>> lots_of(Decimal("1.5"), 3), lots_of(Decimal("0.3"), 3), lots_of(Decimal("0.1"), 30)
    (4, 0, 3)
    """
    numerator, denominator = multiplier.as_integer_ratio()
    return numerator * lots // denominator
