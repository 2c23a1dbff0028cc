"""Between which contracts a roll goes, in the users' words: a mistyped code takes no position in another product."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.marks import RollBegan
from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, Manual, RollSettings, Slices, StepDay, Timing
from terminal.domain.words.risk import Verdict
from tests.engine_world import AP, DAY, FAR, ONE, OTHER, RB, SPOT, TRADER, I, World
from tests.scenario.between import ask_for, between, held
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, alerts
from tests.scenario.test_roll import go, hold, marks, roll, start
from tests.scenario.test_roll_far_held import quotes
from tests.unit.engine.foreseen import ask

NOT_THE_SAME = "不是同一品种，移过去就成了另一个品种的持仓；请核对合约代码"


@pytest.mark.parametrize(
    ("far", "said"),
    [
        (I, "远月 DCE.i2101（铁矿石2101）与近月 SHFE.rb2101（螺纹钢2101）" + NOT_THE_SAME),
        (AP, NOT_THE_SAME),
        (SPOT, "不是期货或期权合约，不能移仓；请换成合约"),
    ],
)
def test_a_roll_into_another_product_is_refused_and_nothing_of_near_is_closed(
    world: World, far: InstrumentId, said: str
) -> None:
    # Given six lots of rebar, and a far contract that is mistyped
    hold(world)
    settings = roll(far=far)
    # When the roll is foreseen, started, and time goes by
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))
    answer = start(world, settings)
    go(world, 20)
    # Then it is refused with its reason, and the position is what it was.
    assert foreseen.verdict is Verdict.DENY
    for sentence in (foreseen.sentence, answer):
        assert said in sentence
    assert ROLL not in world.account.strategies
    assert (world.net(RB), world.net(far) if far != SPOT else 0) == (6, 0)


def test_between_accounts_another_product_is_refused_in_both(begin: Begin) -> None:
    world = held(begin)
    answer = ask_for(world, between(far=I))
    assert not answer.ok
    assert NOT_THE_SAME in answer.sentence
    for account in (ONE, OTHER):
        assert not world.state.accounts[account].strategies


def test_a_roll_into_another_product_that_an_older_version_let_start_is_told_of_after_the_update(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(world)
    with monkeypatch.context() as older:
        older.setattr("terminal.engine.strategy.envelope.roll_fault", lambda *_: None)
        start(world, roll(Manual(), far=I))
        go(world, 2)
    before = len(alerts(world, "ROLL_UNFIT"))
    # When the engine begins anew, then it is told once, and how to end it.
    world.restart()
    go(world, 5)
    assert len(alerts(world, "ROLL_UNFIT")) == before + 1
    told = alerts(world, "ROLL_UNFIT")[-1].sentence
    assert NOT_THE_SAME in told
    assert "它是旧版本启动的，会照旧做下去，现在已不能这样启动；不要的请停止它" in told


# --- into an earlier month ----------------------------------------------------------------------------------------


def test_a_position_is_moved_back_to_an_earlier_month_after_a_clear_word(world: World) -> None:
    # Given six lots of May, and a roll of them back into January
    world.buy(6, 3602, instrument=FAR)
    back = roll(Manual(go=True), near=FAR, far=RB)
    quotes(world)
    # When it is foreseen
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=back))
    # Then it is told which month ends first, and to look whether they are confused;
    assert foreseen.verdict is Verdict.WARN
    assert "可以启动，但远月 rb2101（最后交易日 20210115）早于近月 rb2105（最后交易日 20210517）" in foreseen.sentence
    assert "是往回移到更早的月份；请核对近月与远月是否填反" in foreseen.sentence
    # and it does what was asked for.
    assert "已启动" in start(world, back)
    for second in range(60):
        world.show({FAR: (3602, 3603)} if second % 3 == 2 else {RB: (3700, 3701), FAR: (3600, 3602)})
    assert (world.net(FAR), world.net(RB)) == (0, 6)


def test_a_roll_to_a_later_month_says_nothing_of_it(world: World) -> None:
    hold(world)
    quotes(world)
    assert ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll())).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    "timing", [DaysToExpiry(days=3), StepDay(day=20210301, days=5), Slices(first_day=DAY, slices=110)]
)
def test_a_roll_back_that_would_wait_until_its_month_is_over_is_refused(world: World, timing: Timing) -> None:
    # The days count to May, and January has ended by then.
    said = start(world, roll(timing, near=FAR, far=RB))
    assert "永远不会满足：到那时远月 SHFE.rb2101 已过最后交易日（还剩 98 个交易日）；请核对近月与远月是否填反" in said


def test_a_roll_back_that_an_older_version_let_wait_takes_a_person_s_word_after_the_update(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a roll back that waits for a word, or for a day on which January is over
    world.buy(6, 3602, instrument=FAR)
    settings = roll(Manual(), DaysToExpiry(days=3), near=FAR, far=RB)
    with monkeypatch.context() as older:
        older.setattr("terminal.strategies.roll.prospects._why_far_is_over", lambda *_: "")
        start(world, settings)
        go(world, 3)
        assert alerts(world, "ROLL_UNFIT") == []
    world.restart()
    go(world, 3)
    # Then after the update it is told of once, with the timing that cannot come;
    (told,) = alerts(world, "ROLL_UNFIT")
    assert "时机 2（" in told.sentence
    assert "永远不会满足：到那时远月 SHFE.rb2101 已过最后交易日" in told.sentence
    assert "照旧等着；请改用“人工发令”发令，或停止它另启" in told.sentence
    # no other such timing may be put in its place,
    row = world.account.strategies[ROLL]
    worse = replace(settings, timings=(Manual(go=True), DaysToExpiry(days=2)))
    assert "永远不会满足" in world.do(TRADER, _change(row.version, worse)).sentence
    # and whoever says now is heard.
    assert world.do(
        TRADER, _change(row.version, replace(settings, timings=(Manual(go=True), *settings.timings[1:])))
    ).ok
    for second in range(60):
        world.show({FAR: (3602, 3603)} if second % 3 == 2 else {RB: (3700, 3701), FAR: (3600, 3602)})
    assert (world.net(FAR), world.net(RB)) == (0, 6)


SAYS = "请改用“人工发令”发令，或停止它另启"
MOVES = "请把这个时机改到远月最后交易日之前，或停止它另启"
LATE, WEIGHTED = DaysToExpiry(days=3), Combine.WEIGHTED


@pytest.mark.parametrize(
    ("timings", "how", "advice"),
    [
        ((LATE,), {}, MOVES),
        ((Manual(), LATE), {"combine": Combine.ALL}, MOVES),
        ((Manual(go=True), LATE), {"combine": Combine.ALL}, MOVES),
        ((Manual(), LATE), {"combine": Combine.SWITCH}, SAYS),
        ((LATE, Manual()), {"combine": Combine.SWITCH}, MOVES),
        ((Manual(), LATE), {"combine": WEIGHTED, "weights": (2, 1), "needed_weight": 2}, SAYS),
        ((Manual(), LATE), {"combine": WEIGHTED, "weights": (1, 2), "needed_weight": 2}, MOVES),
    ],
)
def test_a_roll_back_that_waits_too_long_is_told_to_give_the_word_only_where_the_word_begins_it(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    timings: tuple[Timing, ...],
    how: dict[str, Any],
    advice: str,
) -> None:
    world.buy(6, 3602, instrument=FAR)
    settings = roll(*timings, near=FAR, far=RB, **how)
    with monkeypatch.context() as older:
        older.setattr("terminal.strategies.roll.prospects._why_far_is_over", lambda *_: "")
        older.setattr("terminal.strategies.roll.prospects._newly_passed_over", lambda *_: None)
        older.setattr("terminal.engine.alert.unfit.passed_over", lambda *_: "")
        start(world, settings)
        go(world, 3)
    world.restart()
    go(world, 3)
    (told,) = alerts(world, "ROLL_UNFIT")
    assert f"照旧等着；{advice}。" in told.sentence
    # Then what it says is taken, and where that is the word, it begins the roll.
    said = Manual(go=True) if advice is SAYS else None
    moved = tuple(
        said if said and isinstance(one, Manual) else replace(one, days=200) if one is LATE and not said else one
        for one in timings
    )
    row = world.account.strategies[ROLL]
    assert world.do(TRADER, _change(row.version, replace(settings, timings=moved))).ok
    if said:
        go(world, 3)
        assert marks(world, RollBegan)


def _change(version: int, settings: RollSettings) -> c.ChangeStrategy:
    return c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=version, settings=settings)


def test_between_accounts_the_way_back_is_told_once(begin: Begin) -> None:
    world = held(begin)
    quotes(world)
    back = between(timings=(Manual(),), near=FAR, far=RB)
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=back))
    assert foreseen.verdict is Verdict.WARN
    assert foreseen.sentence.count("是往回移到更早的月份") == 1
