"""A time that went by unused lets nothing go later: it ends with an alert, unless it is within the grace (C12)."""

from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised, ConditionalMissed
from terminal.domain.market import DayFacts
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.reports import QueryAnswer
from terminal.engine.books.conditional import ConditionalRow
from terminal.engine.conditional.late import GRACE_NS, MISSED
from terminal.engine.turn import RUNNER, Turn
from tests.engine_world import COLLEAGUE, DAY, NEXT_NIGHT, ONE, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import BELOW, close, place, reaches, send, sent, wanted

HALF_PAST_NINE = instant(DAY, 9, 30)
SECOND = 1_000_000_000


def clock(hour: int, minute: int, second: int = 0) -> d.TimeReached:
    return d.TimeReached(instrument=RB, clock=hour * 3600 + minute * 60 + second)


def timed(world: World, release: d.Release | None = None) -> ConditionalRow:
    return place(world, wanted(clock(9, 30), release or send(price=3690)))


def alerts(world: World) -> list[str]:
    return [one.sentence for one in world.facts(AlertRaised) if one.code == MISSED]


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("after", [0, 40 * SECOND, GRACE_NS - 6 * SECOND])
def test_a_time_within_the_grace_still_lets_go(begin: Begin, after: int, restarts: bool) -> None:
    world = begin()
    timed(world)
    if restarts:
        world.restart()
    world.show_at(HALF_PAST_NINE + after)
    world.wait(6)  # the books are proven, and the exchange is heard after that
    (row,) = world.account.conditionals.rows.values()
    assert (row.state, len(sent(world)), alerts(world)) == (S.RELEASED, 1, [])


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("closes", [False, True])
def test_a_time_that_went_by_while_nobody_watched_ends_with_an_alert(
    begin: Begin, restarts: bool, closes: bool
) -> None:
    world = begin()
    if closes:
        world.buy(2, 3701)
    before = len(sent(world))
    timed(world, close(2) if closes else None)
    if restarts:
        world.restart()
    world.show_at(HALF_PAST_NINE + GRACE_NS + SECOND)
    world.wait(10)
    (row,) = world.account.conditionals.rows.values()
    assert (row.state, sent(world, before)) == (S.EXPIRED, [])
    (told,) = alerts(world)
    assert row.conditional in told
    assert "09:30:00 过了 60 秒还没有触发" in told
    world.wait(5)
    assert len(alerts(world)) == 1
    done = world.do(TRADER, c.ResumeConditional(account=ONE, conditional=row.conditional))
    assert done.code == "NOT_WAITING"


def test_a_time_that_passes_before_the_books_are_proven_is_not_made_up_for(begin: Begin) -> None:
    world = begin(at=HALF_PAST_NINE - 5 * SECOND)
    row = timed(world)
    world.wire.lose = (QueryAnswer,)
    world.cut()
    world.wait(70)
    world.wire.lose = ()
    world.wait(20)
    assert (world.account.barrier.passed, row.state, sent(world)) == (True, S.EXPIRED, [])


def test_a_time_just_before_a_break_that_was_not_heard_does_not_go_out_after_it(begin: Begin) -> None:
    world = begin(at=instant(DAY, 11, 29, 50))
    row = place(world, wanted(clock(11, 29, 59), send(price=3690)))
    world.show_at(instant(DAY, 13, 30))
    world.wait(5)
    assert (row.state, sent(world), len(alerts(world))) == (S.EXPIRED, [], 1)


def test_a_pause_over_the_time_ends_it_with_an_alert(begin: Begin) -> None:
    world = begin(at=HALF_PAST_NINE - 5 * SECOND)
    row = timed(world)
    assert world.do(TRADER, c.PauseConditional(account=ONE, conditional=row.conditional)).ok
    world.wait(60)
    assert row.state is S.PAUSED
    world.wait(10)
    assert (row.state, sent(world)) == (S.EXPIRED, [])
    assert "到时正在暂停" in alerts(world)[0]


def test_a_pause_that_ended_within_the_grace_still_lets_go(begin: Begin) -> None:
    world = begin(at=HALF_PAST_NINE - 5 * SECOND)
    row = timed(world)
    assert world.do(TRADER, c.PauseConditional(account=ONE, conditional=row.conditional)).ok
    world.wait(30)
    assert world.do(TRADER, c.ResumeConditional(account=ONE, conditional=row.conditional)).ok
    world.wait(2)
    assert row.state is S.RELEASED


def test_an_or_waits_on_for_its_other_part_and_an_alert_says_so_once(begin: Begin) -> None:
    world = begin()
    either = d.AnyOf(parts=(clock(9, 30), reaches(3690, BELOW)))
    row = place(world, wanted(either, send(price=3690)))
    world.show_at(HALF_PAST_NINE + 2 * GRACE_NS)
    world.wait(5)
    assert (row.state, row.missed, len(alerts(world))) == (S.WAITING, (0,), 1)
    assert [one.parts for one in world.facts(ConditionalMissed)] == [(0,)]
    world.restart()
    world.wait(10)
    (row,) = world.account.conditionals.rows.values()
    assert (row.state, len(alerts(world))) == (S.WAITING, 1)
    world.show({RB: (3690, 3691)})
    assert (row.state, row.seen) == (S.RELEASED, "rb2101 买价 3690")


def test_an_or_of_times_ends_with_the_last_of_them(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(d.AnyOf(parts=(clock(9, 30), clock(14, 55))), send(price=3690)))
    world.show_at(HALF_PAST_NINE + 2 * GRACE_NS)
    assert (row.state, row.missed) == (S.WAITING, (0,))
    world.show_at(instant(DAY, 14, 56, 1))
    assert (row.state, len(alerts(world))) == (S.EXPIRED, 2)


def test_in_an_and_with_a_price_a_time_is_a_gate_and_the_price_of_now_decides(begin: Begin) -> None:
    world = begin()
    both = d.AllOf(parts=(clock(9, 30), reaches(3705)))
    row = place(world, wanted(both, send(price=3690)))
    world.show({RB: (3705, 3706)})
    assert row.state is S.WAITING
    world.show_at(HALF_PAST_NINE + 10 * GRACE_NS, {RB: (3700, 3701)})
    world.wait(6)
    assert (row.state, alerts(world)) == (S.WAITING, [])
    world.show({RB: (3705, 3706)})
    assert row.state is S.RELEASED


def test_in_an_and_of_times_the_last_one_counts(begin: Begin) -> None:
    world = begin()
    row = place(world, wanted(d.AllOf(parts=(clock(9, 30), clock(9, 40))), send(price=3690)))
    world.show_at(HALF_PAST_NINE + 5 * GRACE_NS)
    world.wait(5)
    assert row.state is S.WAITING
    world.show_at(instant(DAY, 9, 40))
    assert (row.state, alerts(world)) == (S.RELEASED, [])


def opening(world: World) -> ConditionalRow:
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    return place(world, wanted(d.MarketOpens(instrument=RB), send(price=3690), d.Validity.SESSION))


def test_a_preset_order_of_an_opening_that_nobody_watched_ends_with_an_alert(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 59, 55))
    opening(world)
    world.show_at(NEXT_NIGHT - 120 * SECOND)
    world.wire.lose = (QueryAnswer,)  # the runner is down over the opening, or its link is
    world.restart()
    world.wire.lose = (QueryAnswer,)
    world.cut()
    world.show_at(NEXT_NIGHT + 2 * GRACE_NS)
    world.wire.lose = ()
    world.wait(20)
    (row,) = world.account.conditionals.rows.values()
    assert (row.state, sent(world), len(alerts(world))) == (S.EXPIRED, [], 1)


def test_a_preset_order_of_a_quiet_contract_goes_out_when_it_is_quoted_at_last(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 59, 55))
    row = opening(world)
    kept = world.quotes.pop(RB)
    world.show_at(NEXT_NIGHT - 120 * SECOND)
    world.wait(420)
    assert (row.state, alerts(world)) == (S.WAITING, [])
    world.show({RB: kept})
    assert row.state is S.RELEASED


@pytest.mark.parametrize("restarts", [False, True])
def test_a_reconnect_while_a_quiet_contract_is_not_quoted_yet_takes_no_opening_away(
    begin: Begin, restarts: bool
) -> None:
    world = begin(at=instant(DAY, 14, 59, 55))
    opening(world)
    kept = world.quotes.pop(RB)
    world.show_at(NEXT_NIGHT - 120 * SECOND)
    world.wait(150)  # the opening came 30 seconds ago
    world.wire.lose = (QueryAnswer,)
    world.cut()
    world.wait(300)  # unproven for minutes
    world.wire.lose = ()
    if restarts:
        world.restart()
    else:
        world.cut()
    world.wait(20)
    (row,) = world.account.conditionals.rows.values()
    assert (world.account.barrier.passed, row.state, row.watched, alerts(world)) == (True, S.WAITING, (0,), [])
    world.show({RB: kept})
    assert (row.state, len(sent(world))) == (S.RELEASED, 1)


def test_a_changed_opening_is_watched_anew(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 59, 55))
    row = opening(world)
    world.quotes.pop(RB)
    world.show_at(NEXT_NIGHT - 120 * SECOND)
    world.wait(150)
    assert row.watched == (0,)
    again = wanted(d.MarketOpens(instrument=RB), send(price=3689), d.Validity.GTC)
    done = world.do(TRADER, c.EditConditional(account=ONE, conditional=row.conditional, base_version=1, wanted=again))
    assert (done.ok, row.watched) == (True, ())  # it waits for the next one


def test_a_changed_time_counts_from_the_change(begin: Begin) -> None:
    world = begin()
    either = d.AnyOf(parts=(clock(9, 30), reaches(3690, BELOW)))
    row = place(world, wanted(either, send(price=3690)))
    world.show_at(HALF_PAST_NINE + 2 * GRACE_NS)
    again = wanted(d.AnyOf(parts=(clock(9, 40), reaches(3690, BELOW))), send(price=3690))
    done = world.do(TRADER, c.EditConditional(account=ONE, conditional=row.conditional, base_version=1, wanted=again))
    assert (done.ok, row.missed) == (True, ())
    world.show_at(instant(DAY, 9, 40))
    assert row.state is S.RELEASED


@pytest.mark.parametrize("paused", [True, False])
def test_an_account_that_changes_hands_makes_up_for_no_missed_opening(begin: Begin, paused: bool) -> None:
    world = begin(at=instant(DAY, 14, 59, 30))
    world.buy(2, 3701)
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    either = d.AnyOf(parts=(d.MarketOpens(instrument=RB), reaches(3600, BELOW)))
    row = place(world, wanted(either, close(2), d.Validity.GTC))
    if paused:
        assert world.do(TRADER, c.PauseConditional(account=ONE, conditional=row.conditional)).ok
        world.show_at(NEXT_NIGHT)
        world.wait(70)
        assert world.do(TRADER, c.ResumeConditional(account=ONE, conditional=row.conditional)).ok
    else:
        world.at = NEXT_NIGHT + 3 * GRACE_NS
        world.grow()
        world.restart()
        world.wait(3)
    assert world.do(COLLEAGUE, c.TakeAccount(account=ONE)).ok
    world.wait(5)
    (row,) = world.account.conditionals.rows.values()
    assert (row.person, row.missed, row.state, len(alerts(world))) == (COLLEAGUE, (0,), S.WAITING, 1)


def test_a_part_that_an_older_program_told_twice_is_read_as_missed_once(begin: Begin) -> None:
    world = begin()
    either = d.AnyOf(parts=(clock(9, 30), reaches(3690, BELOW)))
    row = place(world, wanted(either, send(price=3690)))
    turn = Turn(world.state, world.at, "timer", RUNNER)
    for _ in range(2):
        turn.say(ConditionalMissed(account=ONE, conditional=row.conditional, parts=(0,)))
    assert row.missed == (0,)
    world.runner._append(turn)
