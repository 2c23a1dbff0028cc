"""A spread at the edges of sessions: no child outside a leg's session, no new active leg without time to hedge (E6)."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.days.sessions import Phase
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import CancelRecorded, OrderRecorded, OrderRefused, OrderRejected, StrategyMarked
from terminal.domain.fact.marks import LegBroken, Repair
from terminal.domain.orders.order import Origin
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.domain.reports import Traded
from terminal.strategies.spread.hedge_ladder import p95
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_market import AU, WITH_GOLD
from tests.engine_world import DAY, FAR, ONE, OPENING_QUOTES, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, show, spread_settings
from tests.unit.engine.foreseen import start

BREAK = instant(DAY, 10, 15)


def automatic(world: World) -> list[OrderRecorded]:
    return [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]


def outside(world: World) -> list[str]:
    """Return the children that were sent while their own contract did not trade continuously."""
    calendar, found = world.engine.look.calendar, []
    for record in world.records():
        fact = record.fact
        if isinstance(fact, OrderRecorded) and fact.cause.origin is Origin.STRATEGY:
            known = world.state.tenant.instruments[fact.terms.instrument]
            assert known.session is not None
            if calendar.session(known.session, record.utc).phase is not Phase.CONTINUOUS:
                found.append(f"{fact.terms.instrument} {record.utc}")
    return found


def memory(world: World) -> SpreadMemory:
    held = world.account.strategies[SPREAD].memory
    assert isinstance(held, SpreadMemory)
    return held


def test_before_twenty_hedges_the_active_leg_stands_back_for_the_whole_of_the_chases(begin: Begin) -> None:
    # Given a spread at its price, whose chases take (5 + 1) x 3 seconds, 20 seconds before the morning break
    world = begin(at=BREAK - 40 * SECOND_NS)
    world.show_at(BREAK - 20 * SECOND_NS)
    world.do(TRADER, start(spread_settings(), SPREAD))
    # When the market goes on to the break, through it and on
    world.wait_until(BREAK + 5 * SECOND_NS)
    assert automatic(world) == []
    world.show_at(instant(DAY, 10, 30, 1))
    world.wait(20)
    # Then it trades after the break, and every child was inside its leg's session.
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert outside(world) == []


def test_a_spread_that_hedges_quickly_trades_nearer_to_the_break(begin: Begin) -> None:
    # Given a spread that has hedged more than twenty times, each within two seconds
    world = begin(at=BREAK - 600 * SECOND_NS)
    settings = replace(spread_settings(sets=1, max_sets=60, naked_lots=6), pause_seconds=0)
    world.do(TRADER, start(settings, SPREAD))
    for _ in range(120):
        show(world)
    assert len(memory(world).hedged_ms) >= 20
    measured = p95(memory(world).hedged_ms)
    assert measured is not None
    assert measured <= 2_000
    # When 12 seconds remain, less than the chases would take
    world.show({RB: (3800, 3801)})
    world.wait(5)
    before = len(automatic(world))
    world.show_at(BREAK - 12 * SECOND_NS, {RB: (3700, 3701)})
    world.wait(4)
    # Then it still trades; it does not when fewer remain than its hedges take.
    assert len(automatic(world)) > before
    world.show({RB: (3800, 3801)})
    world.wait(2)
    assert world.account.strategies[SPREAD].status is StrategyStatus.RUNNING
    before = len(automatic(world))
    world.show_at(BREAK - 3 * SECOND_NS, {RB: (3700, 3701)})
    world.wait_until(BREAK + 60 * SECOND_NS)
    assert len(automatic(world)) == before
    assert outside(world) == []


def test_how_long_hedges_took_survives_a_restart(begin: Begin) -> None:
    world = begin()
    world.do(TRADER, start(spread_settings(sets=1, naked_lots=6), SPREAD))
    world.wait(40)
    before = list(memory(world).hedged_ms)
    assert len(before) == 3
    world.restart()
    assert memory(world).hedged_ms == before


# --- legs with different night ends ----------------------------------------------------------------------------------


def gold(*, naked_lots: int = 10, gold_leads: bool = True) -> SpreadSettings:
    """Buy one lot of gold against ten of rebar."""
    return SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=AU, coefficient=Decimal(1), lots=1, active=gold_leads),
            SpreadLeg(instrument=RB, coefficient=Decimal("-0.1"), lots=-10, active=not gold_leads),
        ),
        buy_at=Decimal(100),
        sell_at=Decimal(200),
        naked_lots=naked_lots,
    )


def night(begin: Begin, at: int) -> World:
    world = begin(at=at, universe=WITH_GOLD)
    world.show({AU: (420, "420.02"), **OPENING_QUOTES})
    return world


def test_gold_trades_on_after_rebar_has_closed_and_the_spread_of_both_sends_nothing(begin: Begin) -> None:
    # Given gold against rebar at its price, two minutes before rebar's night ends at 23:00
    closes = instant(DAY, 23)
    world = night(begin, closes - 120 * SECOND_NS)
    world.show({AU: (480, "480.02")})  # 480 - 370 = 110: dear
    world.do(TRADER, start(gold(), SPREAD))
    world.wait(2)
    assert automatic(world) == []
    # When it becomes cheap eight seconds before the end, and stays so until gold closes at 02:30
    world.show_at(closes - 8 * SECOND_NS, {AU: (460, "460.02"), RB: (3700, 3701)})
    for minute in range(1, 230):
        world.show_at(closes + minute * 60 * SECOND_NS, {AU: (460, "460.02")})
    # Then neither leg was ever sent, though gold traded all the while.
    assert automatic(world) == []
    assert world.engine.look.session(RB).phase is not Phase.CONTINUOUS


def test_a_leg_left_lacking_at_its_night_end_has_the_other_one_unwound_while_that_trades(begin: Begin) -> None:
    # Given gold bought half a minute before 23:00, and rebar that nobody bids for any more when that is heard
    closes = instant(DAY, 23)
    world = night(begin, closes - 35 * SECOND_NS)
    world.do(TRADER, start(gold(), SPREAD))
    world.wire.hold = (Traded,)
    world.show({AU: (460, "460.02"), RB: (3700, 3701)})
    world.show_at(closes - 10 * SECOND_NS, {AU: (460, "460.02"), RB: (None, 3701)})
    world.tell_held()
    world.wait_until(closes - 1 * SECOND_NS)
    assert (world.net(AU), world.net(RB)) == (1, 0)
    # When rebar has closed and gold goes on
    for _ in range(60):
        world.show({AU: (460, "460.02")})
    # Then gold is given back: rebar could not follow before the morning.
    broken = [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, LegBroken)]
    assert [(one.instrument, one.lots, one.repair) for one in broken] == [(RB, 10, Repair.UNWIND)]
    assert (world.net(AU), world.net(RB)) == (0, 0)
    assert outside(world) == []


# --- the complaints ledger: session and auction rejects -----------------------------------------------------------


def test_complaint_vnpy_1298_twenty_thousand_cancels_over_lunch(begin: Begin) -> None:
    # Given a hedge of which two lots rest unfilled when the morning ends
    lunch = instant(DAY, 11, 30)
    world = begin(at=lunch - 60 * SECOND_NS)
    world.do(TRADER, start(spread_settings(), SPREAD))
    world.wire.hold = (Traded,)
    show(world)
    world.show_at(lunch - 6 * SECOND_NS, {RB: (3700, 3701), FAR: (3600, 3602)}, lots=1)
    world.tell_held()
    world.show_at(lunch - 5 * SECOND_NS, {FAR: (3500, 3602)})
    assert (world.net(RB), world.net(FAR)) == (3, -1)
    world.wait_until(lunch)
    sent, cancelled = len(automatic(world)), len(world.facts(CancelRecorded))
    assert sent == 2
    # When two hours of lunch go by, with a quote every second of the first five minutes and every minute then
    for _ in range(300):
        show(world, (3500, 3602))
    for minute in range(6, 120):
        world.show_at(lunch + minute * 60 * SECOND_NS)
    # Then not one order and not one cancel was sent, and the afternoon goes on with the same need.
    assert (len(automatic(world)), len(world.facts(CancelRecorded))) == (sent, cancelled)
    world.show_at(instant(DAY, 13, 30, 1), {RB: (3700, 3701), FAR: (3600, 3602)})
    world.wait(20)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    assert outside(world) == []


def test_complaint_tqsdk_124_131_155_210_260_no_child_is_rejected_at_any_hour_of_a_day(begin: Begin) -> None:
    # Given a spread that is at its price the whole day and the whole night
    world = begin(at=instant(DAY, 8, 50))
    world.do(TRADER, start(spread_settings(max_sets=60, naked_lots=6), SPREAD))
    # When every phase of the day is walked through: auction, breaks, lunch, close, night auction, night, its end
    for hour, minute in [(hour, minute) for hour in range(9, 24) for minute in range(0, 60, 5)]:
        world.show_at(instant(DAY, hour, minute) - 2 * SECOND_NS)
        for _ in range(4):
            show(world)
    # Then it traded, and nothing was refused or rejected, or sent while a leg did not trade.
    assert world.net(RB) == -world.net(FAR) > 0
    assert (world.facts(OrderRejected), world.facts(OrderRefused)) == ([], [])
    assert outside(world) == []


def test_stopped_in_a_break_it_rests_at_once_when_balanced_and_hedges_after_it_when_not(begin: Begin) -> None:
    world = begin(at=BREAK - 60 * SECOND_NS)
    world.do(TRADER, start(spread_settings(), SPREAD))
    world.wait(10)
    world.show_at(BREAK + 10 * SECOND_NS)
    assert world.net(RB) == -world.net(FAR) != 0
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=SPREAD)).ok
    assert world.account.strategies[SPREAD].status is StrategyStatus.STOPPED
    assert outside(world) == []
