"""Know which call auctions are still to be matched with our own orders alone, at the opening."""

from __future__ import annotations

_NEVER = 1 << 62


class Openings:
    """Hold by slot when its auction is matched and when it opens, UTC ns."""

    def __init__(self) -> None:
        self._times: dict[int, tuple[int, int]] = {}
        self._first = _NEVER

    def __contains__(self, slot: int) -> bool:
        return slot in self._times

    @property
    def first(self) -> int:
        """Return when the next of them opens, UTC ns."""
        return self._first

    def expect(self, slot: int, matched_at: int, opens_at: int) -> None:
        """Match a slot's auction when it opens."""
        self._times[slot] = (matched_at, opens_at)
        self._first = min(self._first, opens_at)

    def due(self, at: int) -> list[tuple[int, int]]:
        """Return what opens by an instant as (matched at, slot), the earliest first, and expect it no longer."""
        if at < self._first:
            return []
        found = sorted((matched, slot) for slot, (matched, opens) in self._times.items() if opens <= at)
        for _, slot in found:
            del self._times[slot]
        self._first = min((opens for _, opens in self._times.values()), default=_NEVER)
        return found
