"""A request to exercise says of the orders that work on its future what they leave alone (SAFETY I6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.exercise import ExerciseRequested
from terminal.domain.fact.facts import ConfirmationRequested
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Verdict
from terminal.engine.exercise.beside import EXERCISE_BARE
from tests.engine_market import LATER, PUT, WITH_OPTIONS, terms
from tests.engine_world import CHECKER, DAY, LIMITS, ONE, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.test_exercise import SHOWN, ask, look, settle, wish

BELOW = terms(Side.BUY, 2, "828", instrument=I, offset=Offset.CLOSE)  # of short lots; it rests
LOCK = c.LockPosition(account=ONE, terms=BELOW)
CLOSE = c.ClosePosition(account=ONE, terms=BELOW)
REVERSE = c.ReversePosition(account=ONE, terms=BELOW)


def short_with_calls(begin: Begin, lots: int = 2, **options: Any) -> World:
    """Return a world that is short so many futures at 830 and long two calls of a later day."""
    world = begin(at=instant(DAY, 14, 50), universe=WITH_OPTIONS, **options)
    world.show(SHOWN)
    world.buy(2, "22.5", instrument=LATER)
    world.sell(lots, "830", instrument=I)
    return world


@pytest.mark.parametrize(
    ("resting", "nets", "words", "ends"),
    [
        (LOCK, True, "开仓 A1-00000003 2 手还在委托；请先撤单", 2),
        (LOCK, False, "开仓 A1-00000003 2 手还在委托；请先撤单", 2),
        (CLOSE, False, "平仓 A1-00000003 2 手还在委托；请先撤单", 2),
        (REVERSE, False, "反手 A1-R000001 还要开 2 手；请先放弃反手", 4),
    ],
)
def test_a_request_beside_an_order_that_takes_what_it_locks_or_nets_goes_out_with_a_warning(
    begin: Begin, resting: c.CommandBody, nets: bool, words: str, ends: int
) -> None:
    world = short_with_calls(begin)
    assert world.do(TRADER, resting).ok
    # The preview says which lots will stand alone, what works on theirs, and what to do first;
    found = look(world, wish(LATER, 2, nets=nets))
    (finding,) = found.findings
    assert (found.verdict, finding.code, finding.value, finding.limit) == (Verdict.WARN, EXERCISE_BARE, "2", "0")
    assert found.sentence.endswith("可以提交，有提醒")
    assert found.details[0] == f"▲ {finding.sentence}"
    assert words in finding.sentence
    assert finding.sentence.endswith("否则全部成交、行权之后 i2101 有 2 手是单边。")
    # the request goes out all the same, the journal keeps what was said, and every desk can read it;
    desk = Desk(world, person=CHECKER)
    assert ask(world, wish(LATER, 2, nets=nets)).code == "OK"
    desk.look()
    (asked,) = world.facts(ExerciseRequested)
    assert asked.findings == (finding,)
    assert any(f"（提醒：{finding.sentence}）" in one.sentence for one in desk.events)
    world.restart()
    # and it is as it said.
    world.show({I: ("827", "827.5")})
    world.wait(3)
    settle(world)
    assert world.net(I) == ends


@pytest.mark.parametrize(("lots", "cancels"), [(4, False), (2, True)])
@pytest.mark.parametrize("nets", [True, False])
def test_a_request_for_which_enough_is_left_warns_of_nothing(
    begin: Begin, lots: int, cancels: bool, nets: bool
) -> None:
    world = short_with_calls(begin, lots)
    assert world.do(TRADER, LOCK).ok
    if cancels:
        assert world.do(TRADER, c.CancelAll(account=ONE)).ok
    assert look(world, wish(LATER, 2, nets=nets)).verdict is Verdict.ALLOW
    assert ask(world, wish(LATER, 2, nets=nets)).ok
    assert [one.findings for one in world.facts(ExerciseRequested)] == [()]


def test_a_request_that_only_opens_is_not_warned_of_for_an_order_that_opens_as_well(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 50), universe=WITH_OPTIONS)
    world.show(SHOWN)
    world.buy(2, "22.5", instrument=LATER)
    assert world.order(Side.BUY, 2, "828", instrument=I).ok
    assert look(world, wish(LATER, 2)).findings == ()


def test_two_requests_that_rest_beside_a_close_are_each_told_what_is_left(begin: Begin) -> None:
    world = short_with_calls(begin, 3)
    assert world.do(TRADER, CLOSE).ok
    assert look(world, wish(LATER, 1)).findings == (), "one short lot is left to it"
    assert ask(world, wish(LATER, 1)).ok
    (finding,) = look(world, wish(LATER, 1)).findings
    assert (finding.value, finding.limit) == ("1", "0")


def test_what_comes_by_itself_and_is_asked_for_is_warned_of_once(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 50), universe=WITH_OPTIONS)
    world.show(SHOWN)
    world.buy(2, "830.5", instrument=I)
    far = terms(Side.SELL, 2, "833", instrument=I, offset=Offset.CLOSE)
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=far)).ok
    world.buy(2, "12.5", instrument=PUT)
    # Two puts in the money end today: asked for or not, they open two short lots against the two that leave.
    (finding,) = look(world, wish(PUT, 2)).findings
    assert (finding.value, finding.limit) == ("2", "0")
    assert "行权将开" not in finding.sentence


def test_a_checker_reads_the_warning_and_what_he_approves_keeps_it(begin: Begin) -> None:
    world = short_with_calls(begin, limits=msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(170_000)))
    world.buy(1, "22.5", instrument=LATER)
    close = msgspec.structs.replace(BELOW, lots=1)
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=close)).ok
    found = look(world, wish(LATER, 3))
    assert (found.verdict, EXERCISE_BARE in [one.code for one in found.findings]) == (Verdict.CONFIRM2, True)
    assert any("平仓 A1-00000004 1 手还在委托" in one for one in found.details)
    done = ask(world, wish(LATER, 3))
    assert (done.code, "有 1 手是单边" in done.sentence) == ("CONFIRM2", True)
    assert EXERCISE_BARE in [one.code for one in world.facts(ConfirmationRequested)[-1].findings]
    assert "有 1 手是单边" in world.parked.confirmation.why
    assert world.decide(CHECKER, world.parked).ok
    assert [one.code for one in world.facts(ExerciseRequested)[-1].findings] == [EXERCISE_BARE]
