"""Hold the facts about reversals (反手)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, OrderId, PersonId, ReversalId
from terminal.domain.orders.reversal import Reversal, ReversalEvent


class ReversalBegan(msgspec.Struct, frozen=True, kw_only=True, tag="reversal_began"):
    """A person had a position reversed, with a second person's approval of the whole where one is named.

    `closes` are the orders that close it.
    """

    account: AccountId
    reversal: ReversalId
    wanted: Reversal
    closes: tuple[OrderId, ...]
    person: PersonId
    device: DeviceId
    confirmation: ConfirmationId | None = None


class ReversalOpened(msgspec.Struct, frozen=True, kw_only=True, tag="reversal_opened"):
    """The closing orders have ended, and these orders open what they filled; `note` says why not all of it."""

    account: AccountId
    reversal: ReversalId
    opens: tuple[OrderId, ...]
    note: str = ""


class ReversalResumed(msgspec.Struct, frozen=True, kw_only=True, tag="reversal_resumed"):
    """A person finishes what was left, at this price; from now on it is theirs. `closes` close what is still held."""

    account: AccountId
    reversal: ReversalId
    price: Decimal
    closes: tuple[OrderId, ...]
    person: PersonId
    device: DeviceId


class ReversalMoved(msgspec.Struct, frozen=True, kw_only=True, tag="reversal_moved"):
    """A reversal came to a stop, was completed, or was given up; `reason` says why it stopped."""

    account: AccountId
    reversal: ReversalId
    event: ReversalEvent
    person: PersonId | None  # None: the engine found it so
    reason: str = ""


ReversalFact = ReversalBegan | ReversalOpened | ReversalResumed | ReversalMoved
