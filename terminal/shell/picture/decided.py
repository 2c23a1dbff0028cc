"""Say to whoever asked for a confirmation what became of it, in one sentence and by the name of whoever decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.orders.confirmation import ConfirmationState, Stored
from terminal.domain.orders.order import OrderState
from terminal.engine.wording import ORDER_ENDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.engine.standing import ConfirmationRow
    from terminal.engine.state import AccountState, OrderRow

SOMEBODY: Final = "另一人"  # where nobody said who: the fact came with a snapshot
ASK_AGAIN: Final = "仍需要时请重新提交"


def told_maker(state: ConfirmationState, title: str, done: str, *, who: str = "", reason: str = "") -> str:
    """Return what the maker is told; empty while nothing is decided, and of what the maker did alone.

    `done` is what an approval led to. Only what lapsed by itself is worth asking for again: what was sent is sent, and
    what was rejected or revoked was not wanted.
    """
    say = _SAYINGS.get(state)
    return "" if say is None else say(who or SOMEBODY, title, f"：{reason.rstrip('。')}" if reason else "", done)


def reason_of(state: ConfirmationState, stored: Stored, reason: str) -> str:
    """Return the reason that was stated; a snapshot carries none, and only a strategy is overtaken by another one."""
    if state is ConfirmationState.SUPERSEDED and stored.settings is not None:
        return reason or "策略的设置已先改成别的"
    return reason


def done_by(stored: Stored) -> str:
    """Return what the approval of an object led to."""
    if stored.terms is not None:
        return "已报出"
    if stored.reversal is not None:
        return "已报平仓单，成交后开仓"
    if stored.exercise is not None:
        return "已向交易所提交"
    if any(one is not None for one in (stored.cash, stored.otc, stored.waiver)):
        return "已记账"
    return "已生效" if stored.limits is not None else "策略已按此执行"


def order_of(account: AccountState, row: ConfirmationRow) -> OrderRow | None:
    """Return the order that the approval of one let out, `None` as long as it has not."""
    if row.state is not ConfirmationState.CONSUMED:
        return None
    name = row.confirmation.confirmation
    return next((one for one in reversed(account.orders.values()) if one.confirmation == name), None)


def end_of(order: OrderRow) -> str:
    """Return how an order that nobody saw go out has ended, with the lots that were filled before that, and why."""
    if order.state is OrderState.FILLED:
        return "已报出，全部成交"
    why = f"（{order.note.rstrip('。')}）" if order.note else ""
    if order.state is OrderState.VOID:
        return f"{ORDER_ENDS[order.state]}{why}"
    return f"报出后{ORDER_ENDS[order.state]}，成交 {order.filled} 手{why}"


def _again(why: str) -> str:
    return "" if why.endswith("重新提交") else f"；{ASK_AGAIN}"  # most reasons end with it


_S = ConfirmationState
_SAYINGS: Final[dict[ConfirmationState, Callable[[str, str, str, str], str]]] = {
    _S.APPROVED: lambda who, title, _, __: f"{who}批准 {title}，正在执行",
    _S.CONSUMED: lambda who, title, _, done: f"{who}批准 {title}，{done}",
    _S.REJECTED: lambda who, title, why, _: f"{who}驳回 {title}{why}",
    _S.EXPIRED: lambda _, title, __, ___: f"{title} 超过复核时限，没有执行；{ASK_AGAIN}",
    _S.STALE: lambda who, title, why, _: f"{who}批准 {title}，但情况已变化，没有执行{why}{_again(why)}",
    _S.SUPERSEDED: lambda _, title, why, __: f"{title} 已被取代，没有执行{why}" if why else "",
    _S.REVOKED: lambda _, title, why, __: f"{title} 已作废，没有执行{why}",
}
