"""Hold what a fact says as an event, beside its number and time."""

from __future__ import annotations

from typing import NamedTuple

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.words.risk import Level


class Worded(NamedTuple):
    """Hold what an event line says beside its number and time."""

    account: AccountId | None
    source: str
    sentence: str
    instrument: InstrumentId | None = None
    level: Level = Level.NORMAL
    is_alarm: bool = False
