"""The file of trades and daily marks: one transaction each, synced, and made anew where it is no use."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from terminal.commands.benches.trade_history import Drawn
from terminal.domain.errors import InvariantError
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.engine.records.journal import JournalError
from terminal.reports.recompute import recompute
from terminal.store.marks import MARKS_FILE, VERSION, HoldingRow, MarksFile
from tests.told_marks import stored

TABLES = ("progress", "holdings", "trades", "settlements", "late_prices", "days", "left_out", "daily_marks")
HOLDING = HoldingRow(0, AccountId("A"), InstrumentId("DCE.m2509"), HedgeFlag.HEDGE, Side.SELL, "10")


def fill(folder: Path) -> bytes:
    with closing(MarksFile(folder)) as file:
        with file.turn():
            with file.filling() as filling:
                Drawn(books=3, days=4, trades_a_day=3).fill(filling)
            file.reach(36, b"head")
            recompute(file, begins=lambda _: None)
        return stored(file)


def test_what_was_written_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    rows = fill(tmp_path)
    with closing(MarksFile(tmp_path)) as file:
        assert (file.reached(), stored(file), len(file.holdings())) == ((36, b"head"), rows, 3)
        assert file._connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL: synced at each commit


def test_gathering_that_breaks_off_changes_nothing(tmp_path: Path) -> None:
    rows = fill(tmp_path)
    with closing(MarksFile(tmp_path)) as file:
        with pytest.raises(ZeroDivisionError), file.turn(), file.filling() as filling:
            filling.holding(HOLDING._replace(holding=1 // 0))
        assert (file.reached(), stored(file), len(file.holdings())) == ((36, b"head"), rows, 3)


def test_nothing_is_written_outside_a_turn(tmp_path: Path) -> None:
    fill(tmp_path)
    with closing(MarksFile(tmp_path)) as file:
        with pytest.raises(InvariantError), file.filling():
            pass
        with pytest.raises(InvariantError):
            recompute(file, begins=lambda _: None)


def test_a_settlement_price_that_comes_later_takes_the_place_of_the_earlier(tmp_path: Path) -> None:
    with closing(MarksFile(tmp_path)) as file:
        with file.turn(), file.filling() as filling:
            filling.holding(HOLDING)
            filling.settlement(0, 20250701, 3_000_000)
            filling.settlement(0, 20250701, 3_100_000)
        cells = file.cells()
    assert cells.ledger.settlement.tolist() == [3_100_000]
    assert cells.trading_day.tolist() == [20250701]


@pytest.mark.parametrize(
    "harm",
    [
        *(f"DROP TABLE {table}" for table in TABLES),
        "ALTER TABLE trades ADD COLUMN more INTEGER",
        "CREATE INDEX more ON trades (fee)",
        "DELETE FROM progress",
    ],
)
def test_a_file_whose_tables_are_others_is_made_anew(tmp_path: Path, harm: str) -> None:
    rows = fill(tmp_path)
    with closing(MarksFile(tmp_path)) as file:
        file._connection.exec_driver_sql(harm)
    with closing(MarksFile(tmp_path)) as file:
        assert (file.reached(), stored(file)) == ((0, b""), b"")
    assert fill(tmp_path) == rows


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE trades SET fee = fee + 1000000",
        "UPDATE trades SET worth = worth + 1 WHERE holding = 1",
        "UPDATE trades SET at_ns = -at_ns",  # another order of the same trades
        "DELETE FROM trades WHERE holding = 1",
        "INSERT INTO trades SELECT holding, trading_day, at_ns, 2, '99', 99, taken, lots, worth, fee FROM trades",
        "UPDATE settlements SET worth = worth + 100 WHERE holding = 2",
        "DELETE FROM settlements",
        "UPDATE holdings SET account = 'B' WHERE holding = 0",
        "INSERT INTO days VALUES ('B', 20250101)",
        "INSERT INTO left_out VALUES ('more', 1)",
        "INSERT INTO late_prices VALUES (1, 'A', 20250101, 'DCE.m2509', '1', '2')",
        "UPDATE progress SET seal = x'00'",
    ],
)
def test_rows_that_are_not_those_that_were_gathered_count_as_none(tmp_path: Path, harm: str) -> None:
    rows = fill(tmp_path)
    with closing(MarksFile(tmp_path)) as file:
        assert file.reached() == (36, b"head")
        file._connection.exec_driver_sql(harm)
        assert file.reached() == (0, b"")
    with closing(MarksFile(tmp_path)) as file, file.turn():
        assert file.reached() == (0, b"")
    assert fill(tmp_path) == rows


def test_the_seal_costs_no_second_reading_within_a_turn_and_keeps_nothing_beyond_it(tmp_path: Path) -> None:
    rows = fill(tmp_path)
    with closing(MarksFile(tmp_path)) as file:
        with file.turn():
            assert file.reached() == (36, b"head")
            assert file._read is not None
            recompute(file, begins=lambda _: None)
            assert file._read is None
        assert file.reached() == (36, b"head")
        assert file._read is None
        assert stored(file) == rows


@pytest.mark.parametrize("harm", ["noise", "older", "cut"])
def test_a_file_that_is_no_use_is_made_anew(tmp_path: Path, harm: str) -> None:
    rows = fill(tmp_path)
    path = tmp_path / MARKS_FILE
    match harm:
        case "noise":
            path.write_bytes(b"noise" * 1_000)
        case "cut":
            path.write_bytes(path.read_bytes()[:9_000])
        case _:
            with closing(MarksFile(tmp_path)) as file:
                file._connection.exec_driver_sql("UPDATE progress SET version = ?", (VERSION - 1,))
    with closing(MarksFile(tmp_path)) as file:
        assert (file.reached(), stored(file)) == ((0, b""), b"")
    assert fill(tmp_path) == rows


def test_a_second_one_that_writes_at_the_same_time_is_told_so(tmp_path: Path) -> None:
    fill(tmp_path)
    with (
        closing(MarksFile(tmp_path)) as one,
        closing(MarksFile(tmp_path)) as other,
        one.turn(),
        pytest.raises(JournalError, match="正被另一个进程使用"),
        other.turn(),
    ):
        pass


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / MARKS_FILE).mkdir()
    with pytest.raises(JournalError, match="重算用的文件打不开也建不成"):
        MarksFile(tmp_path)
