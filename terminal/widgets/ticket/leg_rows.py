"""Show both legs of an order on a combination before it is sent: what each does, its margin and its fee."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel

from terminal.domain.words.combination_terms import CombinationTerm
from terminal.domain.words.terms import Term
from terminal.engine.wording import short
from terminal.widgets.parts import figures
from terminal.widgets.ticket.fields import verb

if TYPE_CHECKING:
    from terminal.engine.screen import Child

ORDINALS: Final = (CombinationTerm.FIRST_LEG, CombinationTerm.SECOND_LEG)
HEADS: Final = ("", "", Term.MARGIN, Term.COMMISSION)


class LegRows(QFrame):
    """Hold a small table of two rows; hidden where there is no combination."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(CombinationTerm.COMBINATION)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(1, 1)
        self.cells: list[list[QLabel]] = []
        for column, head in enumerate(HEADS):
            label = QLabel(head)
            label.setObjectName("figureCaption")
            grid.addWidget(label, 0, column, _side_of(column))
        for row, ordinal in enumerate(ORDINALS, 1):
            cells = [QLabel() for _ in HEADS]
            cells[0].setText(ordinal)
            for column, cell in enumerate(cells):
                cell.setObjectName("figureCaption" if column == 0 else "legValue")
                grid.addWidget(cell, row, column, _side_of(column))
            self.cells.append(cells)
        self.hide()

    def show_legs(self, legs: tuple[Child, ...]) -> None:
        """Show these legs, the first one first; none hides the table."""
        for cells, leg in zip(self.cells, legs, strict=False):
            terms = leg.terms
            texts = (
                f"{verb(terms.side, terms.offset)} {short(terms.instrument)} {terms.lots:,} 手",
                figures.number(leg.margin),
                figures.number(leg.fee, 2),
            )
            for cell, text in zip(cells[1:], texts, strict=True):
                cell.setText(text)
            cells[1].setAccessibleName(
                f"{cells[0].text()} {texts[0]} {Term.MARGIN} {texts[1]} {Term.COMMISSION} {texts[2]}"
            )
        self.setVisible(len(legs) == len(self.cells))


def _side_of(column: int) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignLeft if column < 2 else Qt.AlignmentFlag.AlignRight
