"""What a checker approves is a moment; when the moment has passed, the approval is void (SAFETY 7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import MINUTE_NS, SECOND_NS, instant
from terminal.domain.fact.facts import CommandDone, ConfirmationDecided, OrderRefused
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Scope
from terminal.engine.fold import apply
from tests.engine_world import CHECKER, DAY, LIMITS, MORNING, ONE, RB, RISK, TRADER, I, Shown, World
from tests.scenario.conftest import Begin

LARGE: Final = 100  # lots of iron ore at 830.25 in the middle: 8.3 million yuan


def park(world: World, *, side: Side = Side.BUY) -> None:
    done = world.order(side, LARGE, "830.5" if side is Side.BUY else "830", instrument=I)
    assert done.code == "CONFIRM2", done.sentence


def decisions(world: World) -> list[ConfirmationEvent]:
    return [fact.decision for fact in world.facts(ConfirmationDecided)]


# --- time ------------------------------------------------------------------------------------------------------


def test_it_waits_fifteen_minutes_and_not_a_nanosecond_longer(world: World) -> None:
    park(world)
    end = world.parked.confirmation.expires_at
    assert end == world.at + 15 * MINUTE_NS
    # One nanosecond before the end it can be approved ...
    world.wait_until(end - 1)
    assert world.decide(CHECKER, world.parked).ok
    assert len(world.wire.sent) == 1


@pytest.mark.parametrize("late", [0, 1])
def test_an_approval_at_its_end_is_too_late(world: World, late: int) -> None:
    park(world)
    end = world.parked.confirmation.expires_at
    world.wait_until(end - 2 * SECOND_NS)
    world.show_at(end - SECOND_NS // 2)
    world.show_at(end + late)  # the engine looks about once a second, and has not yet looked for what is overdue
    assert world.parked.state is ConfirmationState.PENDING
    done = world.decide(CHECKER, world.parked)
    assert (done.ok, done.code) == (False, "EXPIRED")
    assert world.wire.sent == []
    world.show()
    assert world.parked.state is ConfirmationState.EXPIRED
    assert world.decide(CHECKER, world.parked).code == "NOT_PENDING"


def test_it_ends_with_the_session_if_that_is_earlier(begin: Begin) -> None:
    # Given 10:05, ten minutes before the morning break
    world = begin(at=instant(DAY, 10, 5))
    park(world)
    assert world.parked.confirmation.expires_at == instant(DAY, 10, 15)
    # When the break has come, Then it is over, though fifteen minutes are not.
    world.show_at(instant(DAY, 10, 15))
    assert world.parked.state is ConfirmationState.EXPIRED
    assert world.wire.sent == []


def test_after_a_restart_it_keeps_its_remainder_and_never_more(world: World) -> None:
    park(world)
    end = world.parked.confirmation.expires_at
    world.wait(10 * 60)
    world.restart()
    assert world.parked.state is ConfirmationState.PENDING
    assert world.parked.confirmation.expires_at == end
    world.wait(4 * 60)
    assert world.decide(CHECKER, world.parked).ok
    assert len(world.wire.sent) == 1


def test_after_a_restart_it_still_ends_when_it_would_have_ended(world: World) -> None:
    park(world)
    world.wait(10 * 60)
    world.restart()
    world.wait(5 * 60)
    assert world.parked.state is ConfirmationState.EXPIRED
    assert world.wire.sent == []


def test_an_approval_that_was_thirty_seconds_on_the_way_is_refused(world: World) -> None:
    park(world)
    done = world.decide(CHECKER, world.parked, late=30.1)
    assert (done.ok, done.code) == (False, "EXPIRED")
    assert world.parked.state is ConfirmationState.PENDING
    assert world.decide(CHECKER, world.parked, late=30).ok


# --- price -----------------------------------------------------------------------------------------------------


# The reference is 830.25: 0.3 % are 2.49075 yuan, five ticks are 2.5 yuan, and the larger of the two counts.
@pytest.mark.parametrize(
    ("quote", "state"),
    [
        (("832.5", "833"), ConfirmationState.CONSUMED),  # 832.75: 2.5 away, allowed
        (("827.5", "828"), ConfirmationState.CONSUMED),  # 827.75: 2.5 away on the other side
        (("833", "833.5"), ConfirmationState.STALE),  # 833.25: 3 away
        (("827", "827.5"), ConfirmationState.STALE),
    ],
)
def test_price_may_drift_five_ticks_and_no_further(world: World, quote: Shown, state: ConfirmationState) -> None:
    park(world)
    world.show({I: quote})
    done = world.decide(CHECKER, world.parked)
    assert world.parked.state is state
    assert len(world.wire.sent) == (state is ConfirmationState.CONSUMED)
    if state is ConfirmationState.STALE:
        assert (done.ok, done.code) == (False, "STALE")
        assert "漂移" in done.sentence
        assert decisions(world) == [ConfirmationEvent.APPROVE, ConfirmationEvent.STALE]


# At 1 000 yuan, 0.3 % are 3 yuan and more than five ticks.
@pytest.mark.parametrize(
    ("quote", "state"),
    [
        (("1003", "1003.5"), ConfirmationState.CONSUMED),
        (("1003.5", "1004"), ConfirmationState.STALE),
    ],
)
def test_price_may_drift_three_thousandths_where_that_is_more(
    world: World, quote: Shown, state: ConfirmationState
) -> None:
    world.show({I: ("1000", "1000.5")})
    assert world.order(Side.BUY, 60, "1000.5", instrument=I).code == "CONFIRM2"  # from 1000.25: 3.00075 allowed
    world.show({I: quote})
    world.decide(CHECKER, world.parked)
    assert world.parked.state is state


def test_a_price_that_came_back_is_no_drift(world: World) -> None:
    park(world)
    world.show({I: ("840", "840.5")})
    world.show({I: ("830", "830.5")})
    assert world.decide(CHECKER, world.parked).ok
    assert len(world.wire.sent) == 1


def test_the_collar_is_asked_again_at_approval(world: World) -> None:
    # Given an order 1.93 % through the market, which a checker may let pass
    assert world.order(Side.BUY, LARGE, "846.5", instrument=I).code == "CONFIRM2"
    # When the market falls by less than the drift allows, and the order is 2.17 % through it
    world.show({I: ("828", "828.5")})
    # Then nobody may let it pass.
    assert world.decide(CHECKER, world.parked).code == "STALE"
    assert [finding.code for finding in world.facts(OrderRefused)[0].findings if finding.control == "C3"] == [
        "PRICE_FAR_THROUGH_MARKET"
    ]
    assert world.wire.sent == []


# --- levels, limits, positions ---------------------------------------------------------------------------------


def test_a_level_that_rose_makes_it_stale(begin: Begin) -> None:
    # Given ten lots of rebar, and an order of iron ore that waits
    world = begin(limits=msgspec.structs.replace(LIMITS, day_loss_yuan=Decimal(10_000)))
    world.buy(10, 3701)
    park(world)
    # When rebar loses four fifths of the day's limit, 10 lots x 10 t x 80.5 yuan
    for _ in range(3):
        world.show({RB: (3620, 3621)})
    # Then the moment the checker was shown is over, though iron ore stands still.
    assert world.decide(CHECKER, world.parked).code == "STALE"
    assert "级别" in world.facts(ConfirmationDecided)[-1].reason


def test_changed_limits_make_it_stale_even_if_they_are_tighter(world: World) -> None:
    park(world)
    tighter = msgspec.structs.replace(LIMITS, position_lots=900)
    assert world.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=tighter)).code == "OK"
    done = world.decide(CHECKER, world.parked)
    assert (done.code, world.parked.state) == ("STALE", ConfirmationState.STALE)
    assert "限额" in done.sentence
    assert world.wire.sent == []


def test_a_position_that_changed_its_sign_makes_it_stale(world: World) -> None:
    # Flat when the checker was asked, long when he answers.
    park(world)
    world.buy(1, "830.5", instrument=I)
    done = world.decide(CHECKER, world.parked)
    assert (done.code, world.parked.state) == ("STALE", ConfirmationState.STALE)
    assert "持仓方向" in done.sentence


def test_a_position_that_grew_on_the_same_side_does_not(world: World) -> None:
    world.buy(1, "830.5", instrument=I)
    park(world)
    world.buy(2, "830.5", instrument=I)
    assert world.decide(CHECKER, world.parked).ok
    assert world.net(I) == 103


def test_every_control_is_asked_again_when_it_is_approved(begin: Begin) -> None:
    # Given a limit of 150 lots and two orders of 100, each of which fits alone
    limits = msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 150})
    world = begin(limits=limits)
    world.order(Side.BUY, LARGE, "829", instrument=I)
    first = world.parked
    world.order(Side.BUY, LARGE, "829.5", instrument=I)
    second = world.parked
    assert world.decide(CHECKER, second).ok
    # When the first is approved too, Then the position limit says no, and what was approved is void.
    done = world.decide(CHECKER, first)
    assert (done.code, first.state) == ("STALE", ConfirmationState.STALE)
    assert "持仓限额" in done.sentence
    assert len(world.wire.sent) == 1
    refused = world.facts(OrderRefused)
    assert [finding.code for finding in refused[-1].findings if finding.control == "C4"] == ["POSITION_LIMIT"]


def test_a_kill_between_request_and_approval_voids_it(world: World) -> None:
    park(world)
    world.do(TRADER, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    assert world.parked.state is ConfirmationState.REVOKED
    assert world.decide(CHECKER, world.parked).code == "NOT_PENDING"
    assert world.wire.sent == []


def test_the_market_clock_counts_and_no_other(begin: Begin) -> None:
    # Two worlds: one with a batch a second, one that is quiet for ten minutes. Both end at the same instant.
    busy, quiet = begin(at=MORNING), begin(at=MORNING)
    for world in (busy, quiet):
        park(world)
    busy.wait(15 * 60 - 1)
    quiet.show(after=15 * 60 - 1)
    assert busy.pending() == quiet.pending() != []
    busy.wait(1)
    quiet.show()
    assert busy.pending() == quiet.pending() == []


def test_an_answer_of_an_older_version_that_called_it_done_stays_as_it_was_recorded() -> None:
    # Given a journal in which a yes that came to nothing was answered with ok
    world = World()
    park(world)
    old = msgspec.json.decode(
        b'{"type":"command_done","account":"A1","command":"old","ok":true,"code":"STALE","sentence":"moved"}',
        type=CommandDone,
    )
    before = world.state.state_hash()
    apply(world.state, old, world.at)
    # Then it is folded, and repeated, word for word.
    assert world.state.state_hash() != before
    assert world.account.commands[old.command] == old
    assert world.decide(CHECKER, world.parked, command="old") == old
    assert world.parked.state is ConfirmationState.PENDING
