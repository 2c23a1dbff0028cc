"""Why a due roll does not begin, or keep a deadline, is told alike in a backtest that passes quotes over."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import pytest

from terminal.backtest import sleep
from terminal.domain.fact.facts import StrategyMarked
from terminal.domain.fact.roll_marks import BeginHeld, DeadlineMissed, Hindrance
from terminal.engine.records.journal import Record
from tests.random_plan import CONTRACT, HEAD
from tests.random_tape import FAR, NEAR, RandomTape
from tests.unit.backtest.test_sleep import both

HELD_BACK = f"""
[[strategy]]
id = "roll"
kind = "roll"
account = "A"
near = "{NEAR}"
far = "{FAR}"
side = "BUY"
lots = 3
batch_lots = 2
chase_seconds = 5000
timings = [{{ type = "manual", go = true }}]

[[command]]
do = "submit"
at = "2026-01-05 09:01:20"
by = "trader"
account = "A"
instrument = "{NEAR}"
side = "BUY"
offset = "OPEN"
lots = 3
price = 3010
"""


def test_why_a_roll_does_not_begin_is_told_alike_while_quotes_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)  # every chance to sleep is taken
    path = tmp_path / "plan.toml"
    head = HEAD.format(seed=26, cash=10_000_000, position=1000, loss=1_000_000)
    path.write_text("\n".join([head, *(CONTRACT.format(name=name) for name in (NEAR, FAR)), HELD_BACK]))
    awake, asleep = both(RandomTape(26).recording(), path)
    told = []
    for before, after in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        assert before.record == after.record
        assert isinstance(before.record, Record)
        match before.record.fact:
            case StrategyMarked(mark=BeginHeld(kind=kind)):
                told.append(kind)
    assert {Hindrance.BREAK, Hindrance.MARKET} <= set(told)
    assert len(told) <= 3 * len(Hindrance)
    assert asleep.passed > 0


def test_a_deadline_that_is_not_kept_is_told_alike_while_quotes_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)
    path = tmp_path / "plan.toml"
    head = HEAD.format(seed=26, cash=10_000_000, position=1000, loss=1_000_000)
    waits = '{ type = "manual" }, { type = "days_to_expiry", days = 0, policy_day = 20260105 }'
    plan = HELD_BACK.replace('{ type = "manual", go = true }', waits).replace("5000", '20\ncombine = "ALL"')
    path.write_text("\n".join([head, *(CONTRACT.format(name=name) for name in (NEAR, FAR)), plan]))
    awake, asleep = both(RandomTape(26).recording(), path)
    told = []
    for before, after in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        assert before.record == after.record
        assert isinstance(before.record, Record)
        match before.record.fact:
            case StrategyMarked(mark=DeadlineMissed(lots=lots, days=days)):
                told.append((lots, days))
    assert told == [(3, 0)]
