"""Keep the hedge ratio of a group in its band (自动配平) by trading one contract.

The theory. The ratio is of the whole account: every future of the group counts, whoever traded it, for the exposure is
one. That is why a group, and a contract, has one target: two would answer each other's trades for ever. What is traded
is no holding: lots are taken from what nobody records, and lots that another strategy records are never closed.

- A band holds for a trading day (`target_ratio`). Nothing is traded before it is known.
- Options of the group count by their delta. While one of these is not known, nothing is: its order is taken back, and
  what was proposed waits.
- Outside the band stands a proposal: side, lots, and where they lead. A proposing target waits until a person agrees
  to that very proposal, and trades no more than it says; an executing one goes ahead.
- One order at a time: nothing is sent while one of its own may still trade, UNKNOWN ones with it. How much is lacking
  is reckoned anew from the book with every look, never from what was reckoned before a restart.
- It closes before it opens. A hedge that is too large is only closed, never locked by the other side.
- At a limit, or with one side shown, it takes its order back and waits; it says so, and that it goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.facts import AccountFact, OrderFilled, StrategyMarked
from terminal.domain.fact.marks import MarketFlows, MarketStuck
from terminal.domain.fact.target_marks import (
    Obstacle,
    RatioFrozen,
    RatioUnknown,
    TargetEnd,
    TargetEnded,
    TargetHindered,
    TargetProposed,
)
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.intents import NOTHING, Decision
from terminal.domain.parameters.lasting import TARGET_FREE
from terminal.domain.parameters.target import (
    BasisTable,
    FactorKind,
    TargetMode,
    TargetSettings,
    needs,
    source_fault,
    tax_fault,
)
from terminal.domain.quiet import NEVER, Quiet
from terminal.domain.words.settings import CAPTIONS, WORDS
from terminal.strategies.children import SECOND, take
from terminal.strategies.draft import Draft
from terminal.strategies.lasting import lasting
from terminal.strategies.legless import Legless
from terminal.strategies.legs import Pursuit, pursue
from terminal.strategies.sight import look, unseen
from terminal.strategies.target.memory import SCOPE, TargetMemory, fold_mark
from terminal.strategies.target.need import lots_to, outside, standing_of
from terminal.strategies.target.obstacles import goes, hedged, to_send, waits
from terminal.strategies.target.ratio import basis_watch, day_ratio
from terminal.strategies.target.score import NOTED_AGAIN, note_of

if TYPE_CHECKING:
    from terminal.domain.orders.order import Side
    from terminal.domain.view import SpreadWatch, View
    from terminal.strategies.sight import Sight
    from terminal.strategies.target.need import Balance
    from terminal.strategies.target.obstacles import Hedged

AGAIN: Final = 600 * SECOND  # a proposal whose lots have changed is made anew after this
STEADY: Final = 60 * SECOND  # a market that has turned is not said to have turned again before this


class TargetStrategy(Legless[TargetSettings, TargetMemory]):
    """Implement `Strategy` for targets."""

    kind = "target"

    def check(self, settings: TargetSettings) -> str | None:
        """Return what is wrong with the settings, or `None`."""
        if not settings.group.strip():
            return f"{WORDS['group']}还没有写，请填限额里的套保组名。"
        for name, least in (("most_lots", 1), ("batch_lots", 1), ("chase_seconds", 1)):
            if getattr(settings, name) < least:
                return f"{WORDS[name]}应至少为 {least}，请改大。"
        for name in ("pay_up_ticks", "pause_seconds", "go"):
            if getattr(settings, name) < 0:
                return f"{WORDS[name]}不能为负，请改为 0 或正数。"
        wrong = source_fault(settings.source) or tax_fault(settings)
        return None if wrong is None else f"{CAPTIONS[wrong[0]][0]}：{wrong[1]}"

    def instruments(self, settings: TargetSettings) -> tuple[InstrumentId, ...]:
        """Return the contract that is traded."""
        return (settings.instrument,)

    def watches(self, settings: TargetSettings) -> tuple[SpreadWatch, ...]:
        """Return the window of the basis where a rule table reads it."""
        source = settings.source
        return (basis_watch(settings, source),) if isinstance(source, BasisTable) else ()

    def whole(self, settings: TargetSettings) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the lots it may have traded on balance."""
        return ((settings.instrument, settings.most_lots),)

    def sizes(self, settings: TargetSettings) -> dict[str, int]:
        """Return the lots on balance, and of one order."""
        return {"most_lots": settings.most_lots, "batch_lots": settings.batch_lots}

    def may_change(self, old: TargetSettings, new: TargetSettings, memory: TargetMemory) -> str | None:
        """Return why the target cannot go on with the new settings, or `None`."""
        if new.go != old.go and new.go and (memory.proposal is None or new.go != memory.number):
            stands = "现在没有建议" if memory.proposal is None else f"现在是第 {memory.number} 号"
            return f"第 {new.go} 号建议已不在，{stands}；请看过再定。"
        return lasting(old, new, TARGET_FREE)

    def begin(self, settings: TargetSettings) -> TargetMemory:
        """Return the memory before any fact; nobody has agreed to a proposal that was never made."""
        return TargetMemory(number=settings.go)

    def fold(self, settings: TargetSettings, memory: TargetMemory, fact: AccountFact, tag: str, at: int) -> None:
        """Take one fact into the memory."""
        if isinstance(fact, StrategyMarked):
            fold_mark(memory, fact.mark, at)
            return
        filled = take(memory.ledger, fact, tag, at)
        memory.fill(filled, fact.side if isinstance(fact, OrderFilled) else None)

    def decide(
        self,
        strategy: StrategyId,
        settings: TargetSettings,
        memory: TargetMemory,
        view: View,
        *,
        winding: bool = False,
    ) -> Decision:
        """Return what the target wants now; while winding, nothing but its order cancelled."""
        sight = look(view, settings.instrument)
        if sight is None:
            return NOTHING
        draft = Draft(strategy, settings.account, settings.hedge_flag, memory.ledger, view)
        if winding:
            draft.cancel_all("收尾：撤销挂单")
        else:
            band = _band(settings, memory, draft)
            if band is not None:
                _Moment(settings, memory, draft, sight, band).run()
        return draft.decision()

    def quiet(self, strategy: StrategyId, settings: TargetSettings, memory: TargetMemory, view: View) -> Quiet | None:
        """Return until when the target goes on wanting nothing.

        Quotes alone bring no ratio out of its band, but where options count in it.
        """
        if memory.ledger.busy:
            return None
        if look(view, settings.instrument) is None:
            return unseen(view, settings.instrument)
        if memory.band is None or memory.band.trading_day != view.trading_day:
            return None
        standing = standing_of(settings, view, strategy)
        if standing is not None and standing.drifts:
            return None
        if self.decide(strategy, settings, memory, view) != NOTHING:
            return None
        if needs(settings.source, FactorKind.VOLUME) and view.now >= memory.noted_at + NOTED_AGAIN:
            return None
        if memory.proposal is None:
            resumes = memory.ended_at + settings.pause_seconds * SECOND
            until = resumes if memory.ended_at and view.now < resumes else NEVER
        elif not goes(settings, memory) and view.now < memory.proposed_at + AGAIN:
            until = memory.proposed_at + AGAIN
        else:
            return None
        noted_again = memory.noted_at + NOTED_AGAIN if needs(settings.source, FactorKind.VOLUME) else NEVER
        return Quiet(min(until, noted_again))


def _band(settings: TargetSettings, memory: TargetMemory, draft: Draft) -> RatioFrozen | None:
    day, noted = draft.view.trading_day, note_of(settings, memory.days, memory.noted_at, draft.view)
    if noted is not None:
        draft.mark(noted)
    if memory.band is not None and memory.band.trading_day == day:
        return memory.band
    draft.cancel_all("今日的比例还没有定")
    if noted is not None:
        return None  # the ratio is read off what has been noted
    found = day_ratio(settings, memory.days, draft.view)
    if isinstance(found, RatioFrozen) or _is_news(memory, found, draft.now):
        draft.mark(found)
    return None  # the next look trades by what is stated


def _is_news(memory: TargetMemory, found: RatioUnknown, now: int) -> bool:
    # Quotes that come and go would say the two reasons in turn for ever.
    if memory.unknown_day != found.trading_day:
        return True
    return memory.unknown != found.why and now - memory.unknown_at >= AGAIN


class _Moment:
    # One call of decide on a day whose band is known.

    def __init__(
        self, settings: TargetSettings, memory: TargetMemory, draft: Draft, sight: Sight, band: RatioFrozen
    ) -> None:
        self.settings = settings
        self.memory = memory
        self.draft = draft
        self.view = draft.view
        self.sight = sight
        self.band = band

    def run(self) -> None:
        settings = self.settings
        group = hedged(standing_of(settings, self.view, self.draft.strategy))
        if isinstance(group, Obstacle):
            self._hinder(group, 0)
            self._drop()
        elif waits(settings, self.memory, group.now, self.band):
            self.draft.cancel_all("期权的 Delta 算不出，撤单等待")
            # Quotes of before the session are none: the first ones of it are waited for in silence.
            since = self.draft.now - self.view.session(settings.instrument).begins_at
            if since >= STEADY and not self._said_lately(AGAIN):
                self._hinder(Obstacle.NO_DELTA, 0)
        else:
            self._see_again()
            if self.memory.proposal is None:
                self._propose(group)
            else:
                self._follow(group, self.memory.proposal)

    def _said_lately(self, within: int) -> bool:
        # Books of far options flicker: of a delta nothing is said twice in so many ns.
        return bool(self.memory.delta_at) and self.draft.now - self.memory.delta_at < within

    def _see_again(self) -> None:
        memory, day, told = self.memory, self.view.trading_day, Obstacle.NO_DELTA
        if memory.hindered_day == day and told in memory.hindered and not self._said_lately(STEADY):
            self.draft.mark(TargetHindered(obstacle=told, lots=0, trading_day=day, over=True))

    def _drop(self) -> None:
        self.draft.cancel_all("敞口不明，不再配平")
        if self.memory.proposal is not None and not self.memory.ledger.busy:
            self._end(TargetEnd.TURNED, None)

    def _propose(self, group: Hedged) -> None:
        memory = self.memory
        if memory.ledger.busy:
            self.draft.cancel_all("配平已结束")
            return
        if memory.ended_at and self.draft.now - memory.ended_at < self.settings.pause_seconds * SECOND:
            return
        side = outside(group.now, self.band)
        if side is not None:
            lots = lots_to(group.now, self.band, self.settings.aim, side)
            if lots:
                self._say(group, side, lots)
            else:
                self._hinder(Obstacle.TOO_COARSE, 0)

    def _say(self, group: Hedged, side: Side, lots: int) -> None:
        standing, now = group.standing, group.now.toward(side)
        least = (now == group.now.least) is (standing.exposure < 0)
        self.draft.mark(
            TargetProposed(
                number=self.memory.number + 1,
                instrument=self.settings.instrument,
                side=side,
                lots=lots,
                ratio=now.ratio,
                after=now.after(side, lots),
                exposure=standing.exposure,
                futures=standing.futures + (0 if least else standing.unsure),
                vat=standing.vat,
            )
        )

    def _follow(self, group: Hedged, stands: TargetProposed) -> None:
        memory, busy, now = self.memory, self.memory.ledger.busy, group.now
        lots = lots_to(now, self.band, self.settings.aim, stands.side)
        if not goes(self.settings, memory):
            if busy:
                self.draft.cancel_all("未同意的建议不报单")
                return
            side = outside(now, self.band)
            if side is not stands.side or not lots:
                self._end(TargetEnd.INSIDE if side is None else TargetEnd.TURNED, now)
            elif lots != stands.lots and self.draft.now - memory.proposed_at >= AGAIN:
                self._say(group, stands.side, lots)
            return
        if self.settings.mode is TargetMode.PROPOSE:
            lots = min(lots, stands.lots - memory.done)  # what was agreed to, and no more
        if lots <= 0 and not busy:
            self._end(TargetEnd.REACHED if memory.done else TargetEnd.INSIDE, now)
        elif self._flows(lots):
            self._trade(group, stands.side, max(lots, 0))

    def _end(self, why: TargetEnd, now: Balance | None) -> None:
        memory = self.memory
        stands = memory.proposal
        ratio = None if now is None or stands is None else now.toward(stands.side).ratio
        self.draft.mark(TargetEnded(number=memory.number, why=why, lots=memory.done, ratio=ratio))

    def _hinder(self, obstacle: Obstacle, lots: int) -> None:
        memory, day = self.memory, self.view.trading_day
        if memory.hindered_day != day or obstacle not in memory.hindered:
            self.draft.mark(TargetHindered(obstacle=obstacle, lots=lots, trading_day=day))

    def _flows(self, lots: int) -> bool:
        # A limit or a one-sided book is said once, and that it is over not before a while: books flicker.
        memory, stuck = self.memory, self.sight.stuck
        if stuck or memory.stuck:
            self.draft.cancel_all("涨跌停或单边报价，撤单等待")
        if not memory.turned_at or self.draft.now - memory.turned_at >= STEADY:
            if stuck and not memory.stuck:
                plan = f"还差 {lots} 手，停止配平，恢复双边报价后继续"
                self.draft.mark(MarketStuck(instrument=self.settings.instrument, why=stuck, lack=lots, plan=plan))
            elif memory.stuck and self.sight.flows:
                self.draft.mark(MarketFlows())
        return not stuck and not memory.stuck

    def _trade(self, group: Hedged, side: Side, lots: int) -> None:
        settings, memory, ledger = self.settings, self.memory, self.memory.ledger
        under_way = ledger.reserved(SCOPE)
        if ledger.busy:
            wanted = side.sign * lots
            # As much or more is lacking: what is under way is only chased. Less, or the other way: it is taken out.
            covers = under_way * wanted > 0 and abs(under_way) <= lots
            self._pursue(under_way if covers else wanted, 0)
            return
        free = self.view.free_lots(settings.account, settings.instrument, settings.hedge_flag, side)
        sent = to_send(settings, memory, group, side, lots, free)
        if isinstance(sent, Obstacle):
            self._hinder(sent, lots)
        else:
            self._pursue(side.sign * sent, sent if free else 0)

    def _pursue(self, lack: int, own: int) -> None:
        settings = self.settings
        pursue(
            self.draft,
            self.sight,
            self.memory.leg,
            Pursuit(
                leg=0,
                scope=SCOPE,
                tag=SCOPE,
                lack=lack,
                own=own,
                pay_up=settings.pay_up_ticks,
                patience=settings.chase_seconds * SECOND,
                join=False,
                reason=f"自动配平 {settings.group}，第 {self.memory.number} 号建议",
            ),
        )
