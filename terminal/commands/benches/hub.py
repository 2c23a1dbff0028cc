"""Time what one quote of a hub contract costs an engine in which fifty running spreads have a leg in it.

Every spread trades the hub against a contract of its own, and stands on the desk as a registered spread besides: its
two-sided price is kept current with each quote of either leg, whoever sleeps. The market lives: every price walks, half
a second after half a second, the hub in a batch of its own and ten of the others in the one after it. The thresholds
lie where the walks do not come, so no order is sent; how many strategies are asked in the mean is told beside.
"""

from __future__ import annotations

import gc
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.commands.benches.desk_of_strategies import (
    ACCOUNT,
    BASE,
    HALF_SECOND,
    START,
    open_engine,
    start,
    universe,
)
from terminal.commands.benches.figure import RUNS, Figure
from terminal.domain.errors import InvariantError
from terminal.domain.market import WIDTH, Batch, Column, Valid
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.engine.turn import Ask

if TYPE_CHECKING:
    from terminal.engine.receive import Engine

SPREADS: Final = 50
QUOTES: Final = 3_000  # of the hub
WARM: Final = 200
OTHERS: Final = 10  # of the other legs, in one batch
SEED: Final = 50
AWAY: Final = 150  # ticks a threshold lies from where the walks begin, at least
FULL: Final = int(Valid.BID | Valid.ASK | Valid.LAST | Valid.VOLUME | Valid.OPEN_INTEREST)


def measure() -> list[Figure]:
    """Return the mean µs of a hub quote over each run, alone and with all spreads read out as yuan and sets."""
    batches = walks()
    alone, read = [], []
    for _ in range(RUNS):
        engine = make_hub(batches[0])
        alone.append(_mean(engine, batches[1:], read=False))
        read.append(_mean(make_hub(batches[0]), batches[1:], read=True))
    what = f"{SPREADS} 个运行中的价差共用一条腿，这条腿每来一笔报价：{SPREADS} 个双边价、策略、预警、引擎全程"
    return [
        Figure(name="hub", what=what, unit="µs", runs=tuple(alone), bar=70),
        Figure(name="hub_read", what=f"同上，并把 {SPREADS} 个价差逐个读成元和可成套数", unit="µs", runs=tuple(read)),
    ]


def _mean(engine: Engine, batches: list[Batch], *, read: bool) -> float:
    taken, count = 0, 0
    gc.collect()
    gc.freeze()
    for number, batch in enumerate(batches):
        began = time.perf_counter_ns()
        turn = engine.receive(batch)
        if read:
            for spread in engine.touched_spreads:
                spread.quote()
        took = time.perf_counter_ns() - began
        of_hub = len(batch.slots) == 1
        sent = any(not isinstance(effect, Ask) for effect in turn.effects)
        if sent or (of_hub and len(engine.touched_spreads) != SPREADS):
            raise InvariantError("the measured market was meant to move every spread and to send no order")
        if of_hub and number >= WARM:
            taken, count = taken + took, count + 1
    gc.unfreeze()
    return taken / count / 1e3


def make_hub(first: Batch) -> Engine:
    """Return an engine of fifty running spreads with one leg in common, after a batch that quotes every leg."""
    names = universe(SPREADS + 1)
    engine = open_engine(len(names), [(0, other) for other in range(1, len(names))])
    engine.receive(first)
    settings = [
        SpreadSettings(
            account=ACCOUNT,
            legs=(
                SpreadLeg(instrument=names[other], coefficient=Decimal(-1), lots=-1, active=True),
                SpreadLeg(instrument=names[0], coefficient=Decimal(1), lots=1),
            ),
            buy_at=Decimal(-AWAY - other),
            sell_at=Decimal(AWAY + other),
        )
        for other in range(1, len(names))
    ]
    start(engine, settings)
    return engine


def walks() -> list[Batch]:
    """Return a batch of every contract, and then in turn one of the hub and one of ten others: seeded walks."""
    chance = np.random.Generator(np.random.PCG64(SEED))
    count = SPREADS + 1
    middle = np.full(count, BASE, dtype=np.int64)
    found: list[Batch] = []

    def show(slots: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        middle[slots] += chance.integers(-1, 2, len(slots))
        at = START + (1 + len(found)) * HALF_SECOND // 2
        rows = np.zeros((len(slots), WIDTH), dtype=np.int64)
        rows[:, Column.BID] = rows[:, Column.LAST] = middle[slots]
        rows[:, Column.ASK] = middle[slots] + 1
        rows[:, Column.BID_LOTS] = rows[:, Column.ASK_LOTS] = 50
        rows[:, Column.VOLUME] = len(found)
        rows[:, Column.OPEN_INTEREST] = 100_000
        rows[:, Column.MASK], rows[:, Column.EXCHANGE_AT] = FULL, at
        found.append(Batch(index=1 + len(found), at=at, slots=slots, rows=rows))

    show(np.arange(count))
    for turn in range(QUOTES):
        show(np.zeros(1, dtype=np.int64))
        show(1 + (turn * OTHERS + np.arange(OTHERS)) % SPREADS)
    return found
