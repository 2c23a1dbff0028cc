"""Count the futures that standing requests to exercise open, as limits count those of working orders (SAFETY I6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.exercise import Choice
from terminal.domain.order import Side
from terminal.engine.exercise_wording import wish_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.exercise import ExerciseWish
    from terminal.domain.ids import InstrumentId
    from terminal.domain.instrument import Instrument
    from terminal.domain.order import HedgeFlag
    from terminal.engine.state import AccountState


class Coming(NamedTuple):
    """Say what one request brings: so many option lots become futures of a side, of which `opened` stay open."""

    name: str  # of the request; nothing of one that has not been made
    option: Instrument
    future: InstrumentId
    flag: HedgeFlag
    side: Side
    lots: int
    opened: int


def coming(
    instruments: Mapping[InstrumentId, Instrument], account: AccountState, more: ExerciseWish | None = None
) -> list[Coming]:
    """Return what the standing requests bring, and last one more; cash settlement and abandonment bring nothing.

    Only lots that are held are exercised. 自对冲 closes what opposite lots are there, each once, and opens the rest.
    """
    found: list[Coming] = []
    held: dict[tuple[InstrumentId, HedgeFlag], int] = {}
    opposite: dict[tuple[InstrumentId, HedgeFlag, Side], int] = {}
    wishes = [(str(row.request), row.wish) for row in account.exercises.standing()]
    for name, wish in wishes if more is None else [*wishes, ("", more)]:
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
    return found


def opened_by(instruments: Mapping[InstrumentId, Instrument], account: AccountState, wish: ExerciseWish) -> int:
    """Return the lots of futures that one more request opens."""
    before = len(coming(instruments, account))
    return sum(one.opened for one in coming(instruments, account, wish)[before:])


def frozen_words(account: AccountState) -> str:
    """Return what freezes margin for exercise, in words; empty where nothing does."""
    asked = [row for row in account.exercises.standing() if row.wish.choice is Choice.EXERCISE]
    return "、".join(f"行权申请 {row.request}（{wish_text(row.wish)}）" for row in asked)
