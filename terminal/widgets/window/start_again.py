"""Start this machine's runner again (重新启动本机运行器), once for each press and never by itself.

A runner that ended because something is wrong would end again, and every start trades on its journal: that is for a
person to decide, who sees how it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from terminal.domain.words.terms import Term
from terminal.widgets.parts.buttons import Weight, dress

if TYPE_CHECKING:
    from terminal.engine.screen import LinkLine


class StartAgain(QPushButton):
    """Be there only while the runner is known to be down; `wanted` tells of a press."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__(Term.START_AGAIN)
        dress(self, Weight.MAIN, name=Term.START_AGAIN)
        self.setToolTip("按一次启动一次，不会自动启动；它从日志接着运行，策略照旧")
        self.clicked.connect(self._press)
        self.hide()

    def show_link(self, link: LinkLine) -> None:
        """Take whether the runner can be started from here."""
        self.setEnabled(True)
        self.setVisible(link.may_start)

    def _press(self) -> None:
        self.setEnabled(False)  # until it is told what came of it
        self.wanted.emit()
