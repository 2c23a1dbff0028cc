"""Keep at the exchange which lots of two legs are held as one combination (组合持仓), and break what is no longer.

A combination order makes one of what it opens and takes one apart by what it closes. Whatever else takes lots of a leg
away takes single ones first; only when fewer are left than are combined does a combination break, the latest one first.
Every change is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from terminal.domain.books.combined import Combined, Pair
from terminal.domain.ids import ExchangeId
from terminal.domain.reports import CombinationTold, Ended, Report, Traded

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.domain.orders.order import HedgeFlag, Side
    from terminal.gateways.sim.accounts.ledger import Ledger


class CombinedLots:
    """Keep the combinations of all accounts in the ledger; `books` gives the one in use."""

    def __init__(self, books: Callable[[], Ledger]) -> None:
        self._books = books

    def of(self, account: AccountId) -> tuple[Combined, ...]:
        """Return every combination of an account."""
        return tuple(
            _combined(pair, lots) for (holder, pair), lots in self._books().combined.items() if holder == account
        )

    def move(self, account: AccountId, pair: Pair, lots: int) -> list[Report]:
        """Count lots that became a combination, or negative ones that were taken apart, as far as there are any."""
        before = self._books().combined.get((account, pair), 0)
        return self._set(account, pair, max(before + lots, 0))

    def fit(self, reports: list[Report]) -> list[Report]:
        """Return what happened with what broke because of it."""
        if not self._books().combined:
            return reports
        moved = dict.fromkeys(one.account for one in reports if isinstance(one, Traded | Ended))
        return [*reports, *(told for account in moved for told in self._fit(account))]

    def _fit(self, account: AccountId) -> Iterable[Report]:
        used: dict[tuple[InstrumentId, HedgeFlag, Side], int] = {}
        for pair, lots in [
            (pair, lots) for (holder, pair), lots in self._books().combined.items() if holder == account
        ]:
            legs = [(name, pair.flag, side) for name, side in pair.legs]
            left = min(lots, *(max(self._held(account, *leg) - used.get(leg, 0), 0) for leg in legs))
            for leg in legs:
                used[leg] = used.get(leg, 0) + left
            yield from self._set(account, pair, left)

    def _held(self, account: AccountId, name: InstrumentId, flag: HedgeFlag, side: Side) -> int:
        holding = self._books().holdings.get((account, name, flag))
        return 0 if holding is None else holding.of(side).today + holding.of(side).yesterday

    def _set(self, account: AccountId, pair: Pair, lots: int) -> list[Report]:
        ledger, key = self._books(), (account, pair)
        changes = ledger.changes
        if ledger.combined.get(key, 0) == lots:
            return []
        if lots:
            ledger.combined[key] = changes.combined[key] = lots
        else:
            del ledger.combined[key]
            changes.broken.add(key)
            changes.combined.pop(key, None)
        combined = _combined(pair, lots)
        ledger.funds.combine(account, combined)
        where = ExchangeId(pair.first.partition(".")[0])
        told = CombinationTold(account=account, exchange=where, trading_day=ledger.clock.trading_day, combined=combined)
        return [ledger.tell(told)]


def _combined(pair: Pair, lots: int) -> Combined:
    return Combined(first=pair.first, second=pair.second, flag=pair.flag, side=pair.side, lots=lots)
