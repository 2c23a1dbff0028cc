"""Put the sim exchange over a market: its own books in its own folder, whoever asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from terminal.domain.calendar import instant
from terminal.domain.combination import find_combination
from terminal.domain.errors import UserError
from terminal.domain.market import Recording
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sim.host import Host
from terminal.gateways.sim.queue_model import DEFAULT_QUEUE, QueueModel
from terminal.gateways.sim.store import FILE_NAME, ExchangeStore
from terminal.runner.market import Symbols, open_tape
from terminal.shell.plans.plan import read_plan
from terminal.store.folder import make_folder
from terminal.store.reference import load_reference

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.domain.instrument import Instrument, Reference
    from terminal.domain.market import DayFacts
    from terminal.engine.ports import MarketSource
    from terminal.shell.opening import Listing

SAMPLE_SEED: Final = 1
SAMPLE_DAY: Final = 20260105
"""Where a sample market begins unless it is told: fixed, so that the same words are the same market tomorrow."""

_REPLAY: Final = "replay:"
_SAMPLE: Final = "sample"
_FORMS: Final = "replay:PATH（可重复）或 sample[:种子[@起始日]]，如 sample:7@20260105"


class _Plain:
    # The reference as a listing, where no plan adds to it.
    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def instrument(self, instrument: InstrumentId, on: int) -> Instrument:
        return self._reference.instrument(instrument, on)

    def find(self, symbol: str, on: int) -> Instrument:
        return self._reference.find(symbol, on)

    def day_facts(self, instrument: InstrumentId, on: int) -> DayFacts | None:
        return None


def host_over(
    source: MarketSource,
    *,
    listing: Listing,
    reference: Reference,
    folder: Path,
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
        store=ExchangeStore(folder / FILE_NAME),
        market=source,
        instruments={name: listing.instrument(name, first) for name in source.universe},
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
    digest = hashlib.sha256(recording.rows.tobytes())
    digest.update(recording.slots.tobytes())
    return f"{recording.name} {digest.hexdigest()[:16]}"


def open_host(
    market: Sequence[str],
    *,
    data: Path,
    plan: Path | None,
    queue: QueueModel = DEFAULT_QUEUE,
    funds: Mapping[AccountId, Decimal] | None = None,
) -> Host:
    """Return the exchange over a market, its books in `data`."""
    reference = load_reference(data=data)
    listing = _listing(plan, reference)
    make_folder("--data 不能用作目录", data)
    source, identity = open_market(market, listing=listing, reference=reference, data=data)
    return host_over(
        source, listing=listing, reference=reference, folder=data, identity=identity, queue=queue, funds=funds
    )


def _listing(plan: Path | None, reference: Reference) -> Symbols:
    if plan is None:
        return _Plain(reference)

    return read_plan(plan, reference).listing


def open_market(
    words: Sequence[str], *, listing: Symbols, reference: Reference, data: Path
) -> tuple[MarketSource, str]:
    """Return the market of these words, and what tells it from every other one."""
    if all(word.startswith(_REPLAY) and len(word) > len(_REPLAY) for word in words):
        paths = [Path(word.removeprefix(_REPLAY)) for word in words]
        recording = open_tape(paths, listing=listing, reference=reference, data=data)
        return recording, identity_of(recording)
    name, _, rest = words[0].partition(":")
    if len(words) != 1 or name != _SAMPLE:
        raise UserError(f"不认识的行情 {' '.join(words)}：--market 应为 {_FORMS}。")

    seed, _, day = rest.partition("@")
    if any(part and not (part.isascii() and part.isdigit()) for part in (seed, day)):
        raise UserError(f"不认识的行情 {words[0]}：--market 应为 {_FORMS}。")
    number, start = int(seed or SAMPLE_SEED), int(day or SAMPLE_DAY)
    try:
        begins = instant(start)
    except ValueError:
        raise UserError(f"--market {words[0]} 的起始日 {start} 不是日期，应写成 20260105。") from None
    return SampleMarket(seed=number, reference=reference, start=begins), f"sample:{number}@{start}"


def _span(source: MarketSource, reference: Reference) -> tuple[int, int]:
    # The trading days from the first batch to the last that can be told without playing the whole market.

    first = next(source.batches(), None)
    if first is None:
        raise UserError(f"行情 {source.name} 里没有一笔报价，请换一份行情。")
    day = reference.calendar.trading_day(first.at)
    if isinstance(source, Recording):
        return day, reference.calendar.trading_day(int(source.at[-1]))
    return day, day
