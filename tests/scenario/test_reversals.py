"""Reverse a position (反手): close first, open only what was filled, and keep what is missing in sight (C8)."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import ConfirmationRequested, Fact, OrderRecorded, OrderRefused
from terminal.domain.ids import PersonId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.orders.reversal import ReversalState
from terminal.domain.parameters.limits import Limits
from terminal.domain.reports import Accepted, Traded
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.book.reversals import progress
from terminal.engine.books.reversal import ReversalRow
from terminal.engine.previews.command import preview
from terminal.engine.records.journal import records_of
from terminal.engine.screen import Preview
from terminal.engine.turn import Said
from terminal.store.journal import SqliteJournal
from terminal.store.refold import Refold
from terminal.store.verify import Verification, verify
from tests.engine_market import terms
from tests.engine_world import (
    CHECKER,
    COLLEAGUE,
    DAY,
    LIMITS,
    NEXT_DAY,
    NEXT_NIGHT,
    ONE,
    RB,
    RISK,
    TENANT,
    TRADER,
    VIEWER,
    Price,
    World,
    device,
)
from tests.scenario.conftest import Begin, relist

LATER = 3  # seconds: past the window in which the same order again is taken for a slip


def of_two_days(begin: Begin, limits: Limits = LIMITS) -> World:
    """Return a world with two of yesterday's and three of today's long lots."""
    world = begin(at=instant(DAY, 14, 59, 30), limits=limits)
    world.buy(2, 3701)
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    world.buy(3, 3701)
    return world


def wish(lots: int = 5, price: Price = 3700, *, side: Side = Side.SELL) -> c.ReversePosition:
    return c.ReversePosition(account=ONE, terms=terms(side, lots, price, offset=Offset.CLOSE))


def sent(world: World) -> list[tuple[Side, Offset, int]]:
    recorded = world.facts(OrderRecorded)[2:]
    return [(one.terms.side, one.terms.offset, one.terms.lots) for one in recorded]


def only(world: World) -> ReversalRow:
    (row,) = world.account.reversals.rows.values()
    return row


def opened_and_closed(world: World, row: ReversalRow) -> tuple[int, int]:
    found = progress(world.account.orders, row)
    return found.opened, found.closed


def foreseen(world: World, body: c.CommandBody, by: PersonId = TRADER) -> Preview:
    return preview(world.engine.look, by, device(by), 1, body, split_close=False)


def test_a_reversal_closes_both_days_lots_and_then_opens_as_many_the_other_way(begin: Begin) -> None:
    world = of_two_days(begin)
    done = world.do(TRADER, wish())
    assert done.ok, done.sentence
    assert sent(world) == [
        (Side.SELL, Offset.CLOSE_YESTERDAY, 2),
        (Side.SELL, Offset.CLOSE_TODAY, 3),
        (Side.SELL, Offset.OPEN, 5),
    ]
    assert (world.net(), only(world).state) == (-5, ReversalState.DONE)


def test_nothing_is_opened_while_a_close_works_and_then_only_what_it_filled(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, wish(5, 3702)).ok, "it rests above the market"
    row = only(world)
    assert len(sent(world)) == 2
    world.show({RB: (3702, 3703)}, lots=2)
    assert opened_and_closed(world, row) == (0, 2)
    assert [offset for _, offset, _ in sent(world)] == [Offset.CLOSE_YESTERDAY, Offset.CLOSE_TODAY]
    # When the rest of the close is cancelled
    world.show({RB: (3699, 3700)})
    assert world.do(TRADER, c.CancelAll(account=ONE)).ok
    # Then two lots are opened, and three are left to a person.
    assert sent(world)[2:] == [(Side.SELL, Offset.OPEN, 2)]
    world.show({RB: (3702, 3703)})
    assert opened_and_closed(world, row) == (2, 2)
    assert row.state is ReversalState.UNFINISHED
    assert "平仓只成交 2 手，其余已撤" in row.note
    assert world.net() == 3 - 2


def test_a_cancelled_or_rejected_close_opens_nothing(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, wish(5, 3705)).ok
    assert world.do(TRADER, c.CancelAll(account=ONE)).ok
    world.show()
    assert only(world).state is ReversalState.UNFINISHED
    assert (len(sent(world)), world.net()) == (2, 5)


def test_what_was_left_is_finished_at_a_price_of_the_moment_and_once(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, wish(5, 3705)).ok
    assert world.do(TRADER, c.CancelAll(account=ONE)).ok
    row = only(world)
    rest = c.FinishReversal(account=ONE, reversal=row.reversal, price=Decimal(3700))
    assert [(one.terms.offset, one.terms.lots) for one in foreseen(world, rest).children] == [
        (Offset.CLOSE_YESTERDAY, 2),
        (Offset.CLOSE_TODAY, 3),
        (Offset.OPEN, 5),
    ]
    assert world.do(TRADER, rest).ok
    assert (world.net(), row.state) == (-5, ReversalState.DONE)
    done = world.do(TRADER, rest)
    assert (done.ok, done.code) == (False, "NOT_UNFINISHED")
    assert world.net() == -5


def test_an_opening_the_exchange_cancels_is_finished_without_another_close(begin: Begin) -> None:
    world = of_two_days(begin)
    # Given a close that fills and an opening that rests: the price moves away in between
    world.wire.hold = (Accepted, Traded)
    assert world.do(TRADER, wish()).ok
    world.show({RB: (3690, 3691)})
    world.tell_held()
    world.show()
    row = only(world)
    assert (row.state, world.net()) == (ReversalState.OPENING, 0)
    assert world.do(TRADER, c.CancelAll(account=ONE)).ok
    world.show()
    assert row.state is ReversalState.UNFINISHED
    assert "开仓只成交 0 手，其余已撤" in row.note
    world.wait(LATER)
    assert world.do(TRADER, c.FinishReversal(account=ONE, reversal=row.reversal, price=Decimal(3690))).ok
    assert sent(world)[-1] == (Side.SELL, Offset.OPEN, 5)
    assert (world.net(), row.state) == (-5, ReversalState.DONE)


def test_giving_up_cancels_what_works_and_opens_nothing_of_a_late_fill(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, wish(5, 3702)).ok
    row = only(world)
    world.show({RB: (3702, 3703)}, lots=2)
    assert not world.do(VIEWER, c.GiveUpReversal(account=ONE, reversal=row.reversal)).ok
    done = world.do(RISK, c.GiveUpReversal(account=ONE, reversal=row.reversal))
    assert done.ok, done.sentence
    world.show({RB: (3702, 3703)})
    assert (row.state, len(sent(world))) == (ReversalState.GIVEN_UP, 2)
    assert all(order.ended for order in world.account.orders.values())
    again = world.do(RISK, c.GiveUpReversal(account=ONE, reversal=row.reversal))
    assert (again.ok, again.code) == (False, "NOT_STANDING")


def test_under_the_kill_switch_nothing_is_reversed_and_one_under_way_opens_nothing(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, wish(5, 3702)).ok
    row = only(world)
    world.show({RB: (3702, 3703)}, lots=2)
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    world.show(after=1)
    assert row.state is ReversalState.UNFINISHED
    assert "一键停止" in row.note
    assert [offset for _, offset, _ in sent(world)] == [Offset.CLOSE_YESTERDAY, Offset.CLOSE_TODAY]
    done = world.do(TRADER, wish(3, 3702))
    assert not done.ok
    assert len(sent(world)) == 2
    rest = c.FinishReversal(account=ONE, reversal=row.reversal, price=Decimal(3702))
    assert not world.do(TRADER, rest).ok
    assert foreseen(world, rest).verdict is Verdict.DENY


def test_what_a_second_person_must_see_waits_once_and_whole(begin: Begin) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(200_000)))
    # Given five lots of 185 000 yuan: the close alone is below the line, both ways together are not
    found = foreseen(world, wish())
    assert found.verdict is Verdict.CONFIRM2
    done = world.do(TRADER, wish())
    assert (done.ok, done.code) == (True, "CONFIRM2")
    assert sent(world) == []
    (asked,) = world.facts(ConfirmationRequested)
    assert "合计" in asked.confirmation.why
    # When another person approves
    assert world.decide(CHECKER, world.parked).ok
    # Then close and opening both go out under that one approval, and nobody is asked again.
    world.show()
    assert (world.net(), only(world).state) == (-5, ReversalState.DONE)
    assert {one.confirmation for one in world.facts(OrderRecorded)[2:]} == {asked.confirmation.confirmation}
    assert len(world.facts(ConfirmationRequested)) == 1


def test_an_approval_that_comes_when_the_lots_are_gone_sends_nothing(begin: Begin) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(200_000)))
    assert world.do(TRADER, wish()).code == "CONFIRM2"
    (_asked,) = world.facts(ConfirmationRequested)
    assert world.do(TRADER, c.ClosePosition(account=ONE, terms=wish(1).terms)).ok
    before = len(sent(world))
    done = world.decide(CHECKER, world.parked)
    assert (done.ok, done.code) == (False, "STALE")
    assert "可平 4 手" in done.sentence
    assert len(sent(world)) == before


def test_going_on_asks_no_second_person_and_is_refused_where_one_would_have_to_look(begin: Begin) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(200_000)))
    assert world.do(TRADER, wish(5, 3705)).code == "CONFIRM2"
    (_asked,) = world.facts(ConfirmationRequested)
    assert world.decide(CHECKER, world.parked).ok
    assert world.do(TRADER, c.CancelAll(account=ONE)).ok
    world.show()
    row = only(world)
    assert row.state is ReversalState.UNFINISHED
    done = world.do(TRADER, c.FinishReversal(account=ONE, reversal=row.reversal, price=Decimal(3700)))
    assert (done.ok, done.code) == (False, "NEEDS_SECOND")
    assert world.net() == 5


def test_an_opening_the_gate_refuses_leaves_a_remainder_and_says_why(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, wish(5, 3702)).ok
    limits = world.account.limits
    assert limits is not None
    tight = msgspec.structs.replace(limits, version=limits.version + 1, position_lots=4)
    assert world.do(RISK, c.ChangeLimits(account=ONE, base_version=limits.version, limits=tight)).ok
    world.show({RB: (3702, 3703)})
    world.show({RB: (3702, 3703)})
    row = only(world)
    assert (row.state, world.net()) == (ReversalState.UNFINISHED, 0)
    assert "没有开仓" in row.note
    assert any(one.terms.is_opening for one in world.facts(OrderRefused))
    assert world.do(TRADER, c.GiveUpReversal(account=ONE, reversal=row.reversal)).ok


def test_a_restart_between_close_and_opening_goes_on_after_the_barrier(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, wish(5, 3702)).ok
    world.restart()
    world.show({RB: (3702, 3703)})
    world.show({RB: (3702, 3703)})
    row = only(world)
    assert opened_and_closed(world, row)[1] == 5
    world.wait(LATER)
    assert (world.net(), row.state) == (-5, ReversalState.DONE)


def test_whoever_takes_the_account_over_decides_about_the_rest(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, wish(5, 3702)).ok
    assert world.do(COLLEAGUE, c.TakeAccount(account=ONE)).ok
    world.show({RB: (3702, 3703)})
    row = only(world)
    assert (row.state, world.net()) == (ReversalState.UNFINISHED, 0)
    assert "接管" in row.note
    rest = c.FinishReversal(account=ONE, reversal=row.reversal, price=Decimal(3702))
    assert world.do(TRADER, rest).code == "NOT_HOLDER"
    assert world.do(COLLEAGUE, rest).ok
    assert (world.net(), row.state, row.person) == (-5, ReversalState.DONE, COLLEAGUE)


def test_a_remainder_stands_over_the_settlement_with_its_orders(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, wish(2, 3720)).ok
    world.show_at(instant(NEXT_DAY, 14, 59, 50), {RB: (3700, 3701)})
    world.show_at(instant(NEXT_DAY, 21, 0, 5), {RB: (3700, 3701)})
    world.show_at(instant(NEXT_DAY, 21, 0, 9), {RB: (3700, 3701)})
    row = only(world)
    assert row.state is ReversalState.UNFINISHED
    assert "收盘失效" in row.note
    assert all(world.account.orders[one].state is OrderState.EXPIRED for one in row.closes)


@pytest.mark.parametrize("body", [wish(6), wish(0), wish(5, "3700.5")])
def test_a_reversal_that_cannot_be_is_refused_whole_as_its_preview_says(begin: Begin, body: c.ReversePosition) -> None:
    world = of_two_days(begin)
    assert foreseen(world, body).verdict >= Verdict.DENY
    assert not world.do(TRADER, body).ok
    assert sent(world) == []
    assert world.account.reversals.rows == {}


def test_a_locked_position_is_not_reversed(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(2).terms)).ok
    done = world.do(TRADER, wish(5))
    assert (done.ok, done.code) == (False, "LOCKED")
    assert "先解锁" in done.sentence


def test_a_position_of_which_a_lock_still_rests_is_not_reversed(begin: Begin) -> None:
    world = of_two_days(begin)
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(5, 3705).terms)).ok
    found, done = foreseen(world, wish()), world.do(TRADER, wish())
    assert (done.ok, done.code, found.verdict) == (False, "LOCKED", Verdict.DENY)
    assert "开空 A1-00000003 5 手还在委托" in done.sentence
    assert "请先撤单" in done.sentence
    # And once it is cancelled, the reversal doubles nothing.
    assert world.do(TRADER, c.CancelAll(account=ONE)).ok
    assert world.do(TRADER, wish()).ok
    world.show({RB: (3705, 3706)})
    assert world.net() == -5


@pytest.mark.parametrize("price", [3700, 3710])
def test_a_remainder_is_not_finished_over_a_lock_that_was_made_since(begin: Begin, price: int) -> None:
    world = of_two_days(begin)
    # Given a reversal that closed and opened two of five, and a lock of the other three, filled or resting
    assert world.do(TRADER, wish(5, 3702)).ok
    world.show({RB: (3702, 3703)}, lots=2)
    world.show({RB: (3699, 3700)})
    assert world.do(TRADER, c.CancelAll(account=ONE)).ok
    world.show({RB: (3702, 3703)})
    row = only(world)
    assert (opened_and_closed(world, row), row.state) == ((2, 2), ReversalState.UNFINISHED)
    world.wait(LATER)
    rest = c.FinishReversal(account=ONE, reversal=row.reversal, price=Decimal(3702))
    assert foreseen(world, rest).verdict is Verdict.ALLOW, "what it opened itself is no lock"
    assert world.do(TRADER, c.LockPosition(account=ONE, terms=wish(1, price).terms)).ok
    # Then the rest is not closed and opened on top of it.
    found, done = foreseen(world, rest), world.do(TRADER, rest)
    assert (done.ok, done.code, found.verdict) == (False, "LOCKED", Verdict.DENY)
    assert ("空头 1 手" if price == 3700 else "开空 A1-00000006 1 手还在委托") in done.sentence
    assert "不是反手 A1-R000001 开的" in done.sentence
    assert row.state is ReversalState.UNFINISHED


def test_the_same_reversal_again_while_the_first_waits_is_said_to_be_a_repetition(begin: Begin) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(112_000)))
    assert world.do(TRADER, wish(2)).code == "CONFIRM2"
    world.wait(LATER)
    # When it is asked for again
    found, done = foreseen(world, wish(2)), world.do(TRADER, wish(2))
    # Then whoever asks, and whoever is to approve it, are told what it repeats; another one is no repetition.
    first, second = (asked.confirmation for asked in world.facts(ConfirmationRequested))
    said = f"与待复核 {first.confirmation} 完全相同，可能是重复下单"
    assert (done.code, found.verdict) == ("CONFIRM2", Verdict.CONFIRM2)
    assert said in done.sentence
    assert said in found.sentence
    assert said in second.why
    assert "合计" in second.why
    assert [one.code for one in world.facts(ConfirmationRequested)[1].findings] == ["DUPLICATE_PENDING"]
    assert "完全相同" not in world.do(TRADER, wish(2, 3702)).sentence


def test_a_small_reversal_like_one_that_waits_waits_as_well(begin: Begin) -> None:
    world = of_two_days(begin, msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(112_000)))
    assert world.do(TRADER, wish(2)).code == "CONFIRM2"
    world.wait(LATER)
    # Given limits that were loosened meanwhile, under which one person may send it
    limits = world.account.limits
    assert limits is not None
    wide = msgspec.structs.replace(limits, version=limits.version + 1, confirm_value_yuan=Decimal(10_000_000))
    assert world.do(RISK, c.ChangeLimits(account=ONE, base_version=limits.version, limits=wide)).code == "CONFIRM2"
    assert world.decide(CHECKER, world.account.confirmations[world.pending()[1]]).ok
    # Then the same again is still asked about.
    assert world.do(TRADER, wish(2)).code == "CONFIRM2"
    assert sent(world) == []


def test_a_preview_shows_the_close_and_the_opening_with_fee_and_margin_before_anything_is_sent(begin: Begin) -> None:
    world = of_two_days(begin)
    found = foreseen(world, wish())
    assert [(one.terms.offset, one.terms.lots, one.margin is not None) for one in found.children] == [
        (Offset.CLOSE_YESTERDAY, 2, False),
        (Offset.CLOSE_TODAY, 3, False),
        (Offset.OPEN, 5, True),
    ]
    assert found.fee == sum(one.fee or 0 for one in found.children) > 0
    assert found.verdict is Verdict.ALLOW
    assert "成交后 开 5 手" in found.sentence
    assert found.details[0] == "全部成交后 多 5 手 → 空 5 手"
    assert "→" in found.details[1]
    assert sent(world) == []
    assert world.net() == 5
    assert foreseen(world, wish(), VIEWER).verdict is Verdict.DENY


def test_a_large_reversal_goes_in_pieces_of_what_the_exchange_takes(begin: Begin) -> None:
    world = of_two_days(begin)
    relist(world, msgspec.structs.replace(world.state.tenant.instruments[RB], max_lots=2))
    assert world.do(TRADER, wish()).ok
    assert [lots for _, offset, lots in sent(world) if offset is Offset.OPEN] == [2, 2, 1]
    assert (world.net(), only(world).state) == (-5, ReversalState.DONE)


def test_an_approved_reversal_stands_the_audit_and_one_that_opens_more_than_was_approved_is_found(
    world_on_disk: World, tmp_path: Path
) -> None:
    # Given 80 lots, whose close and opening are worth more together than one person may send
    world = world_on_disk
    world.buy(80, 3701)
    assert world.do(TRADER, wish(80)).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    world.wait(2)
    assert (world.net(), only(world).state) == (-80, ReversalState.DONE)
    world.restart()
    assert only(world).state is ReversalState.DONE
    assert verify(tmp_path, witnesses=(Refold(),)).ok
    # When somebody with the program writes the journal anew, with a price nobody approved
    assert rewritten(world, tmp_path / "true", 3700).ok
    found = rewritten(world, tmp_path / "forged", 3699)
    # Then it is found.
    assert not found.ok
    assert "所批准的内容不同" in found.sentence


def rewritten(world: World, data: Path, price: int) -> Verification:
    with closing(SqliteJournal(data, TENANT)) as journal:
        for (cause, utc), turn in groupby(world.records(), key=lambda record: (record.cause, record.utc)):
            said = [Said(_priced(record.fact, price), cause, record.actor) for record in turn]
            batch = cause.partition("batch:")[2]
            journal.append(
                records_of(said, journal.heads(), tenant=TENANT, epoch=journal.epoch, utc=utc),
                batch=int(batch) if batch else None,
            )
    return verify(data)


def _priced(fact: Fact, price: int) -> Fact:
    if not isinstance(fact, OrderRecorded) or not fact.cause.tag or not fact.terms.is_opening:
        return fact
    return msgspec.structs.replace(fact, terms=msgspec.structs.replace(fact.terms, price=Decimal(price)))
