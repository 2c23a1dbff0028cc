"""What a desk is sent of the journal: in order, as far as it has credit, from where it stands, nothing of others."""

from __future__ import annotations

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import DaySettled, DocumentSaved
from terminal.domain.ids import StreamId
from terminal.domain.orders.order import Side
from terminal.engine.records.journal import Record
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.state import FOLD_VERSION
from terminal.sync import messages as m
from terminal.sync.record_lane import REDO_SNAPSHOTS, LaneLimits
from terminal.sync.runner_session import Stage
from terminal.sync.wire import said
from tests.engine_world import CHECKER, NEXT_NIGHT, ONE, OTHER, STRANGER, TENANT, TRADER, terms
from tests.sync_rig import SECOND, Rig, only, records_in

ACCOUNT, HOUSE = StreamId("account:A1"), StreamId("tenant:house")
MINE = {HOUSE, ACCOUNT, StreamId(f"person:{TRADER}")}
SMALL = LaneLimits(credit_events=4, frame_events=3, check_every=5)
SNAPSHOTS = LaneLimits(beyond_events=5, part_bytes=500)


def heads(rig):
    return {stream: head for stream, head in said(rig.house.heads()).items() if stream in MINE}


def journaled(rig):
    return [entry.data for entry in rig.world.journal.replay() if entry.record.stream in MINE]


def test_a_new_desk_is_sent_everything_it_may_see_in_the_order_of_the_journal():
    rig = Rig()
    rig.grow(3)
    session = rig.session()
    rig.say(session, rig.hello())
    frames = rig.hear(session)
    assert records_in(frames) == journaled(rig)
    assert [evt.number for evt in only(frames, m.Evt)] == list(range(len(only(frames, m.Evt))))


def test_a_desk_that_has_some_is_sent_the_rest_and_then_what_happens():
    rig = Rig()
    rig.grow(2)
    had, known = heads(rig), len(journaled(rig))
    rig.grow(2)
    session = rig.greeted(heads=had)
    rig.grow(1)
    assert records_in(rig.hear(session)) != []
    session = rig.session()
    rig.say(session, rig.hello(heads=had))
    assert records_in(rig.hear(session)) == journaled(rig)[known:]


def test_a_desk_that_has_everything_is_sent_nothing_old():
    rig = Rig()
    session = rig.session()
    rig.say(session, rig.hello(heads=heads(rig)))
    assert only(rig.hear(session), m.Evt) == []


def test_a_desk_gets_no_more_than_its_credit_and_goes_on_when_it_has_applied_some():
    rig = Rig(SMALL)
    rig.grow(4)
    session = rig.session()
    rig.say(session, rig.hello())
    first = records_in(rig.hear(session))
    assert first == journaled(rig)[:4]
    applied = msgspec.json.decode(first[1])
    rig.say(session, m.Credit(applied={applied["stream"]: applied["seq"]}))
    assert records_in(rig.hear(session)) == journaled(rig)[4:6]


def test_a_desk_without_credit_is_closed_after_ten_seconds_and_an_empty_credit_does_not_help():
    rig = Rig(SMALL)
    session = rig.greeted()
    for _ in range(11):
        rig.now += SECOND
        session.tick(rig.now)
        for ping in only(rig.hear(session), m.Ping):
            rig.say(session, m.Pong(nonce=ping.nonce, mono=ping.mono, own_mono=rig.now))
        rig.say(session, m.Credit(applied={}))
    assert session.ended is not None
    assert session.ended.code == "SLOW"


def test_a_quote_never_overtakes_the_facts_and_a_starved_desk_still_hears_the_runner():
    rig = Rig(SMALL)
    session = rig.session()
    rig.say(session, rig.hello())
    rig.say(session, m.Sub())
    rig.hear(session)
    rig.quote()
    rig.now += SECOND
    frames = rig.hear(session)
    assert only(frames, m.Quotes) == []
    assert len(only(frames, m.Ping)) == 1
    while records_in(rig.hear(session)) or (session._lane is not None and session._lane.behind):
        rig.credit(session)
    rig.now += SECOND
    assert len(only(rig.hear(session), m.Quotes)) == 1


def test_a_record_as_large_as_any_does_not_make_a_frame_too_large():
    rig = Rig()
    many = "\\\\" * 15_000  # 60 000 characters of JSON, each doubled once more inside a record
    for number, size in enumerate((1, 2, 1, 2, 2)):
        body = c.SaveDocument(name=f"d{number}", base_version=0, body=f'"{many * size}"')
        assert rig.world.do(TRADER, body).ok or size == 2
    session = rig.session()
    rig.say(session, rig.hello())
    sizes = []
    while frames := session.pump(rig.now):
        sizes += [len(frame) for frame in frames]
        rig.credit(session)
    assert len(rig.world.facts(DocumentSaved)) >= 2
    assert max(sizes) <= m.MAX_FRAME


def test_every_so_many_records_the_desk_is_told_what_it_must_hash_to():
    rig = Rig(SMALL)
    session = rig.session()
    rig.say(session, rig.hello())
    checks = []
    for _ in range(60):
        checks += only(rig.hear(session), m.Check)
        rig.credit(session)
    (check,) = checks
    assert set(check.heads) <= MINE
    assert check.visible_hash == rig.world.state.visible_hash([ONE], [TRADER])


def caught_up(rig):
    """Return a session whose desk has everything, and what it has heard since is nothing."""
    session = rig.session()
    rig.say(session, rig.hello(heads=heads(rig)))
    rig.hear(session)
    return session


def test_at_the_close_of_a_trading_day_the_desk_is_told_what_it_must_hash_to_however_few_records_there_were():
    rig = Rig()
    session = caught_up(rig)
    rig.grow(1)
    assert only(rig.hear(session), m.Check) == []
    rig.world.show_at(NEXT_NIGHT)
    assert len(rig.world.facts(DaySettled)) == 2, "one for each account, and one digest for both"
    frames = rig.hear(session)
    (check,) = only(frames, m.Check)
    assert frames.index(check) > max(map(frames.index, only(frames, m.Evt)))
    assert check.heads == {stream: head.seq for stream, head in heads(rig).items()}
    assert check.visible_hash == rig.world.state.visible_hash([ONE], [TRADER])
    rig.grow(1)
    assert only(rig.hear(session), m.Check) == []


def test_a_desk_that_was_away_at_the_close_is_compared_when_it_has_caught_up():
    rig = Rig()
    had = heads(rig)
    rig.world.show_at(NEXT_NIGHT)
    session = rig.session()
    rig.say(session, rig.hello(heads=had))
    assert len(only(rig.hear(session), m.Check)) == 1


def test_a_digest_that_had_to_wait_is_made_up_without_another_record(monkeypatch):
    rig = Rig()
    session = caught_up(rig)
    monkeypatch.setattr(rig.house, "visible_hash", lambda guest: (FOLD_VERSION, ""))
    rig.world.show_at(NEXT_NIGHT)
    frames = rig.hear(session)
    assert (len(only(frames, m.Evt)), only(frames, m.Check)) == (1, [])
    assert rig.hear(session) == []
    monkeypatch.undo()
    frames = rig.hear(session)
    (check,) = only(frames, m.Check)
    assert len(frames) == 1
    assert check.visible_hash == rig.world.state.visible_hash([ONE], [TRADER])
    assert rig.hear(session) == []


def test_a_digest_after_so_many_records_that_had_to_wait_is_made_up_too(monkeypatch):
    rig = Rig(LaneLimits(check_every=5))
    session = caught_up(rig)
    monkeypatch.setattr(rig.house, "visible_hash", lambda guest: (FOLD_VERSION, ""))
    rig.grow(3)
    assert only(rig.hear(session), m.Check) == []
    monkeypatch.undo()
    assert len(only(rig.hear(session), m.Check)) == 1


# --- snapshots ---------------------------------------------------------------------------------------------------


def snapshot_in(frames):
    (begin,) = only(frames, m.SnapBegin)
    return begin, only(frames, m.SnapChunk), only(frames, m.SnapEnd)


def test_a_desk_that_is_too_far_behind_gets_a_snapshot_and_then_the_tail():
    rig = Rig(SNAPSHOTS)
    rig.grow(3)
    session = rig.session()
    rig.say(session, rig.hello())
    frames = rig.hear(session)
    begin, chunks, ends = snapshot_in(frames)
    assert begin.parts == len(chunks) > 1
    assert len(ends) == 1
    assert only(frames, m.Reset) == []
    assert set(begin.heads) <= MINE
    before = len(journaled(rig))
    rig.grow(1)
    assert records_in(rig.hear(session)) == journaled(rig)[before:] != []


@pytest.mark.parametrize("why", ["asked", "strange", "behind"])
def test_a_desk_that_asks_for_records_and_gets_a_snapshot_hears_of_its_round_with_the_next_record_only(why):
    rig = Rig(SNAPSHOTS)
    rig.grow(3)
    session = rig.greeted()
    here, there = heads(rig), {ACCOUNT: m.HeadSaid(epoch=9, seq=1, hash="00")}
    said_heads = {"asked": here, "strange": there, "behind": {}}[why]
    rig.say(session, m.FetchJournal(round=7, heads=said_heads, snapshot=why == "asked"))
    frames = rig.hear(session)
    snapshot_in(frames)
    assert (len(only(frames, m.Reset)), only(frames, m.Evt)) == (why != "behind", [])
    rig.grow(1)
    first, *_ = only(rig.hear(session), m.Evt)
    assert (first.round, first.number) == (7, 0)


@pytest.mark.parametrize(("digest", "checks"), [("", 1), ("aa" * 32, 0)])
def test_a_snapshot_that_went_without_its_digest_is_followed_by_it_and_one_that_has_it_by_nothing(
    monkeypatch, digest, checks
):
    rig = Rig(SNAPSHOTS)
    rig.grow(3)
    usual = rig.house.freeze
    monkeypatch.setattr(rig.house, "freeze", lambda guest: msgspec.structs.replace(usual(guest), visible_hash=digest))
    session = rig.session()
    rig.say(session, rig.hello())
    frames = rig.hear(session)
    begin, _, (end,) = snapshot_in(frames)
    assert begin.visible_hash == digest
    found = only(frames, m.Check)
    assert [frames.index(one) > frames.index(end) for one in found] == [True] * checks


def test_a_snapshot_that_was_cut_is_resumed_where_it_was_even_if_the_journal_has_grown():
    rig = Rig(SNAPSHOTS)
    rig.grow(3)
    session = rig.session()
    rig.say(session, rig.hello())
    begin, chunks, _ = snapshot_in(rig.hear(session))
    rig.grow(1)
    again = rig.session()
    rig.say(again, rig.hello(snapshot=begin.snapshot, parts=2))
    frames = rig.hear(again)
    begin_again, rest, ends = snapshot_in(frames)
    assert begin_again == begin
    assert [chunk.part for chunk in rest] == list(range(2, begin.parts))
    assert rest == chunks[2:]
    assert len(ends) == 1
    assert records_in(frames) == journaled(rig)[-len(records_in(frames)) :] != []


@pytest.mark.parametrize("parts", [0, -1, 10_000])
def test_a_snapshot_resumed_from_nowhere_begins_anew(parts):
    rig = Rig(SNAPSHOTS)
    rig.grow(3)
    session = rig.session()
    rig.say(session, rig.hello())
    begin, _, _ = snapshot_in(rig.hear(session))
    again = rig.session()
    rig.say(again, rig.hello(snapshot=begin.snapshot, parts=parts))
    _, chunks, _ = snapshot_in(rig.hear(again))
    assert [chunk.part for chunk in chunks] == list(range(begin.parts))


def test_a_snapshot_of_somebody_who_sees_more_is_not_given_to_whoever_knows_its_name():
    rig = Rig(SNAPSHOTS)
    rig.grow(3)
    mine = rig.session()
    rig.say(mine, rig.hello(STRANGER))  # sees the other account
    begin, _, _ = snapshot_in(rig.hear(mine))
    theirs = rig.session()
    rig.say(theirs, rig.hello(TRADER, snapshot=begin.snapshot, parts=1))
    other, _, _ = snapshot_in(rig.hear(theirs))
    assert other.snapshot != begin.snapshot
    assert set(other.heads) <= MINE


def test_a_desk_that_asks_for_a_snapshot_again_and_again_is_sent_away():
    rig = Rig()
    session = rig.greeted()
    for number in range(1, REDO_SNAPSHOTS + 2):
        assert session.stage is Stage.OPEN
        rig.say(session, m.FetchJournal(round=number, heads={}, snapshot=True))
        rig.hear(session)
    assert session.ended is not None
    assert session.ended.code == "NO_SNAPSHOT_HELPS"


# --- what does not fit -------------------------------------------------------------------------------------------


def strange(rig):
    good = heads(rig)
    head = good[ACCOUNT]
    yield "another hash", good | {ACCOUNT: msgspec.structs.replace(head, hash="00" * 32)}
    yield "ahead", good | {ACCOUNT: msgspec.structs.replace(head, seq=head.seq + 1)}
    yield "another epoch", good | {ACCOUNT: msgspec.structs.replace(head, epoch=2)}
    yield "nothing at all", good | {ACCOUNT: msgspec.structs.replace(head, seq=0)}
    yield "a stream of others", good | {StreamId(f"account:{OTHER}"): said(rig.house.heads())[StreamId("account:A2")]}
    yield "a stream nobody has", good | {StreamId("account:ZZ"): head}
    yield "no hex", good | {ACCOUNT: msgspec.structs.replace(head, hash="zz")}


@pytest.mark.parametrize("what", range(7))
def test_heads_that_are_no_part_of_this_journal_are_reset_and_get_a_snapshot(what):
    rig = Rig()
    _, claimed = list(strange(rig))[what]
    session = rig.session()
    rig.say(session, rig.hello(heads=claimed))
    frames = rig.hear(session)
    (reset,) = only(frames, m.Reset)
    assert reset.epoch == rig.house.epoch
    assert snapshot_in(frames)
    assert ONE not in reset.reason
    assert OTHER not in reset.reason  # whether the other stream is there is not told apart


def test_asking_again_begins_a_round_and_hears_of_it_even_when_nothing_is_missing():
    rig = Rig()
    session = rig.greeted()
    rig.hear(session)
    rig.say(session, m.FetchJournal(round=3, heads=heads(rig)))
    (evt,) = only(rig.hear(session), m.Evt)
    assert (evt.round, evt.number, evt.events) == (3, 0, ())
    rig.grow(1)
    assert [(evt.round, evt.number) for evt in only(rig.hear(session), m.Evt)] == [(3, 1)]


def test_a_ping_says_which_frame_comes_next():
    rig = Rig()
    session = rig.greeted()
    rig.grow(1)
    sent = len(only(rig.hear(session), m.Evt))
    rig.now += 5 * SECOND
    session.tick(rig.now)
    (ping,) = only(rig.hear(session), m.Ping)
    assert (ping.round, ping.number) == (0, sent + 1)  # the greeting's own frame came before


# --- what others do ----------------------------------------------------------------------------------------------


def test_streams_a_guest_may_not_see_leave_no_trace():
    # Given a runner on which others act beside this desk
    rig = Rig(SMALL)
    session = rig.session()
    rig.say(session, rig.hello())
    raw, checks, round_number = [], 0, 0
    for number in range(20):
        rig.world.do(STRANGER, c.SubmitOrder(terms=terms(Side.BUY, 1, 3690, account=OTHER)), command=f"x{number}")
        rig.world.do(CHECKER, c.SaveDocument(name=f"their{number}", base_version=0, body="1"))
        if number % 5 == 0:
            rig.grow(1)
        if number == 12:
            round_number = 1
            rig.say(session, m.FetchJournal(round=1, heads=heads(rig), snapshot=True))
        while frames := session.pump(rig.now):
            raw += frames
            rig.credit(session)
    # Then nothing that is sent names their streams, and the numbers of the frames have no gap
    assert round_number == 1
    for frame in raw:
        checks += b'"CHECK"' in frame
        for trace in (b"account:A2", b"person:sun", b"their1", b'"x1'):
            assert trace not in frame
    numbers = {(evt["round"], evt["number"]) for evt in map(msgspec.json.decode, raw) if evt["type"] == "EVT"}
    for turn in (0, 1):
        mine = sorted(number for one, number in numbers if one == turn)
        assert mine == list(range(len(mine)))
    assert checks > 0


def test_a_journal_that_is_longer_than_the_memory_of_its_end_is_read_back():
    rig = Rig(journal=MemoryJournal(TENANT))
    session = rig.session()
    rig.say(session, rig.hello())
    found = [msgspec.json.decode(one, type=Record).seq for one in records_in(rig.hear(session))]
    assert found[0] == 1
    assert rig.tail.end == len(list(rig.world.journal.replay()))
