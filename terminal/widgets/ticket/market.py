"""Hold what the order ticket knows of the market: the contracts that can be ordered, and their latest quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.products.combination import contracts_of, known_combination
from terminal.domain.products.combination_quote import quote_of
from terminal.domain.products.instrument import Kind

if TYPE_CHECKING:
    from collections.abc import Container

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.combination import Combination
    from terminal.domain.products.combination_quote import CombinationQuote
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.widgets.ticket.form import TicketForm


class TicketMarket:
    """Hold the contracts in their order, by name, and quotes by name; a combination's is derived from its legs'."""

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
        if name is None:
            return None, None
        known, combined = self.instruments.get(name), self.combined(name)
        if combined is None:
            return known, self._quotes.get(name)
        return known, combined.quote

    def combined(self, name: InstrumentId | None) -> CombinationQuote | None:
        """Return what a combination is quoted at, and whether that is derived; `None` of any other contract."""
        combination = self.combination(name)
        return None if combination is None else quote_of(combination, self._quotes)

    def show_contract(self, form: TicketForm) -> None:
        """Show a form the contract it is about, and what it is quoted at."""
        self._show_legs(form)
        form.show_instrument(*self.of(form.ticket.instrument))

    def show_quote(self, form: TicketForm) -> None:
        """Show a form what its contract is quoted at now."""
        self._show_legs(form)
        form.show_quote(self.of(form.ticket.instrument)[1])

    def _show_legs(self, form: TicketForm) -> None:
        name = form.ticket.instrument
        form.strip.show_legs(self.legs(name), self.combined(name))

    def combination(self, name: InstrumentId | None) -> Combination | None:
        """Return the combination of a name; `None` of any other contract."""
        known = None if name is None else self.instruments.get(name)
        if known is None or known.kind is not Kind.COMBINATION:
            return None
        return known_combination(self.instruments, known.id)

    def legs(self, name: InstrumentId | None) -> tuple[tuple[Instrument, Quote | None], ...]:
        """Return both legs of a combination with their quotes; nothing of any other contract."""
        combination = self.combination(name)
        return () if combination is None else tuple((leg, self._quotes.get(leg.id)) for leg in combination.legs)


def moves(name: InstrumentId, quoted: Container[InstrumentId]) -> bool:
    """Return whether what is quoted anew moves the price of a contract, or of a combination."""
    return name in quoted or any(leg in quoted for leg in contracts_of(name))
