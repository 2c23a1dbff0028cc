"""Every kind of strategy over the recordings, cut to days that suit it: it runs through, and every figure holds."""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from terminal.backtest.page import page
from terminal.backtest.report import StrategyReport, encode
from terminal.backtest.run import Ran, backtest
from terminal.domain.orders.order import Side
from terminal.runner.replay import replay
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.e2e import own_market as own
from tests.e2e.acceptance import PLANS
from tests.e2e.recorded import SECOND
from tests.e2e.recorded import instant as instant_of
from tests.own_rule import DOUBLE_MA

APPLES: Final = """
[[instrument]]
id = "CZCE.AP101"
broker_margin_add = "0.02"
fees.close_today = { by_lot = 20 }

[[strategy]]
id = "grid"
kind = "grid"
account = "A"
instrument = "CZCE.AP010"
side = "SELL"
anchor = 7090
step = 5
lines = 8
lots_per_line = 1
lower = 7050
upper = 7190
stop = 7200

[[strategy]]
id = "calendar"
kind = "spread"
account = "A"
buy_at = 150
sell_at = 153
hedge_flag = "ARBITRAGE"
legs = [
    { instrument = "CZCE.AP101", coefficient = 1, lots = 1, active = true },
    { instrument = "CZCE.AP010", coefficient = -1, lots = -1 },
]

[[strategy]]
id = "roll"
kind = "roll"
account = "A"
near = "CZCE.AP010"
far = "CZCE.AP101"
side = "BUY"
lots = 6
batch_lots = 3
hedge_flag = "HEDGE"
timings = [{ type = "slices", first_day = 20200803, slices = 1 }]

[[command]]
do = "submit"
at = "2020-08-03 09:00:30"
by = "trader"
account = "A"
instrument = "CZCE.AP010"
side = "BUY"
offset = "OPEN"
lots = 6
price = 7170
hedge_flag = "HEDGE"
"""


REBAR: Final = """
seed = 20231009
tenant = "DEMO"
about = "螺纹"

[limits]
position_lots = 400
day_loss_yuan = 400_000

[[account]]
id = "A"
name = "账户"
cash = 20_000_000

[account.limits]
hedge_bounds = [{ group = "螺纹", physical_tonnes = 500, weights = { "SHFE.rb" = 10 } }]

[[person]]
id = "trader"
name = "交易员"
roles = { A = ["trader"] }

[[instrument]]
id = "SHFE.rb2401"
broker_margin_add = "0.02"
fees.close_today = { by_value = "0.0001" }
"""

# Five hundred tonnes in the yard; by hand ten lots are sold beside it, and bought back after the holiday.
KEPT: Final = """
[[strategy]]
id = "keep"
kind = "target"
account = "A"
instrument = "SHFE.rb2401"
group = "螺纹"
mode = "EXECUTE"
most_lots = 60
batch_lots = 4
chase_seconds = 120
pause_seconds = 120
hedge_flag = "SPECULATION"
source = { type = "fixed", low = 50, high = 62 }

[[command]]
do = "submit"
at = "2023-09-28 14:51:00"
by = "trader"
account = "A"
instrument = "SHFE.rb2401"
side = "SELL"
offset = "OPEN"
lots = 10
price = 3695

[[command]]
do = "submit"
at = "2023-10-09 09:31:00"
by = "trader"
account = "A"
instrument = "SHFE.rb2401"
side = "BUY"
offset = "CLOSE"
lots = 10
price = 3668
"""

RULED: Final = """
[[strategy]]
id = "ma"
kind = "own"
account = "A"
code = "double_ma.py"
instrument = "SHFE.rb2401"
max_lots = 4
chase_seconds = 120
numbers = { fast = 3, slow = 8, lots = 4 }
"""


class Story(NamedTuple):
    """Name recorded files, the plan, and the stretches of time that are played (Shanghai, text order)."""

    files: str
    plan: str
    kinds: frozenset[str]
    stretches: tuple[tuple[str, str], ...]


ALL: Final = frozenset({"grid", "spread", "roll"})
GRID: Final = frozenset({"grid"})
EXECUTION: Final = frozenset({"execution"})
TARGET: Final = frozenset({"target"})
OWN: Final = frozenset({"own"})


def mornings(month: str, *days: int) -> tuple[tuple[str, str], ...]:
    """Return the first part of the morning of some days."""
    return tuple((f"{month}-{day} 09:00:00", f"{month}-{day} 10:14:00") for day in days)


RUBBER: Final = (("14:55:00", "15:00:01"), ("21:00:00", "21:05:00"))
HOLIDAY: Final = (("2023-09-28 14:30:00", "2023-09-28 15:00:00"), ("2023-10-09 09:00:00", "2023-10-09 10:15:00"))
MORNING: Final = (("2023-10-09 09:00:00", "2023-10-09 10:50:00"),)
STORIES: Final = {
    "rb2010 to rb2101": Story("spread_1min/RB.csv.gz", "rb_minutes", ALL, mornings("2020-08", 18, 19)),
    "a grid on rb2010 less rb2101": Story(
        "spread_1min/RB.csv.gz", "rb_spread_grid", frozenset({"spread"}), mornings("2020-08", 24, 25)
    ),
    "i2101 and i2105": Story("spread_1min/Iron.csv.gz", "i_minutes", ALL, mornings("2020-08", 24, 25)),
    "m2101 and m2105": Story("spread_1min/BeanMeal.csv.gz", "m_minutes", ALL, mornings("2020-08", 12, 13)),
    "TA101 and TA105": Story("spread_1min/PTA.csv.gz", "ta_minutes", ALL, mornings("2020-08", 27, 28)),
    "rb2401 over the holiday": Story("bar_1min/SHFE.rb2401_1min_ctpbee.csv.gz", "rb_holiday", GRID, HOLIDAY),
    "executions of rb2401": Story("bar_1min/SHFE.rb2401_1min_ctpbee.csv.gz", "rb_execution", EXECUTION, MORNING),
    "a target of rb2401 over the holiday": Story("bar_1min/SHFE.rb2401_1min_ctpbee.csv.gz", "keep", TARGET, HOLIDAY),
    "a rule of one's own on rb2401": Story("bar_1min/SHFE.rb2401_1min_ctpbee.csv.gz", "ma", OWN, HOLIDAY),
    "ticks of AP010 and AP101": Story("tick/ctp_full/AP*_20200803.csv.gz", "", ALL, (("09:00:00", "09:15:00"),)),
    "ticks of ru1901 into the night": Story("tick/ctp_full/ru1901_20181008.csv.gz", "ru_night", GRID, RUBBER),
}


class Played(NamedTuple):
    """Hold what a story was played with, and what came of it."""

    story: Story
    tapes: list[Path]
    plan: Path
    ran: Ran


def cut(file: Path, story: Story, folder: Path) -> Path:
    """Write the rows of a file that lie in the stretches of a story."""
    with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as text:
        header, *rows = csv.reader(text)
    place = next(header.index(name) for name in ("Time", "datetime", "UpdateTime") if name in header)
    kept = [row for row in rows if any(first <= row[place] <= last for first, last in story.stretches)]
    path = folder / file.name.removesuffix(".gz")
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *kept])
    return path


def planned(story: Story, folder: Path) -> Path:
    """Return a plan that ships, or one written for the story."""
    path = folder / "plan.toml"
    if not story.plan:
        return own.write_plan(path, own.APPLE, APPLES)
    if story.plan not in {"keep", "ma"}:
        return PLANS / f"{story.plan}.toml"
    (folder / "double_ma.py").write_text(DOUBLE_MA, encoding="utf-8")
    path.write_text(REBAR + (KEPT if story.plan == "keep" else RULED), encoding="utf-8")
    return path


def run(tape: list[Path], plan: Path) -> Ran:
    reference = tapes.reference()
    return backtest(tape, plan=read_plan(plan, reference), reference=reference)


@pytest.fixture(scope="module", params=STORIES)
def played(request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    story = STORIES[request.param]
    folder = tmp_path_factory.mktemp("recorded")
    files = sorted(shared_data.glob(story.files))
    assert files, story.files
    tape = [cut(file, story, folder) for file in files]
    plan = planned(story, folder)
    return Played(story, tape, plan, run(tape, plan))


def strategies(played: Played) -> dict[str, StrategyReport]:
    return {one.kind: one for one in played.ran.report.strategies if one.kind != "manual"}


def test_every_strategy_trades_and_no_invariant_breaks(played: Played) -> None:
    report, found = played.ran.report, strategies(played)
    assert report.violations == ()
    assert report.checks == len(report.total.days)
    assert found.keys() == played.story.kinds
    for one in found.values():
        assert one.status in {"RUNNING", "FINISHED"}, (one.strategy, one.status, one.reason)
        assert one.activity.fills > 1, one.strategy
    if "roll" in found:
        assert found["roll"].status == "FINISHED"
        assert found["roll"].roll is not None
    if "spread" in found:
        naked = found["spread"].naked
        assert naked is not None
        assert naked.most_lots > 0
        assert sum(map(abs, found["spread"].open_lots.values())) % 2 == 0, "it ends in balance"


def told(played: Played) -> dict[tuple[str, int], tuple[Decimal, Decimal, int]]:
    """Read the bars anew: by contract and end the lowest and highest a fill may pay, and the lots all may take."""
    found: dict[tuple[str, int], tuple[Decimal, Decimal, int]] = {}
    (tape,) = played.tapes
    before: dict[str, Decimal] = {}
    with tape.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            if "datetime" in row:
                prices = [Decimal(row["low_price"]), Decimal(row["high_price"])]
                end, lots = instant_of(row["datetime"]), int(Decimal(row["volume"])) // 10
                found["SHFE.rb2401", end] = prices[0], prices[1], lots
                continue
            names = row["Contract_Name"].split("-")
            for name, column in zip(names, ("Main_Contract_Price", "Sub_Contract_Price"), strict=True):
                last = Decimal(row[column])
                low, high = sorted((last, before.get(name, last)))
                before[name] = last
                found[name.lower(), instant_of(row["Time"]) + 60 * SECOND] = low, high, 10
    return found


@pytest.mark.parametrize("played", [name for name in STORIES if "ticks" not in name], indirect=True)
def test_every_fill_is_one_that_the_recording_allows(played: Played) -> None:
    bars, taken = told(played), Counter[tuple[str, int]]()
    assert played.ran.fills
    for fill in played.ran.fills:
        name = fill.instrument if fill.instrument == "SHFE.rb2401" else fill.instrument.partition(".")[2].lower()
        low, high, lots = bars[name, fill.at_ns]
        tick = tapes.reference().instrument(fill.instrument, fill.trading_day).tick
        # Beyond the best price of the bar, never beyond the worst by more than a tick.
        assert low < fill.price <= high + tick if fill.side is Side.BUY else low - tick <= fill.price < high, fill
        taken[name, fill.at_ns] += fill.lots
        assert taken[name, fill.at_ns] <= lots, fill


def test_the_report_can_be_read(played: Played) -> None:
    report = played.ran.report
    text = page(report).decode()
    assert all(one.strategy is None or one.strategy in text for one in report.strategies)
    assert "全部成立" in text
    assert ("行情是 K 线" in text) is report.market.bars
    assert json.loads(encode(report))["violations"] == []


def test_a_second_backtest_is_the_same_bytes(played: Played) -> None:
    again = run(played.tapes, played.plan)
    assert encode(again.report) == encode(played.ran.report)
    assert page(again.report) == page(played.ran.report)
    assert again.fills == played.ran.fills


def test_a_replay_of_the_same_tape_sends_the_same_orders(played: Played, tmp_path: Path) -> None:
    summary = asyncio.run(
        replay(
            tapes=played.tapes,
            plan=read_plan(played.plan, tapes.reference()),
            reference=tapes.reference(),
            data=tmp_path,
            trades=None,
            exchange=None,
        )
    )
    source, activity = played.ran.report.source, played.ran.report.total.activity
    # The head of the journal is over every record: each order with its terms and its time, each fill, each settlement.
    assert (summary["journal_head"], summary["state_hash"]) == (source.journal_head, source.state_hash)
    assert (summary["orders"], summary["fills"]) == (activity.orders, activity.fills)
    assert summary["unknown_orders"] == 0


@pytest.mark.parametrize("played", [name for name in STORIES if "target" in name], indirect=True)
def test_a_target_comes_to_the_edge_of_its_band_and_counts_what_is_traded_by_hand(played: Played) -> None:
    found = strategies(played)["target"].ratio
    assert found is not None
    shares = [int(point.ratio) for point in found.points]
    # Four lots of fifty at a time up to the edge; ten more by hand, and back to the other edge; ten less, and up again.
    assert shares == [0, 8, 16, 24, 32, 40, 48, 50, 70, 62, 42, 50]
    assert {(point.low, point.high) for point in found.points} == {(50, 62)}
