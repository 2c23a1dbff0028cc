from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest

from terminal.domain.fact.facts import PersonEnrolled, SpotQuoted
from terminal.domain.ids import CommandId, StreamId
from terminal.engine.records.journal import JournalError, Record, records_of
from terminal.engine.records.memory import MemoryJournal
from terminal.engine.turn import Said
from terminal.simulation.crash import Crash, CrashingJournal, Fuse, Point
from tests.unit.simulation.made import ACTOR, IRON, TRADER, T


def journal_with(fuse, kept=None):
    inner = MemoryJournal(T)
    return inner, CrashingJournal(inner, fuse, kept if kept is not None else lambda records: None)


def append(journal):
    facts = [
        Said(PersonEnrolled(person=TRADER, name="p"), "test", ACTOR),
        Said(SpotQuoted(instrument=IRON, price=Decimal(1), source="s"), "test", ACTOR),
    ]
    journal.append(records_of(facts, journal.heads(), tenant=T, epoch=1, utc=1))


def stored(journal):
    return len(list(journal.replay()))


def test_a_fuse_waits_until_it_is_armed_and_lets_its_points_pass():
    fuse = Fuse(Point.AFTER_SEND, armed_after=2, skip=1)
    fuse.at(Point.AFTER_SEND)
    fuse.input(live=True)
    fuse.input(live=False)
    fuse.at(Point.AFTER_SEND)
    fuse.input(live=True)
    fuse.at(Point.BEFORE_SEND)
    fuse.at(Point.AFTER_SEND)
    with pytest.raises(Crash):
        fuse.at(Point.AFTER_SEND)
    assert fuse.blown is Point.AFTER_SEND


def test_a_fuse_blows_once():
    fuse = Fuse(Point.BEFORE_SEND, armed_after=0)
    with pytest.raises(Crash):
        fuse.at(Point.BEFORE_SEND)
    fuse.at(Point.BEFORE_SEND)


def test_a_fuse_whose_point_never_comes_blows_between_two_turns():
    fuse = Fuse(Point.AFTER_CANCEL, armed_after=0)
    with suppress(Crash):
        for _ in range(1000):
            fuse.input(live=True)
    assert fuse.blown is Point.BETWEEN_TURNS


def test_a_crash_before_the_append_leaves_nothing_and_one_after_it_leaves_the_whole_turn():
    for point, left in ((Point.BEFORE_APPEND, 0), (Point.AFTER_APPEND, 2)):
        inner, journal = journal_with(Fuse(point, armed_after=0))
        with pytest.raises(Crash):
            append(journal)
        assert stored(inner) == left


def test_a_full_disk_refuses_the_turn_and_every_later_one():
    inner, journal = journal_with(Fuse(Point.DISK_FULL, armed_after=0))
    for _ in range(2):
        with pytest.raises(JournalError):
            append(journal)
    assert journal.failed
    assert stored(inner) == 0


def test_a_torn_disk_reports_a_failure_and_has_the_turn():
    kept: list[Record] = []
    inner, journal = journal_with(Fuse(Point.DISK_TORN, armed_after=0), kept.extend)
    with pytest.raises(JournalError):
        append(journal)
    assert stored(inner) == len(kept) == 2


def test_without_a_fuse_it_is_the_journal_it_wraps():
    inner, journal = journal_with(Fuse(None, armed_after=0))
    append(journal)
    assert journal.heads() == inner.heads()
    assert (journal.tenant, journal.epoch, journal.cursor()) == (T, 1, None)
    read = [entry.hash for stream in (f"person:{TRADER}", "tenant:T") for entry in journal.read(StreamId(stream))]
    assert read == [entry.hash for entry in journal.replay()]
    assert journal.command_result(CommandId("c")) is None
    journal.close()
    with pytest.raises(JournalError):
        append(inner)
