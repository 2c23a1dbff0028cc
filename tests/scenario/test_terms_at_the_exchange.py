"""The exchange takes a contract's terms of the day with that day, as the runner does: size of an order, margin."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain.market import DayFacts
from terminal.domain.orders.order import OrderState
from terminal.domain.view import AccountView
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.shell.exchange import host_over
from tests.engine_market import reference
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, ONE, RB, World, instruments

NEARER = msgspec.structs.replace(instruments()[RB], margin_rate=Decimal("0.15"), max_lots=20, larger_side=False)


class Opened(World):
    """Open the exchange as the program does, with a listing that knows the terms of each day."""

    def _open_exchange(self) -> Host:
        assert self._exchange_file is not None
        return host_over(
            self.market,
            listing=self.listed,
            reference=reference(),
            store=ExchangeStore(self._exchange_file),
            identity="made",
            funds=self.funds,
        )

    def both(self) -> tuple[AccountView, AccountView]:
        """Return the account as we reckon it and as the exchange does."""
        last = self.engine.columns.last_price
        return self.account.book.view(last), self.host._exchange._funds.books[ONE].view(last)


@pytest.mark.parametrize("restarts", [False, True])
def test_the_exchange_charges_and_takes_by_the_terms_of_the_day(tmp_path: Path, restarts: bool) -> None:
    world = Opened(
        changed={(RB, NEXT_DAY): NEARER}, funds={ONE: Decimal(20_000_000)}, exchange=tmp_path / "exchange.db"
    )
    world.buy(100, 3701)
    world.sell(30, 3700)
    ours, theirs = world.both()
    assert (theirs, theirs.margin) == (ours, 100 * 3701 * 10 * Decimal("0.08"))
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    world.show_at(NEXT_NIGHT)
    if restarts:
        world.restart(exchange_too=True)
    world.wait(6)
    ours, theirs = world.both()
    assert (theirs, theirs.margin) == (ours, 130 * 3700 * 10 * Decimal("0.15"))
    assert world.host._exchange._display.instruments[RB] == NEARER
    assert world.buy(2, 3701).state is OrderState.FILLED
    if restarts:
        world.restart(exchange_too=True)
    assert world.both()[0] == world.both()[1]
    world.check()
