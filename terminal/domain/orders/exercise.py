"""Hold what the holder of an option may ask of the exchange: exercise (行权) or abandonment (放弃), and how it goes on.

On any day up to the exchange's hour the holder of an American option may ask that long lots be exercised after the
close, of a European one on its last day only. Nobody has to ask on the last day: what is strictly in the money then is
exercised by itself and the rest lapses, and a request says otherwise (DOMAIN 4.12). Abandonment means something on the
last day alone. With `self_close` (行权后自对冲) the future that comes is closed at once against opposite lots of the
same contract and hedge flag. A request may be withdrawn up to the same hour.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.option import Style


class Choice(StrEnum):
    """Name what is asked for."""

    EXERCISE = "EXERCISE"  # 行权
    ABANDON = "ABANDON"  # 放弃


class ExerciseState(StrEnum):
    """Name how far a request has come; the last five are the end of it.

    SENT: written down and on its way. UNKNOWN: on its way when the link was lost. TAKEN: the exchange has it. DONE: the
    exchange acted on it. VOID: the exchange never had it. OVER: it had it, has it no more, and its word is lost.
    """

    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    TAKEN = "TAKEN"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    DONE = "DONE"
    VOID = "VOID"
    OVER = "OVER"


STANDING: Final = frozenset({ExerciseState.SENT, ExerciseState.UNKNOWN, ExerciseState.TAKEN})
_TOLD: Final = frozenset(
    {ExerciseState.TAKEN, ExerciseState.REJECTED, ExerciseState.WITHDRAWN, ExerciseState.DONE},
)
_MOVES: Final = {
    ExerciseState.SENT: _TOLD | {ExerciseState.UNKNOWN},
    ExerciseState.UNKNOWN: _TOLD | {ExerciseState.UNKNOWN, ExerciseState.VOID},  # once more: an answer did not show it
    ExerciseState.TAKEN: frozenset(
        {ExerciseState.TAKEN, ExerciseState.WITHDRAWN, ExerciseState.DONE, ExerciseState.OVER}
    ),
    ExerciseState.VOID: _TOLD,  # it came after all
    # The exchange has it although it had ended: a complete answer shows so once (the state stays), and once more.
    ExerciseState.REJECTED: frozenset({ExerciseState.REJECTED, ExerciseState.TAKEN, ExerciseState.DONE}),
    ExerciseState.WITHDRAWN: frozenset({ExerciseState.WITHDRAWN, ExerciseState.TAKEN, ExerciseState.DONE}),
    ExerciseState.OVER: frozenset({ExerciseState.TAKEN, ExerciseState.WITHDRAWN, ExerciseState.DONE}),
}


class ExerciseWish(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what is asked for: so many long lots of an option under one hedge flag."""

    instrument: InstrumentId
    flag: HedgeFlag
    lots: int
    choice: Choice
    self_close: bool = False


def may_move(state: ExerciseState, to: ExerciseState) -> bool:
    """Return whether a request may go from one state to the other."""
    return to in _MOVES.get(state, frozenset())


def move(state: ExerciseState, to: ExerciseState) -> ExerciseState:
    """Return the state a request goes on to; one it cannot go on to is an `InvariantError`."""
    if not may_move(state, to):
        raise InvariantError(f"an exercise request cannot go from {state} to {to}")
    return to


def deadline(instrument: Instrument, trading_day: int) -> int | None:
    """Return until when (UTC ns) requests of a trading day are taken; `None` where the exchange takes none.

    After the last day of an option it is that day's hour: what still waits for a price then is of that day.
    """
    option = instrument.option
    if option is None or option.requests_until is None:
        return None
    return instant(min(trading_day, instrument.expiry or trading_day)) + option.requests_until * MINUTE_NS


def fault(instrument: Instrument, wish: ExerciseWish, *, trading_day: int, at: int, free: int) -> str:
    """Return why an exchange takes no such request now, as a sentence; empty if it does.

    `free` are the long lots that no other request speaks of.
    """
    option, name = instrument.option, instrument.id.partition(".")[2]
    until = deadline(instrument, trading_day)
    if option is None:
        return f"{name} 不是期权，没有行权或放弃可申请。"
    if until is None:
        return f"{name} 由交易所到期自动行权，不接受行权或放弃申请。"
    if instrument.expiry is not None and trading_day > instrument.expiry:
        return f"{name} 已过到期日 {instrument.expiry}，不能再申请。"
    is_last = instrument.expiry == trading_day
    if option.style is Style.EUROPEAN and not is_last:
        return f"{name} 是欧式期权，只能在到期日 {instrument.expiry or '（未知）'} 申请。"
    if wish.choice is Choice.ABANDON and not is_last:
        return f"{name} 本交易日不到期，没有自动行权可放弃；请在到期日 {instrument.expiry or '（未知）'} 申请。"
    if wish.self_close and (option.cash_settled or wish.choice is Choice.ABANDON):
        return "只有行权会得到期货，才能自对冲；请取消自对冲再申请。"
    if at >= until:
        hour, minute = divmod(option.requests_until or 0, 60)
        return f"{name} 本交易日 {hour:02}:{minute:02} 已截止，不再接受申请。"
    if wish.lots < 1:
        return "手数须为正整数，请改手数。"
    if wish.lots > free:
        return f"{name} 可申请的多头只有 {free} 手（已申请的不算），不能申请 {wish.lots} 手；请减少手数。"
    return ""
