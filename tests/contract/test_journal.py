from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.fact.facts import Fact, SpotQuoted
from terminal.domain.ids import AccountId, CommandId, OrderId, StreamId, TenantId, WireKey
from terminal.domain.orders.confirmation import ConfirmationEvent, Envelope
from terminal.domain.orders.order import Side
from terminal.engine.records import guards as g
from terminal.engine.records.chain import genesis, link
from terminal.engine.records.journal import Journal, JournalError, Record
from terminal.engine.records.memory import MemoryJournal
from terminal.store.journal import SqliteJournal
from tests.contract import journal_facts as make

PERSON_STREAM = StreamId("person:trader")
ACCOUNT_STREAM = StreamId("account:A1")
PARENT = Envelope(
    total_lots=10,
    total_value_yuan=Decimal(1_000_000),
    lowest_price={},
    highest_price={},
    largest_child_lots=5,
    ends_at=1,
)


class Shelf:
    """Make a journal, open again what a dead process left of it, and close everything at the end."""

    def __init__(self, data: Path | None = None) -> None:
        self._data = data
        self._opened: list[Journal] = []
        self.journal = self._keep(MemoryJournal(make.TENANT) if data is None else SqliteJournal(data, make.TENANT))

    def open_again(self, journal: Journal) -> Journal:
        if self._data is None:
            assert isinstance(journal, MemoryJournal)
            return self._keep(journal.reopen())
        journal.close()
        return self._keep(SqliteJournal(self._data, make.TENANT))

    def close(self) -> None:
        for journal in self._opened:
            journal.close()

    def _keep(self, journal: Journal) -> Journal:
        self._opened.append(journal)
        return journal


@pytest.fixture(params=["memory", "sqlite"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    with closing(Shelf(None if request.param == "memory" else tmp_path)) as shelf:
        yield shelf


@pytest.fixture
def journal(shelf: Shelf) -> Journal:
    return shelf.journal


def facts_of(journal: Journal, stream: StreamId) -> list[Fact]:
    records = [entry.record for entry in journal.read(stream)]
    return [record.fact for record in records if isinstance(record, Record)]


def stored(journal: Journal) -> list[tuple[int, bytes, bytes]]:
    return [(entry.position, entry.data, entry.hash) for entry in journal.replay()]


def test_a_new_journal_is_empty(journal: Journal) -> None:
    assert journal.heads() == {}
    assert journal.cursor() is None
    assert journal.command_result(CommandId("c1")) is None
    assert stored(journal) == []
    assert list(journal.read(ACCOUNT_STREAM)) == []


def test_what_was_appended_is_read_back_equal_and_in_its_own_stream(journal: Journal) -> None:
    make.say(journal, make.enrolled("trader"), make.recorded(1), make.sent(1))
    make.say(journal, make.filled(1, 11))
    assert facts_of(journal, PERSON_STREAM) == [make.enrolled("trader")]
    assert facts_of(journal, ACCOUNT_STREAM) == [make.recorded(1), make.sent(1), make.filled(1, 11)]
    assert [entry.position for entry in journal.replay()] == [1, 2, 3, 4]
    assert [entry.record.seq for entry in journal.replay()] == [1, 1, 2, 3]


def test_the_hash_of_a_stream_is_the_chain_over_exactly_the_stored_bytes(journal: Journal) -> None:
    make.a_small_day(journal)
    for stream, head in journal.heads().items():
        digest = genesis(make.TENANT, stream, 1)
        for entry in journal.read(stream):
            digest = link(digest, entry.data)
            assert entry.hash == digest
        assert head.hash == digest


def test_the_record_bytes_name_everything_in_the_order_of_the_page(journal: Journal) -> None:
    make.say(journal, make.sent(1), cause="cmd:c1")
    raw = msgspec.json.decode(next(journal.replay()).data)
    assert list(raw) == ["v", "tenant", "stream", "epoch", "seq", "utc", "kind", "cause", "actor", "body"]
    assert raw["actor"] == {"person": "runner", "device": "cloud"}
    assert (raw["tenant"], raw["stream"], raw["kind"], raw["cause"]) == (
        "house",
        "account:A1",
        "order_sent",
        "cmd:c1",
    )


def test_an_append_returns_what_a_reader_will_find(journal: Journal) -> None:
    first = journal.append(make.turn(journal, make.enrolled("trader"), make.recorded(1), make.sent(1)))
    second = journal.append(make.turn(journal, make.filled(1, 11)), batch=3)
    assert [*first, *second] == list(journal.replay())
    assert list(journal.append((), batch=4)) == []


def test_a_record_is_placed_by_its_stream_and_number(journal: Journal) -> None:
    make.a_small_day(journal)
    entries = list(journal.replay())
    for entry in entries:
        assert journal.place(entry.record.stream, entry.record.seq) == (entry.position, entry.hash)
    last = entries[-1].record
    assert journal.place(last.stream, last.seq + 1) is None
    assert journal.place(last.stream, 0) is None


def test_both_journals_hold_the_same_bytes_and_heads(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path, make.TENANT)) as disk:
        memory = MemoryJournal(make.TENANT)
        make.a_small_day(disk)
        make.a_small_day(memory)
        assert stored(disk) == stored(memory)
        assert dict(disk.heads()) == dict(memory.heads())
        assert disk.cursor() == memory.cursor() == 9


def test_the_next_process_finds_everything_and_goes_on(shelf: Shelf) -> None:
    make.a_small_day(shelf.journal)
    before, heads = stored(shelf.journal), dict(shelf.journal.heads())
    journal = shelf.open_again(shelf.journal)
    assert stored(journal) == before
    assert dict(journal.heads()) == heads
    assert journal.cursor() == 9
    make.say(journal, make.recorded(3), batch=10)
    assert len(stored(journal)) == len(before) + 1


def test_a_command_is_answered_as_it_was_the_first_time(shelf: Shelf) -> None:
    make.say(shelf.journal, make.done("c1", ok=False), make.done("c2", account=None))
    journal = shelf.open_again(shelf.journal)
    assert journal.command_result(CommandId("c1")) == make.done("c1", ok=False)
    assert journal.command_result(CommandId("c2")) == make.done("c2", account=None)
    assert journal.command_result(CommandId("c3")) is None


def test_reading_starts_where_it_is_told_to(journal: Journal) -> None:
    make.a_small_day(journal)
    whole = list(journal.read(ACCOUNT_STREAM))
    assert list(journal.read(ACCOUNT_STREAM, after_seq=4)) == whole[4:]
    assert list(journal.read(ACCOUNT_STREAM, after_seq=len(whole))) == []
    everything = list(journal.replay())
    for after in range(len(everything) + 1):
        assert list(journal.replay(after=after)) == everything[after:]


def test_the_heads_follow_every_append(journal: Journal) -> None:
    heads = journal.heads()
    make.say(journal, make.recorded(1))
    assert heads[ACCOUNT_STREAM].seq == 1
    make.say(journal, make.sent(1), make.accepted(1))
    assert heads[ACCOUNT_STREAM].seq == 3


def test_a_turn_may_hold_nothing_but_the_market_cursor(shelf: Shelf) -> None:
    shelf.journal.append((), batch=4)
    assert shelf.open_again(shelf.journal).cursor() == 4


def test_the_market_cursor_never_goes_back(journal: Journal) -> None:
    make.say(journal, make.recorded(1), batch=4)
    make.say(journal, make.sent(1), batch=4)
    with pytest.raises(JournalError, match="退回"):
        make.say(journal, make.accepted(1), batch=3)
    assert len(stored(journal)) == 2


def changed(record: Record, **fields: object) -> Record:
    return msgspec.structs.replace(record, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"seq": 2},
        {"seq": 4},
        {"epoch": 2},
        {"tenant": TenantId("other")},
        {"kind": "order_sent"},
        {"stream": PERSON_STREAM, "seq": 1},
        {"fact": make.enrolled("x"), "kind": "person_enrolled"},
    ],
)
def test_a_record_out_of_its_place_is_refused(journal: Journal, fields: dict[str, object]) -> None:
    make.say(journal, make.recorded(1), make.sent(1))
    (record,) = make.turn(journal, make.accepted(1))
    with pytest.raises(JournalError, match="什么也没有写入"):
        journal.append((changed(record, **fields),))
    journal.append((record,))
    assert len(stored(journal)) == 3


def test_a_fact_that_would_not_come_back_equal_is_refused(journal: Journal) -> None:
    quote = SpotQuoted(instrument=make.INSTRUMENT, price=Decimal("NaN"), source="电话")
    with pytest.raises(JournalError, match="读回不相等"):
        make.say(journal, quote)
    assert stored(journal) == []


def ready(journal: Journal) -> None:
    make.say(
        journal,
        make.recorded(1),
        make.filled(1, 11),
        make.done("c1"),
        make.requested("once"),
        make.requested("parent", envelope=PARENT),
        make.requested("asked"),
        make.requested("waits"),
    )
    make.say(journal, make.approved("once"), make.approved("parent"), make.approved("waits"))
    make.say(journal, make.consumed("once"), make.recorded(2, confirmation="once"), make.consumed("parent"))


OTHER = AccountId("A2")
GUARDED: list[tuple[Fact, str]] = [
    (msgspec.structs.replace(make.recorded(1), wire_key=WireKey("new")), g.SECOND_ORDER),
    (msgspec.structs.replace(make.recorded(1), order=OrderId("new")), g.SECOND_WIRE_KEY),
    (make.recorded(3, make.terms(lots=0)), g.NO_LOTS),
    (make.recorded(3, confirmation="asked"), g.NO_PARENT),
    (make.recorded(3, confirmation="nobody asked"), g.NO_PARENT),
    (make.recorded(3, confirmation="once"), g.SECOND_USE),
    (make.filled(1, 11), g.SECOND_FILL),
    (make.filled(1, 12, lots=0), g.NO_LOTS),
    (make.filled(9, 12), g.NO_PARENT),
    (make.done("c1", ok=False), g.SECOND_COMMAND),
    (make.requested("once"), g.SECOND_REQUEST),
    (make.approved("asked", make.MAKER), g.SELF_APPROVAL),
    (make.approved("nobody asked"), g.NO_REQUEST),
    (make.decided("asked", ConfirmationEvent.APPROVE), g.NO_REQUEST),
    (make.approved("once"), g.SECOND_APPROVAL),
    (make.consumed("once"), g.SECOND_CONSUMPTION),
    (make.consumed("asked"), g.NO_PARENT),
    # What another account writes of an order or a confirmation of the first one (串账).
    (msgspec.structs.replace(make.filled(1, 12), account=OTHER), g.OTHER_ACCOUNT),
    (make.recorded(3, make.terms(account=OTHER), confirmation="parent"), g.OTHER_ACCOUNT),
    (msgspec.structs.replace(make.approved("asked"), account=OTHER), g.OTHER_ACCOUNT),
    (msgspec.structs.replace(make.consumed("waits"), account=OTHER), g.OTHER_ACCOUNT),
]


@pytest.mark.parametrize(("fact", "sentence"), GUARDED)
def test_what_may_exist_only_once_or_needs_another_is_refused_by_the_journal_itself(
    shelf: Shelf, fact: Fact, sentence: str
) -> None:
    journal = shelf.journal
    ready(journal)
    before, heads = stored(journal), dict(journal.heads())
    with pytest.raises(JournalError, match=sentence):
        make.say(journal, make.sent(1), fact, make.accepted(1), batch=5)
    assert stored(journal) == before
    assert dict(journal.heads()) == heads
    assert journal.cursor() is None
    make.say(journal, make.recorded(7), make.sent(7), batch=5)
    again = shelf.open_again(journal)
    assert len(stored(again)) == len(before) + 2


def test_the_same_trade_number_on_the_other_side_or_day_is_another_fill(journal: Journal) -> None:
    make.say(journal, make.recorded(1), make.recorded(2, make.terms(side=Side.SELL)), make.filled(1, 11))
    make.say(journal, make.filled(2, 11, side=Side.SELL))
    make.say(journal, msgspec.structs.replace(make.filled(1, 11), trading_day=make.DAY + 3))
    assert len(stored(journal)) == 5


def test_an_approval_and_its_order_may_be_said_in_one_turn_in_any_order(journal: Journal) -> None:
    make.say(
        journal,
        make.recorded(1, confirmation="k"),
        make.consumed("k"),
        make.approved("k"),
        make.requested("k"),
        make.filled(1, 1),
    )
    assert len(stored(journal)) == 5


def test_an_approved_parent_may_be_cited_by_many_children(journal: Journal) -> None:
    ready(journal)
    make.say(journal, make.recorded(3, confirmation="parent"), make.recorded(4, confirmation="parent"))
    make.say(journal, make.recorded(5, confirmation="parent"))


def test_a_refused_turn_claims_nothing(journal: Journal) -> None:
    make.say(journal, make.recorded(1))
    with pytest.raises(JournalError):
        make.say(journal, make.requested("k"), make.approved("k"), make.done("c"), make.recorded(1))
    make.say(journal, make.requested("k"), make.approved("k"), make.done("c"), make.recorded(2))


def test_a_closed_journal_takes_nothing(journal: Journal) -> None:
    records = make.turn(journal, make.recorded(1))
    journal.close()
    with pytest.raises(JournalError, match="已关闭"):
        journal.append(records)


def say_turns_of_three(journal: Journal) -> None:
    for number in range(1, 1_000):
        make.say(journal, make.recorded(number), make.sent(number), make.filled(number, number))


def fill_up(journal: Journal) -> int:
    """Append turns of three records until the journal refuses; return how many are in it."""
    with pytest.raises(JournalError, match="满"):
        say_turns_of_three(journal)
    turns, rest = divmod(len(stored(journal)), 3)
    assert rest == 0
    return turns


def test_a_full_memory_refuses_a_turn_whole() -> None:
    journal = MemoryJournal(make.TENANT, room=100)
    assert fill_up(journal) == 33


def test_a_full_disk_refuses_a_turn_whole_and_the_journal_stays_valid(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path, make.TENANT, page_limit=60)) as journal:
        turns = fill_up(journal)
        assert turns > 5
        with pytest.raises(JournalError, match="没有完成"):
            make.say(journal, make.recorded(turns + 2))
    with closing(SqliteJournal(tmp_path, make.TENANT)) as again:
        assert len(stored(again)) == 3 * turns
        make.say(again, make.recorded(turns + 2))
