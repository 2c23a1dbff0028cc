"""Hold the kernel of spreads, one order by one, against the engine on the same random tapes of two contracts."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.errors import UserError
from tests.two_contracts import joined, pair_of, spread_of
from tests.unit.backtest.kernel.held_against import assert_same, by_engine, by_kernel, records, written

kernel = pytest.importorskip("terminal.backtest.kernel.play", reason="the research extra is not installed: numba")
STARTS: Final = importlib.import_module("terminal.backtest.kernel.spread").STARTS
pytestmark = pytest.mark.xdist_group("kernel")  # one worker compiles, once

# Both ways of closing, uneven legs, chases, a start that waits for the second contract's price.
SEEDS: Final = (2, 25, 74)
# The same with batches of two quotes, and days that begin with words alone, as they are recorded.
JOINED: Final = (1, 12)


def test_the_seeds_send_and_fill_what_the_engine_does_and_reach_what_is_easily_got_wrong(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    tapes = [(seed, pair_of(seed)) for seed in SEEDS] + [(seed, joined(pair_of(seed), seed)) for seed in JOINED]
    for seed, recording in tapes:
        path = written(tmp_path, spread_of(seed, recording.universe))
        played, figures = by_kernel(kernel, recording, path)
        ran = by_engine(recording, path)
        assert_same(played, figures, ran)
        seen.update(str(fill.offset) for fill in ran.fills)
        seen.update(str(fill.side) for fill in ran.fills)
        seen.update(type(record.fact).__name__ for record in records(ran))
        lots = {abs(leg.lots) for leg in played.laid.settings.legs}
        seen["uneven"] += len(lots) > 1
        seen["waited"] += int(played.laid.family.memory.given[STARTS]) > 0
        sent = {order.at for order in played.orders}
        seen["rested"] += any(fill.at not in sent for fill in played.fills)
    wanted = (
        "CLOSE_TODAY",
        "CLOSE",
        "OPEN",
        "BUY",
        "SELL",
        "CancelRecorded",
        "OrderCancelled",
        "uneven",
        "rested",
        "waited",
    )
    assert [name for name in wanted if not seen[name]] == []


@settings(max_examples=5)
@given(st.integers(min_value=0, max_value=100_000))
def test_on_any_tape_the_kernel_does_what_the_engine_does_or_says_that_it_does_not(seed: int) -> None:
    recording = joined(pair_of(seed), seed) if seed % 2 else pair_of(seed)
    with TemporaryDirectory() as name:
        path = written(Path(name), spread_of(seed, recording.universe))
        try:
            played, figures = by_kernel(kernel, recording, path)
        except UserError:
            return  # what may be refused: the table below, and `play.STOPPED`
        assert_same(played, figures, by_engine(recording, path))


PLAN: Final = spread_of(1, pair_of(1).universe)


def changed(key: str, value: str) -> str:
    """Return the plan with another setting of the spread."""
    assert re.search(rf"^{key} = ", PLAN, re.MULTILINE)
    return re.sub(rf"^{key} = .*$", f"{key} = {value}", PLAN, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (changed("pause_seconds", "5\nmax_loss_yuan = 1000"), "内核不知道价差的设置 max_loss_yuan"),
        (changed("pause_seconds", "5\nresidual_yuan = 1000"), "内核不知道价差的设置 residual_yuan"),
        (changed("pause_seconds", "5\nlong_stop = 1"), "内核不知道价差的设置 long_stop"),
        (PLAN.replace("position_lots = 1000", "position_lots = 1"), "持仓限额的复核线之内"),
        (PLAN.replace("confirm_value_yuan = 100_000_000", "confirm_value_yuan = 1000"), "市值要在复核线与上限之内"),
        (PLAN.replace("limits = { ", "limits = { messages_in_one_second = 5, "), "比策略自己的节奏还紧"),
        (re.sub(r'instrument = "SHFE.rb2610"', 'instrument = "SHFE.hc2610"', PLAN), "行情要正好是两腿的合约"),
    ],
)
def test_a_plan_beyond_what_the_kernel_follows_is_refused(plan: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        by_kernel(kernel, pair_of(1), written(tmp_path, plan))
    assert said in refused.value.message


def test_a_leg_that_is_not_filled_while_it_is_chased_is_left_to_the_engine(tmp_path: Path) -> None:
    recording = pair_of(3)
    with pytest.raises(UserError, match="断腿：一腿追价用尽还没有成交；改由引擎跑"):
        by_kernel(kernel, recording, written(tmp_path, spread_of(3, recording.universe)))
