"""A restart that cannot show a person's own rule all it had seen says so."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.shell.runner import Runner
from terminal.strategies.own.code import Aim
from tests.engine_world import RB, I, World
from tests.picture_desk import Desk
from tests.scenario.test_own_of_several import taught
from tests.scenario.test_own_strategy import NAME, start

SHORT = "重启后只有 "


def by_eight(numbers: Any, seen: Any) -> dict[str, Aim] | None:
    """Hold rebar above a price, once there are eight."""
    steel = seen["steel"].prices
    return {"steel": Aim(2 if steel[-1] > 3650 else 0, "价")} if len(steel) >= 8 else None


def test_a_restart_that_reads_only_the_latest_part_of_the_market_says_on_the_card_that_the_rule_warms_up_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a rule that needs eight prices, has them, and holds
    start(world, taught(by_eight, ("ore", I, 0)))
    world.wait(30)
    assert world.net(RB) == 2
    assert SHORT not in Desk(world).strategies[NAME].sentence
    # When the terminal is restarted and no more than three batches are there to be read again
    begin = Runner.begin

    async def late(self: Runner, *, from_batch: int = 0) -> None:
        await begin(self, from_batch=max(0, (self.journal.cursor() or 0) - 3))

    monkeypatch.setattr(Runner, "begin", late)
    world.restart()
    world.show({RB: (3500, 3501)})
    # Then the card says since when there are prices, and nobody wonders why the rule does not leave yet.
    assert f"{SHORT}09:00:" in Desk(world).strategies[NAME].sentence
    assert world.net(RB) == 2
    world.wait(14)
    assert world.net(RB) == 0
    assert SHORT not in Desk(world).strategies[NAME].sentence
