"""Keep what the facts tell of prices: the settlements of each account's days, and its own trades between them.

A settlement tells the price of what the account holds, and of what one of its strategies counts as its own though the
account holds none: the lots that owners hold against each other, such as a strategy's that a person closed by hand.
These are worth the last price that was told, in a backtest as in the journal it wrote. A backtest that asked the market
instead had the two earn from each other after the last settlement, of which the journal knows nothing.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from terminal.domain.fact import facts as f
    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.domain.products.instrument import Instrument

Prices = dict["InstrumentId", Decimal]

ZERO: Final = Decimal(0)


class ToldPrices:
    """Hold the prices that were told in each account; `days` by its settled trading days."""

    def __init__(self) -> None:
        self.days: dict[AccountId, dict[int, Prices]] = defaultdict(dict)
        self._today: dict[AccountId, Prices] = defaultdict(dict)  # of its trades since its last settlement
        self._last: dict[AccountId, Prices] = defaultdict(dict)

    def trade(self, account: AccountId, instrument: InstrumentId, price: Decimal, *, late: bool = False) -> None:
        """Take the price at which lots came or left; one of an earlier day is no price of this one."""
        if not late or instrument not in self._last[account]:
            self._today[account][instrument] = self._last[account][instrument] = price

    def settle(self, fact: f.DaySettled) -> None:
        """Take the prices of a settled day."""
        self.days[fact.account][fact.trading_day] = self._today.pop(fact.account, {}) | fact.prices
        self._last[fact.account] |= fact.prices

    def correct(self, fact: f.SettlementCorrected) -> None:
        """Take the prices of a settled day that came later."""
        days = self.days[fact.account]
        if fact.trading_day not in days:
            return
        came = {name: one.price for name, one in fact.prices.items()}
        days[fact.trading_day] |= came
        if fact.trading_day == max(days):
            today = self._today[fact.account]
            self._last[fact.account] |= {name: price for name, price in came.items() if name not in today}

    def last(self, account: AccountId, instrument: InstrumentId) -> Decimal | None:
        """Return the price that was told last, `None` where none was."""
        return self._last[account].get(instrument)


def worth(
    lots: Mapping[InstrumentId, int],
    price: Callable[[InstrumentId], Decimal | None],
    listed: Callable[[InstrumentId], Instrument],
) -> Decimal:
    """Return what open lots are worth in yuan; what never had a price counts nothing."""
    total = ZERO
    for name, count in lots.items():
        known = price(name) if count else None
        if known is not None:
            total += listed(name).value(known, count)
    return total
