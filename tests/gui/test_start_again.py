"""A runner of this machine that is down is started again by a person, once for each press, from where that is said."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from terminal.app import Desk
from terminal.domain.words.risk import Scope
from terminal.engine.screen import LinkLine, LinkState
from terminal.widgets.alert.ribbon import Ribbon
from terminal.widgets.dress.look import Look
from tests.gui.control_desk import account_line, link
from tests.gui.desk import ACCOUNT
from tests.gui.test_app import Waiting

LEFT = Qt.MouseButton.LeftButton


def down(*, may_start: bool = True) -> LinkLine:
    return replace(link(LinkState.OFFLINE), strategies="运行器没有在运行", may_start=may_start)


@pytest.fixture
def ribbon(qtbot: QtBot, look: Look) -> Ribbon:
    made = Ribbon(look)
    made.resize(1440, made.height())
    # One that counts shows itself with every count, also when it was closed: over the window of the next test.
    qtbot.addWidget(made, before_close_func=lambda one: one.show_link(link()))
    return made


def wishes(ribbon: Ribbon) -> list[bool]:
    wanted: list[bool] = []
    ribbon.start_button.wanted.connect(lambda: wanted.append(True))
    return wanted


def test_the_button_stands_beside_what_is_said_and_asks_once_for_each_press(ribbon: Ribbon) -> None:
    wanted = wishes(ribbon)
    ribbon.show_link(link())
    assert not ribbon.start_button.isVisibleTo(ribbon)
    ribbon.show_link(down())
    assert ribbon.text.text().startswith("离线 0 s · 运行器没有在运行")
    assert ribbon.start_button.isVisible()
    assert ribbon.start_button.text() == "重新启动本机运行器"
    QTest.keyClick(ribbon.start_button, Qt.Key.Key_Space)
    QTest.mouseClick(ribbon.start_button, LEFT)  # nothing has come of the first press yet
    assert wanted == [True]
    ribbon.show_link(down(may_start=False))
    assert not ribbon.start_button.isVisible()
    ribbon.show_link(down())  # it did not come up
    QTest.mouseClick(ribbon.start_button, LEFT)
    assert wanted == [True, True]


def test_a_stopped_account_does_not_hide_the_way_to_start_the_runner(ribbon: Ribbon) -> None:
    ribbon.show_accounts({ACCOUNT: account_line(killed=(Scope(),))})
    ribbon.show_link(down())
    assert ribbon.start_button.isVisible()


def test_nothing_is_started_without_a_press(ribbon: Ribbon, qtbot: QtBot) -> None:
    wanted = wishes(ribbon)
    for _ in range(3):
        ribbon.show_link(link())
        ribbon.show_link(down())
        qtbot.wait(20)
    assert wanted == []


def test_the_press_reaches_the_work_of_the_link(look: Look, qtbot: QtBot) -> None:
    del look
    application, work = QApplication.instance(), Waiting()
    assert isinstance(application, QApplication)
    desk = Desk(application, lambda _: work, embedded=True)
    desk.open()
    qtbot.waitUntil(lambda: not desk.link.is_over)
    desk.window.ribbon.start_button.wanted.emit()
    qtbot.waitUntil(lambda: work.starts == 1)
    desk.close()
    desk.window.deleteLater()
