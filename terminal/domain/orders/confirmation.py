"""Hold what a checker approves and how an approval lives (SAFETY 7).

The checker approves a stored object, never a description of one: `Confirmation.stored` holds the canonical bytes,
`order_hash` their SHA-256, and any change of the order is another object with another hash. The life is one table.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from enum import StrEnum

import msgspec

from terminal.domain.errors import InvariantError
from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, PersonId, StrategyId
from terminal.domain.orders.exercise import ExerciseWish
from terminal.domain.orders.order import Cause, OrderTerms
from terminal.domain.orders.reversal import Reversal
from terminal.domain.otc import OtcStep
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import StrategySettings
from terminal.domain.spot_commands import ConfirmSpot


def stored_hash(stored: str) -> str:
    """Return the SHA-256 of the stored bytes: what is approved, and nothing else."""
    return hashlib.sha256(stored.encode()).hexdigest()


class ConfirmationState(StrEnum):
    """Name the states of a confirmation."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    CONSUMED = "CONSUMED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    STALE = "STALE"
    REVOKED = "REVOKED"


class ConfirmationEvent(StrEnum):
    """Name what can happen to a confirmation."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"
    WITHDRAW = "WITHDRAW"
    EXPIRE = "EXPIRE"
    SUPERSEDE = "SUPERSEDE"
    STALE = "STALE"
    REVOKE = "REVOKE"
    CONSUME = "CONSUME"


_S, _D = ConfirmationState, ConfirmationEvent

LIFE: dict[tuple[ConfirmationState, ConfirmationEvent], ConfirmationState] = {
    (_S.PENDING, _D.APPROVE): _S.APPROVED,
    (_S.PENDING, _D.REJECT): _S.REJECTED,
    (_S.PENDING, _D.WITHDRAW): _S.WITHDRAWN,
    (_S.PENDING, _D.EXPIRE): _S.EXPIRED,
    (_S.PENDING, _D.SUPERSEDE): _S.SUPERSEDED,
    (_S.PENDING, _D.REVOKE): _S.REVOKED,
    (_S.APPROVED, _D.CONSUME): _S.CONSUMED,
    (_S.APPROVED, _D.STALE): _S.STALE,
    (_S.APPROVED, _D.REVOKE): _S.REVOKED,
    (_S.APPROVED, _D.EXPIRE): _S.EXPIRED,
}


def decide(state: ConfirmationState, decision: ConfirmationEvent) -> ConfirmationState:
    """Return the next state; a pair outside the table is a broken invariant."""
    try:
        return LIFE[state, decision]
    except KeyError:
        msg = f"a confirmation has no step from {state} on {decision}"
        raise InvariantError(msg) from None


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Bound what an approved parent may send: total lots and value, price band, largest child, end."""

    total_lots: int
    total_value_yuan: Decimal
    lowest_price: dict[str, Decimal]  # by instrument
    highest_price: dict[str, Decimal]
    largest_child_lots: int
    ends_at: int  # market clock, UTC ns


class ExerciseAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a request to exercise, and the order that would open the same futures."""

    wish: ExerciseWish
    opens: OrderTerms


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the object whose canonical JSON is hashed, stored and approved.

    It is one order, one reversal (反手), one request to exercise (行权), one parent with its envelope, one set of
    limits, an amount of cash, a contract that no exchange lists (场外) to be booked or ended, or spot that nobody will
    trade for a spread whose futures are still there (不做了).
    """

    tenant: str
    account: AccountId
    terms: OrderTerms | None = None
    strategy: StrategyId | None = None
    settings: StrategySettings | None = None
    settings_version: int | None = None
    envelope: Envelope | None = None
    limits: Limits | None = None
    cash: Decimal | None = None  # yuan, + comes in
    reversal: Reversal | None = None
    exercise: ExerciseAsked | None = None
    otc: OtcStep | None = None
    waiver: ConfirmSpot | None = None
    cause: Cause
    maker: PersonId
    nonce: str
    created_at: int
    expires_at: int
    limits_version: int
    reference_price: Decimal | None
    level: int
    position_sign: int

    @property
    def is_trade(self) -> bool:
        """Return whether it is an order or a strategy, which are the account's holder's to ask for."""
        return self.looked_at is not None or self.settings is not None

    @property
    def looked_at(self) -> OrderTerms | None:
        """Return the order whose contract, price and position it is looked at by: of a reversal the close.

        Of a request to exercise it is the one that would open the futures.
        """
        if self.exercise is not None:
            return self.exercise.opens
        return self.terms if self.reversal is None else self.reversal.terms


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a parked object: id, hash of the stored bytes, and the bytes themselves as text."""

    confirmation: ConfirmationId
    account: AccountId
    order_hash: str
    stored: str  # canonical JSON of `Stored`, exactly the hashed bytes
    maker: PersonId
    maker_device: DeviceId
    expires_at: int
    why: str
