from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from terminal.domain.words.risk import Level
from terminal.widgets.window.floating import off
from tests.gui.control_desk import alert
from tests.gui.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
SCREEN = QRect(0, 0, 1366, 768)
BARS = QRect(0, 28, 1366, 130)


def bars_of(desk: Desk) -> QRect:
    bars = desk.window.bars
    return QRect(bars.mapToGlobal(QPoint(0, 0)), bars.size())


def float_over_bars(desk: Desk) -> None:
    desk.open_market()
    desk.window.resize(760, 700)
    panel = desk.window.strategies
    panel.setFloating(True)
    panel.show()
    panel.setGeometry(QRect(desk.window.geometry().topLeft() + QPoint(100, 0), panel.geometry().size()))
    QApplication.processEvents()


def test_a_panel_put_over_the_bars_comes_to_stand_below_them(desk: Desk, qtbot: QtBot) -> None:
    float_over_bars(desk)
    qtbot.waitUntil(lambda: desk.window.strategies.frameGeometry().top() > bars_of(desk).bottom())
    assert desk.window.strategies.frameGeometry().left() == desk.window.geometry().left() + 100


def test_an_alert_pushes_the_panels_off_the_bar_it_opens(desk: Desk, qtbot: QtBot) -> None:
    float_over_bars(desk)
    desk.window.panels.floating.clear_bars()
    calm = bars_of(desk)
    desk.mailbox.post_alerts((alert("爆仓", Level.RED),))
    desk.mailbox.post_notice("行情服务已更换")
    desk.frames(1)
    qtbot.waitUntil(lambda: bars_of(desk).height() > calm.height() + 60)
    qtbot.waitUntil(lambda: not desk.window.strategies.frameGeometry().intersects(bars_of(desk)))


def test_a_panel_that_covers_nothing_stays_where_it_was_put(desk: Desk) -> None:
    float_over_bars(desk)
    panel = desk.window.strategies
    there = QRect(QPoint(40, bars_of(desk).bottom() + 60), panel.minimumSizeHint())
    panel.setGeometry(there)
    QApplication.processEvents()
    desk.window.panels.floating.clear_bars()
    assert panel.geometry() == there


def test_a_panel_that_floats_is_never_too_narrow_for_what_stands_in_its_title(desk: Desk) -> None:
    desk.open_market()
    for panel in desk.window.panels.all:
        panel.setFloating(True)
        panel.show()
        QApplication.processEvents()
        panel.resize(100, 300)
        QApplication.processEvents()
        controls = [one for one in panel.title.findChildren(QWidget) if one.isVisible()]
        assert controls
        for one in controls:
            assert one.width() >= one.minimumSizeHint().width(), (panel.objectName(), one.accessibleName())
            assert panel.title.rect().contains(QRect(one.mapTo(panel.title, QPoint(0, 0)), one.size()))


def test_a_panel_of_a_screen_that_is_gone_is_brought_back(desk: Desk, qtbot: QtBot) -> None:
    float_over_bars(desk)
    panel = desk.window.strategies
    panel.setGeometry(QRect(4000, 3000, 500, 300))
    screen = QApplication.primaryScreen().availableGeometry()
    qtbot.waitUntil(lambda: screen.contains(panel.frameGeometry()))


@pytest.mark.parametrize(
    ("frame", "bars", "wanted"),
    [
        (QRect(700, 90, 500, 600), BARS, QRect(700, 158, 500, 600)),  # moved
        (QRect(700, 0, 500, 768), BARS, QRect(700, 158, 500, 610)),  # and lowered, where the screen ends
        (QRect(700, 158, 500, 600), BARS, QRect(700, 158, 500, 600)),
        (QRect(700, 600, 500, 160), QRect(0, 620, 1366, 130), QRect(700, 0, 500, 160)),  # no room below
        (QRect(2000, 40, 500, 600), BARS, QRect(2000, 40, 500, 600)),  # on another screen
    ],
)
def test_where_a_panel_goes(frame: QRect, bars: QRect, wanted: QRect) -> None:
    assert off(frame, bars, [SCREEN, QRect(1366, 0, 1920, 1080)], least=96) == wanted
