"""Put the sim exchange over a market with a plan's listing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from terminal.domain.errors import UserError
from terminal.domain.market import BLOCK, Recording
from terminal.domain.products.combination import find_combination
from terminal.gateways.sim.display import Terms
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.matching.queue_model import DEFAULT_QUEUE, QueueModel

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import AccountId
    from terminal.domain.products.instrument import Reference
    from terminal.engine.ports import MarketSource
    from terminal.gateways.sim.store.memory import Store
    from terminal.shell.opening import Listing


def host_over(
    source: MarketSource,
    *,
    listing: Listing,
    reference: Reference,
    store: Store,
    identity: str,
    queue: QueueModel = DEFAULT_QUEUE,
    funds: Mapping[AccountId, Decimal] | None = None,
) -> Host:
    """Return the exchange over a market with a plan's listing; what the plan says of each day is told at once."""
    first, last = _span(source, reference)
    facts = (
        listing.day_facts(name, day) for day in reference.calendar.trading_days(first, last) for name in source.universe
    )
    return Host(
        store=store,
        market=source,
        instruments=Terms({name: listing.instrument(name, first) for name in source.universe}, listing.instrument),
        calendar=reference.calendar,
        day_facts=[fact for fact in facts if fact is not None],
        identity=identity,
        queue=queue,
        funds=funds,
        combinations=partial(find_combination, reference),
        stops=reference.stops,
    )


def identity_of(recording: Recording) -> str:
    """Return what tells one recording from another in the exchange's books: its name and a hash of its quotes."""
    digest, rows = hashlib.sha256(), len(recording.slots)
    for start in range(0, rows, BLOCK):
        digest.update(recording.table(start, min(start + BLOCK, rows)).tobytes())
    digest.update(recording.slots.astype(np.int64).tobytes())
    if recording.bars is not None:
        digest.update(recording.bars.tobytes())
    return f"{recording.name} {digest.hexdigest()[:16]}"


def _span(source: MarketSource, reference: Reference) -> tuple[int, int]:
    # The trading days from the first batch to the last that can be told without playing the whole market.

    first = next(source.batches(), None)
    if first is None:
        raise UserError(f"行情 {source.name} 里没有一笔报价，请换一份行情。")
    day = reference.calendar.trading_day(first.at)
    if isinstance(source, Recording):
        return day, reference.calendar.trading_day(int(source.at[-1]))
    return day, day
