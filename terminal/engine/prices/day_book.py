"""Hold what is said once a day about one instrument: limits, previous settlement, settlement."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.domain.market import DayFacts


class DayBook:
    """Hold what the exchange or the plan said about one instrument's trading day, in ticks."""

    __slots__ = ("lower_limit", "pre_settlement", "settlement", "trading_day", "upper_limit")

    def __init__(self) -> None:
        self.trading_day = 0
        self.pre_settlement: int | None = None
        self.upper_limit: int | None = None
        self.lower_limit: int | None = None
        self.settlement: int | None = None

    def take(self, said: DayFacts) -> None:
        """Take what was said; a new trading day forgets the old one's limits and settlement."""
        if said.trading_day < self.trading_day:
            return
        if said.trading_day > self.trading_day:
            self.trading_day = said.trading_day
            self.pre_settlement = self.upper_limit = self.lower_limit = self.settlement = None
        self.pre_settlement = said.pre_settlement if said.pre_settlement is not None else self.pre_settlement
        self.upper_limit = said.upper_limit if said.upper_limit is not None else self.upper_limit
        self.lower_limit = said.lower_limit if said.lower_limit is not None else self.lower_limit
        self.settlement = said.settlement if said.settlement is not None else self.settlement
