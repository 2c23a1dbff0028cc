"""Ask the runner once for the older basis of each product, and hand it over when it is whole. Link thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.engine.mailbox import BASIS_KEPT, BASIS_STEP_NS
from terminal.sync import messages as m
from terminal.sync.history import Columns, HistoryPart

if TYPE_CHECKING:
    from terminal.domain.ids import ProductId
    from terminal.engine.mailbox import LatestMailbox
    from terminal.sync.desk_session import DeskSession


class OlderBasis:
    """Hold what was asked for, and of each request what has come."""

    def __init__(self, mailbox: LatestMailbox) -> None:
        self._mailbox = mailbox
        self._chunks: dict[int, Columns] = {}
        self._asked: set[ProductId] = set()
        self._requests = 0

    def begin(self) -> None:
        """Begin a connection: nothing that was asked for over another one comes any more."""
        self._asked.clear()
        self._chunks.clear()

    def ask(self, frame: m.Quotes, session: DeskSession) -> None:
        """Ask for what lies before the first samples of a product, and for all of it where samples were lost."""
        new = {sample.product for sample in frame.basis} - self._asked
        # Up to the end of this step: the samples before it are final, and all that comes of later ones is live.
        before = (frame.at // BASIS_STEP_NS + 1) * BASIS_STEP_NS
        for product in sorted(new | self._asked if frame.basis_lost else new):
            self._asked.add(product)
            self._requests += 1
            self._chunks[self._requests] = Columns(product, before)
            session.send(m.FetchBasis(request=self._requests, product=product, before=before, most=BASIS_KEPT))

    def add(self, part: HistoryPart) -> None:
        """Take a part of what was asked for."""
        columns = self._chunks.get(part.request)
        if columns is None:
            return
        if not columns.add(part):
            del self._chunks[part.request]
            self._asked.discard(columns.product)  # the next sample asks again
        elif part.last:
            del self._chunks[part.request]
            self._mailbox.post_history(columns.whole())
