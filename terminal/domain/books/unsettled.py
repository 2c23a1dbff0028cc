"""Know which settlements still wait for a settlement price: the last one, and the missed days before it.

Nothing was done on a missed day, so the day before it and the missed one hold the same lots. What a late price gives
the earlier of the two it takes from the later, and the books of the present day do not hear of it. Only what the last
settlement reckoned with is in the present day's bases. Of a day of which nothing is known the price of the day before
it stands in; when that one comes late, this one becomes it, and waits on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

import msgspec

from terminal.domain.books.form import Unsettled
from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId


class UnsettledDays:
    """Hold, by the trading day that was settled, what stood in for settlement prices."""

    __slots__ = ("_earlier", "_last", "_settled")

    def __init__(self) -> None:
        self._settled = 0  # the day the last settlement was of
        self._last: dict[InstrumentId, Unsettled] = {}
        self._earlier: dict[int, dict[InstrumentId, Unsettled]] = {}

    @classmethod
    def of_form(
        cls,
        settled: int,
        last: Mapping[InstrumentId, Unsettled],
        earlier: Mapping[int, Mapping[InstrumentId, Unsettled]],
    ) -> UnsettledDays:
        """Return the days of which these were put away."""
        days = cls()
        days._settled, days._last = settled, dict(last)
        days._earlier = {day: dict(waits) for day, waits in earlier.items()}
        return days

    @property
    def settled(self) -> int:
        """Return the day the last settlement was of, 0 before the first."""
        return self._settled

    @property
    def last(self) -> dict[InstrumentId, Unsettled]:
        """Return what the last settlement waits for."""
        return self._last

    @property
    def earlier(self) -> dict[int, dict[InstrumentId, Unsettled]]:
        """Return what the days before it wait for."""
        return self._earlier

    def by_day(self) -> dict[int, Mapping[InstrumentId, Unsettled]]:
        """Return everything that waits, by day, the earliest first."""
        return {**self._earlier, **({self._settled: self._last} if self._last else {})}

    def settle(self, day: int, waits: dict[InstrumentId, Unsettled], *, missed: bool) -> None:
        """Take a settlement; before a day that was not missed, nothing waits any longer."""
        if not missed:
            self._earlier = {}
        elif self._last:
            self._earlier[self._settled] = self._last
        self._settled, self._last = day, waits

    def join(self, day: int, name: InstrumentId, price: Decimal, weight: Decimal) -> None:
        """Count lots among those that wait for the settlement price of a day, reckoned with `price` until then."""
        waits = self._last if day == self._settled else self._earlier.setdefault(day, {})
        was = waits.get(name, Unsettled(price=price, weight=Decimal(0), unheard=False))
        waits[name] = msgspec.structs.replace(was, weight=was.weight + weight)

    def take(
        self, prices: Mapping[InstrumentId, Decimal], day: int, unheard: Collection[InstrumentId] = ()
    ) -> list[tuple[InstrumentId, Decimal, Unsettled]]:
        """Return what was in the present day's bases until now; a price nothing waits for is an error.

        It waits no longer, but for the `unheard`: their price stands in as the one before it did.
        """
        earlier = self._earlier.get(day)
        waits = self._last if earlier is None else earlier
        unknown = sorted(prices.keys() - waits.keys())
        if unknown:
            raise InvariantError(f"no settlement waits for a price of {', '.join(unknown)}")
        taken = [(name, price, waits.pop(name)) for name, price in prices.items()]
        waits.update(
            {name: msgspec.structs.replace(was, price=to, unheard=True) for name, to, was in taken if name in unheard}
        )
        if earlier is None:
            return taken
        if not earlier:
            del self._earlier[day]
        return []
