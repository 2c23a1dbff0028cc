"""A roll whose timings switch (自动切换), in the users' words: none may stand where it never decides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.marks import RollBegan
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    Liquidity,
    Manual,
    OpenInterestCrossover,
    RollSettings,
    RollYield,
    StepDay,
    Timing,
)
from terminal.domain.words.risk import Level, Verdict
from terminal.strategies.roll.fit import passed_over_places
from tests.engine_world import FAR, NEXT_DAY, ONE, OTHER, RB, TRADER, World
from tests.scenario.between import between, held
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, alerts
from tests.scenario.test_roll import go, hold, marks, start
from tests.scenario.test_roll_slices import DEADLINE, TEN, change, daily, foreseen, trade
from tests.unit.engine.foreseen import ask

DEADLINE_NAME = "距最后交易日（公司期限 20200824与最后交易日取早）不多于 0 天"
BARRED = f"移仓时机 2（{DEADLINE_NAME}）轮不到：自动切换时，前面的时机 1（人工发令）总看得见数值，一直由它决定"


def switching(*timings: Timing, **changes: Any) -> RollSettings:
    return daily(*timings, combine=Combine.SWITCH, **changes)


def older(world: World, monkeypatch: pytest.MonkeyPatch, settings: RollSettings) -> None:
    """Let a version start the roll that did not yet ask whether each timing can decide, and update it."""
    with monkeypatch.context() as before:
        before.setattr("terminal.strategies.roll.prospects._newly_passed_over", lambda *_: None)
        before.setattr("terminal.engine.alert.unfit.passed_over", lambda *_: "")
        start(world, settings)
        go(world, 2)
        assert alerts(world, "ROLL_UNFIT") == []
    world.restart()
    go(world, 2)


@pytest.mark.parametrize(
    ("timings", "behind", "by"),
    [
        ((Manual(), DEADLINE), ["2"], "1（人工发令）"),
        ((Manual(go=True), DEADLINE), ["2"], "1（人工发令）"),
        ((TEN, DEADLINE), ["2"], "1（自 20200821 起分 10 个交易日移）"),
        ((DEADLINE, TEN), ["2"], f"1（{DEADLINE_NAME}）"),
        ((StepDay(day=20201105), TEN, DEADLINE), ["2", "3"], "1（距保证金或限仓台阶日 20201105 不多于 1 天）"),
        ((RollYield(percent=Decimal(50)), Manual(), Liquidity()), ["3"], "2（人工发令）"),
        ((DaysToExpiry(days=3), OpenInterestCrossover()), ["2"], "1（距最后交易日不多于 3 天）"),
    ],
)
def test_a_timing_that_never_decides_is_refused_with_what_stands_before_it(
    world: World, timings: tuple[Timing, ...], behind: list[str], by: str
) -> None:
    # Given ten lots that the company wants gone by Monday
    hold(world, 10)
    settings = switching(*timings)
    # When a roll is foreseen, and started, in which a timing stands behind one that always has a value
    said, told = foreseen(world, settings), start(world, settings)
    # Then it is refused, each such timing is named, and what to do;
    assert said.verdict is Verdict.DENY
    for sentence in (said.sentence, told):
        assert f"轮不到：自动切换时，前面的时机 {by}总看得见数值，一直由它决定" in sentence
        named = sentence.partition("移仓时机 ")[2].partition("轮不到")[0]
        assert [part for part in "123" if f"{part}（" in named.replace("（公司", "")] == behind
        assert "请把时机组合改成任一满足，或总看得见数值的" in sentence
    assert ROLL not in world.account.strategies
    # a form marks the same ones, with what it knows of near;
    found = passed_over_places(settings, world.engine.look.instrument(RB))
    assert found is not None
    assert (f"{found[0] + 1}（" in by, [str(place + 1) for place in found[1]]) == (True, behind)
    # where whichever comes first is heard it is not.
    assert foreseen(world, replace(settings, combine=Combine.ANY)).verdict is not Verdict.DENY


@pytest.mark.parametrize(
    "timings",
    [(OpenInterestCrossover(), DEADLINE), (RollYield(percent=Decimal(50)), Liquidity(), Manual()), (Manual(),)],
)
def test_what_is_always_known_may_stand_last(world: World, timings: tuple[Timing, ...]) -> None:
    hold(world, 10)
    settings = switching(*timings)
    assert foreseen(world, settings).verdict is Verdict.ALLOW
    assert passed_over_places(settings, world.engine.look.instrument(RB)) is None


def test_between_accounts_it_is_refused_in_both(begin: Begin) -> None:
    world = held(begin)
    settings = between(timings=(Manual(), DEADLINE), combine=Combine.SWITCH)
    said = world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).sentence
    assert BARRED in said
    for account in (ONE, OTHER):
        assert not world.state.accounts[account].strategies


def test_a_running_roll_cannot_be_made_to_switch_where_a_deadline_would_never_decide(world: World) -> None:
    hold(world, 10)
    start(world, daily(Manual(), DEADLINE))
    go(world, 2)
    body = change(world, switching(Manual(), DEADLINE))
    said, done = ask(world, body), world.do(TRADER, body)
    assert (said.verdict, done.code) == (Verdict.DENY, "BAD_SETTINGS")
    for sentence in (said.sentence, done.sentence):
        assert f"{BARRED}；请保留原来的时机组合，或停止后另启一个" in sentence
    # Then the deadline is heard as before.
    world.show_at(instant(NEXT_DAY, 9, 1))
    trade(world, 120)
    assert (world.net(RB), world.net(FAR)) == (0, 10)


# --- started by an older version ----------------------------------------------------------------------------------


def test_a_roll_whose_deadline_never_decides_goes_on_and_is_told_of_once_after_the_update(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a roll of an older version that switches from a person's word to a deadline, which never comes
    hold(world, 10)
    settings = switching(Manual(), DEADLINE)
    older(world, monkeypatch, settings)
    # Then after the update it runs on, and is told of once with what can be done;
    (told,) = alerts(world, "ROLL_UNFIT")
    assert told.level is Level.ORANGE
    assert f"策略 {ROLL}：{BARRED}。它是旧版本启动的，照旧做下去" in told.sentence
    assert "请用“人工发令”发令，把时机组合改成任一满足，或停止它另启" in told.sentence
    assert world.account.strategies[ROLL].status is StrategyStatus.RUNNING
    go(world, 5)
    assert len(alerts(world, "ROLL_UNFIT")) == 1
    # whoever changes something else reads it beside the verdict, and is not refused;
    body = change(world, replace(settings, pay_up_ticks=3))
    said = ask(world, body)
    assert said.verdict is Verdict.WARN
    assert BARRED in said.sentence
    assert world.do(TRADER, body).ok
    # and once its timings no longer switch the deadline moves the lots.
    assert world.do(TRADER, change(world, replace(settings, combine=Combine.ANY))).ok
    world.show_at(instant(NEXT_DAY, 9, 1))
    trade(world, 120)
    assert (world.net(RB), world.net(FAR)) == (0, 10)


def test_whoever_gives_the_word_to_such_a_roll_is_heard_and_then_nothing_is_said_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(world, 10)
    older(world, monkeypatch, switching(Manual(), DEADLINE, batch_lots=1, batch_pause_seconds=60))
    row = world.account.strategies[ROLL]
    assert isinstance(row.settings, RollSettings)
    given = replace(row.settings, timings=(Manual(go=True), DEADLINE))
    assert world.do(TRADER, change(world, given)).ok
    go(world, 3)
    assert marks(world, RollBegan)
    # What has begun goes on to its end: its timings are nobody's matter any more, not after a restart either.
    assert "轮不到" not in ask(world, change(world, replace(given, pay_up_ticks=3))).sentence
    world.restart()
    go(world, 3)
    assert len(alerts(world, "ROLL_UNFIT")) == 1


def test_slices_that_its_owner_s_word_cannot_hasten_are_told_of_though_the_roll_has_begun(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a roll of an older version that its slices have begun, and a word that never decides
    hold(world, 10)
    older(world, monkeypatch, switching(TEN, Manual()))
    trade(world)
    assert (world.net(RB), world.net(FAR)) == (9, 1)
    world.restart()
    go(world, 2)
    # Then each start tells it, and there is no word to be advised.
    told = alerts(world, "ROLL_UNFIT")[-1]
    assert "移仓时机 2（人工发令）轮不到：" in told.sentence
    assert "照旧做下去；请把时机组合改成任一满足，或停止它另启" in told.sentence


def test_slices_that_never_decide_are_promised_nothing_of(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a roll of an older version in which a person's word stands before slices that end after the deadline
    hold(world, 10)
    settings = switching(Manual(), TEN, DEADLINE)
    older(world, monkeypatch, settings)
    # Then a change says that they never decide, and not that two lots move by then: none would.
    said = ask(world, change(world, replace(settings, pay_up_ticks=3))).sentence
    assert "移仓时机 2（自 20200821 起分 10 个交易日移）、3（" in said
    assert "到那天按份" not in said
    # and where the slices stand before the deadline they do decide, and nothing hastens them.
    assert (
        "到那天按份至多移 2 手，其余 8 手过后仍在近月"
        in ask(world, change(world, replace(settings, combine=Combine.ALL))).sentence
    )
