"""Hold the facts about conditional orders (条件单)."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import AccountId, ConditionalId, ConfirmationId, DeviceId, OrderId, PersonId
from terminal.domain.orders.conditional import Conditional, ConditionalEvent


class ConditionalPlaced(msgspec.Struct, frozen=True, kw_only=True, tag="conditional_placed"):
    """A person wants an order sent when a condition holds; it waits in the runner.

    `due` is, for each part of the condition, the instant before which it cannot hold (UTC ns, 0 for none); `ends_at` is
    when it stops standing, `None` for never. `attached`: its lots are lots that are held, and go down with them; it is
    one of two with `other`, which was placed before it.
    """

    account: AccountId
    conditional: ConditionalId
    wanted: Conditional
    due: tuple[int, ...]
    ends_at: int | None
    person: PersonId
    device: DeviceId
    attached: bool = False
    other: ConditionalId | None = None


class ConditionalChanged(msgspec.Struct, frozen=True, kw_only=True, tag="conditional_changed"):
    """A person replaced what a conditional order is; from now on it is theirs. Whether it is paused stays."""

    account: AccountId
    conditional: ConditionalId
    version: int
    wanted: Conditional
    due: tuple[int, ...]
    ends_at: int | None
    person: PersonId
    device: DeviceId


class ConditionalShrunk(msgspec.Struct, frozen=True, kw_only=True, tag="conditional_shrunk"):
    """Lots an attached close stood for were closed otherwise; it is another version with these that are left."""

    account: AccountId
    conditional: ConditionalId
    version: int
    lots: int
    reason: str


class ConditionalMoved(msgspec.Struct, frozen=True, kw_only=True, tag="conditional_moved"):
    """A conditional order was paused, resumed or withdrawn, expired, or could not be sent (FAIL); `reason` says why."""

    account: AccountId
    conditional: ConditionalId
    event: ConditionalEvent
    person: PersonId | None  # None: time or the engine decided
    code: str = ""  # of FAIL
    reason: str = ""


class ConditionalMissed(msgspec.Struct, frozen=True, kw_only=True, tag="conditional_missed"):
    """Times of a condition went by unused; it waits for its other parts. `parts` are their places, from 0."""

    account: AccountId
    conditional: ConditionalId
    parts: tuple[int, ...]


class ConditionalWatched(msgspec.Struct, frozen=True, kw_only=True, tag="conditional_watched"):
    """Openings came while the runner was watching; a first quote lets the order go, however late. `parts` as above."""

    account: AccountId
    conditional: ConditionalId
    parts: tuple[int, ...]


class ConditionalTriggered(msgspec.Struct, frozen=True, kw_only=True, tag="conditional_triggered"):
    """The condition held; `clearing` are the working closes that are taken back before its own goes out."""

    account: AccountId
    conditional: ConditionalId
    seen: str  # what was seen, in words
    clearing: tuple[OrderId, ...] = ()


class ConditionalReleased(msgspec.Struct, frozen=True, kw_only=True, tag="conditional_released"):
    """It has become these orders, or waits for a second person under these confirmations; `note` says what is left."""

    account: AccountId
    conditional: ConditionalId
    orders: tuple[OrderId, ...] = ()
    confirmations: tuple[ConfirmationId, ...] = ()
    note: str = ""


ConditionalFact = (
    ConditionalPlaced
    | ConditionalChanged
    | ConditionalShrunk
    | ConditionalMoved
    | ConditionalMissed
    | ConditionalWatched
    | ConditionalTriggered
    | ConditionalReleased
)
