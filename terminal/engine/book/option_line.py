"""Show one side of an option that is held to a screen, with what is asked of the exchange about it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import ExerciseId, InstrumentId
from terminal.domain.orders.exercise import STANDING, ExerciseState, ExerciseWish
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.option import Right


class RequestLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one request to exercise or abandon, and what is said of it."""

    request: ExerciseId
    wish: ExerciseWish
    state: ExerciseState
    withdrawing: bool
    lots: int  # that were exercised or abandoned
    note: str

    @property
    def stands(self) -> bool:
        """Return whether it may still be withdrawn."""
        return self.state in STANDING


class OptionLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a list says of one side of an option; amounts in yuan, `None` where they are not known.

    `premium` is what the lots cost (a short one's: brought), `value` what they are worth now. `worth` is what exercise
    earns per quotation unit at `underlying_price`, `until` (UTC ns) the exchange's hour of the account's trading day.
    """

    instrument: InstrumentId
    side: Side  # BUY is long
    flag: HedgeFlag
    lots: int
    free: int  # long lots of which nothing is asked and no close works
    premium: Decimal | None
    value: Decimal | None
    underlying: InstrumentId
    underlying_price: Decimal | None
    right: Right
    strike: Decimal
    cash_settled: bool
    worth: Decimal | None
    expiry: int | None
    days_to_expiry: int | None
    is_last_day: bool
    until: int | None
    requests: tuple[RequestLine, ...] = ()  # of the day and what stands, in the order they were asked for
    waiting: tuple[ExerciseWish, ...] = ()  # that wait for a second person; the exchange has not been asked
