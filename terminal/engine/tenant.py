"""Fold what is everybody's into the tenant: its starts, its instruments, spot prices and stocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain.fact import facts as f
from terminal.domain.stock import merged

if TYPE_CHECKING:
    from terminal.engine.state import State


def apply_tenant(state: State, fact: f.TenantFact, at: int) -> None:
    """Take one fact of the tenant's stream; `at` is the market clock of its record, UTC ns."""
    tenant = state.tenant
    match fact:
        case f.RunnerStarted():
            tenant.starts += 1
            tenant.name = fact.tenant
            tenant.plan_sha256, tenant.exchange, tenant.version = fact.plan_sha256, fact.exchange, fact.version
        case f.InstrumentListed():
            tenant.instruments[fact.instrument.id] = fact.instrument
            for account in state.accounts.values():
                account.book.relist(fact.instrument)
        case f.SpotQuoted():
            # Kept as stated, even where `wrong_spot` would refuse it today: earlier versions let people say it, so it
            # is no broken invariant, and leaving it out would give those journals another state hash than their
            # snapshots and other desks have. Whoever prices with it asks `ticks_of` whether there is a price in it.
            tenant.spots[fact.instrument] = (fact.price, at, fact.source)
        case f.StocksStated():
            tenant.stocks[fact.series] = merged(tenant.stocks.get(fact.series, ()), fact)
        case _:
            assert_never(fact)
