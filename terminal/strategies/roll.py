"""Roll a position from the near to the far contract as one task (移仓).

The theory. The roll waits for its timings; once begun it goes on to its end, whatever the timings say later. It works
in batches: near is closed first, resting at its own side before it goes to the opposite price, and far is opened for
exactly what was closed. Near never runs further ahead than `naked_lots`, live orders counted (I12), and stands still
while far cannot be traded or is broken: a hedger who cannot open far must not close near. Far is never unwound, for
that would be the near contract again; it is chased, then paid up for, and people see that it lags. At a limit
(涨跌停) or with one side of a book gone near stands still, far still catches up, and people are told.

Position signs: side BUY holds long near lots, so near is sold and far is bought; SELL is the mirror.

A position the account does not hold makes the roll wait with a mark once a trading day; it closes what there is.

Winding down (收尾) is letting far catch up: near's orders are cancelled, and nothing of near is closed any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.facts import AccountFact, OrderFilled, StrategyMarked
from terminal.domain.fact.marks import (
    BatchBegan,
    Finished,
    LegRepaired,
    MarketFlows,
    MarketStuck,
    PositionMissing,
    Repair,
    RollBegan,
)
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.intents import NOTHING, Decision
from terminal.domain.orders.order import Side
from terminal.domain.parameters.lasting import ROLL_FREE
from terminal.domain.parameters.strategy import (
    OpenInterestCrossover,
    RollSettings,
    Slices,
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
from terminal.strategies.legs import Pursuit, broken_mark, follow, lagging, pursue
from terminal.strategies.roll_memory import FAR, FAR_LEG, NEAR, NEAR_LEG, RollMemory, fold_mark
from terminal.strategies.roll_quiet import quiet_of
from terminal.strategies.roll_report import report
from terminal.strategies.roll_timings import (
    TimingMemory,
    check_timings,
    chosen,
    judge,
    lead_of,
    main_of_day,
    satisfied,
    sliced,
    statements,
)
from terminal.strategies.sight import EDGE, Sight, look
from terminal.strategies.timing_sight import Judged, middle, slices_due, watch_of

if TYPE_CHECKING:
    from terminal.domain.view import SpreadWatch, View

STEADY = 60 * SECOND  # a market that is stuck, or flows again, is so for this long before the opposite is said
SLOW = 60 * SECOND  # patience once all chases of a batch are used up


class RollStrategy:
    """Implement `Strategy` for rolls."""

    kind = "roll"

    def check(self, settings: RollSettings) -> str | None:
        """Return what is wrong with the settings, or `None`."""
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
        wanted = SpreadPercentile | SpreadDeviation
        return tuple(watch_of(settings, timing) for timing in settings.timings if isinstance(timing, wanted))

    def whole(self, settings: RollSettings) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the lots of both legs."""
        return ((settings.near, settings.lots), (settings.far, settings.lots))

    def sizes(self, settings: RollSettings) -> dict[str, int]:
        """Return the lots of the task, of a batch, and open between the legs."""
        return {"lots": settings.lots, "batch_lots": settings.batch_lots, "naked_lots": settings.naked_lots}

    def may_change(self, old: RollSettings, new: RollSettings, memory: RollMemory) -> str | None:
        """Return why the roll cannot go on with the new settings, or `None`."""
        least = max(memory.closed, memory.batch_goal)
        if new.lots < least:
            return f"近月已平和本批要平的共 {least} 手，移仓手数不能少于它。"
        return lasting(with_thresholds_of(old, new), new, ROLL_FREE)

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
        if isinstance(fact, OrderFilled):
            value = fact.lots * fact.price
            if scope == NEAR:
                memory.near.net += filled
                memory.near_value += value
            else:
                memory.far.net += filled
                memory.far_value += value
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
        now = _Moment(settings, memory, draft, near=near, far=far)
        if memory.began:
            _roll(now, winding=winding)
        elif near is not None and far is not None and not winding:
            _wait(now)
        return draft.decision()

    def quiet(self, strategy: StrategyId, settings: RollSettings, memory: RollMemory, view: View) -> Quiet | None:
        """Return until when the roll goes on waiting, whatever is quoted; `None` where that is not known."""
        return quiet_of(settings, memory, view)

    def lacking(self, settings: RollSettings, memory: RollMemory) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the signed lots far lacks of what near has closed."""
        lack = settings.side.sign * (memory.closed - memory.opened)
        return ((settings.far, lack),) if lack else ()

    def naked_lots(self, settings: RollSettings, memory: RollMemory) -> int:
        """Return the lots by which the two legs differ."""
        return abs(memory.closed - memory.opened)

    def settled(self, settings: RollSettings, memory: RollMemory) -> bool:
        """Return whether far has caught up with nothing under way; far that ran ahead is never taken back."""
        return not memory.ledger.busy and memory.closed <= memory.opened

    def balances(self, settings: RollSettings, memory: RollMemory, instrument: InstrumentId, lots: int) -> bool:
        """Return whether an order opens what far lacks."""
        return instrument == settings.far and 0 < settings.side.sign * lots <= memory.closed - memory.opened


class _Moment:
    # One call of decide: what its functions share.

    def __init__(
        self, settings: RollSettings, memory: RollMemory, draft: Draft, *, near: Sight | None, far: Sight | None
    ) -> None:
        self.settings = settings
        self.memory = memory
        self.view = draft.view
        self.draft = draft
        self.near = near
        self.far = far
        self.patience = settings.chase_seconds * SECOND
        self.chase_time = self.patience * (settings.max_chases + 1)

    @property
    def flows(self) -> bool:
        """Return whether both legs can be traded either way, and long enough to follow."""
        long_enough = self.patience + EDGE
        return all(sight is not None and sight.flows and sight.left >= long_enough for sight in (self.near, self.far))

    def closable(self) -> int:
        return self.draft.closable(self.settings.near, self.settings.side.opposite)

    def there(self) -> bool:
        """Return whether something can be closed, now or once those it takes along have let go of it."""
        position = self.view.position(self.settings.account, self.settings.near, self.settings.hedge_flag)
        held = position.long if self.settings.side is Side.BUY else position.short
        return self.closable() > 0 or (bool(self.settings.strategies) and held > 0)


# --- before the roll ---


def _wait(now: _Moment) -> None:
    settings, memory, view, draft = now.settings, now.memory, now.view, now.draft
    if any(isinstance(timing, OpenInterestCrossover | VolumeCrossover) for timing in settings.timings):
        frozen = main_of_day(settings, memory.main_day, view)
        if frozen is not None:
            draft.mark(frozen)
    judged = _judged(now)
    lead = lead_of(settings, memory.lead, memory.lead_day, judged, view.trading_day)
    switched = chosen(memory.lead, memory.lead_day, lead, view)
    if switched is not None:
        draft.mark(switched)
    met = satisfied(settings, judged, lead)
    missing = met and not now.there()
    begins = met and not missing and now.flows and view.opening_allowed(settings.account, draft.strategy)
    for mark in statements(settings, memory.timings, judged, view, now=begins):
        draft.mark(mark)
    if missing:
        _miss(now, settings.lots)
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


def _judged(now: _Moment) -> tuple[Judged, ...]:
    both = zip(now.settings.timings, now.memory.timings, strict=True)
    return tuple(judge(now.settings, timing, known, now.view) for timing, known in both)


def _miss(now: _Moment, wanted: int) -> None:
    if now.there():
        return  # orders of a strategy that it takes along are on their way out
    if now.memory.missing_day != now.view.trading_day:
        now.draft.mark(
            PositionMissing(
                instrument=now.settings.near,
                wanted=wanted,
                closable=now.closable(),
                trading_day=now.view.trading_day,
            )
        )


# --- the roll ---


def _roll(now: _Moment, *, winding: bool) -> None:
    memory, settings = now.memory, now.settings
    _watch_market(now)
    if now.near is not None and now.far is not None and not winding:
        for mark in statements(settings, memory.timings, _judged(now), now.view, now=False):
            now.draft.mark(mark)  # of timings it has not taken: the report compares them
    _follow_far(now)
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


def _begin_batch(now: _Moment) -> None:
    settings, memory = now.settings, now.memory
    if not now.flows or not now.view.opening_allowed(settings.account, now.draft.strategy):
        return
    left = _due(now) - memory.closed
    if left < 1:
        return  # the next slice is another day's
    lots = min(settings.batch_lots, left, now.closable())
    if lots < 1:
        _miss(now, left)
    else:
        now.draft.mark(BatchBegan(batch=memory.batch + 1, lots=lots))


def _due(now: _Moment) -> int:
    # How many lots may have been rolled by today.
    lots = now.settings.lots
    slices = next((timing for timing in now.settings.timings if isinstance(timing, Slices)), None)
    due = None if slices is None or not now.memory.sliced else slices_due(slices, now.view)
    return lots if slices is None or due is None else -(-lots * due // slices.slices)


def _close_near(now: _Moment) -> None:
    settings, memory = now.settings, now.memory
    ahead = memory.closed - memory.opened
    lots = max(min(memory.batch_goal - memory.closed, settings.naked_lots - ahead), 0)
    if not now.flows or memory.far.broken is not None:
        lots = 0
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


def _follow_far(now: _Moment) -> None:
    settings, memory, far = now.settings, now.memory, now.memory.far
    lack = max(memory.closed - memory.opened, 0)
    if far.broken is not None:
        if not lack and not memory.ledger.reserved(FAR):
            now.draft.mark(LegRepaired(leg=FAR_LEG, instrument=settings.far))
    elif lack and lagging(now.view, settings.far, far) >= now.chase_time and _trades(now, settings.far):
        plan = "断腿：远月未跟上，停止平近月，加价补齐"
        now.draft.mark(
            broken_mark(now.view, leg=FAR_LEG, instrument=settings.far, lots=lack, repair=Repair.PAY_UP, plan=plan)
        )
    pursue(
        now.draft,
        now.far,
        far,
        Pursuit(
            leg=FAR_LEG,
            scope=FAR,
            tag=f"batch:{memory.batch}:{FAR}",
            lack=settings.side.sign * lack,
            own=0,
            pay_up=settings.pay_up_ticks,
            patience=now.patience if far.broken is None else max(now.patience, SLOW),
            join=False,
            reason=f"移仓第 {memory.batch} 批，开远月",
        ),
    )


def _trades(now: _Moment, name: InstrumentId) -> bool:
    # A break is no delay; near that is halted is none either, and no reason not to tell of far.
    return now.view.session(name).phase is Phase.CONTINUOUS


def _watch_market(now: _Moment) -> None:
    # A limit or a one-sided book is said once, and that it is over not before a while: books flicker.
    memory, settings = now.memory, now.settings
    legs = ((settings.near, now.near), (settings.far, now.far))
    if memory.turned_at and now.draft.now - memory.turned_at < STEADY:
        return
    stuck = next(((name, sight.stuck) for name, sight in legs if sight is not None and sight.stuck), None)
    if stuck is not None and not memory.stuck:
        lack = max(memory.closed - memory.opened, 0)
        does = f"只把远月缺的 {lack} 手补齐" if lack else "两腿已平衡"
        plan = f"停止平近月，{does}，恢复双边报价后继续"
        now.draft.mark(MarketStuck(instrument=stuck[0], why=stuck[1], lack=lack, plan=plan))
    elif memory.stuck and now.flows:
        now.draft.mark(MarketFlows())


def _finish(now: _Moment) -> None:
    settings, memory = now.settings, now.memory
    near, far = (now.view.instrument(name) for name in (settings.near, settings.far))
    told = report(settings, memory, near)
    now.draft.mark(Finished(summary=f"移仓完成：{near.name} → {far.name} {memory.closed} 手，{told}"))
