"""Say how near a contract is to its last trading day: what is held then is delivered or settled, whoever holds it.

People are told on each of the last three trading days of what a strategy still holds, and nothing is opened on the last
one any more: its lots would leave the account that night, and the other legs would stand alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.ids import InstrumentId
    from terminal.domain.view import View

TOLD_BEFORE = 2  # trading days to the last one, at which people begin to be told


def last_days(view: View, instrument: InstrumentId) -> int | None:
    """Return the trading days to a contract's last one, 0 on it, in its last three; `None` before, after, not known."""
    days = view.days_to_expiry(instrument)
    return days if days is not None and 0 <= days <= TOLD_BEFORE else None


def last_day_of(view: View, instruments: Iterable[InstrumentId]) -> InstrumentId | None:
    """Return the first of these contracts whose last trading day it is, or was; `None` where it is no one's."""
    for name in instruments:
        days = view.days_to_expiry(name)
        if days is not None and days <= 0:
            return name
    return None
