"""Make the lines of the options an account holds, with the requests about them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.orders.exercise import ExerciseWish, deadline
from terminal.domain.orders.order import Side
from terminal.engine.book.option_line import OptionLine, RequestLine
from terminal.engine.exercise.judge import waiting_exercises

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.books.positions import Marks
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.order import HedgeFlag
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.state import AccountState


def option_line(
    account: AccountState,
    known: Instrument,
    flag: HedgeFlag,
    side: Side,
    *,
    marks: Marks,
    days_to_expiry: Callable[[InstrumentId], int | None],
) -> OptionLine | None:
    """Return one side of an option as the screen shows it; `None` of what is none."""
    option = known.option
    if option is None:
        return None
    runs = account.book.runs(known.id, flag, side)
    lots = sum(run.lots for run in runs)
    mark, underlying = marks(known.id), marks(option.underlying)
    is_last = known.expiry == account.trading_day
    held = account.book.position(known.id, flag)
    rows = account.exercises.rows.values() if side is Side.BUY else ()
    return OptionLine(
        instrument=known.id,
        side=side,
        flag=flag,
        lots=lots,
        free=max(held.long_closable - account.exercises.lots(known.id, flag), 0) if side is Side.BUY else 0,
        premium=sum((known.value(run.open_price, run.lots) for run in runs), Decimal(0)),
        value=None if mark is None else known.value(mark, lots),
        underlying=option.underlying,
        underlying_price=underlying,
        right=option.right,
        strike=option.strike,
        cash_settled=option.cash_settled,
        worth=None if underlying is None else option.worth(underlying),
        expiry=known.expiry,
        days_to_expiry=days_to_expiry(known.id),
        is_last_day=is_last,
        until=deadline(known, account.trading_day),
        requests=tuple(
            RequestLine(
                request=row.request,
                wish=row.wish,
                state=row.state,
                withdrawing=row.withdrawing,
                lots=row.lots,
                note=row.note,
            )
            for row in rows
            if _speaks_of(row.wish, known.id, flag)
        ),
        waiting=tuple(wish for wish in waiting_exercises(account) if _speaks_of(wish, known.id, flag))
        if side is Side.BUY
        else (),
    )


def _speaks_of(wish: ExerciseWish, name: InstrumentId, flag: HedgeFlag) -> bool:
    return (wish.instrument, wish.flag) == (name, flag)
