"""Draw tapes of two contracts of one exchange that a kernel may play, and spreads on them, all of it from one seed."""

from __future__ import annotations

from random import Random
from typing import Final

import numpy as np

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import Column, DayFacts, Recording, Valid
from tests.one_contract import DAY, DAYS, HEAD, INSTRUMENT, NIGHT, START, row_of

PAIRS: Final = (("SHFE.rb2605", "SHFE.rb2610"), ("DCE.i2605", "DCE.i2609"))
BELOW: Final = 50  # ticks that the second contract stands below the first, in the middle
SPREAD: Final = """
[[strategy]]
id = "spread"
kind = "spread"
account = "A"
buy_at = {buy}
sell_at = {sell}
sets = {sets}
max_sets = {most}
naked_lots = {naked}
hedge_seconds = {patience}
max_chases = {chases}
pause_seconds = {pause}
legs = [
    {{ instrument = "{first}", coefficient = {one}, lots = {lots}, active = {leads}, pay_up_ticks = {pay_up} }},
    {{ instrument = "{second}", coefficient = {two}, lots = {others}, active = {follows}, pay_up_ticks = {pay_up} }},
]
"""


def pair_of(seed: int) -> Recording:
    """Return a recording of some three thousand quotes of two contracts over three days, nights and breaks in it."""
    random = Random(seed)
    names = tuple(InstrumentId(name) for name in random.choice(PAIRS))
    rows: list[list[int]] = []
    slots: list[int] = []
    facts: list[tuple[int, DayFacts]] = []
    price, apart, volume, before = START, 0.0, 0, 0
    wild, calm = random.choice([0.6, 1.5, 3]), random.choice([0.9, 0.98])

    def quote(at: int, slot: int) -> None:
        middle = price - slot * (BELOW + round(apart))
        rows.append(row_of(random, at, middle, volume))
        slots.append(slot)

    for number, day in enumerate(DAYS):
        known = random.random() < 0.8 or number > 0  # else the second contract has no price before its first quote
        for slot, name in enumerate(names):
            middle = price - slot * BELOW
            said = DayFacts(
                instrument=name,
                trading_day=day,
                pre_settlement=middle if known or not slot else None,
                upper_limit=middle + 300,
                lower_limit=middle - 300,
            )
            facts.append((len(rows), said))
        stretches = [(before, *night) for night in NIGHT if number] + [(day, *stretch) for stretch in DAY]
        volume = 0
        if not number or random.random() < 0.5:  # the opening auction; nothing is displayed on one side
            quote(instant(*stretches[0][:4]) - 90 * SECOND_NS, 0)
            rows[-1][Column.MASK] &= ~int(Valid.BID)
        for on, hour, minute, second, until_hour, until_minute in stretches:
            at, until = instant(on, hour, minute, second), instant(on, until_hour, until_minute)
            pace, share = random.choice([0.25, 0.5, 1]), random.choice([0.5, 0.5, 0.1])
            while at < until - SECOND_NS:
                price += random.choice([0, 0, -1, 1])
                apart = apart * calm + random.gauss(0, wild)
                volume += random.choice([0, 1, 5])
                quote(at, int(random.random() < share))
                at += int(random.choice([0, 0.5, 0.5, 1, 2, random.choice([1, 3, 20, 70])]) * pace * SECOND_NS)
            quote(until - SECOND_NS // 2, random.randint(0, 1))
            if random.random() < 0.5:  # said once more when the break has begun
                quote(until + SECOND_NS // 2, random.randint(0, 1))
        before = day
    table = np.array(rows, dtype=np.int64)
    return Recording(
        name="随机行情",
        universe=names,
        slots=np.array(slots, dtype=np.int64),
        rows=table,
        ends=np.arange(1, len(rows) + 1),
        at=table[:, Column.EXCHANGE_AT].copy(),
        day_facts=tuple(facts),
        quarantined={},
        absent={},
    )


def spread_of(seed: int, names: tuple[InstrumentId, ...]) -> str:
    """Return a plan with one spread around the distance that the tape's contracts keep."""
    random = Random(seed + 3_000_000)
    first, second = names
    split = first.startswith("SHFE")
    lots, others = random.choice([(1, -1), (1, -1), (2, -3), (3, -2), (1, -4)])
    sign, leads = random.choice([1, 1, -1]), random.random() < 0.5
    most, half = random.choice([1, 2, 5]), random.choice([0, 1, 2, 3, 5])
    plan = HEAD.removesuffix(INSTRUMENT) + INSTRUMENT + INSTRUMENT.replace("{name}", "{second}") + SPREAD
    return plan.format(
        seed=seed,
        name=first,
        today='by_value = "0.0003"' if split else 'by_value = "0.0001"',
        buy=sign * BELOW - half,
        sell=sign * BELOW + half + random.randint(1, 3),
        sets=random.choice([1, 2, most]),
        most=most,
        naked=random.choice([4, 4, 9, 20]),
        patience=random.choice([1, 2, 5]),
        chases=random.choice([2, 5, 9]),
        pause=random.choice([0, 5, 30]),
        first=first,
        second=second,
        one=sign,
        two=-sign,
        lots=sign * lots,
        others=sign * others,
        leads=str(leads).lower(),
        follows=str(not leads).lower(),
        pay_up=random.choice([0, 1, 3]),
    )


def joined(apart: Recording, seed: int) -> Recording:
    """Return the same quotes, now and then one of each contract in a batch, and each day's words an hour before it."""
    random = Random(seed)
    said: dict[int, list[DayFacts]] = {}
    for index, fact in apart.day_facts:
        said.setdefault(index, []).append(fact)
    at: list[int] = []
    ends: list[int] = []
    facts: list[tuple[int, DayFacts]] = []
    row, stamps, slots = 0, apart.at.tolist(), apart.slots.tolist()
    while row < len(slots):
        if row in said:
            facts += [(len(at), fact) for fact in said[row]]
            at.append(stamps[row] - 3600 * SECOND_NS)
            ends.append(row)
        follows = row + 1 < len(slots) and row + 1 not in said and slots[row + 1] != slots[row]
        both = follows and stamps[row + 1] - stamps[row] < 2 * SECOND_NS and random.random() < 0.5
        at.append(stamps[row + both])
        row += 1 + both
        ends.append(row)
    return Recording(
        name=apart.name,
        universe=apart.universe,
        slots=apart.slots,
        rows=apart.rows,
        ends=np.array(ends, dtype=np.int64),
        at=np.array(at, dtype=np.int64),
        day_facts=tuple(facts),
        quarantined={},
        absent={},
    )
