"""Read back from a world's journal how each day of its first account was settled."""

from __future__ import annotations

from terminal.reports.settled_days import DaysReader, SettledDay, read_all
from tests.engine_world import ONE, World


def days_of(world: World) -> dict[int, SettledDay]:
    """Return the settled days by trading day; a later correction stands in the place of what it corrects."""
    days: dict[int, SettledDay] = {}
    reader = DaysReader(lambda day: days.update({day.fact.trading_day: day} if day.fact.account == ONE else {}))
    read_all(world.journal.replay(), reader.take)
    reader.finish()
    return days
