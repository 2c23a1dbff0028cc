"""Hold who did what stands against an account, why, and since when: the state keeps it, so that every copy says it.

Stamps are the market clock of the record that said it, UTC ns.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.fact.sandbox import SandboxRound
from terminal.domain.fact.statement import StatementResult
from terminal.domain.ids import InstrumentId, PersonId
from terminal.domain.orders.confirmation import Confirmation, ConfirmationState
from terminal.domain.words.risk import Level, Scope


class AlertRow(msgspec.Struct):
    """Hold one raised alert until a person has seen it; `number` counts the account's alerts from 1."""

    number: int
    level: Level
    code: str
    instrument: InstrumentId | None
    sentence: str
    at: int
    person: PersonId | None = None  # what it tells of is this person's doing: another one has to see it


class KillRow(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a kill switch that stands: what it covers, and who pulled it first."""

    scope: Scope
    person: PersonId
    reason: str
    at: int


class LetGo(msgspec.Struct, frozen=True, kw_only=True):
    """Hold who released the kill switch of a scope; kept while its own level still stands."""

    first: PersonId
    second: PersonId
    reason: str  # the second person's
    at: int
    first_reason: str = ""  # nothing where the request was overtaken before its release


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Hold for what the gate refused a strategy's openings in a contract last: from when until when, and how often.

    Instants are market clock, UTC ns.
    """

    instrument: InstrumentId
    code: str
    sentence: str
    since: int
    until: int
    times: int
    trading_day: int


class LinkLoss(msgspec.Struct, frozen=True, kw_only=True):
    """Hold since when, and why, the exchange link is down."""

    at: int
    why: str


class Barrier(msgspec.Struct):
    """Hold whether opening is allowed since the last (re)connect."""

    session: str = ""
    passed: bool = False
    since: int = 0  # market clock of the exchange's first complete answer, then of passing; 0 before it
    began_at: int = 0
    queries: int = 0
    differences: tuple[str, ...] = ()
    different_queries: int = 0  # in a row


class RehearsedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a full round in the sandbox, and who handed it in first."""

    round: SandboxRound
    person: PersonId


class StatementRow(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the latest result of a day's statement, and whether it holds the account in close-only.

    `people` handed it in, or an earlier one since the day began to differ. `let_go`: two persons have released it
    although it differs.
    """

    result: StatementResult
    people: tuple[PersonId, ...]
    at: int
    stands: bool
    let_go: LetGo | None = None


class ConfirmationRow(msgspec.Struct):
    """Hold one confirmation and where it stands."""

    confirmation: Confirmation
    requested_at: int
    state: ConfirmationState = ConfirmationState.PENDING
    checker: PersonId | None = None
    reference_price: Decimal | None = None
    opened_lots: int = 0  # of an envelope: lots its opening children filled or may still fill
    heard_day: int = 0  # the account's trading day when it was asked for or decided


class LevelRow(msgspec.Struct):
    """Hold the level of one signal in one scope."""

    scope: Scope
    signal: str
    level: Level = Level.NORMAL
    since: int = 0
    value: str = ""  # what the signal showed when it came to this level
    seen_by: PersonId | None = None  # who has acknowledged this level
    seen_at: int = 0
