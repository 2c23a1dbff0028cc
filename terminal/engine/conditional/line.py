"""Show one conditional order (条件单) to a screen: a picture of its row, in words."""

from __future__ import annotations

import msgspec

from terminal.domain.ids import AccountId, ConditionalId, InstrumentId
from terminal.domain.orders.conditional import STANDING, Conditional, ConditionalState
from terminal.domain.words.risk import Level


class ConditionalLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a list says of a conditional order; stamps are UTC ns of the market clock."""

    conditional: ConditionalId
    account: AccountId
    instrument: InstrumentId  # of what it sends
    wanted: Conditional
    version: int
    state: ConditionalState
    condition: str  # "rb2601 最新价 ≥ 3215"
    release: str  # "卖平持仓 rb2601 5 手 @对手价−2 跳（可平不足先撤平仓单）"
    validity: str  # "当日有效（到 2026-01-05 15:00）"
    note: str  # what triggered it, why it is paused, was not sent or is over
    source: str  # whose it is
    placed_at: int
    trading_day: int  # on which it last changed
    told: str = ""  # to whose it is, and to nobody else: that it was triggered, failed or lapsed, in one sentence
    level: Level = Level.NORMAL  # of `told`

    @property
    def stands(self) -> bool:
        """Return whether it may still be sent."""
        return self.state in STANDING
