"""Measure one live frame of the basis chart: take a sample, set the data, paint once.

Samples come as from a market, several to a step of the chart: most move the last point, and one in ten is a new one.

The whole widget is drawn as on the desk, with band, mean, axes, marks and the tag; the wall clock runs from the sample
to the end of the paint that shows it.
"""

from __future__ import annotations

import gc
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from terminal.commands.benches.figure import RUNS, Figure, percentile
from terminal.commands.benches.offscreen import dressed_application, measured_offscreen
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.days.sessions import SessionId
from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId, ProductId
from terminal.engine.prices.basis import BASIS_STEP_NS, Basis
from terminal.engine.prices.history import BasisHistory
from terminal.store.reference import load_calendar

if TYPE_CHECKING:
    from terminal.widgets.basis.tracks import Track
    from terminal.widgets.basis.trading_steps import TradingSteps

POINTS = 1_000_000
BEGUN = POINTS - 1_000  # points up to a day's first half hour, of which every step is drawn
CAPACITY = 1 << 21
FRAMES = 120
WARM = 10
PER_STEP = 10  # samples, as a market shows them: two a second
SIZE = (1200, 600)
SPOT_PRICE = 3400
PRODUCT = ProductId("SHFE.rb")
SPOT, FUTURE = InstrumentId("SPOT.rb.上海"), InstrumentId("SHFE.rb2505")
SESSION = SessionId("SHFE.2300")
# So that the newest point lies in the middle of a trading day, which is what a desk looks at.
BEGIN, END = instant(20250106, 11, 20), instant(20260630, 9)


def measure() -> list[Figure]:
    """Return median and p99 of a frame with everything in sight, medians with one day and a day just begun, in ms."""
    frames = measured_offscreen(_measure)
    what = f"基差图 {POINTS:,} 点（{SIZE[0]}×{SIZE[1]}）：来一个样本（每步 {PER_STEP} 个）、更新、绘制"
    return [
        Figure(name="chart_p50", what=f"{what}，全部可见", unit="ms", runs=frames[0], bar=6),
        Figure(name="chart_p99", what=f"{what}，全部可见", unit="ms", runs=frames[1]),
        Figure(name="chart_day_p50", what=f"{what}，可见 1 日", unit="ms", runs=frames[2], bar=6),
        Figure(name="chart_begun_p50", what=f"{what}，可见刚开始的 1 日", unit="ms", runs=frames[3], bar=6),
    ]


def _measure() -> tuple[tuple[float, ...], ...]:
    from PySide6.QtCore import QEvent, QObject

    from terminal.widgets.basis.chart import BasisChart, Span
    from terminal.widgets.basis.curve import FINE
    from terminal.widgets.parts.rows import Tone

    class Painted(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
            self.count += event.type() is QEvent.Type.Paint
            return False

    application, look = dressed_application()
    values = np.round(np.cumsum(np.sin(np.arange(POINTS) * 1.7) + np.cos(np.arange(POINTS) / 90_000) / 50))
    track, steps = _course(values)
    chart = BasisChart(look)
    chart.resize(*SIZE)
    chart.show()
    chart.follow(Span.ALL)
    chart.show_track(track)
    painted = Painted()
    chart.paints.installEventFilter(painted)
    application.processEvents()
    level = int(values[-1])

    def frames(count: int) -> list[float]:
        taken = []
        for one in range(count):
            seen = painted.count
            begins = int(steps.instants(np.array([track.count - (one % PER_STEP > 0)]))[0])
            at, value = begins + one % PER_STEP * BASIS_STEP_NS // PER_STEP, one % 7
            began = time.perf_counter()
            track.take([_sample(at, track.days[-1][0], level + value)])
            chart.show_track(track)
            chart.show_tag(str(value), Tone.UP)
            while painted.count == seen:
                application.processEvents()
            taken.append((time.perf_counter() - began) * 1000)
        return taken

    gc.collect()
    gc.freeze()
    frames(WARM)
    whole = [frames(FRAMES) for _ in range(RUNS)]
    chart.follow(Span.DAY)
    frames(WARM)
    if chart.shown[0] <= 0:
        raise InvariantError("the day was meant to be a part of the curve")
    day = [frames(FRAMES) for _ in range(RUNS)]
    track, steps = _course(values[:BEGUN])
    level = int(values[BEGUN - 1])
    frames(WARM)
    if track.count - chart.shown[0] > FINE:
        raise InvariantError("the day was meant to have just begun")
    begun = [frames(FRAMES) for _ in range(RUNS)]
    told = ((whole, 0.5), (whole, 0.99), (day, 0.5), (begun, 0.5))
    return tuple(tuple(percentile(run, rank) for run in runs) for runs, rank in told)


def _course(values: np.ndarray) -> tuple[Track, TradingSteps]:
    from terminal.widgets.basis.tracks import Track
    from terminal.widgets.basis.trading_steps import Hours, TradingSteps

    hours = Hours(load_calendar(), SESSION)
    steps = TradingSteps(hours, BEGIN)
    steps.numbers(np.array([END]))  # so that it knows the days of all these samples
    track = Track(hours, CAPACITY)
    track.take_history(_history(values, steps.instants(np.arange(len(values)))))
    if track.count != len(values):
        raise InvariantError("every point was meant to be a step of trading time")
    return track, steps


def _history(values: np.ndarray, at: np.ndarray) -> BasisHistory:
    spot = np.full(len(values), float(SPOT_PRICE))
    return BasisHistory(
        product=PRODUCT,
        before=int(at[-1]) + 1,
        at=tuple(at.tolist()),
        spot=tuple(spot.tolist()),
        future=tuple((spot - values).tolist()),
    )


def _sample(at: int, trading_day: int, value: int) -> Basis:
    return Basis(
        product=PRODUCT,
        trading_day=trading_day,
        at=at,
        spot=SPOT,
        spot_price=Decimal(SPOT_PRICE),
        spot_at=at,
        spot_until=at + SECOND_NS,
        future=FUTURE,
        future_price=Decimal(SPOT_PRICE - value),
        future_at=at,
        future_until=at + SECOND_NS,
    )
