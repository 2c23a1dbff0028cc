"""Hold what stands at the foot of the ticket: the answer, what became of what was sent, and the buttons.

Nothing moves under the cursor there: 接管 keeps its place on the left also while it is not offered, and the button that
sends begins to the right of it, however long its words are. What comes and goes stands above the buttons, and pushes up
the answer it came with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from terminal.domain.words.terms import Term
from terminal.widgets.account.take_over import TakeOver
from terminal.widgets.batch.group_button import GroupButton
from terminal.widgets.parts.bounded import Bounded
from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.send_button import SendButton
from terminal.widgets.parts.toned import mark
from terminal.widgets.ticket.answer_box import AnswerBox
from terminal.widgets.ticket.edit import TicketEdit
from terminal.widgets.ticket.offer import TicketOffer
from terminal.widgets.ticket.reason import TicketReason
from terminal.widgets.ticket.results import TicketResults
from terminal.widgets.ticket.rewait import TicketRewait
from terminal.widgets.ticket.settings_button import TicketSettingsButton

if TYPE_CHECKING:
    from terminal.engine.screen import Hand
    from terminal.widgets.ticket.form import TicketForm

MOST_RESULTS: Final = 54  # pixels, three lines: what the next order would do needs its room more


class TicketFoot(QFrame):
    """Hold them; the answer is never scrolled away, for what a press does is read beside the button."""

    def __init__(self, hand: Hand) -> None:
        super().__init__()
        self.setObjectName("panelFoot")
        self.answer, self.results, self.reason = AnswerBox(), TicketResults(), TicketReason()
        self.editing, self.rewaiting, self.offer = TicketEdit(), TicketRewait(), TicketOffer()
        self.draft_button, self.take_button = QPushButton(Term.SAVE_DRAFT), TakeOver(hand, unheld=False)
        self.send_button, self.settings, self.groups = SendButton(), TicketSettingsButton(hand), GroupButton()
        self.settings.sent.connect(self.results.expect_draft)
        self.take_button.keep_place()
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING, 6, PADDING, 8)
        column.setSpacing(6)
        column.addWidget(self.editing)
        column.addWidget(self.rewaiting)
        column.addWidget(self.answer)
        column.addWidget(Bounded(self.results, name="委托结果", least=18, most=MOST_RESULTS))
        column.addWidget(self.reason)
        column.addWidget(self.offer)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.draft_button, self.take_button):
            button.setObjectName("quietButton")
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.send_button)
        column.addLayout(row)
        self.send_button.setObjectName("sendButton")
        self.draft_button.setToolTip("存为草稿，不发送")
        self.send_button.setToolTip("Enter 依次走到这里，再按一次发送；Esc 清空，从不发送")
        for button in (self.draft_button, self.send_button):
            button.setAutoDefault(False)
            button.setAccessibleName(button.text())

    def ask_for_group(self, form: TicketForm) -> None:
        """Have what the fields say ordered for a group of accounts, where they are an order by themselves."""
        self.groups.offer(form, edits=not (self.editing.isHidden() and self.rewaiting.isHidden()))

    def show_sending(self, text: str, side: str) -> None:
        """Say on the button what a press sends; `side` colours it."""
        self.send_button.setText(text)
        self.send_button.setAccessibleName(f"{Term.SEND}：{text}")
        self.send_button.setAccessibleDescription(self.answer.accessibleName())
        mark(self.send_button, "side", side)
