"""An execution whose window ends with a session: on bars, too, nothing of it meets the next session."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from terminal.backtest.run import Ran, backtest
from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import Finished
from terminal.domain.fact.order import OrderRecorded
from terminal.engine.records.journal import Record
from terminal.shell.plans.plan import read_plan
from tests import bar_tapes, tapes
from tests.e2e import own_market as own

DAY: Final = 20231009
NOON: Final = bar_tapes.minute(DAY, 11, 30)
STEEL: Final = """
[[instrument]]
id = "SHFE.rb2401"
broker_margin_add = "0.02"

[[strategy]]
id = "twap"
kind = "execution"
account = "A"
instrument = "SHFE.rb2401"
style = "{style}"
side = "BUY"
total_lots = 6
limit = 3705
begins_at = "2023-10-09 11:21:00"
ends_at = "2023-10-09 11:30:00"
chase_seconds = 120
{more}
"""
STYLES: Final = {"TWAP": "slice_seconds = 180", "ICEBERG": "shown_lots = 2", "BEST": ""}


def played(folder: Path, style: str, *, last: int) -> Ran:
    """Play the morning's last minutes above the limit, the last of them with a lowest price, and a cheap afternoon."""
    folder.mkdir()
    bars: list[bar_tapes.Bar] = []
    for count in range(12):
        price = 3706 if count < 11 else last
        bars.append((NOON - (12 - count) * MINUTE_NS, 3706, 3707, price, 3706, 200, 900))
    after = bar_tapes.minute(DAY, 13, 30)
    bars += [(after + count * MINUTE_NS, 3690, 3691, 3689, 3690, 200, 900) for count in range(10)]
    bar_tapes.tqsdk(folder / "SHFE.rb2401_1min.csv", bars)
    steel = STEEL.format(style=style, more=STYLES[style])
    plan = own.write_plan(folder / "plan.toml", steel)
    return backtest([*folder.glob("*.csv")], plan=read_plan(plan, tapes.reference()), reference=tapes.reference())


@pytest.mark.parametrize("style", STYLES)
def test_what_rests_at_the_end_of_the_session_is_taken_back_and_never_meets_the_next_one(
    tmp_path: Path, style: str
) -> None:
    ran = played(tmp_path / style, style, last=3705)  # at the limit: others were there first
    assert ran.fills == []
    assert ran.report.violations == ()
    facts = [one.record.fact for one in ran.journal.replay() if isinstance(one.record, Record)]
    assert any(isinstance(fact, OrderRecorded) for fact in facts)
    (said,) = [
        fact.mark.summary for fact in facts if isinstance(fact, f.StrategyMarked) and isinstance(fact.mark, Finished)
    ]
    assert "成交 0 手" in said
    assert "剩余 6 手不再追" in said


def test_the_last_bar_of_the_session_still_fills_what_was_there_when_it_began(tmp_path: Path) -> None:
    ran = played(tmp_path / "filled", "BEST", last=3699)
    assert [(fill.lots, fill.at_ns) for fill in ran.fills] == [(6, NOON)]
