"""Hold backtests that pass over what cannot matter against the same ones that look at every batch."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from random import Random

import pytest

from terminal.backtest.report import encode
from terminal.backtest.run import Ran, play
from terminal.domain.market import Recording
from terminal.shell.plans.plan import read_plan
from tests import tapes
from tests.random_tape import FAR, NEAR, START, RandomTape

SEEDS = (0, 2, 4, 12, 16, 21, 27, 28, 30, 31, 33, 35)  # of the first forty, those that trade most
HEAD = """
seed = {seed}
tenant = "OWN"

[[account]]
id = "A"
cash = {cash}
limits = {{ position_lots = {position}, day_loss_yuan = {loss} }}

[[person]]
id = "trader"
roles = {{ A = ["trader"] }}
"""
CONTRACT = """
[[instrument]]
id = "{name}"
margin_rate = "0.1"
broker_margin_add = "0"
max_lots = 500
fees.open = {{ by_value = "0.0001" }}
fees.close = {{ by_value = "0.0001" }}
fees.close_today = {{ by_value = "0.0001" }}
"""
GRID = """
[[strategy]]
id = "{id}"
kind = "grid"
account = "A"
instrument = "{name}"
side = "{side}"
anchor = {anchor}
step = {step}
lines = {lines}
lots_per_line = {lots}
lower = {lower}
upper = {upper}
stop = {stop}
out_of_range = "{out}"
{more}
"""


def grid(random: Random, number: int) -> str:
    sign = random.choice([1, -1])
    anchor, step, lines = START + random.randint(-6, 20) * sign, random.choice([1, 2, 3, 5]), random.randint(2, 20)
    end = anchor - sign * step * lines
    near, far = anchor + sign * random.randint(0, 20), end - sign * random.randint(0, 6)
    return GRID.format(
        id=f"grid{number}",
        name=random.choice([NEAR, NEAR, FAR]),
        side="BUY" if sign > 0 else "SELL",
        anchor=anchor,
        step=step,
        lines=lines,
        lots=random.choice([1, 1, 2, 5]),
        lower=min(near, far),
        upper=max(near, far),
        stop=far - sign * random.randint(1, 10),
        out=random.choice(["HOLD", "HOLD", "STOP", "FLATTEN"]),
        more=f"trail_to = {anchor + sign * random.randint(5, 30)}" if random.random() < 0.3 else "",
    )


def order(random: Random) -> str:
    day, hour = random.choice(["2026-01-05", "2026-01-06"]), random.choice(["09:01", "10:31", "13:31", "14:59"])
    price = START + random.randint(-12, 12)
    return f"""
[[command]]
do = "submit"
at = "{day} {hour}:{random.randint(10, 50)}"
by = "trader"
account = "A"
instrument = "{random.choice([NEAR, FAR])}"
side = "{random.choice(["BUY", "SELL"])}"
offset = "OPEN"
lots = {random.randint(1, 3)}
price = {price}
"""


def plan_of(seed: int) -> str:
    random = Random(seed)
    head = HEAD.format(
        seed=seed,
        cash=random.choice([60_000, 10_000_000]),
        position=random.choice([8, 1000]),
        loss=random.choice([300, 2_000, 1_000_000]),
    )
    parts = [CONTRACT.format(name=name) for name in (NEAR, FAR)]
    parts += [grid(random, number) for number in range(random.choice([0, 1, 2, 3]))]
    parts += [order(random) for _ in range(random.choice([0, 1, 3]))]
    return "\n".join([head, *parts])


def both(recording: Recording, path: Path) -> tuple[Ran, Ran]:
    def ran(*, sleeping: bool) -> Ran:
        plan = read_plan(path, tapes.reference())  # its script keeps its place: one run each
        return play(recording, plan=plan, reference=tapes.reference(), sleeping=sleeping)

    return ran(sleeping=False), ran(sleeping=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_who_sleeps_misses_nothing(seed: int, tmp_path: Path) -> None:
    recording = RandomTape(seed).recording()
    path = tmp_path / "plan.toml"
    path.write_text(plan_of(seed), encoding="utf-8")
    awake, asleep = both(recording, path)
    for before, after in zip_longest(awake.journal.replay(), asleep.journal.replay()):
        assert before.record == after.record
    assert encode(asleep.report) == encode(awake.report)
    assert asleep.fills == awake.fills
    assert awake.passed == 0
    assert asleep.passed > len(recording) // 10
