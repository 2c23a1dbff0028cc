"""Order for twenty accounts at once (分组批量下单, C16): each by itself, paced, once, and none in another's way."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.batch import BatchMoved, BatchOrdered, BatchTaken
from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.ids import AccountId, BatchId, PersonId
from terminal.domain.orders.batch import Member, PartState
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.words.risk import Scope, Verdict
from terminal.engine.records.snapshot import freeze, thaw
from terminal.engine.sleep import quiet
from tests.batch_room import (
    GROUP,
    KILLED,
    LARGE,
    POOR,
    TWENTY,
    UNLIMITED,
    asked,
    cancel,
    part,
    save,
    states,
    twenty,
    wish,
)
from tests.engine_world import CHECKER, COLLEAGUE, DAY, NEXT_DAY, NEXT_NIGHT, ONE, RB, RISK, TRADER, VIEWER, World
from tests.scenario.conftest import Begin

GOOD = tuple(name for name in TWENTY if name not in {POOR, KILLED, UNLIMITED, LARGE})


def kill(world: World, account: AccountId) -> None:
    assert world.do(RISK, c.Kill(account=account, scope=Scope(), reason="演练")).ok


def recorded(world: World) -> list[AccountId]:
    return [fact.terms.account for fact in world.facts(OrderRecorded)]


def test_twenty_accounts_are_ordered_for_by_one_press_and_four_bad_ones_hide_nobody(begin: Begin) -> None:
    world = twenty(begin)
    kill(world, KILLED)
    done = world.do(TRADER, wish(), command="B")
    assert done.ok, done.sentence
    began = world.at
    while PartState.WAITING in states(world).values():
        world.show()
    assert world.at - began <= 4_000_000_000  # of market time, at the eight a second and the five on average of C8
    found = states(world)
    assert {name for name in TWENTY if found[name] is PartState.SENT} == set(GOOD)
    assert (found[POOR], found[KILLED], found[UNLIMITED]) == (PartState.REFUSED,) * 3
    assert found[LARGE] is PartState.PARKED
    assert part(world, POOR).sentence != part(world, KILLED).sentence
    assert "停止" in part(world, KILLED).sentence
    assert Counter(recorded(world)) == Counter(GOOD)


def test_no_second_has_more_messages_than_the_control_allows(begin: Begin) -> None:
    world = twenty(begin)
    world.do(TRADER, wish(), command="B")
    for _ in range(20):
        world.show(after=0.25)
    exchange = world.state.tenant.instruments[RB].exchange
    heard = [account.message_stamps.get(exchange, ()) for account in world.state.accounts.values()]
    stamps = sorted(at for one in heard for at in one)
    assert len(stamps) == 17  # all but the one without money, the one without a limit, and the one that waits
    assert max(sum(at - 1_000_000_000 < other <= at for other in stamps) for at in stamps) == 8


def test_the_preview_says_of_each_account_what_then_comes_of_it(begin: Begin) -> None:
    world = twenty(begin)
    kill(world, KILLED)
    found = asked(world, wish())
    rows = {row.account: row for row in found.accounts}
    assert [row.account for row in found.accounts] == list(TWENTY)
    assert found.verdict is Verdict.CONFIRM2
    assert found.sentence == "17 个账户可以报出，共 34 手，其中 1 个需复核，3 个不能报出"
    assert rows[LARGE].verdict is Verdict.CONFIRM2
    assert {name for name, row in rows.items() if row.verdict > Verdict.CONFIRM2} == {POOR, KILLED, UNLIMITED}
    assert any(finding.control == "C6" for finding in rows[POOR].findings)
    assert any(finding.control == "C4" for finding in rows[UNLIMITED].findings)
    money = world.state.accounts[ONE].book.view(world.engine.look.columns.last_price)
    margin, fee = rows[ONE].margin, rows[ONE].fee
    assert margin is not None
    assert fee is not None
    assert rows[ONE].available_after == money.available - margin - fee
    world.do(TRADER, wish(), command="B")
    world.wait(4)
    for name, row in rows.items():
        refused, parked = row.verdict > Verdict.CONFIRM2, row.verdict is Verdict.CONFIRM2
        then = PartState.REFUSED if refused else PartState.PARKED if parked else PartState.SENT
        assert states(world)[name] is then
        if refused:  # by the same code, in the same words
            assert part(world, name).sentence in [finding.sentence for finding in row.findings]


def test_lots_are_the_whole_ones_in_the_multiplier_and_none_is_shown_as_none(begin: Begin) -> None:
    world = twenty(begin)
    given = [("A1", "1.5"), ("A2", "0.3"), ("A4", "0.3334"), ("A5", "0")]
    assert save(world, *(Member(account=AccountId(name), multiplier=Decimal(by)) for name, by in given), base=1).ok
    found = asked(world, wish(3, version=2))
    assert [(row.account, row.lots) for row in found.accounts] == [("A1", 4), ("A2", 0), ("A4", 1), ("A5", 0)]
    assert [row.sentence for row in found.accounts if not row.lots] == ["分到 0 手，不报"] * 2
    done = world.do(TRADER, wish(3, version=2), command="B")
    assert done.sentence == f"账户组“{GROUP}” 4 个账户：已报出 2 个，分到 0 手 2 个"
    assert [(one.terms.account, one.terms.lots) for one in world.facts(OrderRecorded)] == [("A1", 4), ("A4", 1)]
    (ordered,) = world.facts(BatchOrdered)
    assert [one.lots for one in ordered.parts] == [4, 0, 1, 0]


def test_a_runner_that_dies_in_the_middle_sends_nothing_twice_and_says_what_was_not_sent(begin: Begin) -> None:
    world = twenty(begin)
    world.do(TRADER, wish(), command="B")
    gone = recorded(world)
    assert len(gone) == 8
    world.restart()
    world.wait(10)
    assert recorded(world) == gone
    assert len(world.wire.sent) == len(gone)
    found = states(world)
    dropped = [name for name in TWENTY if found[name] is PartState.DROPPED]
    assert {name for name in TWENTY if found[name] is PartState.SENT} == set(gone)
    assert dropped
    assert all("没有报出，也不会补报" in part(world, name).sentence for name in dropped)
    again = world.do(TRADER, wish(), command="B")  # the same press, come once more
    assert again.ok
    assert recorded(world) == gone
    assert len(world.facts(BatchTaken)) == len(TWENTY)


def test_what_has_not_had_its_turn_when_the_link_is_cut_is_not_sent_later(begin: Begin) -> None:
    world = twenty(begin)
    world.do(TRADER, wish(), command="B")
    gone = recorded(world)
    world.cut()
    world.wait(5)
    assert recorded(world) == gone
    codes = {part(world, name).code for name in TWENTY if states(world)[name] is PartState.DROPPED}
    assert codes == {"LINK_LOST"}


def test_what_waits_too_long_for_its_turn_is_not_sent_on_a_press_of_long_ago(begin: Begin) -> None:
    world = twenty(begin)
    world.do(TRADER, wish(), command="B")
    gone = recorded(world)
    world.show(after=26)
    assert recorded(world) == gone
    assert {part(world, name).code for name in TWENTY if states(world)[name] is PartState.DROPPED} == {"EXPIRED"}


def test_an_account_that_another_desk_takes_over_in_the_middle_is_not_sent_to(begin: Begin) -> None:
    world = twenty(begin)
    world.do(TRADER, wish(), command="B")
    taken = next(name for name in reversed(TWENTY) if states(world)[name] is PartState.WAITING)
    world.do(COLLEAGUE, c.TakeAccount(account=taken))
    world.wait(4)
    assert (states(world)[taken], part(world, taken).code) == (PartState.REFUSED, "NOT_HOLDER")
    assert taken not in recorded(world)


def test_one_gesture_cancels_what_works_takes_back_what_waits_and_sends_no_more(begin: Begin) -> None:
    world = twenty(begin)
    world.do(TRADER, wish(price=3690), command="B")  # rests below the market
    world.show()  # the second eight
    assert states(world)[LARGE] is PartState.PARKED
    gone = recorded(world)
    done = cancel(world)
    assert done.ok
    assert "1 项待复核已撤回" in done.sentence
    assert "个账户没有再报" in done.sentence
    world.wait(8)
    assert recorded(world) == gone
    rows = [row for account in world.state.accounts.values() for row in account.orders.values()]
    assert {row.state for row in rows} == {OrderState.CANCELLED}
    assert not world.state.accounts[LARGE].pending
    assert PartState.WAITING not in states(world).values()
    assert cancel(world).sentence == "本批没有可撤的委托，也没有在等的"


def test_a_part_that_a_second_person_approves_is_an_order_of_the_batch(begin: Begin) -> None:
    world = twenty(begin)
    world.do(TRADER, wish(), command="B")
    world.wait(4)
    (waits,) = world.state.accounts[LARGE].pending.values()
    assert part(world, LARGE).confirmation == waits.confirmation.confirmation
    assert world.decide(CHECKER, waits).ok
    assert part(world, LARGE).orders == list(world.state.accounts[LARGE].orders)
    assert len(part(world, LARGE).orders) == 1


def test_a_close_for_a_group_closes_so_many_lots_of_whichever_day(begin: Begin) -> None:
    world = twenty(begin)
    few = [Member(account=AccountId(name), multiplier=Decimal(1)) for name in ("A1", "A2")]
    save(world, *few, base=1)
    assert world.do(TRADER, wish(price=3701, version=2), command="B").ok  # two lots each
    assert world.do(TRADER, wish(2, offset=Offset.CLOSE, side=Side.SELL, version=2), command="C").ok
    world.show()
    assert [one.terms.offset for one in world.facts(OrderRecorded)][2:] == [Offset.CLOSE_TODAY] * 2
    assert world.net() == 0
    too_many = asked(world, wish(2, offset=Offset.CLOSE, side=Side.SELL, version=2))
    assert too_many.verdict is Verdict.DENY
    world.do(TRADER, wish(2, offset=Offset.CLOSE, side=Side.SELL, version=2), command="D")
    assert (states(world, "D")[ONE], part(world, ONE, "D").code) == (PartState.REFUSED, "NOT_CLOSABLE")
    assert part(world, ONE, "D").sentence.rstrip("。") in too_many.accounts[0].sentence


def test_a_market_is_not_slept_through_while_parts_wait(begin: Begin) -> None:
    world = twenty(begin)
    world.wait(40)
    assert quiet(world.engine) is not None
    world.do(TRADER, wish(price=3690), command="B")
    world.show()
    assert quiet(world.engine) is None


def test_a_machine_that_joins_in_the_middle_has_the_group_the_batch_and_where_each_part_stands(begin: Begin) -> None:
    world = twenty(begin)
    world.do(TRADER, wish(), command="B")
    there = thaw(freeze(world.state, accounts=None, persons=frozenset({TRADER})))
    assert there.visible_hash(TWENTY, [TRADER]) == world.state.visible_hash(TWENTY, [TRADER])
    assert there.persons[TRADER].batches.keys() == {"B"}
    assert there.persons[TRADER].groups[GROUP].version == 1
    assert {row.account: row.batches.rows[BatchId("B")].state for row in there.accounts.values()} == states(world)


def test_a_settlement_forgets_the_parts_of_the_days_before_it(begin: Begin) -> None:
    world = twenty(begin, at=instant(DAY, 14, 59, 50))
    world.do(TRADER, wish(price=3690), command="B")
    world.wait(4)
    world.show_at(NEXT_NIGHT)
    assert states(world).keys() == set(TWENTY)  # the day that was settled keeps them
    world.show_at(instant(NEXT_DAY, 21))
    assert states(world) == {}
    assert cancel(world).sentence == "本批没有可撤的委托，也没有在等的"


# --- whose groups, and who may ---------------------------------------------------------------------------------


def test_only_accounts_in_which_a_person_may_order_stand_in_their_groups(begin: Begin) -> None:
    world = twenty(begin, without=(POOR,))
    unseen = save(world, Member(account=POOR, multiplier=Decimal(1)), name="别的")
    unknown = save(world, Member(account=AccountId("A99"), multiplier=Decimal(1)), name="别的")
    assert (unseen.code, unknown.code) == ("UNKNOWN_ACCOUNT",) * 2  # what is not theirs to see is as what is not there
    assert unseen.sentence.replace(POOR, "") == unknown.sentence.replace("A99", "")
    looks_on = save(world, Member(account=ONE, multiplier=Decimal(1)), name="别的", by=VIEWER)
    assert looks_on.code == "NO_ROLE"


def test_nobody_hears_of_the_other_accounts_of_a_batch(begin: Begin) -> None:
    world = twenty(begin)
    world.do(TRADER, wish(), command="B")
    world.wait(4)
    for record in world.records():
        if isinstance(record.fact, BatchOrdered):
            assert record.stream == f"person:{TRADER}"
        if isinstance(record.fact, BatchTaken | BatchMoved):
            text = repr(record.fact)
            assert record.stream == f"account:{record.fact.account}"
            assert GROUP not in text
            assert [name for name in TWENTY if f"'{name}'" in text] == [record.fact.account]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ((("A1", "1"), ("A1", "2")), "BAD_GROUP"),
        ((("A1", "-1"),), "BAD_MULTIPLIER"),
        ((("A1", "1000.1"),), "BAD_MULTIPLIER"),
        ((("A1", "0.00001"),), "BAD_MULTIPLIER"),
    ],
)
def test_a_group_that_says_nothing_clear_is_refused(
    begin: Begin, members: tuple[tuple[str, str], ...], code: str
) -> None:
    world = twenty(begin)
    made = [Member(account=AccountId(name), multiplier=Decimal(by)) for name, by in members]
    assert save(world, *made, name="新的").code == code


def test_a_group_changed_meanwhile_sends_nothing_and_an_edit_over_an_old_form_is_a_conflict(begin: Begin) -> None:
    world = twenty(begin)
    one = Member(account=ONE, multiplier=Decimal(2))
    assert save(world, one, base=1).ok
    assert save(world, one, base=1).code == "CONFLICT"
    assert world.do(TRADER, wish(version=1), command="B").code == "CONFLICT"
    assert recorded(world) == []
    assert save(world, base=2).sentence == f"账户组“{GROUP}”已删除"
    assert world.do(TRADER, wish(version=2), command="C").code == "UNKNOWN_GROUP"


@pytest.mark.parametrize("by", [VIEWER, COLLEAGUE])
def test_a_group_is_its_persons_own(begin: Begin, by: PersonId) -> None:
    world = twenty(begin)
    assert world.do(by, wish(), command="B").code == "UNKNOWN_GROUP"
    world.do(TRADER, wish(price=3690), command="C")
    assert cancel(world, "C", by=by).code == "UNKNOWN_BATCH"


def test_a_batch_that_comes_late_sends_nothing(begin: Begin) -> None:
    world = twenty(begin)
    assert world.do(TRADER, wish(), command="B", late=4).code == "EXPIRED"
    assert recorded(world) == []
