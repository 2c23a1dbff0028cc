"""Judge when a roll begins, and how much of it a day may close, by what its timings say of the calendar alone.

What depends on prices and volumes is left open here; what depends on days and on a person's word is reckoned anew. A
roll whose timings together cannot be met, whatever the market shows, may not close a lot; one that only its slices can
have begun closes no more by a day than the slices up to it, until another timing may call for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from terminal.domain.days.calendar import Calendar, number, to_date
from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import RollBegan
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.order import OrderTerms
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    Half,
    Manual,
    RollSettings,
    Slices,
    StepDay,
    Timing,
)
from terminal.domain.products.instrument import Instrument
from terminal.simulation.rough.tally import Tally

Met = tuple[bool | None, ...]  # of each timing; `None` where the market decides


class TimingJudge:
    """Follow every roll of one play."""

    def __init__(self, tally: Tally, calendar: Calendar, instrument: Callable[[InstrumentId, int], Instrument]) -> None:
        self.begun: dict[str, int] = {}  # rolls by the timings that began them, as they said
        self._tally = tally
        self._calendar = calendar
        self._instrument = instrument
        self._paced: dict[StrategyId, bool] = {}

    def kept(self, fact: object) -> None:
        """Take what became durable: what a roll says it was begun by."""
        if isinstance(fact, f.StrategyMarked) and isinstance(fact.mark, RollBegan):
            for tag in fact.mark.because:
                self.begun[tag] = self.begun.get(tag, 0) + 1

    def faults(self, strategy: StrategyId, settings: RollSettings, terms: OrderTerms, at: int) -> Iterator[str]:
        """Say what is wrong with an order of a roll on its way out; it is not in the tally yet."""
        if terms.instrument != settings.near or settings.half is Half.FAR:
            return
        day = self._calendar.trading_day(at)
        if strategy not in self._paced:
            met = tuple(self._met(settings, timing, day) for timing in settings.timings)
            if not possible(settings, met):
                yield f"though on {day} its timings cannot be met: {met} of {settings.combine}"
            self._paced[strategy] = True
        if self._paced[strategy]:  # what has let a roll go once lets it go for good
            others = tuple(
                False if isinstance(timing, Slices) else self._met(settings, timing, day) for timing in settings.timings
            )
            self._paced[strategy] = not possible(settings, others)
        slices = next((one for one in settings.timings if isinstance(one, Slices)), None)
        if slices is None or not self._paced[strategy]:
            return
        due = min(len(self._calendar.trading_days(slices.first_day, day)), slices.slices)
        most = -(-settings.lots * due // slices.slices)
        coming = self._tally.working(strategy, terms.instrument, terms.side) + terms.lots
        closed = abs(self._tally.net(strategy, settings.near)) + coming
        if closed > most:
            yield f"that may close {closed} lots of near, {most} are due with {due} of {slices.slices} slices"

    def _met(self, settings: RollSettings, timing: Timing, day: int) -> bool | None:
        match timing:
            case Manual():
                return timing.go
            case Slices():
                return timing.first_day <= day
            case StepDay():
                return self._left(day, timing.day) <= timing.days
            case DaysToExpiry():
                near = self._instrument(settings.near, day)
                ends = [near.expiry, timing.policy_day]
                if timing.before_delivery_month and near.delivery_month is not None:
                    ends.append(number(to_date(near.delivery_month * 100 + 1) - timedelta(days=1)))
                known = [self._left(day, one) for one in ends if one is not None and one <= self._calendar.last]
                return min(known) <= timing.days if known else None
            case _:
                return None

    def _left(self, day: int, until: int) -> int:
        # Trading days after one, up to another; none where that is past.
        return len(self._calendar.trading_days(day, until)) - 1 if until > day else 0


def possible(settings: RollSettings, met: Met) -> bool:
    """Return whether timings together can be met, the market's being whatever they like."""
    may = [one is not False for one in met]
    match settings.combine:
        case Combine.ANY:
            return any(may)
        case Combine.ALL:
            return all(may)
        case Combine.WEIGHTED:
            weights = zip(settings.weights, may, strict=True)
            return sum(weight for weight, one in weights if one) >= settings.needed_weight
        case Combine.SWITCH:
            # The first that is known decides, and what the calendar says is always known.
            known = next((place for place, one in enumerate(met) if one is not None), len(met) - 1)
            return any(may[: known + 1])
