"""Play a risk desk that lets no more of a contract be opened which spreads hedge with: the gate refuses their hedges.

It sits in every second market of spreads, draws from a luck of its own, and lifts what it has set after a while.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.engine.state import AccountState
from terminal.simulation.cast import ACCOUNTS, RISK
from terminal.simulation.desk import Room
from terminal.simulation.luck import Luck, derived
from terminal.simulation.starting import ACTIVE

_ACTS: Final = 0.6  # of the moments
_LASTS: Final = (20, 600)  # seconds, of markets that trade for seconds at a time


class Tighteners:
    """Set and lift limits of single contracts; elsewhere than in spreads, and in most markets, do nothing."""

    def __init__(self, seed: int, strategy: str) -> None:
        drawn = derived(seed, "tighteners")
        self._luck = Luck(drawn)
        self._sits = strategy in {"spread", "legs"} and drawn % 2 == 1

    def act(self, room: Room) -> None:
        """Do one thing, or nothing."""
        if not self._sits or not self._luck.chance(_ACTS):
            return
        account = self._luck.one_of(ACCOUNTS)
        there = room.account(account)
        hedges = _hedges(there)
        if there.limits is not None and hedges and not there.limits.position_lots_by_instrument:
            name = self._luck.one_of(hedges)
            _limit(room, account, {name: _held(there, name)})
            room.later(self._luck.one_of(_LASTS), lambda then: _limit(then, account, {}))


def _hedges(there: AccountState) -> list[InstrumentId]:
    rows = [row.settings for row in there.strategies.values() if row.status in ACTIVE]
    legs = [leg for one in rows if isinstance(one, SpreadSettings) for leg in one.legs]
    return [leg.instrument for leg in legs if leg.lots and not leg.active]


def _held(there: AccountState, name: InstrumentId) -> int:
    # What is held may stay; where nothing is, a limit of none would be no limit, and one lot is the least there is.
    held = [there.book.position(one, flag) for one, flag in there.book.positions() if one == name]
    return max(1, sum(one.long for one in held), sum(one.short for one in held))


def _limit(room: Room, account: AccountId, lots: dict[InstrumentId, int]) -> None:
    limits = room.account(account).limits
    if limits is not None:
        changed = replace(limits, position_lots_by_instrument=lots)
        room.ask(RISK, c.ChangeLimits(account=account, base_version=limits.version, limits=changed))
