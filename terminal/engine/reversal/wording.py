"""Say a reversal (反手) in words: the same ones in answers, events, lists and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.books.holding import decimal_text
from terminal.domain.orders.order import OrderState
from terminal.domain.orders.reversal import ReversalState
from terminal.domain.words.terms import Term
from terminal.engine.wording import BUY_SELL, CONDITIONS, FLAGS, LONG_SHORT, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.book.reversals import Progress
    from terminal.engine.books.reversal import ReversalRow
    from terminal.engine.state import OrderRow

STATES: Final = {
    ReversalState.CLOSING: "平仓中",
    ReversalState.OPENING: "开仓中",
    ReversalState.UNFINISHED: "未完成",
    ReversalState.DONE: "已完成",
    ReversalState.GIVEN_UP: "已放弃",
}
_ENDS: Final = {
    OrderState.CANCELLED: "已撤",
    OrderState.EXPIRED: "收盘失效",
    OrderState.REJECTED: "被交易所拒绝",
    OrderState.VOID: "没有报出",
}


def reversal_title(terms: OrderTerms) -> str:
    """Return what is to be done, like `反手 rb2101 多 → 空 5 手 @3700 套保`; `terms` are the close's."""
    before, after = LONG_SHORT[terms.side.opposite], LONG_SHORT[terms.side]
    price = f"{BUY_SELL[terms.side]}价 {decimal_text(terms.price)}"
    rest = f"{FLAGS[terms.hedge_flag]}{CONDITIONS[terms.time_condition]}"
    return f"{Term.REVERSE} {short(terms.instrument)} {before} → {after} {terms.lots} 手，{price}{rest}"


def unfinished(row: ReversalRow, found: Progress) -> str:
    """Return what is missing, like `反手未完成 3 手：rb2101 多 → 空 共 5 手，已平 5 手，已开 2 手`."""
    terms = row.wanted.terms
    way = f"{LONG_SHORT[terms.side.opposite]} → {LONG_SHORT[terms.side]}"
    head = f"{Term.REVERSAL_UNFINISHED} {row.lots - found.opened} 手：{short(terms.instrument)} {way}"
    return f"{head} 共 {row.lots} 手，已平 {found.closed} 手，已开 {found.opened} 手"


def standing_text(row: ReversalRow, found: Progress) -> str:
    """Return how one that is not over stands, like `反手平仓中：rb2101 多 → 空 共 5 手，已平 2 手，已开 0 手`."""
    if row.state is ReversalState.UNFINISHED:
        return f"{unfinished(row, found)}{f'（{row.note}）' if row.note else ''}"
    terms = row.wanted.terms
    way = f"{LONG_SHORT[terms.side.opposite]} → {LONG_SHORT[terms.side]}"
    head = f"{Term.REVERSE}{STATES[row.state]}：{short(terms.instrument)} {way}"
    return f"{head} 共 {row.lots} 手，已平 {found.closed} 手，已开 {found.opened} 手"


def ends(orders: Iterable[OrderRow]) -> str:
    """Return how orders ended that did not fill whole, each way once; empty if all did."""
    words = (
        f"{_ENDS[one.state]}{f'：{note}' if (note := one.note.rstrip('。')) else ''}"
        for one in orders
        if one.state in _ENDS and one.remaining
    )
    return "、".join(dict.fromkeys(words))
