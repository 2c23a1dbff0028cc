"""Restart is recovery: the journal is the state, at every moment, and nothing is done without it (SAFETY 2)."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.errors import UserError
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import BarrierBegan, RunnerStarted
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, Side
from terminal.domain.parameters.strategy import GridSettings, SpreadLeg, SpreadSettings
from terminal.domain.reports import Accepted, Traded
from terminal.domain.words.risk import Scope
from terminal.engine.check import check_all
from terminal.engine.fold import apply
from terminal.engine.receive import Engine
from terminal.engine.records.journal import JournalError, Record
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.state import State
from terminal.engine.turn import Turn
from terminal.store.journal import SqliteJournal
from tests.engine_world import CHECKER, DAY, FAR, NEXT_NIGHT, ONE, RB, RISK, TENANT, TRADER, I, World
from tests.scenario.conftest import Begin

GRID, SPREAD, LARGE = StrategyId("grid"), StrategyId("spread"), StrategyId("large")


def grid(instrument: InstrumentId, lots: int = 1) -> GridSettings:
    anchor, step = (Decimal(830), 1) if instrument == I else (Decimal(3700), 3)
    return GridSettings(
        account=ONE,
        instrument=instrument,
        side=Side.BUY,
        anchor=anchor,
        step=Decimal(step),
        lines=6,
        lots_per_line=lots,
        stop=anchor - 200,
        lower=anchor - 150,
        upper=anchor + 200,
    )


def spread() -> SpreadSettings:
    return SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
            SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-1),
        ),
        buy_at=Decimal(95),
        sell_at=Decimal(102),
        sets=1,
        max_sets=3,
        pause_seconds=1,
    )


class Mirror:
    """Fold every record the moment it is in the journal, as a desk would, and compare with the engine that said it."""

    def __init__(self) -> None:
        self.state = State()
        self.position = 0
        self.compared = 0

    def follow(self, world: World) -> None:
        for entry in world.journal.replay(self.position):
            assert isinstance(entry.record, Record)
            apply(self.state, entry.record.fact, entry.record.utc)
            self.position = entry.position
        assert self.state.state_hash() == world.state.state_hash()
        assert check_all(world.state) == []
        self.compared += 1


def a_busy_morning(world: World, draw: random.Random, seconds: int, after: object = None) -> None:
    """Let two markets wander under a grid, a spread, people, a large approved grid, a cut, a kill and its release."""
    rebar, far, ore = 3700, 3600, Decimal(830)
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid(RB)))
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=spread()))
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=LARGE, settings=grid(I, lots=12)))
    world.decide(CHECKER, world.parked)
    for second in range(seconds):
        rebar += draw.choice((-4, -2, 0, 2, 4))
        far += draw.choice((-4, -2, 0, 2, 4))
        ore += draw.choice((-2, -1, 0, 1, 2)) * Decimal("0.5")
        world.show(
            {RB: (rebar, rebar + 1), FAR: (far, far + 2), I: (ore, ore + Decimal("0.5"))}, lots=draw.choice((1, 3, 500))
        )
        if second % 9 == 4:
            world.order(Side.SELL, draw.choice((1, 2, 70)), ore + 2, instrument=I)
        if second % 20 == 12:
            world.do(TRADER, c.CancelAll(account=ONE, instrument=I))
        if second == 15:
            world.cut()
        if second == 25:
            world.do(RISK, c.Kill(account=ONE, scope=Scope(strategy=GRID), reason="演练"))
        if second == 30:
            for person in (RISK, TRADER):
                world.do(person, c.Release(account=ONE, scope=Scope(strategy=GRID), reason="演练结束"))
            world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID))
        if callable(after):
            after()


def busy_orders(world: World) -> list[tuple[str, OrderState, int]]:
    return [(row.order, row.state, row.filled) for row in world.account.orders.values()]


# --- the fold law ----------------------------------------------------------------------------------------------


def test_the_journal_folds_to_the_live_state_after_every_single_turn(begin: Begin) -> None:
    mirror = Mirror()
    worlds: list[World] = []

    def told(turn: Turn, _: Engine) -> None:
        if worlds and turn.said:
            mirror.follow(worlds[0])

    world = begin(told=told)
    worlds.append(world)
    a_busy_morning(world, random.Random(7), 300)
    assert mirror.compared > 200
    states = {row.state for row in world.account.orders.values()}
    assert {OrderState.FILLED, OrderState.CANCELLED} <= states
    assert len(world.account.fills) > 50
    assert {row.cause.strategy for row in world.account.orders.values()} == {None, GRID, SPREAD, LARGE}
    # The last half hour before the night and the night itself, with a settlement between.
    world.show_at(instant(DAY, 14, 59))
    world.show_at(instant(DAY, 15, 0, 1))
    world.show_at(NEXT_NIGHT)
    world.wait(3)
    mirror.follow(world)


def test_a_killed_runner_goes_on_from_any_moment(begin: Begin) -> None:
    # The same morning, once in one life, and once in a life that ends every second.
    whole = begin()
    a_busy_morning(whole, random.Random(11), 90)
    broken = begin()
    a_busy_morning(broken, random.Random(11), 90, after=broken.restart)
    assert len(broken.facts(RunnerStarted)) == 91
    for world in (whole, broken):
        assert len({order.wire_key for order in world.wire.sent}) == len(world.wire.sent), "nothing is sent twice"
        assert len(world.account.fills) > 20


def test_two_equal_mornings_give_equal_journals(begin: Begin) -> None:
    first, second = begin(), begin()
    for world in (first, second):
        a_busy_morning(world, random.Random(3), 20)
    assert [entry.data for entry in first.journal.replay()] == [entry.data for entry in second.journal.replay()]
    assert first.state.state_hash() == second.state.state_hash()


def test_sqlite_holds_the_same_morning_as_memory(world: World, world_on_disk: World) -> None:
    for one in (world, world_on_disk):
        a_busy_morning(one, random.Random(5), 12)
    assert [entry.data for entry in world.journal.replay()] == [entry.data for entry in world_on_disk.journal.replay()]
    world_on_disk.restart()
    world_on_disk.restart()
    assert world_on_disk.account.barrier.passed
    assert busy_orders(world) == busy_orders(world_on_disk)


# --- what a restart does ---------------------------------------------------------------------------------------


def test_a_restart_opens_nothing_before_the_barrier_and_forgets_nothing(world: World) -> None:
    resting, filled = world.buy(2, 3690), world.buy(1, 3701)
    before = busy_orders(world)
    world.restart()
    assert busy_orders(world) == before
    assert resting.order != filled.order
    assert world.net() == 1
    starts = [one.start for one in world.facts(RunnerStarted)]
    assert starts == [1, 2]
    assert [one.session for one in world.facts(BarrierBegan) if one.account == ONE] == ["1", "2"]
    assert world.order(Side.BUY, 1, 3689).ok
    assert world.wire.sent[-1].wire_key.endswith("/2/00000003"), "numbers go on, under the new session"


def test_what_happened_while_the_runner_was_dead_is_learnt_from_the_exchange(world: World) -> None:
    # Given two resting orders, When the runner is dead, one of them fills and the market goes on
    first, second = world.buy(2, 3690), world.buy(1, 3680)
    dead = world.wire
    dead.lose = (Accepted, Traded)
    world.show({RB: (3684, 3685)})
    assert world.net() == 0
    # Then the next runner knows it as soon as it has logged in.
    world.restart()
    assert world.account.orders[first.order].state is OrderState.FILLED
    assert world.account.orders[second.order].state is OrderState.LIVE
    assert world.net() == 2


def test_columns_and_windows_are_read_again_from_the_past(world: World) -> None:
    world.show({RB: (3710, 3711)})
    world.show({I: ("835", "835.5")})
    world.restart()
    quote = world.engine.columns.quote(RB)
    assert quote is not None
    assert (quote.bid, quote.ask, world.engine.columns.at) == (3710, 3711, world.at)


def test_a_restart_writes_no_earlier_moment(world: World) -> None:
    world.wait(5)
    world.buy(1, 3701)
    world.restart()
    world.buy(1, 3690)
    stamps = [record.utc for record in world.records()]
    assert stamps == sorted(stamps)


def test_strategies_go_on_with_what_they_hold(begin: Begin) -> None:
    world = begin()
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid(RB)))
    world.show({RB: (3700, 3701)})
    world.show({RB: (3696, 3697)})
    held = world.net()
    memory = world.account.strategies[GRID].memory
    assert held > 0
    world.restart()
    assert world.account.strategies[GRID].memory == memory
    assert world.account.strategies[GRID].status is StrategyStatus.RUNNING
    world.show({RB: (3703, 3704)})
    assert world.net() == 0, "its exits stood at the exchange and were known again"
    world.show()
    tags = [row.cause.tag for row in world.account.live.values()]
    assert len(tags) == len(set(tags)), "one order on a line"


# --- a journal that cannot be written --------------------------------------------------------------------------


def full_after(records: int) -> World:
    """Return a world whose journal has room for so many records more than it begins with."""
    begins_with = len(World().records())
    return World(journal=MemoryJournal(TENANT, room=begins_with + records), sound=False)


def test_what_cannot_be_recorded_is_not_sent_and_trading_stops() -> None:
    world = full_after(1)
    with pytest.raises(JournalError, match="空间已满"):
        world.order(Side.BUY, 1, 3701)  # intent and answer are two records
    assert world.wire.sent == []
    assert [record.kind for record in world.records()][-1] == "barrier_passed"
    # Whoever goes on asking is told that nothing runs any more.
    for _ in range(2):
        with pytest.raises(UserError, match="没有启动"):
            world.order(Side.BUY, 1, 3701)
    world.grow()
    with pytest.raises(UserError, match="没有启动"):
        world.drain()
    assert world.wire.sent == []


@pytest.mark.parametrize("room", range(2, 12))
def test_wherever_the_journal_ends_the_exchange_has_only_what_it_holds(room: int) -> None:
    # Given room for a few records, When people trade until it is full
    world = full_after(room)
    with pytest.raises(JournalError, match="空间已满"):
        trade_on(world)
    # Then every order at the exchange has its intent in the journal, and a restart with room agrees with it.
    recorded = {record.fact.wire_key for record in world.records() if record.kind == "order_recorded"}  # type: ignore[union-attr]  # the kind says which
    assert {order.wire_key for order in world.wire.sent} <= recorded
    assert isinstance(world.journal, MemoryJournal)
    world.journal._room = None

    world.restart()
    world.wait(40)
    world.check()
    assert len(world.wire.sent) == len({order.wire_key for order in world.wire.sent})


def trade_on(world: World) -> None:
    for number in range(20):
        world.order(Side.BUY, 1, 3701)
        world.show()
        world.order(Side.BUY, 1, 3690 - number)
        world.show(after=2)


def test_a_full_disk_stops_trading_and_loses_nothing(tmp_path: Path) -> None:
    world = World(journal=SqliteJournal(tmp_path, TENANT, page_limit=90), sound=False)
    with pytest.raises(JournalError):
        trade_forever(world)
    sent = len(world.wire.sent)
    with pytest.raises(UserError):
        world.order(Side.BUY, 1, 3701)
    assert len(world.wire.sent) == sent > 3
    world.restart()  # SqliteJournal without a limit: somebody made room
    world.wait(40)
    world.check()
    assert isinstance(world.journal, SqliteJournal)
    world.journal.close()


def trade_forever(world: World) -> None:
    while True:
        world.order(Side.BUY, 1, 3701)
        world.show(after=3)


# --- the exchange dies too -------------------------------------------------------------------------------------


def test_both_may_die_and_neither_loses_an_order_or_a_fill(begin: Begin, tmp_path: Path) -> None:
    world = begin(exchange=tmp_path / "exchange.db")
    rested, filled = world.buy(2, 3690), world.buy(1, 3701)
    for _ in range(3):
        world.restart(exchange_too=True)
        world.wait(2)
    assert world.account.orders[rested.order].state is OrderState.LIVE
    assert world.account.orders[filled.order].state is OrderState.FILLED
    world.show({RB: (3685, 3686)})
    world.restart(exchange_too=True)
    assert world.net() == 3
    position = world.account.book.position(RB, HedgeFlag.SPECULATION)
    assert (position.long_today, position.long_yesterday) == (3, 0)
    assert world.close_long(3, 3685, offset=Offset.CLOSE_TODAY).ok
    assert world.net() == 0


def test_time_stands_still_for_a_dead_runner(world: World) -> None:
    world.order(Side.BUY, 100, "830.5", instrument=I)
    end = world.parked.confirmation.expires_at
    world.restart()
    world.show_at(end - SECOND_NS)
    assert world.decide(CHECKER, world.parked).ok
