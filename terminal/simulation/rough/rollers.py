"""Play people who roll: each roll waits for timings of its own, one or several together, or for their word.

The timings are drawn apart from everything else: what a roll waits for changes nothing that others draw.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.strategy import (
    BasisDistance,
    BasisReading,
    Combine,
    DaysToExpiry,
    Half,
    Liquidity,
    Manual,
    OpenInterestCrossover,
    RollSettings,
    RollYield,
    Slices,
    SpreadDeviation,
    SpreadPercentile,
    StepDay,
    Timing,
    VolumeCrossover,
)
from terminal.domain.products.instrument import Kind
from terminal.engine.state import StrategyRow
from terminal.simulation.cast import ACCOUNTS, MAKERS
from terminal.simulation.desk import Room
from terminal.simulation.luck import Luck
from terminal.simulation.starting import Starters

_MOST: Final = 2  # running per account
_RATIOS: Final = (Decimal("0.05"), Decimal("0.5"), Decimal(1))
_WORD: Final = 0.3  # how often somebody gives the word to a roll that waits for it, when it is their turn


class Rollers:
    """Keep rolls busy in each account, and give the word to those that wait for one."""

    def __init__(self, luck: Luck) -> None:
        self._luck = luck
        self._starters = Starters({"roll": _MOST}, shape=self._with_timings)

    def act(self, room: Room) -> None:
        """Do one thing in one of the accounts."""
        waiting = [row for account in ACCOUNTS for row in room.account(account).strategies.values() if _waits(row)]
        if waiting and self._luck.chance(_WORD):
            self._give_word(room, self._luck.one_of(waiting))
        else:
            self._starters.act(room)

    def _give_word(self, room: Room, row: StrategyRow) -> None:
        settings = row.settings
        if not isinstance(settings, RollSettings):
            return
        timings = tuple(Manual(go=True) if isinstance(one, Manual) else one for one in settings.timings)
        changed = replace(settings, timings=timings)
        body = c.ChangeStrategy(account=row.account, strategy=row.strategy, base_version=row.version, settings=changed)
        room.ask(self._luck.one_of(MAKERS), body)

    def _with_timings(self, room: Room, settings: RollSettings) -> RollSettings:
        luck = self._luck
        count = luck.one_of((1, 2, 3), (4, 3, 2))
        drawn = [_timing(luck, room, settings) for _ in range(count)]
        sliced = [one for one in drawn if isinstance(one, Slices)]
        timings = (*(one for one in drawn if not isinstance(one, Slices)), *sliced[:1])
        combine = luck.one_of(tuple(Combine), (4, 2, 2, 2))
        if combine is Combine.SWITCH:
            timings = _all_deciding(timings)
        if combine is not Combine.WEIGHTED:
            return replace(settings, timings=timings, combine=combine)
        weights = tuple(luck.randrange(1, 4) for _ in timings)
        needed = luck.randrange(1, sum(weights) + 1)
        return replace(settings, timings=timings, combine=combine, weights=weights, needed_weight=needed)


def _all_deciding(timings: tuple[Timing, ...]) -> tuple[Timing, ...]:
    # Where they switch, none behind one that the calendar or a person's word always answers is let start.
    known = (DaysToExpiry, StepDay, Slices, Manual)
    always = [one for one in timings if isinstance(one, known)]
    return (*(one for one in timings if not isinstance(one, known)), *always[:1])


def _waits(row: StrategyRow) -> bool:
    settings = row.settings
    if row.status is not StrategyStatus.RUNNING or not isinstance(settings, RollSettings):
        return False
    return settings.half is not Half.FAR and Manual(go=False) in settings.timings  # far's half hears no word


def _timing(luck: Luck, room: Room, settings: RollSettings) -> Timing:
    way = luck.randrange(14)
    today = room.account(settings.account).trading_day
    day = today if luck.chance(0.6) else room.look.calendar.next_day(today)
    spot = _spot_of(room, settings.near)
    match way:
        case 0:
            return OpenInterestCrossover(ratio=luck.one_of(_RATIOS), slack=Decimal("0.01"))
        case 1:
            return VolumeCrossover(ratio=luck.one_of(_RATIOS), slack=Decimal("0.01"))
        case 2:
            return SpreadPercentile(permille=luck.one_of((200, 500, 900)), sample_seconds=1, window=40, at_least=3)
        case 3:
            deviations = Decimal(luck.one_of((1, 2))) / 2
            return SpreadDeviation(deviations=deviations, sample_seconds=1, window=40, at_least=3)
        case 4:
            return RollYield(percent=Decimal(luck.one_of((-60, -5, 0, 5))))
        case 5 if spot is not None:
            reading = luck.one_of(tuple(BasisReading))
            return BasisDistance(spot=spot, yuan=Decimal(luck.one_of((5, 40, 400))), reading=reading)
        case 6:
            return Liquidity(batches=luck.one_of((Decimal(1), Decimal(10))), ticks=luck.one_of((1, 3, 20)))
        case 7:
            return StepDay(day=day, days=luck.randrange(2))
        case 8 | 9:
            return Slices(first_day=day, slices=luck.randrange(2, 4))
        case 10:
            return Manual(go=luck.chance(0.2))
        case 11:
            return DaysToExpiry(days=luck.randrange(2), policy_day=day, before_delivery_month=luck.chance(0.5))
        case _:
            return DaysToExpiry(days=900)


def _spot_of(room: Room, future: InstrumentId) -> InstrumentId | None:
    wanted = room.look.instrument(future).code.lower()
    for name in room.look.columns.universe:
        known = room.state.tenant.instruments[name]
        if known.kind is Kind.SPOT and known.code.lower() == wanted:
            return name
    return None
