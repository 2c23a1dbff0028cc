"""Walk a `World` from one trading day to the next."""

from __future__ import annotations

from terminal.domain.days.calendar import SECOND_NS, instant
from tests.engine_world import DAY, World, reference


def days(count: int) -> list[int]:
    """Return so many trading days from `DAY` on."""
    calendar, at, found = reference().calendar, instant(DAY, 10), [DAY]
    while len(found) < count:
        at += 24 * 3600 * SECOND_NS
        day = calendar.trading_day(at)
        if day > found[-1]:
            found.append(day)
    return found


def go_on(world: World, day: int) -> None:
    """Begin the morning of a trading day, and have the barrier passed."""
    world.show_at(instant(day, 10))
    world.wait(2)
    assert world.account.trading_day == day
    assert world.account.barrier.passed
