"""Make the push buttons of the desk: quiet ones, the one that is meant most, and the one that hurts."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton


class Weight(Enum):
    """Say how a button looks; its value is what the style sheet selects by."""

    PLAIN = "plain"
    MAIN = "main"
    DANGER = "danger"


def dress(made: QPushButton, weight: Weight, *, name: str, by_tab: bool = True) -> QPushButton:
    """Dress a button and name it; no button is ever the default of its window, so Enter presses none by itself.

    Without `by_tab` the keyboard never comes to it: Space cannot press what merely has the focus.
    """
    made.setProperty("press", weight.value)
    made.setAccessibleName(name)
    made.setAutoDefault(False)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus if by_tab else Qt.FocusPolicy.NoFocus)
    return made


def button(text: str, weight: Weight = Weight.PLAIN, *, name: str = "", by_tab: bool = True) -> QPushButton:
    """Return a new button; `name` is what a screen reader says where the text is not enough."""
    return dress(QPushButton(text), weight, name=name or text, by_tab=by_tab)
