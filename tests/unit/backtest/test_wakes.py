"""A rule may say at which prices it must be asked: a backtest believes it, writes the same journal, or catches it."""

from __future__ import annotations

from itertools import zip_longest
from types import FunctionType
from typing import TYPE_CHECKING
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.backtest import foresight, sleep
from terminal.backtest.check_wakes import check_wakes
from terminal.backtest.run import play
from terminal.domain.commands import StartStrategy
from terminal.domain.errors import UserError
from terminal.domain.parameters.own import OwnSettings
from terminal.shell.plans.plan import read_plan
from terminal.strategies.own.averages import TwoAverages
from terminal.strategies.own.code import Seen
from terminal.strategies.own.coming import Coming
from terminal.strategies.table import OWN as KIND
from tests import tapes
from tests.own_rule import DOUBLE_MA, FALLING, KEEPING
from tests.random_plan import CONTRACT
from tests.random_tape import FAR, NEAR, RandomTape
from tests.unit.shell.plans.plans import CAST, HEAD, plan_file

if TYPE_CHECKING:
    from pathlib import Path

    from terminal.backtest.run import Ran

OWN = """
[[strategy]]
id = "{name}"
kind = "own"
account = "A"
code = "{name}.py"
instrument = "{contract}"
max_lots = 2
"""
QUICK = DOUBLE_MA.replace("SAMPLE_SECONDS = 60", "SAMPLE_SECONDS = 5").replace("WINDOW = 200", "WINDOW = 30")
SHIPPED = """
from terminal.strategies.own.averages import TwoAverages
from terminal.strategies.own.code import Number
TITLE = "现成"
SAMPLE_SECONDS = 3
WINDOW = 9
NAMED = (("fast", 2), ("slow", 9), ("lots", 1))
NUMBERS = tuple(Number(name, name, "个", least=1, most=9, value=value) for name, value in NAMED)
aim = TwoAverages(flat_below=True)
"""
CHANNEL = """
from terminal.strategies.own.code import Aim
TITLE = "通道"
SAMPLE_SECONDS = 2
WINDOW = 12

def aim(numbers, seen):
    if len(seen.prices) < 12:
        return None
    if seen.prices[-1] >= seen.highest(12):
        return Aim(2, "新高")
    return Aim(-2, "新低") if seen.prices[-1] <= seen.lowest(12) else None

def wakes(numbers, coming):
    now = coming.prices[coming.first:]
    up, down = now >= coming.highest(12), now <= coming.lowest(12)
    return up & (coming.held <= 0) | down & ~up & (coming.held >= 0)
"""
SILENT = {"ma": QUICK[: QUICK.index("def wakes")], "channel": CHANNEL[: CHANNEL.index("def wakes")]}
DEAF = QUICK[: QUICK.index("def wakes")] + "def wakes(numbers, coming):\n    return coming.prices[coming.first:] < 0\n"


def plan_of(folder: Path, **codes: tuple[str, str]) -> Path:
    """Write a plan with a rule of each name: its code and its contract."""
    for name, (code, _) in codes.items():
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    terms = "".join(CONTRACT.format(name=name) for name in (NEAR, FAR))
    cast = CAST.replace("position_lots = 100", "position_lots = 100\nday_loss_yuan = 1_000_000")
    return plan_file(
        folder, HEAD, cast, terms, *(OWN.format(name=name, contract=one) for name, (_, one) in codes.items())
    )


def ran(path: Path, seed: int, *, sleeping: bool) -> Ran:
    recording = RandomTape(seed).recording()
    return play(recording, plan=read_plan(path, tapes.reference()), reference=tapes.reference(), sleeping=sleeping)


@pytest.mark.parametrize(
    ("seed", "codes"),
    [(3, {}), (17, {}), (29, {}), (3, SILENT), (17, SILENT)],
    ids=["saying 3", "saying 17", "saying 29", "asked ahead 3", "asked ahead 17"],
)
def test_rules_write_the_same_journal_asleep_and_awake(
    seed: int, codes: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given the manual's rule, the one that the house ships and a channel, on two contracts of a random market
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)  # every chance to sleep is taken
    monkeypatch.setattr(foresight, "FIRST_REACH", 3)
    monkeypatch.setattr(foresight, "FIRST_ASKED", 2)
    each = {"ma": (QUICK, NEAR), "own": (SHIPPED, FAR), "channel": (CHANNEL, NEAR)}
    path = plan_of(tmp_path, **each | {name: (code, NEAR) for name, code in codes.items()})
    # When it is played asleep and awake
    awake, asleep = (ran(path, seed, sleeping=sleeping) for sleeping in (False, True))
    # Then every record is the same, and each of them has traded.
    for before, after in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        assert before.record == after.record
    assert {fill.strategy for fill in asleep.fills} == {"ma", "own", "channel"}
    assert asleep.passed > 0


@pytest.mark.parametrize(("code", "ahead"), [(FALLING, True), (KEEPING, False)], ids=["forgetting", "remembering"])
def test_a_rule_that_may_remember_is_shown_nothing_that_has_not_come(
    code: str, ahead: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a rule without `wakes` that leaves when the price has fallen from the highest that it sees, or that it has
    # kept by itself since it bought
    path, asked = plan_of(tmp_path, fall=(code, NEAR)), Mock(wraps=KIND.wakes)
    monkeypatch.setattr(KIND, "wakes", asked)
    # When it is played asleep
    found = ran(path, 17, sleeping=True)
    # Then it trades, and only the one that keeps nothing was shown prices to come.
    assert len(found.fills) > 2
    assert asked.called is ahead


@pytest.mark.parametrize("seed", [17, 29])
def test_a_rule_that_remembers_is_asked_as_often_asleep_as_awake(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two rules that keep the highest price since they bought, on two contracts, told at times of no prices
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)
    code = KEEPING.replace("- 6 else", "- 1 else")
    path = plan_of(tmp_path, near=(code, NEAR), far=(code.replace("SECONDS = 1", "SECONDS = 5"), FAR))
    # When it is played asleep and awake, then every record is the same.
    awake, asleep = (ran(path, seed, sleeping=sleeping) for sleeping in (False, True))
    assert [entry.record for entry in asleep.journal.replay()] == [entry.record for entry in awake.journal.replay()]
    assert {fill.strategy for fill in asleep.fills} == {"near", "far"}
    assert asleep.passed > 0


def test_a_rule_is_asked_only_where_it_said_so(tmp_path: Path) -> None:
    counting = QUICK.replace(
        "def aim(numbers, seen: Seen):", "ASKED = []\ndef aim(numbers, seen):\n    ASKED.append(1)"
    )
    asked = []
    for name, code in (("plain", counting[: counting.index("def wakes")]), ("saying", counting)):
        plan = read_plan(plan_of(tmp_path, **{name: (code, NEAR)}), tapes.reference())
        play(RandomTape(17).recording(), plan=plan, reference=tapes.reference())
        (wish,) = [entry.wish for entry in plan.script.entries if isinstance(entry.wish, StartStrategy)]
        assert isinstance(wish.settings, OwnSettings)
        rule = KIND.rule_of(wish.settings)
        assert isinstance(rule, FunctionType)
        asked.append(len(rule.__globals__["ASKED"]))
    assert asked[1] < asked[0] * 0.8


def test_a_rule_that_sleeps_through_its_own_crossing_is_caught_and_named(tmp_path: Path) -> None:
    path = plan_of(tmp_path, ma=(DEAF, NEAR))
    found = check_wakes(
        RandomTape(17).recording(), plan=lambda: read_plan(path, tapes.reference()), reference=tapes.reference()
    )
    assert found.difference is not None
    assert found.difference.strategy == "ma"
    assert "目标由" in found.difference.awake
    assert "快线" in found.difference.awake
    assert found.difference.at > 0


def test_a_true_declaration_passes_the_check(tmp_path: Path) -> None:
    path = plan_of(tmp_path, ma=(QUICK, NEAR))
    found = check_wakes(
        RandomTape(3).recording(), plan=lambda: read_plan(path, tapes.reference()), reference=tapes.reference()
    )
    assert found.difference is None
    assert found.records > 100
    assert 0 < found.passed < found.batches


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 1 / 0", "ma.py 的 wakes 出错：ZeroDivisionError"),
        ("return [True]", "wakes 应返回"),
        ("return coming.prices > 0", "个真假的 numpy 数组"),
        ("return coming.prices[coming.first:]", "float64"),
    ],
)
def test_a_declaration_that_cannot_be_heeded_stops_the_backtest_with_a_sentence(
    body: str, said: str, tmp_path: Path
) -> None:
    path = plan_of(tmp_path, ma=(f"{QUICK[: QUICK.index('def wakes')]}def wakes(numbers, coming):\n    {body}\n", NEAR))
    with pytest.raises(UserError) as refused:
        ran(path, 17, sleeping=True)
    assert said in str(refused.value)
    assert "请改正它，或从代码里删去" in str(refused.value)


PRICES = st.lists(st.integers(min_value=1, max_value=9_999_999).map(lambda ticks: ticks / 100), min_size=1, max_size=40)


@given(PRICES, st.integers(min_value=1, max_value=12), st.integers(min_value=1, max_value=10), st.data())
def test_what_is_foreseen_is_the_very_number_that_the_rule_sees_then(
    prices: list[float], window: int, count: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(min_value=0, max_value=min(window, len(prices) - 1)))
    coming = Coming(np.array(prices), first, window, 0, 20260105, None)
    for name in ("mean", "highest", "lowest"):
        ahead = getattr(coming, name)(count)
        for place in range(first, len(prices)):
            seen = Seen(tuple(prices[max(0, place + 1 - window) : place + 1]), 0, 20260105, None)
            assert np.array_equal(ahead[place - first], getattr(seen, name)(count), equal_nan=True)


@given(
    st.lists(st.integers(min_value=3990, max_value=4010).map(float), min_size=1, max_size=40),
    st.sampled_from([-2, 0, 2]),
    st.sampled_from([None, 1, 9]),
    st.booleans(),
)
def test_the_shipped_averages_wake_exactly_where_they_want_something_else(
    prices: list[float], held: int, left: int | None, flat_below: bool
) -> None:
    rule, numbers = TwoAverages(flat_below=flat_below, days=3), {"fast": 2, "slow": 4, "lots": 2}
    woken = rule.wakes(numbers, Coming(np.array(prices), 0, 12, held, 20260105, left))
    for place in range(len(prices)):
        found = rule(numbers, Seen(tuple(prices[max(0, place - 11) : place + 1]), held, 20260105, left))
        assert bool(woken[place]) is (found is not None and found.lots != held)
