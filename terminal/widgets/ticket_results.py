"""Say what became of what the ticket sent: accepted, waiting for the supervisor, refused and why, or not known yet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from terminal.domain.commands import SubmitOrder
from terminal.domain.confirmation import ConfirmationState
from terminal.domain.ids import ConfirmationId
from terminal.widgets.toned import mark

if TYPE_CHECKING:
    from terminal.domain.ids import CommandId
    from terminal.engine.screen import ApprovalCard, ResultLine

# From the best to the worst; the worst of a batch colours the line.
NUMBER: Final = re.compile(r"编号 ([^）]+)）")
TONES: Final = ("allow", "sent", "warn", "confirm", "deny")


class TicketResults(QLabel):
    """Hold the results of the latest batch of commands."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ticketResult")
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._names: dict[CommandId, str] = {}
        self._lines: dict[CommandId, ResultLine] = {}
        self._cards: dict[ConfirmationId, ApprovalCard] = {}
        self._remarks = False  # what is shown is about the fields, not about what was sent
        self.hide()

    def expect(self, commands: dict[CommandId, str]) -> None:
        """Wait for the results of these commands, each with what it was for; answered ones make room."""
        waiting = {command: name for command, name in self._names.items() if command not in self._lines}
        self._names, self._lines = waiting | commands, {}
        self._show()

    def take(self, results: tuple[ResultLine, ...]) -> None:
        """Take results; those of other commands are ignored."""
        own = {line.command: line for line in results if line.command in self._names}
        if own:
            self._lines |= own
            self._show()

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take what became of orders that waited for a second person."""
        self._cards |= cards
        if any(_parked(line) in cards for line in self._lines.values()):
            self._show()

    def remark(self, text: str) -> None:
        """Say why a press sent nothing, or not quite what it seems; the next result takes its place."""
        self._say(text, "confirm")
        self._remarks = True

    def forget_remark(self) -> None:
        """Say a remark no more: the fields it was about are others."""
        if self._remarks:
            self.clear()
            if self._names:
                self._show()

    def clear(self) -> None:
        """Say nothing any more; a result that is still under way is still told."""
        self._remarks = False
        self.setText("")
        self.hide()

    def _show(self) -> None:
        told = [_told(name, self._lines.get(command), self._cards) for command, name in self._names.items()]
        self._say("\n".join(words for words, _ in told), max((tone for _, tone in told), key=TONES.index))

    def _say(self, text: str, tone: str) -> None:
        self._remarks = False
        self.setText(text)
        self.setAccessibleName(text)
        mark(self, "verdict", tone)
        self.show()


def _parked(line: ResultLine) -> ConfirmationId:
    # The engine says under which number it parked an order: （编号 A-C000001）.
    found = NUMBER.search(line.sentence)
    return ConfirmationId(found[1] if found else "")


def _told(name: str, line: ResultLine | None, cards: dict[ConfirmationId, ApprovalCard]) -> tuple[str, str]:
    if line is None:
        return f"○ {name}：已发出，等待回答", "sent"
    if line.code == "UNANSWERED":
        return f"▲ {name}：还没有回答，先别重发。{line.sentence}", "confirm"
    if not line.ok:
        return f"■ {name} 未执行：{line.sentence}", "deny"
    card = cards.get(_parked(line)) if line.code == "CONFIRM2" else None
    if card is not None and card.state is not ConfirmationState.PENDING:
        sent = card.state is ConfirmationState.CONSUMED
        return f"{'●' if sent else '■'} {name}：{card.outcome}", "allow" if sent else "deny"
    if line.code == "CONFIRM2" and isinstance(line.body, SubmitOrder):
        return f"▲ {name}：等待主管复核。{line.sentence}", "confirm"
    return f"● {name}：{line.sentence}", "allow"
