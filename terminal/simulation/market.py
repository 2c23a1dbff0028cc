"""Remember a market that was made once: every life of a runner reads its past again."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.domain.ids import InstrumentId
from terminal.domain.market import Batch
from terminal.engine.ports import MarketSource


class RememberedMarket:
    """Be a `MarketSource` that makes each batch once; a batch is never changed by those who read it."""

    def __init__(self, source: MarketSource) -> None:
        self._source = source
        self._made: list[Batch] = []
        self._making = source.batches()

    @property
    def name(self) -> str:
        """Return the market's name."""
        return self._source.name

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        """Return the instrument of each slot."""
        return self._source.universe

    def batches(self, start: int = 0, /) -> Iterator[Batch]:
        """Yield the batches from index `start` on."""
        made, index = self._made, start
        while True:
            while index >= len(made):
                batch = next(self._making, None)
                if batch is None:
                    return
                made.append(batch)
            yield made[index]
            index += 1
