"""Hold what a spread remembers: each leg, the round, how rounds ended, how long its hedges took; all of it from facts.

A hedge takes from the fill that left a leg lacking to the one that ended the lack. One that goes on through a break, or
ends in the way back, counts as the longest the ladder waits: what was not hedged in time is no short hedge.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.facts import (
    AccountFact,
    CancelRecorded,
    OrderFilled,
    OrderRecorded,
    OrderRefused,
    StrategyMarked,
)
from terminal.domain.fact.marks import (
    Chased,
    Finished,
    GridTrailed,
    LegBroken,
    LegRepaired,
    PositionMissing,
    QuotingStopped,
    RangeEntered,
    RangeLeft,
    RoundBegan,
    RoundEnded,
    StrategyMark,
)
from terminal.domain.fact.spot_marks import SpotMark
from terminal.domain.orders.order import Side, TimeCondition
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.strategies.children import SECOND, Ledger, take
from terminal.strategies.grid.stage import Stage, left_for
from terminal.strategies.legs import Leg, fold_chase, follow
from terminal.strategies.spread.balance import active_leg, held_side, lacks
from terminal.strategies.spread.hedge_ladder import KEPT, longest_seconds
from terminal.strategies.spread.spot_side import SpotMemory, fold_spot_mark, follow_spot, undone_tonnes

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import StrategySettings

BROKEN_PAUSE = 60 * SECOND
LONGEST_PAUSE = 1800 * SECOND
MILLISECOND = 1_000_000
ZERO = Decimal(0)


class SpreadMemory(msgspec.Struct, tag="spread_memory"):
    """Hold what the facts say: each leg, the round, and how the last rounds ended.

    `start` and `goal` are lots of the active leg before and after the round, and `paid` is what its fills in the round
    came to: signed lots times price. `cut` says that a leg broke in it, so that it only balances and ends. `breaks`
    counts such rounds in a row. `over` says that the last round left a residual beyond its tolerance. `missing_day` is
    the trading day on which a conversion last said that lots it has to close are not there. `hedged_ms` are how long
    the latest hedges took.

    Of quotes of the active leg: `quoted_at` is when the latest was recorded (UTC ns), and `cancels` how many were
    cancelled in the trading day `quoted_day`. `hedge_refused` is the leg whose hedge the gate refused, until that is
    stated, and `unquoted_day` the trading day on which nothing is quoted any more because of it.

    Of a spread against spot: `spot`, its spot side.

    Of a grid: `stage` is what it is doing, `left_at` when its price left the bounds, while it is outside, `moved` how
    far it has followed the price, yuan, and when. What its lines hold follows from the active leg.
    """

    legs: list[Leg]
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    round: int = 0
    running: bool = False
    start: int = 0
    goal: int = 0
    cut: bool = False
    breaks: int = 0
    ended_at: int | None = None
    paid: Decimal = ZERO
    over: bool = False
    missing_day: int | None = None
    hedged_ms: list[int] = []
    stage: Stage = Stage.RUNNING
    left_at: int | None = None
    moved: Decimal = ZERO
    moved_at: int = 0
    quoted_at: int = 0
    quoted_day: int = 0
    cancels: int = 0
    hedge_refused: int | None = None
    unquoted_day: int = 0
    spot: SpotMemory = msgspec.field(default_factory=SpotMemory)

    @property
    def nets(self) -> list[int]:
        """Return the signed lots of each leg, by own fills."""
        return [leg.net for leg in self.legs]

    def bound_anew(self) -> None:
        """Take that a leg is another contract from now on: a round under way, of the old prices, has ended."""
        self.running, self.cut, self.paid = False, False, ZERO


def undone_spot(settings: StrategySettings, memory: object) -> Decimal:
    """Return the signed tonnes that people have still to trade for a strategy; zero for one without a spot side."""
    if not isinstance(settings, SpreadSettings) or settings.spot_side is None or not isinstance(memory, SpreadMemory):
        return ZERO
    return undone_tonnes(settings, memory.legs[active_leg(settings)].net, memory.spot)


def scope_of(leg: int) -> str:
    """Return the scope of a leg's orders; tags are the round and the scope: `round:2:leg:1`."""
    return f"leg:{leg}"


def fold_spread(settings: SpreadSettings, memory: SpreadMemory, fact: AccountFact, tag: str, at: int) -> None:
    """Take one fact into the memory."""
    if isinstance(fact, StrategyMarked):
        if isinstance(fact.mark, SpotMark):
            fold_spot_mark(settings, memory.legs[active_leg(settings)].net, memory.spot, fact.mark, at)
        else:
            _fold_mark(settings, memory, fact.mark, at)
        return
    place = int(tag.rpartition(":")[2])
    if place == active_leg(settings):
        _fold_quote(memory, fact, at)
    elif isinstance(fact, OrderRefused) and settings.quoting is not None and _quotes_today(memory):
        memory.hedge_refused = place
    filled = take(memory.ledger, fact, scope_of(place), at)
    if not filled:
        return
    memory.legs[place].net += filled
    if place == active_leg(settings) and isinstance(fact, OrderFilled):
        memory.paid += filled * fact.price
        _follow_spot(settings, memory, filled, at)
    for one, (leg, lack) in enumerate(zip(memory.legs, lacks(settings, memory.nets), strict=True)):
        since = leg.since
        follow(leg, lack, at)
        if since is not None and leg.since is None:
            took = min(at - since, longest_seconds(settings, one) * SECOND) // MILLISECOND
            memory.hedged_ms = [*memory.hedged_ms[1 - KEPT :], took]


def _follow_spot(settings: SpreadSettings, memory: SpreadMemory, filled: int, at: int) -> None:
    if settings.spot_side is None:
        return
    net = memory.legs[active_leg(settings)].net
    before, now = (undone_tonnes(settings, lots, memory.spot) for lots in (net - filled, net))
    follow_spot(memory.spot, before, now, at)


def _fold_quote(memory: SpreadMemory, fact: AccountFact, at: int) -> None:
    # Of what the active leg has resting; a cancel is counted once, however often it is asked for.
    if isinstance(fact, OrderRecorded) and fact.terms.time_condition is TimeCondition.GFD:
        memory.quoted_at = at
        if memory.quoted_day != fact.trading_day:
            memory.quoted_day, memory.cancels = fact.trading_day, 0
    if isinstance(fact, CancelRecorded):
        child = memory.ledger.children.get(fact.order)
        if child is not None and child.rests and not child.chased:
            child.chased = True  # on its way out because it is to be: no failed attempt
            memory.cancels += child.trading_day == memory.quoted_day


def _quotes_today(memory: SpreadMemory) -> bool:
    # Whether a round runs and quoting has not been stopped since the latest quote: that is stated once a day.
    return memory.running and memory.quoted_day > memory.unquoted_day


def may_quote(memory: SpreadMemory, trading_day: int) -> bool:
    """Return whether the gate has let every hedge pass in a trading day: else the next fill would lose as well."""
    return memory.hedge_refused is None and memory.unquoted_day != trading_day


def cancels_today(memory: SpreadMemory, trading_day: int) -> int:
    """Return how many quotes of the active leg were cancelled in a trading day."""
    return memory.cancels if memory.quoted_day == trading_day else 0


def goal_of(settings: SpreadSettings, net: int, sets: int) -> int:
    """Return which lots the active leg has after so many sets more: never beyond `max_sets`, nor its one side."""
    lead = settings.legs[active_leg(settings)].lots
    low, high = -settings.max_sets, settings.max_sets
    side = held_side(settings)
    if side is not None:
        low, high = (0, high) if side is Side.BUY else (low, 0)
    ends = low * lead, high * lead
    return max(min(ends), min(net + sets * lead, max(ends)))


def pauses_until(settings: SpreadSettings, memory: SpreadMemory) -> int:
    """Return until when a spread pauses after its last round, UTC ns; 0 before the first one.

    A grid that closes at its stop pauses for nothing.
    """
    if memory.ended_at is None or memory.stage is not Stage.RUNNING:
        return 0
    pause = settings.pause_seconds * SECOND
    if memory.breaks:
        pause += min(BROKEN_PAUSE << min(memory.breaks - 1, 10), LONGEST_PAUSE)
    return memory.ended_at + pause


def _fold_mark(settings: SpreadSettings, memory: SpreadMemory, mark: StrategyMark, at: int) -> None:
    lead = active_leg(settings)
    match mark:
        case RoundBegan():
            memory.round, memory.running, memory.cut = mark.round, True, False
            memory.start = memory.legs[lead].net
            memory.goal = goal_of(settings, memory.start, mark.sets)
            memory.paid = ZERO
        case RoundEnded():
            memory.running, memory.ended_at, memory.over = False, at, mark.over
            memory.breaks = memory.breaks + 1 if memory.cut else 0
        case Chased():
            fold_chase(memory.ledger, memory.legs[mark.leg], scope_of(mark.leg), mark)
        case LegBroken():
            memory.legs[mark.leg].broken, memory.cut = mark.repair, True
        case LegRepaired():
            memory.legs[mark.leg].broken = None
        case QuotingStopped():
            memory.hedge_refused, memory.unquoted_day = None, mark.trading_day
        case PositionMissing():
            memory.missing_day = mark.trading_day
        case RangeLeft() if settings.grid is not None:
            memory.left_at = at
            memory.stage = left_for(settings.grid.out_of_range, stopped=mark.stopped)
        case RangeEntered():
            memory.left_at = None
        case GridTrailed():
            memory.moved, memory.moved_at = mark.moved, at
        case Finished():
            memory.stage = Stage.FINISHED
        case _:
            pass
