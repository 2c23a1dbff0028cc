"""A conversion by delta trades only while its lots are equal: the price of a set says nothing of that (G2)."""

from __future__ import annotations

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.strategy import SpreadSettings, Swap
from terminal.domain.words.risk import Verdict
from terminal.engine.previews.command import preview
from tests.engine_market import CALL_830
from tests.engine_world import ONE, TRADER, I, Shown, World, device
from tests.scenario.conftest import Begin
from tests.scenario.converting import SWAP, lots, opened, settings, started, tick

FALLEN: dict[InstrumentId, Shown] = {CALL_830: ("4", "4.5"), I: ("735", "735.5")}
NEAR: dict[InstrumentId, Shown] = {CALL_830: ("6", "6.5"), I: ("745", "745.5")}
WAITS = "i2101-C-830 10 手现在的 Delta 是 0.122，等量是 i2101 1 手，设的是 5 手，不再等量，等待"


def for_five(limit: str) -> SpreadSettings:
    return settings(Swap.DELTA, lots=10, future_lots=5, naked_lots=10, limit=limit)


@pytest.fixture
def world(begin: Begin) -> World:
    """Return a world that holds ten calls at the money, which move like five lots of their future."""
    made = opened(begin)
    made.buy(10, "40.5", instrument=CALL_830)
    return made


def run_out(world: World, seconds: int = 10) -> None:
    for _ in range(seconds):
        tick(world)


def told(world: World) -> list[str]:
    return [one.sentence for one in world.facts(AlertRaised) if one.code == "DELTA_APART"]


def test_a_fall_that_reaches_the_limit_makes_nobody_long_five_lots_for_one(world: World) -> None:
    # Given a limit of 740 for one future less two calls, and a market that falls until the set costs as little
    row = started(world, for_five("740"))
    run_out(world)
    assert lots(world) == (10, 0, 0)
    # When the calls move like one lot by then, nothing is sold and nothing bought, and people are told once.
    tick(world, FALLEN)
    run_out(world)
    assert (lots(world), row.status) == ((10, 0, 0), StrategyStatus.RUNNING)
    assert told(world) == [
        f"策略 互转：{WAITS}；回到等量自动接着换，要按现在的 Delta 换请停止后另建。",
    ]
    # When a person has it go on, the preview says the same before, and it is said again; a restart says nothing new.
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SWAP)).ok
    wanted = c.ResumeStrategy(account=ONE, strategy=SWAP)
    seen = preview(world.engine.look, TRADER, device(TRADER), 1, wanted, split_close=True)
    assert (seen.verdict, WAITS in seen.sentence) == (Verdict.WARN, True)
    assert world.do(TRADER, wanted).ok
    run_out(world)
    world.restart()
    run_out(world)
    assert (lots(world), len(told(world))) == ((10, 0, 0), 2)
    # When the market is back where the calls move like five lots, and the limit is raised to it, then it is done.
    tick(world, {CALL_830: ("40", "40.5"), I: ("830", "830.5")})
    body = c.ChangeStrategy(account=ONE, strategy=SWAP, base_version=1, settings=for_five("751"))
    assert world.do(TRADER, body).ok
    run_out(world, 30)
    assert lots(world) == (0, 0, 5)
    world.check()


def test_a_limit_is_not_raised_while_the_lots_are_not_equal_and_may_be_lowered(world: World) -> None:
    started(world, for_five("700"))
    tick(world, NEAR)

    def change(limit: str) -> tuple[str, str]:
        version = world.account.strategies[SWAP].version
        body = c.ChangeStrategy(account=ONE, strategy=SWAP, base_version=version, settings=for_five(limit))
        seen = preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=True)
        done = world.do(TRADER, body)
        assert (seen.verdict is Verdict.DENY) is (not done.ok)
        return done.code, done.sentence

    code, sentence = change("740")
    assert (code, "等量是 i2101 2 手，填的是 5 手" in sentence) == ("LEGGED_STATE", True)
    assert change("690")[0] == "OK"
    assert lots(world) == (10, 0, 0)


def test_half_done_it_waits_in_balance_and_never_sells_the_rest_at_another_delta(world: World) -> None:
    # Given slices of two calls, and a market that falls after the first ones
    started(world, msgspec.structs.replace(for_five("751"), naked_lots=2, sets=1, pause_seconds=0))
    run_out(world, 4)
    sold = 10 - lots(world)[0]
    assert 0 < sold < 10
    # Then what was sold is hedged, and no more of it is sold.
    tick(world, FALLEN)
    run_out(world, 20)
    assert lots(world) == (10 - sold, 0, sold // 2)
    assert len(told(world)) == 1


def test_a_delta_that_has_moved_by_less_than_a_tenth_stops_nothing_half_done(begin: Begin) -> None:
    # Given twenty calls for ten futures, and a market that rises a little after the first slices
    world = opened(begin)
    world.buy(20, "40.5", instrument=CALL_830)
    wanted = settings(Swap.DELTA, lots=20, future_lots=10, naked_lots=4, limit="9999")
    started(world, wanted)
    run_out(world, 3)
    assert 0 < lots(world)[0] < 20
    tick(world, {CALL_830: ("41.5", "42"), I: ("833", "833.5")})
    # Then it goes on to its end, though eleven lots would be nearer by now.
    run_out(world, 30)
    assert (lots(world), told(world)) == ((0, 0, 10), [])
