"""What comes later in a recording of bars changes nothing that was decided before."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import pytest

from terminal.backtest.run import Ran, backtest
from terminal.domain.days.calendar import instant
from terminal.domain.fact import facts as f
from terminal.engine.records.journal import Record
from terminal.shell.plans.plan import read_plan
from tests import bar_tapes, tapes
from tests.e2e import own_market as own
from tests.unit.backtest.test_backtest import STEEL


def played(folder: Path, bars: list[bar_tapes.Bar]) -> Ran:
    folder.mkdir()
    tape = bar_tapes.tqsdk(folder / "SHFE.rb2401_1min.csv", bars)
    plan = own.write_plan(folder / "plan.toml", STEEL)
    return backtest([tape], plan=read_plan(plan, tapes.reference()), reference=tapes.reference())


def until(ran: Ran, at: int) -> list[f.Fact]:
    told = takewhile(lambda record: record.utc < at, records(ran))
    # A start names the whole recording.
    return [record.fact for record in told if not isinstance(record.fact, f.RunnerStarted)]


def records(ran: Ran) -> list[Record]:
    found = [entry.record for entry in ran.journal.replay()]
    return [record for record in found if isinstance(record, Record)]


@pytest.mark.parametrize("minute", [10, 23, 41])
def test_bars_that_come_later_change_nothing_before_them(minute: int, tmp_path: Path) -> None:
    bars = bar_tapes.wave(20231010, base=3705)
    other = [bar if place < minute else (bar[0], 3650, 3700, 3600, 3660, 9000, 5) for place, bar in enumerate(bars)]
    one, two = played(tmp_path / "one", bars), played(tmp_path / "two", other)
    # The bar that differs is known at its end; up to then both tell the same.
    ends = instant(20231010, 9, minute + 1)
    assert until(one, ends) == until(two, ends)
    assert any(isinstance(fact, f.OrderFilled) for fact in until(one, ends))
    assert one.report.source.journal_head != two.report.source.journal_head


def test_no_fill_is_of_the_bar_its_order_was_decided_on(tmp_path: Path) -> None:
    ran = played(tmp_path / "one", bar_tapes.wave(20231010, base=3705))
    recorded = {record.fact.order: record.utc for record in records(ran) if isinstance(record.fact, f.OrderRecorded)}
    assert len(ran.fills) > 10
    assert all(fill.at_ns > recorded[fill.order_id] for fill in ran.fills)
