"""Run the sample house over the sample market, all in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal import __version__
from terminal.engine.records.memory import MemoryJournal
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.gateways.sim.wire.local import LocalGateway
from terminal.runner.demo import TENANT, sample_host, sample_house
from terminal.shell.runner import Runner

if TYPE_CHECKING:
    from terminal.domain.products.instrument import Reference
    from terminal.gateways.sample.market import SampleMarket


def sample_runner(market: SampleMarket, reference: Reference) -> Runner:
    """Return a runner over the sample market with the sample house trading on it, all in memory."""
    house = sample_house(market, reference, live_from=0)
    runner = Runner(
        journal=MemoryJournal(TENANT),
        gateway=LocalGateway(sample_host(market, house.listing, reference, ExchangeStore())),
        calendar=reference.calendar,
        opening=house.opening,
        listing=house.listing,
        script=house.script,
        version=__version__,
    )
    house.script.look = lambda: runner.engine.look if runner.engine is not None else None
    return runner
