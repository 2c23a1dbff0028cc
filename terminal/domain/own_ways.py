"""Ask which orders an own one would stand in the way of: they would trade with it, and the gate refuses them (C14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from decimal import Decimal

    from terminal.domain.ids import AccountId, InstrumentId, OrderId, StrategyId
    from terminal.domain.orders.intents import Waiting
    from terminal.domain.orders.order import Side
    from terminal.domain.products.combination import Combination


class OwnWays(Protocol):
    """Say of orders not sent yet whether an own working one, of the account or a joint one, stands in their way."""

    def whose_in_way(
        self,
        account: AccountId,
        instrument: InstrumentId,
        side: Side,
        price: Decimal,
        *,
        closing: bool,
        without: Collection[OrderId] = (),
    ) -> str:
        """Return in words whose working order an order could trade with, of this account or a joint one (C14).

        It is named by its number where it is this account's; "" where there is none. `without` names orders of the
        account that are left out of the question, as they are withdrawn before.
        """

    def way_barred(
        self,
        account: AccountId,
        strategy: StrategyId,
        instrument: InstrumentId,
        side: Side,
        price: Decimal,
        *,
        closing: bool,
    ) -> bool:
        """Return whether such an order was refused today for an own one in its way (C14), and would be so again."""

    def combination_in_way(
        self, account: AccountId, waits: StrategyId | None, combination: Combination, side: Side, price: Decimal
    ) -> Sequence[Waiting]:
        """Return the legs for which a closing order on a combination would be refused for an own one (C14).

        With a strategy, only those for which one of it was refused today; `price` is the difference in yuan, first leg
        less second.
        """

    def barred_by(
        self, account: AccountId, strategy: StrategyId, instrument: InstrumentId, side: Side, price: Decimal
    ) -> str:
        """Return in words whose order bars an order that closes (`way_barred`), "" where none does."""
