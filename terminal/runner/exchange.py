"""Put the sim exchange over a market: its own books in its own folder, whoever asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import instant
from terminal.domain.errors import UserError
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sim.matching.queue_model import DEFAULT_QUEUE, QueueModel
from terminal.gateways.sim.store.file import FILE_NAME, ExchangeStore
from terminal.runner.market import open_tape
from terminal.shell.exchange import host_over, identity_of
from terminal.shell.plans.plan import read_plan
from terminal.store.folder import make_folder
from terminal.store.reference import load_reference

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.domain.market import DayFacts
    from terminal.domain.products.instrument import Instrument, Reference
    from terminal.engine.ports import MarketSource
    from terminal.gateways.sim.host import Host
    from terminal.shell.opening import Symbols

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
        source,
        listing=listing,
        reference=reference,
        store=ExchangeStore(data / FILE_NAME),
        identity=identity,
        queue=queue,
        funds=funds,
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
