"""A roll takes one contract of a rule of several along, in the users' words: what the others do meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.strategies.own.code import Aim, Seen
from tests.engine_world import FAR, ONE, RB, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.legs import ROLL
from tests.scenario.test_own_of_several import ORE, taught
from tests.scenario.test_own_strategy import NAME, start
from tests.scenario.test_roll import roll
from tests.unit.engine.foreseen import ask

ALONG = c.StartStrategy(
    account=ONE, strategy=ROLL, settings=roll(strategies=(NAME,), lots=2, batch_lots=1, batch_pause_seconds=60)
)


def told(world: World) -> str:
    """Return what the preview of the roll says of the rule it takes along."""
    details = ask(world, ALONG).details
    assert "随移策略 自编：移仓开始时立即暂停，移完改绑 rb2105" in details
    (said,) = [one for one in details if one.startswith("自编：")]
    return said


def test_a_roll_of_one_contract_lets_the_others_stand_still_and_says_so_before_it_starts(world: World) -> None:
    # Given a rule that holds rebar, and ore until that falls below 825
    def both(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
        ore = seen["ore"].prices
        return {"steel": Aim(2, "螺纹"), "ore": Aim(3 if ore[-1] > 825 else 0, "铁矿")} if ore else None

    world.show()
    start(world, taught(both, ORE))
    world.wait(12)
    assert (world.net(RB), world.net(I)) == (2, 3)
    # When a roll takes rebar along, and ore falls in the middle of it
    assert told(world).endswith("；移仓期间 i2101 也停在原处，要平的也等移完")
    assert world.do(TRADER, ALONG).ok
    world.wait(3)
    world.show({I: ("800", "800.5")})
    world.wait(30)
    # Then ore is held on, and the card says what all of them wait with.
    row = world.account.strategies[NAME]
    assert (row.status, world.net(RB), world.net(I)) == (StrategyStatus.PAUSED, 1, 3)
    card = Desk(world).strategies[NAME].sentence
    assert "rb2101，持 多 2 手，目标 多 2 手：螺纹" in card
    assert card.endswith("；i2101，持 多 3 手，目标 多 3 手：铁矿")
    # And ore is out when near has been moved.
    world.wait(80)
    assert (row.status, world.net(FAR), world.net(I)) == (StrategyStatus.RUNNING, 2, 0)


def test_lots_that_a_rule_still_lacks_when_a_roll_begins_are_named_before_it_starts() -> None:
    # Given a rule that holds rebar, and has no money for the ore beside it
    def hedged(numbers: Any, seen: Mapping[str, Seen]) -> dict[str, Aim] | None:
        return {"steel": Aim(2, "螺纹"), "ore": Aim(-50, "铁矿")} if seen["ore"].prices else None

    world = World(cash=100_000)
    world.show()
    start(world, taught(hedged, ("ore", I, 50)))
    world.wait(6)
    assert (world.net(RB), world.net(I)) == (2, 0)
    # Then the preview of a roll says what it will go on lacking, and the card of the paused rule keeps saying it.
    assert told(world).endswith("；现在还没有到目标：i2101 持 空仓 目标 空 50 手，移完才接着做")
    assert world.do(TRADER, ALONG).ok
    world.wait(3)
    assert Desk(world).strategies[NAME].sentence.endswith("；i2101，空仓，目标 空 50 手：铁矿")
