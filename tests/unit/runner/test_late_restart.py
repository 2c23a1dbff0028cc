"""A runner that is started again late in a session reads its last part again, and knows the whole day all the same."""

from __future__ import annotations

import asyncio
import sqlite3
from array import array
from contextlib import closing
from pathlib import Path

import pytest

from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.market import Batch
from terminal.domain.products.instrument import Kind, Reference
from terminal.runner import opened as opening
from terminal.runner.opened import Opened, open_runner
from terminal.shell.serving.door import Door
from terminal.shell.serving.house import RunnerHouse
from terminal.store.basis_file import BASIS_FILE, BasisDay, BasisFile
from terminal.store.minute_file import read_minutes
from terminal.store.reference import load_reference
from terminal.sync.history import read_part
from terminal.sync.messages import Chunk, Quotes
from terminal.sync.wire import read_from_runner

LATE = 5_200  # batches: the afternoon of the second trading day
AGAIN = 300  # batches that are read again
ORE = ProductId("DCE.i")


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


async def play(found: Opened, until: int = 0) -> None:
    """Begin, and go on as a serving runner does until a batch was taken."""
    await found.begin()
    await go_on(found, until)


async def go_on(found: Opened, until: int) -> None:
    found.tell_desks(lambda slots: void(found.basis.saw(slots)), lambda: None)
    while found.living.engine.columns.batch < until:
        item = await found.runner.gateway.next()
        assert item is not None
        await found.runner.take(item)
        if isinstance(item, Batch):
            found._seams.touched([*item.slots.tolist(), *found.living.engine.stated()])


def void(_: object) -> None:
    return None


def die(found: Opened) -> None:
    """End without a word: nothing that is not on the disk is written any more."""
    assert found._host is not None
    found._host.close()
    found.journal.close()


def history(found: Opened, product: ProductId) -> list[tuple[int, float, float]]:
    rows: list[tuple[int, float, float]] = []
    for frame in found.basis.chunks(1, product, 2**62, 100_000):
        chunk = read_from_runner(frame)
        assert isinstance(chunk, Chunk)
        part = read_part(chunk)
        rows += zip(part.at, part.spot, part.future, strict=True)
    return rows


@pytest.mark.parametrize("killed", [True, False])
def test_a_late_restart_knows_the_limits_and_the_basis_of_all_days(
    tmp_path: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch, *, killed: bool
) -> None:
    monkeypatch.setattr(opening, "RE_READ", AGAIN)
    first = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1, reference=reference)
    asyncio.run(play(first, LATE))
    columns, before = first.living.engine.columns, history(first, ORE)
    assert len(before) > 50
    if killed:
        die(first)
    else:
        asyncio.run(first.close())
    # When the runner comes again
    again = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1, reference=reference)
    asyncio.run(play(again, LATE))  # who was killed has a little before it that is not read again, but new
    # Then every contract has the limits and the settlement it was traded by, and what was quoted today has its price
    new = again.living.engine.columns
    assert new.batch == columns.batch
    today = max(day.trading_day for day in columns.days)
    for slot, day in enumerate(columns.days):
        if day.trading_day == today:
            told = new.days[slot]
            assert (told.upper_limit, told.lower_limit, told.pre_settlement) == (
                day.upper_limit,
                day.lower_limit,
                day.pre_settlement,
            )
    begun = reference.calendar.begins_at(today)
    quoted = [slot for slot, at in enumerate(columns.received) if at >= begun]
    assert len(quoted) > 50
    assert [new.row(slot) for slot in quoted] == [columns.row(slot) for slot in quoted]
    assert all(columns.received[slot] >= new.received[slot] > begun for slot in quoted)
    # And the chart goes on where it was.
    assert history(again, ORE) == before
    asyncio.run(again.close())


def test_a_runner_records_every_minute_once_and_goes_on_where_it_was(
    tmp_path: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "RE_READ", AGAIN)
    recorded = []
    for until in (LATE // 2, LATE):  # the second one reads again what the first one has recorded
        found = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1, reference=reference)
        asyncio.run(play(found, until))
        asyncio.run(found.close())
        recorded.append(read_minutes(tmp_path).recording)
    first, again = recorded
    ends = (again.at + MINUTE_NS - 1) // MINUTE_NS
    assert (ends[1:] > ends[:-1]).all()
    assert len(again) > len(first) > 5
    assert again.at[: len(first)].tolist() == first.at.tolist()
    assert (again.rows[: len(first.rows)] == first.rows).all()
    quoted = {again.universe[slot] for slot in again.slots.tolist()}
    assert len(quoted) > 50
    assert {reference.instrument(name, 20250109).kind for name in quoted} == {Kind.FUTURE}


def test_what_a_failing_disk_did_not_take_is_written_when_it_works_again(
    tmp_path: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(opening, "RE_READ", AGAIN)
    first = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1, reference=reference)
    asyncio.run(first.begin())
    with closing(sqlite3.connect(tmp_path / BASIS_FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")  # from before the first day ends until after the next has begun
        asyncio.run(go_on(first, LATE))
        other.execute("ROLLBACK")
    assert capsys.readouterr().err.count("基差历史写不进去") == 1
    whole = history(first, ORE)
    asyncio.run(first.close())
    file = BasisFile(tmp_path)
    assert [at for day in file.days() if day.product == ORE for at in day.at] == [at for at, _, _ in whole]
    assert len([day for day in file.days() if day.product == ORE]) > 1
    file.close()


UNTYPED = """DROP TABLE days;
CREATE TABLE days (product, trading_day, future, data);
INSERT INTO days VALUES (NULL, 'abc', 7, 'text');"""


@pytest.mark.parametrize("spoilt", ["rubbish", "DROP TABLE days", UNTYPED])
def test_a_broken_or_missing_file_of_the_basis_stops_nothing(
    tmp_path: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch, spoilt: str
) -> None:
    monkeypatch.setattr(opening, "RE_READ", AGAIN)
    first = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1, reference=reference)
    asyncio.run(play(first, LATE))
    whole = history(first, ORE)
    asyncio.run(first.close())
    if spoilt == "rubbish":
        (tmp_path / BASIS_FILE).write_bytes(b"rubbish" * 1_000)
    else:
        with closing(sqlite3.connect(tmp_path / BASIS_FILE, isolation_level=None)) as other:
            other.executescript(spoilt)
    again = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1, reference=reference)
    asyncio.run(play(again))
    assert history(again, ORE) == whole[-len(history(again, ORE)) :] != whole
    asyncio.run(again.close())


@pytest.mark.parametrize(
    ("day", "stamps", "future"),
    [
        (20991231, [4_000_000_000_000_000_000], "DCE.i2505"),
        (20200102, [1_600_000_000_000_000_001, 1_600_000_000_000_000_000], "DCE.i2505"),
        (20200102, [1_900_000_000_000_000_000], "DCE.i2505"),
    ],
)
def test_a_day_that_cannot_have_been_is_left_out_and_the_basis_goes_on(
    tmp_path: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch, day: int, stamps: list[int], future: str
) -> None:
    monkeypatch.setattr(opening, "RE_READ", AGAIN)
    first = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1, reference=reference)
    asyncio.run(play(first, LATE))
    whole = history(first, ORE)
    asyncio.run(first.close())
    ones = array("d", [1.0] * len(stamps))
    file = BasisFile(tmp_path)
    file.save([BasisDay(ORE, day, InstrumentId(future), array("q", stamps), ones, ones)])
    file.close()
    again = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1, reference=reference)
    asyncio.run(play(again, LATE + 200))
    found = history(again, ORE)
    assert found[-1][0] > whole[-1][0]
    assert all(at in {one for one, _, _ in found} for at, _, _ in whole[-20:-1])
    assert not {at for at, _, _ in found} & set(stamps)
    asyncio.run(again.close())


def test_a_desk_hears_of_every_basis_also_where_nothing_moves_any_more(
    tmp_path: Path, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a runner that is started again when what is read again names neither spot nor most futures
    monkeypatch.setattr(opening, "RE_READ", 3)
    first = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1, reference=reference)
    asyncio.run(play(first, LATE))
    known = {sample.product for sample in first.basis.now()}
    assert len(known) > 3
    asyncio.run(first.close())
    again = open_runner("sample", data=tmp_path, plan=None, exchange=None, speed=1, reference=reference)
    asyncio.run(again.begin())
    # When a desk subscribes before the next batch
    house = RunnerHouse(
        again.living,
        door=Door("secret", {}),
        tail=again.tail,
        basis=again.basis,
        name="1",
        app="test",
        utc=lambda: 0,
        say=void,
    )
    house.publish()
    frames, _ = house.quotes(0, ())
    told = [read_from_runner(frame) for frame in frames]
    # Then its basis panels have every product.
    assert {one.product for frame in told if isinstance(frame, Quotes) for one in frame.basis} == known
    asyncio.run(again.close())
