"""Show the parts a card of a confirmation is made of: a field under its caption, and figures before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLabel, QWidget

from terminal.domain.words.risk import Level
from terminal.widgets.alert.level_mark import LevelMark
from terminal.widgets.parts.rows import Tone
from terminal.widgets.parts.toned import show_text

if TYPE_CHECKING:
    from terminal.engine.screen import Figure
    from terminal.widgets.dress.look import Look

TIGHT_ROW: Final = 16  # pixels of a row of the table where every one counts
LONG: Final = 20  # characters of both values: more of them break into lines, for nothing of a change may be cut
ANY_HEIGHT: Final = 16_777_215  # what Qt calls no limit


class Field(QWidget):
    """Show one field of the order under its caption."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self.caption, self.value = QLabel(caption), QLabel()
        self.caption.setObjectName("factCaption")
        self.value.setObjectName("factValue")
        self._pair = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._pair.setContentsMargins(0, 0, 0, 0)
        self._pair.setSpacing(0)
        self._pair.addWidget(self.caption)
        self._pair.addWidget(self.value)

    def lie(self, *, flat: bool) -> None:
        """Stand beside the caption instead of under it."""
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._pair.setDirection(across if flat else down)
        self._pair.setSpacing(5 if flat else 0)

    def show_value(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Change the value; screen readers hear it with its caption."""
        show_text(self.value, text, tone)
        self.setAccessibleName(f"{self.caption.text()} {text}")


class FigureTable(QWidget):
    """Show figures before and after; a change for the worse has a mark beside it."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: tuple[Figure, ...] = ()
        self._tight = False
        self._cells: list[QWidget] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(0, 1)
        for column in (1, 3):
            self._grid.setColumnMinimumWidth(column, 70)

    def show_figures(self, shown: tuple[Figure, ...]) -> None:
        """Show these figures, and rebuild nothing where they stand already."""
        if shown == self._shown:
            return
        self._shown = shown
        for cell in self._cells:
            self._grid.removeWidget(cell)
            cell.deleteLater()
        self._cells = []
        for place, figure in enumerate(shown):
            tone = Tone.WARN if figure.worse else Tone.PLAIN
            self._put(place, 0, card_label(figure.name, "cardCaption"))
            is_long = len(figure.before) + len(figure.after) > LONG
            text = f"{figure.before} → {figure.after}" if is_long else figure.after
            if not is_long:
                self._put(place, 1, card_label(figure.before, "cardBefore", right=True))
                self._put(place, 2, card_label("→", "cardBefore"))
            after = card_label(text, "cardAfter", wrap=is_long, right=True)
            show_text(after, text, tone)
            after.setAccessibleName(f"{figure.name} {figure.before} → {figure.after}{'，变差' if figure.worse else ''}")
            self._put(place, 1 if is_long else 3, after, columns=3 if is_long else 1)
            if figure.worse:
                worse = LevelMark(self._look, Level.ORANGE)
                worse.setToolTip("变差")
                worse.setAccessibleName(f"{figure.name} 变差")
                self._put(place, 4, worse)
        self._grid.setColumnMinimumWidth(4, 12)

    def tighten(self, *, tight: bool) -> None:
        """Bring the rows nearer to each other."""
        self._tight = tight
        for cell in self._cells:
            self._fit(cell)

    def _fit(self, cell: QWidget) -> None:
        if isinstance(cell, QLabel) and not cell.wordWrap():
            cell.setMaximumHeight(TIGHT_ROW if self._tight else ANY_HEIGHT)

    def _put(self, row: int, column: int, widget: QWidget, *, columns: int = 1) -> None:
        self._fit(widget)
        self._grid.addWidget(widget, row, column, 1, columns)
        self._cells.append(widget)


def card_label(text: str, name: str, *, wrap: bool = False, right: bool = False) -> QLabel:
    """Return a label of plain text that the style sheet dresses by its name."""
    made = QLabel(text)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if right:
        made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made
