"""Hold the kernel's orders and fills, one by one, against the engine's on the same random tapes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from terminal.backtest.run import Ran
from terminal.backtest.sweep.figures import Figures
from terminal.domain.days.calendar import instant
from terminal.domain.errors import UserError
from terminal.domain.fact.facts import StrategyMarked
from terminal.domain.fact.way_marks import RateHeld
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Column, Recording, Valid
from terminal.domain.orders.order import Side
from tests import one_contract
from tests.grid_text import grid_text
from tests.one_contract import SPLIT, plan_of, tape_of
from tests.unit.backtest.kernel.held_against import assert_same, by_engine, by_kernel, records, written

kernel = pytest.importorskip("terminal.backtest.kernel.play", reason="the research extra is not installed: numba")
pytestmark = pytest.mark.xdist_group("kernel")  # one worker compiles, once

# Of the first thirty: both sides, both ways of closing, ranges left and entered, cancels, entries that C8 holds back.
SEEDS: Final = (0, 1, 2, 4, 6, 7, 11, 12)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Any, Figures, Ran]]:
    found = {}
    for seed in SEEDS:
        recording = tape_of(seed)
        path = written(tmp_path_factory.mktemp("both"), plan_of(seed, recording.universe[0]))
        found[seed] = (*by_kernel(kernel, recording, path), by_engine(recording, path))
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kernel_sends_and_fills_what_the_engine_does_order_by_order(
    seed: int, both: dict[int, tuple[Any, Figures, Ran]]
) -> None:
    played, figures, ran = both[seed]
    assert_same(played, figures, ran)
    assert len(ran.fills) > 0


def test_the_seeds_reach_what_is_easily_got_wrong(both: dict[int, tuple[Any, Figures, Ran]]) -> None:
    seen: Counter[str] = Counter()
    for played, _, ran in both.values():
        marks = [record.fact.mark for record in records(ran) if isinstance(record.fact, StrategyMarked)]
        seen["held"] += sum(isinstance(mark, RateHeld) for mark in marks)
        seen.update(str(fill.offset) for fill in ran.fills)
        seen.update(type(record.fact).__name__ for record in records(ran))
        seen[played.laid.settings.side] += 1
        seen["partial"] += any(deal.lots < played.laid.settings.lots_per_line for deal in played.fills)
    wanted = ("held", "CLOSE_TODAY", "CLOSE_YESTERDAY", "CLOSE", "CancelRecorded", "StrategyMarked", "partial")
    assert [name for name in (*wanted, Side.BUY, Side.SELL) if not seen[name]] == []


PLAN: Final = plan_of(1, SPLIT)
COMMAND: Final = """
[[command]]
do = "cash"
at = "2026-01-05 10:00:00"
by = "trader"
account = "A"
amount = 1
reason = "x"
"""


def changed(key: str, value: str) -> str:
    return re.sub(rf"^{key} = .*$", f"{key} = {value}", PLAN, flags=re.MULTILINE)


def limited(more: str) -> str:
    return PLAN.replace("limits = { ", f"limits = {{ {more}, ")


def listed(more: str) -> str:
    return PLAN.replace("max_lots = 500", f"max_lots = 500\n{more}")


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (PLAN + COMMAND, "要只有一个策略，没有别的命令"),
        (changed("side", '"BUY"\nat = "+60s"'), "从第一笔开始"),
        (changed("side", '"BUY"\ntrail_to = 4000'), "不跟随的网格"),
        (changed("cash", "300_000"), "风险度的复核线"),
        (PLAN.replace("day_loss_yuan = 10_000_000", "day_loss_yuan = 100"), "日亏损可能近于复核线"),
        (PLAN.replace("position_lots = 1000", "position_lots = 10"), "持仓限额的复核线之内"),
        (PLAN.replace("confirm_value_yuan = 100_000_000", "confirm_value_yuan = 1000"), "市值要在复核线与上限之内"),
        (limited("sandbox_rounds = 3"), "先在沙盘里走完几轮"),
        (limited("feed_max_age_seconds = 1"), "内核不知道限额的设置 feed_max_age_seconds"),
        (limited("duplicate_window_seconds = 600"), "重复委托（C9）"),
        (limited("refusals_in_window = 1"), "连续被拒（C10）"),
        (limited("working_orders_max = 1"), "未了委托到了限额（C11）"),
        (limited("working_orders_per_instrument = 1"), "未了委托到了限额（C11）"),
        (limited("working_orders_confirm = 1"), "未了委托到了限额（C11）"),
        (
            PLAN.replace('margin_rate = "0.1"\nbroker_margin_add = "0"', "margin_by_lot = 90_000").replace(
                "cash = 100_000_000", "cash = 4_000_000"
            ),
            "风险度的复核线",
        ),
        (listed("min_lots = 10"), "最小下单手数 10 手"),
        (listed("order_kinds = []"), "不收当日有效与立即成交剩余撤销的限价委托"),
    ],
)
def test_a_plan_beyond_what_the_kernel_follows_is_refused(plan: str, said: str, tmp_path: Path) -> None:
    recording = tape_of(1)
    assert recording.universe == (SPLIT,)
    with pytest.raises(UserError, match="列式内核不跑这个方案") as refused:
        by_kernel(kernel, recording, written(tmp_path, plan))
    assert said in refused.value.message


def test_the_fewest_lots_that_the_exchange_allows_on_any_day_of_the_recording_are_minded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rubber = InstrumentId("SHFE.ru2601")  # 150 lots in December, 50 in the month it is delivered in
    for name, value in (("SPLIT", rubber), ("WHOLE", rubber), ("DAYS", (20251231, 20260105)), ("NIGHT", ())):
        monkeypatch.setattr(one_contract, name, value)
    grid = grid_text(name=rubber, sign=1, anchor=3020, step=1, lines=30, lots=4, bounds=(2500, 3500), stop=2400)
    plan = one_contract.HEAD.format(seed=3, name=rubber, today='by_value = "0.0003"') + grid
    with pytest.raises(UserError, match=r"SHFE\.ru2601 最多 120 手，要在交易所持仓限额的复核线之内"):
        by_kernel(kernel, tape_of(3), written(tmp_path, plan))


def test_a_smallest_order_that_nobody_knew_of_before_its_day_is_no_change_that_matters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steel = InstrumentId("SHFE.rb2505")  # from March the third on the tables know its smallest order: one lot
    for name, value in (("SPLIT", steel), ("WHOLE", steel), ("DAYS", (20250228, 20250303)), ("NIGHT", ())):
        monkeypatch.setattr(one_contract, name, value)
    path, recording = written(tmp_path, plan_of(1, steel)), tape_of(1)
    played, figures = by_kernel(kernel, recording, path)
    assert [one.min_lots for one in played.laid.instruments] == [1]
    assert len(played.fills) > 0
    assert_same(played, figures, by_engine(recording, path))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rows: rows[5:6, Column.MASK].fill(int(Valid.BID)), "每一笔都有买价"),
        (lambda rows: rows[5:6, Column.ASK_LOTS].fill(0), "每一笔都有买价"),
    ],
)
def test_a_recording_with_less_than_both_sides_is_refused(
    spoil: Callable[[Any], None], said: str, tmp_path: Path
) -> None:
    recording = tape_of(1)
    rows = recording.rows
    spoil(rows)
    spoilt = Recording(
        name=recording.name, universe=recording.universe, slots=recording.slots, rows=rows, ends=recording.ends,
        at=recording.at, day_facts=recording.day_facts, quarantined={}, absent={},
    )  # fmt: skip
    with pytest.raises(UserError, match=said):
        by_kernel(kernel, spoilt, written(tmp_path, PLAN))


def test_a_recording_that_ends_a_day_before_the_close_is_refused(tmp_path: Path) -> None:
    recording = tape_of(1)
    close = instant(20260105, 14, 59)
    kept = (recording.at < close) | (recording.at >= instant(20260105, 21))
    rows = recording.rows[kept]
    early = Recording(
        name=recording.name, universe=recording.universe, slots=np.zeros(len(rows), dtype=np.int64), rows=rows,
        ends=np.arange(1, len(rows) + 1), at=recording.at[kept], day_facts=recording.day_facts[:1], quarantined={},
        absent={},
    )  # fmt: skip
    with pytest.raises(UserError, match="20260105 的行情没有录到收盘前三秒之内"):
        by_kernel(kernel, early, written(tmp_path, PLAN))


def test_what_a_day_settles_at_is_in_the_deepest_fall_also_where_days_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A tape without Tuesday: what the plan says of it nobody hears, and Wednesday calls another price the one before.
    monkeypatch.setattr(one_contract, "DAYS", (20260105, 20260107, 20260108))
    monkeypatch.setattr(one_contract, "NIGHT", ())
    recording, falls = tape_of(6), list[Any]()
    plan = plan_of(6, recording.universe[0])
    for day in (20260105, 20260106, 20260107):
        said = f"[[instrument.day]]\ntrading_day = {day}\nsettlement = 2000\n\n[[strategy]]"
        path = written(tmp_path, plan.replace("[[strategy]]", said))
        _, figures = by_kernel(kernel, recording, path)
        theirs = by_engine(recording, path).report.total.drawdown
        assert (figures.drawdown, figures.drawdown_share) == (theirs.yuan, theirs.share), day
        falls.append(figures.drawdown)
    assert falls[0] > falls[1]
