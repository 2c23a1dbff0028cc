"""Tell of near's last trading days while lots of it are left, and end a roll whose near contract is over.

A timing may never come, a market may be stuck, a person may hold the roll back: lots that are still near's on its last
day are delivered or settled, and no roll can move them any more. So people are told on each of the last three trading
days, and what was left is said once near is over. Far still catches up with what near has closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import Finished, NearExpires
from terminal.domain.orders.order import Side
from terminal.strategies.last_days import last_days
from terminal.strategies.roll.moment import follow_far
from terminal.strategies.roll.report import report

if TYPE_CHECKING:
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.domain.view import View
    from terminal.strategies.roll.memory import RollMemory
    from terminal.strategies.roll.moment import Moment


def is_over(settings: RollSettings, view: View) -> bool:
    """Return whether near is past its last trading day."""
    left = view.days_to_expiry(settings.near)
    return left is not None and left < 0


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
    """Let far catch up, and be over once it has, saying what was not moved."""
    settings, memory = now.settings, now.memory
    if settings.half is None and memory.began:
        follow_far(now)
    waits = settings.half is None and (memory.closed != memory.opened or memory.far.broken is not None)
    if winding or waits or memory.ledger.busy:
        return
    near, far = (now.view.instrument(name) for name in (settings.near, settings.far))
    moved = f"已移 {memory.closed} 手到 {far.name}，" if memory.closed else ""
    cost = f"；{report(settings, memory, near)}" if memory.closed else ""
    left = f"{moved}{settings.lots - memory.closed} 手没有移"
    now.draft.mark(Finished(summary=f"近月 {near.name} 已过最后交易日，移仓到此为止：{left}{cost}"))
