"""Bring one leg to the lots it must have: order, chase, and say when it is broken.

A leg lacks lots (缺口) when what it must have and what its fills gave differ. What is under way counts as had, so the
sum of children never passes the need, and a need that shrank cancels before anything is sent the other way. A child
that rests longer than its patience is chased (追价): a mark, a cancel, and, once the exchange has taken it out, a new
child one step further through the opposite price. A chase that would not better the price is not made. None pays up so
far that it meets an own order where the opposite price does not: what rests would be gone, and nothing could follow it.

A leg that lacks lots for longer than all its chases may take is broken (断腿). Time is counted from the later of the
lack and the beginning of the session phase, so that a break is no delay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from terminal.domain.fact.marks import Chased, LegBroken, Repair
from terminal.domain.orders.order import Side
from terminal.strategies.children import ChildState
from terminal.strategies.sight import FARTHEST_TICKS, worth

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.view import View
    from terminal.strategies.children import Child, Ledger
    from terminal.strategies.draft import Draft
    from terminal.strategies.sight import Sight


NOT_OPENED: Final = "现在不能开仓（风险级别、一键停止、结算单、限额或对账）"


class Leg(msgspec.Struct):
    """Hold what a leg's fills gave it, since when it lacks lots (UTC ns), and how far its repair has come.

    `plans` are what people were told of a spread's broken leg, the latest last, and when (UTC ns).
    """

    net: int = 0
    since: int | None = None
    chases: int = 0
    broken: Repair | None = None
    plans: dict[str, int] = {}


class Pursuit(NamedTuple):
    """Hold what a leg lacks now and how to get it.

    `lack` is signed and counts nothing under way. `own` are the lots a closing order may take; what exceeds them is
    opened. `join` lets the first child rest at its own side (排队价) before it goes to the opposite one. What `hedges`
    follows fills of another leg, at once.
    """

    leg: int
    scope: str
    tag: str
    lack: int
    own: int
    pay_up: int
    patience: int  # ns
    join: bool
    reason: str
    hedges: bool = False

    @property
    def side(self) -> Side:
        """Return the side of the orders that bring what is lacking."""
        return Side.BUY if self.lack > 0 else Side.SELL


def follow(leg: Leg, lack: int, at: int) -> None:
    """Note since when a leg lacks lots; to be called after each fill that may have changed it."""
    if not lack:
        leg.since, leg.chases = None, 0
    elif leg.since is None:
        leg.since = at


def fold_chase(ledger: Ledger, leg: Leg, scope: str, mark: Chased) -> None:
    """Take a chase into the memory: the working children are on their way out."""
    leg.chases = mark.chase
    for _, child in ledger.in_scope(scope):
        if child.state is ChildState.WORKING:
            child.chased = True


def lagging(view: View, instrument: InstrumentId, leg: Leg) -> int:
    """Return how long a leg has lacked lots in this session phase, in ns."""
    if leg.since is None:
        return 0
    return view.now - max(leg.since, view.session(instrument).begins_at)


def broken_mark(
    view: View, *, leg: int, instrument: InstrumentId, lots: int, repair: Repair, plan: str, whose: str = ""
) -> LegBroken:
    """Return the mark of a leg that lags too long, with the value of what it lacks at the latest price."""
    return LegBroken(
        leg=leg,
        instrument=instrument,
        lots=lots,
        value_yuan=worth(view, instrument, lots),
        repair=repair,
        plan=plan,
        whose=whose,
    )


def pursue(draft: Draft, sight: Sight | None, leg: Leg, want: Pursuit) -> None:
    """Order what a leg lacks, chase what rests too long, cancel what is no longer needed."""
    under_way = draft.ledger.reserved(want.scope)
    rest = want.lack - under_way
    if under_way and rest * under_way < 0:
        draft.cancel(want.scope, "需求已变，撤单后重算")
        return
    if sight is None:
        return
    if rest:
        _send(draft, sight, leg, want, abs(rest))
    elif under_way:
        _chase(draft, sight, leg, want)


def _send(draft: Draft, sight: Sight, leg: Leg, want: Pursuit, lots: int) -> None:
    ticks = price_at(sight, want.side, chase=leg.chases, pay_up=want.pay_up, join=want.join)
    if ticks is None:
        return
    closes = want.own - sum(child.reserved for _, child in draft.ledger.in_scope(want.scope) if child.closing)
    closing = closes > 0
    draft.order(
        sight,
        scope=want.scope,
        tag=want.tag,
        side=want.side,
        closing=closing,
        lots=min(lots, closes) if closing else lots,
        ticks=ticks,
        reason=want.reason,
        hedges=want.hedges,
    )


def _chase(draft: Draft, sight: Sight, leg: Leg, want: Pursuit) -> None:
    slow = [
        child
        for _, child in draft.ledger.in_scope(want.scope)
        if child.state is ChildState.WORKING and not child.chased and draft.now - child.recorded_at >= want.patience
    ]
    if not slow:
        if any(child.chased for _, child in draft.ledger.in_scope(want.scope)):
            draft.cancel(want.scope, "追价撤单")
        return
    ticks = price_at(sight, want.side, chase=leg.chases + 1, pay_up=want.pay_up, join=want.join)
    if ticks is None:
        return
    ticks = draft.short_of_own(sight, want.side, ticks, closing=all(child.closing for child in slow))
    if not any(_better(sight, child, ticks) for child in slow):
        return
    draft.mark(Chased(leg=want.leg, chase=leg.chases + 1))
    draft.cancel(want.scope, "追价撤单")


def _better(sight: Sight, child: Child, ticks: int) -> bool:
    return (sight.instrument.price(ticks) - child.price) * child.side.sign > 0


def price_at(sight: Sight, side: Side, *, chase: int, pay_up: int, join: bool) -> int | None:
    """Return the price in ticks of a leg's child after so many chases; `None` while there is none to go by.

    Without `join` the first price is the opposite one (对手价), with it the own side's (排队价). Each further chase
    pays up, ten ticks at most, and nothing leaves the daily band.
    """
    if join and chase == 0:
        own = sight.displayed(side) if sight.fresh else None
        return own.price if own is not None else None
    opposite = sight.opposite(side)
    if opposite is None:
        return None
    steps = chase - 1 if join else chase
    return sight.clipped(opposite.price + side.sign * min(steps * pay_up, FARTHEST_TICKS))
