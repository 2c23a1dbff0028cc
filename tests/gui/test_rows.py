from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt

from terminal.widgets.parts.rows import FLASH_FRAMES, MOST_SINGLE, Column, Kind, Rows, Tone
from tests.gui.desk import check_model


class Item(NamedTuple):
    name: str
    price: int | None


COLUMNS: tuple[Column[Item], ...] = (
    Column("名称", 80, lambda item: item.name, kind=Kind.NAME),
    Column(
        "价格",
        80,
        lambda item: "—" if item.price is None else f"{item.price:,}",
        number=lambda item: item.price,
        flash=lambda item: item.price,
    ),
)

if TYPE_CHECKING:
    # The module looks for Qt when it is imported, before pytest-qt has chosen one.
    from pytestqt.modeltest import ModelTester
NAME, PRICE = range(2)
ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


class Told:
    """Collect what a model tells its view."""

    def __init__(self, rows: Rows[Item]) -> None:
        self.cells: list[tuple[int, int, int, int]] = []
        rows.dataChanged.connect(self._note)

    def _note(self, first: QModelIndex, last: QModelIndex) -> None:
        self.cells.append((first.row(), first.column(), last.row(), last.column()))


def items(*prices: int | None) -> dict[Hashable, Item]:
    return {f"r{place}": Item(f"合约{place}", price) for place, price in enumerate(prices)}


def shown(rows: Rows[Item], column: int = PRICE) -> list[str]:
    return [rows.cell(place, column).text for place in range(rows.rowCount())]


@pytest.fixture
def rows() -> Rows[Item]:
    made = Rows(COLUMNS)
    made.replace(items(9, 1000, 88, None))
    return made


def test_the_model_keeps_the_rules_of_qt(rows: Rows[Item], qtmodeltester: ModelTester) -> None:
    check_model(qtmodeltester, rows)
    rows.sort(PRICE, DESCENDING)
    rows.put("r0", Item("合约0", 5000))
    rows.flush(0, 3)
    rows.resort()
    rows.replace(items(9, 1000))
    rows.replace({})
    rows.replace(items(3, 2, 1))
    check_model(qtmodeltester, rows)


def test_rows_pushed_and_dropped_keep_the_rules_of_qt(qtmodeltester: ModelTester) -> None:
    rows = Rows(COLUMNS)
    check_model(qtmodeltester, rows)
    rows.push(items(1, 2, 3))
    rows.push({"r1": Item("合约1", 20), "r9": Item("合约9", 9)})
    rows.sort(PRICE, ASCENDING)
    rows.push({"r7": Item("合约7", 7)})
    for key in ("r1", "r0", "nobody", "r7"):
        rows.drop(key)
    rows.flush(0, 1)
    rows.clear()
    rows.push(items(4))
    check_model(qtmodeltester, rows)
    assert shown(rows) == ["4"]


def test_the_row_pushed_last_stands_on_top_and_a_known_one_stays_in_its_place() -> None:
    rows = Rows(COLUMNS)
    rows.push(items(1, 2))
    rows.push({"r0": Item("合约0", 10), "r2": Item("合约2", 3), "r3": Item("合约3", 4)})
    rows.flush(0, 3)
    assert shown(rows) == ["4", "3", "2", "10"]
    assert [rows.place(f"r{name}") for name in range(4)] == [3, 2, 1, 0]


def test_a_selected_row_stays_selected_while_others_are_pushed_and_dropped() -> None:
    rows = Rows(COLUMNS)
    rows.push(items(1, 2, 3))
    held = QPersistentModelIndex(rows.index(1, PRICE))
    rows.push({"r8": Item("合约8", 8), "r9": Item("合约9", 9)})
    rows.drop("r0")
    assert (rows.key(held.row()), held.row()) == ("r1", 3)


def test_many_rows_dropped_at_once_leave_the_others_as_they_stood(qtmodeltester: ModelTester) -> None:
    rows = Rows(COLUMNS)
    rows.push(items(1, 2, 3, 4, 5, 6))
    rows.sort(PRICE, ASCENDING)
    check_model(qtmodeltester, rows)
    held = QPersistentModelIndex(rows.index(3, PRICE))
    rows.drop_all(["r0", "r2", "nobody", "r5"])
    assert shown(rows) == ["2", "4", "5"]
    assert (rows.key(held.row()), held.row()) == ("r3", 1)
    rows.sort(-1)
    assert shown(rows) == ["5", "4", "2"]
    rows.drop_all(["r0"])
    rows.drop_all(["r1", "r3", "r4"])
    assert shown(rows) == []


def test_pushed_rows_are_sorted_in_with_the_next_resort_and_unsorted_newest_first() -> None:
    rows = Rows(COLUMNS)
    rows.push(items(5, 1))
    rows.sort(PRICE, ASCENDING)
    rows.push({"r2": Item("合约2", 3)})
    assert shown(rows) == ["3", "1", "5"]
    rows.resort()
    assert shown(rows) == ["1", "3", "5"]
    rows.drop("r1")
    rows.sort(-1)
    assert shown(rows) == ["3", "5"]


def test_numbers_sort_as_numbers_and_the_unknown_stand_last_either_way(rows: Rows[Item]) -> None:
    rows.sort(PRICE, ASCENDING)
    assert shown(rows) == ["9", "88", "1,000", "—"]
    rows.sort(PRICE, DESCENDING)
    assert shown(rows) == ["1,000", "88", "9", "—"]
    rows.sort(-1)
    assert shown(rows) == ["9", "1,000", "88", "—"]


def test_a_changed_number_moves_only_when_the_order_is_asked_for_again(rows: Rows[Item]) -> None:
    rows.sort(PRICE, ASCENDING)
    rows.put("r0", Item("合约0", 9999))
    rows.flush(0, 3)
    assert shown(rows) == ["9,999", "88", "1,000", "—"]
    rows.resort()
    assert shown(rows) == ["88", "1,000", "9,999", "—"]


def test_a_selected_row_stays_selected_while_it_moves(rows: Rows[Item]) -> None:
    held = QPersistentModelIndex(rows.index(1, PRICE))
    rows.sort(PRICE, ASCENDING)
    assert rows.key(held.row()) == "r1"
    rows.replace({key: row for key, row in items(9, 1000, 88, None).items() if key != "r0"})
    assert rows.key(held.row()) == "r1"


def test_only_the_cells_in_sight_that_look_different_are_told(rows: Rows[Item]) -> None:
    shown(rows)
    shown(rows, NAME)
    told = Told(rows)
    rows.put("r0", Item("合约0", 9))  # nothing new
    rows.put("r1", Item("合约1", 1001))
    rows.put("r3", Item("合约3", 4))  # out of sight
    rows.flush(0, 2)
    assert told.cells == [(1, PRICE, 1, PRICE)]
    assert shown(rows) == ["9", "1,001", "88", "4"]


def test_nothing_is_told_before_the_frame_is_flushed(rows: Rows[Item]) -> None:
    shown(rows)
    told = Told(rows)
    for price in range(100):
        rows.put("r0", Item("合约0", price))
    assert told.cells == []
    rows.flush(0, 3)
    assert told.cells == [(0, PRICE, 0, PRICE)]


def test_very_many_changes_are_told_as_one_rectangle() -> None:
    rows = Rows(COLUMNS)
    rows.replace(items(*range(MOST_SINGLE + 50)))
    shown(rows)
    told = Told(rows)
    for place in range(MOST_SINGLE + 50):
        rows.put(f"r{place}", Item(f"合约{place}", place + 1))
    rows.flush(0, MOST_SINGLE + 49)
    assert told.cells == [(0, 0, MOST_SINGLE + 49, 1)]


def test_a_price_that_moved_is_washed_for_a_moment_in_the_tone_of_its_move(rows: Rows[Item]) -> None:
    shown(rows)
    rows.put("r0", Item("合约0", 10))
    rows.put("r2", Item("合约2", 87))
    rows.flush(0, 3)
    assert (rows.wash(0, PRICE), rows.wash(2, PRICE), rows.wash(1, PRICE)) == (Tone.UP, Tone.DOWN, None)
    told = Told(rows)
    for _ in range(FLASH_FRAMES - 2):
        rows.flush(0, 3)
    assert told.cells == []
    rows.flush(0, 3)
    assert sorted(told.cells) == [(0, PRICE, 0, PRICE), (2, PRICE, 2, PRICE)]
    assert rows.wash(0, PRICE) is None


def test_a_first_price_is_not_washed(rows: Rows[Item]) -> None:
    shown(rows)
    rows.put("r3", Item("合约3", 10))
    rows.flush(0, 3)
    assert rows.wash(3, PRICE) is None


def test_a_column_can_be_exchanged_for_another_view(rows: Rows[Item]) -> None:
    rows.retitle(PRICE, COLUMNS[PRICE]._replace(title="两倍", text=lambda item: str((item.price or 0) * 2)))
    assert rows.headerData(PRICE, Qt.Orientation.Horizontal) == "两倍"
    assert shown(rows) == ["18", "2000", "176", "0"]


def test_a_decimal_and_an_int_sort_beside_each_other() -> None:
    column: Column[Decimal | int] = Column("n", 10, str, number=lambda value: value)
    rows = Rows((column,))
    rows.replace({"a": Decimal("2.5"), "b": 2, "c": Decimal(-1)})
    rows.sort(0, ASCENDING)
    assert [rows.cell(place, 0).text for place in range(3)] == ["-1", "2", "2.5"]


class Stretches:
    """Collect which stretches of rows a model says it takes out or puts in."""

    def __init__(self, rows: Rows[Item]) -> None:
        self.gone: list[tuple[int, int]] = []
        self.come: list[tuple[int, int]] = []
        rows.rowsRemoved.connect(lambda _, first, last: self.gone.append((first, last)))
        rows.rowsInserted.connect(lambda _, first, last: self.come.append((first, last)))


def test_many_rows_go_and_come_in_stretches_and_not_one_by_one(qtmodeltester: ModelTester) -> None:
    rows = Rows(COLUMNS)
    stretches = Stretches(rows)
    rows.replace(items(*range(100)))
    check_model(qtmodeltester, rows)
    kept = {key: row for key, row in items(*range(100)).items() if key in ("r0", "r40", "r99")}
    fresh: dict[Hashable, Item] = {"a": Item("新", 1), "b": Item("新", 2)}
    rows.replace(kept | fresh)
    assert stretches.come == [(0, 99), (3, 4)]
    assert stretches.gone == [(41, 98), (1, 39)]
    assert shown(rows) == ["0", "40", "99", "1", "2"]
    assert [rows.place(key) for key in ("r0", "r40", "r99", "a", "r41")] == [0, 1, 2, 3, None]


def test_a_row_never_in_sight_costs_nothing_until_it_is() -> None:
    read: list[str] = []

    def text(item: Item) -> str:
        read.append(item.name)
        return item.name

    quiet = Rows((Column("n", 10, text),))
    quiet.replace(items(1, 2, 3))
    quiet.put("r2", Item("合约2", 5))
    quiet.touch("r1")
    quiet.flush(0, 2)
    assert read == []
    assert quiet.cell(1, 0).text == "合约1"
    assert read == ["合约1"]


def test_a_touched_row_reads_anew_what_its_columns_look_up() -> None:
    prices = {"a": 1}
    column: Column[str] = Column("n", 10, lambda name: str(prices[name]), flash=lambda name: prices[name])
    rows = Rows((column,))
    rows.replace({"a": "a"})
    assert rows.cell(0, 0).text == "1"
    prices["a"] = 2
    rows.flush(0, 0)
    assert rows.cell(0, 0).text == "1"
    rows.touch("a")
    rows.flush(0, 0)
    assert (rows.cell(0, 0).text, rows.wash(0, 0)) == ("2", Tone.UP)
