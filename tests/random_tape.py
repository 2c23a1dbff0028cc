"""Make random recordings of two contracts, with what markets do: gaps, one side, halts, limits, edges of sessions."""

from __future__ import annotations

from random import Random
from typing import Final

import numpy as np

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import WIDTH, Column, DayFacts, Recording, Valid

NEAR, FAR = InstrumentId("SHFE.rb2605"), InstrumentId("SHFE.rb2610")
DAYS: Final = ((20260105, False), (20260106, True), (20260107, True))  # the first one follows a holiday: no night
NIGHT: Final = ((20, 55, 21, 6), (22, 58, 23, 2))  # on the evening before
DAY: Final = ((8, 49, 9, 6), (10, 13, 10, 32), (11, 28, 11, 31), (13, 29, 13, 33), (14, 58, 15, 1))
START: Final = 3000
FULL: Final = int(Valid.BID | Valid.ASK | Valid.LAST | Valid.VOLUME | Valid.OPEN_INTEREST)


class RandomTape:
    """Draw one recording of about 2 000 batches, all of it from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.slots: list[int] = []
        self.rows: list[list[int]] = []
        self.ends: list[int] = []
        self.at: list[int] = []
        self.facts: list[tuple[int, DayFacts]] = []
        self.price = [START, START + self.random.randint(-8, 8)]
        self.volume, self.mood = [0, 0], ["plain", "plain"]
        self.wild = self.random.choice([1, 1, 3])
        self.room = self.random.choice([12, 40, 200])  # ticks to the daily limits
        self.band = [(0, 0), (0, 0)]

    def recording(self) -> Recording:
        """Return it."""
        before = 20251231
        for day, has_night in DAYS:
            self._begin(day)
            for begin in NIGHT if has_night else ():
                self._stretch(day, instant(before, *begin[:2]), instant(before, *begin[2:]))
            for begin in DAY:
                self._stretch(day, instant(day, *begin[:2]), instant(day, *begin[2:]))
            before = day
        return Recording(
            name="随机行情",
            universe=(NEAR, FAR),
            slots=np.array(self.slots, dtype=np.int64),
            rows=np.array(self.rows, dtype=np.int64).reshape(-1, WIDTH),
            ends=np.array(self.ends, dtype=np.int64),
            at=np.array(self.at, dtype=np.int64),
            day_facts=tuple(self.facts),
            quarantined={},
            absent={},
        )

    def _begin(self, day: int) -> None:
        self.volume = [0, 0]
        for slot in (0, 1):
            self._say(slot, day, self.price[slot] + self.random.randint(-3, 3))

    def _say(self, slot: int, day: int, before: int) -> None:
        self.band[slot] = before - self.room, before + self.room
        lower, upper = self.band[slot]
        said = DayFacts(
            instrument=(NEAR, FAR)[slot],
            trading_day=day,
            pre_settlement=before,
            upper_limit=upper,
            lower_limit=lower,
        )
        self.facts.append((len(self.ends), said))

    def _stretch(self, day: int, at: int, until: int) -> None:
        random = self.random
        pace = random.choice([0.5, 0.5, 1, 2.5])
        while at < until:
            at += int(random.choice([0.2, 0.5, 0.5, 1, 1, 2, random.choice([3, 20, 70])]) * pace * SECOND_NS)
            if random.random() < 0.001:
                self._say(random.randint(0, 1), day, (self.band[0][0] + self.band[0][1]) // 2 + random.randint(-2, 2))
            for slot in random.choice([(0,), (0,), (0,), (1,), (0, 1), (0, 0)]):
                self.slots.append(slot)
                self.rows.append(self._quote(slot, at))
            self.ends.append(len(self.rows))
            self.at.append(at)

    def _quote(self, slot: int, at: int) -> list[int]:
        random = self.random
        if random.random() < 0.02:
            self.mood[slot] = random.choice(["plain", "plain", "no bid", "no ask", "empty", "no last", "up", "down"])
        mood, (lower, upper) = self.mood[slot], self.band[slot]
        drift = {"up": 1, "down": -1}.get(mood, 0) * (random.random() < 0.3)
        self.price[slot] += random.choice([0, 0, -1, 1]) * random.choice([1, 1, self.wild, 4 * self.wild]) + drift
        price = self.price[slot] = min(max(self.price[slot], lower), upper)
        bid, ask = price - random.randint(0, 1), price + random.randint(1, 2)
        row, mask = [0] * WIDTH, FULL
        if bid < lower or mood in {"no bid", "empty"}:
            mask &= ~Valid.BID
        if ask > upper or mood in {"no ask", "empty"}:
            mask &= ~Valid.ASK
        if mood == "no last" or random.random() < 0.002:
            mask &= ~Valid.LAST
        if random.random() < 0.01:
            mask &= ~Valid.VOLUME
        self.volume[slot] += random.choice([0, 0, 1, 5, 40])
        row[Column.BID], row[Column.ASK], row[Column.LAST] = bid, ask, random.choice([bid, price, ask])
        row[Column.BID_LOTS], row[Column.ASK_LOTS] = (random.choice([0, 1, 2, 9, 9, 9]) for _ in "ba")
        row[Column.VOLUME], row[Column.OPEN_INTEREST] = self.volume[slot], 1000 + random.randint(0, 3)
        row[Column.MASK], row[Column.EXCHANGE_AT] = mask, at
        return row
