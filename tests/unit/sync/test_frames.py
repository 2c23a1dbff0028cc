"""Whatever is asked, and whatever a journal holds: what a desk is sent fits a frame, and no desk is lost over it."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import ConfirmationRequested, StrategyChanged, StrategyStarted
from terminal.domain.fact.facts import LimitsSet, OrderRecorded
from terminal.domain.ids import ProductId, StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.words.typed_text import LONGEST_TEXT
from terminal.store.journal import SqliteJournal
from terminal.sync import messages as m
from terminal.sync.desk_session import Stage
from terminal.sync.effects import Store, Swap
from terminal.sync.record_lane import REDO_SNAPSHOTS, LaneLimits
from terminal.sync.runner_session import Stage as RunnerStage
from terminal.sync.texts import LARGEST_BODY, too_large
from tests.desk_rig import Seat
from tests.engine_world import CHECKER, ONE, OTHER, RISK, STRANGER, TENANT, TRADER, terms
from tests.picture_settings import GRID, grid_settings, roll_settings
from tests.sync_rig import Rig, only

QUOTES = '"' * 90  # four bytes each in a record that holds what a second person approves
NAME = StrategyId('"' * 64)


class Watching(Seat):
    """Remember how large each frame was, and what the desk did."""

    def __init__(self, rig, person=TRADER, name="seat"):
        self.sizes: list[int] = []
        self.did: list[object] = []
        super().__init__(rig, person, name)

    def give(self, frame):
        self.sizes.append(len(frame))
        effects = super().give(frame)
        self.did += effects
        return effects

    def is_whole(self):
        """Return whether the desk is there, holds what the runner holds, and was never sent too much."""
        state, person = self.rig.world.state, self.person
        visible = state.visible_hash(frozenset(state.roles_of(person)), frozenset({person}))
        is_live = self.session is not None and self.session.stage is Stage.LIVE
        return is_live and self.copy.visible_hash() == visible and max(self.sizes) <= m.MAX_FRAME


@pytest.fixture
def rig():
    return Rig()


@pytest.fixture
def seat(rig):
    seat = Watching(rig)
    seat.connect()
    return seat


def asked(rig, body, person=TRADER, command='"' * 64):
    """Return the result of a command that comes over a desk's wire."""
    session = rig.greeted(person)
    wanted = rig.say(session, rig.command(body, command))
    if wanted is not None:
        return rig.carry_out(session, wanted)
    (result,) = only(rig.hear(session), m.Result)
    return result


def largest(make):
    """Return how many items the largest allowed body of its kind has."""
    low, high = 1, 10_000
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if too_large(make(middle)) else (middle, high)
    return low


# --- what may be asked -------------------------------------------------------------------------------------------


def order(reason='"' * LONGEST_TEXT, lots=200):
    price = Decimal("3690." + "0" * (LONGEST_TEXT - 5))
    return c.SubmitOrder(terms=msgspec.structs.replace(terms(Side.BUY, lots, 3690), price=price), reason=reason)


def looser(items):
    plan = {ProductId(f"{number:05d}{QUOTES}"): 1 for number in range(items)}
    limits = Limits(position_lots=1000, max_value_yuan=Decimal(90_000_000), hedge_plan_lots=plan)
    return c.ChangeLimits(account=ONE, base_version=1, limits=limits)


def rolling(items, lots=200):
    settings = roll_settings(lots=lots)
    return msgspec.structs.replace(settings, timings=settings.timings * items)


def started(items):
    return c.StartStrategy(account=ONE, strategy=NAME, settings=rolling(items))


def changed(items):
    return c.ChangeStrategy(account=ONE, strategy=NAME, base_version=1, settings=rolling(items, lots=250))


def test_the_longest_order_that_waits_for_a_second_person_reaches_every_desk_and_is_sent(rig, seat):
    assert asked(rig, order()).code == "CONFIRM2"
    seat.pump()
    edited = c.EditOrder(account=ONE, confirmation=rig.world.pending()[0], terms=order(lots=201).terms)
    assert asked(rig, edited, command="c2").code == "CONFIRM2"
    seat.pump()
    assert rig.world.decide(CHECKER, rig.world.parked).ok
    seat.pump()
    assert [fact.terms.lots for fact in rig.world.facts(OrderRecorded)] == [201]
    assert seat.is_whole()


@pytest.mark.parametrize(
    ("make", "person", "led_to"),
    [(looser, RISK, LimitsSet), (started, TRADER, StrategyStarted), (changed, TRADER, StrategyChanged)],
    ids=["limits", "a strategy", "a change of a strategy"],
)
def test_the_largest_that_waits_for_a_second_person_reaches_every_desk_and_holds(rig, seat, make, person, led_to):
    items = largest(make)
    if make is changed:
        assert asked(rig, started(items), command="c0").code == "CONFIRM2"
        assert rig.world.decide(CHECKER, rig.world.parked).ok
    before = len(rig.world.facts(led_to))
    assert asked(rig, make(items), person).code == "CONFIRM2"
    seat.pump()
    parked = rig.world.facts(ConfirmationRequested)[-1]
    assert len(msgspec.json.encode(parked)) > LARGEST_BODY * 9 // 10  # it was really as large as may be
    assert rig.world.decide(CHECKER, rig.world.parked).ok
    seat.pump()
    assert len(rig.world.facts(led_to)) == before + 1
    assert seat.is_whole()


@pytest.mark.parametrize(
    ("make", "person", "where"),
    [(looser, RISK, "套保方案手数"), (started, TRADER, "移仓时机"), (changed, TRADER, "移仓时机")],
)
def test_one_item_more_is_refused_says_where_it_is_too_long_and_costs_nobody_anything(rig, seat, make, person, where):
    items = largest(make) + 1
    end = rig.house.end
    result = asked(rig, make(items), person)
    assert (result.ok, result.code) == (False, "BAD_TEXT")
    assert f"“{where}”有 {items} 项" in result.sentence
    assert str(LARGEST_BODY) in result.sentence
    assert "请减少项数" in result.sentence
    seat.pump()
    assert rig.house.end == end + 1  # that answer
    assert seat.is_whole()
    assert asked(rig, order(reason="套保"), command="c3").code == "CONFIRM2"  # and the same person goes on


def test_a_short_text_for_a_long_number_is_not_written_out_in_an_answer(rig, seat):
    assert asked(rig, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings()), command="c0").ok
    settings = msgspec.structs.replace(grid_settings(), anchor=Decimal("0E-300000"))
    body = c.ChangeStrategy(account=ONE, strategy=GRID, base_version=7, settings=settings)  # a conflict names both
    assert asked(rig, body).code == "BAD_NUMBER"
    seat.pump()
    assert seat.is_whole()


def test_a_reason_of_one_sign_more_is_refused(rig, seat):
    assert asked(rig, order(reason='"' * (LONGEST_TEXT + 1))).code == "BAD_TEXT"
    seat.pump()
    assert seat.is_whole()


def test_what_would_be_refused_as_too_large_is_already_so_in_its_preview(rig):
    session = rig.greeted(RISK)
    for request, items in ((1, largest(looser) + 1), (2, 1)):
        rig.say(session, m.FetchPreview(request=request, body=looser(items)))
    too_much, fits = (frame.preview for frame in only(rig.hear(session), m.Previewed))
    assert "套保方案手数" in too_much.sentence
    assert too_much.verdict > fits.verdict


def test_a_preview_that_shows_old_beside_new_fits_a_frame_too(rig):
    def named(prefix, items=3_000):
        plan = {ProductId(f"{prefix}{number:05d}{'仓' * 90}"): 1 for number in range(items)}
        return c.ChangeLimits(account=ONE, base_version=1, limits=Limits(position_lots=1000, hedge_plan_lots=plan))

    assert rig.world.do(RISK, named("a")).ok  # of an old journal: it is more than may be asked today
    session = rig.greeted(RISK)
    body = msgspec.structs.replace(looser(1), base_version=2)
    rig.say(session, m.FetchPreview(request=1, body=body))
    frames = session.pump(rig.now)
    assert max(map(len, frames)) <= m.MAX_FRAME
    (previewed,) = (msgspec.json.decode(frame) for frame in frames if b'"PREVIEW"' in frame)
    assert "项数太多" in previewed["preview"]["sentence"]
    assert previewed["preview"]["verdict"] > 0


# --- what a journal holds ----------------------------------------------------------------------------------------


def grow_oversized(rig):
    """Let the journal grow by a record no frame holds, as an earlier program took it."""
    assert rig.world.do(RISK, looser(1_200)).code == "CONFIRM2"
    assert max(len(entry.data) for entry in rig.world.journal.replay()) > m.MAX_FRAME


def swaps(seat):
    return len(only(seat.did, Swap))


@pytest.mark.parametrize("on_disk", [False, True])
def test_a_new_desk_comes_past_a_record_that_is_larger_than_a_frame_and_goes_on(on_disk, tmp_path):
    rig = Rig(journal=SqliteJournal(tmp_path, TENANT) if on_disk else None)
    rig.grow(2)
    grow_oversized(rig)
    rig.grow(2)
    seat = Watching(rig)
    seat.connect()
    assert seat.is_whole()
    assert swaps(seat) == 1
    rig.grow(1)
    seat.pump()
    assert seat.is_whole()
    assert swaps(seat) == 1
    assert seat.copy.heads() == {
        stream: head for stream, head in rig.house.heads().items() if stream in seat.copy.heads()
    }
    rig.world.journal.close()


def test_a_desk_that_follows_is_given_a_snapshot_in_its_place_and_the_records_after_it_continue(rig, seat):
    before = len(only(seat.did, Store))
    grow_oversized(rig)
    rig.grow(1)
    seat.pump()
    assert swaps(seat) == 1
    assert rig.world.decide(CHECKER, rig.world.parked).ok  # what it spoke of is there to be decided
    rig.grow(2)
    seat.pump()
    assert len(only(seat.did, Store)) > before
    assert seat.is_whole()
    assert [frame for frame in seat.sent if isinstance(frame, m.FetchJournal)] == []  # nothing looked like a gap


def test_a_desk_that_was_away_meanwhile_comes_past_it_and_a_restart_of_both_finds_them_together(rig, seat):
    seat.lose()
    rig.grow(1)
    grow_oversized(rig)
    seat.connect()
    assert seat.is_whole()
    seat.lose()
    rig.world.restart()
    again = Rig(world=rig.world)
    seat.rig = again
    seat.start()
    seat.connect()
    again.grow(1)
    seat.pump()
    assert seat.is_whole()
    assert swaps(seat) == 1
    assert again.logged == []


def test_a_snapshot_in_its_place_that_was_cut_is_gone_on_with(rig, seat):
    grow_oversized(rig)
    (begin,) = (frame for frame in seat.runner.pump(rig.now) if b"SNAP_BEGIN" in frame)
    seat.give(begin)
    seat.give(seat.runner.pump(rig.now)[0])
    seat.lose()
    seat.connect()
    assert only(seat.sent, m.Hello)[-1].parts == 1
    assert seat.is_whole()


def test_the_runner_says_once_which_record_it_was_however_many_desks_pass_it(rig, seat):
    grow_oversized(rig)
    seat.pump()
    other = Watching(rig, CHECKER, "other")
    other.connect()
    assert other.is_whole()
    (line,) = rig.logged
    assert "confirmation_requested" in line
    assert "快照" in line


def test_who_may_not_see_the_record_notices_nothing_of_it(rig):
    seat = Watching(rig, STRANGER)
    seat.connect()
    grow_oversized(rig)
    assert rig.world.do(STRANGER, c.SubmitOrder(terms=terms(Side.BUY, 1, 3690, account=OTHER))).ok
    seat.pump()
    assert seat.is_whole()
    assert swaps(seat) == 0
    assert rig.logged == []


def test_a_desk_that_asks_for_the_oversized_record_again_and_again_is_sent_away():
    rig = Rig(LaneLimits(beyond_bytes=10**9))  # never too far behind: it is the record that brings the snapshots
    grow_oversized(rig)
    session = rig.session()
    rig.say(session, rig.hello())
    for number in range(1, REDO_SNAPSHOTS + 1):
        rig.hear(session)
        assert session.stage is RunnerStage.OPEN
        rig.say(session, m.FetchJournal(round=number, heads={}))
    rig.hear(session)
    assert session.ended is not None
    assert session.ended.code == "NO_SNAPSHOT_HELPS"
