"""A figure is never painted into less room than it needs."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from terminal.widgets.dress.look import Look
from terminal.widgets.window.top_bar import TopBar


class Paints(QObject):
    """Note each paint of a label: its text, the room it had, and the room it needed."""

    def __init__(self, label: QLabel) -> None:
        super().__init__()
        self.label = label
        self.seen: list[tuple[str, int, int]] = []
        label.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        if event.type() is QEvent.Type.Paint:
            self.seen.append((self.label.text(), self.label.width(), self.label.sizeHint().width()))
        return False

    def shows(self, text: str) -> bool:
        return any(seen[0] == text for seen in self.seen)


@pytest.mark.parametrize("width", [1366, 1440])
def test_a_figure_that_grows_is_never_painted_cut(width: int, qtbot: QtBot, qapp: QApplication) -> None:
    bar = TopBar(Look(qapp))
    qtbot.addWidget(bar)
    bar.resize(width, bar.height())
    bar.show()
    qtbot.waitExposed(bar)
    for figure in (bar.equity, bar.profit, bar.available):
        paints = Paints(figure.value)
        for text in ("+640", "+1,840", "+1,740", "—", "+11,840", "+10,068,226"):
            figure.show_value(text)
            qtbot.waitUntil(partial(paints.shows, text))
        assert [seen for seen in paints.seen if seen[1] < seen[2]] == []
