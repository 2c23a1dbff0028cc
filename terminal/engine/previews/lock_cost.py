"""Say what a lock (锁仓) costs beside a close, and what an unlock (解锁) leaves bound: margin and fees, exactly (C7).

Margin is that of what is held, before and after all orders of the wish have filled at their own prices; what works
besides is left out on both sides. A lock pays the fee of opening now and spares the one of closing today's lots; what
closing either side will cost later is of another day, and is not guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.commands import LockPosition, UnlockPosition
from terminal.domain.orders.close_plan import Take, close_orders
from terminal.domain.orders.order import Offset
from terminal.domain.products.fees import ZERO
from terminal.engine.orders.imagined import book_after
from terminal.engine.wording import LONG_SHORT, both_sides, yuan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from terminal.domain.orders.close_plan import PlannedOrder
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def costs(
    look: Look, account: AccountState, body: LockPosition | UnlockPosition, orders: Sequence[PlannedOrder]
) -> Iterator[str]:
    """Return in sentences what a lock or unlock changes once its orders have filled."""
    terms, book = body.terms, account.book
    there = book_after(account, look.state.tenant.instruments, orders, look.now)
    held, left = (one.position(terms.instrument, terms.hedge_flag) for one in (book, there))
    yield f"全部成交后 {both_sides(held.long, held.short)} → {both_sides(left.long, left.short)}"
    before, after = (one.view(look.columns.last_price).margin for one in (book, there))
    yield f"保证金 {yuan(before)} → {yuan(after)}（{_moved(after - before)}）"
    if isinstance(body, LockPosition):
        yield from _spared(look, account, body, orders)
    elif body.other_price is None:
        yield from _other_side(look, account, body)


def _moved(by: Decimal) -> str:
    if not by:
        return "不变"
    return f"{'多占' if by > 0 else '放出'} {yuan(abs(by))}"


def _spared(look: Look, account: AccountState, body: LockPosition, orders: Sequence[PlannedOrder]) -> Iterator[str]:
    closing = msgspec.structs.replace(body.terms, offset=Offset.CLOSE)
    instead = close_orders(account.book, look.instrument(closing.instrument), closing, take=Take.CHEAPEST)
    fees = [one.fee for one in orders]
    if instead.missing or instead.fee is None or None in fees:
        return
    paid = sum((one for one in fees if one is not None), ZERO)
    today = sum(one.terms.lots for one in instead.orders if one.terms.offset is Offset.CLOSE_TODAY)
    of_today = f"，其中平今 {today} 手" if today else ""
    less = instead.fee - paid
    said = "一样" if not less else f"{'省' if less > 0 else '多付'} {yuan(abs(less), 2)}"
    yield f"手续费：改为平仓 {yuan(instead.fee, 2)}{of_today}；锁仓 {yuan(paid, 2)}，{said}（以后解锁另付）"


def _other_side(look: Look, account: AccountState, body: UnlockPosition) -> Iterator[str]:
    side = body.terms.side.opposite
    other = msgspec.structs.replace(body.terms, side=side, offset=Offset.CLOSE)
    plan = close_orders(account.book, look.instrument(other.instrument), other, take=Take.CHEAPEST)
    if not plan.missing and plan.fee is not None:
        yield f"若改平{LONG_SHORT[side.opposite]}头：按同样的价格，手续费 {yuan(plan.fee, 2)}"
