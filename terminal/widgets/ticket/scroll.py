"""Share the room of the ticket between its fields with the drafts, which scroll, and its foot with the answer.

The fields stand whole wherever the foot can do with what is left: of a long answer the rest scrolls, for what it is
about has to be seen to be mended. On a screen too small for that they are seen down to lots and price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from terminal.widgets.parts.panel import PADDING

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from terminal.widgets.ticket.draft_box import DraftBox
    from terminal.widgets.ticket.foot import TicketFoot
    from terminal.widgets.ticket.form import TicketForm

LEAST_WIDTH: Final = 440
LEAST_FORM: Final = 152  # pixels down to lots and price: however much is answered, they stay in sight


class TicketBody(QWidget):
    """Hold the fields above the foot."""

    def __init__(self, form: TicketForm, drafts: DraftBox, foot: TicketFoot) -> None:
        super().__init__()
        self._form, self._foot, self._scroll = form, foot, TicketScroll(form, drafts)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scroll, 1)
        column.addWidget(foot)

    def minimumSizeHint(self) -> QSize:
        """Return the least size, whatever the fields are given in the room there is."""
        return QSize(super().minimumSizeHint().width(), LEAST_FORM + self._foot.minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share another room."""
        super().resizeEvent(event)
        self._share()

    def event(self, event: QEvent) -> bool:
        """Share the room anew when a part wants another height."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._share()
        return super().event(event)

    def _share(self) -> None:
        whole = self._form.sizeHint().height()
        room = self.height() - self._foot.minimumSizeHint().height()
        self._scroll.setMinimumHeight(whole if whole <= room else LEAST_FORM)


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
