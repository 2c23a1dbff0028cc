from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import shiboken6
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from terminal.app import scheme_of
from terminal.engine.mailbox import LatestMailbox
from terminal.shell.desk.scheme_file import keep_scheme
from terminal.widgets.dress.look import Look
from terminal.widgets.dress.tokens import SCHEMES, Scheme
from terminal.widgets.parts.empty_state import EmptyState
from terminal.widgets.parts.icons import Sign
from terminal.widgets.window import opening
from terminal.widgets.window.main import MainWindow
from tests.e2e.processes import ROOT
from tests.gui.hand import RecordingHand
from tests.gui.test_small_screens import SMALL


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
    assert first == [["基差走势", "基差一览"], ["委托与事件", "行情", "套利机会"], ["策略", "下单", "复核"]]
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


def test_the_panels_are_not_seen_before_they_stand_where_they_belong(qtbot: QtBot, look: Look) -> None:
    window = MainWindow(look, LatestMailbox(), RecordingHand())
    window.resize(*SMALL)
    window.show()
    qtbot.waitExposed(window)
    window.furnish()
    window.hold()
    middle = window.rect().center()
    covered = []
    for _ in range(20):
        seen = window.childAt(middle)
        panel = next((one for one in window.panels.all if seen is not None and one.isAncestorOf(seen)), None)
        covered.append(panel is None)
        if panel is not None:  # what is seen is shared as it will be
            assert window.positions.width() > 1.5 * window.basis.width()
        QApplication.processEvents()
    assert covered[0]
    assert not covered[-1]
    window.deleteLater()


@pytest.mark.parametrize(
    ("high", "shown"),
    [(200, "picture title text next"), (96, "title text next"), (66, "title text"), (30, "title"), (20, "")],
)
def test_what_an_empty_list_says_goes_line_by_line_where_there_is_no_room_and_is_never_cut(
    qtbot: QtBot, look: Look, high: int, shown: str
) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    empty = EmptyState(
        place, look, sign=Sign.LIST, title="没有挂单", text="双击一笔就撤它。", next_step="下一步：选合约。"
    )
    place.resize(600, high)
    place.show()
    qtbot.waitExposed(place)
    parts = {"picture": empty._icon, "title": empty.title, "text": empty.text, "next": empty.next_step}
    assert " ".join(name for name, part in parts.items() if part.isVisible()) == shown
    for part in parts.values():
        if part.isVisible():
            assert part.height() >= part.heightForWidth(part.width())
            assert empty.rect().contains(part.geometry())
    place.resize(600, 200)
    assert all(part.isVisible() for part in parts.values())


def test_a_desk_opens_in_the_colours_its_window_last_wore(tmp_path: Path) -> None:
    assert scheme_of(tmp_path / "nowhere") is Scheme.DARK
    keep_scheme(tmp_path / "nowhere", Scheme.LIGHT)  # the desk's files are not there yet, and nothing is lost
    for kept, worn in (("light", Scheme.LIGHT), ("dark", Scheme.DARK), ("紫" * 99, Scheme.DARK), ("", Scheme.DARK)):
        keep_scheme(tmp_path, kept)
        assert scheme_of(tmp_path) is worn
    (tmp_path / "scheme").write_bytes(bytes(range(256)))
    assert scheme_of(tmp_path) is Scheme.DARK


OPENED = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from terminal.app import Seat, main
from terminal.widgets.dress.tokens import Scheme

application = QApplication([])
seat = Seat(person="trader", runner="ws://127.0.0.1:9", data=Path(sys.argv[1]))
seat.folder.mkdir(parents=True, exist_ok=True)

def look():
    (window,) = (one for one in application.topLevelWidgets() if type(one).__name__ == "MainWindow")
    if not window.isVisible():
        return
    timer.stop()
    print(application.palette().color(QPalette.ColorRole.Window).name())
    window.furnish()
    window.menus.scheme_actions[Scheme.LIGHT].trigger()
    window.end()
    application.exit(0)

timer = QTimer()
timer.timeout.connect(look)
timer.start(5)
main(seat, screenshot=None, after=None, started=None)
"""


def test_the_program_keeps_the_colours_worn_and_has_its_first_picture_in_them(tmp_path: Path) -> None:
    grounds = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", OPENED, str(tmp_path)],
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        grounds.append(done.stdout.strip().upper())
    assert grounds == [SCHEMES[Scheme.DARK].window, SCHEMES[Scheme.LIGHT].window]
