"""A market with its own clock keeps its pace, hurries through breaks, and leaves people the time that is theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.fact.facts import AlertRaised, ConfirmationDecided, Fact, LinkLost, OrderCancelled
from terminal.domain.ids import CommandId
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.order import Side
from terminal.domain.reports import LinkDown
from terminal.domain.words.risk import Level
from terminal.engine.ports import OtherExchangeError
from terminal.engine.records.journal import Actor
from terminal.engine.turn import Turn
from terminal.shell.living import LINK_TAKEN, LONGEST_PAUSE, LONGEST_WAIT, MARKET_ENDED, OTHER_EXCHANGE, Living
from terminal.shell.picture.events import word
from tests.engine_world import DAY, LIMITS, ONE, RISK, SECOND_RISK, TRADER, World, device, sign, terms
from tests.host_clock import HostClock

NOON = instant(DAY, 11, 29, 58)  # two seconds before a break of ninety minutes
AFTERNOON = instant(DAY, 13)
QUARTER = 15 * 60


async def eventually(happened: Callable[[], bool]) -> None:
    for _ in range(5_000):
        if happened():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never happened")


def played(world: World, clock: HostClock, *, speed: float = 1) -> None:
    """Take what the market holds, up to its end, as a living runner does."""
    living = Living(
        world.runner, live_from=0, speed=speed, seen=lambda _: None, monotonic=lambda: clock.now, wait=clock.wait
    )

    async def go() -> None:
        running = asyncio.create_task(living.run())
        await eventually(lambda: living.ended)
        running.cancel()

    asyncio.run(go())


def over_noon() -> World:
    """Return a world two seconds before noon, whose next quotes come after it."""
    world = World(at=NOON)
    world.at = AFTERNOON
    world.grow()
    return world


def looser(world: World) -> None:
    world.at = NOON
    assert world.account.limits is not None
    wanted = replace(LIMITS, position_lots=1_001)
    run_now(world, c.ChangeLimits(account=ONE, base_version=world.account.limits.version, limits=wanted))
    assert len(world.pending()) == 1


def run_now(world: World, body: c.CommandBody) -> None:
    # As `World.do`, but what the market holds already is not played.
    person = TRADER if isinstance(body, c.SubmitOrder | c.CancelOrder) else RISK
    if isinstance(body, c.ApproveOrder):
        person = SECOND_RISK
    world._commands += 1
    command = CommandId(f"c{world._commands}")
    wanted = c.Command(command=command, person=person, device=device(person), at=world.at, body=body)
    with pytest.raises(StopIteration):
        world.runner.command(wanted).send(None)


def approve(world: World) -> None:
    asked = world.parked.confirmation
    mark = sign(device(SECOND_RISK), asked.order_hash, ConfirmationEvent.APPROVE, SECOND_RISK)
    body = c.ApproveOrder(account=ONE, confirmation=asked.confirmation, order_hash=asked.order_hash, signature=mark)
    run_now(world, body)


def test_another_exchange_in_the_place_of_ours_is_told_once_and_ours_is_gone_on_with_when_it_is_back() -> None:
    world, clock = World(), HostClock()
    world.grow()
    world.wire.other = OtherExchangeError("样例 1", "样例 2")
    world.wire.tell(LinkDown(why="断线"))
    clock.acts = [(60, lambda: setattr(world.wire, "other", None))]
    played(world, clock)
    told = [fact for fact in world.facts(AlertRaised) if fact.code == OTHER_EXCHANGE]
    assert [fact.account for fact in told] == list(world.state.accounts)
    assert {fact.level for fact in told} == {Level.RED}
    assert "原为 样例 1，现为 样例 2" in told[0].sentence
    assert clock.now >= 60
    assert world.account.linked
    assert world.account.barrier.passed


def test_why_the_link_is_down_is_told_as_it_is_now() -> None:
    world, clock = World(), HostClock()
    world.grow()
    world.wire.refuses = ["连不上交易所", "连不上交易所", "两边用的不是同一份行情"]
    world.wire.tell(LinkDown(why="断线"))
    played(world, clock)
    told = [fact.why for fact in world.facts(LinkLost) if fact.account == ONE]
    assert told[-3:] == ["断线", "连不上交易所", "两边用的不是同一份行情"]
    assert world.account.linked
    assert world.account.barrier.passed


def test_logins_that_do_not_last_are_tried_more_slowly_and_told_once() -> None:
    world, clock = World(), HostClock()
    world.grow()
    world.wire.cuts = 8  # by another runner, that takes the link back each time it has lost it
    world.wire.tell(LinkDown(why="断线"))
    played(world, clock)
    told = [fact for fact in world.facts(AlertRaised) if fact.code == LINK_TAKEN]
    assert [(fact.account, fact.level) for fact in told] == [(name, Level.ORANGE) for name in world.state.accounts]
    assert "另有一个运行器" in told[0].sentence
    assert clock.now >= 1 + 2 + 4 + 4 * LONGEST_PAUSE


def test_a_break_passes_in_a_second_while_nobody_is_waited_for() -> None:
    world, clock = over_noon(), HostClock()
    played(world, clock)
    assert world.engine.columns.at == AFTERNOON
    assert clock.now == pytest.approx(LONGEST_WAIT)


@pytest.mark.parametrize(("speed", "seconds"), [(1, QUARTER), (10, QUARTER / 10)])
def test_what_waits_for_a_second_person_keeps_its_time_through_a_break_and_its_end_is_said(
    speed: float, seconds: float
) -> None:
    world, clock = over_noon(), HostClock()
    looser(world)
    states: dict[str, ConfirmationState] = {}
    clock.acts = [(seconds - 1, lambda: states.update(before=world.parked.state))]
    played(world, clock, speed=speed)
    assert states["before"] is ConfirmationState.PENDING
    assert clock.now == pytest.approx(seconds, abs=LONGEST_WAIT)
    (decided,) = world.facts(ConfirmationDecided)
    assert decided.decision is ConfirmationEvent.EXPIRE
    said = word(world.state, decided, world.records()[-1].actor)
    assert said is not None
    assert "已超过时限，没有执行" in said.sentence


def test_the_break_goes_on_quickly_once_the_second_person_has_decided() -> None:
    world, clock = over_noon(), HostClock()
    looser(world)
    clock.acts = [(600, lambda: approve(world))]
    played(world, clock)
    assert world.parked.state is ConfirmationState.CONSUMED
    assert world.account.limits is not None
    assert world.account.limits.position_lots == 1_001
    assert clock.now == pytest.approx(600, abs=3 * LONGEST_WAIT)


def test_a_gap_shorter_than_the_time_given_passes_as_it_is() -> None:
    world, clock = World(at=NOON), HostClock()
    world.at = NOON + 60 * SECOND_NS
    world.grow()
    looser(world)
    played(world, clock)
    assert clock.now == pytest.approx(60)
    assert world.parked.state is ConfirmationState.PENDING


def test_a_journal_that_breaks_while_a_second_person_has_time_ends_the_runner_at_once() -> None:
    world = over_noon()
    looser(world)
    clock = HostClock()
    asked: list[float] = []

    async def for_ever(seconds: float) -> None:
        asked.append(seconds)
        await asyncio.Event().wait()

    living = Living(world.runner, live_from=0, speed=1, seen=lambda _: None, monotonic=lambda: clock.now, wait=for_ever)

    async def go() -> None:
        running = asyncio.create_task(living.run())
        await eventually(lambda: bool(asked))
        living.broke(OSError("no space"))
        with pytest.raises(UserError, match="no space"):
            await asyncio.wait_for(running, 5)

    asyncio.run(go())


def test_a_turn_that_breaks_off_in_the_middle_ends_the_runner_before_anybody_orders_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = over_noon()
    living = Living(world.runner, live_from=0, speed=1, seen=lambda _: None, monotonic=lambda: 0)
    say = Turn.say

    def said_and_broken(turn: Turn, fact: Fact, *, by: Actor | None = None) -> None:
        say(turn, fact, by=by)
        raise InvariantError("something that must hold does not")

    monkeypatch.setattr(Turn, "say", said_and_broken)
    body = c.SubmitOrder(terms=terms(Side.BUY, 1, 3690))
    wanted = c.Command(command=CommandId("x"), person=TRADER, device=device(TRADER), at=world.at, body=body)

    async def go() -> None:
        with pytest.raises(InvariantError):
            await living.command(wanted, lambda: True)
        monkeypatch.undo()
        with pytest.raises(UserError, match="运行器已停止"):
            await living.command(wanted, lambda: True)
        with pytest.raises(UserError, match="something that must hold does not"):
            await asyncio.wait_for(living.run(), 5)
        with pytest.raises(UserError, match="没有在运行"):
            _ = living.engine  # what asks for no turn, as a preview, would show what no journal has

    asyncio.run(go())


def test_the_end_of_a_market_is_said_once_to_every_account_with_what_to_do() -> None:
    world, clock = World(at=NOON), HostClock()
    played(world, clock)
    played(world, clock)
    said = [fact for fact in world.facts(AlertRaised) if fact.code == MARKET_ENDED]
    assert [fact.account for fact in said] == list(world.state.accounts)
    assert said[0].sentence == (
        "made放到 2020-08-21 11:29 为止：这份行情到此放完；不再有报价，策略不再动作，挂单仍可撤销"
    )


def test_a_cancel_after_the_market_has_ended_is_still_answered() -> None:
    world, clock = World(at=NOON), HostClock()
    order = world.buy(1, 3600)
    living = Living(world.runner, live_from=0, speed=1, seen=lambda _: None, monotonic=lambda: 0.0, wait=clock.wait)

    async def go() -> None:
        running = asyncio.create_task(living.run())
        await eventually(lambda: living.ended)
        body = c.CancelOrder(account=ONE, order=order.order)
        wanted = c.Command(command=CommandId("late"), person=TRADER, device=device(TRADER), at=NOON, body=body)
        await living.command(wanted, lambda: True)
        await eventually(lambda: bool(world.facts(OrderCancelled)))
        running.cancel()

    asyncio.run(go())
    assert world.account.live == {}
