"""Tell at which prices each day of a recording is settled, as the engine finds them when the next day begins.

A day's settlement price is what the exchange or the plan says it is, or else what they call the previous one on the day
after. Where nobody says anything the day's last price stands in, and on a day without a quote the price before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from terminal.domain.market import DayFacts, Recording
    from terminal.shell.plans.plan import Plan

    Table = NDArray[np.int64]

UNSAID: Final = np.iinfo(np.int64).min


class Settlements(NamedTuple):
    """Hold of each day but the last the batch that settles it, the latest row before, and what was said of it.

    `said` are ticks by day and contract, `UNSAID` where nobody said a price; `quoted` tells the days that had a quote.
    """

    batches: Table
    rows: Table
    quoted: NDArray[np.bool_]
    said: Table

    def prices(self, last: Table) -> Table:
        """Return the prices by day and contract, ticks; `last` are the last prices by row and contract."""
        found = np.where(self.quoted[:, None] & (self.said == UNSAID), last[self.rows], self.said)
        for day in range(1, len(found)):
            found[day] = np.where(found[day] == UNSAID, found[day - 1], found[day])
        return found


def settlements_of(recording: Recording, plan: Plan, days: Sequence[int], places: Table) -> Settlements:
    """Return the settlements of a recording over these trading days; `places` are the days of its batches."""
    ended = np.arange(len(days) - 1)
    batches = np.searchsorted(places, ended, side="right")
    said = np.full((len(days) - 1, len(recording.universe)), UNSAID, dtype=np.int64)
    seen = np.unique(places).tolist()  # the plan's word of a day is heard when that day begins
    for slot, name in enumerate(recording.universe):
        by_plan = (plan.listing.day_facts(name, days[place]) for place in seen)
        told = (fact for _, fact in recording.day_facts if fact.instrument == name)
        settled, before = _words([*(one for one in by_plan if one is not None), *told])
        for day, after in zip(ended.tolist(), days[1:], strict=True):
            said[day, slot] = settled.get(days[day], before.get(after, UNSAID))
    return Settlements(batches, recording.ends[batches - 1] - 1, np.isin(ended, places), said)


def _words(said: Sequence[DayFacts]) -> tuple[dict[int, int], dict[int, int]]:
    # What each day settled at, and what it called the settlement before; who speaks later is heard.
    settled = {one.trading_day: one.settlement for one in said if one.settlement is not None}
    return settled, {one.trading_day: one.pre_settlement for one in said if one.pre_settlement is not None}
