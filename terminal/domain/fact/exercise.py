"""Hold what happens to requests to exercise or abandon options (行权、放弃申请)."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, ExerciseId, InstrumentId, PersonId, WireKey
from terminal.domain.orders.exercise import ExerciseState, ExerciseWish
from terminal.domain.words.risk import Finding


class ExerciseRequested(msgspec.Struct, frozen=True, kw_only=True, tag="exercise_requested"):
    """A person asks the exchange for it; written down before it is sent. `findings` are what it went out over."""

    account: AccountId
    request: ExerciseId
    wire_key: WireKey
    wish: ExerciseWish
    trading_day: int
    person: PersonId
    device: DeviceId
    confirmation: ConfirmationId | None = None  # that a second person gave
    findings: tuple[Finding, ...] = ()


class ExerciseWithdrawalSent(msgspec.Struct, frozen=True, kw_only=True, tag="exercise_withdrawal_sent"):
    """A person takes a request back, or whoever pulled the kill switch; it stands until the exchange says otherwise."""

    account: AccountId
    request: ExerciseId
    person: PersonId
    reason: str = ""


class ExerciseMoved(msgspec.Struct, frozen=True, kw_only=True, tag="exercise_moved"):
    """A request came to this state, by the exchange's word or because nothing is heard of it.

    TAKEN once more, with a code, says that a withdrawal was refused. `lots` are those that were exercised or abandoned.
    """

    account: AccountId
    request: ExerciseId
    state: ExerciseState
    lots: int = 0
    code: str = ""
    text: str = ""


class ExerciseExpected(msgspec.Struct, frozen=True, kw_only=True, tag="exercise_expected"):
    """These options end today and are in the money at the price of now: what is long in them is exercised by itself.

    It replaces what was expected before; it is said again whenever that changes.
    """

    account: AccountId
    options: tuple[InstrumentId, ...]


ExerciseFact = ExerciseRequested | ExerciseWithdrawalSent | ExerciseMoved | ExerciseExpected
