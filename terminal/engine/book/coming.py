"""Count the futures that exercise will open, as limits count those of working orders (SAFETY I6).

What is coming are the standing requests to exercise, and what is exercised by itself: on an option's last day whatever
is in the money and of which no request speaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.exercise import Choice
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.engine.sentences.exercise import wish_text
from terminal.engine.wording import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.exercise import ExerciseWish
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.state import AccountState


class Coming(NamedTuple):
    """Say what one request brings: so many option lots become futures of a side, of which `opened` stay open."""

    name: str  # of the request, empty of one that has not been made; of what comes by itself the option and its flag
    option: Instrument
    future: InstrumentId
    flag: HedgeFlag
    side: Side
    lots: int
    opened: int


def coming(
    instruments: Mapping[InstrumentId, Instrument], account: AccountState, more: ExerciseWish | None = None
) -> list[Coming]:
    """Return what the standing requests bring, one more (none yet), and what comes by itself.

    Cash settlement and abandonment bring nothing. Only lots that are held are exercised. 自对冲 closes what opposite
    lots are there, each once, and opens the rest.
    """
    found: list[Coming] = []
    held: dict[tuple[InstrumentId, HedgeFlag], int] = {}
    opposite: dict[tuple[InstrumentId, HedgeFlag, Side], int] = {}
    wishes = [(str(row.request), row.wish) for row in account.exercises.standing()]
    wishes += [] if more is None else [("", more)]
    for name, wish in wishes:
        listed = instruments.get(wish.instrument)
        option = None if listed is None else listed.option
        if listed is None or option is None or option.cash_settled or wish.choice is not Choice.EXERCISE:
            continue
        mine, side = (wish.instrument, wish.flag), option.future_side(Side.BUY)
        lots = min(wish.lots, held.setdefault(mine, account.book.position(*mine).long))
        held[mine] -= lots
        nets = 0
        if wish.self_close:
            there = account.book.position(option.underlying, wish.flag)
            key = (option.underlying, wish.flag, side)
            nets = min(lots, opposite.setdefault(key, there.short if side is Side.BUY else there.long))
            opposite[key] -= nets
        found.append(Coming(name, listed, option.underlying, wish.flag, side, lots, lots - nets))
    return [*found, *_by_itself(instruments, account, [wish for _, wish in wishes])]


def _by_itself(
    instruments: Mapping[InstrumentId, Instrument], account: AccountState, wishes: list[ExerciseWish]
) -> Iterator[Coming]:
    for name in account.exercises.expected:
        listed = instruments.get(name)
        option = None if listed is None else listed.option
        if listed is None or option is None or option.cash_settled:
            continue
        for flag in HedgeFlag:
            spoken = sum(wish.lots for wish in wishes if (wish.instrument, wish.flag) == (name, flag))
            lots = account.book.position(name, flag).long - spoken
            if lots > 0:
                side = option.future_side(Side.BUY)
                yield Coming(f"{name}|{flag}", listed, option.underlying, flag, side, lots, lots)


def opened_by(instruments: Mapping[InstrumentId, Instrument], account: AccountState, wish: ExerciseWish) -> int:
    """Return the lots of futures that one more request opens."""
    return sum(one.opened for one in coming(instruments, account, wish) if not one.name)


def netted(
    instruments: Mapping[InstrumentId, Instrument],
    account: AccountState,
    future: InstrumentId,
    flag: HedgeFlag,
    side: Side,
) -> int:
    """Return the long (BUY) or short (SELL) lots of a future that 自对冲 will close."""
    return met_by_exercise(instruments, account, future, flag, side)[1] if account.exercises.may_come else 0


def met_by_exercise(
    instruments: Mapping[InstrumentId, Instrument],
    account: AccountState,
    future: InstrumentId,
    flag: HedgeFlag,
    side: Side,
) -> tuple[int, int]:
    """Return how many lots exercise will open against the long (BUY) or short (SELL) side, and net of it."""
    key = (future, flag, side.opposite)
    found = [one for one in coming(instruments, account) if (one.future, one.flag, one.side) == key]
    opened = sum(one.opened for one in found)
    return opened, sum(one.lots for one in found) - opened


def by_itself(instruments: Mapping[InstrumentId, Instrument], account: AccountState) -> list[Coming]:
    """Return what is exercised today without any request."""
    return list(_by_itself(instruments, account, [row.wish for row in account.exercises.standing()]))


def frozen_words(instruments: Mapping[InstrumentId, Instrument], account: AccountState) -> str:
    """Return what freezes margin for exercise, in words; empty where nothing does."""
    asked = [row for row in account.exercises.standing() if row.wish.choice is Choice.EXERCISE]
    words = [f"行权申请 {row.request}（{wish_text(row.wish)}）" for row in asked]
    words += [f"本交易日到期自动行权的 {short(one.option.id)} {one.lots} 手" for one in by_itself(instruments, account)]
    return "、".join(words)
