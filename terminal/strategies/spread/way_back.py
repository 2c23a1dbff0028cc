"""Take a broken round back (反平): the active leg goes back to lots the broken leg can follow, and the others with it.

Where to. To the nearest active lots, on the way to those before the round, that need no more of the broken leg than it
holds. Of uneven ratios (1:5, 3:2:5) a hedge filled in part may be more than they need: what is over is given back too,
once the active leg has gone, and so is what every other leg then has over. Where that cannot be traded now, whichever
leg it is of, the way back is gone only where fewer lots are open for it. On the last trading day of a leg nothing is
opened on the way back: the hedge is chased on. So it is where gate or exchange would not take the active leg's order:
one way forward at a time, and always one that can be sent. What the exchange rejected shows in its answer alone: then
the hedge goes first, for one chase; where that does not fill it, or it cannot be sent, the active leg is tried again.
So both are tried in turn, at the pace of what failed.

What it loses is the loss of all that goes back, the active leg and every hedge that had followed it, each by what its
fills of this round paid on average, at the prices on display, fees left out. A leg that shows no price to go back at
counts at its price of the moment.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.fact.marks import Repair
from terminal.domain.orders.order import Side
from terminal.strategies.last_days import last_day_of
from terminal.strategies.sight import look
from terminal.strategies.spread.balance import closing_lots, given_back, lacks, largest_slice, unwound
from terminal.strategies.spread.hedge_ladder import worst_price
from terminal.strategies.spread.memory import scope_of
from terminal.strategies.spread.own_way import whose_way
from terminal.strategies.spread.sendable import (
    MEETS_OWN,
    Held,
    hedge_bar,
    held_back,
    unreached,
    why_lead_stays,
    why_refused,
    why_rejected,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.ids import InstrumentId
    from terminal.strategies.sight import Sight
    from terminal.strategies.spread.moment import Moment

LEAVES = "主动腿退回会多出"
STUCK = "断腿：两腿都没有对手价，有人报价后再补齐或反平"


class WayBack:
    """Decide about the way back of a round in which legs have not followed.

    `held` says how many lots of a leg (place, signed) could not be traded back.
    """

    def __init__(self, moment: Moment, held: Callable[[Moment, int, int], Held] = held_back) -> None:
        self.moment, self.held = moment, held
        self.settings, self.memory, self.view = moment.settings, moment.memory, moment.view
        self.lead, self.nets = moment.lead, moment.memory.nets

    def goal(self, place: int) -> int | None:
        """Return to which active lots a leg that lacks lots would have them go back; `None` where there are none."""
        nets, net = self.nets, self.nets[self.lead]
        goal = unwound(self.settings, place, nets[place], net, self.memory.start)
        return None if goal == net else goal

    def market(self, place: int) -> tuple[Sight, Side] | None:
        """Return the active leg's market and its side on the way back, where that side can be traded."""
        goal = self.goal(place)
        if goal is None:
            return None
        side = Side.BUY if goal > self.nets[self.lead] else Side.SELL
        sight = look(self.view, self.settings.legs[self.lead].instrument)
        return (sight, side) if sight is not None and sight.opposite(side) is not None else None

    def is_open(self, place: int) -> bool:
        """Return whether going back for a leg can be traded now, and leaves fewer lots open.

        An own order may stand in its way all the same: it is told of, and the hedge goes on (`goes`). One that the
        exchange has rejected stands back for one chase of the hedge.
        """
        return not self._why_kept(place) and not self._yields(place)

    def _yields(self, place: int) -> bool:
        # Whether the active leg, rejected by the exchange the last time, lets the hedge be tried before it is again.
        lack, ledger, scope = lacks(self.settings, self.nets)[place], self.memory.ledger, scope_of(place)
        if not why_rejected(self.moment, self.lead) or hedge_bar(self.moment, place, lack):
            return False
        sight = look(self.view, self.settings.legs[place].instrument)
        if sight is not None and whose_way(self.moment, place, sight, lack):
            return False
        if any(ledger.in_scope(scope)):
            return True  # until it is chased
        closing = closing_lots(self.settings.legs[place], self.nets[place], lack) > 0
        tried = ledger.sent_after(scope, scope_of(self.lead))
        return not tried and ledger.ready(scope, self.view.now, closing=closing, hedges=True)

    def goes(self, place: int) -> bool:
        """Return whether the way back for a leg can be sent now: then its hedge is withdrawn."""
        return self.is_open(place) and not self.meets_own(place) and not self._waits(place)

    def travels(self, place: int) -> bool:
        """Return whether an order of the active leg is on its way back for a leg: it may have filled already.

        Until its end is known the hedge is not sent, whatever the books show meanwhile: never both.
        """
        goal = self.goal(place)
        if goal is None:
            return False
        sign = 1 if goal > self.nets[self.lead] else -1
        return self.memory.ledger.under_way(scope_of(self.lead), sign) > 0

    def _waits(self, place: int) -> bool:
        # Whether the active leg is not ordered yet, as an order of it failed a moment ago: meanwhile the hedge can be.
        ledger, scope, goal = self.memory.ledger, scope_of(self.lead), self.goal(place)
        if goal is None or not ledger.failures(scope) or any(ledger.in_scope(scope)):
            return False
        return not ledger.ready(scope, self.view.now, closing=not self._opens(goal))

    def loses(self, place: int) -> bool:
        """Return whether going back for a leg would lose the maximum loss by now."""
        most, goal = self.settings.max_loss_yuan, self.goal(place)
        if most is None or goal is None or self._why_kept(place):
            return False
        lost = Decimal(0)
        for one, lots in enumerate(given_back(self.settings, self.nets, goal)):
            lose = self._lost(one, lots) if lots else Decimal(0)
            if lose is None:
                return False
            lost += lose
        return lost >= most

    def meets_own(self, place: int) -> bool:
        """Return whether an own order stands in the active leg's way back."""
        return bool(self.whose_way(place))

    def whose_way(self, place: int) -> str:
        """Return in words whose order stands in the active leg's way back, "" for none."""
        market = self.market(place)
        return "" if market is None else whose_way(self.moment, self.lead, market[0], market[1].sign)

    def whose_hold(self, place: int, plan: str) -> str:
        """Return in words whose orders keep what would be given back, where a plan says that one does."""
        found = self._stranded(place).values() if MEETS_OWN in plan else ()
        return "、".join(dict.fromkeys(held.whose for held in found if held.whose))

    def why_barred(self, place: int) -> str:
        """Return why the active leg cannot go back for a leg, or must not; "" where it can as far as its own price."""
        why, lead = self._why_kept(place), self.settings.legs[self.lead].instrument
        rejected = why_rejected(self.moment, self.lead)
        return why or (f"主动腿 {_short(lead)} {rejected}" if rejected else "")

    def _why_kept(self, place: int) -> str:
        # The same without what the exchange answered, which may be another thing the next time.
        goal, lead = self.goal(place), self.settings.legs[self.lead].instrument
        if goal is not None and not self.opens_late(place):
            market = self.market(place)
            why = unreached(self.view, lead) if market is None else self.why_lead_stays(goal)
            if why:
                return f"主动腿 {_short(lead)} {why}"
        return self.why_unmoved(place)

    def why_lead_stays(self, goal: int) -> str:
        """Return in words why no lot of the active leg could be sent on the way to a goal; "" where one could."""
        lots = self._slice(goal)
        why = why_lead_stays(self.moment, goal - self.nets[self.lead])
        return why or (why_refused(self.moment, self.lead, lots) if lots else "")

    def why_unmoved(self, place: int) -> str:
        """Return why the active leg must not go back for a leg even where it could be sent; "" where it may."""
        if self.goal(place) is None:
            return "没有主动腿可退"
        if self.opens_late(place):
            return self.late_words()
        return self._stranded_words(place) if self._leaves_more(place) else ""

    def why_stuck(self, place: int, barred: str = "") -> str:
        """Return what people are told of a leg that can neither be brought up nor have the active one go back.

        `barred` is what bars the leg itself, where that is not its market.
        """
        name, lead = self.settings.legs[place].instrument, self.settings.legs[self.lead].instrument
        said, why = barred or unreached(self.view, name), self.why_barred(place)
        none = f"主动腿 {_short(lead)} 没有对手价"
        if (said, why, len(self.settings.legs)) == ("没有对手价", none, 2):
            return STUCK
        again = "补齐" if self.goal(place) is None or self.opens_late(place) or not why else "补齐或反平"
        mark = "；" if why.startswith(LEAVES) else "，"
        # Of a closing at a stop the way back would open again.
        return f"断腿：{_short(name)} {said}{mark}{why or '主动腿不重新开仓'}，能报时再{again}"

    def go(self) -> None:
        """Send the active leg back for the legs whose round is taken back, as far as the farthest of them wants."""
        ledger, net = self.memory.ledger, self.nets[self.lead]
        broken = [place for place, leg in enumerate(self.memory.legs) if leg.broken is Repair.UNWIND]
        going = [place for place in broken if self.is_open(place)]
        scopes = [scope_of(place) for place in (self.lead, *going)]
        if not going or any(ledger.reserved(scope) for scope in scopes):
            return
        place = max(going, key=lambda one: abs((self.goal(one) or 0) - net))
        goal, market = self.goal(place), self.market(place)
        if goal is not None and market is not None:
            sight, side = market
            self.moment.active(sight, side, abs(self._slice(goal)), "断腿反平")

    def _slice(self, goal: int) -> int:
        # How many lots of the active leg, signed, one order of its way to a goal trades; 0 while nothing is displayed.
        net = self.nets[self.lead]
        side = Side.BUY if goal > net else Side.SELL
        sight = look(self.view, self.settings.legs[self.lead].instrument)
        shown = None if sight is None else sight.opposite(side)
        if shown is None:
            return 0
        most = min(abs(goal - net), shown.lots)
        return side.sign * largest_slice(self.settings, self.nets, direction=side.sign, most=most, shown=None)

    def late_words(self) -> str:
        """Return in words why the active leg does not open again on the last day of a leg."""
        last = last_day_of(self.view, (leg.instrument for leg in self.settings.legs if leg.lots))
        return f"本交易日是 {'一腿' if last is None else _short(last)} 的最后交易日，主动腿不重新开仓"

    def opens_late(self, place: int) -> bool:
        """Return whether the way back would open: of a closing, on a leg's last day, what stands alone by the night."""
        goal = self.goal(place)
        return goal is not None and self.moment.opens_nothing and self._opens(goal)

    def _opens(self, goal: int) -> bool:
        # Whether the active leg's way to its goal closes nothing.
        net = self.nets[self.lead]
        return not closing_lots(self.settings.legs[self.lead], net, goal - net)

    def _leaves_more(self, place: int) -> bool:
        # Whether as many lots would come to be open, or more, as going back for the leg would balance.
        stranded = self._stranded(place)
        return bool(stranded) and sum(held.lots for held in stranded.values()) >= self._balanced(place)

    def _stranded(self, place: int) -> dict[int, Held]:
        # Of every leg, how many lots more than now it would have over that cannot be given back now, and why.
        goal = self.goal(place)
        if goal is None:
            return {}
        now, found = lacks(self.settings, self.nets), {}
        for one, lots in enumerate(given_back(self.settings, self.nets, goal)):
            if one == self.lead or not lots:
                continue
            held = self.held(self.moment, one, lots)
            more = held.lots - (abs(now[one]) if now[one] * lots > 0 else 0)
            if more > 0:
                found[one] = held._replace(lots=more)
        return found

    def _stranded_words(self, place: int) -> str:
        stranded = {_short(self.settings.legs[one].instrument): held for one, held in self._stranded(place).items()}
        over = "、".join(f"{name} {held.lots} 手" for name, held in stranded.items())
        why = "；".join(f"{name} {held.why}" for name, held in stranded.items() if held.why)
        return f"{LEAVES} {over}，现在平不掉{'：' if why else ''}{why}"

    def _balanced(self, place: int) -> int:
        # How many lots that broken legs lack, this one among them, they would no longer lack.
        now, then = (lacks(self.settings, self.nets, active) for active in (None, self.goal(place)))
        return sum(
            max(abs(lack) - (abs(left) if lack * left > 0 else 0), 0)
            for one, (lack, left) in enumerate(zip(now, then, strict=True))
            if one == place or self.memory.legs[one].broken
        )

    def _lost(self, place: int, lots: int) -> Decimal | None:
        # What so many lots of a leg (signed, as they would be traded back) lose in yuan; `None` without a price.
        leg = self.settings.legs[place]
        known, quote = self.view.instrument(leg.instrument), self.view.quote(leg.instrument)
        paid = self.memory.paid.get(scope_of(place))
        bought = None if paid is None else paid.price
        back = None if quote is None else worst_price(known, quote, leg, Side.BUY if lots > 0 else Side.SELL, 0)
        return None if bought is None or back is None else known.value(back - bought, lots)


def _short(instrument: InstrumentId) -> str:
    return instrument.partition(".")[2]
