"""A moving average over a roll, in a backtest: the step between two months is no fall of the market."""

from __future__ import annotations

from pathlib import Path

from terminal.backtest.run import backtest
from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import Finished, OwnAimed
from terminal.engine.records.journal import Record
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.e2e import own_market as own
from tests.scan_tapes import FAR, NEAR, minute, write

# Long while the price is not far below its mean; out of the market while it has seen too few prices.
RULE = """
from terminal.strategies.own.code import Aim
TITLE = "均线"
SAMPLE_SECONDS = 50
WINDOW = 12

def aim(numbers, seen):
    if len(seen.prices) < 6:
        return Aim(0, f"只看过 {len(seen.prices)} 个")
    mean = sum(seen.prices) / len(seen.prices)
    return Aim(2 if seen.prices[-1] > mean - 20 else -2, f"{seen.prices[-1]:g} 与均值 {mean:g}")
"""
MONEY = "".join(f'[[instrument]]\nid = "SHFE.{name}"\nbroker_margin_add = "0.02"\n' for name in (NEAR, FAR))
PLAN = f"""
[[strategy]]
id = "ma"
kind = "own"
account = "A"
code = "mean.py"
instrument = "SHFE.{NEAR}"
max_lots = 2

[[strategy]]
id = "roll"
kind = "roll"
account = "A"
at = "2023-10-10 09:20:00"
near = "SHFE.{NEAR}"
far = "SHFE.{FAR}"
side = "BUY"
lots = 2
batch_lots = 2
timings = [{{ type = "days_to_expiry", days = 900 }}]
strategies = ["ma"]
"""


def test_an_average_goes_on_over_the_roll_and_trades_nothing_for_it(tmp_path: Path) -> None:
    # Given two months a hundred yuan apart that stand still, and a rule that holds near
    folder = tmp_path / "tape"
    folder.mkdir()
    at = [minute(count) for count in range(1, 60)]
    write(folder, {NEAR: [(one, (3700, 3701)) for one in at], FAR: [(one, (3600, 3601)) for one in at]})
    (tmp_path / "mean.py").write_text(RULE, encoding="utf-8")
    plan = read_plan(own.write_plan(tmp_path / "plan.toml", MONEY, PLAN), tapes.reference())
    # When a roll takes it to far
    ran = backtest([folder], plan=plan, reference=tapes.reference())
    facts = [entry.record.fact for entry in ran.journal.replay() if isinstance(entry.record, Record)]
    marks = [one.mark for one in facts if isinstance(one, f.StrategyMarked)]
    (finished,) = [one for one in marks if isinstance(one, Finished)]
    assert [one.strategy for one in finished.moved] == ["ma"]
    # Then the rule has been long once and stayed so: it saw no fall of a hundred, and never too few prices again.
    assert [one.lots for one in marks if isinstance(one, OwnAimed)] == [2]
    assert [(fill.instrument, fill.lots) for fill in ran.fills] == [
        (f"SHFE.{NEAR}", 2),
        (f"SHFE.{NEAR}", 2),
        (f"SHFE.{FAR}", 2),
    ]
