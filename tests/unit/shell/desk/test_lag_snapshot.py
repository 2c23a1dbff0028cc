"""What stands against an account is said alike whether a desk heard every record or was given a snapshot of them."""

from __future__ import annotations

import pytest

from terminal.domain.fact import facts as f
from terminal.domain.words.risk import Level, Scope
from terminal.engine.screen import AlertLine
from terminal.engine.turn import RUNNER
from terminal.risk.levels import KILL_SIGNAL
from terminal.sync.record_lane import LaneLimits
from terminal.widgets.alert.list import lasting
from tests.desk_rig import Seat
from tests.engine_world import ONE, RISK, SECOND_RISK, device, run
from tests.sync_rig import SECOND, Rig

ALL = Scope()
HOUR = 3_600 * SECOND


class Told:
    """Hold a runner that sends snapshots soon, and a desk that was there from the beginning."""

    def __init__(self) -> None:
        self.rig = Rig(LaneLimits(beyond_events=4))
        self.began = self.rig.living.engine.columns.at
        self.seat = Seat(self.rig)
        self.seat.connect()

    def say(self, *facts: f.Fact, after: int) -> None:
        self.rig.living.engine.floor = self.began + after
        run(self.rig.living.say(facts, RUNNER, "t"))

    def miss(self) -> None:
        """Let more records pass than a desk is told one by one."""
        self.rig.grow(10)

    def back(self) -> None:
        self.seat.connect()
        self.seat.wait(1)

    def newcomer(self) -> Seat:
        fresh = Seat(self.rig, RISK, name="fresh")
        fresh.connect()
        fresh.wait(1)
        return fresh


def alerts(seat: Seat) -> list[AlertLine]:
    return [*next(one.alerts for one in reversed(seat.drained) if one.alerts is not None)]


def changed(before: Level, after: Level, value: str, signal: str = "risk_degree") -> f.LevelChanged:
    return f.LevelChanged(
        account=ONE, scope=ALL, signal=signal, before=before, after=after, value=value, threshold="", at=0
    )


def killed(reason: str) -> f.KillSwitched:
    return f.KillSwitched(account=ONE, scope=ALL, person=RISK, device=device(RISK), reason=reason)


def released(reason: str) -> f.KillReleased:
    return f.KillReleased(account=ONE, scope=ALL, first=RISK, second=SECOND_RISK, reason=reason)


@pytest.fixture
def told() -> Told:
    return Told()


def test_after_a_snapshot_the_figure_age_and_reason_are_those_of_what_stands_now(told: Told) -> None:
    # Given a desk that was told of a yellow level and of a kill
    told.say(changed(Level.NORMAL, Level.YELLOW, "71.20"), after=0)
    told.say(killed("第一次"), after=10 * SECOND)
    told.seat.wait(0.5)
    assert [alert.level for alert in alerts(told.seat)] == [Level.RED, Level.YELLOW]
    # When it is cut off while both end and begin again, otherwise
    told.seat.lose()
    told.say(changed(Level.YELLOW, Level.NORMAL, "60.00"), released("好了"), after=20 * SECOND)
    told.miss()
    told.say(changed(Level.NORMAL, Level.ORANGE, "86.40"), killed("第二次"), after=2 * HOUR)
    told.miss()
    told.back()
    # Then it says what a desk says that knows nothing else.
    kill, level = alerts(told.seat)
    assert "达 86.40 %（线 ≥ 80 %），现为 0.0 %" in level.sentence
    assert kill.since == level.since == told.began + 2 * HOUR
    assert kill.sentence.endswith("：第二次）")
    assert alerts(told.newcomer()) == [kill, level]


def test_a_newcomer_says_how_long_a_kill_stands_and_who_pulled_it_and_never_since_1970(told: Told) -> None:
    told.say(killed("价格异常"), after=10 * SECOND)
    told.miss()
    (kill,) = alerts(told.newcomer())
    assert lasting(kill, told.began + 15 * SECOND) == "已 5.0 秒"
    assert f"（{RISK} " in kill.sentence
    assert kill.sentence.endswith("：价格异常）")


def test_a_newcomer_says_since_when_the_exchange_is_gone_and_why(told: Told) -> None:
    told.say(f.LinkLost(account=ONE, why="网线松了"), after=10 * SECOND)
    told.miss()
    (link,) = alerts(told.newcomer())
    assert lasting(link, told.began + 15 * SECOND) == "已 5.0 秒"
    assert link.sentence == "与交易所的连接断开（网线松了），不能开仓"


def test_a_newcomer_says_who_released_a_kill_switch_and_why(told: Told) -> None:
    told.say(killed("价格异常"), after=0)
    told.say(released("已查明"), changed(Level.RED, Level.ORANGE, "0", KILL_SIGNAL), after=10 * SECOND)
    told.seat.wait(0.5)
    told.miss()
    (line,) = alerts(told.seat)
    assert f"{RISK}与{SECOND_RISK} " in line.sentence
    assert line.sentence.endswith("解除（已查明）")
    assert alerts(told.newcomer()) == [line]


def test_the_event_list_says_how_many_records_were_not_told_one_by_one(told: Told) -> None:
    told.say(killed("第一次"), after=10 * SECOND)
    told.seat.wait(0.5)
    said = [*told.seat.copy.past.events]
    before = sum(head.seq for head in told.seat.copy.heads().values())
    told.seat.lose()
    told.miss()
    told.back()
    gap, *later = [*told.seat.copy.past.events][len(said) :]
    untold = sum(head.seq for head in told.seat.copy.heads().values()) - before
    assert gap.sentence == f"这之间 {untold} 条记录没有逐条收到，它们的事件没有列出；持仓、委托与告警以当前状态为准"
    assert untold >= 10
    assert (gap.number, gap.at, later) == (said[-1].number + 1, said[-1].at, [])
    assert gap in [line for one in told.seat.drained for line in one.events]
    # What is told from here on follows it, and there is no second hole.
    told.say(killed("第二次"), after=20 * SECOND)
    told.seat.wait(0.5)
    assert [line.number for line in told.seat.copy.past.events] == [*range(1, gap.number + 2)]


def test_a_newcomer_is_told_that_events_before_it_are_not_listed(told: Told) -> None:
    told.miss()
    line = told.newcomer().copy.past.events[0]
    assert line.sentence.startswith("此前 ")
    assert line.at == 0


def test_an_alert_of_nobody_knows_when_has_no_age() -> None:
    line = AlertLine(key="k", account=ONE, level=Level.ORANGE, since=0, sentence="s", advice="a", instrument=None)
    assert lasting(line, 5 * HOUR) == ""
