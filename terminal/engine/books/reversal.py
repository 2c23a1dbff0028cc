"""Hold an account's reversals (反手) as they are folded; how far each has come follows from the orders it names."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, OrderId, PersonId, ReversalId
from terminal.domain.orders.reversal import STANDING, Reversal, ReversalState


class ReversalRow(msgspec.Struct):
    """Hold one reversal and where it stands."""

    reversal: ReversalId
    wanted: Reversal
    person: PersonId  # whose it is: who asked for it, or went on with it last
    device: DeviceId
    began_at: int
    run_day: int  # the account's trading day when it began, or was last gone on with
    closes: tuple[OrderId, ...]
    opens: tuple[OrderId, ...] = ()
    confirmation: ConfirmationId | None = None  # that covers what it sends now
    state: ReversalState = ReversalState.CLOSING
    note: str = ""  # why it stopped
    changed_at: int = 0  # market clock of its latest fact
    heard_day: int = 0  # the account's trading day when it last changed

    @property
    def stands(self) -> bool:
        """Return whether it is not over."""
        return self.state in STANDING

    @property
    def lots(self) -> int:
        """Return the lots that were to be reversed."""
        return self.wanted.terms.lots


class ReversalBook(msgspec.Struct):
    """Hold them all in the order they began."""

    rows: dict[ReversalId, ReversalRow] = {}
    begun: int = 0

    def next_name(self, account: AccountId) -> ReversalId:
        """Return the name of the next one: an account counts them from 1."""
        return ReversalId(f"{account}-R{self.begun + 1:06d}")

    def settle(self, day: int) -> None:
        """Forget what was over before trading day `day`, which has just been settled."""
        self.rows = {name: row for name, row in self.rows.items() if row.stands or row.heard_day >= day}

    @property
    def orders(self) -> set[OrderId]:
        """Return the orders that rows name."""
        return {order for row in self.rows.values() for order in (*row.closes, *row.opens)}
