"""Have a process of its own do what would make the window stand still, one at a time, and hear what it printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QObject, QProcess, QProcessEnvironment, QTimer, Signal

PATIENCE_MS: Final = 2_000
COUNT_MS: Final = 250
KILL_MS: Final = 1_000  # at the most; a killed process is gone in a few


class Errand(QObject):
    """Run one process. UI thread only.

    `over` tells how it ended: its code, what it printed, and what it said on standard error. `failed` tells why it did
    not begin, `waited` for how many seconds it has run, once that is longer than a person waits without a word.
    """

    over = Signal(int, bytes, str)
    failed = Signal(str)
    waited = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._since, self._count = QElapsedTimer(), QTimer(self)
        self._count.setInterval(COUNT_MS)
        self._count.timeout.connect(self._tell_progress)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.cancel)

    @property
    def runs(self) -> bool:
        """Return whether the process is running."""
        return self._process is not None

    def begin(self, words: Sequence[str]) -> None:
        """Start a program with its words; while one runs another is not begun."""
        if self._process is not None:
            return
        program, *rest = words
        self._process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONIOENCODING", "utf-8")
        self._process.setProcessEnvironment(environment)
        self._process.finished.connect(self._take)
        self._process.errorOccurred.connect(self._fail)
        self._since.start()
        self._count.start()
        self._process.start(program, rest)

    def cancel(self) -> None:
        """Give it up; nothing is told of it any more."""
        self._count.stop()
        process, self._process = self._process, None
        if process is None:
            return
        process.finished.disconnect(self._take)
        process.errorOccurred.disconnect(self._fail)
        if process.state() is not QProcess.ProcessState.NotRunning:
            process.kill()
            process.waitForFinished(KILL_MS)
        process.deleteLater()

    def _take(self, code: int) -> None:
        process = self._process
        if process is None:
            return
        printed = bytes(process.readAllStandardOutput().data())
        said = bytes(process.readAllStandardError().data()).decode("utf-8", "replace").strip()
        self.cancel()
        self.over.emit(code, printed, said)

    def _fail(self, problem: QProcess.ProcessError) -> None:
        if self._process is not None and problem is QProcess.ProcessError.FailedToStart:
            why = self._process.errorString()
            self.cancel()
            self.failed.emit(why)

    def _tell_progress(self) -> None:
        waited = self._since.elapsed()
        if waited >= PATIENCE_MS:
            self.waited.emit(waited // 1000)
