"""Hold an account's requests to exercise or abandon options (行权、放弃申请) as they are folded."""

from __future__ import annotations

from typing import Final

import msgspec

from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, ExerciseId, InstrumentId, PersonId, WireKey
from terminal.domain.orders.exercise import STANDING, ExerciseState, ExerciseWish
from terminal.domain.orders.order import HedgeFlag

NOT_ASKED: Final = "EXERCISE_NOT_ASKED"
LACKS_FUNDS: Final = "EXERCISE_LACKS_FUNDS"
ABSENT: Final = "ABSENT"
SHOWN: Final = "SHOWN"
PASSES_LIMIT: Final = "EXERCISE_PASSES_LIMIT"
STRANGE: Final = "EXERCISE_STRANGE"
STOPPED_LATE: Final = "EXERCISE_STOPPED_LATE"
OUTLIVES: Final = "EXERCISE_OUTLIVES"
# Alerts of a day.
TOLD_ONCE: Final = frozenset({NOT_ASKED, LACKS_FUNDS, PASSES_LIMIT, STOPPED_LATE, STRANGE, OUTLIVES})


def key_of(code: str, instrument: InstrumentId | None, about: str = "") -> str:
    """Return under what an alert is remembered as told; `about` is what it is of, where a contract may have several."""
    return f"{code}|{instrument or ''}{f'|{about}' if about else ''}"


class ExerciseRow(msgspec.Struct):
    """Hold one request and where it stands; stamps are UTC ns of the market clock."""

    request: ExerciseId
    wire_key: WireKey
    wish: ExerciseWish
    trading_day: int
    person: PersonId
    device: DeviceId
    asked_at: int
    state: ExerciseState = ExerciseState.SENT
    withdrawing: bool = False  # a withdrawal is on its way
    withdrew_at: int = 0  # when the latest one was sent
    is_kept: bool = False  # the exchange refused to let go of it
    lots: int = 0  # that the exchange acted on
    note: str = ""  # why it was refused, could not be withdrawn, or is not known
    unknown_at: int | None = None
    absent_at: int | None = None  # when a complete answer first did not show it, or showed it although it had ended
    heard_day: int = 0  # the account's trading day when it was last heard of
    confirmation: ConfirmationId | None = None  # that a second person gave

    @property
    def stands(self) -> bool:
        """Return whether the exchange may still act on it."""
        return self.state in STANDING


class ExerciseBook(msgspec.Struct):
    """Hold them all in the order they were asked for; `told` are the alerts of the present day, each raised once.

    `expected` are the options that end today in the money as it was seen last, `frozen` the names under which the
    account's books reserve for what is coming.
    """

    rows: dict[ExerciseId, ExerciseRow] = {}
    asked: int = 0
    told: list[str] = []
    expected: tuple[InstrumentId, ...] = ()
    frozen: list[str] = []

    @property
    def may_come(self) -> bool:
        """Return whether anything may be exercised, or has reserved as if it were."""
        return bool(self.rows or self.expected or self.frozen)

    def standing(self) -> list[ExerciseRow]:
        """Return those that are not over."""
        return [row for row in self.rows.values() if row.stands]

    def lots(self, instrument: InstrumentId, flag: HedgeFlag) -> int:
        """Return the lots that standing requests speak of."""
        return sum(
            row.wish.lots for row in self.standing() if (row.wish.instrument, row.wish.flag) == (instrument, flag)
        )

    def of_key(self, wire_key: WireKey) -> ExerciseRow | None:
        """Return the request that went out under a key."""
        return next((row for row in self.rows.values() if row.wire_key == wire_key), None)

    def next_name(self, account: AccountId) -> ExerciseId:
        """Return the name of the next one: an account counts them from 1."""
        return ExerciseId(f"{account}-X{self.asked + 1:06d}")

    def settle(self, day: int) -> None:
        """Begin a new trading day: forget what was over before trading day `day`, which has just been settled."""
        self.told, self.expected = [], ()
        self.rows = {name: row for name, row in self.rows.items() if row.stands or row.heard_day >= day}
