"""A runner records what was last quoted in each minute, once, whatever is read again, when the minute is over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.errors import UserError
from terminal.domain.market import Column, Recording
from terminal.runner.minute_keeper import MinuteKeeper
from terminal.store.minute_file import MINUTE_FILE, MinuteFile, read_minutes
from tests import tapes
from tests.minute_tapes import columns_of, keep
from tests.scan_tapes import NEAR, OPENED, tape

SECOND = 1_000_000_000


def quoted(folder: Path, *quotes: tuple[int, int]) -> Recording:
    """Return a recording of one contract: seconds after the opening, and its bid."""
    return tape(folder, {NEAR: [(OPENED + at * SECOND, (bid, bid + 1)) for at, bid in quotes]})


def bids(folder: Path) -> Sequence[int]:
    found: list[int] = read_minutes(folder).recording.column(Column.BID).tolist()
    return found


def test_of_each_minute_the_last_quote_is_kept_and_one_on_the_stroke_belongs_to_the_minute_before(
    tmp_path: Path,
) -> None:
    keep(quoted(tmp_path, (1, 3700), (59, 3701), (60, 3702), (61, 3703), (200, 3704)), tmp_path)
    found = read_minutes(tmp_path).recording
    assert found.column(Column.BID).tolist() == [3702, 3703, 3704]
    assert found.at.tolist() == [OPENED + at * SECOND for at in (60, 61, 200)]


def test_the_minute_under_way_waits_until_it_is_over(tmp_path: Path) -> None:
    recording = quoted(tmp_path, (1, 3700), (61, 3701))
    keep(recording, tmp_path, last=False)
    assert bids(tmp_path) == [3700]
    keep(recording, tmp_path)  # as a start reads it again: what is known stays, what was cut short is made good
    assert bids(tmp_path) == [3700, 3701]


def test_live_a_minute_can_be_read_as_soon_as_it_is_over(tmp_path: Path) -> None:
    recording = quoted(tmp_path, (1, 3700), (61, 3701))
    columns = columns_of(recording)
    live = MinuteKeeper(columns, tapes.reference().calendar, tmp_path, is_live=lambda: True)
    first, second = recording.batches()
    live.saw(columns.update(first))
    with pytest.raises(UserError):
        read_minutes(tmp_path)
    live.saw(columns.update(second))
    assert bids(tmp_path) == [3700]
    live.close()


def test_the_limits_of_the_day_are_kept_beside_the_quotes(tmp_path: Path) -> None:
    keep(quoted(tmp_path, (1, 3700)), tmp_path)
    ((_, fact),) = read_minutes(tmp_path).recording.day_facts
    assert (fact.instrument, fact.upper_limit, fact.lower_limit) == (f"SHFE.{NEAR}", 4100, 3300)


def test_a_disk_that_refuses_is_said_once_and_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = quoted(tmp_path, *((at * 60 + 1, 3700 + at) for at in range(4)))
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / MINUTE_FILE).mkdir()  # no file can be made there
    keep(recording, tmp_path / "journal", is_live=lambda: True)
    assert capsys.readouterr().err.count("分钟行情打不开也建不成") == 1


def test_a_disk_that_is_full_for_a_while_loses_no_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = quoted(tmp_path, *((at * 60 + 1, 3700 + at) for at in range(4)))
    columns = columns_of(recording)
    keeper = MinuteKeeper(columns, tapes.reference().calendar, tmp_path, is_live=lambda: True)
    other = MinuteFile(tmp_path)
    other._connection.exec_driver_sql("BEGIN IMMEDIATE")  # somebody else writes: ours is refused
    for batch in recording.batches():
        keeper.saw(columns.update(batch))
    assert capsys.readouterr().err.count("分钟行情写不进去") == 1
    other.close()
    columns.at += MINUTE_NS
    keeper.saw([])
    keeper.close()
    assert bids(tmp_path) == [3700, 3701, 3702, 3703]
