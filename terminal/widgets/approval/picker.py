"""Say which of the confirmations that wait is looked at, and offer the others, where their list has no room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton

from terminal.domain.words.terms import Term
from terminal.widgets.approval.card import time_left

if TYPE_CHECKING:
    from terminal.domain.ids import ConfirmationId
    from terminal.engine.screen import ApprovalCard


class ApprovalPicker(QToolButton):
    """Open a menu of what waits; `picked` tells which one is to be looked at."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("approvalPicker")
        self.setProperty("segment", "true")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._waiting: Mapping[ConfirmationId, ApprovalCard] = {}
        self._shown: ConfirmationId | None = None
        self._at = 0
        self.choices = QMenu(self)
        self.choices.setAccessibleName(Term.WAITING)
        self.choices.aboutToShow.connect(self._fill)
        self.setMenu(self.choices)
        self.hide()

    def offer(self, waiting: Mapping[ConfirmationId, ApprovalCard], shown: ConfirmationId | None, at: int) -> None:
        """Take what waits, in the order it expires, and which of it is looked at."""
        self._waiting, self._shown, self._at = waiting, shown, at
        place = next((number for number, name in enumerate(waiting, start=1) if name == shown), 0)
        self.setText(f"第 {place}/{len(waiting)} 项")
        self.setAccessibleName(f"{Term.WAITING}第 {place} 项，共 {len(waiting)} 项，选择另一项")
        self.setToolTip(f"选择另一项{Term.WAITING}")

    def _fill(self) -> None:
        self.choices.clear()
        for name, card in self._waiting.items():
            maker = card.maker_name or card.maker
            left = f"剩 {time_left(card, self._at)} · " if self._at else ""
            # Two ampersands are one: a single one would underline the next letter.
            choice = self.choices.addAction(f"{left}{card.title} · {maker} · {card.account}".replace("&", "&&"))
            choice.setCheckable(True)
            choice.setChecked(name == self._shown)
            choice.triggered.connect(lambda _=False, name=name: self.picked.emit(name))
