"""Show the titles of a table's columns whole, with the arrow of the sorted one in the padding beside its title.

Qt's own header leaves the text out where the arrow would be, and reckons that place within the text instead of within
the section: of a short title it blanks a letter. So it is not told of the arrow, which is painted afterwards.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QStyle, QStyleOptionHeader, QStyleOptionHeaderV2, QWidget


class GridHeader(QHeaderView):
    """Be the header of one table."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, logical: int) -> None:
        """Leave the arrow out."""
        super().initStyleOptionForIndex(option, logical)
        option.sortIndicator = QStyleOptionHeader.SortIndicator.None_

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        """Paint a section, and the arrow over it."""
        super().paintSection(painter, rect, logical)
        if not self.isSortIndicatorShown() or self.sortIndicatorSection() != logical:
            return
        arrow = QStyleOptionHeaderV2()
        self.initStyleOption(arrow)
        super().initStyleOptionForIndex(arrow, logical)
        arrow.rect = rect
        arrow.rect = self.style().subElementRect(QStyle.SubElement.SE_HeaderArrow, arrow, self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorHeaderArrow, arrow, painter, self)
