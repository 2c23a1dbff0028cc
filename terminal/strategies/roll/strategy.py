"""Roll a position from the near to the far contract as one task (移仓).

The theory. The roll waits for its timings; once begun it goes on to its end, whatever the timings say later. It works
in batches: near is closed first, resting at its own side before it goes to the opposite price, and far is opened for
exactly what was closed. Near never runs further ahead than `naked_lots`, live orders counted (I12), and stands still
while far cannot be traded or is broken: a hedger who cannot open far must not close near. Far is never unwound, for
that would be the near contract again; it is chased, then paid up for, and people see that it lags. At a limit
(涨跌停) or with one side of a book gone near stands still, far still catches up, and people are told.

Position signs: side BUY holds long near lots, so near is sold and far is bought; SELL is the mirror.

A position the account does not hold makes the roll wait with a mark once a trading day; it closes what there is.

A roll between accounts runs as two halves, one in each account (`roll_halves`); near's is the one that leads.

Near's last trading days are told while lots are left, and the roll is over once near is and far has caught up
(`last_days`).

Winding down (收尾) is letting far catch up: near's orders are cancelled, and nothing of near is closed any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import AccountFact, OrderFilled, StrategyMarked
from terminal.domain.fact.marks import (
    BatchBegan,
    Finished,
    MarketFlows,
    MarketStuck,
    PositionMissing,
    RollBegan,
)
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.intents import NOTHING, Decision
from terminal.domain.parameters.lasting import free_of
from terminal.domain.parameters.strategy import (
    Half,
    OpenInterestCrossover,
    RollSettings,
    SpreadDeviation,
    SpreadPercentile,
    VolumeCrossover,
)
from terminal.domain.parameters.timing_kinds import tag_of
from terminal.domain.quiet import Quiet
from terminal.domain.words.settings import WORDS
from terminal.strategies.children import SECOND, take
from terminal.strategies.draft import Draft
from terminal.strategies.lasting import lasting, with_thresholds_of
from terminal.strategies.legs import Pursuit, follow, pursue
from terminal.strategies.roll.halves import check_halves, fellow_ready, follow_near, legs_of
from terminal.strategies.roll.held_back import tell_held_back, tell_unseen, trade
from terminal.strategies.roll.last_days import end, end_far, far_is_over, is_over, tell_last_days
from terminal.strategies.roll.memory import FAR, NEAR, NEAR_LEG, RollMemory, fold_far_answer, fold_mark
from terminal.strategies.roll.moment import SLOW, STEADY, Moment, follow_far
from terminal.strategies.roll.pace import due_lots, lifted
from terminal.strategies.roll.prospects import decided
from terminal.strategies.roll.quiet import quiet_of
from terminal.strategies.roll.report import done_words
from terminal.strategies.roll.timing_sight import Judged, middle, watch_of
from terminal.strategies.roll.timings import (
    TimingMemory,
    check_timings,
    chosen,
    judge,
    lead_of,
    main_of_day,
    satisfied,
    sliced,
    statements,
    statements_unseen,
)
from terminal.strategies.sight import look

if TYPE_CHECKING:
    from terminal.domain.view import SpreadWatch, View


class RollStrategy:
    """Implement `Strategy` for rolls."""

    kind = "roll"

    def check(self, settings: RollSettings) -> str | None:
        """Return what is wrong with the settings, or `None`."""
        wrong = check_halves(settings)
        if wrong:
            return wrong
        if settings.near == settings.far:
            return f"近月与远月不能是同一合约 {settings.near}。"
        if settings.lots < 1 or settings.batch_lots < 1:
            return "移仓手数与每批手数都应为正整数。"
        if settings.naked_lots < 1:
            return f"{WORDS['naked_lots']}应至少为 1 手。"
        if settings.chase_seconds < 1 or settings.max_chases < 1:
            return f"{WORDS['chase_seconds']}与{WORDS['max_chases']}应为正整数。"
        if settings.pay_up_ticks < 0 or settings.batch_pause_seconds < 0:
            return f"{WORDS['pay_up_ticks']}与{WORDS['batch_pause_seconds']}不能为负。"
        return check_timings(settings)

    def instruments(self, settings: RollSettings) -> tuple[InstrumentId, ...]:
        """Return near and far."""
        return (settings.near, settings.far)

    def watches(self, settings: RollSettings) -> tuple[SpreadWatch, ...]:
        """Return the windows of far - near its percentile timings need."""
        if settings.half is Half.FAR:
            return ()
        wanted = SpreadPercentile | SpreadDeviation
        return tuple(watch_of(settings, timing) for timing in settings.timings if isinstance(timing, wanted))

    def whole(self, settings: RollSettings) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the lots of both legs; of a half its own leg's."""
        return tuple((name, settings.lots) for name in legs_of(settings))

    def sizes(self, settings: RollSettings) -> dict[str, int]:
        """Return the lots of the task, of a batch, and open between the legs."""
        return {"lots": settings.lots, "batch_lots": settings.batch_lots, "naked_lots": settings.naked_lots}

    def may_change(self, old: RollSettings, new: RollSettings, memory: RollMemory) -> str | None:
        """Return why the roll cannot go on with the new settings, or `None`."""
        least = max(memory.closed, memory.batch_goal)
        if new.lots < least:
            return f"近月已平和本批要平的共 {least} 手，移仓手数不能少于它。"
        return decided(old, new, memory) or lasting(with_thresholds_of(old, new), new, free_of(old))

    def begin(self, settings: RollSettings) -> RollMemory:
        """Return the memory before any fact."""
        return RollMemory(timings=[TimingMemory() for _ in settings.timings])

    def fold(self, settings: RollSettings, memory: RollMemory, fact: AccountFact, tag: str, at: int) -> None:
        """Take one fact into the memory."""
        if isinstance(fact, StrategyMarked):
            fold_mark(memory, fact.mark, at)
            return
        scope = tag.rpartition(":")[2]
        filled = take(memory.ledger, fact, scope, at)
        if scope == FAR:
            fold_far_answer(memory, fact)
        if isinstance(fact, OrderFilled):
            value = fact.lots * fact.price
            if scope == NEAR:
                memory.near.net += filled
                memory.near_value += value
            else:
                memory.far.net += filled
                memory.far_value += value
                memory.covered = 0
            memory.fees += fact.fee
            memory.filled_at = at
            follow(memory.far, memory.closed - memory.opened, at)

    def decide(
        self, strategy: StrategyId, settings: RollSettings, memory: RollMemory, view: View, *, winding: bool = False
    ) -> Decision:
        """Return what the roll wants now; while winding, what far needs to catch up."""
        if memory.finished:
            return NOTHING
        draft = Draft(strategy, settings.account, settings.hedge_flag, memory.ledger, view)
        near, far = look(view, settings.near), look(view, settings.far)
        now = Moment(settings, memory, draft, near=near, far=far)
        if settings.half is Half.FAR:
            (end_far if far_is_over(settings, view) else follow_near)(now)
        elif is_over(settings, view):
            end(now, winding=winding)
        else:
            _go_on(now, winding=winding)
        return draft.decision()

    def quiet(self, strategy: StrategyId, settings: RollSettings, memory: RollMemory, view: View) -> Quiet | None:
        """Return until when the roll goes on waiting, whatever is quoted; `None` where that is not known."""
        return quiet_of(settings, memory, view)

    def lacking(self, settings: RollSettings, memory: RollMemory) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the signed lots far lacks of what near has closed."""
        lack = settings.side.sign * (memory.closed - memory.opened)
        return ((settings.far, lack),) if lack and settings.half is not Half.NEAR else ()

    def naked_lots(self, settings: RollSettings, memory: RollMemory) -> int:
        """Return the lots by which the two legs differ; the half that closes near cannot mend it, and has none."""
        return 0 if settings.half is Half.NEAR else abs(memory.closed - memory.opened)

    def naked_at_worst(self, settings: RollSettings, memory: RollMemory) -> int:
        """Return the lots by which the legs differ once all under way of near fills and none of far, or the reverse."""
        if settings.half is Half.NEAR:
            return 0
        near, far = (abs(memory.ledger.reserved(scope)) for scope in (NEAR, FAR))
        ahead = memory.closed - memory.opened
        return max(abs(ahead + near), abs(ahead - far))

    def settled(self, settings: RollSettings, memory: RollMemory) -> bool:
        """Return whether far has caught up with nothing under way; far that ran ahead is never taken back."""
        return not memory.ledger.busy and (settings.half is Half.NEAR or memory.closed <= memory.opened)

    def balances(self, settings: RollSettings, memory: RollMemory, instrument: InstrumentId, lots: int) -> bool:
        """Return whether an order opens what far lacks."""
        own = instrument == settings.far and settings.half is not Half.NEAR
        lack = memory.closed - memory.opened - memory.ledger.under_way(FAR, settings.side.sign)
        return own and 0 < settings.side.sign * lots <= lack


def _go_on(now: Moment, *, winding: bool) -> None:
    if not winding:
        tell_last_days(now)
    if now.memory.began:
        _roll(now, winding=winding)
    elif winding:
        return
    elif now.near is not None and now.far is not None:
        _wait(now)
    elif trade(now):
        judged = _judged(now)
        for mark in statements_unseen(now.settings, now.memory.timings, judged, now.view):
            now.draft.mark(mark)
        tell_unseen(now, judged, _lead(now, judged))


# --- before the roll ---


def _wait(now: Moment) -> None:
    settings, memory, view, draft = now.settings, now.memory, now.view, now.draft
    if any(isinstance(timing, OpenInterestCrossover | VolumeCrossover) for timing in settings.timings):
        frozen = main_of_day(settings, memory.main_day, view)
        if frozen is not None:
            draft.mark(frozen)
    judged = _judged(now)
    lead = _lead(now, judged)
    switched = chosen(memory.lead, memory.lead_day, lead, view)
    if switched is not None:
        draft.mark(switched)
    met = satisfied(settings, judged, lead)
    missing = met and not now.there()
    free = now.flows and fellow_ready(settings, memory)
    begins = met and not missing and free and now.may_open
    for mark in statements(settings, memory.timings, judged, view, now=begins):
        draft.mark(mark)
    if missing:
        _miss(now, settings.lots)
    elif met and not begins:
        tell_held_back(now, judged, lead)
    if begins:
        places = tuple(place for place, one in enumerate(judged) if one.met)
        draft.mark(
            RollBegan(
                because=tuple(tag_of(settings.timings[place]) for place in places),
                near_mid=middle(view, settings.near),
                far_mid=middle(view, settings.far),
                places=places,
                sliced=sliced(settings, judged, lead),
            )
        )


def _judged(now: Moment) -> tuple[Judged, ...]:
    both = zip(now.settings.timings, now.memory.timings, strict=True)
    return tuple(judge(now.settings, timing, known, now.view) for timing, known in both)


def _lead(now: Moment, judged: tuple[Judged, ...]) -> int | None:
    return lead_of(now.settings, now.memory.lead, now.memory.lead_day, judged, now.view.trading_day)


def _miss(now: Moment, wanted: int) -> None:
    if now.there():
        return  # orders of a strategy that it takes along are on their way out
    if now.memory.missing_day != now.view.trading_day:
        now.draft.mark(
            PositionMissing(
                instrument=now.settings.near,
                wanted=wanted,
                closable=now.closable(),
                trading_day=now.view.trading_day,
                held=now.held(),
            )
        )


# --- the roll ---


def _roll(now: Moment, *, winding: bool) -> None:
    memory, settings = now.memory, now.settings
    _watch_market(now, winding=winding)
    if now.near is not None and now.far is not None and not winding:
        _judge_on(now)
    if settings.half is None:
        follow_far(now)
    if winding:
        now.draft.cancel(NEAR, "收尾：不再平近月")
    elif memory.closed < memory.batch_goal or memory.ledger.reserved(NEAR):
        _close_near(now)
        return
    if memory.closed != memory.opened or memory.ledger.busy or memory.far.broken is not None:
        return
    if memory.closed >= settings.lots:
        _finish(now)
    elif not winding and (
        not memory.batch or now.draft.now >= memory.filled_at + settings.batch_pause_seconds * SECOND
    ):
        _begin_batch(now)


def _judge_on(now: Moment) -> None:
    # Timings it has not taken are stated as well, for the report compares them, and may let go what slices hold.
    settings, memory, view = now.settings, now.memory, now.view
    judged = _judged(now)
    lead = _lead(now, judged)
    goes = lifted(settings, memory, judged, lead)
    for mark in statements(settings, memory.timings, judged, view, now=goes is not None):
        now.draft.mark(mark)
    switched = chosen(memory.lead, memory.lead_day, lead, view) if memory.sliced else None
    for found in (switched, goes):
        if found is not None:
            now.draft.mark(found)


def _begin_batch(now: Moment) -> None:
    settings, memory = now.settings, now.memory
    free = now.flows and fellow_ready(settings, memory)
    if not free or not now.may_open:
        return
    left = due_lots(settings, memory, now.view) - memory.closed
    if left < 1:
        return  # the next slice is another day's
    lots = min(settings.batch_lots, left, now.closable())
    if lots < 1:
        _miss(now, left)
    else:
        now.draft.mark(BatchBegan(batch=memory.batch + 1, lots=lots))


def _far_paced(now: Moment) -> bool:
    # Whether far could follow at once. Of another account only near's own pace tells it: far's is the same.
    whole = now.settings.half is None
    return now.memory.ledger.ready(FAR if whole else NEAR, now.draft.now, closing=not whole, hedges=True)


def _close_near(now: Moment) -> None:
    settings, memory = now.settings, now.memory
    ahead = memory.closed - memory.opened
    lots = max(min(memory.batch_goal - memory.closed, settings.naked_lots - ahead), 0)
    if not now.flows or memory.far.broken is not None or not _far_follows(now):
        lots = 0
    if not _far_paced(now):
        lots = min(lots, memory.ledger.under_way(NEAR, -settings.side.sign))
    if lots > memory.ledger.reserved(NEAR) * -settings.side.sign and not now.closable():
        _miss(now, settings.lots - memory.closed)
    pursue(
        now.draft,
        now.near,
        memory.near,
        Pursuit(
            leg=NEAR_LEG,
            scope=NEAR,
            tag=f"batch:{memory.batch}:{NEAR}",
            lack=-settings.side.sign * lots,
            own=lots,
            pay_up=settings.pay_up_ticks,
            patience=now.patience if memory.near.chases < settings.max_chases else SLOW,
            join=True,
            reason=f"移仓第 {memory.batch} 批，平近月",
        ),
    )


def _far_follows(now: Moment) -> bool:
    # Of far in another account its own half is heard; near alone is closed at any level.
    if now.settings.half is not None:
        return fellow_ready(now.settings, now.memory)
    return now.may_open and not now.memory.held


def _watch_market(now: Moment, *, winding: bool) -> None:
    # A limit or a one-sided book is said once, and that it is over not before a while: books flicker.
    memory, settings = now.memory, now.settings
    legs = ((settings.near, now.near), (settings.far, now.far))
    if memory.turned_at and now.draft.now - memory.turned_at < STEADY:
        return
    stuck = next(((name, sight.stuck) for name, sight in legs if sight is not None and sight.stuck), None)
    lack = max(memory.closed - memory.opened, 0)
    if stuck is not None and not memory.stuck and (lack or not winding):
        does = f"只把远月缺的 {lack} 手补齐" if lack else "两腿已平衡"
        plan = f"收尾中，不再平近月，{does}后停下" if winding else f"停止平近月，{does}，恢复双边报价后继续"
        now.draft.mark(MarketStuck(instrument=stuck[0], why=stuck[1], lack=lack, plan=plan))
    elif memory.stuck and now.flows:
        now.draft.mark(MarketFlows())


def _finish(now: Moment) -> None:
    now.draft.mark(Finished(summary=done_words(now.settings, now.memory, now.view)))
