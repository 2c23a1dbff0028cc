"""Requests to exercise stand beside locks, reversals and closes of their future: each counts the other (SAFETY I6)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised, CommandDone, OrderRecorded
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.exercise import Choice, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.words.risk import Verdict
from terminal.engine.books.exercise import OUTLIVES, PASSES_LIMIT
from terminal.risk.left_bare import LEFT_BARE
from tests.engine_market import CALL, LATER, PUT, WITH_OPTIONS, Shown, terms
from tests.engine_world import DAY, LIMITS, ONE, TRADER, I, World
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import BELOW, close, place, reaches, wanted

SHOWN: dict[InstrumentId, Shown] = {
    CALL: ("14", "14.5"),
    PUT: ("12", "12.5"),
    LATER: ("22", "22.5"),
    I: ("830", "830.5"),
}


def ask(world: World, option: InstrumentId, lots: int, *, nets: bool) -> None:
    wish = ExerciseWish(
        instrument=option, flag=HedgeFlag.SPECULATION, lots=lots, choice=Choice.EXERCISE, self_close=nets
    )
    done = world.do(TRADER, c.RequestExercise(account=ONE, wish=wish))
    assert done.ok, done.sentence


def long_two_with_puts(begin: Begin, *, nets: bool) -> World:
    """Return a world long two futures, with two puts whose exercise is asked for."""
    world = begin(at=instant(DAY, 14, 50), universe=WITH_OPTIONS)
    world.show(SHOWN)
    world.buy(2, "12.5", instrument=PUT)
    world.buy(2, "830.5", instrument=I)
    ask(world, PUT, 2, nets=nets)
    return world


def lock(world: World) -> CommandDone:
    return world.do(TRADER, c.LockPosition(account=ONE, terms=terms(Side.SELL, 2, "830", instrument=I)))


def reverse(world: World) -> CommandDone:
    wish = terms(Side.SELL, 2, "830", instrument=I, offset=Offset.CLOSE)
    return world.do(TRADER, c.ReversePosition(account=ONE, terms=wish))


def test_lots_that_exercise_will_net_are_not_locked_besides(begin: Begin) -> None:
    done = lock(long_two_with_puts(begin, nets=True))
    assert (done.code, "自对冲 2 手" in done.sentence) == ("NOT_CLOSABLE", True), done.sentence


def test_lots_that_exercise_will_lock_are_not_locked_besides(begin: Begin) -> None:
    done = lock(long_two_with_puts(begin, nets=False))
    assert (done.code, "行权将开 2 手" in done.sentence) == ("NOT_CLOSABLE", True), done.sentence


def test_nothing_is_reversed_onto_the_side_that_exercise_opens_or_out_of_what_it_nets(begin: Begin) -> None:
    for nets, words in ((False, "行权将开 2 手"), (True, "自对冲 2 手")):
        done = reverse(long_two_with_puts(begin, nets=nets))
        assert (done.code, words in done.sentence, "撤销行权申请" in done.sentence) == ("LOCKED", True, True)


@pytest.mark.parametrize("reverses", [False, True])
def test_lots_that_a_working_close_may_take_are_not_netted_besides(begin: Begin, reverses: bool) -> None:
    world = begin(at=instant(DAY, 14, 50), universe=WITH_OPTIONS)
    world.show({**SHOWN, I: ("841", "841.5")})  # the puts of today are not exercised by themselves
    world.buy(2, "12.5", instrument=PUT)
    world.buy(2, "841.5", instrument=I)
    far = terms(Side.SELL, 1, "843", instrument=I, offset=Offset.CLOSE)
    command = c.ReversePosition(account=ONE, terms=far) if reverses else c.ClosePosition(account=ONE, terms=far)
    assert world.do(TRADER, command).ok

    def wish(lots: int, *, nets: bool = True) -> c.RequestExercise:
        one = ExerciseWish(
            instrument=PUT, flag=HedgeFlag.SPECULATION, lots=lots, choice=Choice.EXERCISE, self_close=nets
        )
        return c.RequestExercise(account=ONE, wish=one)

    done = world.do(TRADER, wish(2))
    assert (done.code, "多头 2 手里有 1 手在平仓委托里" in done.sentence) == ("CANNOT_EXERCISE", True), done.sentence
    assert world.do(TRADER, wish(1)).ok
    assert not world.do(TRADER, wish(1)).ok
    assert world.do(TRADER, wish(1, nets=False)).ok


@pytest.mark.parametrize(("nets", "words"), [(False, "行权将开 2 手"), (True, "行权后自对冲 2 手")])
def test_a_close_of_lots_that_exercise_will_lock_or_net_goes_out_with_a_warning(
    begin: Begin, nets: bool, words: str
) -> None:
    world = long_two_with_puts(begin, nets=nets)
    assert world.close_long(2, "830", instrument=I).ok
    (finding,) = [one for one in world.facts(OrderRecorded)[-1].findings if one.code == LEFT_BARE]
    assert (finding.value, finding.limit, finding.verdict) == ("2", "0", Verdict.WARN)
    assert words in finding.sentence
    assert "撤销行权申请" in finding.sentence
    assert not [one for one in world.facts(AlertRaised) if one.code == LEFT_BARE], "the person saw it beforehand"


def test_a_stop_that_takes_lots_that_exercise_will_net_goes_out_and_tells_of_it(begin: Begin) -> None:
    world = long_two_with_puts(begin, nets=True)
    place(world, wanted(reaches(829, BELOW, instrument=I), close(2, instrument=I)))
    world.show({I: ("829", "829.5")})
    world.wait(3)
    assert world.net(I) == 0
    (alert,) = [one for one in world.facts(AlertRaised) if one.code == LEFT_BARE]
    assert "自对冲 2 手" in alert.sentence


def test_a_close_that_leaves_as_many_lots_as_exercise_needs_warns_of_nothing(begin: Begin) -> None:
    world = long_two_with_puts(begin, nets=True)
    world.buy(2, "831", instrument=I)
    assert world.close_long(2, "830", instrument=I).ok
    assert LEFT_BARE not in [one.code for one in world.facts(OrderRecorded)[-1].findings]


def test_closing_what_a_request_was_to_net_goes_out_and_tells_of_the_limit_it_will_pass(begin: Begin) -> None:
    limits = msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 2}, position_confirm_fraction=Decimal(1))
    world = begin(at=instant(DAY, 14, 50), universe=WITH_OPTIONS, limits=limits)
    world.show(SHOWN)
    world.buy(4, "22.5", instrument=LATER)
    world.sell(2, "830", instrument=I)
    ask(world, LATER, 4, nets=True)
    world.wait(61)
    assert [one for one in world.facts(AlertRaised) if one.code == PASSES_LIMIT] == [], "two stay, as many as may"
    assert world.order(Side.BUY, 2, "830.5", instrument=I, offset=Offset.CLOSE).ok
    world.wait(61)
    (alert,) = [one for one in world.facts(AlertRaised) if one.code == PASSES_LIMIT]
    assert "A1-X000001" in alert.sentence
    assert "撤销申请" in alert.sentence


def test_each_request_for_one_option_that_will_pass_a_limit_is_told_of_once(begin: Begin) -> None:
    limits = msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 2}, position_confirm_fraction=Decimal(1))
    world = begin(at=instant(DAY, 14, 50), universe=WITH_OPTIONS, limits=limits)
    world.show(SHOWN)
    world.buy(4, "22.5", instrument=LATER)
    world.sell(2, "830", instrument=I)
    ask(world, LATER, 2, nets=True)
    ask(world, LATER, 2, nets=False)
    assert world.order(Side.BUY, 2, "830.5", instrument=I, offset=Offset.CLOSE).ok
    world.wait(125)
    told = [one.sentence for one in world.facts(AlertRaised) if one.code == PASSES_LIMIT]
    assert ["A1-X000001" in told[0], "A1-X000002" in told[1], len(told)] == [True, True, 2]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_request_that_outlives_the_lots_it_speaks_of_is_told_of_once(begin: Begin, restarts: bool) -> None:
    world = begin(at=instant(DAY, 14, 50), universe=WITH_OPTIONS)
    world.show(SHOWN)
    world.buy(2, "22.5", instrument=LATER)
    ask(world, LATER, 2, nets=False)
    world.wait(61)
    assert not [one for one in world.facts(AlertRaised) if one.code == OUTLIVES]
    assert world.close_long(1, "22", instrument=LATER).ok
    if restarts:
        world.restart()
    world.wait(130)
    (alert,) = [one for one in world.facts(AlertRaised) if one.code == OUTLIVES]
    assert "申请共 2 手，多头只剩 1 手" in alert.sentence
    assert "撤销申请 A1-X000001" in alert.sentence
