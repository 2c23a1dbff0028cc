from __future__ import annotations

from types import SimpleNamespace

import pytest
import shiboken6
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QTabBar
from pytestqt.qtbot import QtBot

from terminal.engine.mailbox import LatestMailbox
from terminal.widgets import opening
from terminal.widgets.look import Look
from terminal.widgets.main_window import MainWindow
from tests.gui.hand import RecordingHand


@pytest.mark.parametrize(
    ("room", "wanted"),
    [
        ((0, 0, 1366, 740), QSize(1358, 696)),  # a small laptop with a task bar
        ((0, 28, 1440, 872), QSize(1432, 828)),
        ((0, 0, 3840, 2160), QSize(1440, 900)),  # never larger than it needs
    ],
)
def test_the_window_first_fits_the_room_its_screen_has(
    look: Look, monkeypatch: pytest.MonkeyPatch, room: tuple[int, ...], wanted: QSize
) -> None:
    screen = SimpleNamespace(availableGeometry=lambda: QRect(*room))
    seen = SimpleNamespace(primaryScreen=lambda: screen, platformName=lambda: "xcb")
    monkeypatch.setattr(opening, "QGuiApplication", seen)
    assert opening.first_size() == wanted
    window = MainWindow(look, LatestMailbox(), RecordingHand())
    assert window.size() == wanted
    window.deleteLater()


def test_without_a_screen_to_be_seen_on_the_size_is_that_of_the_pictures() -> None:
    assert QGuiApplication.platformName() in opening.UNSEEN
    assert opening.first_size() == opening.SIZE


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)  # said of each floating panel, offscreen
def test_the_default_layout_of_a_window_that_was_painted_before_its_panels_came_brings_every_panel_back(
    qtbot: QtBot, look: Look
) -> None:
    window = MainWindow(look, LatestMailbox(), RecordingHand(), embedded=True)
    window.show()  # as the program opens it: its frame first
    qtbot.waitExposed(window)
    window.furnish()
    window.hold()
    for _ in range(6):
        QApplication.processEvents()
    first = tabs(window)
    assert first == [["基差走势", "基差一览"], ["委托与事件", "行情"], ["策略", "下单", "复核"]]
    places = {panel.objectName(): panel.geometry() for panel in window.panels.all if panel.isVisible()}
    window.quotes.title.close_button.click()
    window.basis.title.float_button.click()
    for _ in range(2):
        window.restore_layout()
        qtbot.wait(50)  # a loop of its own: what Qt has given up goes with it, and not while events are only processed
        assert all(not panel.isHidden() and not panel.isFloating() for panel in window.panels.all)
        assert {panel.objectName(): panel.geometry() for panel in window.panels.all if panel.isVisible()} == places
        assert tabs(window) == first
    window.end()
    shiboken6.delete(window)


def tabs(window: MainWindow) -> list[list[str]]:
    """Return the words of every tab bar of docks in sight."""
    bars = [bar for bar in window.findChildren(QTabBar) if bar.parent() is window and bar.isVisible()]
    return sorted([bar.tabText(place) for place in range(bar.count())] for bar in bars)
