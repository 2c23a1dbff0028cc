"""Offer a few choices side by side, one of them taken."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QToolButton, QWidget

from terminal.widgets.parts.toned import mark


class Segments(QWidget):
    """Hold a row of choices; `chosen` tells the index of the one a person took."""

    chosen = Signal(int)

    def __init__(
        self,
        choices: tuple[str, ...],
        *,
        name: str,
        tips: tuple[str, ...] = (),
        tones: tuple[str, ...] = (),
        wide: bool = False,
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        for place, choice in enumerate(choices):
            button = QToolButton()
            button.setText(choice)
            button.setCheckable(True)
            button.setProperty("segment", "true")
            button.setAccessibleName(f"{name}：{choice}")
            button.setToolTip(tips[place] if tips else "")
            button.setProperty("tone", tones[place] if tones else "")
            button.setProperty("wide", wide)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._group.addButton(button, place)
            row.addWidget(button)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self.chosen)

    @property
    def index(self) -> int:
        """Return the choice taken."""
        return self._group.checkedId()

    def choose(self, index: int) -> None:
        """Take a choice as if a person had."""
        self._group.button(index).setChecked(True)
        self.chosen.emit(index)

    def mark(self, index: int) -> None:
        """Show a choice as taken, and tell nobody."""
        self._group.button(index).setChecked(True)

    def allow(self, index: int, *, allowed: bool) -> None:
        """Offer a choice or grey it out."""
        self._group.button(index).setEnabled(allowed)

    def offer(self, offered: Mapping[int, bool]) -> None:
        """Show choices or hide them; where some are shown that mostly are not, all draw together."""
        for index, is_offered in offered.items():
            self._group.button(index).setVisible(is_offered)
        for button in self._group.buttons():
            mark(button, "tight", "true" if any(offered.values()) else "false")

    def focus(self) -> None:
        """Give the keyboard to the choice taken."""
        self._group.button(self.index).setFocus(Qt.FocusReason.TabFocusReason)

    def buttons(self) -> tuple[QAbstractButton, ...]:
        """Return the choices' buttons, in order."""
        return tuple(self._group.buttons())
