"""Two conversions never give up the same lots, and nobody exercises what one of them is to close."""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import StrategyId
from terminal.domain.orders.exercise import Choice, ExerciseWish
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.parameters.strategy import SpreadSettings, Swap
from terminal.domain.words.risk import Verdict
from terminal.engine.previews.command import preview
from tests.engine_market import CALL_830, PUT_830
from tests.engine_world import ONE, TRADER, World, device
from tests.scenario.conftest import Begin
from tests.scenario.converting import SWAP, lots, opened, settings, started, tick

OTHER_SWAP = StrategyId("乙")


@pytest.fixture
def world(begin: Begin) -> World:
    """Return a world that is long four calls and short four puts."""
    made = opened(begin)
    made.buy(4, "40.5", instrument=CALL_830)
    made.sell(4, "39", instrument=PUT_830)
    return made


def start_beside(world: World, wanted: SpreadSettings) -> tuple[str, str]:
    body = c.StartStrategy(account=ONE, strategy=OTHER_SWAP, settings=wanted)
    seen = preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=True)
    done = world.do(TRADER, body)
    assert (seen.verdict is Verdict.DENY) is (not done.ok)
    return done.code, done.sentence


def exercise(world: World, lots: int) -> tuple[str, str]:
    wish = ExerciseWish(
        instrument=CALL_830, flag=HedgeFlag.SPECULATION, lots=lots, choice=Choice.EXERCISE, self_close=False
    )
    done = world.do(TRADER, c.RequestExercise(account=ONE, wish=wish))
    return done.code, done.sentence


def test_lots_that_a_waiting_conversion_is_to_close_are_taken(world: World) -> None:
    # Given a synthetic swap of all four calls that waits for its price
    started(world, settings(limit="800"))
    tick(world)
    # When the same calls are to be replaced by futures, then that is refused and says whose they are.
    code, sentence = start_beside(world, settings(Swap.PROTECTIVE, limit="760"))
    assert code == "LEGGED_STATE"
    assert sentence == (
        "策略 乙：要平 i2101-C-830 多头 4 手，可平只有 0 手（另有 4 手等策略 互转 换掉）；请减少手数或先停止该策略。"
    )
    # When it pauses they are still its own, and other settings of its own are no conflict.
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SWAP)).ok
    assert start_beside(world, settings(Swap.PROTECTIVE, limit="760"))[0] == "LEGGED_STATE"
    row = world.account.strategies[SWAP]
    changed = settings(limit="801")
    assert world.do(TRADER, c.ChangeStrategy(account=ONE, strategy=SWAP, base_version=1, settings=changed)).ok
    # When it has been stopped, then the other one may have them.
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=SWAP)).ok
    assert row.status is StrategyStatus.STOPPED
    assert start_beside(world, settings(Swap.PROTECTIVE, limit="760")) == ("OK", "策略 乙 已启动")


def test_what_is_left_beside_a_conversion_may_be_converted_and_exercised(world: World) -> None:
    started(world, settings(lots=1, limit="800"))
    code, sentence = exercise(world, 4)
    assert code == "CANNOT_EXERCISE"
    assert "可申请的多头只有 3 手" in sentence
    assert sentence.endswith("另有 1 手等策略 互转 换掉，可先停止该策略。")
    assert exercise(world, 1)[0] == "OK"
    assert start_beside(world, settings(Swap.PROTECTIVE, lots=3, limit="760"))[0] == "LEGGED_STATE"
    assert start_beside(world, settings(Swap.PROTECTIVE, lots=2, limit="760"))[0] == "OK"


def test_what_is_done_already_or_on_its_way_counts_once(world: World) -> None:
    # Given a conversion that trades: a lot that is closed is no more taken, and one under way is frozen already
    started(world, settings(lots=3, naked_lots=2))
    while lots(world)[0] == 4:
        tick(world)
    for _ in range(30):
        tick(world)
    assert lots(world) == (1, -1, 3)
    assert start_beside(world, settings(Swap.PROTECTIVE, lots=1, limit="760"))[0] == "OK"
