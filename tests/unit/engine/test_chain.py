from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.fact.facts import Fact
from terminal.domain.ids import StreamId
from terminal.engine.records.chain import (
    Chains,
    DamageError,
    genesis,
    journal_head,
    link,
    read_record,
)
from terminal.engine.records.journal import Entry, Head, Journal, Record, UnknownRecord, kind_of, stream_of
from terminal.engine.records.memory import MemoryJournal
from tests.contract import journal_facts as make

STREAM = StreamId("account:A1")


def a_day() -> Journal:
    journal = MemoryJournal(make.TENANT)
    make.a_small_day(journal)
    return journal


def follow(entries: list[Entry]) -> Chains:
    chains = Chains(make.TENANT, 1)
    for entry in entries:
        chains.follow(entry.position, entry.record.stream, entry.record.seq, entry.data, entry.hash)
    return chains


DAY = list(a_day().replay())


def test_a_chain_begins_with_the_hash_of_tenant_stream_and_epoch() -> None:
    assert genesis(make.TENANT, STREAM, 1) == hashlib.sha256(b"house|account:A1|1").digest()
    assert link(b"a" * 32, b"bytes") == hashlib.sha256(b"a" * 32 + b"bytes").digest()


def test_a_true_journal_is_followed_to_its_heads() -> None:
    assert follow(DAY).heads == dict(a_day().heads())


@given(st.data())
def test_any_flipped_bit_of_any_record_or_hash_is_found_at_that_record(data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from(DAY))
    bits = 8 * (len(entry.data) + len(entry.hash))
    bit = data.draw(st.integers(0, bits - 1))
    both = bytearray(entry.data + entry.hash)
    both[bit // 8] ^= 1 << bit % 8
    forged = msgspec.structs.replace(entry, data=bytes(both[: len(entry.data)]), hash=bytes(both[len(entry.data) :]))
    with pytest.raises(DamageError) as found:
        follow([forged if row is entry else row for row in DAY])
    assert (found.value.stream, found.value.seq, found.value.position) == (
        entry.record.stream,
        entry.record.seq,
        entry.position,
    )


@given(st.data())
def test_a_missing_repeated_or_exchanged_record_is_found(data: st.DataObject) -> None:
    account = [entry for entry in DAY if entry.record.stream == STREAM]
    place = data.draw(st.integers(0, len(account) - 2))
    kind = data.draw(st.sampled_from(["missing", "repeated", "exchanged"]))
    if kind == "missing":
        forged = account[:place] + account[place + 1 :]
    elif kind == "repeated":
        forged = account[: place + 1] + account[place:]
    else:
        forged = [*account[:place], account[place + 1], account[place], *account[place + 2 :]]
    with pytest.raises(DamageError) as found:
        follow(forged)
    assert found.value.seq == place + (2 if kind == "repeated" else 1)


def test_a_record_moved_to_another_stream_is_found_even_with_a_fitting_hash() -> None:
    data = DAY[0].data
    stream = StreamId("account:A9")
    with pytest.raises(DamageError, match="自称"):
        Chains(make.TENANT, 1).follow(1, stream, 1, data, link(genesis(make.TENANT, stream, 1), data))


def test_bytes_that_are_no_record_are_found_even_with_a_fitting_hash() -> None:
    data = b'{"v":1}'
    with pytest.raises(DamageError, match="不是一条记录"):
        Chains(make.TENANT, 1).follow(1, STREAM, 1, data, link(genesis(make.TENANT, STREAM, 1), data))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"kind":"order_sent"', b'"kind":"order_teleported"'),
        (b'"order_sent"', b'"order_teleported"'),
        (b'"v":2', b'"v":3'),
        (b'"order":"A1', b'"renamed":"A1'),
    ],
)
def test_a_record_of_a_newer_program_is_kept_as_bytes(old: bytes, new: bytes) -> None:
    journal = MemoryJournal(make.TENANT)
    make.say(journal, make.sent(1))
    data = next(journal.replay()).data.replace(old, new)
    chains = Chains(make.TENANT, 1)
    if b"teleported" in new and old.startswith(b'"kind'):
        with pytest.raises(DamageError, match="类别不符"):
            chains.follow(1, STREAM, 1, data, link(genesis(make.TENANT, STREAM, 1), data))
        return
    entry = chains.follow(1, STREAM, 1, data, link(genesis(make.TENANT, STREAM, 1), data))
    assert isinstance(entry.record, UnknownRecord)
    assert entry.data == data
    assert bytes(entry.record.body) in data
    assert chains.heads[STREAM].seq == 1


@pytest.mark.parametrize(
    ("fact", "stream"),
    [
        (make.enrolled("x"), "person:x"),
        (make.done("c", account=None), f"person:{make.MAKER}"),
        (make.done("c"), "account:A1"),
        (make.recorded(1), "account:A1"),
        (make.requested("k"), "account:A1"),
        (make.filled(1, 1), "account:A1"),
    ],
)
def test_a_fact_belongs_to_one_stream(fact: Fact, stream: str) -> None:
    assert stream_of(fact, make.TENANT) == stream


def test_a_record_comes_back_from_its_bytes_equal() -> None:
    for entry in DAY:
        assert isinstance(entry.record, Record)
        assert read_record(entry.data) == entry.record
        assert entry.record.kind == kind_of(entry.record.fact)


def test_one_head_of_all_streams_changes_with_any_of_them() -> None:
    heads = dict(a_day().heads())
    other = {**heads, STREAM: Head(1, 99, heads[STREAM].hash)}
    assert journal_head(heads) == journal_head(dict(reversed(heads.items())))
    assert len({journal_head(heads), journal_head(other), journal_head({})}) == 3
