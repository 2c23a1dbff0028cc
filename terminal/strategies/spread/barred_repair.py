"""Tell people anew of a broken leg whose repair cannot be done as they were told.

The theory. A break is told when a repair begins: paying up, or the way back. What bars it may come later, or be there
when the way back is due: a leg locked at its limit, without quotes, or not to be opened, the last day of a leg. Then
people read a plan that nobody follows, so they are told the plan as it stands, and what bars it. A plan is told when it
turns up, and not again while it is the latest one; one that was told before that, for books that blink, no oftener than
every ten minutes. That a repair can be done again is not told: every such plan says that it then goes on.

In a leg's own break it is judged while the active leg trades on and is to go back: what bars that is told then, as no
word would come before the leg's market opens again. While neither trades there is nothing to do, and nothing to say.

An own order in the way (C14) and the message rate (C8) are told elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import Repair
from terminal.domain.fact.way_marks import RepairBarred
from terminal.strategies.children import SECOND
from terminal.strategies.legs import lagging
from terminal.strategies.sight import EDGE, FRESH, look, worth
from terminal.strategies.spread.hedge_ladder import longest_seconds
from terminal.strategies.spread.own_way import meets_own
from terminal.strategies.spread.sendable import hedge_bar
from terminal.strategies.spread.told_plans import without_figures
from terminal.strategies.spread.unsent import waits_for_room

if TYPE_CHECKING:
    from terminal.strategies.legs import Leg
    from terminal.strategies.spread.moment import Moment
    from terminal.strategies.spread.way_back import WayBack

AGAIN: Final = 600 * SECOND  # what was told before the latest plan is not told again within this


def tell_barred_repair(moment: Moment, back: WayBack, place: int, lack: int) -> None:
    """State the plan of a broken leg as it stands, where its repair cannot be done and people do not know that yet."""
    view, leg, name = moment.view, moment.memory.legs[place], moment.settings.legs[place].instrument
    if leg.broken is None or not is_judged(moment, back, place):
        return
    plan = _barred_plan(moment, back, place, lack)
    same = without_figures(plan)
    told = max((at for one, at in leg.plans.items() if without_figures(one) == same), default=view.now - AGAIN)
    if plan and same != without_figures(_latest(leg)) and view.now - told >= AGAIN:
        value, whose = worth(view, name, abs(lack)), back.whose_hold(place, plan)
        moment.draft.mark(
            RepairBarred(leg=place, instrument=name, lots=abs(lack), value_yuan=value, plan=plan, whose=whose)
        )


def _latest(leg: Leg) -> str:
    return next(reversed(leg.plans), "")


def is_judged(moment: Moment, back: WayBack, place: int) -> bool:
    """Return whether it can be said now that neither a broken leg nor its way back can be traded."""
    # A close bars nothing that goes on after it, and in its first minute a contract may just not have quoted yet.
    view, legs = moment.view, moment.settings.legs
    if not _trades(moment, place) and not (_trades(moment, moment.lead) and _goes_back(back, place)):
        return False
    for name in (leg.instrument for leg in legs if leg.lots):
        session, quote = view.session(name), view.quote(name)
        unseen = session.phase is Phase.CONTINUOUS and (quote is None or quote.received_at < session.begins_at)
        if unseen and view.now - session.begins_at <= FRESH:
            return False
    return True


def _trades(moment: Moment, place: int) -> bool:
    session = moment.view.session(moment.settings.legs[place].instrument)
    return session.phase is Phase.CONTINUOUS and session.remaining(moment.view.now) > EDGE


def _goes_back(back: WayBack, place: int) -> bool:
    # Whether the active leg is to go back for a leg at all: else its break was told with that it waits (`over_break`).
    return back.goal(place) is not None and not back.opens_late(place)


def _barred_plan(moment: Moment, back: WayBack, place: int, lack: int) -> str:
    # The plan that stands while the repair told of cannot be done; "" while it can.
    leg, name = moment.memory.legs[place], moment.settings.legs[place].instrument
    unwinds, hedge, why = leg.broken is Repair.UNWIND, hedge_bar(moment, place, lack), back.why_barred(place)
    if not why or (unwinds and not hedge and back.goal(place) is None):
        return ""  # what the way back left over is given back by the leg itself
    if hedge:
        return back.why_stuck(place, hedge)
    due = lagging(moment.view, name, leg) >= longest_seconds(moment.settings, place) * SECOND
    if _waits(moment, place, lack) or not (unwinds or due) or without_figures(why) in without_figures(_latest(leg)):
        return ""
    return f"断腿：{'反平不了' if unwinds else '加价未成'}，{why}，接着追价补齐"


def _waits(moment: Moment, place: int, lack: int) -> bool:
    # Whether the hedge waits for what is told elsewhere.
    name, memory = moment.settings.legs[place].instrument, moment.memory
    sight = look(moment.view, name)
    barred = sight is not None and meets_own(moment, place, sight, lack)
    return barred or place in memory.refusals.waiting or waits_for_room(memory, name, moment.view.now)
