"""Rest the active leg of a spread (挂单) where its fill, hedged at the opposite prices, gives the asked spread.

The theory. Quoting stands beside taking: where the spread can be had at once it is taken, as ever. Where it cannot,
the active leg rests at the price p for which coefficient x p and the other legs' crossed prices come to `buy_at` or
`sell_at`, rounded to the tick in our favour. One way at a time, from balance, and never for more than the others show
and `naked_lots` allows: so whatever fills of it, hedged or not, leaves no more unbalanced than one slice may (I12).

A quote that would give a worse spread than asked by more than the tolerance is withdrawn at once, whatever it costs:
a cancel is cheaper than a wrong price. What is rationed is placing. Each placed order may cost a cancel, so none is
placed once the day's cancels are spent, nor once the contract has used three fifths of its exchange's line (C12: from
there on people are warned, and what is left is theirs); and the time between two quotes grows as the ration shrinks.
A quote is also withdrawn when its fill could not be hedged: a leg without both sides, stuck at its limit, stale, or
showing too little; too little time to a break of any leg; opening not allowed, or nothing to close; a hedge that is
being chased. What the gate alone knows shows in its refusal of a hedge: then none rests while the hedge is missing,
nor that day where the leg breaks of it. So none is left when a break begins, and none is placed in one: a break costs
one cancel at most.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.fact.marks import RoundBegan
from terminal.domain.orders.order import Side
from terminal.domain.words.amount_text import amount_text
from terminal.strategies.children import SECOND, ChildState
from terminal.strategies.sight import look
from terminal.strategies.spread.balance import active_leg, closing_lots, lacks, largest_slice
from terminal.strategies.spread.exits import leaving, stopped_already, way_held
from terminal.strategies.spread.hedgeable import why_unhedged
from terminal.strategies.spread.memory import may_lead, scope_of
from terminal.strategies.spread.quoted import cancels_today

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.parameters.quoting import SpreadQuoting
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import View
    from terminal.strategies.children import Child
    from terminal.strategies.sight import Sight
    from terminal.strategies.spread.memory import SpreadMemory
    from terminal.strategies.spread.moment import Moment

OUT_OF_REACH = "离对手价太远，撤回挂单"


class Offer(NamedTuple):
    """Hold what would rest: the side, the price and its distance from the opposite one in ticks, the lots.

    Where there are none, `why` says in words what keeps a fill from being hedged.
    """

    side: Side
    ticks: int
    away: int
    lots: int
    why: str = ""


def rests(settings: SpreadSettings, memory: SpreadMemory) -> bool:
    """Return whether a quote may be at the exchange: it must be looked at as time goes by."""
    if not memory.ledger.children:  # every spread is asked this every second
        return False
    lead = scope_of(active_leg(settings))
    return any(child.rests for _, child in memory.ledger.in_scope(lead))


def rest_time(quoting: SpreadQuoting, cancels: int) -> int:
    """Return how long lies at least between two quotes after so many cancels of the day, in ns.

    >>> [rest_time(SpreadQuoting(rest_seconds=10, max_cancels=100), spent) // SECOND for spent in (0, 50, 90, 99)]
    [10, 20, 100, 1000]
    """
    return quoting.rest_seconds * SECOND * quoting.max_cancels // max(quoting.max_cancels - cancels, 1)


def why_rationed(view: View, settings: SpreadSettings, memory: SpreadMemory, *, orders: int = 1) -> str:
    """Return in a sentence why no further quote of so many orders may be placed today, "" where it may."""
    quoting = settings.quoting
    if quoting is None:
        return ""
    if not may_lead(memory, view.trading_day):
        return "今日有对冲被风控拒绝，主动腿不再报单"
    name = settings.legs[active_leg(settings)].instrument
    spent = cancels_today(memory, view.trading_day)
    if spent + orders > quoting.max_cancels:
        return f"今日挂单已撤 {spent} 次，到上限 {quoting.max_cancels} 次，只按对手价成交"
    counted, line = view.cancels(name), view.instrument(name).cancel_line
    if line is not None and counted * 5 >= line.cancels * 3:
        short = name.partition(".")[2]
        return f"{short} 今日撤单 {counted} 次，已用认定线 {line.cancels} 次的六成，只按对手价成交"
    return ""


def quote_price(settings: SpreadSettings, sights: Sequence[Sight], direction: int) -> tuple[Side, int] | None:
    """Return the side and price in ticks at which the active leg gives the asked spread; `None` without a price.

    `direction` 1 buys the spread at `buy_at`, -1 sells it at `sell_at`; the others are crossed: bought at their ask.
    """
    lead = active_leg(settings)
    others = Decimal(0)
    for place, (leg, sight) in enumerate(zip(settings.legs, sights, strict=True)):
        if place == lead:
            continue
        shown = sight.opposite(Side.BUY if leg.coefficient * direction > 0 else Side.SELL)
        if shown is None:
            return None
        others += leg.coefficient * sight.instrument.price(shown.price)
    asked = settings.buy_at if direction > 0 else settings.sell_at
    coefficient = settings.legs[lead].coefficient
    side = Side.BUY if coefficient * direction > 0 else Side.SELL
    rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
    exact = (asked - others) / coefficient / sights[lead].instrument.tick
    return side, int(exact.to_integral_value(rounding=rounding))


class Quotes:
    """Decide about the quote of one call of `decide`."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.settings, self.memory = moment.settings, moment.memory
        self.view, self.draft, self.lead = moment.view, moment.draft, moment.lead

    # --- what rests ---

    def keep(self) -> None:
        """Withdraw what should not rest any more."""
        scope = scope_of(self.lead)
        resting = [child for _, child in self.memory.ledger.in_scope(scope) if child.rests]
        if not any(child.state is ChildState.WORKING for child in resting):
            return
        if not self.view.session(self.settings.legs[self.lead].instrument).cancels:
            return  # it would be refused; nothing trades either
        why = self._unwanted(resting)
        if why:
            self.draft.cancel(scope, why)

    def _unwanted(self, resting: Sequence[Child]) -> str:
        memory, settings, quoting = self.memory, self.settings, self.settings.quoting
        if leaving(settings, memory):
            return "止损止盈平仓，撤回挂单"
        if quoting is None or memory.cut or not memory.running:
            return "不再挂单，撤回"
        if not may_lead(memory, self.view.trading_day):
            return "对冲被风控拒绝，撤回挂单"
        if any(leg.broken or leg.chases for leg in memory.legs):
            return "对冲没有跟上，撤回其余挂单"
        side = resting[0].side
        signed = sum(child.reserved for child in resting) * side.sign
        sights, why = self.sights()
        why = why or why_unhedged(self.moment, signed)
        if why:
            return f"{why}，撤回挂单"
        direction = 1 if (side is Side.BUY) == (settings.legs[self.lead].lots > 0) else -1
        if self._stopped_already(direction):
            return "平仓价已到止损价，撤回挂单"
        shown = self._shown(sights, direction)
        lack = lacks(settings, memory.nets, self.moment.net + signed)
        if any(abs(missing) > there for missing, there in zip(lack, shown, strict=True)):
            return "对冲腿盘口不够，撤回挂单"
        if sum(map(abs, lack)) > settings.naked_lots:
            return "超过单腿敞口，撤回挂单"
        return self._moved(resting[0], quoting, sights, direction)

    def _moved(self, child: Child, quoting: SpreadQuoting, sights: Sequence[Sight], direction: int) -> str:
        found = quote_price(self.settings, sights, direction)
        if found is None:
            return "对冲腿没有对手价，撤回挂单"
        side, ticks = found
        better = (ticks - sights[self.lead].instrument.ticks(child.price)) * side.sign
        if better < -quoting.tolerance_ticks:
            return f"他腿已动，成交会比所要的差 {-better} 跳，撤回重报"
        away = self._away(sights[self.lead], side, ticks)
        if away is None or away > quoting.reach_ticks + quoting.tolerance_ticks:
            return OUT_OF_REACH
        in_time = self.view.now - self.memory.quoted_at >= self._rest(quoting)
        if better > quoting.tolerance_ticks and in_time and not self._rationed(orders=3 if child.closing else 2):
            return f"他腿已动，可以多报 {better} 跳，撤回重报"
        return ""

    # --- what may rest ---

    def begin(self) -> None:
        """Begin a round with a quote, the way that is nearer to trading; nothing where neither is in reach."""
        quoting = self.settings.quoting
        sights, why = self.sights()
        if quoting is None or why or leaving(self.settings, self.memory):
            return
        ways: list[tuple[int, int, Offer]] = []
        for direction in (1, -1):
            goal = self.moment.goal_of(direction * self.settings.sets)
            barred = goal == self.moment.net or self._stopped_already(direction)
            offer = None if barred else self.offer(sights, direction, goal)
            if offer is not None and offer.lots and offer.away <= quoting.reach_ticks:
                ways.append((direction, goal, offer))
        if not ways:
            return
        direction, goal, offer = min(ways, key=lambda way: way[2].away)
        number, asked = self.memory.round + 1, self._asked(direction)
        if self._place(sights[self.lead], offer, quoting, number):
            sets = direction * self.settings.sets
            self.draft.mark(RoundBegan(round=number, sets=sets, price=asked, quoted=True))

    def go_on(self) -> bool:
        """Quote what the round still lacks of its goal; return whether the round stands."""
        quoting, net = self.settings.quoting, self.moment.net
        goal = self.moment.goal
        if quoting is None or leaving(self.settings, self.memory) or goal == net:
            return False
        traded = net != self.memory.start
        sights, why = self.sights()
        if why:
            return traded
        lead = self.settings.legs[self.lead].lots
        direction = 1 if (goal > net) == (lead > 0) else -1
        offer = None if self._stopped_already(direction) else self.offer(sights, direction, goal)
        if offer is None or offer.away > quoting.reach_ticks + quoting.tolerance_ticks:
            return False
        if not offer.lots:
            return traded
        if offer.away <= quoting.reach_ticks:
            self._place(sights[self.lead], offer, quoting, self.memory.round)
        return traded or not self._rationed(orders=self._orders(offer))

    def offer(self, sights: Sequence[Sight], direction: int, goal: int) -> Offer | None:
        """Return what would rest now on the way to a goal of the active leg; `None` where there is no price."""
        found, net = quote_price(self.settings, sights, direction), self.moment.net
        away = None if found is None else self._away(sights[self.lead], *found)
        if found is None or away is None:
            return None
        side, ticks = found
        if away < 0:  # what shows is too little for a set, so nothing was taken: no worse than at the opposite price
            ticks, away = ticks + away * side.sign, 0
        shown = self._shown(sights, direction)
        lots = largest_slice(self.settings, self.memory.nets, direction=side.sign, most=abs(goal - net), shown=shown)
        closes = closing_lots(self.settings.legs[self.lead], net, side.sign * lots)
        lots = closes or lots
        why = why_unhedged(self.moment, side.sign * lots) if lots else "他腿盘口不够对冲一手"
        return Offer(side, ticks, away, 0 if why else lots, why)

    def sights(self) -> tuple[list[Sight], str]:
        """Return every leg's market, or why a fill could not be hedged now."""
        found: list[Sight] = []
        for leg in self.settings.legs:
            sight, name = look(self.view, leg.instrument), leg.instrument.partition(".")[2]
            if sight is None:
                return [], f"{name} 现在不能交易"
            if sight.left < self.moment.resting_edge:
                return [], f"{name} 临近休市，来不及对冲"
            if not sight.flows:
                return [], f"{name} {sight.stuck or '报价过旧'}"
            found.append(sight)
        return found, ""

    def _place(self, sight: Sight, offer: Offer, quoting: SpreadQuoting, number: int) -> bool:
        if self._rationed(orders=self._orders(offer)) or not self.moment.hedges_ready(offer.side.sign):
            return False
        if self.memory.quoted_at and self.view.now - self.memory.quoted_at < self._rest(quoting):
            return False
        words = f"价差第 {number} 轮，挂单等 {amount_text(self._asked(self._direction(offer.side)))}"
        return self.moment.rest(sight, offer.side, offer.lots, offer.ticks, words, number)

    # --- parts ---

    def _stopped_already(self, direction: int) -> bool:
        # What closes own lots is quoted all the same.
        settings = self.settings
        if way_held(settings, self.memory) == -direction:
            return False
        price = self.view.spread((leg.instrument, leg.coefficient, leg.lots) for leg in settings.legs)
        return stopped_already(settings, direction, price)

    def _orders(self, offer: Offer) -> int:
        # A close may come as two orders, of today's and of yesterday's lots.
        closes = closing_lots(self.settings.legs[self.lead], self.moment.net, offer.side.sign * offer.lots)
        return 2 if closes else 1

    def _asked(self, direction: int) -> Decimal:
        return self.settings.buy_at if direction > 0 else self.settings.sell_at

    def _direction(self, side: Side) -> int:
        return 1 if (side is Side.BUY) == (self.settings.legs[self.lead].lots > 0) else -1

    def _rest(self, quoting: SpreadQuoting) -> int:
        return rest_time(quoting, cancels_today(self.memory, self.view.trading_day))

    def _rationed(self, *, orders: int) -> bool:
        return bool(why_rationed(self.view, self.settings, self.memory, orders=orders))

    def _away(self, sight: Sight, side: Side, ticks: int) -> int | None:
        shown = sight.opposite(side)
        return None if shown is None else (shown.price - ticks) * side.sign

    def _shown(self, sights: Sequence[Sight], direction: int) -> list[int]:
        # Lots at each leg's opposite side; of the active one nothing is asked.
        found = []
        for place, (leg, sight) in enumerate(zip(self.settings.legs, sights, strict=True)):
            shown = sight.opposite(Side.BUY if leg.lots * direction > 0 else Side.SELL)
            found.append(0 if shown is None or place == self.lead else shown.lots)
        return found
