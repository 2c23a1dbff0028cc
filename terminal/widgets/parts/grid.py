"""Show rows as a table: no grid lines, fixed row heights, columns that share the width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from terminal.widgets.parts.cells import ROW_HEIGHT, CellPainter
from terminal.widgets.parts.grid_header import GridHeader
from terminal.widgets.parts.rows import Index, Row, Rows

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from terminal.widgets.dress.look import Look

HEADER_HEIGHT: Final = 30
RESORT_MS: Final = 1_000
LEAST_SECTION: Final = 36
ARROWS: Final = (Qt.Key.Key_Up, Qt.Key.Key_Down)
PLAIN: Final = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
_MARK: Final = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


class Grid(QTableView, Generic[Row]):
    """Show one `Rows`; `flush` is called once per frame."""

    def __init__(self, rows: Rows[Row], look: Look, *, name: str) -> None:
        super().__init__()
        self.rows = rows
        self._fitted = True
        self._fitting = False
        self.setAccessibleName(name)
        self.setModel(rows)
        self.setItemDelegate(CellPainter(rows, look, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._set_up_headers(name)
        look.changed.connect(self.viewport().update)
        # Live numbers move a sorted order; under the mouse nothing moves.
        self._resort = QTimer(self)
        self._resort.setInterval(RESORT_MS)
        self._resort.timeout.connect(self._resort_unless_watched)
        self._resort.start()

    def flush(self) -> None:
        """Repaint what changed among the rows in sight."""
        count = self.rows.rowCount()
        if not count:
            return
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        self.rows.flush(first, last if last >= 0 else count - 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Mark the row the keyboard is on at the first arrow; letters and digits look for a contract, not for a row."""
        if event.text().isalnum() and not event.modifiers() & ~PLAIN:
            event.ignore()
        elif not (event.key() in ARROWS and self._mark_current(event.modifiers())):
            super().keyPressEvent(event)

    def rowsAboutToBeRemoved(self, parent: Index, start: int, end: int) -> None:
        """Let go of a row that goes: Qt would mark its neighbour, and the next key would be about another contract."""
        if start <= self.currentIndex().row() <= end:
            self.selectionModel().clear()
        super().rowsAboutToBeRemoved(parent, start, end)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new width among the columns, until somebody sets a column's width by hand."""
        super().resizeEvent(event)
        if self._fitted:
            self._fit()

    def show_column(self, place: int, *, shown: bool) -> None:
        """Show a column, or leave its room to the others while it would say nothing."""
        if self.isColumnHidden(place) is shown:
            before, self._fitting = self._fitting, True  # Qt tells of it as of a width that was set
            self.setColumnHidden(place, not shown)
            self._fitting = before
            if self._fitted:
                self._fit()

    def _set_up_headers(self, name: str) -> None:
        rows_header = self.verticalHeader()
        rows_header.hide()
        rows_header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows_header.setMinimumSectionSize(ROW_HEIGHT)
        rows_header.setDefaultSectionSize(ROW_HEIGHT)
        header = GridHeader(self)
        self.setHorizontalHeader(header)
        header.setAccessibleName(f"{name}表头")
        header.setFixedHeight(HEADER_HEIGHT)
        header.setMinimumSectionSize(LEAST_SECTION)
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        header.sectionResized.connect(self._note_resize)

    def _note_resize(self) -> None:
        if not self._fitting:
            self._fitted = False

    def _fit(self) -> None:
        there, width = enumerate(self.rows.columns), self.viewport().width()
        columns = [(place, column) for place, column in there if not self.isColumnHidden(place)]
        least = sum(column.width for _, column in columns)
        self._fitting = True
        left = width
        for place, column in columns:
            share = column.width if width <= least else column.width * width // least
            share = left if width > least and place == columns[-1][0] else share
            self.setColumnWidth(place, share)
            left -= share
        self._fitting = False

    def _mark_current(self, held: Qt.KeyboardModifier) -> bool:
        # The keyboard comes in on a row that is not marked, and from an only row no arrow leads to another.
        chosen, index = self.selectionModel(), self.currentIndex()
        if held & ~Qt.KeyboardModifier.KeypadModifier or not index.isValid() or chosen.hasSelection():
            return False
        chosen.setCurrentIndex(index, _MARK)
        return True

    def _resort_unless_watched(self) -> None:
        if not self.underMouse():
            self.rows.resort()
