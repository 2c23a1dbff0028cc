"""Hold what a screen is told of contracts that no exchange lists (场外)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import AccountId, ConfirmationId
from terminal.domain.otc import OtcMark, OtcTerms


class OtcLine(msgspec.Struct, frozen=True, kw_only=True):
    """Show one open contract with what it is worth now; `None` is what cannot be told, and `why` says why."""

    account: AccountId
    terms: OtcTerms
    kind: str  # 买入远期, 卖出场外看跌期权, …
    mark: OtcMark | None
    marked: str  # how it is valued, by whom, when
    value: Decimal | None
    profit: Decimal | None
    tonnes: Decimal | None  # by delta
    whole_tonnes: Decimal  # as control C5 counts it
    booking: ConfirmationId
    version: int
    why: str = ""
    is_expired: bool = False
    waits: str = ""  # the confirmation an ending of it waits for
