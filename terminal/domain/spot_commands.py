"""Hold what people may ask for about the spot side of a spread (期现价差)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import AccountId, StrategyId
from terminal.domain.orders.order import Side


class ConfirmSpot(msgspec.Struct, frozen=True, kw_only=True, tag="confirm_spot"):
    """Say that spot was bought or sold for a spread, at a price and by a contract (落实现货), or will not be (不做了).

    `done` is how many signed tonnes were done or waived in the sight of who asks, so that two people do not say the
    same twice; `None` asks nothing of it. The opposite side takes back what was said before.
    """

    account: AccountId
    strategy: StrategyId
    side: Side
    tonnes: Decimal  # positive
    price: Decimal = Decimal(0)  # yuan a tonne; zero where it is waived
    contract: str = ""  # "" where it is waived
    done: Decimal | None = None
    waived: str = ""  # why nobody will trade these tonnes any more, of a spread that is over; "": they were traded
