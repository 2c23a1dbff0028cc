"""What a runner answers to its desks' sessions: from where, at most once, and nothing about what they may not see."""

from __future__ import annotations

import asyncio
import zlib
from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.errors import UserError
from terminal.domain.fact.facts import CommandDone, DeviceEnrolled, KillSwitched, OrderRecorded
from terminal.domain.ids import AccountId, StreamId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import Side
from terminal.engine.commands import account_of
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.records.snapshot import thaw
from terminal.shell.serving.house import SNAPSHOTS_KEPT
from terminal.sync.house import Guest
from terminal.sync.wire import said
from tests.engine_world import CHECKER, COLLEAGUE, ONE, OTHER, STRANGER, TENANT, TRADER, I, device, run, sign, terms
from tests.sync_rig import KEY, SECOND, Rig

ACCOUNT, HOUSE = StreamId("account:A1"), StreamId("tenant:house")
OTHERS = StreamId("account:A2")


@pytest.fixture
def rig():
    rig = Rig()
    rig.grow(2)
    return rig


def guest(rig, person=TRADER):
    return Guest(person=person, device=device(person), roles=rig.world.state.roles_of(person))


def carry_out(rig, command, *, person=TRADER, still=lambda: True):
    result = run(rig.house.carry_out(guest(rig, person), command, still))
    rig.world.drain()
    return result


# --- where a desk stands -----------------------------------------------------------------------------------------


def prefix(rig, until):
    """Return the heads of the visible streams as they were at a position."""
    heads = {}
    for entry in rig.world.journal.replay():
        record = entry.record
        if entry.position <= until and record.stream in {ACCOUNT, HOUSE}:
            heads[record.stream] = msgspec.structs.replace(
                said(rig.house.heads())[record.stream], seq=record.seq, hash=entry.hash.hex()
            )
    return heads


def test_the_heads_of_any_moment_are_found_and_nothing_visible_after_it_is_passed_over(rig):
    visible = frozenset({ACCOUNT, HOUSE})
    for until in range(rig.house.end + 1):
        position = rig.house.position_of(prefix(rig, until), visible)
        assert position is not None
        assert position >= until
        skipped = [rig.house.entry(at).record.stream for at in range(until + 1, position + 1)]
        assert not visible & set(skipped)


def test_a_desk_that_holds_everything_stands_at_the_end(rig):
    mine = {stream: head for stream, head in said(rig.house.heads()).items() if stream != OTHERS}
    assert rig.house.position_of(mine, frozenset(mine)) == rig.house.end


def test_a_desk_without_anything_stands_at_the_beginning(rig):
    assert rig.house.position_of({}, frozenset({ACCOUNT, HOUSE})) == 0


def test_heads_that_reach_unequally_far_begin_with_the_first_record_that_is_missing(rig):
    heads = prefix(rig, rig.house.end)
    heads[ACCOUNT] = prefix(rig, rig.house.end - 4)[ACCOUNT]
    position = rig.house.position_of(heads, frozenset({ACCOUNT, HOUSE}))
    missing = rig.house.entry(position + 1).record
    assert (missing.stream, missing.seq) == (ACCOUNT, heads[ACCOUNT].seq + 1)


@pytest.mark.parametrize(
    "change", [{"hash": "00" * 32}, {"seq": 10_000}, {"epoch": 2}, {"seq": 0}, {"seq": -1}, {"hash": ""}]
)
def test_heads_that_are_foreign_or_ahead_stand_nowhere(rig, change):
    heads = prefix(rig, rig.house.end)
    heads[ACCOUNT] = msgspec.structs.replace(heads[ACCOUNT], **change)
    assert rig.house.position_of(heads, frozenset({ACCOUNT, HOUSE})) is None


# --- snapshots ---------------------------------------------------------------------------------------------------


def test_a_snapshot_holds_what_its_guest_may_see_and_nothing_else(rig):
    frozen = rig.house.freeze(guest(rig, STRANGER))
    assert set(frozen.heads) == {HOUSE, OTHERS, f"person:{STRANGER}"}
    state = thaw(zlib.decompress(frozen.data))
    assert set(state.accounts) == {OTHER}
    assert state.visible_hash([OTHER], [STRANGER]) == frozen.visible_hash
    assert frozen.visible_hash == rig.house.visible_hash(guest(rig, STRANGER))[1]
    assert frozen.position == rig.house.end


def test_the_latest_few_snapshots_are_kept_to_be_resumed(rig):
    names = []
    for _ in range(SNAPSHOTS_KEPT + 1):
        names.append(rig.house.freeze(guest(rig)).name)
        rig.grow(1)
    assert len(set(names)) == len(names)
    assert [rig.house.frozen(name) is not None for name in names] == [False] + [True] * SNAPSHOTS_KEPT


# --- commands ----------------------------------------------------------------------------------------------------


def test_a_command_is_carried_out_once_and_its_repeat_gets_the_first_answer(rig):
    first = carry_out(rig, rig.order("c9"))
    orders = len(rig.world.facts(OrderRecorded))
    again = carry_out(rig, rig.order("c9"))
    assert (again.status, again.ok, again.code, again.sentence) == ("DUPLICATE", first.ok, first.code, first.sentence)
    assert len(rig.world.facts(OrderRecorded)) == orders


def test_an_approval_that_came_to_nothing_is_answered_as_not_carried_out(rig):
    # Given an order that waits, in a market that has left it behind
    rig.world.order(Side.BUY, 100, "830.5", instrument=I)
    waits = rig.world.parked.confirmation
    rig.world.show({I: ("840", "840.5")})
    orders = len(rig.world.facts(OrderRecorded))
    # When it is approved, twice under one number
    mark = sign(device(CHECKER), waits.order_hash, ConfirmationEvent.APPROVE, CHECKER)
    yes = c.ApproveOrder(account=ONE, confirmation=waits.confirmation, order_hash=waits.order_hash, signature=mark)
    first = carry_out(rig, rig.command(yes, "yes"), person=CHECKER)
    again = carry_out(rig, rig.command(yes, "yes"), person=CHECKER)
    # Then desk and record hear that nothing went out, and why.
    assert (first.status, first.ok, first.code) == ("DENIED", False, "STALE")
    assert "漂移" in first.sentence
    assert (again.status, again.ok, again.code) == ("DUPLICATE", False, "STALE")
    (done,) = [fact for fact in rig.world.facts(CommandDone) if fact.command == "yes"]
    assert (done.ok, done.code, done.sentence) == (False, "STALE", first.sentence)
    assert len(rig.world.facts(OrderRecorded)) == orders


def test_the_first_answer_is_remembered_over_a_restart(rig):
    first = carry_out(rig, rig.order("c9"))
    again = Rig(journal=rig.world.journal.reopen())
    assert carry_out(again, again.order("c9")).sentence == first.sentence


def test_who_uses_the_number_of_a_command_of_others_learns_only_that_it_is_used(rig):
    theirs = carry_out(rig, rig.order("theirs", account=OTHER), person=STRANGER)
    assert theirs.ok
    mine = carry_out(rig, rig.order("theirs"))
    assert (mine.status, mine.code) == ("DENIED", "COMMAND_ID_USED")
    assert theirs.sentence not in mine.sentence
    saved = carry_out(rig, rig.command(c.SaveDocument(name="x", base_version=0, body="1"), "diary"))
    assert saved.ok
    prying = carry_out(rig, rig.command(c.SaveDocument(name="x", base_version=0, body="1"), "diary"), person=COLLEAGUE)
    assert prying.code == "COMMAND_ID_USED"


def test_an_unknown_account_and_one_that_may_not_be_seen_are_answered_alike(rig):
    unknown = carry_out(rig, rig.order("one", account="ZZ"))
    hidden = carry_out(rig, rig.order("two", account=OTHER))
    assert (unknown.status, unknown.code) == (hidden.status, hidden.code) == ("DENIED", "UNKNOWN_ACCOUNT")
    assert unknown.sentence.replace("ZZ", "?") == hidden.sentence.replace(OTHER, "?")
    # as the engine itself would say it
    assert rig.world.do(TRADER, c.CancelAll(account=AccountId("ZZ"))).sentence == unknown.sentence


def test_a_conflict_and_a_refusal_have_their_own_status(rig):
    save = c.SaveDocument(name="x", base_version=3, body="1")
    assert carry_out(rig, rig.command(save, "one")).status == "CONFLICT"
    assert carry_out(rig, rig.command(c.TakeAccount(account=OTHER), "two"), person=STRANGER).status == "OK"
    assert (
        carry_out(rig, rig.command(c.MoveCash(account=ONE, amount=Decimal(1), reason=""), "three")).status == "DENIED"
    )


def test_a_command_whose_turn_comes_too_late_leaves_nothing_but_that_answer_and_only_to_its_person(rig):
    before = rig.house.end
    result = carry_out(rig, rig.order("c9"), still=lambda: False)
    assert (result.status, result.code) == ("EXPIRED", "EXPIRED")
    assert rig.house.end == before + 1
    record = rig.house.entry(rig.house.end).record
    assert (record.stream, record.kind, record.cause) == (f"person:{TRADER}", "command_done", "cmd:c9")


def test_whether_it_is_too_late_is_asked_when_the_turn_before_is_over(rig):
    asked = []

    def still():
        asked.append(rig.now)
        return False

    async def two_at_once():
        await rig.living._lock.acquire()
        waiting = asyncio.create_task(rig.house.carry_out(guest(rig), rig.order("c9"), still))
        await asyncio.sleep(0)
        assert asked == []
        rig.now += 60 * SECOND
        rig.living._lock.release()
        return await waiting

    assert asyncio.run(two_at_once()).status == "EXPIRED"
    assert asked == [rig.now]


def test_a_runner_whose_journal_broke_refuses_everything_and_ends(rig):
    full = Rig(journal=MemoryJournal(TENANT, room=70))
    result = None
    for number in range(40):
        result = carry_out_or_stop(full, f"c{number}")
        if result.code == "STOPPED":
            break
    assert result is not None
    assert "空间已满" in result.sentence
    # Then nothing is carried out any more, not even what would need no room.
    with pytest.raises(UserError, match="已停止"):
        run(full.living.command(None, lambda: True))  # type: ignore[arg-type]  # it is not even looked at
    assert carry_out_or_stop(full, "later").code == "STOPPED"
    # What the state folded without a record is shown to nobody.
    for show in (full.house.freeze, full.house.visible_hash):
        with pytest.raises(UserError, match="已停止"):
            show(guest(rig))
    # And who waits for the market of this runner is told, also when that market has ended.
    with pytest.raises(UserError, match="已停止"):
        asyncio.run(asyncio.wait_for(full.living.run(), 5))


def carry_out_or_stop(rig, command):
    return run(rig.house.carry_out(guest(rig), rig.order(command), lambda: True))


def test_a_device_is_made_known_with_its_key_of_this_session_and_only_when_that_is_new(rig):
    for key in (KEY, KEY, "cd" * 32):
        run(rig.house.settle_in(guest(rig), rig.hello(public_key=key)))
    mine = [fact for fact in rig.world.facts(DeviceEnrolled) if fact.device == device(TRADER)]
    assert [fact.public_key for fact in mine[1:]] == [KEY, "cd" * 32]


def test_every_append_grows_the_end_and_wakes_the_desks(rig):
    end, woken = rig.house.end, rig.woken
    rig.grow(1)
    assert rig.house.end == len(list(rig.world.journal.replay())) > end
    assert rig.woken > woken
    assert rig.world.facts(KillSwitched) == []


def test_every_command_names_its_account_or_none():
    order = terms(Side.BUY, 1, 3690)
    assert account_of(c.SubmitOrder(terms=order)) == ONE
    assert account_of(c.CancelAll(account=OTHER)) == OTHER
    assert account_of(c.SaveDocument(name="x", base_version=0, body="")) is None
