"""Measure the market's own average price (VWAP) while an execution works: what its fills are compared with.

Quotes tell no turnover, so the lots traded between two of them count at the later one's last price. Own fills of a
backtest are not in the market's volume. On a new trading day the volume counts from nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.backtest.report import Execution
from terminal.domain.parameters.strategy import ExecutionSettings
from terminal.engine.records.forgetting import OVER
from terminal.strategies.execution.memory import ExecutionMemory

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.state import StrategyRow

_PRICE: Final = Decimal("0.0001")
_FEN: Final = Decimal("0.01")


class WindowMeter:
    """Add up what the market of one execution trades from its first look to its end."""

    def __init__(self, row: StrategyRow) -> None:
        self._row = row
        self._day = 0
        self._volume: int | None = None
        self._lots = 0
        self._ticks = 0  # lots x last price in ticks

    @property
    def running(self) -> bool:
        """Return whether the execution has looked at its market, and is not over."""
        memory = self._row.memory
        if self._row.status in OVER or not isinstance(memory, ExecutionMemory):
            return False
        return memory.began_at is not None and not memory.finished

    def look(self, look: Look) -> None:
        """Take the market as it is now."""
        settings = self._row.settings
        if not self.running or not isinstance(settings, ExecutionSettings):
            return
        quote = look.quote(settings.instrument)
        if quote is None or quote.volume is None or quote.last is None:
            return
        day = look.trading_day
        if quote.received_at < look.calendar.begins_at(day):
            return  # of the day before
        if day != self._day:
            self._volume = 0 if self._day else None
            self._day = day
        if self._volume is not None and quote.volume > self._volume:
            traded = quote.volume - self._volume
            self._lots += traded
            self._ticks += traded * quote.last
        self._volume = quote.volume

    def vwap(self, known: Instrument) -> Decimal | None:
        """Return the average price the market traded at, in yuan; `None` where it traded nothing."""
        return self._ticks * known.tick / self._lots if self._lots else None


def execution_report(
    row: StrategyRow, meter: WindowMeter | None, listed: Callable[[InstrumentId], Instrument]
) -> Execution | None:
    """Return what an execution paid beside its arrival price and the market's average; `None` for another kind."""
    settings, memory = row.settings, row.memory
    if not isinstance(settings, ExecutionSettings) or not isinstance(memory, ExecutionMemory):
        return None
    known = listed(settings.instrument)
    average, vwap = memory.average, None if meter is None else meter.vwap(known)

    def beyond(price: Decimal | None) -> Decimal | None:
        if average is None or price is None:
            return None
        return (settings.side.sign * known.value(average - price, memory.filled)).quantize(_FEN)

    def said(price: Decimal | None) -> Decimal | None:
        return None if price is None else price.quantize(_PRICE)

    return Execution(
        instrument=settings.instrument,
        wanted=settings.total_lots,
        lots=memory.filled,
        chases=memory.chases,
        average=said(average),
        arrival=said(memory.arrival),
        vwap=said(vwap),
        beyond_arrival=beyond(memory.arrival),
        beyond_vwap=beyond(vwap),
        fees=memory.fees.quantize(_FEN),
    )
