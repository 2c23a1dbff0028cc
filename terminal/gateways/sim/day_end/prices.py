"""Know at which price a trading day ends what it ends.

It is the settlement price of that day and of no other: as it was said on the day, or later, or as what the next
trading day calls its previous settlement. What the day should have ended and had no such price for is owed. It is tried
again when the next day ends, at the price of its own day if that was said meanwhile, and otherwise at the last known
one, so that nothing stays for ever: the last price displayed on its day, or the previous settlement of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.gateways.sim.day_end.endings import is_over, priced_by

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.gateways.sim.day_end.endings import HoldingKey
    from terminal.gateways.sim.display import Display
    from terminal.gateways.sim.positions import Holding

Owed = dict[int, "dict[InstrumentId, Decimal | None]"]
STOOD_IN: Final = "当日结算价一直没有给出，按最后已知价了结"


class DayPrices:
    """Answer for prices in yuan when a trading day ends; `owed` holds, by its day, what stands in for each price."""

    def __init__(self, display: Display, owed: Owed) -> None:
        self._display = display
        self._owed = owed
        self._stood_in: set[InstrumentId] = set()

    def said(self, name: InstrumentId, day: int) -> Decimal | None:
        """Return the settlement price of a trading day, `None` while nobody said it."""
        instrument, display = self._display.instrument(name), self._display
        said, after = display.facts(name, day), display.facts(name, display.calendar.next_day(day))
        ticks = None if said is None else said.settlement
        if ticks is None and after is not None:
            ticks = after.pre_settlement
        return None if instrument is None or ticks is None else instrument.price(ticks)

    def at(self, name: InstrumentId, day: int) -> Decimal | None:
        """Return the price at which a trading day ends what it ends, `None` where that has to wait."""
        price = self.said(name, day)
        if price is None:
            price = self._owed.get(day, {}).get(name)
            if price is not None:
                self._stood_in.add(name)
        return price

    def remark(self, instrument: Instrument) -> str:
        """Return what has to be told of the price an instrument ended at, empty if it was a settlement price."""
        return "" if self._stood_in.isdisjoint(priced_by(instrument)) else STOOD_IN

    def still_owed(self, holdings: Mapping[HoldingKey, Holding], today: int) -> Owed:
        """Return what is left that should have ended by now, with the last known prices."""
        owed: Owed = {}
        for (_, name, _), holding in holdings.items():
            instrument = None if holding.empty else self._display.instrument(name)
            if instrument is None or instrument.expiry is None or not is_over(instrument, today):
                continue
            day = instrument.expiry
            for price in priced_by(instrument):
                before = self._owed.get(day, {}).get(price)
                owed.setdefault(day, {})[price] = self._display.closing(price) if before is None else before
        return owed
