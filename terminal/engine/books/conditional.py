"""Hold an account's conditional orders (条件单) as they are folded, and how many it may have."""

from __future__ import annotations

from typing import Final

import msgspec

from terminal.domain.ids import AccountId, ConditionalId, ConfirmationId, DeviceId, OrderId, PersonId
from terminal.domain.orders.conditional import STANDING, Conditional, ConditionalState

MOST_STANDING: Final = 50  # of an account
MOST_NEW: Final = 20  # of an account and trading day


class ConditionalRow(msgspec.Struct):
    """Hold one conditional order and where it stands."""

    conditional: ConditionalId
    wanted: Conditional
    due: tuple[int, ...]  # for each part the instant before which it cannot hold, 0 for none
    ends_at: int | None
    person: PersonId  # whose order it is: who placed it, or changed it last
    device: DeviceId
    placed_at: int
    version: int = 1
    attached: bool = False  # its lots are lots that are held, and go down with them
    other: ConditionalId | None = None  # of two attached to the same lots, the other one, or the last one there was
    state: ConditionalState = ConditionalState.WAITING
    note: str = ""  # why it is paused, was not sent or is over; of one that was sent what was left out
    seen: str = ""  # what triggered it, in words
    triggered_at: int | None = None
    clearing: tuple[OrderId, ...] = ()
    missed: tuple[int, ...] = ()  # places of parts whose time went by unused
    watched: tuple[int, ...] = ()  # places of openings that came while the runner was watching
    orders: tuple[OrderId, ...] = ()
    confirmations: tuple[ConfirmationId, ...] = ()
    heard_day: int = 0  # the account's trading day when it last changed

    @property
    def stands(self) -> bool:
        """Return whether it may still be sent."""
        return self.state in STANDING


class ConditionalBook(msgspec.Struct):
    """Hold them all in the order they were placed.

    `new_today` counts since the last settlement; `changes` grows with every fact, so that an index knows its age.
    """

    rows: dict[ConditionalId, ConditionalRow] = {}
    placed: int = 0
    new_today: int = 0
    changes: int = 0

    def standing(self) -> list[ConditionalRow]:
        """Return those that are not over."""
        return [row for row in self.rows.values() if row.stands]

    def next_name(self, account: AccountId) -> ConditionalId:
        """Return the name of the next one: an account counts them from 1."""
        return ConditionalId(f"{account}-T{self.placed + 1:06d}")

    def settle(self, day: int) -> None:
        """Begin a new trading day: forget what was over before trading day `day`, which has just been settled."""
        self.new_today = 0
        self.rows = {name: row for name, row in self.rows.items() if row.stands or row.heard_day >= day}
