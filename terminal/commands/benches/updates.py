"""Time quotes through columns, basis and 50 spreads, in the bursts in which they were recorded."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from terminal.commands.benches.figure import RUNS, Figure, timed
from terminal.commands.benches.places import whole_market
from terminal.domain.days.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Batch
from terminal.domain.products.instrument import Instrument
from terminal.engine.prices.columns import Columns
from terminal.gateways.replay.open import read_recording
from terminal.gateways.sample.market import SampleMarket
from terminal.store.reference import load_reference

SPREADS = 50
SAMPLE_BATCHES = 25_000
SPOTS = tuple(InstrumentId(f"SPOT.{name}") for name in ("rb.上海", "i.日照港", "m.张家港", "cu.上海", "TA.华东"))
SPOT_PRICE = Decimal(3000)  # what it is does not change the time it takes
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
    universe = (*universe, *(name for name in SPOTS if name not in universe))
    instruments = {name: reference.instrument(name, day) for name in universe}
    updates = sum(len(batch.slots) for batch in batches)
    runs = []
    for _ in range(RUNS):
        columns = Columns(universe, instruments)
        for number in range(SPREADS):
            near, far = universe[number % len(universe)], universe[(number * 5 + 3) % len(universe)]
            columns.add_spread(f"S{number}", ((near, Decimal(1), 1), (far, Decimal(-1), -1)))
        for spot in SPOTS:
            future = next(name for name in universe if instruments[name].code == instruments[spot].code)
            columns.add_spread(f"基差 {spot}", ((spot, Decimal(1), 1), (future, Decimal(-1), -1)))
            columns.state_spot(spot, SPOT_PRICE, 0)

        def play(columns: Columns = columns) -> None:
            for batch in batches:
                columns.price_spreads(columns.update(batch))

        runs.append(updates / timed(play))
    size = f"平均每批 {updates / len(batches):.1f} 笔"
    what = f"{source}（{size}）经 {len(SPOTS)} 个基差与 {SPREADS} 个价差（只到列，不含策略）"
    return [Figure(name="updates_per_s", what=what, unit="笔/s", runs=tuple(runs), bar=500_000, less_is_better=False)]
