"""Name the keys of what an instrument costs and what makes it an option; docs/plan.md says the same to people."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import InstrumentId
from terminal.domain.products.option import Right, Style


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Be a table of a plan: typed, and closed to keys it does not know."""


class FeeTable(Table, frozen=True, kw_only=True):
    """Hold one fee: a fraction of the value, plus yuan per lot."""

    by_value: Decimal = Decimal(0)
    by_lot: Decimal = Decimal(0)


class FeesTable(Table, frozen=True, kw_only=True):
    """Hold an instrument's fees; those left out stay as the reference knows them."""

    open: FeeTable | None = None
    close: FeeTable | None = None
    close_today: FeeTable | None = None
    exercise: FeeTable | None = None
    delivery: FeeTable | None = None


class OptionTable(Table, frozen=True, kw_only=True):
    """Hold what makes an instrument an option, as `OptionTerms`."""

    underlying: InstrumentId
    right: Right
    strike: Decimal
    style: Style
    guarantee: Decimal | None = None
    requests_until: str | None = None  # "1530"
