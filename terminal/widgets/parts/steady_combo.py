"""Offer choices that only a click or a key changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QWheelEvent

EDGE = 2  # pixels that the style draws the text inside of its field


class SteadyCombo(QComboBox):
    """Leave the mouse wheel to whatever scrolls: Qt would take another choice where somebody only rolls past."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change nothing."""
        event.ignore()

    def paintEvent(self, _: QPaintEvent) -> None:
        """End a choice that is too long in an ellipsis: Qt cuts it in the middle of a character."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        text = option.currentText if self.currentIndex() >= 0 else self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, field.width() - EDGE)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
