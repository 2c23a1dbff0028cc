"""Hold the kernel of two averages, one order by one, against the engine on the same random tapes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.errors import UserError
from terminal.domain.market import Recording
from tests.one_contract import SPLIT, averages_of, tape_of
from tests.unit.backtest.kernel.held_against import assert_same, by_engine, by_kernel, records, written

kernel = pytest.importorskip("terminal.backtest.kernel.play", reason="the research extra is not installed: numba")
pytestmark = pytest.mark.xdist_group("kernel")  # one worker compiles, once

# Both ways of closing, chases, a cancel refused when the next order was under way, the deepest fall at a day's end.
SEEDS: Final = (4, 63, 121, 125, 180)


def plan_in(folder: Path, seed: int, recording: Recording) -> Path:
    """Write the plan of a seed down, and its rule beside it."""
    plan, rule = averages_of(seed, recording.universe[0])
    (folder / "averages.py").write_text(rule, encoding="utf-8")
    return written(folder, plan)


def test_the_seeds_send_and_fill_what_the_engine_does_and_reach_what_is_easily_got_wrong(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        recording = tape_of(seed)
        path = plan_in(tmp_path, seed, recording)
        played, figures = by_kernel(kernel, recording, path)
        ran = by_engine(recording, path)
        assert_same(played, figures, ran)
        seen.update(str(fill.offset) for fill in ran.fills)
        seen.update(str(fill.side) for fill in ran.fills)
        seen.update(type(record.fact).__name__ for record in records(ran))
        sent = {order.at for order in played.orders}
        seen["rested"] += any(fill.at not in sent for fill in played.fills)
    wanted = ("CLOSE_TODAY", "CLOSE_YESTERDAY", "CLOSE", "OPEN", "BUY", "SELL", "CancelRecorded", "rested")
    assert [name for name in wanted if not seen[name]] == []


@settings(max_examples=5)
@given(st.integers(min_value=0, max_value=100_000))
def test_on_any_tape_the_kernel_does_what_the_engine_does_or_says_that_it_does_not(seed: int) -> None:
    recording = tape_of(seed)
    with TemporaryDirectory() as name:
        path = plan_in(Path(name), seed, recording)
        try:
            played, figures = by_kernel(kernel, recording, path)
        except UserError:
            return  # what may be refused: the table below, and `play.STOPPED`
        assert_same(played, figures, by_engine(recording, path))


PLAN, RULE = averages_of(1, SPLIT)
BY_HAND: Final = RULE.replace("aim = TwoAverages", "rule = TwoAverages").replace(
    "check = aim.check", "check = rule.check\n\n\ndef aim(numbers, seen):\n    return rule(numbers, seen)"
)

UNCHECKED: Final = RULE.replace("check = aim.check", "")


def changed(key: str, value: str) -> str:
    """Return the plan with another number."""
    return re.sub(rf"\b{key} = \d+", f"{key} = {value}", PLAN)


@pytest.mark.parametrize(
    ("plan", "rule", "said"),
    [
        (PLAN, BY_HAND, "规则不是随程序的均线族"),  # the same rule, but nobody has said so
        (PLAN, RULE.replace("WINDOW = 60", "WINDOW = 6"), "看的 WINDOW 6 个"),
        (
            PLAN,
            RULE.replace("TwoAverages(", 'TwoAverages("quick", ').replace("check = aim.check", ""),
            "没有参数 quick",
        ),
        (changed("lots", "9"), RULE, "要持 9 手，超过最多"),
        (changed("slow", "2").replace("fast = ", "fast = 1"), UNCHECKED, "快线应短于慢线"),
        (PLAN.replace("limits = { ", "limits = { messages_in_one_second = 2, "), RULE, "比策略自己的节奏还紧"),
        (PLAN.replace("limits = { ", "limits = { quote_max_age_seconds = 30, "), RULE, "行情时效（C3b）"),
        (PLAN.replace("position_lots = 1000", "position_lots = 1"), RULE, "持仓限额的复核线之内"),
        (PLAN.replace("limits = { ", "limits = { sandbox_rounds = 3, "), RULE, "先在沙盘里走完几轮"),
        (PLAN.replace("limits = { ", "limits = { collar_max_fraction = 0.001, "), RULE, "价格范围（C3）"),
        (PLAN.replace("limits = { ", "limits = { working_orders_max = 0, "), RULE, "未了委托（C11）"),
        (PLAN.replace("max_lots = 500", "max_lots = 500\nmin_lots = 2"), RULE, "最小下单手数 2 手"),
    ],
)
def test_a_plan_beyond_what_the_kernel_follows_is_refused(plan: str, rule: str, said: str, tmp_path: Path) -> None:
    recording = tape_of(1)
    assert recording.universe == (SPLIT,)
    (tmp_path / "averages.py").write_text(rule, encoding="utf-8")
    with pytest.raises(UserError, match="列式内核不跑这个方案") as refused:
        by_kernel(kernel, recording, written(tmp_path, plan))
    assert said in refused.value.message
