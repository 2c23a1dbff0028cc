"""Time backtests on seeded walks: ticks each half second, one to a batch, by family of strategies.

The walk is the one other backtesters are measured on: steps of −1, 0 or +1 drawn from seed 43, nine lots on either side
one tick away. A grid of two hundred lines, five ticks apart, trades on it all the time. A spread and a roll have a
second contract beside it, which follows the first at a distance that wavers, one tick in two. A strategy of a person's
own crosses two averages of prices, seen once a minute, and does the same on minute bars (`minute_bars`). What is timed
is all of it: matching, engine, gate, journal, settlement, report; only the drawing of the series and the reading
of the plan are not. How many batches nobody had to look at is told with each figure: it decides the speed. The recorded
whole market, with the twelve strategies of its plan, stands beside them where the recording is there; it has no bar.
"""

from __future__ import annotations

import gc
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from terminal.backtest.run import play
from terminal.commands.benches.figure import Figure
from terminal.commands.benches.minute_bars import minute_bars
from terminal.commands.benches.places import plan, whole_market
from terminal.domain.days.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import WIDTH, Column, DayFacts, Recording, Valid
from terminal.gateways.replay.open import read_recording
from terminal.shell.opening import resolver
from terminal.shell.plans.plan import read_plan
from terminal.store.reference import load_reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from terminal.backtest.run import Ran
    from terminal.domain.products.instrument import Reference

REPEATS: Final = 3
TICKS: Final = 1_000_000
FIRST_DAY, LAST_DAY = 20260105, 20261231
CONTRACT: Final = InstrumentId("SHFE.rb2605")
BESIDE: Final = InstrumentId("SHFE.rb2610")
HALF_SECOND: Final = 500_000_000
SESSIONS: Final = (((9, 0), (10, 15)), ((10, 30), (11, 30)), ((13, 30), (15, 0)))
SEED: Final = 43
HEAD: Final = """
seed = 43
tenant = "BENCH"

[[account]]
id = "A"
cash = 1_000_000_000
limits = { position_lots = 1000, day_loss_yuan = 100_000_000, confirm_value_yuan = 100_000_000 }

[[person]]
id = "trader"
roles = { A = ["trader"] }
"""
INSTRUMENT: Final = """
[[instrument]]
id = "{name}"
margin_rate = "0.1"
broker_margin_add = "0"
max_lots = 500
fees.open = {{ by_value = "0.0001" }}
fees.close = {{ by_value = "0.0001" }}
fees.close_today = {{ by_value = "0.0001" }}
"""
GRID: Final = f"""
[[strategy]]
id = "grid"
kind = "grid"
account = "A"
instrument = "{CONTRACT}"
side = "BUY"
anchor = 4600
step = 5
lines = 200
lots_per_line = 1
lower = 3500
upper = 4700
stop = 3400
"""
SPREAD: Final = f"""
[[strategy]]
id = "spread"
kind = "spread"
account = "A"
buy_at = 30
sell_at = 70
sets = 1
max_sets = 5
naked_lots = 2
legs = [
    {{ instrument = "{CONTRACT}", coefficient = 1, lots = 1, active = true }},
    {{ instrument = "{BESIDE}", coefficient = -1, lots = -1 }},
]
"""
ROLL: Final = f"""
[[strategy]]
id = "roll"
kind = "roll"
account = "A"
near = "{CONTRACT}"
far = "{BESIDE}"
side = "BUY"
lots = 10
batch_lots = 5
timings = [{{ type = "days_to_expiry", days = 3 }}]
"""
OWN: Final = f"""
[[strategy]]
id = "own"
kind = "own"
account = "A"
code = "double_ma.py"
instrument = "{CONTRACT}"
max_lots = 1
"""
OF_BARS: Final = InstrumentId("SHFE.rb2612")
BARS: Final = 20_000
OWN_ON_BARS: Final = f"{OWN.replace(CONTRACT, OF_BARS)}chase_seconds = 120\n"
DOUBLE_MA: Final = """
from terminal.strategies.own.code import Aim
TITLE = "double MA 10/20"
WINDOW = 20

def aim(numbers, seen):
    if len(seen.prices) < 20:
        return None
    apart = sum(seen.prices[-10:]) / 10 - sum(seen.prices) / 20
    return Aim(1 if apart > 0 else -1, "above" if apart > 0 else "below") if apart else None
"""


def measure() -> list[Figure]:
    """Return ticks a second through the whole engine by family of strategies, and the bytes of a tick in memory."""
    reference = load_reference()
    alone, two = walk(TICKS, reference), pair(TICKS, reference)
    figures = [
        _figure("backtest_ticks", "200 条线的网格", alone, GRID, reference, bar=300_000),
        _figure("backtest_spread", "两个合约的价差", two, SPREAD, reference),
        _figure("backtest_roll", "等日子的移仓", two, ROLL, reference),
        _figure("backtest_own", "每分钟看一眼的自编双均线 10/20", alone, OWN, reference),
        _bars(reference),
        Figure(name="backtest_bytes", what="行情在内存里，每笔", unit="字节", runs=(alone.nbytes / TICKS,), bar=64),
    ]
    tape = whole_market()
    if tape is not None:
        example = plan("whole_market.toml")
        listing = read_plan(example, reference).listing
        recording = read_recording([tape], instruments=resolver(listing), calendar=reference.calendar)
        speeds, ran = _speeds(recording, example, reference)
        what = f"whole_market 录制 {len(recording.slots)} 笔 {len(recording)} 批，{_told(ran, recording)}"
        figures.append(Figure(name="backtest_market", what=what, unit="笔/秒", runs=speeds, less_is_better=False))
    return figures


def _bars(reference: Reference) -> Figure:
    # The series' first so many: no contract lives for the years that all of it would take.
    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
        path = _plan(Path(folder), (OF_BARS,), OWN_ON_BARS)
        resolve = resolver(read_plan(path, reference).listing)
        market = minute_bars(BARS, (FIRST_DAY, LAST_DAY), OF_BARS, resolve, reference.calendar)
        speeds, ran = _speeds(market, path, reference)
    told = f"种子分钟线 {len(market.slots)} 根，自编双均线 10/20，{_told(ran, market)}"
    return Figure(name="backtest_bars", what=told, unit="根/秒", runs=speeds, bar=250_000, less_is_better=False)


def _plan(folder: Path, universe: Sequence[InstrumentId], strategy: str) -> Path:
    parts = [HEAD, *(INSTRUMENT.format(name=one) for one in universe), strategy]
    path = folder / "plan.toml"
    path.write_text("".join(parts), encoding="utf-8")
    path.with_name("double_ma.py").write_text(DOUBLE_MA, encoding="utf-8")
    return path


def _figure(
    name: str, what: str, market: Recording, strategy: str, reference: Reference, bar: float | None = None
) -> Figure:
    with tempfile.TemporaryDirectory(prefix="hengduo-bench-") as folder:
        speeds, ran = _speeds(market, _plan(Path(folder), market.universe, strategy), reference)
    told = f"种子行情 {len(market.slots)} 笔，{what}，{_told(ran, market)}"
    return Figure(name=name, what=told, unit="笔/秒", runs=speeds, bar=bar, less_is_better=False)


def _told(ran: Ran, market: Recording) -> str:
    return f"成交 {ran.report.total.activity.fills} 笔，不必看的批次 {ran.passed / len(market):.1%}，引擎全程"


def _speeds(market: Recording, path: Path, reference: Reference) -> tuple[tuple[float, ...], Ran]:
    # Ticks a second of each run, and the last of them, which are all the same.
    speeds: list[float] = []
    while True:
        read = read_plan(path, reference)  # its script keeps its place: one run each
        gc.collect()
        began = time.perf_counter()
        ran = play(market, plan=read, reference=reference)
        speeds.append(len(market.slots) / (time.perf_counter() - began))
        if len(speeds) == REPEATS:
            return tuple(speeds), ran


def pair(count: int, reference: Reference) -> Recording:
    """Return so many ticks of two contracts in turn: the walk, and one that stands some fifty ticks below it."""
    one = walk(count, reference)
    random, turn = np.random.default_rng(SEED + 1), np.arange(count) % 2
    # A distance that is drawn back to its middle: 0.999 of it stays from tick to tick.
    distance, now = np.empty(count), 0.0
    for place, step in enumerate(random.normal(0, 0.6, count).tolist()):
        now = now * 0.999 + step
        distance[place] = now
    rows = one.rows
    below = np.where(turn == 1, 50 + np.round(distance).astype(np.int64), 0)
    for column in (Column.BID, Column.ASK, Column.LAST):
        rows[:, column] -= below
    facts = [fact for index, said in one.day_facts for fact in ((index, said), (index, _beside(said)))]
    return Recording(
        name=one.name,
        universe=(CONTRACT, BESIDE),
        slots=turn,
        rows=rows,
        ends=np.arange(1, count + 1),
        at=one.at,
        day_facts=tuple(facts),
        quarantined={},
        absent={},
    )


def _beside(said: DayFacts) -> DayFacts:
    return msgspec.structs.replace(said, instrument=BESIDE)


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
