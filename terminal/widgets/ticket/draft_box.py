"""Keep tickets for later as documents of the person: listed, filled in again, removed and brought back.

A draft travels to every desk of the person. It is never sent by itself: filling it in only fills the ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from terminal.domain.commands import SaveDocument
from terminal.domain.words.terms import Term
from terminal.engine.screen import Document
from terminal.widgets.parts.icons import Sign, icon
from terminal.widgets.ticket.fields import Ticket, in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.screen import Hand
    from terminal.widgets.dress.look import Look

PREFIX: Final = "draft:"


class DraftRow(QWidget):
    """Show one draft: its words fill the ticket, the cross removes it."""

    def __init__(self, words: str, look: Look) -> None:
        super().__init__()
        self.load, self.remove = QToolButton(), QToolButton()
        self.load.setObjectName("linkButton")
        self.load.setText(words)
        self.load.setAccessibleName(f"填入草稿：{words}")
        self.load.setToolTip("填入下单面板，不发送")
        self.remove.setIcon(icon(Sign.CLOSE, look.tokens.text_2))
        self.remove.setAccessibleName(f"{Term.REMOVE_DRAFT}：{words}")
        self.remove.setToolTip(Term.REMOVE_DRAFT)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in (self.load, self.remove):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        row.addStretch(1)


class DraftBox(QWidget):
    """List the drafts; `loaded` gives a ticket to fill in, `sent` the id of a command and what it was for."""

    loaded = Signal(Ticket)
    sent = Signal(str, str)

    def __init__(self, look: Look, hand: Hand) -> None:
        super().__init__()
        self._look = look
        self._hand = hand
        self._documents: dict[str, Document] = {}  # also the emptied ones: their versions go on
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._undo: Callable[[], None] | None = None
        self._is_of_ticket = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.title = QLabel()
        self.title.setObjectName("fieldCaption")
        column.addWidget(self.title)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        column.addLayout(self._list)
        row = QHBoxLayout()
        self.told = QLabel()
        self.told.setObjectName("fieldCaption")
        self.undo = QToolButton()
        self.undo.setObjectName("linkButton")
        self.undo.setText(Term.UNDO)
        self.undo.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.undo.clicked.connect(self._take_back)
        row.addWidget(self.told)
        row.addWidget(self.undo)
        row.addStretch(1)
        column.addLayout(row)
        self.rows: list[DraftRow] = []
        look.changed.connect(self._show)
        self.offer_undo("", None)
        self._show()

    def show_instruments(self, instruments: dict[InstrumentId, Instrument]) -> None:
        """Take the contracts' names."""
        self._instruments = instruments
        self._show()

    def show_documents(self, documents: dict[str, Document]) -> None:
        """Take the person's documents; those that are no drafts are ignored."""
        drafts = {name: one for name, one in documents.items() if name.startswith(PREFIX)}
        if drafts:
            self._documents |= drafts
            self._show()

    def save(self, ticket: Ticket) -> None:
        """Keep a ticket under the first free name."""
        number = 1
        while (name := f"{PREFIX}{number}") in self._documents and self._documents[name].body:
            number += 1
        self._save(name, self._version(name), msgspec.json.encode(ticket).decode(), Term.SAVE_DRAFT)

    def offer_undo(self, told: str, undo: Callable[[], None] | None, *, of_ticket: bool = False) -> None:
        """Say what was done and offer to undo it; the offer before is gone. `of_ticket`: it would fill the ticket."""
        self._undo, self._is_of_ticket = undo, of_ticket
        self.told.setText(told)
        self.undo.setAccessibleName(f"{Term.UNDO}：{told}")
        for widget in (self.told, self.undo):
            widget.setVisible(undo is not None)

    def keep_ticket(self) -> None:
        """Withdraw an offer that would put another ticket in the place of what was filled in since."""
        if self._is_of_ticket:
            self.offer_undo("", None)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _version(self, name: str) -> int:
        known = self._documents.get(name)
        return known.version if known else 0

    def _save(self, name: str, version: int, body: str, what: str) -> None:
        self.sent.emit(self._hand.send(SaveDocument(name=name, base_version=version, body=body)), what)

    def _remove(self, draft: Document) -> None:
        self._save(draft.name, draft.version, "", Term.REMOVE_DRAFT)

        def restore() -> None:
            # The removal is the version after the removed one, whether its echo has come or not.
            self._save(
                draft.name,
                max(self._version(draft.name), draft.version + 1),
                draft.body,
                f"{Term.UNDO}{Term.REMOVE_DRAFT}",
            )

        self.offer_undo("已删除一份草稿", restore)

    def _take_back(self) -> None:
        undo = self._undo
        self.offer_undo("", None)
        if undo is not None:
            undo()

    def _load(self, draft: Document) -> None:
        ticket = _read(draft)
        if ticket is not None:
            self.keep_ticket()
            self.loaded.emit(ticket)

    def _show(self) -> None:
        drafts = [one for _, one in sorted(self._documents.items(), key=lambda item: _number(item[0])) if one.body]
        self.title.setText(f"{Term.DRAFTS} {len(drafts)}")
        self.title.setVisible(bool(drafts))
        while self.rows:
            row = self.rows.pop()
            row.hide()
            row.deleteLater()
        for draft in drafts:
            self._add_row(draft)

    def _add_row(self, draft: Document) -> None:
        ticket = _read(draft)
        instrument = self._instruments.get(ticket.instrument) if ticket and ticket.instrument else None
        row = DraftRow(in_words(ticket, instrument) if ticket else f"读不懂的草稿 {draft.name}", self._look)
        row.load.setEnabled(ticket is not None)
        row.load.clicked.connect(lambda: self._load(draft))
        row.remove.clicked.connect(lambda: self._remove(draft))
        self._list.addWidget(row)
        self.rows.append(row)


def _number(name: str) -> tuple[int, str]:
    tail = name.removeprefix(PREFIX)
    return (int(tail), "") if tail.isdecimal() else (0, tail)


def _read(draft: Document) -> Ticket | None:
    try:
        return msgspec.json.decode(draft.body, type=Ticket)
    except msgspec.MsgspecError:
        return None
