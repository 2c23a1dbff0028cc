"""Hold what the combinations of the market are quoted at, derived from their legs only when somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.products.combination import known_combination
from terminal.domain.products.combination_quote import quote_of
from terminal.domain.products.instrument import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.combination import Combination
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote


class CombinedLine(NamedTuple):
    """Hold a combination as it is listed, its quote, and whether that is derived."""

    instrument: Instrument
    quote: Quote
    derived: bool


class CombinedQuotes:
    """Keep the quotes of contracts, and say what combinations of them are quoted at."""

    def __init__(self) -> None:
        self._listed: dict[InstrumentId, tuple[Instrument, Combination]] = {}
        self._touched_by: dict[InstrumentId, list[InstrumentId]] = {}  # leg, or the combination itself -> combinations
        self._quotes: dict[InstrumentId, Quote] = {}

    def list(self, instruments: tuple[Instrument, ...]) -> None:
        """Take what the market lists, combinations among it."""
        known = {one.id: one for one in instruments}
        self._listed, self._touched_by = {}, {}
        for line in instruments:
            combination = known_combination(known, line.id) if line.kind is Kind.COMBINATION else None
            if combination is None:
                continue
            self._listed[line.id] = line, combination
            for name in (line.id, *(leg.id for leg in combination.legs)):
                self._touched_by.setdefault(name, []).append(line.id)

    def take(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes."""
        self._quotes |= quotes

    def all(self) -> dict[InstrumentId, CombinedLine]:
        """Return every combination both of whose legs were quoted."""
        return self._lines(self._listed)

    def touched(self, names: Iterable[InstrumentId]) -> dict[InstrumentId, CombinedLine]:
        """Return those that quotes of these names move."""
        return self._lines(dict.fromkeys(one for name in names for one in self._touched_by.get(name, ())))

    def _lines(self, names: Iterable[InstrumentId]) -> dict[InstrumentId, CombinedLine]:
        found = {}
        for name in names:
            line, combination = self._listed[name]
            quoted = quote_of(combination, self._quotes)
            if quoted is not None:
                found[name] = CombinedLine(line, quoted.quote, quoted.derived)
        return found
