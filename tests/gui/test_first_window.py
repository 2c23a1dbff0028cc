"""A desk that is opened once more raises its first window, between real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from terminal.domain.ids import PersonId
from terminal.runner.places import desk_folder
from terminal.widgets.window import first_window
from terminal.widgets.window.first_window import FirstWindow, raise_first

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
ROOT = Path(__file__).parents[2]
LISTENING = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication, QWidget
from terminal.widgets.window import first_window
from terminal.widgets.window.first_window import FirstWindow
application = QApplication([])
window = QWidget()
print(FirstWindow(window, Path(sys.argv[1])).listen(), flush=True)
application.exec()
"""


def begin(*words: str, platform: str = "offscreen") -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": platform}
    return subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = desk_folder(tmp_path, "ws://127.0.0.1:9", PersonId("trader"))
    made.mkdir(parents=True)
    return made


def test_the_second_one_raises_the_first_window_says_so_and_ends_well(
    qtbot: QtBot, tmp_path: Path, folder: Path
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    assert FirstWindow(window, folder).listen()
    window.showMinimized()
    # With a screen asked for that is none: it ends before it would need one.
    second = begin("-m", "terminal", "run", "--data", str(tmp_path), "--runner", "ws://127.0.0.1:9", platform="xcb")
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    said, complained = second.communicate()
    assert (second.returncode, said, complained) == (0, "trader 的衡舵已经打开，已把它的窗口提到前面。\n", "")
    assert window.isVisible()
    assert not window.isMinimized()


def test_a_window_that_was_killed_is_raised_by_nobody_and_the_next_one_takes_its_place(
    qtbot: QtBot, folder: Path
) -> None:
    first = begin("-c", LISTENING, str(folder))
    assert first.stdout is not None
    window = QWidget()
    qtbot.addWidget(window)
    try:
        assert first.stdout.readline() == "True\n"
        assert not FirstWindow(window, folder).listen()  # while it lives it keeps its place
        assert raise_first(folder)
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
    assert not raise_first(folder)
    assert FirstWindow(window, folder).listen()


def test_windows_of_other_desks_and_of_desks_that_never_were_are_not_raised(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    assert FirstWindow(window, folder).listen()
    assert not raise_first(desk_folder(tmp_path, "ws://127.0.0.1:9", PersonId("operator")))


def test_two_opened_within_a_moment_leave_one(qtbot: QtBot, folder: Path) -> None:
    first, second = QWidget(), QWidget()
    qtbot.addWidget(first)
    qtbot.addWidget(second)
    assert FirstWindow(first, folder).listen()
    late = FirstWindow(second, folder)
    with qtbot.waitSignal(late.second, timeout=5_000):
        assert not late.listen()
    assert first.isVisible()


def test_a_frozen_first_window_closes_no_second_one(qtbot: QtBot, folder: Path) -> None:
    first = begin("-c", LISTENING, str(folder))
    assert first.stdout is not None
    window = QWidget()
    qtbot.addWidget(window)
    late = FirstWindow(window, folder)
    try:
        assert first.stdout.readline() == "True\n"
        first.send_signal(signal.SIGSTOP)
        with qtbot.assertNotEmitted(late.second, wait=500):
            assert not late.listen()
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may be another user as well")
def test_a_socket_that_another_user_has_made_is_asked_nothing(folder: Path) -> None:
    path = Path(tempfile.gettempdir()) / first_window._name(folder)
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(str(path))
        stranger.listen()
        assert first_window._called(path.name) is not None
        os.chown(path, 65534, 65534)
        assert first_window._called(path.name) is None
        assert not raise_first(folder)
    path.unlink()
