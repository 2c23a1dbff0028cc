"""Ask the runner for the older basis of each product, and hand it over when it is whole. Link thread only.

A few at each look, and only where others have come: all of a large market at once is more than a runner takes in a
second, and the order a person sends in that second would be turned away. What the runner turned away, or has said
nothing about for long, is asked for again. `now` is the host's monotonic clock, ns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.engine.prices.basis import BASIS_KEPT, BASIS_STEP_NS
from terminal.sync import messages as m
from terminal.sync.history import Columns, HistoryPart

if TYPE_CHECKING:
    from terminal.domain.ids import ProductId
    from terminal.engine.mailbox import LatestMailbox
    from terminal.sync.desk_session import DeskSession

SECOND: Final = 1_000_000_000
AT_ONCE: Final = 8  # on their way; four looks a second leave room below what a runner takes
UNHEARD: Final = 10 * SECOND  # without a part
LONGEST_UNHEARD: Final = 320 * SECOND  # a runner too slow for that is not to be asked ever more often
TURNED_AWAY: Final = SECOND  # after which a runner takes messages again


class _Asked:
    __slots__ = ("again_at", "columns", "has_part")

    def __init__(self, columns: Columns, again_at: int) -> None:
        self.columns = columns
        self.again_at = again_at
        self.has_part = False


class OlderBasis:
    """Hold what is wanted and what was asked for, and of each request what has come."""

    def __init__(self, mailbox: LatestMailbox) -> None:
        self._mailbox = mailbox
        self._session: DeskSession | None = None
        self._known: set[ProductId] = set()
        self._wanted: dict[ProductId, None] = {}  # in this order
        self._asked: dict[int, _Asked] = {}
        self._requests = 0
        self._before = 0
        self._unheard = UNHEARD
        self._not_until = 0

    def begin(self, session: DeskSession) -> None:
        """Begin a connection: nothing that was asked for over another one comes any more."""
        self._session = session
        self._known.clear()
        self._wanted.clear()
        self._asked.clear()
        self._unheard, self._not_until = UNHEARD, 0

    def want(self, frame: m.Quotes) -> None:
        """Want what lies before the first samples of a product, and all of it where samples were lost."""
        new = {sample.product for sample in frame.basis} - self._known
        self._known |= new
        # Up to the end of this step: the samples before it are final, and all that comes of later ones is live.
        self._before = (frame.at // BASIS_STEP_NS + 1) * BASIS_STEP_NS
        self._wanted.update(dict.fromkeys(sorted(self._known if frame.basis_lost else new)))

    def hear(self, said: HistoryPart | m.Throttle, now: int) -> None:
        """Take a part of what was asked for, or that the runner turned a message away; which one it does not say."""
        if isinstance(said, HistoryPart):
            self._add(said, now)
            return
        self._not_until = now + TURNED_AWAY
        for one in self._asked.values():
            if not one.has_part:
                one.again_at = min(one.again_at, self._not_until)

    def look(self, now: int) -> None:
        """Ask for what is wanted; what has been silent for too long is asked for again, after what else waits."""
        late = [request for request, one in self._asked.items() if now >= one.again_at]
        if late and now >= self._not_until + TURNED_AWAY:  # nobody was turned away: the runner is slow
            self._unheard = min(2 * self._unheard, LONGEST_UNHEARD)
        for request in late:
            self._wanted[self._asked.pop(request).columns.product] = None
        if self._session is None or now < self._not_until:
            return
        while self._wanted and len(self._asked) < AT_ONCE:
            product = next(iter(self._wanted))
            del self._wanted[product]
            self._requests += 1
            self._asked[self._requests] = _Asked(Columns(product, self._before), now + self._unheard)
            ask = m.FetchBasis(request=self._requests, product=product, before=self._before, most=BASIS_KEPT)
            self._session.send(ask)

    def _add(self, part: HistoryPart, now: int) -> None:
        one = self._asked.get(part.request)
        if one is None:
            return
        self._unheard = UNHEARD
        one.has_part, one.again_at = True, now + UNHEARD
        if not one.columns.add(part):
            self._wanted[self._asked.pop(part.request).columns.product] = None
        elif part.last:
            self._mailbox.post_history(self._asked.pop(part.request).columns.whole())
