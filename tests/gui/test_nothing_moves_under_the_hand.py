"""A row that goes takes its selection with it: what is pressed next is about no other contract."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.domain.order import Side
from tests.gui.desk import COPPER, ORE, REBAR, Desk, book, line


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_position_that_is_closed_leaves_no_other_one_chosen(desk: Desk, place: int) -> None:
    desk.open_market()
    lines = [line(name, Side.BUY, 3, 100) for name in (REBAR, COPPER, ORE)]
    desk.mailbox.post_book(book(*lines))
    desk.window.drain()
    positions = desk.window.positions
    grid, asked = positions.grid, []
    positions.close_wanted.connect(lambda *what: asked.append(what))
    grid.selectRow(place)
    # When the chosen one is closed
    del lines[place]
    desk.mailbox.post_book(book(*lines))
    desk.window.drain()
    # Then nothing is chosen, and no key finds a contract to act on.
    assert not grid.selectionModel().hasSelection()
    assert not grid.currentIndex().isValid()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Delete):
        QTest.keyClick(grid, key)
    QTest.keyClick(grid, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert (asked, desk.hand.sent) == ([], [])
    # And an arrow begins at the top, where anybody sees it.
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert grid.currentIndex().row() == 0


def test_a_position_that_stays_stays_chosen_when_one_above_it_goes(desk: Desk) -> None:
    desk.open_market()
    lines = [line(name, Side.BUY, 3, 100) for name in (REBAR, COPPER, ORE)]
    desk.mailbox.post_book(book(*lines))
    desk.window.drain()
    positions = desk.window.positions
    positions.grid.selectRow(1)
    desk.mailbox.post_book(book(*lines[1:]))
    desk.window.drain()
    assert positions.rows.row(positions.grid.currentIndex().row()).line.instrument == COPPER
    assert [index.row() for index in positions.grid.selectionModel().selectedRows()] == [0]
