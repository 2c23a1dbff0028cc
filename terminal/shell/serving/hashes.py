"""Hash what a guest may see, once per place in the journal, and not so often that trading waits for it.

A hash walks the whole state: milliseconds on a usual day, a good part of a second behind a hundred thousand facts. The
runner's loop stands still meanwhile, so a costly one is followed by a pause of `PAUSE` times its cost before the next.
Guests that may see the same share it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, PersonId
    from terminal.engine.state import State
    from terminal.sync.house import Guest

CHEAP: Final = 0.005  # seconds; below it nobody notices
PAUSE: Final = 500  # times the cost: at most a fifth of a percent of the loop's time

_Sight = tuple[frozenset["AccountId"], frozenset["PersonId"]]


class VisibleHashes:
    """Keep the hashes of one place in the journal; `monotonic` is the host's clock in seconds."""

    def __init__(self, state: State, monotonic: Callable[[], float]) -> None:
        self._state = state
        self._monotonic = monotonic
        self._place = -1
        self._known: dict[_Sight, str] = {}
        self._not_before = 0.0

    def of(self, guest: Guest, place: int) -> str:
        """Return the hash at a place in the journal, or "" while another one is too soon."""
        if place != self._place:
            self._place = place
            self._known.clear()
        sight = frozenset(guest.roles), frozenset({guest.person})
        if sight not in self._known:
            began = self._monotonic()
            if began < self._not_before:
                return ""
            self._known[sight] = self._state.visible_hash(*sight)
            cost = self._monotonic() - began
            if cost > CHEAP:
                self._not_before = began + cost * PAUSE
        return self._known[sight]
