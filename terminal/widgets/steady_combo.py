"""Offer choices that only a click or a key changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent


class SteadyCombo(QComboBox):
    """Leave the mouse wheel to whatever scrolls: Qt would take another choice where somebody only rolls past."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change nothing."""
        event.ignore()
