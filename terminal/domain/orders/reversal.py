"""Hold what a reversal (反手) is and how it lives: close a position first, then open the other way what really closed.

The theory. Both orders go the same way at the same limit price: selling closes the long lots, selling more opens short
ones. Nothing is opened while an order of the close is still working; when all of them have ended, as many lots are
opened as they filled, and never more. What is then missing, because a close was cancelled, refused or filled in part,
or because the opening order was, is a remainder that people see (反手未完成 n 手) until one of them finishes it at a
price of the moment or gives it up. Nothing of it is ever tried again by itself.

The life is one table. Only a person leads from UNFINISHED back to CLOSING.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from terminal.domain.errors import InvariantError
from terminal.domain.orders.order import OrderTerms

Taking = Literal["YESTERDAY_FIRST", "TODAY_FIRST", "CHEAPEST"]


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the exact fields a person chose: `terms` are the close's, whichever day's lots it takes."""

    terms: OrderTerms
    take: Taking = "YESTERDAY_FIRST"


class ReversalState(StrEnum):
    """Name the states of a reversal's life."""

    CLOSING = "CLOSING"  # 平仓中: its closing orders work, or the opening one waits for a moment to go out
    OPENING = "OPENING"  # 开仓中: its opening orders work
    UNFINISHED = "UNFINISHED"  # 未完成: nothing is done before a person decides
    DONE = "DONE"  # 已完成
    GIVEN_UP = "GIVEN_UP"  # 已放弃


class ReversalEvent(StrEnum):
    """Name what can happen to a reversal."""

    OPEN = "OPEN"
    STOP = "STOP"
    RESUME = "RESUME"
    COMPLETE = "COMPLETE"
    GIVE_UP = "GIVE_UP"


_S, _E = ReversalState, ReversalEvent

STANDING = frozenset({_S.CLOSING, _S.OPENING, _S.UNFINISHED})  # not over yet

LIFE: dict[tuple[ReversalState, ReversalEvent], ReversalState] = {
    (_S.CLOSING, _E.OPEN): _S.OPENING,
    (_S.CLOSING, _E.STOP): _S.UNFINISHED,
    (_S.OPENING, _E.STOP): _S.UNFINISHED,
    (_S.UNFINISHED, _E.RESUME): _S.CLOSING,
    (_S.OPENING, _E.COMPLETE): _S.DONE,
    (_S.UNFINISHED, _E.COMPLETE): _S.DONE,  # a late fill was the last one missing
    (_S.CLOSING, _E.GIVE_UP): _S.GIVEN_UP,
    (_S.OPENING, _E.GIVE_UP): _S.GIVEN_UP,
    (_S.UNFINISHED, _E.GIVE_UP): _S.GIVEN_UP,
}


def move(state: ReversalState, event: ReversalEvent) -> ReversalState:
    """Return the next state; a pair outside the table is a broken invariant."""
    try:
        return LIFE[state, event]
    except KeyError:
        msg = f"a reversal has no step from {state} on {event}"
        raise InvariantError(msg) from None
