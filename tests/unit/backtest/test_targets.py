"""A target in a backtest: the report shows its ratio over time, and who sleeps beside it misses nothing."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from random import Random

import msgspec
import pytest

from terminal.backtest import sleep
from terminal.backtest.page import page
from terminal.backtest.report import encode
from terminal.backtest.run import Ran
from terminal.domain.ids import InstrumentId
from tests.random_plan import CONTRACT, grid, order
from tests.random_tape import FAR, NEAR, RandomTape
from tests.unit.backtest.test_sleep import both

HEAD = """
seed = {seed}
tenant = "OWN"

[[account]]
id = "A"
cash = 10_000_000

[account.limits]
position_lots = 1000
day_loss_yuan = 1_000_000
hedge_bounds = [{{ group = "螺纹", physical_tonnes = {tonnes}, weights = {{ "SHFE.rb" = 10 }} }}]

[[person]]
id = "trader"
roles = {{ A = ["trader"] }}
"""
TARGET = """
[[strategy]]
id = "keeper"
kind = "target"
account = "A"
group = "螺纹"
instrument = "{name}"
mode = "{mode}"
aim = "{aim}"
most_lots = 100
batch_lots = {batch}
hedge_flag = "SPECULATION"
pause_seconds = {pause}
source = {source}
"""
FIXED = '{ type = "fixed", low = 40, high = 60 }'
SCORED = (
    '{ type = "factors", lowest = 20, highest = 80, days = 2, '
    'factors = [{ kind = "VOLUME", weight = 1, zero = 0, one = 2 }] }'
)


def target(random: Random, name: InstrumentId = NEAR, source: str = "") -> str:
    return TARGET.format(
        name=name,
        mode=random.choice(["EXECUTE", "EXECUTE", "PROPOSE"]) if not source else "EXECUTE",
        aim=random.choice(["EDGE", "CENTRE"]),
        batch=random.choice([1, 3, 50]),
        pause=random.choice([0, 1, 300]),
        source=source or random.choice([FIXED, FIXED, SCORED]),
    )


def played(tmp_path: Path, seed: int, *parts: str, tonnes: int) -> tuple[Ran, Ran]:
    path = tmp_path / "plan.toml"
    contracts = [CONTRACT.format(name=name) for name in (NEAR, FAR)]
    path.write_text("\n".join([HEAD.format(seed=seed, tonnes=tonnes), *contracts, *parts]), encoding="utf-8")
    return both(RandomTape(seed).recording(), path)


@pytest.mark.parametrize("seed", range(5))
def test_who_sleeps_beside_a_target_misses_nothing(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sleep, "LONGEST_WAIT", 0)  # every chance to sleep is taken
    random = Random(seed)
    parts = [target(random), *(grid(random, 0) for _ in range(seed % 2)), *(order(random) for _ in range(2))]
    awake, asleep = played(tmp_path, seed, *parts, tonnes=random.choice([300, -300, 1000]))
    for before, after in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        assert before.record == after.record
    assert encode(asleep.report) == encode(awake.report)
    assert not awake.report.violations


def test_the_report_shows_the_ratio_over_time_and_where_it_was_to_be(tmp_path: Path) -> None:
    _, ran = played(tmp_path, 3, target(Random(1), source=FIXED), tonnes=1000)
    (keeper,) = (one for one in ran.report.strategies if one.strategy == "keeper")
    assert keeper.ratio is not None
    points = keeper.ratio.points
    # From nothing to the edge or the centre, lot by lot, inside the band of each day from then on.
    assert points[0].ratio == 0
    assert 40 <= points[-1].ratio <= 60
    assert {(point.low, point.high) for point in points} == {(40, 60)}
    assert [point.at for point in points] == sorted({point.at for point in points})
    sold = -sum(keeper.open_lots.values())
    assert points[-1].ratio == sold  # ten tonnes of a thousand are one per cent
    shown = page(ran.report).decode()
    assert "套保比例 keeper　螺纹" in shown
    assert f"期末 {points[-1].ratio}%" in shown
    # And where the basis was changed on the way, each part of it is told on its own.
    *early, last = points
    taxed = msgspec.structs.replace(last, ratio=Decimal("61.7"), vat=Decimal("0.13"))
    ratio = msgspec.structs.replace(keeper.ratio, points=(*early, taxed))
    changed = msgspec.structs.replace(ran.report, strategies=(msgspec.structs.replace(keeper, ratio=ratio),))
    shown = page(changed).decode()
    assert f"最高 {max(one.ratio for one in early)}%　期末 {early[-1].ratio}%<br>口径：不含税，敞口 ÷ 1.13" in shown
    assert "最低 61.7%　最高 61.7%　期末 61.7%" in shown


def test_a_target_inside_its_band_is_passed_over(tmp_path: Path) -> None:
    _, asleep = played(tmp_path, 40, target(Random(1), source=FIXED), tonnes=1000)
    assert asleep.report.total.activity.orders > 0
    assert asleep.passed / asleep.report.market.batches > 0.5
