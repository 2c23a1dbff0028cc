"""Hold what people may ask for about the spot side of a spread (期现价差)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import AccountId, StrategyId
from terminal.domain.orders.order import Side


class ConfirmSpot(msgspec.Struct, frozen=True, kw_only=True, tag="confirm_spot"):
    """Say that spot was bought or sold for a spread, at a price and by a contract (落实现货).

    `done` is how many signed tonnes were done in the sight of who asks, so that two people do not say the same twice;
    `None` asks nothing of it. The opposite side takes back what was said before.
    """

    account: AccountId
    strategy: StrategyId
    side: Side
    tonnes: Decimal  # positive
    price: Decimal  # yuan a tonne
    contract: str
    done: Decimal | None = None
