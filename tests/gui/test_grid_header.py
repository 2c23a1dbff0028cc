from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QImage
from pytestqt.qtbot import QtBot

from terminal.widgets.dress.look import HEADER, Look, font
from terminal.widgets.parts.cells import PADDING
from terminal.widgets.parts.grid import Grid
from terminal.widgets.parts.rows import Column, Row, Rows
from terminal.widgets.position.columns import COLUMNS, PROFIT, TRADE_PROFIT
from tests.gui.desk import Desk

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
TABLES = 8  # positions, quotes, orders at work, orders, trades, events, basis, and the two of the approvals share one


def at_least_width(qtbot: QtBot, look: Look, columns: tuple[Column[Row], ...]) -> Grid[Row]:
    made = Grid(Rows(columns), look, name="表")
    qtbot.addWidget(made)
    made.resize(sum(column.width for column in columns), 200)  # no column is given more than its default
    made.show()
    return made


def section(grid: Grid[Row], place: int) -> QImage:
    header = grid.horizontalHeader()
    return header.grab(QRect(header.sectionPosition(place), 0, header.sectionSize(place), header.height())).toImage()


def inside(image: QImage, first: int, last: int) -> QImage:
    ratio = image.devicePixelRatio()
    return image.copy(QRect(round(first * ratio), 0, round((last - first) * ratio), image.height()))


def test_every_title_of_every_table_is_whole_beside_the_arrow_of_the_sort(qtbot: QtBot, look: Look, desk: Desk) -> None:
    tables = [grid.rows.columns for grid in desk.window.findChildren(Grid)]
    assert len(tables) >= TABLES
    metrics, told = QFontMetrics(font(HEADER)), 0
    for columns in (*tables, (*COLUMNS[:PROFIT], TRADE_PROFIT, *COLUMNS[PROFIT + 1 :])):
        grid = at_least_width(qtbot, look, columns)
        for place, described in enumerate(columns):
            width = grid.columnWidth(place)
            assert (width, described.title) == (described.width, described.title)
            assert metrics.horizontalAdvance(described.title) <= width - 2 * PADDING, described.title
            grid.sortByColumn(-1, UP)
            plain = section(grid, place)
            for order in (UP, DOWN):
                grid.sortByColumn(place, order)
                ordered = section(grid, place)
                text = (PADDING, width - PADDING)
                assert inside(plain, *text) == inside(ordered, *text), described.title
                assert inside(plain, text[1], width) != inside(ordered, text[1], width), described.title
                told += 1
    assert told > 2 * len(tables)


def test_the_arrow_says_which_way_and_a_third_press_takes_it_away(qtbot: QtBot, look: Look, desk: Desk) -> None:
    grid = at_least_width(qtbot, look, desk.window.positions.rows.columns)
    header = grid.horizontalHeader()
    seen = []
    for _ in range(3):
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
        seen.append((header.sortIndicatorSection(), section(grid, 0)))
    (first, up), (second, down), (third, none) = seen
    assert (first, second, third) == (0, 0, -1)
    assert up != down
    assert none not in (up, down)
