"""Stand a list of rows over the window, under a head of its own, until something else is clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

EDGES: Final = 2  # pixels of the frame, left and right
HEAD: Final = 48

Row = TypeVar("Row", bound=QWidget)


class PopupList(QFrame, Generic[Row]):
    """Hold a title, one thing beside it, and rows that scroll; as high as they need, up to `tallest` pixels."""

    def __init__(self, owner: QWidget, beside: QWidget, *, width: int, tallest: int) -> None:
        super().__init__(owner, Qt.WindowType.Popup)
        self.setObjectName("alertList")
        self._wide, self._tallest = width, tallest
        self.rows: list[Row] = []
        self.title = QLabel()
        self.title.setObjectName("alertListTitle")
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 6)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(beside)
        body = QWidget()
        body.setObjectName("alertListBody")
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.area = QScrollArea()
        self.area.setObjectName("alertListScroll")
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.area, 1)

    def replace(self, rows: Sequence[Row]) -> None:
        """Put these rows in the place of all before."""
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()  # it goes later, and would be painted until then
            row.deleteLater()
        self.rows = list(rows)
        for place, row in enumerate(self.rows):
            self._column.insertWidget(place, row)

    def settle(self) -> None:
        """Take the height the rows need now; without any the list goes."""
        if not self.rows:
            self.hide()
        elif self.isVisible():
            self._fit()

    def open_at(self, corner: QPoint) -> None:
        """Open with the upper right corner there."""
        self._fit()
        self.move(corner.x() - self.width(), corner.y())
        self.show()

    def _fit(self) -> None:
        wanted = HEAD + sum(row.heightForWidth(self._wide - EDGES) for row in self.rows)
        self.resize(self._wide, min(wanted, self._tallest))
