"""Remember which alarms were raised on the contracts of a product, so that its chart can mark the moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.products.instrument import SPOT, Instrument
from terminal.domain.words.risk import Level
from terminal.engine.screen import AlertLine, EventLine

KEPT: Final = 500


class Alarm(NamedTuple):
    """Hold one alarm: when it was raised (UTC ns), on what, how bad, and its sentence."""

    at: int
    instrument: InstrumentId
    level: Level
    sentence: str


class Alarms:
    """Keep the last `KEPT` alarms of all products."""

    def __init__(self) -> None:
        self._kept: deque[Alarm] = deque(maxlen=KEPT)

    def take(self, lines: Iterable[AlertLine | EventLine]) -> bool:
        """Add the alarms that name an instrument, each once; return whether anything was added.

        What somebody asked for (an order, a second person, a kill switch) is loud as well, and no alarm.
        """
        known = set(self._kept)
        before = len(known)
        for line in lines:
            if line.instrument is None or not line.is_alarm or line.level is Level.NORMAL:
                continue
            at = line.since if isinstance(line, AlertLine) else line.at
            alarm = Alarm(at, line.instrument, line.level, line.sentence)
            if alarm not in known:
                known.add(alarm)
                self._kept.append(alarm)
        return len(known) > before

    def of(self, product: ProductId, instruments: Mapping[InstrumentId, Instrument]) -> list[Alarm]:
        """Return the alarms on a product's futures and on its spot, in the order they came."""
        code = product.split(".")[-1]
        found = []
        for alarm in self._kept:
            known = instruments.get(alarm.instrument)
            if known is not None and (known.product == product or (known.exchange == SPOT and known.code == code)):
                found.append(alarm)
        return found
