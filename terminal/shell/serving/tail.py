"""Keep the end of the journal in memory, so that desks that follow it never ask the disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from terminal.engine.records.journal import Entry, Journal

KEPT: Final = 20_000  # records; a desk further behind gets a snapshot long before
PAGE: Final = 512  # records read back at a time for a desk in between


class Tail:
    """Hold the last records by position; older ones are read back from the journal, a page at a time."""

    def __init__(self, journal: Journal, end: int) -> None:
        self._journal = journal
        self._recent: deque[Entry] = deque(maxlen=KEPT)
        self._bytes = 0  # of everything appended here
        self._page: list[Entry] = []
        self.end = end

    def grew(self, entries: Sequence[Entry]) -> None:
        """Take what was appended."""
        self._recent.extend(entries)
        self._bytes += sum(len(entry.data) for entry in entries)
        self.end += len(entries)

    def entry(self, position: int) -> Entry:
        """Return the record at a position between 1 and `end`."""
        first = self.end - len(self._recent) + 1
        if position >= first:
            return self._recent[position - first]
        if not self._page or not self._page[0].position <= position <= self._page[-1].position:
            self._page = list(islice(self._journal.replay(position - 1), PAGE))
        return self._page[position - self._page[0].position]

    def lag(self, position: int) -> tuple[int, int]:
        """Return how many records follow a position and about how many bytes they have."""
        behind = self.end - position
        if behind <= 0:
            return 0, 0
        known = len(self._recent)
        sample = islice(reversed(self._recent), min(behind, known, PAGE))
        sizes = [len(entry.data) for entry in sample]
        return behind, behind * (sum(sizes) // len(sizes)) if sizes else behind * 1024
