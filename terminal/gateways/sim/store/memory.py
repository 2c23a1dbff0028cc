"""Say what a host asks of its store, and keep an exchange's books only as long as its process lives.

A backtest never starts its exchange again: what is written down for a restart would be written for nobody. What a
client that lost its link asks for again are the reports of the trading day; these are kept.
"""

from __future__ import annotations

from typing import Protocol

from terminal.domain.ids import InstrumentId
from terminal.gateways.sim.accounts.ledger import Changes, Clock, Saved, Told
from terminal.gateways.sim.matching.queue_model import DEFAULT_QUEUE, QueueModel


class Store(Protocol):
    """Keep what changed before it is told; see `ExchangeStore`, which keeps it in a file."""

    def claim(self, market: str, universe: tuple[InstrumentId, ...], queue: QueueModel = DEFAULT_QUEUE, /) -> None:
        """Bind the store to a market and a queue model."""

    def load(self) -> Saved | None:
        """Return the books as they were last written, `None` from a new store."""

    def next_session(self) -> int:
        """Return a login number never given out before."""

    def save(self, changes: Changes, clock: Clock, /) -> None:
        """Write down what changed and how far the market is."""

    def told(self, *, since_batch: int, trading_day: int) -> list[Told]:
        """Return the private reports that follow a batch from `since_batch` on, or were told on a trading day."""

    def close(self) -> None:
        """Let go of the store."""


class MemoryStore:
    """Keep the reports of this trading day and the one before; a new one is always empty."""

    def __init__(self) -> None:
        self._told: list[Told] = []
        self._before: list[Told] = []
        self._day = 0
        self._sessions = 0

    def claim(self, market: str, universe: tuple[InstrumentId, ...], queue: QueueModel = DEFAULT_QUEUE, /) -> None:
        """Serve whatever market it is put under."""

    def load(self) -> Saved | None:
        """Return nothing: there was nothing before."""
        return None

    def next_session(self) -> int:
        """Return a login number."""
        self._sessions += 1
        return self._sessions

    def save(self, changes: Changes, clock: Clock, /) -> None:
        """Keep what was told; the books themselves are the exchange's."""
        if clock.trading_day != self._day:
            self._day = clock.trading_day
            self._before, self._told = self._told, []
        self._told.extend(changes.told)

    def told(self, *, since_batch: int, trading_day: int) -> list[Told]:
        """Return the private reports that follow a batch from `since_batch` on, or were told on a trading day."""
        return [
            one for one in (*self._before, *self._told) if one.after >= since_batch or one.trading_day == trading_day
        ]

    def close(self) -> None:
        """Let go of what was told."""
        self._told, self._before = [], []
