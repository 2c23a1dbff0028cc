"""Trade so many lots of one contract within a window, never at a worse price than its limit (算法执行).

The theory. `had` are the lots filled and those that may still fill, UNKNOWN ones with them; a child is sent only for
what is due and not had, so the children never come to more than the whole (I11). What is due follows from the style: by
the schedule for TWAP and VWAP, the shown lots once nothing is out for an iceberg, all of it for 最优限价. The schedule
runs from the first look at a trading market inside the window, so that a late start hurries nothing.

- Prices: TWAP and VWAP take the opposite price, an iceberg rests at the limit, 最优限价 at the best price of its own
  side, and where that is its own order's, at what that one was reckoned from. None passes the limit. A child that rests
  longer than `chase_seconds` while its price has got away is cancelled and sent anew, `max_chases` times in the whole
  task; the others rest where they are. What rests at a limit that is loosened goes further at once, uncounted. What
  rests is withdrawn for neither before the order in its place may go out (`withdraw`).
- What fell behind (a pause, a locked market, the participation cap, a late first look) is made up by children of at
  most the largest slice of the whole window as it was started, one after another: each at least two seconds after the
  one before, as for every strategy. What they cannot carry before the end is left, and told.
- Nothing is sent while a side of the book is missing, stale or stuck at its daily limit, nor within the last seconds
  before a break; what rests, rests.
- Once the window ends all is cancelled; where its trading ends with a break, as long before that as new orders cease,
  because in the break the exchange takes no cancels. When the exchange has proven every end the task is finished and
  says what is left, and what traded after the end all the same: nothing is chased beyond the window.
- A VWAP that has not looked at its market before the last weight of its curve is past (a pause, no quotes) has nothing
  to lay out any more: it ends then as at the end of its window, instead of running on without a word.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.fact.facts import AccountFact, OrderFilled, StrategyMarked
from terminal.domain.fact.marks import ExecutionBegan, Finished, PositionMissing
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.intents import NOTHING, Decision
from terminal.domain.orders.order import Offset
from terminal.domain.parameters.lasting import EXECUTION_FREE
from terminal.domain.parameters.strategy import ExecutionSettings
from terminal.domain.quiet import EVER, Quiet
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.settings import ORDER_SIDES, WORDS, moment
from terminal.strategies.children import take
from terminal.strategies.draft import Draft
from terminal.strategies.execution.check import check_execution
from terminal.strategies.execution.due import wanted
from terminal.strategies.execution.memory import SCOPE, ExecutionMemory, fold_mark
from terminal.strategies.execution.price import limit_ticks, middle, price_ticks
from terminal.strategies.execution.schedule import taken_back_at, weight_passed
from terminal.strategies.execution.withdraw import chase, withdraw_chased, withdraw_outpriced
from terminal.strategies.lasting import lasting
from terminal.strategies.legless import Legless
from terminal.strategies.sight import Sight, look

if TYPE_CHECKING:
    from terminal.domain.view import SpreadWatch, View

HUNDREDTH = Decimal("0.01")


class ExecutionStrategy(Legless[ExecutionSettings, ExecutionMemory]):
    """Implement `Strategy` for executions."""

    kind = "execution"

    def check(self, settings: ExecutionSettings) -> str | None:
        """Return what is wrong with the settings, or `None`."""
        return check_execution(settings)

    def instruments(self, settings: ExecutionSettings) -> tuple[InstrumentId, ...]:
        """Return the instrument."""
        return (settings.instrument,)

    def watches(self, settings: ExecutionSettings) -> tuple[SpreadWatch, ...]:
        """Return none."""
        return ()

    def whole(self, settings: ExecutionSettings) -> tuple[tuple[InstrumentId, int], ...]:
        """Return the whole."""
        return ((settings.instrument, settings.total_lots),)

    def sizes(self, settings: ExecutionSettings) -> dict[str, int]:
        """Return the lots of the whole."""
        return {"total_lots": settings.total_lots}

    def may_change(self, old: ExecutionSettings, new: ExecutionSettings, memory: ExecutionMemory) -> str | None:
        """Return why the execution cannot go on with the new settings, or `None`."""
        if new.total_lots < memory.had:
            return f"已成交和在途共 {memory.had} 手，{WORDS['total_lots']}不能少于它。"
        began = memory.began_at is not None and not memory.finished
        if began and old.participation_percent is None and new.participation_percent is not None:
            return f"{WORDS['participation_percent']}要在开始之前设：开始时的成交量没有记下。请停止后另启一个。"
        return lasting(old, new, EXECUTION_FREE)

    def begin(self, settings: ExecutionSettings) -> ExecutionMemory:
        """Return the memory before any fact."""
        return ExecutionMemory(planned=settings)

    def fold(self, settings: ExecutionSettings, memory: ExecutionMemory, fact: AccountFact, tag: str, at: int) -> None:
        """Take one fact into the memory."""
        if isinstance(fact, StrategyMarked):
            fold_mark(memory, fact.mark, at)
            return
        filled = abs(take(memory.ledger, fact, SCOPE, at))
        if isinstance(fact, OrderFilled):
            memory.filled += filled
            memory.late += filled if fact.exchange_at > settings.ends_at else 0
            memory.value += fact.lots * fact.price
            memory.fees += fact.fee
            memory.day_filled += filled if fact.trading_day == memory.day else 0

    def decide(
        self,
        strategy: StrategyId,
        settings: ExecutionSettings,
        memory: ExecutionMemory,
        view: View,
        *,
        winding: bool = False,
    ) -> Decision:
        """Return what the execution wants now; while winding, nothing but its orders cancelled."""
        if memory.finished:
            return NOTHING
        draft = Draft(strategy, settings.account, settings.hedge_flag, memory.ledger, view)
        if winding:
            draft.cancel_all("收尾：撤销挂单")
        elif memory.filled >= settings.total_lots or _is_over(settings, view):
            _end(draft, settings, memory)
        elif curve_passed(settings, memory, view):
            draft.mark(Finished(summary=_passed_summary(settings)))
        elif view.now >= settings.begins_at:
            sight = look(view, settings.instrument)
            if sight is not None:
                _work(draft, sight, settings, memory)
        return draft.decision()

    def quiet(
        self, strategy: StrategyId, settings: ExecutionSettings, memory: ExecutionMemory, view: View
    ) -> Quiet | None:
        """Return that nothing matters before the window and after the end; within it every quote may."""
        if memory.finished:
            return EVER
        return Quiet(settings.begins_at) if view.now < settings.begins_at else None


def _is_over(settings: ExecutionSettings, view: View) -> bool:
    return view.now >= settings.begins_at and view.now >= taken_back_at(settings, view)


def curve_passed(settings: ExecutionSettings, memory: ExecutionMemory, view: View) -> bool:
    """Return whether nothing is due in all that is left of the window, and the market was not looked at before."""
    if memory.began_at is not None or view.now < settings.begins_at or _is_over(settings, view):
        return False
    return weight_passed(settings, view)


def _passed_summary(settings: ExecutionSettings) -> str:
    what = f"{ORDER_SIDES[settings.side]} {settings.total_lots} 手"
    passed = f"{WORDS['curve']}里有权重的时段在开始执行之前已经过了"
    return f"{what}，{passed}，成交 0 手，剩余 {settings.total_lots} 手不再追。"


def _end(draft: Draft, settings: ExecutionSettings, memory: ExecutionMemory) -> None:
    if memory.ledger.busy:
        draft.cancel_all("执行结束，撤销挂单")
        return
    draft.mark(Finished(summary=summary(settings, memory)))


def summary(settings: ExecutionSettings, memory: ExecutionMemory) -> str:
    """Return in one sentence what came of an execution that has ended."""
    average = memory.average
    at = "" if average is None else f"，均价 {amount_text(average.quantize(HUNDREDTH))}"
    left = settings.total_lots - memory.filled
    what = f"{ORDER_SIDES[settings.side]} {settings.total_lots} 手"
    until = moment(settings.ends_at)[5:16]
    late = f"；其中 {memory.late} 手在到时（{until}）之后成交，没来得及撤" if memory.late else ""
    if left <= 0:
        return f"{what}全部成交{at}{late}。"
    by = "" if memory.late else f"到{until} "
    return f"{what}，{by}成交 {memory.filled} 手{at}，剩余 {left} 手不再追{late}。"


def _work(draft: Draft, sight: Sight, settings: ExecutionSettings, memory: ExecutionMemory) -> None:
    volume = sight.quote.volume
    if memory.day != draft.view.trading_day:
        if volume is None and settings.participation_percent is not None:
            return  # what the market trades is not known yet
        counted = volume if memory.began_at is None and volume is not None else 0
        draft.mark(ExecutionBegan(trading_day=draft.view.trading_day, mid=middle(sight), volume=counted))
        return
    sign, limit = settings.side.sign, sight.instrument.price(limit_ticks(settings, sight.instrument.tick))
    if any((child.price - limit) * sign > 0 for _, child in memory.ledger.in_scope(SCOPE)):
        draft.cancel(SCOPE, "限价已改，撤单")
        return
    want = wanted(settings, memory, draft.view, sight.quote, out=abs(memory.ledger.reserved(SCOPE)))
    if want > 0 and sight.flows and _send(draft, sight, settings, memory, want):
        return  # before another place is given up, that of the one withdrawn last is filled
    if withdraw_outpriced(draft, sight, settings, memory) or withdraw_chased(draft, sight, settings, memory):
        return
    chase(draft, sight, settings, memory)


def _send(draft: Draft, sight: Sight, settings: ExecutionSettings, memory: ExecutionMemory, lots: int) -> bool:
    # Whether an order is wanted; what it closes is nobody's: a strategy's own lots are no execution's to take.
    ticks, closing = price_ticks(settings, sight, memory, memory.chases), settings.offset is not Offset.OPEN
    if ticks is None:
        return False
    if closing:
        free = draft.view.free_lots(settings.account, settings.instrument, settings.hedge_flag, settings.side)
        free = min(free, draft.closable(settings.instrument, settings.side))
        today = draft.view.trading_day
        if free <= 0 and memory.missing_day != today:
            draft.mark(PositionMissing(instrument=settings.instrument, wanted=lots, closable=0, trading_day=today))
        if free <= 0:
            return False
        lots = min(lots, free)
    return draft.order(
        sight,
        scope=SCOPE,
        tag=SCOPE,
        side=settings.side,
        closing=closing,
        lots=lots,
        ticks=ticks,
        reason=f"{settings.style.value}：已有 {memory.had} / {settings.total_lots} 手",
    )
