"""Offer what else can be done with an order that the exchange takes nothing of now (C14): 预埋, 条件, 放弃.

It stands above the buttons while the answer says so, and none of its buttons sends: two of them make the order wait,
and the answer then says for what; the third empties the ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from terminal.domain.words.terms import Term
from terminal.widgets.ticket.expected import When

if TYPE_CHECKING:
    from terminal.engine.screen import Preview

NOT_NOW: Final = "NOT_TRADING_NOW"  # the finding of the gate


class TicketOffer(QWidget):
    """Hold the line; `chosen` tells what to wait for, `dropped` that nothing is wanted."""

    chosen = Signal(When)
    dropped = Signal()

    def __init__(self) -> None:
        super().__init__()
        said = QLabel("现在不交易，可以：")
        said.setObjectName("fieldCaption")
        self.preset, self.condition = QPushButton(Term.PRESET_ORDER), QPushButton(Term.CONDITION)
        self.drop = QPushButton("放弃")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(said)
        for button, tip in (
            (self.preset, "下一次开盘时报出，那一节收盘失效"),
            (self.condition, "到某个价格、时间时报出"),
            (self.drop, "清空，不下这一笔"),
        ):
            button.setObjectName("quietButton")
            button.setAutoDefault(False)
            button.setToolTip(tip)
            button.setAccessibleName(button.text())
            row.addWidget(button)
        row.addStretch(1)
        self.preset.clicked.connect(lambda: self.chosen.emit(When.OPENING))
        self.condition.clicked.connect(lambda: self.chosen.emit(When.PRICE))
        self.drop.clicked.connect(self.dropped)
        self.hide()

    def show_about(self, answer: Preview | None) -> None:
        """Take the answer about an order that is to go out at once; `None` where there is none, or it waits."""
        self.setVisible(answer is not None and any(one.code == NOT_NOW for one in answer.findings))
