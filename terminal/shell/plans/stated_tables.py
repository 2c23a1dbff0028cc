"""Hold the tables of a plan by which people state what no exchange does: spot prices and stocks."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.ids import DeviceId, InstrumentId, PersonId, StockId
from terminal.shell.plans.tariff_tables import Table


class SpotTable(Table, frozen=True, kw_only=True):
    """`[[spot]]`: a spot price stated by a person at a time; `source` says where it comes from."""

    at: str
    instrument: InstrumentId
    price: Decimal
    source: str
    by: PersonId | None = None
    device: DeviceId | None = None


class SpotSeriesTable(Table, frozen=True, kw_only=True):
    """`[[spot_series]]`: the spot prices of a file, each stated at its own time."""

    file: str
    instrument: InstrumentId
    source: str
    by: PersonId | None = None
    device: DeviceId | None = None


class StockTable(Table, frozen=True, kw_only=True):
    """`[[stock]]`: the stocks (库存) of a file, each stated on the evening of its day."""

    file: str
    series: StockId
    source: str
    by: PersonId | None = None
    device: DeviceId | None = None
