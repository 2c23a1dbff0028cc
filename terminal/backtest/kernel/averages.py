"""Decide for two averages of sampled prices as `strategies.own` does by the house's rule for them: compiled.

The middle price is sampled every so often, in any batch of continuous trading that displays both sides. The rule
compares whole numbers: sums of twice the middle, in ticks. What it asks for is stated first and traded with the next
look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.backtest.kernel.compiling import compiled, entered
from terminal.backtest.kernel.exchange import CHASES, FAR_TAKEN, LEFT, NEAR_TAKEN, NET, OWN, SEEN, open_row, place_order
from terminal.backtest.kernel.legs import (
    is_seen,
    next_report,
    pursue,
)
from terminal.backtest.kernel.memory import AT, BOTH, DAY, FAR, FIRST, LAST, NEAR, NONE, OPEN, RUNS_OUT, SENT, STOPPED
from terminal.backtest.kernel.reports import asks_again

if TYPE_CHECKING:
    from terminal.backtest.kernel.exchange import Legs, Table

# What is fixed: samples of the averages and between two looks (ns), lots above and below, the day from which on nothing
# is held, the pay-up and the patience of an order, and the row that is sampled first.
FAST, SLOW, STEP, ABOVE, BELOW, LAST_DAY, PAY_UP, PATIENCE, FIRST_SAMPLE = range(9)
GIVEN: Final = 9
# What is known now: lots asked for and stated, when the next sample is due, how many there were, the sums of the last.
ASKED_FOR, AIM, SAMPLE_DUE, COUNT, SUM_FAST, SUM_SLOW = range(OWN, OWN + 6)
OWN_FIELDS: Final = 6
SILENT: Final = 1 << 40  # no opinion: more lots than anybody may hold


@compiled
def _samples(market: Table, beside: Table, batch: int, due: int) -> bool:
    # Whether a batch brings a sample that is due at an instant.
    row = market[batch]
    return bool(row[AT] >= due and row[OPEN] >= RUNS_OUT and beside[batch, BOTH])


@compiled
def _sample(g: Legs, batch: int) -> None:
    now, ring, row = g.now, g.ring, g.market[batch]
    now[SAMPLE_DUE] = row[AT] + g.given[STEP]
    size, count, value = len(ring), now[COUNT], row[FAR] + row[NEAR]
    now[SUM_FAST] += value - (ring[(count - g.given[FAST]) % size] if count >= g.given[FAST] else 0)
    now[SUM_SLOW] += value - (ring[(count - g.given[SLOW]) % size] if count >= g.given[SLOW] else 0)
    ring[count % size] = value
    now[COUNT] += 1


@compiled
def _ask(g: Legs, day: int) -> None:
    """Ask the rule: its answer changes with a sample or a day only."""
    now, given = g.now, g.given
    if now[COUNT] < given[SLOW]:
        now[ASKED_FOR] = SILENT
    elif day >= given[LAST_DAY]:
        now[ASKED_FOR] = 0
    else:
        apart = now[SUM_FAST] * given[SLOW] - now[SUM_SLOW] * given[FAST]
        now[ASKED_FOR] = given[ABOVE] if apart > 0 else given[BELOW] if apart < 0 else SILENT


@compiled
def _decide(g: Legs) -> None:
    now, one = g.now, g.legs[0]
    if not is_seen(g, 0):
        return
    if now[ASKED_FOR] not in (SILENT, now[AIM]):
        now[AIM], one[CHASES] = now[ASKED_FOR], 0
        return
    lack = now[AIM] - one[NET]
    if lack * one[NET] < 0:  # first to nothing
        lack = max(lack, -one[NET]) if lack < 0 else min(lack, -one[NET])
    if lack or one[LEFT]:
        pursue(g, 0, lack, g.given[PAY_UP], g.given[PATIENCE], 0)
    if now[SENT] != NONE:
        now[SENT] = NONE
        place_order(g, 0)


@compiled
def _take_reports(g: Legs) -> None:
    now = g.now
    while now[FIRST] < now[LAST] and not now[STOPPED]:
        if next_report(g) != NONE:
            g.legs[0, CHASES] = 0
        _decide(g)


@compiled
def _has_time(g: Legs) -> bool:
    # Whether nothing is to be done before the next sample or day.
    now, one = g.now, g.legs[0]
    asked = now[ASKED_FOR] in (SILENT, now[AIM])
    return bool(asked and one[NET] == now[AIM] and not (one[LEFT] or one[FAR_TAKEN] or one[NEAR_TAKEN]))


@compiled
def _pass_over(market: Table, beside: Table, now: Table, batch: int) -> int:
    """Pass over the batches up to the next sample or day, and return that one."""
    day, due = market[batch - 1, DAY], now[SAMPLE_DUE]
    while batch < len(market):
        at = market[batch, AT]
        if market[batch, DAY] != day or _samples(market, beside, batch, due):
            break
        asks_again(now, at)
        batch += 1
    return batch


@entered
def play(g: Legs) -> int:
    """Play the whole market, and return how many batches were followed: all of them, or those before it stopped."""
    batch = 0
    while True:
        if batch > g.given[FIRST_SAMPLE] and _has_time(g):
            batch = _pass_over(g.market, g.beside, g.now, batch)
            g.legs[0, SEEN] = batch - 1
        if batch >= len(g.market):
            return batch
        asked = open_row(g, batch)
        if batch >= g.given[FIRST_SAMPLE] and _samples(g.market, g.beside, batch, g.now[SAMPLE_DUE]):
            _sample(g, batch)
        _ask(g, g.market[batch, DAY])
        if asked:
            _decide(g)
        _take_reports(g)
        if g.now[STOPPED]:
            return batch
        batch += 1
