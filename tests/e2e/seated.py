"""Seat a real desk in this process: its window offscreen, its link thread and its files, on a real runner.

A test waits for what the window shows, not for a time, and ends the desk when it has seen it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from terminal.app import Desk, Seat, desk_work
from terminal.domain.ids import PersonId

PATIENCE_MS = 60_000


class Seated:
    """Hold a desk that is open."""

    def __init__(self, desk: Desk, qtbot: QtBot) -> None:
        self.desk = desk
        self._qtbot = qtbot

    def until(self, *words: str) -> str:
        """Return the summary as soon as all these words are in it."""

        def told() -> None:
            summary = self.summary()
            assert all(word in summary for word in words), summary

        self._qtbot.waitUntil(told, timeout=PATIENCE_MS)
        return self.summary()

    def summary(self) -> str:
        """Return the line a desk without a screen would print now."""
        self.desk.window.drain()
        return self.desk.window.summary()

    def code(self) -> int:
        """Return what the program would exit with, once it is known whether the desk gets in."""
        # Before that the figures of its copy are on the window already.
        self._qtbot.waitUntil(lambda: self.desk.link.was_let_in or bool(self.desk.link.trouble), timeout=PATIENCE_MS)
        return self.desk.finish(None)


@contextmanager
def seated(
    qtbot: QtBot, data: Path, *, runner: str = "", market: str = "sample", person: str = "trader", token: str = ""
) -> Iterator[Seated]:
    """Open a desk until the block ends."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    seat = Seat(person=PersonId(person), market=market, runner=runner, data=data, token=token)
    desk = Desk(application, lambda mailbox: desk_work(seat, mailbox), embedded=not runner)
    desk.open()
    try:
        yield Seated(desk, qtbot)
    finally:
        desk.close()
        desk.window.deleteLater()
