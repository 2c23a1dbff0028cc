"""Tell of near's last trading days while lots of it are left, and end a roll whose near contract is over.

A timing may never come, a market may be stuck, a person may hold the roll back: lots that are still near's on its last
day are delivered or settled, and no roll can move them any more. So people are told on each of the last three trading
days, and what was left is said once near is over. Far still catches up with what near has closed, in one account or
in another, and until it has nothing is told of what the roll cost.

A roll back to an earlier month may find far over first: then nothing of far can be opened any more, and it ends at
once, even while it winds down, which would wait for ever.

One that is paused ends likewise where nothing is left that it could do (`ends_at_rest`). Where far lacks lots it trades
nothing without its people: they are told once what is open, and it stays until they decide (`unmatched`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import Finished, NearExpires
from terminal.domain.fact.roll_marks import RollUnmatched
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Half
from terminal.strategies.last_days import last_days
from terminal.strategies.roll.moment import follow_far
from terminal.strategies.roll.report import done_words, report

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.domain.view import View
    from terminal.strategies.roll.memory import RollMemory
    from terminal.strategies.roll.moment import Moment


def is_over(settings: RollSettings, view: View) -> bool:
    """Return whether near is past its last trading day, or far is, which can be opened no more."""
    return _past(settings.near, view) or far_is_over(settings, view)


def far_is_over(settings: RollSettings, view: View) -> bool:
    """Return whether far is past its last trading day: before near is only where a position is moved back."""
    return _past(settings.far, view)


def ends_at_rest(settings: RollSettings, memory: RollMemory, view: View) -> bool:
    """Return whether a paused roll may end by itself: it is over, and even running it would trade nothing any more."""
    if memory.finished or memory.ledger.busy or not is_over(settings, view):
        return False
    if far_is_over(settings, view):
        return True
    # The half that opens far does not know whether near's still closes some: it is stopped with near's half.
    done = settings.half is not Half.FAR or memory.opened >= settings.lots
    return done and memory.closed <= memory.opened


def rests_unmatched(settings: RollSettings, memory: RollMemory, view: View) -> bool:
    """Return whether near is over under a roll at rest while far, which can still be opened, lacks lots."""
    over = _past(settings.near, view) and not far_is_over(settings, view)
    return over and memory.closed > memory.opened and not memory.finished


def unmatched(settings: RollSettings, memory: RollMemory, view: View) -> RollUnmatched | None:
    """Return the mark of a roll at rest that near is over and far lacks lots; `None` where not, or told of as many."""
    told = memory.closed - memory.opened == memory.unmatched
    if told or memory.ledger.busy or not rests_unmatched(settings, memory, view):
        return None
    return RollUnmatched(instrument=settings.near, closed=memory.closed, opened=memory.opened)


def lots_left(settings: RollSettings, memory: RollMemory, view: View) -> int:
    """Return the near lots, of those to be rolled, that the account still holds in near's last trading days, untold."""
    if last_days(view, settings.near) is None or memory.expiry_day == view.trading_day:
        return 0
    position = view.position(settings.account, settings.near, settings.hedge_flag)
    held = position.long if settings.side is Side.BUY else position.short
    return max(min(settings.lots - memory.closed, held), 0)


def tell_last_days(now: Moment) -> None:
    """State once a trading day, once near trades, what is left of it."""
    left = 0 if now.near is None else lots_left(now.settings, now.memory, now.view)
    if left:
        days = now.view.days_to_expiry(now.settings.near) or 0
        now.draft.mark(
            NearExpires(instrument=now.settings.near, lots=left, days=days, trading_day=now.view.trading_day)
        )


def end(now: Moment, *, winding: bool) -> None:
    """Let far catch up where it still can, and be over once it has, saying what was not moved and what far lacks."""
    settings, memory = now.settings, now.memory
    can = not far_is_over(settings, now.view)
    if settings.half is None and memory.began and can:
        follow_far(now)
    waits = can and (memory.closed > memory.opened or memory.far.broken is not None)
    if not ((winding and can) or waits or memory.ledger.busy):
        now.draft.mark(Finished(summary=_summary(settings, memory, now.view)))


def was_short(settings: RollSettings, memory: RollMemory, view: View) -> bool:
    """Return whether the account held no more near lots on near's last trading day than it moved, and people know."""
    return memory.short_day > 0 and memory.short_day == view.instrument(settings.near).expiry


def _summary(settings: RollSettings, memory: RollMemory, view: View) -> str:
    if memory.closed == memory.opened >= settings.lots:
        return done_words(settings, memory, view)
    near, far = view.instrument(settings.near), view.instrument(settings.far)
    what = f"远月 {far.name}" if far_is_over(settings, view) else f"近月 {near.name}"
    short = "（近月缺手数）" if was_short(settings, memory, view) else ""
    left = [f"{settings.lots - memory.closed} 手没有移{short}"] if memory.closed < settings.lots else []
    moved, cost = [], ""
    if memory.closed > memory.opened:  # what was paid for both legs together is not known
        lack = memory.closed - memory.opened
        moved = [f"近月已平 {memory.closed} 手，远月已开 {memory.opened} 手，还缺 {lack} 手开不了了"]
    elif memory.closed < memory.opened:
        ahead = memory.opened - memory.closed
        moved = [f"近月已平 {memory.closed} 手，远月已开 {memory.opened} 手，多开的 {ahead} 手没有对应的近月"]
    elif memory.closed:
        moved, cost = [f"已移 {memory.closed} 手到 {far.name}"], f"；{report(settings, memory, near)}"
    return f"{what} 已过最后交易日，移仓到此为止：{'，'.join((*moved, *left))}{cost}"


def end_far(now: Moment) -> None:
    """Let the half that opens far be over once nothing of far can be opened any more, saying what it lacks."""
    memory = now.memory
    if memory.ledger.busy:
        return
    lack, name = max(memory.closed - memory.opened, 0), now.view.instrument(now.settings.far).name
    lacks = f"，还缺 {lack} 手开不了了" if lack else ""
    now.draft.mark(Finished(summary=f"远月 {name} 已过最后交易日，移仓到此为止：本账户已开 {memory.opened} 手{lacks}"))


def _past(instrument: InstrumentId, view: View) -> bool:
    left = view.days_to_expiry(instrument)
    return left is not None and left < 0
