"""What is pressed is about what stood there when a person aimed: rows that go, bars that push the rows down."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.domain.orders.order import Side
from terminal.widgets.parts.steady_hand import CALM_MS
from tests.gui.desk import COPPER, ORE, REBAR, Desk, book, line
from tests.gui.mouse import LEFT, double_click


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


def test_a_press_that_was_meant_for_what_stood_there_before_does_nothing(desk: Desk, qtbot: QtBot) -> None:
    desk.open_market()
    desk.mailbox.post_book(book(*(line(name, Side.BUY, 3, 100) for name in (REBAR, COPPER, ORE))))
    desk.window.drain()
    positions, asked = desk.window.positions, []
    grid, view = positions.grid, positions.grid.viewport()
    positions.close_wanted.connect(lambda *what: asked.append(what))
    desk.window.steady_hand.calm_ms = CALM_MS
    place = grid.visualRect(grid.model().index(2, 0)).center()
    before = view.mapToGlobal(place)
    # When a sentence begins to stand while a person aims at the third row
    desk.window.ribbon.note(("风控主管批准了委托",))
    qtbot.waitUntil(lambda: view.mapToGlobal(place).y() > before.y())
    QTest.mouseClick(view, LEFT, pos=view.mapFromGlobal(before))
    double_click(view, view.mapFromGlobal(before))
    # Then the row which stands there now is neither chosen nor closed.
    found = grid.indexAt(view.mapFromGlobal(before)).row()
    assert 0 <= found < 2
    assert not grid.selectionModel().hasSelection()
    assert asked == []
    # And who presses again, having seen it, gets what is there.
    qtbot.wait(CALM_MS + 50)
    QTest.mouseClick(view, LEFT, pos=view.mapFromGlobal(before))
    double_click(view, view.mapFromGlobal(before))
    assert [what[0] for what in asked] == [positions.rows.row(found).line.instrument]


def test_a_press_on_the_bars_themselves_waits_for_nothing(desk: Desk, qtbot: QtBot) -> None:
    desk.open_market()
    kill = desk.window.top.kill
    assert kill is not None
    desk.window.steady_hand.calm_ms = CALM_MS
    before = desk.window.bars.height()
    desk.window.ribbon.note(("风控主管批准了委托",))
    qtbot.waitUntil(lambda: desk.window.bars.height() > before)  # from here on presses below the bars do nothing
    QTest.mousePress(kill.button, LEFT)
    assert kill.button.isDown()
    QTest.mouseRelease(kill.button, LEFT)


def test_who_reads_message_after_message_away_presses_nothing_of_what_was_below(desk: Desk, qtbot: QtBot) -> None:
    # Given a sentence whose button has the pointer on it
    desk.open_market()
    desk.mailbox.post_book(book(*(line(name, Side.BUY, 3, 100) for name in (REBAR, COPPER, ORE))))
    desk.window.drain()
    hand = desk.window.steady_hand
    before = desk.window.bars.height()
    desk.window.ribbon.note(("风控主管批准了委托",))
    qtbot.waitUntil(lambda: desk.window.bars.height() > before)
    there = desk.window.bars.mapToGlobal(QPoint(400, desk.window.bars.height() - 4))
    QCursor.setPos(there)
    hand.calm_ms = 1
    # When it is read away, and what was below comes up under the pointer
    desk.window.ribbon.read_button.click()
    qtbot.waitUntil(lambda: desk.window.bars.height() == before)
    qtbot.wait(20)  # long after the usual calm
    below = desk.window.childAt(desk.window.mapFromGlobal(there))
    assert below is not None
    assert not desk.window.bars.isAncestorOf(below)
    seen = Presses()
    below.installEventFilter(seen)
    for _ in range(3):
        QTest.mouseClick(below, LEFT, pos=below.mapFromGlobal(there))
        qtbot.wait(20)
    assert seen.count == 0
    # Then a hand that has moved gets what it aims at.
    QTest.mouseClick(below, LEFT, pos=below.mapFromGlobal(there + QPoint(30, 0)))
    assert seen.count == 1


class Presses(QObject):
    """Count the presses that come to a part of the window."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.count += event.type() is QEvent.Type.MouseButtonPress
        return False
