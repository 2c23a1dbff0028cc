"""Judge that a spread leaves at its stop or take-profit where closing it gives as much, and opens nothing beyond.

What closing gives is reckoned here from the bid and the ask of every leg, by what its own fills hold. What it must
leave by are quotes that are plainly fresh; what it may leave by are all that the product says it judges exits by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import ExitReached, LegBroken, RoundBegan
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.parameters.strategy import SpreadSettings, StrategySettings

if TYPE_CHECKING:
    from terminal.simulation.rough.tally import Tally

_AT_ONCE = 5 * SECOND_NS  # beyond an exit, in plain sight, it leaves within this
_MUST = 30 * SECOND_NS  # the oldest quote that an exit has to be seen by
MAY = 60 * SECOND_NS  # the oldest one that an exit may be seen by: docs/strategies.md, “一分钟之内”
# The bid and the ask of a contract now, `None` where one is missing, older than so many ns, or at its limit.
BothSides = Callable[[InstrumentId, int], tuple[Decimal, Decimal] | None]


class ExitJudge:
    """Know which spreads leave, and in whose round a leg broke: its way back opens."""

    def __init__(self, tally: Tally, both_sides: BothSides, *, trades: Callable[[InstrumentId, int], bool]) -> None:
        self._tally = tally
        self._both_sides = both_sides
        self._trades = trades
        self._leaving: set[StrategyId] = set()
        self._broken: set[StrategyId] = set()
        self._resting: set[StrategyId] = set()
        self._beyond: dict[StrategyId, int] = {}  # since when, in steady time

    def look(self, settings: Mapping[StrategyId, StrategySettings], at: int, steady: int) -> Iterator[str]:
        """Say which spread that runs has been beyond an exit of its own, in plain sight, and does not leave."""
        for name, spread in settings.items():
            if not isinstance(spread, SpreadSettings) or not self._is_beyond(name, spread, at):
                self._beyond.pop(name, None)
            elif steady - self._beyond.setdefault(name, steady) > _AT_ONCE:
                yield f"E9 {name} is beyond an exit for {(steady - self._beyond[name]) // SECOND_NS} s and stays"

    def _is_beyond(self, name: StrategyId, spread: SpreadSettings, at: int) -> bool:
        lead = next(leg for leg in spread.legs if leg.active)
        held = self._tally.net(name, lead.instrument) * lead.lots
        if not held or name in self._leaving | self._resting:
            return False
        stop, profit = _exits(spread, held)
        price = self._closing(spread, held, _MUST)
        if price is None or not all(self._trades(leg.instrument, at) for leg in spread.legs):
            return False
        return (stop is not None and (price - stop) * held <= 0) or (
            profit is not None and (price - profit) * held >= 0
        )

    def kept(self, fact: object, settings: Mapping[StrategyId, StrategySettings], at: int) -> Iterator[str]:
        """Take what became durable, and say where it is not as the exits have it."""
        match fact:
            case f.StrategyPaused() | f.StrategyWinding() | f.StrategyStopped():
                self._resting.add(fact.strategy)
            case f.StrategyStarted() | f.StrategyResumed():
                self._resting.discard(fact.strategy)
            case f.StrategyMarked(strategy=name, mark=RoundBegan()):
                self._broken.discard(name)
            case f.StrategyMarked(strategy=name, mark=LegBroken()):
                self._broken.add(name)
            case f.StrategyMarked(strategy=name, mark=ExitReached() as mark):
                self._leaving.add(name)
                spread = settings[name]
                if isinstance(spread, SpreadSettings):
                    yield from self._left(name, spread, mark, at)
            case f.OrderRecorded(cause=cause) if cause.strategy is not None and fact.terms.is_opening:
                spread = settings[cause.strategy]
                if isinstance(spread, SpreadSettings) and cause.strategy not in self._broken:
                    yield from self._opened(cause.strategy, spread, fact)
            case _:
                pass

    def _left(self, name: StrategyId, spread: SpreadSettings, mark: ExitReached, at: int) -> Iterator[str]:
        lead = next(leg for leg in spread.legs if leg.active)
        held = self._tally.net(name, lead.instrument) * lead.lots
        level = _exits(spread, held)[0 if mark.stopped else 1]
        price = self._closing(spread, held, MAY)
        shut = [leg.instrument for leg in spread.legs if not self._trades(leg.instrument, at)]
        if shut:
            yield f"E9 {name} judges its exits while {shut[0]} does not trade"
        elif not held or price is None or level is None:
            yield f"E9 {name} leaves at {mark.level} with {held} held, and nothing says what closing gives"
        elif (price - level) * (-held if mark.stopped else held) < 0:
            yield f"E9 {name} leaves at {mark.level}, though closing it gives {price}"

    def _opened(self, name: StrategyId, spread: SpreadSettings, fact: f.OrderRecorded) -> Iterator[str]:
        lead = next(leg for leg in spread.legs if leg.active)
        if fact.terms.instrument != lead.instrument:
            return
        if name in self._leaving:
            yield f"E9 {name} opens {fact.wire_key} after it has reached its exit"
            return
        direction = 1 if fact.terms.side.sign * lead.lots > 0 else -1
        stop, _ = _exits(spread, direction)
        price = self._closing(spread, direction, _MUST)
        if stop is not None and price is not None and (price - stop) * direction <= 0:
            yield f"E9 {name} opens {fact.wire_key} at its stop {stop}: closing it gives {price}"

    def _closing(self, spread: SpreadSettings, direction: int, oldest: int) -> Decimal | None:
        whole = Decimal(0)
        for leg in spread.legs:
            sides = self._both_sides(leg.instrument, oldest)
            if sides is None:
                return None
            whole += leg.coefficient * sides[0 if leg.coefficient * direction > 0 else 1]
        return whole


def _exits(spread: SpreadSettings, way: int) -> tuple[Decimal | None, Decimal | None]:
    # Stop and take-profit of what is held bought (> 0) or sold.
    if way > 0:
        return spread.long_stop, spread.long_take_profit
    return spread.short_stop, spread.short_take_profit
