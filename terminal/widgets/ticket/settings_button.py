"""Open the settings of the order ticket, and keep them as a document of the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton

from terminal.domain.commands import SaveDocument
from terminal.domain.words.terms import Term
from terminal.widgets.ticket.settings import NAME, Orderable, TicketSettings, orderable, read_settings
from terminal.widgets.ticket.settings_sheet import TicketSettingsSheet

if TYPE_CHECKING:
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.screen import Document, Hand


class TicketSettingsButton(QToolButton):
    """Tell with `changed` which settings hold, with `sent` the id of a command and what it was for.

    What was saved holds once its document has come back, here as at every other desk of the person.
    """

    changed = Signal(TicketSettings)
    sent = Signal(str, str)

    def __init__(self, hand: Hand) -> None:
        super().__init__()
        self._hand = hand
        self._settings, self._version = TicketSettings(), 0
        self._products: tuple[Orderable, ...] = ()
        self.sheet: TicketSettingsSheet | None = None
        self.setObjectName("linkButton")
        self.setText(Term.TICKET_SETTINGS)
        self.setAccessibleName(Term.TICKET_SETTINGS)
        self.setToolTip(f"{Term.TICKET_SETTINGS}（Shift+F4）")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self.open)

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take what can be ordered."""
        self._products = orderable(instruments)

    def show_documents(self, documents: dict[str, Document]) -> None:
        """Take the settings among the person's documents."""
        document = documents.get(NAME)
        if document is not None and document.version > self._version:
            self._settings, self._version = read_settings(document.body), document.version
            self.changed.emit(self._settings)

    def open(self) -> None:
        """Open the sheet, or bring the open one to the front."""
        if self.sheet is None:
            self.sheet = TicketSettingsSheet(self.window(), self._settings, self._products)
            version = self._version  # what the person sees: where another desk was faster, nothing of it is lost
            self.sheet.saved.connect(lambda settings: self._save(settings, version))
            self.sheet.destroyed.connect(self._forget)
        self.sheet.show()
        self.sheet.raise_()
        self.sheet.activateWindow()

    def _save(self, settings: TicketSettings, version: int) -> None:
        body = msgspec.json.encode(settings).decode()
        wish = SaveDocument(name=NAME, base_version=version, body=body)
        self.sent.emit(self._hand.send(wish), Term.TICKET_SETTINGS)

    def _forget(self) -> None:
        self.sheet = None
