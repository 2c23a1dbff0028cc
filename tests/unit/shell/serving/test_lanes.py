"""The lanes a runner serves from: the journal's tail, the conflated market, the history of the basis."""

from __future__ import annotations

import zlib
from array import array
from decimal import Decimal

import msgspec
import pytest

from terminal.domain.days.calendar import DAY_NS
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.market import Column, Valid
from terminal.domain.products.instrument import Kind
from terminal.engine.prices.basis import BASIS_STEP_NS
from terminal.engine.prices.columns import Columns
from terminal.engine.records.memory import MemoryJournal
from terminal.shell.serving import basis_book, quote_lane, tail
from terminal.shell.serving.basis_book import BasisBook
from terminal.shell.serving.quote_lane import QuoteLane
from terminal.shell.serving.tail import Tail
from terminal.sync import messages as m
from terminal.sync.wire import read_from_runner
from tests.engine_market import Price, Shown
from tests.engine_world import (
    AP,
    FAR,
    MORNING,
    OPENING_QUOTES,
    RB,
    TENANT,
    UNIVERSE,
    World,
    instruments,
    make_batch,
    reference,
)
from tests.sync_rig import Rig

ALL = list(range(len(OPENING_QUOTES)))  # the spot at the end of the universe has no price yet


# --- the tail ----------------------------------------------------------------------------------------------------


def test_the_tail_gives_every_record_whether_it_saw_it_or_must_read_it_back(monkeypatch):
    monkeypatch.setattr(tail, "PAGE", 7)
    world = World()
    stored = list(world.journal.replay())
    seen = len(stored) // 2
    found = Tail(world.journal, seen)  # as after a restart: what was there before is on the disk only
    found.grew(stored[seen:])
    assert found.end == len(stored)
    for order in (range(1, found.end + 1), range(found.end, 0, -1), (3, 30, 4, 29, 1)):
        for position in order:
            assert found.entry(position) == stored[position - 1]


def test_the_tail_forgets_what_is_old_and_reads_it_back():
    world = World()
    stored = list(world.journal.replay())
    found = Tail(world.journal, 0)
    found._recent = type(found._recent)(maxlen=5)
    found.grew(stored)
    assert [found.entry(position).position for position in range(1, len(stored) + 1)] == list(range(1, len(stored) + 1))


def test_the_lag_of_a_desk_is_counted_in_records_and_estimated_in_bytes():
    rig = Rig()
    assert rig.tail.lag(rig.tail.end) == (0, 0)
    end = rig.tail.end
    rig.grow(3)
    records, size = rig.tail.lag(end)
    exact = sum(len(rig.tail.entry(at).data) for at in range(end + 1, rig.tail.end + 1))
    assert records == rig.tail.end - end
    assert exact - records <= size <= exact
    assert Tail(MemoryJournal(TENANT), 10).lag(4) == (6, 6 * 1024)  # nothing was seen yet: a guess


# --- quotes ------------------------------------------------------------------------------------------------------


@pytest.fixture
def lane():
    world = World()
    lane = QuoteLane(world.engine)
    lane.publish()
    return lane


def quotes_in(frame: bytes) -> m.Quotes:
    read = read_from_runner(frame)
    assert isinstance(read, m.Quotes)
    return read


def chunk_in(frame: bytes) -> m.Chunk:
    read = read_from_runner(frame)
    assert isinstance(read, m.Chunk)
    return read


def told(lane, since, instruments=()):
    frames, tick = lane.frames(since, instruments)
    return [row.slot for frame in frames for row in quotes_in(frame).quotes], tick


def test_a_desk_that_has_heard_nothing_hears_the_whole_market(lane):
    assert told(lane, -1) == (ALL, 1)


def test_what_changed_many_times_is_told_once_and_what_did_not_change_not_at_all(lane):
    _, tick = told(lane, -1)
    for _ in range(5):
        lane.saw([2], [])
    assert told(lane, tick) == ([], tick)  # not published yet
    lane.publish()
    slots, later = told(lane, tick)
    assert (slots, later > tick) == ([2], True)
    assert told(lane, later) == ([], later)


def test_a_slow_desk_hears_in_one_go_what_a_quick_one_heard_in_two(lane):
    lane.saw([0], [])
    lane.publish()
    _, first = told(lane, 1)
    lane.saw([3], [])
    lane.publish()
    assert told(lane, first)[0] == [3]
    assert told(lane, 1)[0] == [0, 3]


def test_desks_that_stand_at_the_same_tick_share_the_bytes(lane):
    lane.saw([0], [])
    lane.publish()
    first, _ = lane.frames(1, ())
    again, _ = lane.frames(1, ())
    assert first[0] is again[0]
    lane.saw([0], [])
    lane.publish()
    assert lane.frames(1, ())[0][0] is not first[0]


def test_a_subscription_names_what_it_wants_and_strangers_are_passed_over(lane):
    assert told(lane, -1, (AP, RB, "ZZ.nothing"))[0] == [UNIVERSE.index(RB), UNIVERSE.index(AP)]


def test_a_market_too_large_for_a_frame_takes_several(lane, monkeypatch):
    monkeypatch.setattr(quote_lane, "ROWS_PER_FRAME", 3)
    frames, _ = lane.frames(-1, ())
    assert [len(quotes_in(frame).quotes) for frame in frames] == [3, 1]
    lane.publish()
    assert told(lane, -1)[0] == ALL


def test_as_many_rows_as_a_frame_may_hold_fit_it(lane):
    big = 2**62
    row = m.QuoteRow(9_999, big, big, big, big, big, big, big, big, big, big, big, big)
    encoded = lane._encoded([row] * quote_lane.ROWS_PER_FRAME, ())
    samples = quote_lane.SAMPLES_PER_FRAME * 500  # generously
    assert len(encoded) - 150 * quote_lane.ROWS_PER_FRAME < m.MAX_FRAME - samples


# --- the basis ---------------------------------------------------------------------------------------------------

SPOT = InstrumentId("SPOT.rb.上海")
SECOND = 1_000_000_000


class Spot:
    """Hold columns with a spot place of rebar, and a book over them."""

    def __init__(self):
        future = instruments()[RB]
        spot = msgspec.structs.replace(future, id=SPOT, kind=Kind.SPOT)
        self.universe = (*UNIVERSE, SPOT)
        self.columns = Columns(self.universe, instruments() | {SPOT: spot})
        self.book = BasisBook(self.columns, reference().calendar)
        self.product = future.product
        self.index = 0

    def show(self, last, *, after=1.0, spot=3900):
        at = MORNING + round(after * SECOND)
        batch = make_batch(self.index, at, {RB: (last - 1, last + 1)}, last={RB: last}, universe=self.universe)
        self.index += 1
        slots = self.columns.update(batch)
        if spot is not None:
            self.columns.state_spot(SPOT, Decimal(spot), at)
        return self.book.saw(slots)

    def chunks(self, before=2**62, most=10**9):
        found = [read_from_runner(frame) for frame in self.book.chunks(5, self.product, before, most)]
        return [one for one in found if isinstance(one, m.Chunk)]

    def history(self, **asked):
        at = array("q")
        for chunk in self.chunks(**asked):
            raw = zlib.decompress(chunk.data)
            at.frombytes(raw[: len(raw) // 3])
        return list(at)


STEP = BASIS_STEP_NS // SECOND


def test_a_basis_is_told_when_a_leg_moves_and_once_a_second_while_none_does():
    made = Spot()
    assert made.show(3700, after=0, spot=None) == []
    assert [len(made.show(3700 + step, after=1 + step / 4)) for step in range(5)] == [1] * 5
    assert [len(made.show(3704, after=2 + step / 4)) for step in range(9)] == [0, 0, 0, 0, 1, 0, 0, 0, 1]
    (sample,) = made.show(3710, after=9)
    assert (sample.value, sample.future, sample.spot) == (Decimal(190), RB, SPOT)


def test_the_main_contract_of_the_basis_is_chosen_once_a_trading_day():
    made = Spot()
    slots = [made.columns.slot_of[name] for name in (RB, FAR)]

    def show(near, far, *, day):
        at = MORNING + day * DAY_NS
        last: dict[InstrumentId, Price] = {RB: 3700, FAR: 3600}
        shown: dict[InstrumentId, Shown] = {RB: (3699, 3701), FAR: (3599, 3601)}
        batch = make_batch(made.index, at, shown, last=last, universe=made.universe)
        batch.rows[:, Column.OPEN_INTEREST] = near, far
        batch.rows[:, Column.MASK] |= int(Valid.OPEN_INTEREST)
        made.index += 1
        made.columns.update(batch)
        made.columns.state_spot(SPOT, Decimal(3900), at)
        made.book.saw(slots)
        return made.book.unsaved()[-1].future

    assert [show(near, 20, day=0) for near in (30, 10)] == [RB, RB]
    assert [show(near, 20, day=1) for near in (10, 30)] == [FAR, FAR]


def test_a_start_in_mid_session_takes_no_contract_for_the_main_one_because_it_is_quoted_first():
    def shown(index, *, names, near=10, far=20):
        last: dict[InstrumentId, Price] = dict.fromkeys(names, 3700)
        made_of: dict[InstrumentId, Shown] = dict.fromkeys(names, (3699, 3701))
        batch = make_batch(index, MORNING, made_of, last=last, universe=made.universe)
        batch.rows[:, Column.OPEN_INTEREST] = [near if name == RB else far for name in names]
        batch.rows[:, Column.MASK] |= int(Valid.OPEN_INTEREST)
        return batch

    made = Spot()
    book = BasisBook(made.columns, reference().calendar, shown(0, names=(RB, FAR)))
    made.columns.state_spot(SPOT, Decimal(3900), MORNING)
    made.columns.update(shown(1, names=(RB,)))
    assert book.saw([made.columns.slot_of[RB]]) == []  # the largest, which the exchange has told of, has no price yet
    made.columns.update(shown(2, names=(FAR,)))
    (sample,) = book.saw([made.columns.slot_of[FAR]])
    assert sample.future == FAR


def test_of_each_step_of_market_time_the_last_sample_is_kept_whether_it_was_told_or_not():
    made = Spot()
    for after in (0, 1, STEP - 0.5, STEP, STEP + 0.1):
        made.show(3700, after=after)
    assert made.history() == [MORNING + round(after * SECOND) for after in (STEP - 0.5, STEP + 0.1)]


def test_a_history_comes_in_numbered_parts_before_a_moment_newest_first_in_the_cut(monkeypatch):
    monkeypatch.setattr(basis_book, "PART", 4)
    made = Spot()
    for step in range(10):
        made.show(3700, after=step * STEP)
    every = [MORNING + step * BASIS_STEP_NS for step in range(10)]
    assert made.history() == every
    assert [(one.part, one.last, one.request) for one in made.chunks()] == [(0, False, 5), (1, False, 5), (2, True, 5)]
    assert made.history(before=every[6]) == every[:6]
    assert made.history(before=every[6], most=2) == every[4:6]


@pytest.mark.parametrize("asked", [{"before": 0}, {"most": 0}, {"most": -3}])
def test_a_history_with_nothing_in_it_is_one_empty_part(asked):
    made = Spot()
    made.show(3700)
    assert [(one.part, one.last) for one in made.chunks(**asked)] == [(0, True)]
    assert made.history(**asked) == []


def test_a_product_without_a_spot_has_an_empty_history():
    (frame,) = BasisBook(World().engine.columns, reference().calendar).chunks(1, ProductId("AP"), 2**62, 5)
    assert chunk_in(frame).last


def test_parts_asked_for_slowly_stay_in_order_while_the_oldest_samples_are_dropped(monkeypatch):
    monkeypatch.setattr(basis_book, "PART", 3)
    monkeypatch.setattr(basis_book, "KEPT", 20)
    made = Spot()
    for step in range(20):
        made.show(3700, after=step * STEP)
    parts = made.book.chunks(1, made.product, 2**62, 20)
    found = [next(parts)]
    for step in range(20, 24):
        made.show(3700, after=step * STEP)  # four of the oldest go, and the fourth was still to be sent
    found += list(parts)
    at = array("q")
    for frame in found:
        raw = zlib.decompress(chunk_in(frame).data)
        at.frombytes(raw[: len(raw) // 3])
    assert list(at) == [MORNING + step * BASIS_STEP_NS for step in range(20) if step != 3]


def sample_of(product, step, value):
    made = Spot()
    (sample,) = made.show(3900 - value, after=0)
    return msgspec.structs.replace(sample, product=ProductId(product), at=MORNING + step * BASIS_STEP_NS)


def basis_told(lane, since):
    lane.publish()
    frames, tick = lane.frames(since, ())
    (quotes,) = map(quotes_in, frames)
    return [(one.product, int(one.value)) for one in quotes.basis], quotes.basis_lost, tick


def test_a_slow_desk_hears_the_last_sample_of_every_step_it_has_missed(lane):
    lane.saw([], [sample_of("rb", 0, 1), sample_of("i", 0, 2)])
    lane.saw([], [sample_of("rb", 0, 3)])
    lane.saw([], [sample_of("rb", 1, 4)])
    assert basis_told(lane, 1)[:2] == ([("i", 2), ("rb", 3), ("rb", 4)], False)


def test_a_desk_that_missed_more_samples_than_are_kept_is_told_so(lane, monkeypatch):
    monkeypatch.setattr(quote_lane, "SAMPLES", 3)
    lane.saw([], [sample_of("rb", 0, 1)])
    _, _, heard = basis_told(lane, 1)
    for step in range(1, 4):
        lane.saw([], [sample_of("rb", step, step)])
    assert basis_told(lane, heard)[:2] == ([("rb", 1), ("rb", 2), ("rb", 3)], False)
    lane.saw([], [sample_of("rb", 4, 4)])
    assert basis_told(lane, heard)[:2] == ([("rb", 2), ("rb", 3), ("rb", 4)], True)
    monkeypatch.setattr(quote_lane, "SAMPLES_PER_FRAME", 2)
    lane.saw([], [sample_of("rb", 5, 5)])
    told_now, lost, heard = basis_told(lane, heard)
    assert (told_now, lost) == ([("rb", 4), ("rb", 5)], True)
    assert basis_told(lane, heard)[:2] == ([], False)
