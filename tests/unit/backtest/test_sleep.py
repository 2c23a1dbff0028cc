"""Hold backtests that pass over what cannot matter against the same ones that look at every batch."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from random import Random

import numpy as np
import pytest

from terminal.backtest import sleep
from terminal.backtest.report import encode
from terminal.backtest.run import Ran, play
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.facts import AlertRaised, ExerciseExpected, OrderRecorded, Reconciled, StrategyMarked
from terminal.domain.fact.marks import ExitReached, Finished
from terminal.domain.fact.spot_marks import SpotDue, SpotOverdue
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.market import WIDTH, Column, DayFacts, Recording, Valid
from terminal.engine.records.journal import Record
from terminal.gateways.replay.open import read_recording
from terminal.shell.opening import resolver
from terminal.shell.plans.plan import read_plan
from tests import bar_tapes, tapes
from tests.grid_text import grid_text
from tests.random_plan import (
    CONTRACT,
    CROSSING,
    HEAD,
    SEEDS,
    alarm,
    carries_of,
    grid,
    ladders_of,
    order,
    own,
    plan_of,
    spread,
)
from tests.random_tape import FAR, NEAR, START, RandomTape
from tests.two_contracts import pair_of, spread_of


def both(recording: Recording, path: Path) -> tuple[Ran, Ran]:
    def ran(*, sleeping: bool) -> Ran:
        plan = read_plan(path, tapes.reference())  # its script keeps its place: one run each
        return play(recording, plan=plan, reference=tapes.reference(), sleeping=sleeping)

    return ran(sleeping=False), ran(sleeping=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_who_sleeps_misses_nothing(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)  # every chance to sleep is taken
    recording = RandomTape(seed).recording()
    path = tmp_path / "plan.toml"
    path.write_text(plan_of(seed) if seed != 17 else ladders_of(seed), encoding="utf-8")
    awake, asleep = both(recording, path)
    for before, after in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        assert before.record == after.record
    assert encode(asleep.report) == encode(awake.report)
    assert asleep.fills == awake.fills
    assert awake.passed == 0


@pytest.mark.parametrize("seed", [3, 9])
def test_samples_wake_only_who_wants_something_for_them(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)
    path = tmp_path / "plan.toml"
    path.write_text(plan_of(seed) + own(Random(seed)), encoding="utf-8")
    path.with_name("crossing.py").write_text(CROSSING, encoding="utf-8")
    awake, asleep = both(RandomTape(seed).recording(), path)
    assert told(asleep) == told(awake)
    assert encode(asleep.report) == encode(awake.report)
    assert any(isinstance(one.fact, OrderRecorded) and one.fact.cause.strategy == "own" for one in told(asleep))


@pytest.mark.parametrize("seed", [1, 8, 34])
def test_a_spread_at_its_own_exit_ends_as_early_for_who_sleeps(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)
    path = bare(tmp_path)
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{spread(Random(seed))}", encoding="utf-8")
    awake, asleep = both(RandomTape(seed).recording(), path)
    assert told(asleep) == told(awake)
    marks = [one.fact.mark for one in told(asleep) if isinstance(one.fact, StrategyMarked)]
    assert any(isinstance(one, ExitReached) for one in marks)
    assert isinstance(marks[-1], Finished)


@pytest.mark.parametrize("seed", [9, 25])
def test_bars_are_passed_over_like_quotes(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)
    random = Random(seed)
    recording = bars(random, tmp_path)
    path = bare(tmp_path)
    parts = (own(random), spread(random), alarm(random), order(random), order(random))
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(parts), encoding="utf-8")
    path.with_name("crossing.py").write_text(CROSSING.replace("SECONDS = 5", "SECONDS = 60"), encoding="utf-8")
    awake, asleep = both(recording, path)
    assert told(asleep) == told(awake)
    assert encode(asleep.report) == encode(awake.report)
    assert asleep.passed > 0
    assert asleep.fills


def bars(random: Random, folder: Path) -> Recording:
    paths = [
        bar_tapes.tqsdk(folder / f"{name}_1min.csv", bar_tapes.drawn(random, (20260105, 20260106), START))
        for name in (NEAR, FAR)
    ]
    listing = read_plan(bare(folder), tapes.reference()).listing
    return read_recording(paths, instruments=resolver(listing), calendar=tapes.reference().calendar)


def bare(folder: Path) -> Path:
    path = folder / "bare.toml"
    head = HEAD.format(seed=1, cash=1_000_000, position=1000, loss=1_000_000)
    path.write_text("\n".join([head, *(CONTRACT.format(name=name) for name in (NEAR, FAR))]), encoding="utf-8")
    return path


def told(ran: Ran) -> list[Record]:
    return [one.record for one in ran.journal.replay() if isinstance(one.record, Record)]


@pytest.mark.parametrize("seed", [3, 22, 28])
def test_who_stands_against_spot_and_sleeps_misses_nothing(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)
    path = tmp_path / "plan.toml"
    path.write_text(carries_of(seed), encoding="utf-8")
    awake, asleep = both(RandomTape(seed).recording(), path)
    assert told(asleep) == told(awake)
    assert encode(asleep.report) == encode(awake.report)
    assert asleep.passed > 0
    marks = {type(one.fact.mark) for one in told(asleep) if isinstance(one.fact, StrategyMarked)}
    assert marks >= {SpotDue, SpotOverdue}


def test_who_dozes_is_woken_by_what_the_sleep_passed_over(tmp_path: Path) -> None:
    # One leg leaves what the strategy declared when it fell asleep within a stretch that is passed over, and the price
    # is reached by the other leg alone: it is asked.
    recording = pair_of(74)
    path = tmp_path / "plan.toml"
    path.write_text(spread_of(74, recording.universe), encoding="utf-8")
    awake, asleep = both(recording, path)
    assert asleep.passed
    assert asleep.fills == awake.fills
    assert encode(asleep.report) == encode(awake.report)


@pytest.mark.parametrize(("strategy", "least"), [("grid", 0.8), ("spread", 0.2)])
def test_a_strategy_sleeps_where_nothing_is_near(strategy: str, least: float, tmp_path: Path) -> None:
    recording = RandomTape(40).recording()
    head = HEAD.format(seed=1, cash=10_000_000, position=1000, loss=1_000_000)
    one = grid(Random(5), 0) if strategy == "grid" else spread(Random(6))
    path = tmp_path / "plan.toml"
    path.write_text("\n".join([head, *(CONTRACT.format(name=name) for name in (NEAR, FAR)), one]), encoding="utf-8")
    _, asleep = both(recording, path)
    assert asleep.report.total.activity.orders > 0
    assert asleep.passed / len(recording) > least


def test_questions_with_known_answers_wake_nobody(tmp_path: Path) -> None:
    recording = RandomTape(40).recording()
    head = HEAD.format(seed=1, cash=10_000_000, position=1000, loss=1_000_000)
    second = '[[account]]\nid = "B"\ncash = 1_000_000\n'
    traded = "\n".join(order(Random(number)) for number in range(3))
    contracts = [CONTRACT.format(name=name) for name in (NEAR, FAR)]
    path = tmp_path / "plan.toml"
    path.write_text("\n".join([head, second, *contracts, traded]), encoding="utf-8")
    awake, asleep = both(recording, path)
    assert told(asleep) == told(awake)
    # Questions are numbered, and the last agreement that was stated tells how many there have been.
    asked = {one.fact.account: one.fact.query for one in told(asleep) if isinstance(one.fact, Reconciled)}
    assert asked.keys() == {AccountId("A"), AccountId("B")}
    assert min(asked.values()) > len(recording) - asleep.passed


RESTED = """
[[strategy]]
id = "x"
kind = "execution"
account = "A"
instrument = "{name}"
side = "BUY"
style = "ICEBERG"
shown_lots = 1
total_lots = 100
limit = 3050
offset = "OPEN"
begins_at = "2026-01-05 09:01:00"
ends_at = "2026-01-05 14:59:00"

[[command]]
do = "{does}"
at = "2026-01-05 09:02:00"
by = "trader"
strategy = "x"
"""


@pytest.mark.parametrize("does", ["pause", "stop"])
def test_the_markets_average_is_the_same_when_an_execution_rests(does: str, tmp_path: Path) -> None:
    head = HEAD.format(seed=1, cash=10_000_000, position=1000, loss=1_000_000)
    contracts = (CONTRACT.format(name=name) for name in (NEAR, FAR))
    path = tmp_path / "plan.toml"
    path.write_text("\n".join([head, *contracts, RESTED.format(name=NEAR, does=does)]), encoding="utf-8")
    awake, asleep = both(RandomTape(40).recording(), path)
    (found,) = (one.execution for one in awake.report.strategies)
    assert found is not None
    assert found.vwap is not None
    assert encode(asleep.report) == encode(awake.report)
    assert asleep.passed > 0


PAUSED = """
[[command]]
do = "pause"
at = "2026-01-05 {at}"
by = "trader"
strategy = "grid{number}"
"""


@pytest.mark.parametrize(("seed", "held"), [(5, 2), (15, 0)])
def test_a_grid_that_cannot_close_at_its_stop_is_told_of_while_the_market_is_slept_through(
    seed: int, held: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two grids are paused, one of them again after it ran on: a stop is passed in a pause, or cannot be closed at.
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)
    head = HEAD.format(seed=1, cash=10_000_000, position=1000, loss=1_000_000)
    contracts = [CONTRACT.format(name=name) for name in (NEAR, FAR)]
    grids = [paused_grid(number, sign) for number, sign in enumerate((1, -1))]
    rests = [PAUSED.format(number=number, at=at) for number, at in ((0, "09:01:30"), (1, "09:01:45"), (0, "13:31:00"))]
    resumed = PAUSED.format(number=0, at="10:31:00").replace("pause", "resume")
    path = tmp_path / "plan.toml"
    path.write_text("\n".join([head, *contracts, *grids, *rests, resumed]), encoding="utf-8")
    awake, asleep = both(RandomTape(seed).recording(), path)
    assert told(asleep) == told(awake)
    alerts = [one.fact.code for one in told(asleep) if isinstance(one.fact, AlertRaised)]
    assert alerts.count("GRID_UNGUARDED") == 1
    assert alerts.count("FLATTEN_HELD") == held
    assert asleep.passed > 500


def paused_grid(number: int, sign: int) -> str:
    anchor = START + 4 * sign
    return grid_text(
        strategy=f"grid{number}",
        name=NEAR,
        sign=sign,
        anchor=anchor,
        step=3,
        lines=3,
        lots=1,
        bounds=(anchor + 60 * sign, anchor - 24 * sign),
        stop=anchor - 25 * sign,
        more='out_of_range = "HOLD"',
    )


FUTURE, CALL = InstrumentId("DCE.m2605"), InstrumentId("DCE.m2605-C-3000")
LAST_DAY = 20260105
OPTION = f"""{CONTRACT.format(name=FUTURE)}
fees.exercise = {{ by_lot = "1" }}

[[instrument]]
id = "{CALL}"
kind = "OPTION"
tick = 1
multiplier = 10
min_lots = 1
max_lots = 500
expiry = {LAST_DAY}
option = {{ underlying = "{FUTURE}", right = "CALL", strike = 3000, style = "AMERICAN", requests_until = "1530" }}
fees.open = {{ by_lot = "1" }}
fees.close = {{ by_lot = "1" }}
fees.close_today = {{ by_lot = "1" }}
fees.exercise = {{ by_lot = "1" }}
"""
OPENED = """
[[command]]
do = "submit"
at = "2026-01-05 13:3{minute}:30"
by = "trader"
account = "A"
instrument = "{name}"
side = "{side}"
offset = "OPEN"
lots = 1
price = {price}
"""


def test_a_locked_option_is_looked_at_although_it_nets_to_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)
    path = tmp_path / "plan.toml"
    locked = (("BUY", 11), ("SELL", 10))
    opened = [OPENED.format(minute=n, name=CALL, side=side, price=price) for n, (side, price) in enumerate(locked)]
    head = HEAD.format(seed=1, cash=10_000_000, position=1000, loss=1_000_000)
    path.write_text("\n".join([head, OPTION, *opened]), encoding="utf-8")
    awake, asleep = both(call_on_its_last_day(), path)
    assert told(asleep) == told(awake)
    assert any(isinstance(one.fact, ExerciseExpected) for one in told(asleep))


def call_on_its_last_day() -> Recording:
    rows: list[list[int]] = []
    begins, comes_in, ends = (instant(LAST_DAY, 13, minute) for minute in (30, 36, 42))
    at = list(range(begins, ends, SECOND_NS))
    for now in at:  # the call comes into the money
        for price in (3050, 110) if now >= comes_in else (2950, 10):
            row = [0] * WIDTH
            row[Column.BID], row[Column.ASK], row[Column.LAST] = price, price + 1, price
            row[Column.BID_LOTS] = row[Column.ASK_LOTS] = 10
            row[Column.MASK], row[Column.EXCHANGE_AT] = int(Valid.BID | Valid.ASK | Valid.LAST), now
            rows.append(row)
    bands = ((FUTURE, 2950, 3300, 2700), (CALL, 20, 600, 1))
    return Recording(
        name="期权", universe=(FUTURE, CALL), slots=np.tile([0, 1], len(at)), rows=np.array(rows),
        ends=np.arange(2, 2 * len(at) + 1, 2), at=np.array(at), quarantined={}, absent={},
        day_facts=tuple(
            (0, DayFacts(instrument=name, trading_day=LAST_DAY, pre_settlement=before, upper_limit=up, lower_limit=low))
            for name, before, up, low in bands
        ),
    )  # fmt: skip
