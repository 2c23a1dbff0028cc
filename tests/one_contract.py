"""Draw tapes of one contract that a kernel may play, and grids and averages on them, all of it from one seed."""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec
import numpy as np

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import WIDTH, Column, DayFacts, Recording, Valid
from tests.grid_text import grid_text

# One exchange tells today's lots from older ones when it closes, the other does not.
SPLIT, WHOLE = InstrumentId("SHFE.rb2605"), InstrumentId("DCE.i2605")
DAYS: Final = (20260105, 20260106, 20260107)
NIGHT: Final = ((21, 0, 0, 21, 4), (22, 56, 0, 23, 0))  # on the evening before, not before the first day
DAY: Final = ((9, 0, 0, 9, 4), (10, 12, 0, 10, 15), (10, 30, 0, 10, 32), (13, 30, 0, 13, 33), (14, 56, 0, 15, 0))
MASK: Final = int(Valid.BID | Valid.ASK | Valid.LAST | Valid.VOLUME)
START: Final = 3000
INSTRUMENT: Final = """
[[instrument]]
id = "{name}"
tick = 1
margin_rate = "0.1"
broker_margin_add = "0"
max_lots = 500
fees.open = {{ by_value = "0.0001" }}
fees.close = {{ by_value = "0.0001" }}
fees.close_today = {{ {today} }}
"""
HEAD: Final = (
    """
seed = {seed}
tenant = "OWN"

[[account]]
id = "A"
cash = 100_000_000
limits = {{ position_lots = 1000, day_loss_yuan = 10_000_000, confirm_value_yuan = 100_000_000 }}

[[person]]
id = "trader"
roles = {{ A = ["trader"] }}
"""
    + INSTRUMENT
)


def tape_of(seed: int) -> Recording:
    """Return a recording of some three thousand quotes over three days, nights and breaks in it."""
    random = Random(seed)
    name, wild = random.choice([SPLIT, WHOLE]), random.choice([1, 1, 2, 4])
    rows: list[list[int]] = []
    facts: list[tuple[int, DayFacts]] = []
    price, volume, before = START, 0, 0
    room = random.choice([150, 300, 600])
    for number, day in enumerate(DAYS):
        said = DayFacts(
            instrument=name, trading_day=day, pre_settlement=price, upper_limit=price + room, lower_limit=price - room
        )
        facts.append((len(rows), said))
        stretches = [(before, *night) for night in NIGHT if number] + [(day, *stretch) for stretch in DAY]
        volume = 0
        if not number or random.random() < 0.5:  # the opening auction; nothing is displayed on one side
            opens = instant(*stretches[0][:4])
            rows.append(row_of(random, opens - 90 * SECOND_NS, price, volume))
            rows[-1][Column.MASK] &= ~int(Valid.BID)
        for on, hour, minute, second, until_hour, until_minute in stretches:
            at, until = instant(on, hour, minute, second), instant(on, until_hour, until_minute)
            pace = random.choice([0.25, 0.5, 0.5, 1])
            while at < until - SECOND_NS:
                price += random.choice([0, 0, -1, 1]) * random.choice([1, 1, 1, wild, 4 * wild])
                price = min(max(price, said.lower_limit + 5), said.upper_limit - 5)  # type: ignore[operator]
                volume += random.choice([0, 1, 5])
                rows.append(row_of(random, at, price, volume))
                at += int(random.choice([0.5, 0.5, 1, 1, 2, random.choice([1, 3, 20, 70])]) * pace * SECOND_NS)
            rows.append(row_of(random, until - SECOND_NS // 2, price, volume))
            if random.random() < 0.5:  # said once more when the break has begun
                rows.append(row_of(random, until + SECOND_NS // 2, price, volume))
        if random.random() < 0.5:
            settled = msgspec.structs.replace(said, settlement=price + random.randint(-3, 3))
            facts.append((len(rows) - 1, settled))
        before = day
    table = np.array(rows, dtype=np.int64)
    return Recording(
        name="随机行情",
        universe=(name,),
        slots=np.zeros(len(rows), dtype=np.int64),
        rows=table,
        ends=np.arange(1, len(rows) + 1),
        at=table[:, Column.EXCHANGE_AT].copy(),
        day_facts=tuple(facts),
        quarantined={},
        absent={},
    )


def row_of(random: Random, at: int, price: int, volume: int) -> list[int]:
    """Return a quote around a price, as it stands in a recording."""
    row = [0] * WIDTH
    row[Column.BID], row[Column.ASK] = price - random.randint(0, 1), price + random.randint(1, 2)
    row[Column.LAST] = random.choice([price - 1, price, price + 1])
    row[Column.BID_LOTS], row[Column.ASK_LOTS] = (random.choice([1, 2, 3, 9]) for _ in "ba")
    row[Column.VOLUME], row[Column.MASK], row[Column.EXCHANGE_AT] = volume, MASK, at
    return row


def plan_of(seed: int, name: InstrumentId) -> str:
    """Return a plan with one grid around the tape's first price."""
    random = Random(seed + 1_000_000)
    sign = random.choice([1, -1])
    step, lines = random.choice([1, 2, 3, 5, 8]), random.randint(2, 60)
    anchor = START + sign * random.randint(-10, 60)
    end = anchor - sign * step * lines
    wide = random.choice([0, 3, 400])
    near, far = anchor + sign * wide, end - sign * random.choice([0, 400])
    today = 'by_value = "0.0003"' if name == SPLIT else 'by_value = "0.0001"'
    return HEAD.format(seed=seed, name=name, today=today) + grid_text(
        name=name,
        sign=sign,
        anchor=anchor,
        step=step,
        lines=lines,
        lots=random.choice([1, 1, 2, 4]),
        bounds=(near, far),
        stop=far - sign * random.randint(1, 400),
    )


AVERAGES: Final = """
[[strategy]]
id = "ma"
kind = "own"
account = "A"
code = "averages.py"
instrument = "{name}"
max_lots = {most}
pay_up_ticks = {pay_up}
chase_seconds = {patience}
numbers = {{ fast = {fast}, slow = {slow}, lots = {lots} }}
"""
RULE: Final = """
from terminal.strategies.own.averages import TwoAverages
from terminal.strategies.own.code import Number

TITLE = "双均线"
SAMPLE_SECONDS = {sample}
WINDOW = 60
NUMBERS = (
    Number("fast", "快线", "个", least=1, most=60, value=5),
    Number("slow", "慢线", "个", least=2, most=60, value=20),
    Number("lots", "手数", "手", least=1, most=50, value=2),
)
aim = TwoAverages(flat_below={flat}, days={days})
check = aim.check
"""


def averages_of(seed: int, name: InstrumentId) -> tuple[str, str]:
    """Return a plan with one strategy of two averages, and the file of its rule, which lies beside it."""
    random = Random(seed + 2_000_000)
    split = name == SPLIT
    lots, fast = random.choice([1, 2, 5, 12]), random.randint(1, 8)
    plan = (HEAD + AVERAGES).format(
        seed=seed,
        name=name,
        today='by_value = "0.0003"' if split else 'by_value = "0.0001"',
        most=lots + random.randint(0, 3),
        pay_up=random.choice([0, 1, 1, 3]),
        patience=random.choice([1, 2, 5]),
        fast=fast,
        slow=fast + random.randint(1, 30),
        lots=lots,
    )
    # The contracts end in May: two of three seeds never come near that day.
    rule = RULE.format(sample=random.choice([1, 2, 5, 20]), flat=random.random() < 0.3, days=random.choice([0, 3, 999]))
    return plan, rule
