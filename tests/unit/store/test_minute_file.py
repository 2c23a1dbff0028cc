"""The minutes a runner keeps: read back as they were, for as many days as are kept, beside the one who writes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Column, DayFacts
from terminal.domain.products.instrument import Instrument
from terminal.store.minute_file import DAYS_KEPT, MINUTE_FILE, Minute, MinuteFile, read_minutes
from tests import tapes

DAY = 20231010
NINE = instant(DAY, 9)
NEAR, FAR = (InstrumentId(f"SHFE.rb{month}") for month in ("2401", "2405"))


def terms(*names: InstrumentId) -> tuple[Instrument, ...]:
    return tuple(tapes.reference().instrument(name, DAY) for name in names)


def minute(count: int, bids: dict[int, int], *, day: int = DAY) -> Minute:
    ends = NINE + count * MINUTE_NS
    rows = [[bid, bid + 1, bid, 5, 6, 100, 1000, 31, ends - 1] for bid in bids.values()]
    return Minute(ends, ends - 1, day, list(bids), rows)


def test_what_was_written_is_read_back_contract_by_contract_while_the_runner_still_writes(tmp_path: Path) -> None:
    with closing(MinuteFile(tmp_path)) as file:
        said = DayFacts(instrument=FAR, trading_day=DAY, upper_limit=4100, lower_limit=3300)
        file.save(terms(NEAR, FAR), [minute(1, {0: 3700, 1: 3600}), minute(2, {1: 3601})], [said])
        found = read_minutes(tmp_path)
    recording = found.recording
    assert recording.universe == (NEAR, FAR)
    assert recording.at.tolist() == [NINE + MINUTE_NS - 1, NINE + 2 * MINUTE_NS - 1]
    assert [batch.rows[:, Column.BID].tolist() for batch in recording.batches()] == [[3700, 3600], [3601]]
    assert recording.row(2) == (3601, 3602, 3601, 5, 6, 100, 1000, 31, NINE + 2 * MINUTE_NS - 1)
    assert recording.day_facts == ((0, said),)
    assert found.instruments == {one.id: one for one in terms(NEAR, FAR)}


def test_a_market_that_lists_its_contracts_in_another_order_later_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for universe, made in (((NEAR,), minute(1, {0: 3700})), ((FAR, NEAR), minute(2, {0: 3600, 1: 3701}))):
        with closing(MinuteFile(tmp_path)) as file:
            file.save(terms(*universe), [made], [])
    recording = read_minutes(tmp_path).recording
    names = [recording.universe[slot] for slot in recording.slots.tolist()]
    assert list(zip(names, recording.column(Column.BID).tolist(), strict=True)) == [
        (NEAR, 3700),
        (FAR, 3600),
        (NEAR, 3701),
    ]


def test_a_minute_that_is_told_again_stays_as_it_was(tmp_path: Path) -> None:
    with closing(MinuteFile(tmp_path)) as file:
        file.save(terms(NEAR), [minute(1, {0: 3700})], [])
        file.save(terms(NEAR), [minute(1, {0: 1}), minute(2, {0: 3702})], [])
        assert file.newest == NINE + 2 * MINUTE_NS
    assert read_minutes(tmp_path).recording.column(Column.BID).tolist() == [3700, 3702]


def test_only_the_latest_trading_days_are_kept(tmp_path: Path) -> None:
    with closing(MinuteFile(tmp_path)) as file:
        for day in range(DAYS_KEPT + 2):
            said = DayFacts(instrument=NEAR, trading_day=DAY + day, upper_limit=4100, lower_limit=3300)
            file.save(terms(NEAR), [minute(day * 600, {0: 3700 + day}, day=DAY + day)], [said])
    recording = read_minutes(tmp_path).recording
    assert recording.column(Column.BID).tolist() == [3702 + day for day in range(DAYS_KEPT)]
    assert [fact.trading_day for _, fact in recording.day_facts] == [DAY + 2 + day for day in range(DAYS_KEPT)]


def test_old_minutes_are_looked_for_when_a_trading_day_begins_and_not_each_minute(tmp_path: Path) -> None:
    with closing(MinuteFile(tmp_path)) as file:
        for day in range(DAYS_KEPT):
            file.save(terms(NEAR), [minute(day * 600, {0: 3700}, day=DAY + day)], [])
        with closing(sqlite3.connect(tmp_path / MINUTE_FILE, isolation_level=None)) as other:
            other.execute("INSERT INTO minutes SELECT ends_at - 1, at - 1, trading_day - 1, data FROM minutes LIMIT 1")
        today = DAY + DAYS_KEPT - 1
        file.save(terms(NEAR), [minute(600 * DAYS_KEPT, {0: 3700}, day=today)], [])
        assert len(read_minutes(tmp_path).recording) == DAYS_KEPT + 2
        file.save(terms(NEAR), [minute(600 * DAYS_KEPT + 600, {0: 3700}, day=today + 1)], [])
    assert len(read_minutes(tmp_path).recording) == DAYS_KEPT + 1  # without what was put in, and without the first day


def test_a_contract_listed_later_never_takes_the_number_of_another(tmp_path: Path) -> None:
    with closing(MinuteFile(tmp_path)) as file:
        file.save(terms(NEAR, FAR), [minute(1, {1: 3600})], [])
    with closing(sqlite3.connect(tmp_path / MINUTE_FILE, isolation_level=None)) as other:
        other.execute("DELETE FROM contracts WHERE number = 0")
    with closing(MinuteFile(tmp_path)) as file:
        file.save(terms(NEAR), [minute(2, {0: 3700})], [])
    found = read_minutes(tmp_path).recording
    assert [found.universe[slot] for slot in found.slots] == [FAR, NEAR]


def test_a_folder_without_minutes_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="还没有运行器记下的行情"):
        read_minutes(tmp_path)
    MinuteFile(tmp_path).close()
    with pytest.raises(UserError, match="还没有记满一分钟"):
        read_minutes(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE minutes SET data = x'00'",
        "UPDATE contracts SET terms = x'7b'",
        "DELETE FROM contracts WHERE number = 1",
        f"UPDATE minutes SET at = at - {2 * MINUTE_NS} WHERE ends_at = {NINE + 2 * MINUTE_NS}",
    ],
)
def test_a_damaged_file_is_said_to_be(tmp_path: Path, damage: str) -> None:
    with closing(MinuteFile(tmp_path)) as file:
        file.save(terms(NEAR, FAR), [minute(1, {0: 3700, 1: 3600}), minute(2, {0: 3701})], [])
    with closing(sqlite3.connect(tmp_path / MINUTE_FILE, isolation_level=None)) as other:
        other.execute(damage)
    with pytest.raises(UserError, match="分钟行情读不出来（可以删去，由运行器重新记起）"):
        read_minutes(tmp_path)


def test_a_file_that_is_no_database_is_made_anew_by_the_runner(tmp_path: Path) -> None:
    (tmp_path / MINUTE_FILE).write_bytes(b"rubbish" * 1_000)
    with closing(MinuteFile(tmp_path)) as file:
        file.save(terms(NEAR), [minute(1, {0: 3700})], [])
    assert len(read_minutes(tmp_path).recording) == 1
