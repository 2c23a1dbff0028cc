"""Name the tables of a plan about groups of accounts and orders for them (分组下单)."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.ids import AccountId, DeviceId, InstrumentId, PersonId
from terminal.domain.orders.order import HedgeFlag, Offset, PriceKind, Side, TimeCondition
from terminal.shell.plans import tables as t
from terminal.shell.plans.spot_tables import ConfirmSpotTable
from terminal.shell.plans.tariff_tables import Table


class GroupTable(Table, frozen=True, kw_only=True):
    """`[[group]]`: a person's group of accounts, kept at a time; the same name later replaces it, none removes it."""

    name: str
    by: PersonId
    members: dict[AccountId, Decimal]
    at: str = "+0s"
    device: DeviceId | None = None


class BatchTable(t.CommandTable, frozen=True, kw_only=True, tag="batch"):
    """Send one order for each account of a group of this person's, as the group is at that moment."""

    group: str
    instrument: InstrumentId
    side: Side
    offset: Offset
    lots: int
    price: Decimal
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    time_condition: TimeCondition = TimeCondition.GFD
    price_kind: PriceKind = PriceKind.LIMIT
    reason: str = ""


class CancelBatchTable(t.CommandTable, frozen=True, kw_only=True, tag="cancel_batch"):
    """Cancel all of this person's latest batch, of `group` where it is given."""

    group: str | None = None


AnyPersonCommand = t.AnyPersonCommand | BatchTable | CancelBatchTable | ConfirmSpotTable
AnyCommand = AnyPersonCommand | t.CutTable
