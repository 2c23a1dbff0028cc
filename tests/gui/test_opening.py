from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication

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
