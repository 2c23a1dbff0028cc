"""Measure for how long legs lacked lots while they traded: no quotes are asked, the calendar is.

Between two facts nothing lacks that did not before, so the time between them is cut where a contract's phase changes,
and each piece counts or does not. A journal without quotes gives the same time as the run that wrote it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.days.sessions import Phase
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import ExecutionSettings, GridSettings
from terminal.domain.parameters.target import TargetSettings
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.days.sessions import SessionAt
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.state import StrategyRow

_PLACES: Final = Decimal("0.001")


def has_legs(settings: StrategySettings) -> bool:
    """Return whether a strategy has legs that have to follow one another; one contract has none."""
    return not isinstance(settings, ExecutionSettings | GridSettings | OwnSettings | TargetSettings)


class NakedTime(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how long legs lacked lots while they traded: 秒、手·秒."""

    seconds: Decimal
    lot_seconds: Decimal


def summed(times: Sequence[NakedTime]) -> NakedTime | None:
    """Return the time of several strategies together; `None` without any."""
    if not times:
        return None
    return NakedTime(
        seconds=sum((one.seconds for one in times), Decimal(0)),
        lot_seconds=sum((one.lot_seconds for one in times), Decimal(0)),
    )


class NakedClock:
    """Measure one strategy."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self.lacking: tuple[tuple[InstrumentId, int], ...] = ()
        self._at = 0
        self._ns = self._lot_ns = 0

    def reach(self, now: int, instruments: Mapping[InstrumentId, Instrument]) -> dict[InstrumentId, int]:
        """Take the time that has passed up to `now` (UTC ns); return the lots times nanoseconds of each contract."""
        passed: dict[InstrumentId, int] = {}
        while self.lacking and self._at < now:
            trading: dict[InstrumentId, int] = {}
            end = now
            for name, lots in self.lacking:
                session = self._session(instruments[name])
                if session is not None:
                    end = min(end, session.ends_at)
                    if session.phase is Phase.CONTINUOUS:
                        trading[name] = trading.get(name, 0) + abs(lots)
            took = end - self._at
            for name, lots in trading.items():
                passed[name] = passed.get(name, 0) + lots * took
            self._ns += took * bool(trading)
            self._at = end
        self._lot_ns += sum(passed.values())
        self._at = max(self._at, now)
        return passed

    def look_again(self, row: StrategyRow | None) -> None:
        """Take what is lacking from now on; of a strategy that the books have forgotten nothing is."""
        self.lacking = () if row is None else strategy_of(row.settings).lacking(row.settings, row.memory)

    def begin_again(self) -> None:
        """Measure from here on."""
        self._ns = self._lot_ns = 0

    def time(self) -> NakedTime:
        """Return what was measured."""
        return NakedTime(seconds=_seconds(self._ns), lot_seconds=_seconds(self._lot_ns))

    def _session(self, known: Instrument) -> SessionAt | None:
        day = self._calendar.trading_day(self._at)
        template = known.session_on(day)
        if template is None or (known.expiry is not None and day > known.expiry):
            return None
        return self._calendar.session(template, self._at)


def _seconds(ns: int) -> Decimal:
    return (Decimal(ns) / SECOND_NS).quantize(_PLACES)
