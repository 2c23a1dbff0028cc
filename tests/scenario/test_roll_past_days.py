"""A day of a roll that is past is a mistyped year: it is refused where it is typed, and never rolls at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, RollSettings, Slices, StepDay, Timing
from terminal.domain.words.risk import Verdict
from tests.engine_world import DAY, FAR, NEXT_DAY, NEXT_NIGHT, ONE, RB, TRADER, World
from tests.scenario.legs import ROLL
from tests.unit.engine.foreseen import ask

FRIDAY, THURSDAY, SATURDAY = DAY, 20200820, 20200822
INSTEAD = "请核对年份；要立即移仓请用“人工发令”，启动后把“现在移”改成“是”。"
NEVER = DaysToExpiry(days=0)
PAST = [
    (StepDay(day=20190115), r"台阶日 20190115 已过（\d+ 个交易日前）"),
    (Slices(first_day=20190102, slices=5), r"首日 20190102 已过（\d+ 个交易日前）"),
    (DaysToExpiry(days=5, policy_day=20190104), r"公司期限 20190104 已过（\d+ 个交易日前）"),
    (StepDay(day=THURSDAY), rf"台阶日 {THURSDAY} 已过（1 个交易日前）"),
    (DaysToExpiry(days=5, policy_day=19200904), r"公司期限 19200904 已过，"),
    (Slices(first_day=19200824, slices=2), r"首日 19200824 已过，"),
    (StepDay(day=19200824), r"台阶日 19200824 已过，"),
]


def roll(*timings: Timing, **changes: Any) -> RollSettings:
    made = RollSettings(account=ONE, near=RB, far=FAR, side=Side.BUY, lots=6, batch_lots=6, timings=timings)
    return replace(made, **changes)


def started(settings: RollSettings) -> c.StartStrategy:
    return c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)


def hold(world: World) -> None:
    world.buy(6, 3701)
    assert world.net(RB) == 6


@pytest.mark.parametrize(("timing", "said"), PAST)
def test_a_past_day_is_refused_with_its_field_and_reason_and_nothing_rolls(
    world: World, timing: Timing, said: str
) -> None:
    # Given long lots, and a roll whose year was mistyped
    hold(world)
    # When it is foreseen, and started, and a minute goes by
    foreseen = ask(world, started(roll(NEVER, timing)))
    done = world.do(TRADER, started(roll(NEVER, timing)))
    for _ in range(60):
        world.show()
    # Then both name the field and say what to do, and the lots are where they were.
    assert (foreseen.verdict, done.code) == (Verdict.DENY, "BAD_SETTINGS")
    for sentence in (foreseen.sentence, done.sentence):
        assert re.search(f"移仓时机 2：{said}", sentence), sentence
        assert INSTEAD in sentence
        assert "永远" not in sentence
    assert (world.net(RB), world.net(FAR)) == (6, 0)
    assert ROLL not in world.account.strategies


@pytest.mark.parametrize(
    "timing", [StepDay(day=FRIDAY), Slices(first_day=FRIDAY, slices=2), DaysToExpiry(days=5, policy_day=FRIDAY)]
)
def test_the_trading_day_itself_is_not_past_until_its_night_begins_the_next(world: World, timing: Timing) -> None:
    assert ask(world, started(roll(timing))).verdict is not Verdict.DENY
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701), FAR: (3600, 3602)})
    assert "已过（1 个交易日前）" in ask(world, started(roll(timing))).sentence
    assert "已启动" not in world.do(TRADER, started(roll(timing))).sentence


def test_a_day_between_the_last_trading_day_and_this_one_is_past(world: World) -> None:
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701), FAR: (3600, 3602)})
    assert f"台阶日 {SATURDAY} 已过" in world.do(TRADER, started(roll(StepDay(day=SATURDAY)))).sentence


@pytest.mark.parametrize(
    ("own", "typed"),
    [
        (StepDay(day=FRIDAY), StepDay(day=20190821)),
        (DaysToExpiry(days=5, policy_day=FRIDAY), DaysToExpiry(days=5, policy_day=THURSDAY)),
    ],
)
def test_a_running_roll_keeps_its_own_past_day_and_refuses_another(world: World, own: Timing, typed: Timing) -> None:
    # Given a roll that waits for a second timing while the day of its first goes by
    waits = roll(own, NEVER, combine=Combine.ALL)
    assert "已启动" in world.do(TRADER, started(waits)).sentence
    world.show_at(instant(NEXT_DAY, 9, 1), {RB: (3700, 3701), FAR: (3600, 3602)})
    row = world.account.strategies[ROLL]
    # When another past day is typed
    wrong = c.ChangeStrategy(
        account=ONE, strategy=ROLL, base_version=1, settings=replace(waits, timings=(typed, NEVER))
    )
    foreseen, done = ask(world, wrong), world.do(TRADER, wrong)
    # Then it is refused and the roll is as it was;
    assert (foreseen.verdict, done.code) == (Verdict.DENY, "BAD_SETTINGS")
    assert INSTEAD in foreseen.sentence
    assert INSTEAD in done.sentence
    assert (row.version, row.status) == (1, StrategyStatus.RUNNING)
    # when something else is changed, its own day is no mistake, and is told as past.
    right = replace(wrong, settings=replace(waits, batch_lots=3))
    foreseen = ask(world, right)
    assert foreseen.verdict is not Verdict.DENY
    told = "\n".join(foreseen.details)
    assert "，已过 1 天" in told
    assert "现为 -" not in told
    assert world.do(TRADER, right).code == "OK"
    assert world.account.strategies[ROLL].version == 2
