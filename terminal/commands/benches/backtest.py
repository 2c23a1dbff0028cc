"""Time a backtest of one contract on a seeded walk: ticks each half second, one to a batch, a grid of a hundred lines.

The walk is the one other backtesters are measured on: steps of −1, 0 or +1 drawn from seed 43, nine lots on either side
one tick away. What is timed is all of it: matching, engine, gate, journal, settlement, report; only the drawing of the
series and the reading of the plan are not. Bars have no figure: no adapter takes them yet. The recorded whole market,
with the twelve strategies of its plan, stands beside it where the recording is there; it has no bar.
"""

from __future__ import annotations

import gc
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.backtest.run import play
from terminal.commands.benches.figure import Figure
from terminal.commands.benches.places import plan, whole_market
from terminal.domain.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import WIDTH, Column, DayFacts, Recording, Valid
from terminal.gateways.replay.open import read_recording
from terminal.shell.opening import resolver
from terminal.shell.plans.plan import read_plan
from terminal.store.reference import load_reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from terminal.domain.instrument import Reference

REPEATS: Final = 3
TICKS: Final = 54_000
FIRST_DAY, LAST_DAY = 20260105, 20261231
CONTRACT: Final = InstrumentId("SHFE.rb2605")
HALF_SECOND: Final = 500_000_000
SESSIONS: Final = (((9, 0), (10, 15)), ((10, 30), (11, 30)), ((13, 30), (15, 0)))
SEED: Final = 43
PLAN: Final = f"""
seed = 43
tenant = "BENCH"

[[account]]
id = "A"
cash = 1_000_000_000
limits = {{ position_lots = 1000, day_loss_yuan = 100_000_000 }}

[[person]]
id = "trader"
roles = {{ A = ["trader"] }}

[[instrument]]
id = "{CONTRACT}"
margin_rate = "0.1"
broker_margin_add = "0"
max_lots = 500
fees.open = {{ by_value = "0.0001" }}
fees.close = {{ by_value = "0.0001" }}
fees.close_today = {{ by_value = "0.0001" }}

[[strategy]]
id = "grid"
kind = "grid"
account = "A"
instrument = "{CONTRACT}"
side = "BUY"
anchor = 4500
step = 5
lines = 100
lots_per_line = 1
lower = 3500
upper = 4600
stop = 3400
"""


def measure() -> list[Figure]:
    """Return ticks a second through the whole engine, and the bytes of a tick in memory."""
    reference = load_reference()
    market = walk(TICKS, reference)
    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
        path = Path(folder) / "plan.toml"
        path.write_text(PLAN, encoding="utf-8")
        speeds, fills = _speeds(market, path, reference)
    held = sum(column.nbytes for column in (market.rows, market.slots, market.ends, market.at)) / TICKS
    what = f"种子行情一个合约 {TICKS} 笔，100 条线的网格，成交 {fills} 笔，引擎全程"
    figures = [
        Figure(name="backtest_ticks", what=what, unit="笔/秒", runs=speeds, bar=300_000, less_is_better=False),
        Figure(name="backtest_bytes", what="行情在内存里，每笔", unit="字节", runs=(held,), bar=64),
    ]
    tape = whole_market()
    if tape is not None:
        example = plan("whole_market.toml")
        listing = read_plan(example, reference).listing
        recording = read_recording([tape], instruments=resolver(listing), calendar=reference.calendar)
        speeds, fills = _speeds(recording, example, reference)
        what = f"whole_market 录制 {len(recording.rows)} 笔 {len(recording)} 批，成交 {fills} 笔，引擎全程"
        figures.append(Figure(name="backtest_market", what=what, unit="笔/秒", runs=speeds, less_is_better=False))
    return figures


def _speeds(market: Recording, path: Path, reference: Reference) -> tuple[tuple[float, ...], int]:
    # Ticks a second of each run, and the fills, which are the same each time.
    speeds, fills = [], 0
    for _ in range(REPEATS):
        read = read_plan(path, reference)  # its script keeps its place: one run each
        gc.collect()
        began = time.perf_counter()
        ran = play(market, plan=read, reference=reference)
        speeds.append(len(market.rows) / (time.perf_counter() - began))
        fills = ran.report.total.activity.fills
    return tuple(speeds), fills


def walk(count: int, reference: Reference) -> Recording:
    """Return so many ticks of the seeded walk in day sessions, one to a batch, with each day's facts."""
    prices = 4000 + np.cumsum(np.random.default_rng(SEED).integers(-1, 2, count))
    stamps, days = _stamps(count, reference)
    rows = np.zeros((count, WIDTH), dtype=np.int64)
    rows[:, Column.BID], rows[:, Column.ASK], rows[:, Column.LAST] = prices - 1, prices + 1, prices
    rows[:, Column.BID_LOTS] = rows[:, Column.ASK_LOTS] = 9
    begins = np.flatnonzero(np.diff(days, prepend=0))
    rows[:, Column.VOLUME] = np.arange(count) - np.repeat(begins, np.diff(begins, append=count))
    rows[:, Column.MASK] = int(Valid.BID | Valid.ASK | Valid.LAST | Valid.VOLUME)
    rows[:, Column.EXCHANGE_AT] = stamps
    return Recording(
        name="种子行情",
        universe=(CONTRACT,),
        slots=np.zeros(count, dtype=np.int64),
        rows=rows,
        ends=np.arange(1, count + 1),
        at=stamps,
        day_facts=tuple((int(place), _said(int(days[place]), int(prices[place]))) for place in begins),
        quarantined={},
        absent={},
    )


def _said(day: int, price: int) -> DayFacts:
    # Limits a tenth away, as rebar's are about.
    return DayFacts(
        instrument=CONTRACT,
        trading_day=day,
        pre_settlement=price,
        upper_limit=price * 11 // 10,
        lower_limit=price * 9 // 10,
    )


def _stamps(count: int, reference: Reference) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    stamps: list[NDArray[np.int64]] = []
    days: list[NDArray[np.int64]] = []
    for day in reference.calendar.trading_days(FIRST_DAY, LAST_DAY):
        if sum(map(len, stamps)) >= count:
            break
        for begins, ends in SESSIONS:
            stamps.append(np.arange(instant(day, *begins), instant(day, *ends), HALF_SECOND, dtype=np.int64))
            days.append(np.full(len(stamps[-1]), day, dtype=np.int64))
    return np.concatenate(stamps)[:count], np.concatenate(days)[:count]
