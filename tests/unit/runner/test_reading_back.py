"""A restart reads so much of the market again that a rule of one's own is shown what it had seen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from terminal.domain import commands as c
from terminal.runner.reading_back import MOST_TIMES, RE_READ, read_back
from terminal.strategies.table import OWN
from tests.engine_world import ONE, TRADER, World
from tests.scenario.test_own_strategy import NAME, learned, start


def silent(numbers: dict[str, int | Decimal], seen: Any) -> None:
    """Want nothing."""


@pytest.mark.parametrize(
    ("seconds", "window", "batches"),
    [(60, 10, RE_READ), (60, 60, 2 * RE_READ), (60, 10_000, MOST_TIMES * RE_READ)],
)
def test_a_rule_is_shown_its_whole_window_again_as_far_as_a_restart_may_take(
    seconds: int, window: int, batches: int
) -> None:
    # Given a rule that looks back ten minutes, an hour, or many days; half an hour is read again for any reason
    world, settings = World(), learned(silent, sample_seconds=seconds, window=window)
    OWN.learn(OWN._codes[settings.sha256]._replace(sample_seconds=seconds, window=window))
    start(world, settings)
    assert read_back(world.state, RE_READ) == batches
    # When it has ended, nobody needs more than that.
    world.do(TRADER, c.StopStrategy(account=ONE, strategy=NAME))
    assert read_back(world.state, RE_READ) == RE_READ
