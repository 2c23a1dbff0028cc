"""Let the fields of the ticket and the drafts scroll where a screen is too small for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from terminal.widgets.panel import PADDING

if TYPE_CHECKING:
    from terminal.widgets.draft_box import DraftBox
    from terminal.widgets.ticket_form import TicketForm

LEAST_WIDTH: Final = 440
LEAST_FORM: Final = 152  # pixels down to lots and price: however much is answered, they stay in sight


class TicketScroll(QScrollArea):
    """Hold them, one above the other."""

    def __init__(self, form: TicketForm, drafts: DraftBox) -> None:
        super().__init__()
        inner = QWidget()
        inner.setObjectName("ticketInner")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(10)
        column.addWidget(form)
        held = QVBoxLayout()
        held.setContentsMargins(PADDING, 0, PADDING, 0)
        held.addWidget(drafts)
        column.addLayout(held)
        column.addStretch(1)
        self.setObjectName("ticketScroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(LEAST_WIDTH, LEAST_FORM)
        self.setWidget(inner)
