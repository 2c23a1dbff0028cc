"""Ask what an order would do, and know whether an answer is still about the order that is meant now.

An answer holds for exactly the terms it was asked about. Questions are numbered: an answer to an older question than
the latest one is dropped, so that a slow answer never stands beside fields it was not made for. Asking the same terms
again keeps the answer that is there until the newer one comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from terminal.domain.commands import EditConditional, PlaceConditional
from terminal.domain.orders.order import OrderTerms

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.domain.commands import EditOrder, SubmitOrder
    from terminal.engine.screen import Hand, Preview

Meant = OrderTerms | PlaceConditional | EditConditional  # what a question was about
ASK_MS: Final = 80  # from a change to the question; more changes meanwhile are asked about together
ASK_AGAIN_MS: Final = 2_000  # an account moves without the ticket: the answer on show is asked for anew


class Inquiry(QObject):
    """Hold the latest question and the latest answer to it; `due` tells that it is time to ask."""

    due = Signal()

    def __init__(self, hand: Hand, owner: QWidget) -> None:
        super().__init__(owner)
        self._hand = hand
        self._soon, self._again = QTimer(self), QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(ASK_MS)
        self._soon.timeout.connect(self.due)
        self._again.setInterval(ASK_AGAIN_MS)
        self._again.timeout.connect(lambda: self.due.emit() if owner.isVisible() else None)
        self._again.start()
        self._request: int | None = None
        self._asked: Meant | None = None
        self._answered: Meant | None = None
        self.latest: Preview | None = None  # the latest answer, also one about terms that have changed since

    def ask_soon(self) -> None:
        """Have it asked in a moment; not put off by what else changes: a price that never rests is asked about."""
        if not self._soon.isActive():
            self._soon.start()

    def ask(self, wish: SubmitOrder | EditOrder | PlaceConditional | EditConditional | None) -> None:
        """Ask what a wish would do, where it is whole; it is forgotten before another kind is asked about."""
        self._soon.stop()
        if wish is None:
            return
        self._asked = wish if isinstance(wish, PlaceConditional | EditConditional) else wish.terms
        self._request = self._hand.preview(wish, split_close=True)

    def take(self, previews: dict[int, Preview]) -> bool:
        """Take answers; return whether one of them was to the latest question."""
        if self._request is None or self._request not in previews:
            return False
        self.latest, self._answered, self._request = previews[self._request], self._asked, None
        return True

    def answer(self, meant: Meant | None) -> Preview | None:
        """Return the answer about exactly this, if it is there."""
        return self.latest if meant is not None and meant == self._answered else None

    def speaks_of(self, terms: Meant | None) -> bool:
        """Return whether the latest answer differs from these terms in nothing but the price."""
        known = self._answered
        return (
            isinstance(terms, OrderTerms)
            and isinstance(known, OrderTerms)
            and (known.account, known.instrument, known.side, known.offset, known.lots, known.hedge_flag)
            == (terms.account, terms.instrument, terms.side, terms.offset, terms.lots, terms.hedge_flag)
        )

    def forget(self) -> None:
        """Drop question and answer: what was sent or cleared is not sent again on the same answer."""
        self._request = self._asked = self._answered = self.latest = None
