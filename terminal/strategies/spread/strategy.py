"""Trade a spread of two to eight legs between two prices (价差套利).

The theory. A round (轮) is begun when the executable spread, bought legs at their ask and sold legs at their bid,
reaches a threshold. The active leg goes first, immediate-or-cancel at the displayed opposite price and never for more
than is displayed; the other legs follow what it really filled, at once, and by one order where it is told in parts.
The active leg trades only from balance: nothing under way, nothing lacking. So unbalanced lots never exceed what one
slice of the active leg may cause, and that is `naked_lots` (I12). A round ends when its goal is reached, or when its
price is gone, and always in balance.

With `quoting` the active leg also rests, where the spread cannot be had at once (`terminal.strategies.spread.quotes`).

States, as DOMAIN 4.9 names them: 空闲 (no round), 主动挂 (active child under way), 对冲中 (a leg lacks lots), 平衡,
断腿 (a leg has lagged for all its chases), 修复 (追价 → 加价 → 反平). A leg that cannot be traded at all goes from the
chase straight to the unwinding, and so does one, at any time, whose way back has come to cost the maximum loss. Where
neither it nor the way back can be traded it is broken all the same, and waits: people are told. After a broken round
the pause doubles, from a minute to half an hour.

Own lots are closed before new ones are opened: a trade across zero is a close and then an open.

A spread with a `grid` is a grid over its price (`terminal.strategies.spread.lines`): rounds go from line to line, from
balance; its bounds and its stop are looked at in every call. A leg of no lots, the spot of a basis, is only looked at:
what is traded is the other ones, and without a price of it that holds there is no price at all, so the grid waits. Of a
spread against spot (期现价差) people trade that leg; the engine tells them what, and the strategy goes on without them.

A spread may have a stop and a take-profit of its own (`terminal.strategies.spread.exits`): it closes there, and ends.

Winding down (收尾) is balancing and nothing else: the active leg is cancelled, and it trades only to unwind.

A conversion (期权期货互转) is a spread that is bought once, whole: its rounds go on until everything is exchanged, and
then it has finished. Legs that close take what the account holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.facts import AccountFact
from terminal.domain.fact.marks import HedgeRefused, LegRepaired, Repair
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.intents import NOTHING, Decision
from terminal.domain.orders.order import Side
from terminal.domain.parameters.exits import guarded
from terminal.domain.parameters.lasting import SPREAD_FREE
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.domain.quiet import Quiet
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import WORDS, differing
from terminal.strategies.children import SECOND
from terminal.strategies.draft import Draft
from terminal.strategies.grid.stage import Stage
from terminal.strategies.lasting import lasting, with_chase_of, with_grid_of, with_spot_of
from terminal.strategies.legs import NOT_OPENED, Leg, Pursuit, broken_mark, lagging, pursue
from terminal.strategies.sight import Sight, look
from terminal.strategies.spread.balance import (
    active_leg,
    check_legs,
    closing_lots,
    lacks,
    unbalanced,
    worst_unbalanced,
)
from terminal.strategies.spread.barred_repair import is_judged, tell_barred_repair
from terminal.strategies.spread.bounds import crossed
from terminal.strategies.spread.converting import end_with_option
from terminal.strategies.spread.exits import ExitWatch
from terminal.strategies.spread.hedge_ladder import UNHURRIED_SECONDS, chase_seconds, patience
from terminal.strategies.spread.hedgeable import tell_foreseen
from terminal.strategies.spread.hindered import tell_held
from terminal.strategies.spread.lines import check_grid, trailed
from terminal.strategies.spread.memory import SpreadMemory, fold_spread, leaves_opening, pauses_until, scope_of
from terminal.strategies.spread.moment import Moment
from terminal.strategies.spread.own_way import meets_own, tell_barred_hedge, whose_way
from terminal.strategies.spread.quiet import quiet_of
from terminal.strategies.spread.quotes import Quotes
from terminal.strategies.spread.rebound import turned, why_not_whole
from terminal.strategies.spread.rounds import Rounds, tell_barred
from terminal.strategies.spread.sendable import hedge_bar, why_frozen, why_refused
from terminal.strategies.spread.spot_side import check_spot_side
from terminal.strategies.spread.told_plans import STOP_FIRST
from terminal.strategies.spread.unsent import waits_for_room
from terminal.strategies.spread.way_back import WayBack

if TYPE_CHECKING:
    from terminal.domain.view import SpreadWatch, View

PLANS = {
    Repair.PAY_UP: "断腿：追价未成，加价补齐",
    Repair.UNWIND: "断腿：补齐无望，反向平掉已成交的腿",
}
MEETS: Final = "会与自己的未了委托自成交，不报"
RATE_HELD = "断腿：报撤频率已用满，对冲等着报，有余地即报"
STOPPED_OUT = "反平将亏到最大亏损，不再等待，反向平掉已成交的腿"
PARTS_WITHIN: Final = 300_000_000  # ns in which all fills of one immediate order are told, unless words are lost


class SpreadStrategy:
    """Implement `Strategy` for spreads."""

    kind = "spread"

    def check(self, settings: SpreadSettings) -> str | None:
        """Return what is wrong with the settings, or `None`."""
        return check_spot_side(settings) or check_legs(settings) or check_grid(settings)

    def instruments(self, settings: SpreadSettings) -> tuple[InstrumentId, ...]:
        """Return every leg's instrument."""
        return tuple(leg.instrument for leg in settings.legs)

    def watches(self, settings: SpreadSettings) -> tuple[SpreadWatch, ...]:
        """Return none: only the present price decides."""
        return ()

    def whole(self, settings: SpreadSettings) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the lots each leg holds at most."""
        return tuple((leg.instrument, abs(leg.lots) * settings.max_sets) for leg in settings.legs if leg.lots)

    def sizes(self, settings: SpreadSettings) -> dict[str, int]:
        """Return the sets of a round and in all, and the lots open between the legs."""
        return {"sets": settings.sets, "max_sets": settings.max_sets, "naked_lots": settings.naked_lots}

    def may_change(self, old: SpreadSettings, new: SpreadSettings, memory: SpreadMemory) -> str | None:
        """Return why the spread cannot go on with the new settings, or `None`."""
        if memory.stage is not Stage.RUNNING:
            return f"{'网格正在停止' if old.grid is not None else '正在止损止盈平仓'}，不能再改设置。"
        if turned(old, new):
            return why_not_whole(old, new, memory)
        moving = [WORDS[name] for name in differing(old, new) if name in {"buy_at", "sell_at", "grid"}]
        if memory.moved and moving:
            return f"网格已跟随移动 {amount_text(memory.moved)} 元，{'、'.join(moving)}随它移动，不能再改。"
        freed = with_spot_of(with_grid_of(with_chase_of(old, new), new), new)
        fixed = lasting(freed, new, SPREAD_FREE)
        lead = active_leg(old)
        most = max(abs(memory.legs[lead].net), abs(memory.goal) if memory.running else 0)
        if fixed is None and most > new.max_sets * abs(old.legs[lead].lots):
            return f"主动腿已有和本轮要有 {most} 手，多于新的最大套数；请先减仓。"
        return fixed

    def begin(self, settings: SpreadSettings) -> SpreadMemory:
        """Return the memory before any fact."""
        return SpreadMemory(legs=[Leg() for _ in settings.legs])

    def fold(self, settings: SpreadSettings, memory: SpreadMemory, fact: AccountFact, tag: str, at: int) -> None:
        """Take one fact into the memory."""
        fold_spread(settings, memory, fact, tag, at)

    def decide(
        self, strategy: StrategyId, settings: SpreadSettings, memory: SpreadMemory, view: View, *, winding: bool = False
    ) -> Decision:
        """Return what the spread wants now; while winding, what brings it to balance."""
        if memory.stage is Stage.FINISHED:
            return NOTHING
        lack = lacks(settings, memory.nets)
        quiet = not any(lack) and not memory.ledger.busy
        # A stop is looked at in a pause too.
        watched = settings.grid is not None or guarded(settings)
        if quiet and not watched and not memory.running and view.now < pauses_until(settings, memory):
            return NOTHING
        draft = Draft(strategy, settings.account, settings.hedge_flag, memory.ledger, view)
        moment = Moment(trailed(settings, memory.moved), memory, view, draft)
        if winding:
            _withdraw_lead(moment)
        if end_with_option(moment, lack):
            return draft.decision()
        _tell_refused(moment)
        leaves = not winding and (ExitWatch(moment).look() or crossed(moment))
        if not quiet:
            _Balance(moment).balance(lack)
            if not winding:
                Quotes(moment).keep()
        elif any(leg.broken for leg in memory.legs):
            _Balance(moment).repaired()
        elif not winding and not leaves:
            Rounds(moment).trade()
        tell_foreseen(moment)
        if moment.hedge_barred is not None:
            tell_barred_hedge(moment, *moment.hedge_barred)
        elif not winding:
            tell_held(moment)
        return draft.decision()

    def quiet(self, strategy: StrategyId, settings: SpreadSettings, memory: SpreadMemory, view: View) -> Quiet | None:
        """Return within which quotes the spread begins no round, `None` while it has one."""
        return quiet_of(settings, memory, view)

    def lacking(self, settings: SpreadSettings, memory: SpreadMemory) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the signed lots each leg lacks."""
        missing = zip(settings.legs, lacks(settings, memory.nets), strict=True)
        return tuple((leg.instrument, lack) for leg, lack in missing if lack)

    def naked_lots(self, settings: SpreadSettings, memory: SpreadMemory) -> int:
        """Return the unbalanced lots over all legs."""
        return unbalanced(settings, memory.nets)

    def naked_at_worst(self, settings: SpreadSettings, memory: SpreadMemory) -> int:
        """Return the unbalanced lots once all under way of the active leg fills and no hedge, or what is worse."""
        return worst_unbalanced(settings, [_reach(memory, leg) for leg in range(len(memory.legs))])

    def settled(self, settings: SpreadSettings, memory: SpreadMemory) -> bool:
        """Return whether it is in balance with nothing under way."""
        return not memory.ledger.busy and not self.naked_lots(settings, memory)

    def balances(self, settings: SpreadSettings, memory: SpreadMemory, instrument: InstrumentId, lots: int) -> bool:
        """Return whether an order hedges what a leg lacks, or unwinds the active leg."""
        leg = next(place for place, leg in enumerate(settings.legs) if leg.instrument == instrument)
        wanted = lacks(settings, memory.nets)[leg]
        if settings.legs[leg].active and any(leg.broken is Repair.UNWIND for leg in memory.legs):
            wanted = memory.start - memory.legs[leg].net
        side = 1 if wanted > 0 else -1
        return 0 < lots * side <= abs(wanted) - memory.ledger.under_way(scope_of(leg), side)


def _reach(memory: SpreadMemory, leg: int) -> tuple[int, int]:
    # The fewest and the most lots a leg may come to hold by what is under way. An order on a combination opens no leg:
    # both trade with it.
    low = high = memory.legs[leg].net
    for _, child in memory.ledger.in_scope(scope_of(leg)):
        lots = child.side.sign * child.reserved
        if child.other is None:
            low, high = low + min(lots, 0), high + max(lots, 0)
    return low, high


def _withdraw_lead(moment: Moment) -> None:
    unwinds = Repair.UNWIND in {leg.broken for leg in moment.memory.legs}
    for order, child in moment.memory.ledger.in_scope(scope_of(moment.lead)):
        if child.rests or not unwinds:  # the way back is immediate-or-cancel, and a quote stands in its way
            moment.draft.cancel_child(order, child, "收尾：撤回主动腿")


def _tell_refused(moment: Moment) -> None:
    # Once a trading day, what the gate refused: each hedge whose leg broke of it, or the one order the spread may send.
    settings, memory, today = moment.settings, moment.memory, moment.view.trading_day
    for place, why in memory.refusals.why:
        if memory.legs[place].broken and not memory.refusals.holds_day(today, place):
            name = settings.legs[place].instrument
            moment.draft.mark(HedgeRefused(instrument=name, trading_day=today, why=why))
    if memory.barred_why:
        tell_barred(moment, memory.barred_why)


class _Balance:
    # What one call of decide does about legs that lack lots, or are broken.

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.settings, self.memory = moment.settings, moment.memory
        self.view, self.draft, self.lead = moment.view, moment.draft, moment.lead
        self.back = WayBack(moment)

    def balance(self, lack: tuple[int, ...]) -> None:
        for place, leg in enumerate(self.memory.legs):
            if place == self.lead or not self.settings.legs[place].lots:
                continue
            sight = look(self.view, self.settings.legs[place].instrument)
            going = leg.broken is Repair.UNWIND and self.back.travels(place)
            if leg.broken and not lack[place] and not self.memory.ledger.reserved(scope_of(place)):
                self._repaired(place)
            elif lack[place] and not self._judge(place, leg, lack[place], sight) and not going:
                tell_barred_repair(self.moment, self.back, place, lack[place])
            if any(child.other is not None for _, child in self.memory.ledger.in_scope(scope_of(place))):
                continue  # an order on the combination is no hedge: its other leg trades with it
            if leg.broken is Repair.UNWIND and lack[place] and (going or self.back.goes(place)):
                self.draft.cancel(scope_of(place), "反平：撤回未成的对冲")
            elif not self._more_comes(leg):
                self._pursue(place, leg, lack[place], sight)
        self.back.go()

    def _more_comes(self, leg: Leg) -> bool:
        # What an immediate order takes is told part by part, moments apart: one hedge follows the whole of it.
        if leg.since is None or self.view.now - leg.since >= PARTS_WITHIN:
            return False
        return any(
            child.filled and not child.rests and child.other is None
            for _, child in self.memory.ledger.in_scope(scope_of(self.lead))
        )

    def repaired(self) -> None:
        for place, leg in enumerate(self.memory.legs):
            if leg.broken:
                self._repaired(place)

    def _repaired(self, place: int) -> None:
        self.draft.mark(LegRepaired(leg=place, instrument=self.settings.legs[place].instrument))

    def _pursue(self, place: int, leg: Leg, lack: int, sight: Sight | None) -> None:
        if self._refused(place, lack):
            return  # asked for once more it would only wait longer, once it is let out
        # Once broken there is no hurry left: ten ticks beyond the opposite price have not helped.
        own = patience(self.settings, place).seconds
        over = leg.broken is Repair.UNWIND and self.back.goal(place) is None  # what is given back was not chased yet
        waits = max(own, UNHURRIED_SECONDS) if leg.broken and not over else own
        want = Pursuit(
            leg=place,
            scope=scope_of(place),
            tag=self.moment.tag(place),
            lack=lack,
            own=closing_lots(self.settings.legs[place], leg.net, lack),
            pay_up=self.settings.legs[place].pay_up_ticks,
            patience=waits * SECOND,
            join=False,
            reason=f"价差第 {self.memory.round} 轮，跟随主动腿对冲",
            hedges=True,
        )
        pursue(self.draft, sight, leg, want)

    def _refused(self, place: int, lack: int) -> str:
        # Why the gate would refuse a hedge again that it has refused for more than an own order in its way (C14).
        return why_refused(self.moment, place, lack) if place in self.memory.refusals.otherwise else ""

    def _judge(self, place: int, leg: Leg, lack: int, sight: Sight | None) -> bool:
        # Whether it states that a leg is broken, or that another repair begins.
        name = self.settings.legs[place].instrument
        lag = lagging(self.view, name, leg)
        if leg.broken is not Repair.UNWIND and self.back.loses(place):
            return self._break(place, lack, Repair.UNWIND, STOPPED_OUT)
        chase_time = chase_seconds(self.settings, place) * SECOND
        refused = self._refused(place, lack)
        if (lag < chase_time and not refused) or leg.broken is Repair.UNWIND:
            return False
        side = Side.BUY if lack > 0 else Side.SELL
        reachable = sight is not None and sight.opposite(side) is not None and not refused
        # No chase was in vain; only at another exchange (C8 counts by exchange) has the way back room of its own.
        lead = self.settings.legs[self.lead].instrument
        elsewhere = lead.partition(".")[0] != name.partition(".")[0] and lag >= 2 * chase_time
        if reachable and not elsewhere and waits_for_room(self.memory, name, self.view.now):
            return leg.broken is None and self._break(place, lack, Repair.PAY_UP, RATE_HELD)
        unwindable = self.back.is_open(place) and not self._opens_again(place, sight, lack)
        if unwindable and (not reachable or lag >= 2 * chase_time):
            plan = f"断腿：{name.partition('.')[2]} {refused}，反向平掉已成交的腿" if refused else None
            return self._break(place, lack, Repair.UNWIND, plan)
        if leg.broken is None and (reachable or unwindable):
            return self._break(place, lack, Repair.PAY_UP)
        # With all months at their limit people must know of it most.
        stuck = leg.broken is None and (self._trades(place) or is_judged(self.moment, self.back, place))
        return stuck and self._break(place, lack, Repair.PAY_UP, self.back.why_stuck(place, refused))

    def _opens_again(self, place: int, sight: Sight | None, lack: int) -> bool:
        # Of a closing the way back is an opening at the stop: it is no repair of a hedge that waits for an own order.
        closes = self.memory.stage is Stage.FLATTENING and not leaves_opening(self.memory)
        waits = place in self.memory.refusals.waiting
        return closes and (waits or (sight is not None and meets_own(self.moment, place, sight, lack)))

    def _trades(self, place: int) -> bool:
        return self.view.session(self.settings.legs[place].instrument).phase is Phase.CONTINUOUS

    def _break(self, place: int, lack: int, repair: Repair, plan: str | None = None) -> bool:
        instrument = self.settings.legs[place].instrument
        told = PLANS[repair] if plan is None else plan
        if self._opens(place, lack) and not self.view.opening_allowed(
            self.settings.account, self.draft.strategy, instrument
        ):
            told += f"；{instrument.partition('.')[2]} {NOT_OPENED}"
        frozen = why_frozen(self.moment, place, lack, needed=self._closes(place, lack))
        if frozen:
            told += f"；{instrument.partition('.')[2]} {frozen}"
        barred = hedge_bar(self.moment, place, lack)
        if plan is None and repair is Repair.PAY_UP and barred and self.back.why_barred(place):
            told = self.back.why_stuck(place, barred)  # neither can be sent
        if plan is None and repair is Repair.PAY_UP and self.back.opens_late(place):
            told += f"；{self.back.late_words()}"
        waits, whose = self._waits_for_own(place, lack, repair)
        if waits:
            told = f"断腿：{waits}；请撤去那笔委托，让开即报；{STOP_FIRST}"
        whose, lots = whose or self.back.whose_hold(place, told), abs(lack)
        self.draft.mark(
            broken_mark(self.view, leg=place, instrument=instrument, lots=lots, repair=repair, plan=told, whose=whose)
        )
        return True

    def _waits_for_own(self, place: int, lack: int, repair: Repair) -> tuple[str, str]:
        # What repairs the leg and cannot be sent for an own order in its way (C14), and whose: in words, "" for none.
        sight = look(self.view, self.settings.legs[place].instrument)
        hedge = "" if sight is None else whose_way(self.moment, place, sight, lack)
        if repair is Repair.UNWIND and self.back.market(place) is not None:
            lead = self.back.whose_way(place)
            if not lead:
                return "", ""
            told = f"反向平仓{MEETS}" + ("，补齐也是" if hedge else "，能补齐时先补齐")
            return told, "、".join(dict.fromkeys(filter(None, (lead, hedge))))
        return (f"补齐{MEETS}", hedge) if hedge else ("", "")

    def _opens(self, place: int, lack: int) -> bool:
        return abs(lack) > self._closes(place, lack)

    def _closes(self, place: int, lack: int) -> int:
        return closing_lots(self.settings.legs[place], self.memory.legs[place].net, lack)
