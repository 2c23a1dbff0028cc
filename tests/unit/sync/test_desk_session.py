"""The desk's half of a connection: nothing is applied that does not continue what it has."""

from __future__ import annotations

import hashlib
import zlib

import msgspec
import pytest

from terminal.domain.ids import DeviceId, StreamId, TenantId
from terminal.engine.records.journal import Head
from terminal.sync import messages as m
from terminal.sync.desk_session import ASK_AGAIN, NO_COMMON_VERSION, DeskSession, Identity, Stage
from terminal.sync.effects import Compare, Ended, Store, Swap
from terminal.sync.record_lane import LaneLimits
from terminal.sync.wire import encode, read_from_desk, read_from_runner
from tests.engine_world import ONE, TRADER
from tests.sync_rig import KEY, SECOND, SECRET, Rig, only

ACCOUNT = StreamId("account:A1")
ME = Identity(person=TRADER, device=DeviceId("zhao-desk"), proof=SECRET, public_key=KEY, app="t")


class Line:
    """Join a desk's session to a runner's by hand; frames wait in `down` until a test lets them through."""

    def __init__(self, limits: LaneLimits | None = None, *, heads: dict[StreamId, Head] | None = None) -> None:
        self.rig = Rig(limits)
        self.rig.grow(2)
        self.connect(heads or {})

    def connect(self, heads: dict[StreamId, Head], partial=None) -> None:
        self.runner = self.rig.session()
        self.desk = DeskSession(
            ME, tenant=TenantId("house"), heads=heads, last_device_seq=0, partial=partial, now=self.rig.now
        )
        self.stored: list[object] = []
        self.effects: list[object] = []

    def up(self) -> list[m.FromDesk]:
        """Bring what the desk says to the runner."""
        said = self.desk.outgoing()
        for frame in said:
            self.runner.receive(frame, self.rig.now)
        return [read_from_desk(frame) for frame in said]

    def down(self) -> list[bytes]:
        """Return what the runner sends, and bring nothing yet."""
        frames = []
        while more := self.runner.pump(self.rig.now):
            frames += more
        return frames

    def hear(self, frames: list[bytes]) -> list[object]:
        found: list[object] = []
        for frame in frames:
            for effect in self.desk.receive(frame, self.rig.now):
                found.append(effect)
                if isinstance(effect, Store):
                    self.stored += [one.data for one in effect.arrived]
                if isinstance(effect, Store | Swap):
                    self.desk.applied()
        self.effects += found
        return found

    def settle(self) -> None:
        """Let everything through until both are silent."""
        for _ in range(50):
            self.up()
            frames = self.down()
            if not frames and not self.desk._out:
                return
            self.hear(frames)

    def journaled(self) -> list[bytes]:
        mine = {ACCOUNT, "tenant:house", f"person:{TRADER}"}
        return [entry.data for entry in self.rig.world.journal.replay() if entry.record.stream in mine]


SMALL = LaneLimits(frame_events=2)


@pytest.fixture
def line():
    line = Line(SMALL)
    line.settle()
    assert line.desk.stage is Stage.LIVE
    assert line.stored == line.journaled()
    return line


def events(frames):
    return [frame for frame in frames if b'"type":"EVT"' in frame]


def grown(line, orders=3):
    """Return the frames with some new records, not heard yet."""
    line.rig.grow(orders)
    frames = events(line.down())
    assert len(frames) >= 3
    return frames


def asked(line):
    return only(line.up(), m.FetchJournal)


# --- what fits ---------------------------------------------------------------------------------------------------


def test_records_that_continue_are_stored_and_acknowledged(line):
    frames = grown(line)
    line.hear(frames)
    acks = only(line.up(), m.Credit)
    assert len(acks) == len(frames)
    assert acks[-1].applied[ACCOUNT] == line.rig.house.heads()[ACCOUNT].seq
    assert line.stored == line.journaled()


def test_a_frame_that_comes_twice_is_taken_once(line):
    frames = grown(line)
    line.hear([frames[0], frames[0], *frames[1:], frames[1]])
    assert line.stored == line.journaled()
    assert asked(line) == []


def test_a_lost_frame_is_a_gap_nothing_after_it_is_applied_and_it_is_asked_for(line):
    frames = grown(line)
    before = len(line.stored)
    line.hear([frames[0], *frames[2:]])
    assert len(line.stored) == before + 2
    assert line.desk.stage is Stage.CATCHING_UP  # and nothing is ordered meanwhile
    (fetch,) = asked(line)
    assert (fetch.round, fetch.snapshot) == (1, False)
    line.settle()
    assert line.stored == line.journaled()
    assert line.desk.stage is Stage.LIVE


def test_frames_that_overtake_each_other_are_not_applied_out_of_order(line):
    frames = grown(line)
    line.hear([frames[1], frames[0], *frames[2:]])
    line.settle()
    assert line.stored == line.journaled()


def test_what_was_under_way_when_records_were_asked_again_is_dropped(line):
    frames = grown(line)
    line.hear([frames[1]])
    line.up()
    assert line.hear(frames) == []
    line.settle()
    assert line.stored == line.journaled()


def test_the_last_frame_lost_is_noticed_by_the_next_ping(line):
    grown(line)
    line.settle()
    behind = len(line.stored)
    assert behind < len(line.journaled())
    line.rig.now += 5 * SECOND
    line.runner.tick(line.rig.now)
    line.hear(line.down())
    line.settle()
    assert line.stored == line.journaled()


def altered(frame, **fields):
    raw = msgspec.json.decode(frame)
    raw["events"][0] |= fields
    return msgspec.json.encode(raw)


def test_another_hash_is_asked_again_and_then_a_snapshot_is_asked_for(line):
    frames = grown(line)
    before = len(line.stored)
    line.hear([altered(frames[0], hash="00" * 32)])
    assert len(line.stored) == before
    assert [fetch.snapshot for fetch in asked(line)] == [False]
    again = events(line.down())
    line.hear([altered(again[0], hash="00" * 32)])
    assert [fetch.snapshot for fetch in asked(line)] == [True]
    assert len(only(line.hear(line.down()), Swap)) == 1
    assert line.desk.stage is Stage.LIVE


def test_changed_bytes_are_found_by_the_hash(line):
    frames = grown(line)
    record = msgspec.json.decode(frames[0])["events"][0]["record"]
    line.hear([altered(frames[0], record=record | {"utc": 1})])
    assert len(asked(line)) == 1


def test_the_good_records_in_front_of_a_bad_one_are_kept(line):
    line.rig.grow(2)
    raw = msgspec.json.decode(events(line.down())[0])
    raw["events"][1]["hash"] = "00" * 32
    before = len(line.stored)
    line.hear([msgspec.json.encode(raw)])
    assert len(line.stored) == before + 1
    line.settle()
    assert line.stored == line.journaled()


@pytest.mark.parametrize("fields", [{"record": {"v": 1}}, {"record": 5}, {"hash": "xyz"}])
def test_what_is_no_record_ends_the_connection(line, fields):
    frames = grown(line)
    (ended,) = line.hear([altered(frames[0], **fields)])
    assert isinstance(ended, Ended)
    assert ended.code == "BAD_FRAME"


# --- snapshots ---------------------------------------------------------------------------------------------------

PARTS = LaneLimits(beyond_events=3, part_bytes=400)


def test_a_snapshot_is_swapped_in_as_a_whole_and_the_tail_follows():
    line = Line(PARTS)
    line.settle()
    (swap,) = only(line.effects, Swap)
    assert hashlib.sha256(zlib.compress(swap.data, 1)).hexdigest() == swap.begin.snapshot
    assert swap.heads[ACCOUNT] == line.rig.house.heads()[ACCOUNT]
    assert swap.reason == ""
    assert line.desk.stage is Stage.LIVE
    line.rig.grow(1)
    line.settle()
    assert line.stored == line.journaled()[-len(line.stored) :] != []


@pytest.mark.parametrize("missing", [b"SNAP_BEGIN", b"SNAP_CHUNK", b"SNAP_END"])
def test_a_snapshot_with_something_missing_is_not_swapped_in_but_asked_for_again(missing):
    line = Line(PARTS)
    line.up()
    frames = line.down()
    gone = next(frame for frame in frames if missing in frame)
    line.hear([frame for frame in frames if frame is not gone])
    assert only(line.effects, Swap) == []
    for _ in range(3):
        line.rig.now += ASK_AGAIN + 1
        line.desk.tick(line.rig.now)
        line.runner._pinged.clear()
        line.settle()
    assert len(only(line.effects, Swap)) == 1
    assert line.desk.stage is Stage.LIVE


def test_a_snapshot_that_takes_longer_than_the_patience_is_not_asked_for_again_while_it_moves():
    line = Line(PARTS)
    line.up()
    frames = line.down()
    parts = [frame for frame in frames if b"SNAP_CHUNK" in frame]
    assert len(parts) > 3
    for frame in frames:
        line.rig.now += ASK_AGAIN - 1 if b"SNAP_" in frame else 0
        line.desk._pinged.clear()  # pings are another test's business
        line.desk.tick(line.rig.now)
        line.hear([frame])
    assert asked(line) == []
    assert len(only(line.effects, Swap)) == 1


def test_a_snapshot_is_resumed_on_the_next_connection_with_the_parts_that_came():
    line = Line(PARTS)
    line.up()
    frames = line.down()
    line.hear(frames[:5])
    partial = line.desk.partial
    assert partial is not None
    came = len(partial.parts)
    assert came > 0
    line.connect({}, partial)
    line.up()
    rest = line.down()
    assert sum(b"SNAP_CHUNK" in frame for frame in rest) == partial.begin.parts - came
    line.hear(rest)
    assert len(only(line.effects, Swap)) == 1


def test_the_end_of_a_snapshot_that_comes_twice_asks_for_nothing():
    line = Line(PARTS)
    line.up()
    frames = line.down()
    end = next(frame for frame in frames if b"SNAP_END" in frame)
    line.hear([*frames, end])
    assert asked(line) == []


@pytest.mark.parametrize("size", [-1, 10**12])
def test_a_snapshot_that_lies_about_its_size_is_not_taken(size):
    line = Line(PARTS)
    line.up()
    frames = line.down()
    begin = next(frame for frame in frames if b"SNAP_BEGIN" in frame)
    lie = encode(msgspec.structs.replace(read_from_runner(begin), size=size))
    line.hear([lie if frame is begin else frame for frame in frames])
    assert only(line.effects, Swap) == []
    assert len(asked(line)) == 1


def test_heads_that_are_no_part_of_the_journal_are_dropped_and_the_reason_comes_with_the_snapshot():
    line = Line(heads={ACCOUNT: Head(1, 9_999, b"x" * 32)})
    line.settle()
    (swap,) = only(line.effects, Swap)
    assert "不是这本日志的一部分" in swap.reason
    assert line.desk.stage is Stage.LIVE


# --- greeting, silence, end --------------------------------------------------------------------------------------


def test_a_desk_is_live_at_once_when_it_has_everything():
    line = Line()
    mine = {name: head for name, head in line.rig.house.heads().items() if name != "account:A2"}
    line.connect(mine)
    line.up()
    line.hear(line.down())
    assert line.desk.stage is Stage.LIVE


def test_a_runner_of_another_tenant_is_left():
    line = Line()
    line.desk._tenant = TenantId("rival")
    line.up()
    (ended,) = only(line.hear(line.down()), Ended)
    assert ended.code == "OTHER_TENANT"


def test_a_runner_that_says_nothing_is_left_after_ten_seconds():
    line = Line()
    assert line.desk.tick(line.rig.now + 10 * SECOND) is None
    ended = line.desk.tick(line.rig.now + 10 * SECOND + 1)
    assert ended is not None
    assert ended.code == "DEAD"


def test_a_ping_that_is_not_answered_for_five_seconds_ends_the_connection(line):
    line.up()
    line.desk._pinged.clear()
    line.rig.now += 5 * SECOND
    assert line.desk.tick(line.rig.now) is None
    assert len(only(line.up(), m.Ping)) == 1
    line.rig.now += 5 * SECOND + 1
    ended = line.desk.tick(line.rig.now)
    assert ended is not None
    assert ended.code == "DEAD"
    assert line.desk.receive(encode(m.Throttle(sentence="")), line.rig.now) == []


def test_a_pong_measures_the_trip(line):
    line.rig.now += 5 * SECOND
    line.desk.tick(line.rig.now)
    line.up()
    frames = line.down()
    line.rig.now += 30_000_000
    line.hear(frames)
    assert line.desk.trip == 30_000_000


def test_a_desk_that_has_heard_nothing_for_three_seconds_is_stale(line):
    heard = line.desk.heard_at
    assert not line.desk.is_stale(heard + 3 * SECOND)
    assert line.desk.is_stale(heard + 3 * SECOND + 1)


def test_a_check_is_compared_only_where_the_desk_stands(line):
    here = {name: head.seq for name, head in line.desk._heads.items()}
    check = m.Check(heads=here, fold_version=1, visible_hash="h")
    assert line.hear([encode(check)]) == [Compare(check)]
    assert line.hear([encode(msgspec.structs.replace(check, heads=here | {ACCOUNT: 1}))]) == []


def test_a_fold_that_went_wrong_is_replaced_by_a_snapshot_and_nothing_is_ordered_meanwhile(line):
    line.desk.redo(line.rig.now)
    assert line.desk.stage is Stage.CATCHING_UP
    line.settle()
    assert len(only(line.effects, Swap)) == 1
    assert line.desk.stage is Stage.LIVE


def test_a_bye_ends_the_connection_with_its_code(line):
    assert line.hear([encode(m.Bye(code="REVOKED", sentence="设备已吊销"))]) == [Ended("REVOKED", "设备已吊销")]


@pytest.mark.parametrize("data", [b"{", b'{"type":"CMD"}', b'{"type":"THROTTLE"}'])
def test_bytes_that_are_no_frame_end_the_connection(line, data):
    (ended,) = line.desk.receive(data, line.rig.now)
    assert isinstance(ended, Ended)
    assert ended.code == "BAD_FRAME"


def test_a_frame_with_more_than_this_program_knows_is_of_a_newer_runner(line):
    data = encode(m.Throttle(sentence="")).replace(b"}", b',"x":1}')
    (ended,) = line.desk.receive(data, line.rig.now)
    assert isinstance(ended, Ended)
    assert ended.code == NO_COMMON_VERSION
    assert "运行器的版本比本程序新（它发来的帧里有不认识的字段 x）" in ended.sentence
    assert "请升级本程序" in ended.sentence


def test_leaving_is_said_once(line):
    line.desk.leave(stop=True)
    assert [bye.code for bye in only(line.up(), m.Bye)] == ["STOP"]
    assert line.runner.ended is not None
    assert line.runner.ended.code == "STOP"
    assert ONE in line.rig.world.state.accounts
