"""Remember a target (自动配平): the day's band, the proposal that stands, and what it has traded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.fact.marks import (
    Chased,
    MarketFlows,
    MarketStuck,
    StrategyMark,
)
from terminal.domain.fact.target_marks import (
    DayNoted,
    Obstacle,
    RatioFrozen,
    RatioUnknown,
    TargetEnded,
    TargetHindered,
    TargetProposed,
)
from terminal.domain.parameters.target import MOST_DAYS
from terminal.strategies.children import Ledger
from terminal.strategies.legs import Leg, fold_chase

if TYPE_CHECKING:
    from terminal.domain.orders.order import Side

KEPT: Final = MOST_DAYS + 2
SCOPE: Final = "hedge"  # the place, and the tag, of all its orders


class TargetMemory(msgspec.Struct, tag="target_memory"):
    """Hold what the facts say. Instants are UTC ns; `number` is that of the latest proposal."""

    number: int = 0
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    leg: Leg = msgspec.field(default_factory=Leg)
    net: int = 0  # bought less sold since it was started
    days: list[DayNoted] = []  # the latest ones, today's the last
    noted_at: int = 0
    band: RatioFrozen | None = None  # the latest day's
    unknown_day: int = 0  # of which it was said that its ratio is not known
    unknown: str = ""  # why
    unknown_at: int = 0
    proposal: TargetProposed | None = None  # while it stands
    proposed_at: int = 0
    done: int = 0  # lots of the proposal that were traded
    ended_at: int = 0
    hindered: list[Obstacle] = []  # on `hindered_day`
    hindered_day: int = 0
    delta_at: int = 0  # when it last said that a delta is not known, or is again
    stuck: bool = False  # the contract is at its limit or one-sided, or, as stated at `turned_at`, no longer
    turned_at: int = 0

    def bound_anew(self) -> None:
        """Take that another contract is traded: what was proposed and noted of the old one says nothing of it.

        The day's band stands: it is fixed for the trading day.
        """
        self.proposal, self.days, self.noted_at = None, [], 0
        self.leg.chases, self.stuck, self.turned_at = 0, False, 0

    def fill(self, signed: int, side: Side | None) -> None:
        """Take lots that were filled, sold ones negative."""
        self.net += signed
        if self.proposal is not None and self.proposal.side is side:
            self.done += abs(signed)
        if signed:
            self.leg.chases = 0


def fold_mark(memory: TargetMemory, mark: StrategyMark, at: int) -> None:
    """Take what the target stated about itself into its memory."""
    match mark:
        case DayNoted():
            before = [one for one in memory.days if one.trading_day != mark.trading_day]
            memory.days, memory.noted_at = [*before, mark][-KEPT:], at
        case RatioFrozen():
            memory.band = mark
        case RatioUnknown():
            memory.unknown_day, memory.unknown, memory.unknown_at = mark.trading_day, mark.why, at
        case TargetProposed():
            memory.number, memory.proposal, memory.proposed_at, memory.done = mark.number, mark, at, 0
            memory.leg.chases = 0
        case TargetEnded():
            memory.proposal, memory.ended_at = None, at
        case TargetHindered():
            told = memory.hindered if memory.hindered_day == mark.trading_day else []
            told = [one for one in told if one is not mark.obstacle]
            memory.hindered, memory.hindered_day = told if mark.over else [*told, mark.obstacle], mark.trading_day
            if mark.obstacle is Obstacle.NO_DELTA:
                memory.delta_at = at
        case MarketStuck() | MarketFlows():
            memory.stuck, memory.turned_at = isinstance(mark, MarketStuck), at
        case Chased():
            fold_chase(memory.ledger, memory.leg, SCOPE, mark)
        case _:
            pass
