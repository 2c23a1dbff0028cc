"""Let a runner's keeper record what a recording plays, without a runner around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from terminal.domain.days.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Recording
from terminal.domain.products.instrument import Instrument
from terminal.engine.prices.columns import Columns
from terminal.runner.minute_keeper import MinuteKeeper
from tests import tapes


def columns_of(recording: Recording) -> Columns:
    """Return empty columns for the contracts of a recording."""
    reference = tapes.reference()
    day = reference.calendar.trading_day(int(recording.at[0]))
    known: dict[InstrumentId, Instrument] = {name: reference.instrument(name, day) for name in recording.universe}
    return Columns(recording.universe, known)


def keep(
    recording: Recording,
    folder: Path,
    *,
    is_live: Callable[[], bool] = lambda: False,
    start: int = 0,
    last: bool = True,
) -> None:
    """Play a recording to a keeper of a folder; with `last` its last minute is over as well."""
    columns = columns_of(recording)
    keeper = MinuteKeeper(columns, tapes.reference().calendar, folder, is_live=is_live)
    for batch in recording.batches(start):
        keeper.saw(columns.update(batch))
    if last:
        columns.at = instant(tapes.reference().calendar.trading_day(columns.at), 23)
        keeper.saw([])
    keeper.close()
