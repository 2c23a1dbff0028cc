"""Time quotes through columns, basis and 50 spreads, in the bursts in which they were recorded."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from terminal.commands.benches.figure import RUNS, Figure, timed
from terminal.commands.benches.places import whole_market
from terminal.domain.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.instrument import Instrument
from terminal.domain.market import Batch
from terminal.engine.columns import Columns
from terminal.gateways.replay.open import read_recording
from terminal.gateways.sample.market import SampleMarket
from terminal.store.reference import load_reference

SPREADS = 50
SAMPLE_BATCHES = 25_000
SEED = 7
DAY = 20250106


def measure() -> list[Figure]:
    """Return sustained updates per second."""
    reference = load_reference()
    tape = whole_market()

    def resolve(symbol: str, on: int) -> Instrument:
        return reference.instrument(InstrumentId(symbol), on)

    batches: list[Batch]
    if tape is not None:
        recording = read_recording([Path(tape)], instruments=resolve, calendar=reference.calendar)
        universe, batches, source = recording.universe, list(recording.batches()), "录制 2020-08-21 的批"
        day = 20200821
    else:
        market = SampleMarket(seed=SEED, reference=reference, start=instant(DAY))
        universe, source, day = market.universe, "样例行情的批", DAY
        batches = [batch for batch, _ in zip(market.batches(), range(SAMPLE_BATCHES), strict=False)]
    instruments = {name: reference.instrument(name, day) for name in universe}
    updates = sum(len(batch.slots) for batch in batches)
    runs = []
    for _ in range(RUNS):
        columns = Columns(universe, instruments)
        for number in range(SPREADS):
            near, far = universe[number % len(universe)], universe[(number * 5 + 3) % len(universe)]
            columns.add_spread(f"S{number}", ((near, Decimal(1), 1), (far, Decimal(-1), -1)))

        def play(columns: Columns = columns) -> None:
            for batch in batches:
                columns.price_spreads(columns.update(batch))

        runs.append(updates / timed(play))
    what = f"{source}（平均每批 {updates / len(batches):.1f} 笔）经基差与 {SPREADS} 个价差"
    return [Figure(name="updates_per_s", what=what, unit="笔/s", runs=tuple(runs), bar=500_000, less_is_better=False)]
