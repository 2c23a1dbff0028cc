"""Hold what a spread remembers: each leg, the round, how rounds ended, how long its hedges took; all of it from facts.

A hedge takes from the fill that left a leg lacking to the one that ended the lack. One that goes on through a break, or
ends in the way back, counts as the longest the ladder waits: what was not hedged in time is no short hedge.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.conversion_marks import DeltaApart
from terminal.domain.fact.exit_marks import ExitDoubted, ExitSeen
from terminal.domain.fact.facts import (
    AccountFact,
    OrderCancelled,
    OrderFilled,
    OrderRecorded,
    OrderRefused,
    OrderRejected,
    StrategyMarked,
)
from terminal.domain.fact.marks import (
    Chased,
    CombinationBarred,
    ExitReached,
    Finished,
    FlattenHeld,
    GridTrailed,
    HedgeRefused,
    LegBroken,
    LegRepaired,
    PositionMissing,
    RangeEntered,
    RangeLeft,
    RoundBegan,
    RoundEnded,
    StrategyMark,
)
from terminal.domain.fact.spot_marks import SpotMark
from terminal.domain.fact.way_marks import RateHeld, RepairBarred, WayBarred
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.strategies.children import SECOND, Ledger, take
from terminal.strategies.grid.stage import Stage, left_for
from terminal.strategies.grid.unseen import counts_anew, fold_seen, sees_anew
from terminal.strategies.legs import Leg, fold_chase, follow
from terminal.strategies.spread.balance import active_leg, hedging, held_side, lacks
from terminal.strategies.spread.hedge_ladder import KEPT, longest_seconds
from terminal.strategies.spread.paid import Paid, fold_paid
from terminal.strategies.spread.quoted import fold_quote
from terminal.strategies.spread.refusals import Refusals, fold_rejected, worst_sentence
from terminal.strategies.spread.spot_side import SpotMemory, fold_spot_mark, follow_spot, undone_tonnes
from terminal.strategies.spread.told_plans import fold_break
from terminal.strategies.spread.unsent import fold_held, fold_sent
from terminal.strategies.spread.way_out import begin_way_out, fold_way_out

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import StrategySettings

BROKEN_PAUSE = 60 * SECOND
LONGEST_PAUSE = 1800 * SECOND
MILLISECOND = 1_000_000
ZERO = Decimal(0)


class SpreadMemory(msgspec.Struct, tag="spread_memory"):
    """Hold what the facts say: each leg, the round, and how the last rounds ended.

    `asked` is at which price the hedge of each scope was first sent, and `slips` what the latest fills of hedges paid
    beyond it, yuan.
    `missed` is the round in which an order on the combination found nothing, or was refused: `barred_why` is the
    sentence of the refusal until it is told, and `barred_day` the trading day on which that last was.

    `start` and `goal` are lots of the active leg before and after the round, and `paid` is what the fills of each scope
    in the round came to. `cut` says that a leg broke in it, so that it only balances and ends. `breaks`
    counts such rounds in a row. `over` says that the last round left a residual beyond its tolerance. `missing_day` is
    the trading day on which a conversion last said that lots it has to close are not there, and `apart_day` that what
    it exchanges by delta is not equal. `hedged_ms` are how long the latest hedges took.

    Of quotes of the active leg: `quoted_at` is when the latest was recorded (UTC ns), and `cancels` how many were
    cancelled in the trading day `quoted_day`.

    Of hedges that the gate refused: `refusals`, by leg; `foreseen_day` is the trading day on which people were told
    that it would refuse one. Of those not sent yet, as the message rate was used up: `rate_held`, when that was last
    said, by contract (UTC ns).

    Of its own exits: which of them (`exit_level`, `exit_stopped` for the stop) was reached and at which price, once
    `stage` says that it closes; `blind` while people are told that none can be judged, for a side of a leg is missing,
    and `blind_at` when that was last said, on the trading day `blind_day`; `doubted_at` since when the books have said
    otherwise, and `calmed_at` when they last no longer did (UTC ns).

    Of a way out, closing or taking a broken round back: `misses` are the active leg's orders that filled nothing, and
    `refusal` is of the latest, a code and who refused it why; `closed_at` is when something last filled, or the closing
    began (UTC ns), and `told` are the causes it has stated for closing nothing since, the latest at `told_at`.

    Of orders that the exchange did not take: `rejected`, its words by scope, until it takes one or the round ends.

    Of a spread against spot: `spot`, its spot side.

    Of a grid: `stage` is what it is doing, `left_at` when its price left the bounds, while it is outside, `moved` how
    far it has followed the price, yuan, and when; what follows `beyond_at` is as of any grid. What
    its lines hold follows from the active leg.
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
    paid: dict[str, Paid] = {}
    over: bool = False
    missing_day: int | None = None
    apart_day: int = 0
    hedged_ms: list[int] = []
    stage: Stage = Stage.RUNNING
    left_at: int | None = None
    moved: Decimal = ZERO
    moved_at: int = 0
    quoted_at: int = 0
    quoted_day: int = 0
    cancels: int = 0
    foreseen_day: int = 0
    refusals: Refusals = msgspec.field(default_factory=Refusals)
    rate_held: dict[InstrumentId, int] = {}
    asked: dict[str, Decimal] = {}
    slips: list[Decimal] = []
    missed: int = 0
    barred_why: str = ""
    barred_day: int = 0
    exit_price: Decimal = ZERO
    exit_level: Decimal = ZERO
    exit_stopped: bool = False
    blind: bool = False
    blind_at: int = 0
    blind_day: int = 0
    doubted_at: int = 0
    calmed_at: int = 0
    beyond_at: int = 0
    warned_at: int = 0
    off_on_at: int = 0
    put_off_day: int = 0
    misses: int = 0
    refusal: tuple[str, str] | None = None
    closed_at: int = 0
    rejected: dict[str, str] = {}
    told: list[str] = []
    told_at: int = 0
    spot: SpotMemory = msgspec.field(default_factory=SpotMemory)

    @property
    def nets(self) -> list[int]:
        """Return the signed lots of each leg, by own fills; of a combination both legs have what one is told of."""
        if not self.ledger.children:
            return [leg.net for leg in self.legs]
        return [leg.net + self.ledger.in_transit(scope_of(place)) for place, leg in enumerate(self.legs)]

    def bound_anew(self) -> None:
        """Take that a leg is another contract from now on: a round under way, of the old prices, has ended."""
        self.running, self.cut, self.paid = False, False, {}
        self.refusals.end_round()
        sees_anew(self)

    def resumed(self) -> None:
        """Take that a person lets it run on: whoever resumes it has looked at what refused its hedge."""
        self.refusals, self.barred_why, self.barred_day, self.apart_day = Refusals(), "", 0, 0
        counts_anew(self)


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
    if isinstance(fact, OrderRefused):
        _fold_refusal(settings, memory, fact, place)
    elif place == active_leg(settings):
        fold_quote(memory, fact, at)
    elif isinstance(fact, OrderRecorded) and memory.stage is Stage.FLATTENING and place in memory.refusals.waiting:
        _follows_at_last(memory, place, at)
    fold_sent(memory, fact, place, at)
    fold_rejected(memory, fact, scope_of(place))
    _fold_route(settings, memory, fact, place)
    fold_way_out(memory, fact, at, leads=place == active_leg(settings))
    filled = take(memory.ledger, fact, scope_of(place), at)
    if not filled:
        return
    memory.legs[place].net += filled
    fold_paid(memory.paid, scope_of(place), fact)
    if place == active_leg(settings):
        if not memory.legs[place].net:
            sees_anew(memory)
        _follow_spot(settings, memory, filled, at)
    for one, (leg, lack) in enumerate(zip(memory.legs, lacks(settings, memory.nets), strict=True)):
        since = leg.since
        follow(leg, lack, at)
        if since is not None and leg.since is None:
            took = min(at - since, longest_seconds(settings, one) * SECOND) // MILLISECOND
            memory.hedged_ms = [*memory.hedged_ms[1 - KEPT :], took]
        if not lack and leg.broken is None:
            memory.refusals.hedged(one)


def _fold_refusal(settings: SpreadSettings, memory: SpreadMemory, fact: OrderRefused, place: int) -> None:
    if fact.combination is not None:  # it is no hedge: no leg lacks lots of it
        memory.missed, memory.barred_why = memory.round, worst_sentence(fact.findings)
    elif place != active_leg(settings) and memory.running and not leaves_opening(memory):
        memory.refusals.refuse(place, fact.findings)


def _fold_route(settings: SpreadSettings, memory: SpreadMemory, fact: AccountFact, place: int) -> None:
    # What a hedge pays beyond its first price, and which order on the combination came to nothing.
    leads = place == active_leg(settings)
    if isinstance(fact, OrderRecorded) and not leads and fact.leg is None and not memory.legs[place].chases:
        memory.asked[scope_of(place)] = fact.terms.price
    if not isinstance(fact, OrderFilled | OrderCancelled | OrderRejected):
        return
    child = memory.ledger.children.get(fact.order)
    if child is None:
        return
    if isinstance(fact, OrderFilled) and not leads and child.other is None and child.scope in memory.asked:
        slip = (fact.price - memory.asked[child.scope]) * fact.side.sign
        memory.slips = [*memory.slips[1 - KEPT :], slip]
    elif child.other is not None and not isinstance(fact, OrderFilled):
        nothing = isinstance(fact, OrderRejected) or fact.unfilled == child.lots
        memory.missed = memory.round if nothing else memory.missed


def _follow_spot(settings: SpreadSettings, memory: SpreadMemory, filled: int, at: int) -> None:
    if settings.spot_side is None:
        return
    net = memory.legs[active_leg(settings)].net
    before, now = (undone_tonnes(settings, lots, memory.spot) for lots in (net - filled, net))
    follow_spot(memory.spot, before, now, at)


def may_lead(memory: SpreadMemory, trading_day: int) -> bool:
    """Return whether the gate lets the hedges pass, and has broken no leg today: else the next fill would lose too."""
    return not memory.refusals.holds(trading_day)


def goal_of(settings: SpreadSettings, net: int, sets: int, stage: Stage = Stage.RUNNING) -> int:
    """Return which lots the active leg has after so many sets more: never beyond `max_sets`, nor its one side.

    What only closes goes back to nothing at most.
    """
    lead = settings.legs[active_leg(settings)].lots
    low, high = -settings.max_sets, settings.max_sets
    side = held_side(settings)
    if side is not None:
        low, high = (0, high) if side is Side.BUY else (low, 0)
    ends = (0, net) if stage is Stage.FLATTENING else (low * lead, high * lead)
    return max(min(ends), min(net + sets * lead, max(ends)))


def closes(memory: SpreadMemory) -> bool:
    """Return whether it has reached its stop, an exit or the end of its bounds: its next rounds open nothing."""
    return memory.stage is not Stage.RUNNING


def pauses_until(settings: SpreadSettings, memory: SpreadMemory) -> int:
    """Return until when a spread pauses after its last round, UTC ns; 0 before the first one.

    A grid that closes at its stop pauses for nothing, a spread that closes at its own only after a broken round.
    """
    leaves = closes(memory)
    if memory.ended_at is None or (leaves and (settings.grid is not None or not memory.breaks)):
        return 0
    pause = 0 if leaves else settings.pause_seconds * SECOND
    if memory.breaks:
        pause += min(BROKEN_PAUSE << min(memory.breaks - 1, 10), LONGEST_PAUSE)
    return memory.ended_at + pause


def leaves_opening(memory: SpreadMemory) -> bool:
    """Return whether the round under way opened when the spread reached its exit: nothing of it counts for closing."""
    shrinks = min(memory.start, 0) <= memory.goal <= max(memory.start, 0)
    return memory.stage is Stage.FLATTENING and not shrinks


def _fold_mark(settings: SpreadSettings, memory: SpreadMemory, mark: StrategyMark, at: int) -> None:
    lead = active_leg(settings)
    match mark:
        case RoundBegan():
            memory.round, memory.running, memory.cut = mark.round, True, False
            memory.start = memory.legs[lead].net
            memory.goal = goal_of(settings, memory.start, mark.sets, memory.stage)
            memory.paid = {}
        case RoundEnded():
            memory.running, memory.ended_at, memory.over = False, at, mark.over
            memory.breaks = memory.breaks + 1 if memory.cut and not leaves_opening(memory) else 0
            memory.rejected.clear()
            memory.refusals.end_round()  # each was stated for its day, and so was what barred the combination
            memory.barred_why = ""
            memory.misses = 0 if memory.stage is Stage.RUNNING else memory.misses
        case Chased():
            fold_chase(memory.ledger, memory.legs[mark.leg], scope_of(mark.leg), mark)
        case LegBroken() | LegRepaired() | RepairBarred():
            fold_break(memory.legs[mark.leg], mark, at)
            memory.cut = memory.cut or isinstance(mark, LegBroken)
        case HedgeRefused(beforehand=True):
            memory.foreseen_day = mark.trading_day
        case HedgeRefused():
            for place in hedging(settings, mark.instrument):
                memory.refusals.hold(place, mark.trading_day)
        case WayBarred() | RateHeld():
            _fold_way(settings, memory, mark, at)
        case CombinationBarred():
            memory.barred_why, memory.barred_day = "", mark.trading_day
        case PositionMissing():
            memory.missing_day = mark.trading_day
        case DeltaApart():
            memory.apart_day = mark.trading_day
        case _:
            _fold_stage(settings, memory, mark, at)


def _fold_way(settings: SpreadSettings, memory: SpreadMemory, mark: WayBarred | RateHeld, at: int) -> None:
    if isinstance(mark, RateHeld):
        fold_held(settings, memory, mark, at)
        return
    # The engine says it right after the refusal. A closing asks about the way itself, and waits for nothing else.
    refusals, closing = memory.refusals, memory.stage is Stage.FLATTENING
    for place in hedging(settings, mark.instrument):
        if mark.why and closing:
            refusals.wait_closing(place)
        elif mark.why and memory.running and lacks(settings, memory.nets)[place]:
            refusals.wait(place, mark.why)
        elif not mark.why and closing and place in refusals.waiting:
            _follows_at_last(memory, place, at)
        elif mark.free and not closing:
            refusals.free(place)


def _follows_at_last(memory: SpreadMemory, place: int, at: int) -> None:
    # Of a closing: what it waited for an own order does not count as a hedge that could not be filled.
    leg = memory.legs[place]
    memory.refusals.followed(place)
    leg.since = None if leg.since is None else at


def _fold_stage(settings: SpreadSettings, memory: SpreadMemory, mark: StrategyMark, at: int) -> None:
    match mark:
        case ExitReached():
            memory.stage = Stage.FLATTENING
            begin_way_out(memory, at)
            sees_anew(memory)
            memory.exit_price, memory.exit_level, memory.exit_stopped = mark.price, mark.level, mark.stopped
        case ExitSeen() | ExitDoubted():
            memory.blind_at = at if isinstance(mark, ExitSeen) and not mark.put_off else memory.blind_at
            fold_seen(memory, mark, at)
        case RangeLeft() if settings.grid is not None:
            memory.left_at = at
            memory.stage = left_for(settings.grid.out_of_range, stopped=mark.stopped)
            if memory.stage is Stage.FLATTENING:
                begin_way_out(memory, at)
            if memory.stage is not Stage.RUNNING:
                sees_anew(memory)
        case FlattenHeld():
            memory.told.append(mark.cause)
            memory.told_at = at
        case RangeEntered():
            memory.left_at = None
        case GridTrailed():
            memory.moved, memory.moved_at = mark.moved, at
        case Finished():
            memory.stage = Stage.FINISHED
        case _:
            pass
