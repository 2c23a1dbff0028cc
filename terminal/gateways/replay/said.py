"""Find what a recording says about whole days: previous settlement, price limits, settlement.

Snapshots repeat these facts in every row, and CZCE's night rows already show a running settlement price. A
settlement counts only when it is said at the close of the day it belongs to; everything else counts when it is
first said.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from terminal.domain.days.calendar import MINUTE_NS, Calendar
from terminal.domain.days.sessions import Phase
from terminal.domain.market import Column, DayFacts
from terminal.domain.products.instrument import Instrument
from terminal.gateways.replay.exact import ABSENT, OFF_TICK, PriceTexts
from terminal.gateways.replay.intake import Field, Intake, Track
from terminal.gateways.replay.sift import Fate, Sifted

# CZCE stamps the snapshot with the settlement as late as the last second before the close.
AT_THE_CLOSE_NS: Final = MINUTE_NS

_TRUSTED: Final = (Fate.QUOTE, Fate.OUTSIDE_SESSION, Fate.DUPLICATE)
_FIELDS: Final = ("pre_settlement", "upper_limit", "lower_limit", "settlement")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Hold day facts by the row (of the sifted table) that said them, and the facts no row said, by name."""

    facts: dict[int, DayFacts]
    missing: dict[str, int]


def day_facts(sifted: Sifted, intake: Intake, calendar: Calendar) -> Said:
    """Return what is new in what the rows say about their trading days."""
    closes = _Closes(calendar)
    texts = list(intake.sayings)
    tracks = intake.tracks
    known: dict[tuple[int, int], DayFacts] = {}
    facts: dict[int, DayFacts] = {}
    for place in _turns(sifted, tracks, closes).tolist():
        row = sifted.table[place]
        track, day = tracks[int(row[Field.SLOT])], int(sifted.days[place])
        at_close = int(row[Column.EXCHANGE_AT]) >= closes.from_when(track.instrument, day)
        before = known.get((track.slot, day), DayFacts(instrument=track.instrument.id, trading_day=day))
        after = _told(before, texts[int(row[Field.SAID])], track.prices, at_close=at_close)
        known[track.slot, day] = after
        if after != before:
            facts[place] = after
    missing = {name: sum(getattr(fact, name) is None for fact in known.values()) for name in _FIELDS}
    return Said(facts=facts, missing={name: count for name, count in missing.items() if count})


class _Closes:
    """Know from when on a day's settlement may be said."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._known: dict[tuple[str, int], int] = {}

    def from_when(self, instrument: Instrument, day: int) -> int:
        template = instrument.session_on(day)
        if template is None:
            return self._calendar.ends_at(day)
        if (template, day) not in self._known:
            plan = self._calendar.day_plan(template, day)
            close = max(interval.ends_at for interval in plan if interval.phase is Phase.CONTINUOUS)
            self._known[template, day] = close - AT_THE_CLOSE_NS
        return self._known[template, day]


def _turns(sifted: Sifted, tracks: list[Track], closes: _Closes) -> NDArray[np.int64]:
    """Return the places of trusted rows that say something else than the trusted row before them."""
    table = sifted.table
    trusted = np.flatnonzero(np.isin(sifted.fates, _TRUSTED) & (table[:, Field.SAID] >= 0))
    slots, days, said = table[trusted, Field.SLOT], sifted.days[trusted], table[trusted, Field.SAID]
    if not len(trusted):
        return trusted
    new = np.ones(len(trusted), dtype=np.bool_)
    new[1:] = (slots[1:] != slots[:-1]) | (days[1:] != days[:-1])
    # The close of the day makes a repeated saying new once: only now its settlement counts.
    heads = np.flatnonzero(new)
    stamps = table[trusted, Column.EXCHANGE_AT]
    for head, end in zip(heads.tolist(), [*heads[1:].tolist(), len(trusted)], strict=True):
        close = closes.from_when(tracks[int(slots[head])].instrument, int(days[head]))
        late = head + int(np.searchsorted(stamps[head:end], close))
        if late < end:
            new[late] = True
    new[1:] |= said[1:] != said[:-1]
    return trusted[new]


def _told(before: DayFacts, texts: tuple[str, ...], prices: PriceTexts, *, at_close: bool) -> DayFacts:
    pre_settlement, upper, lower, settlement = texts
    return DayFacts(
        instrument=before.instrument,
        trading_day=before.trading_day,
        pre_settlement=_or_known(prices.settlement_rounded_half_up(pre_settlement), before.pre_settlement),
        upper_limit=_or_known(prices[upper], before.upper_limit),
        lower_limit=_or_known(prices[lower], before.lower_limit),
        settlement=_or_known(prices.settlement_rounded_half_up(settlement) if at_close else ABSENT, before.settlement),
    )


def _or_known(ticks: int, known: int | None) -> int | None:
    return known if ticks in (ABSENT, OFF_TICK) else ticks
