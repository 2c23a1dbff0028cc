"""Let one window stand for a desk: whoever opens the desk once more has the first window raised (UI 8).

The window listens on a local socket that only this user may open, named after the desk's folder; one of that name that
another user has made is asked nothing. It is no lock, the desk's files have theirs: it only says where the window is.
A socket that a killed window left behind answers nobody, and the next window takes its name; one that somebody answers
on is left alone.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDir, QLockFile, QObject, Qt, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

CONNECT_MS: Final = 300  # on one machine: who is there is there at once
ANSWER_MS: Final = 3_000  # a window that is busy answers a little later, and one that is frozen never
RAISED: Final = b"raised"


class FirstWindow(QObject):
    """Raise a window whenever its desk is opened once more. UI thread only.

    Two that are opened within a moment both get as far as `listen`: whom another window of this desk answers there is
    the second one, and hears `second`.
    """

    second = Signal()

    def __init__(self, window: QWidget, folder: Path) -> None:
        super().__init__(window)
        self._window = window
        self._name = _name(folder)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._raise)

    def listen(self) -> bool:
        """Listen, unless another window of this desk does."""
        alone = QLockFile(QDir.temp().filePath(f"{self._name}.lock"))
        alone.tryLock(CONNECT_MS)  # between asking and taking the name nobody else does; unlocked with this call
        first = _called(self._name)  # asked first: Qt would take the name of one that lives
        if first is not None:
            first.setParent(self)
            first.readyRead.connect(self.second)  # a frozen window does not answer, and closes nobody
            return False
        QLocalServer.removeServer(self._name)
        return self._server.listen(self._name)

    def stand_down(self) -> None:
        """Stand for the desk no more: it has left, and whoever opens it again gets a window that works."""
        self._server.close()

    def _raise(self) -> None:
        while self._server.hasPendingConnections():
            caller = self._server.nextPendingConnection()
            caller.disconnected.connect(caller.deleteLater)
            caller.write(RAISED)
            caller.flush()
            caller.disconnectFromServer()
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()


def raise_first(folder: Path) -> bool:
    """Have the window of a desk raised, and return whether there is one that did it. Needs no application."""
    socket = _called(_name(folder)) if folder.exists() else None
    return socket is not None and socket.waitForReadyRead(ANSWER_MS) and socket.readAll() == RAISED


def _called(name: str) -> QLocalSocket | None:
    if not _is_ours(name):
        return None
    socket = QLocalSocket()
    socket.connectToServer(name)
    return socket if socket.waitForConnected(CONNECT_MS) else None


def _is_ours(name: str) -> bool:
    if os.name == "nt":  # a pipe has no file
        return True
    try:
        return os.lstat(QDir.temp().filePath(name)).st_uid == os.geteuid()
    except OSError:
        return False


def _name(folder: Path) -> str:
    return f"hengduo-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:24]}"
