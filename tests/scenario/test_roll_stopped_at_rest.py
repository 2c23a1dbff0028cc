"""A paused roll that a person stops after opening by hand what far lacks, in the users' words: nothing is doubled."""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.words.risk import Scope, Verdict
from terminal.shell.picture.alerts import ADVICE
from tests.engine_world import FAR, ONE, OTHER, RB, RISK, TRADER, World
from tests.scenario.between import half, net
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, alerts
from tests.scenario.test_roll import go
from tests.scenario.test_roll_far_covered import lacking
from tests.scenario.test_roll_last_days import expire
from tests.scenario.test_roll_last_days import lacking as lacking_between
from tests.scenario.test_roll_rests_over import naked_and_paused, release, status
from tests.unit.engine.foreseen import ask

STOP = c.StopStrategy(account=ONE, strategy=ROLL)
STOPPED, PAUSED = StrategyStatus.STOPPED, StrategyStatus.PAUSED


def killed(world: World) -> None:
    """Let a kill switch pause a roll that lacks six lots of far, release it, and show far offered again."""
    lacking(world)
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    go(world, 3)
    release(world, ONE)
    assert status(world) is PAUSED
    world.show({FAR: (3600, 3602)})
    go(world, 1000)  # until the level of risk has fallen back


@pytest.mark.parametrize("restarts", [False, True])
def test_one_stop_after_opening_by_hand_once_near_is_over_opens_nothing_more(world: World, *, restarts: bool) -> None:
    # Given a paused roll that lacks far when near is over, of which its people were told what to do
    lacks = naked_and_paused(world)
    release(world, ONE)
    expire(world)
    go(world, 3)
    (told,) = alerts(world, "ROLL_UNMATCHED")
    assert "已人工买开的，停止它，它立即停下，不再由它补" in told.sentence
    assert "立即停下" in ADVICE["ROLL_UNMATCHED"]
    # When a person opens what lacks, and stops it, once, as the word says
    world.buy(lacks, 3602, instrument=FAR)
    go(world, 2)
    if restarts:
        world.restart()
        go(world, 2)
    assert f"缺的 {lacks} 手不再由它补（近月已过最后交易日" in ask(world, STOP).sentence
    done = world.do(TRADER, STOP)
    # Then it is stopped at once, and says so; the account holds what the person opened and nothing more.
    assert (done.code, status(world)) == ("OK", STOPPED)
    assert f"还缺 {lacks} 手，不再由它补：近月已过最后交易日，远月没有补的请人工补" in done.sentence
    go(world, 10)
    assert (status(world), world.net(FAR)) == (STOPPED, lacks)


def test_a_stop_once_near_is_over_opens_nothing_of_a_part_opened_by_hand_either(world: World) -> None:
    lacks = naked_and_paused(world)
    release(world, ONE)
    expire(world)
    world.buy(lacks - 1, 3602, instrument=FAR)
    go(world, 2)
    assert world.do(TRADER, STOP).code == "OK"
    go(world, 10)
    assert (status(world), world.net(FAR)) == (STOPPED, lacks - 1)


def test_one_stop_of_a_paused_roll_before_near_is_over_opens_nothing_that_the_account_has(world: World) -> None:
    # Given a roll that a kill switch has paused while far lacks six lots, and a person who opens them
    killed(world)
    world.buy(6, 3602, instrument=FAR)
    go(world, 2)
    assert "缺的 6 手不再由它补（账户里另有同向 6 手（不记在任何策略名下），够补缺的 6 手" in ask(world, STOP).sentence
    # (who would resume it is told that it opens them once more)
    resumed = ask(world, c.ResumeStrategy(account=ONE, strategy=ROLL))
    assert resumed.verdict is Verdict.WARN
    assert "但它会先开远月缺的 6 手，而账户里另有同向 6 手" in resumed.sentence
    # When the person stops it, once
    done = world.do(TRADER, STOP)
    # Then nothing is opened a second time, and the answer says by what it is covered.
    assert (done.code, status(world)) == ("OK", STOPPED)
    assert "还缺 6 手，不再由它补：账户里另有同向 6 手" in done.sentence
    go(world, 10)
    assert (world.net(RB), world.net(FAR)) == (0, 6)


def test_one_stop_of_a_paused_roll_opens_nothing_where_a_person_has_opened_a_part(world: World) -> None:
    # Given a roll that a kill switch has paused while far lacks six lots, and a person who opens five of them
    killed(world)
    world.buy(5, 3602, instrument=FAR)
    go(world, 2)
    has = "账户里另有同向 5 手（不记在任何策略名下），缺的 6 手还差 1 手没有对冲"
    seen = ask(world, STOP)
    assert (seen.verdict, f"缺的 6 手不再由它补（{has}" in seen.sentence) == (Verdict.WARN, True)
    assert f"但它会先开远月缺的 6 手，而{has}" in ask(world, c.ResumeStrategy(account=ONE, strategy=ROLL)).sentence
    # When the person stops it, then five are not opened twice, and it is said that one lacks.
    done = world.do(TRADER, STOP)
    assert (done.code, status(world), has in done.sentence) == ("OK", STOPPED, True)
    go(world, 10)
    assert (world.net(RB), world.net(FAR)) == (0, 5)
    assert "只差 1 手；请人工买入开仓补足" in alerts(world, "LEG_NAKED")[-1].sentence


def test_a_stop_of_a_paused_roll_whose_lack_nothing_covers_still_opens_it_first(world: World) -> None:
    killed(world)
    go(world, 2)
    assert "先补平 6 手单腿，再停止" in ask(world, STOP).sentence
    assert world.do(TRADER, STOP).code == "WINDING"
    go(world, 10)
    assert (status(world), world.net(FAR)) == (StrategyStatus.FINISHED, 6)


def test_between_accounts_the_far_half_is_stopped_at_once_once_near_is_over(begin: Begin) -> None:
    # Given a roll between accounts whose far half is paused and lacks lots, and near that is over
    world = lacking_between(begin, RB, FAR)
    lacks = 6 - net(world, ONE, RB) - net(world, OTHER, FAR)
    assert lacks > 0
    assert world.do(RISK, c.Kill(account=OTHER, scope=Scope(), reason="演练")).ok
    world.show({FAR: (3600, None)})
    release(world, OTHER)
    assert half(world, OTHER).status is PAUSED
    expire(world)
    before = net(world, OTHER, FAR)
    # When the person of far's account stops it
    done = world.do(TRADER, c.StopStrategy(account=OTHER, strategy=half(world, OTHER).strategy))
    # Then nothing is opened, and the other half stops with it.
    assert done.code == "OK"
    go(world, 10)
    assert (net(world, OTHER, FAR), half(world, OTHER).status) == (before, STOPPED)
