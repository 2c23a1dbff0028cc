"""Hold what the order ticket knows of the market: the contracts that can be ordered, and their latest quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote


class TicketMarket:
    """Hold the contracts in their order, by name, and quotes by name."""

    def __init__(self) -> None:
        self.listed: tuple[Instrument, ...] = ()
        self.instruments: dict[InstrumentId, Instrument] = {}
        self._quotes: dict[InstrumentId, Quote] = {}

    def list(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts that can be ordered."""
        self.listed, self.instruments = instruments, {one.id: one for one in instruments}

    def quote(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes."""
        self._quotes |= quotes

    def of(self, name: InstrumentId | None) -> tuple[Instrument | None, Quote | None]:
        """Return a contract and its latest quote, each `None` where it is not known."""
        return (None, None) if name is None else (self.instruments.get(name), self._quotes.get(name))
