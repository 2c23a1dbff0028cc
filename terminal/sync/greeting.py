"""Greet a desk: who it is, what it may see, and which instrument each slot of a QUOTE is, however many there are.

A frame has an end (SAFETY 4), and with options the exchanges list more instruments than one holds. What has no room in
WELCOME goes before it in UNIVERSE frames; the greeting is whole when WELCOME comes, so nobody ever holds a part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from terminal.sync import messages as m
from terminal.sync.wire import WireError, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from terminal.domain.ids import InstrumentId
    from terminal.sync.house import Guest, House
    from terminal.sync.record_lane import LaneLimits

UNIVERSE_BYTES: Final = 96 * 1024  # of one frame: beside it WELCOME names the accounts and streams


def greeting(house: House, guest: Guest, hello: m.Hello, limits: LaneLimits) -> Iterator[m.Frame]:
    """Yield what a desk that is let in hears first, WELCOME last."""
    parts = list(_parts(house.universe))
    first = 0
    for part in parts if len(parts) > 1 else ():
        yield m.Universe(first=first, of=len(house.universe), instruments=part)
        first += len(part)
    streams = guest.streams(house.tenant)
    yield m.Welcome(
        tenant=house.tenant,
        protocol=min(m.PROTOCOL, hello.protocol_max),
        runner=house.name,
        app=house.app,
        person=guest.person,
        device=guest.device,
        roles=guest.roles,
        heads=said({stream: head for stream, head in house.heads().items() if stream in streams}),
        market=house.market,
        universe=() if len(parts) > 1 else house.universe,
        utc=house.utc(),
        credit_events=limits.credit_events,
        credit_bytes=limits.credit_bytes,
        fold_version=house.fold_version,
    )


def _parts(universe: Iterable[InstrumentId]) -> Iterator[tuple[InstrumentId, ...]]:
    part: list[InstrumentId] = []
    size = 0
    for name in universe:
        length = len(msgspec.json.encode(name)) + 1
        if size + length > UNIVERSE_BYTES:
            yield tuple(part)
            part, size = [], 0
        part.append(name)
        size += length
    yield tuple(part)


class Named:
    """Gather, at the desk, the instruments that were named before WELCOME."""

    def __init__(self) -> None:
        self._names: list[InstrumentId] = []
        self._of = 0

    def add(self, part: m.Universe) -> None:
        """Take a part, once more if it was taken before; `WireError` where one before it is missing."""
        end = part.first + len(part.instruments)
        if part.first > len(self._names) or end > part.of or self._of not in {0, part.of}:
            raise WireError("合约表接不上")
        self._of = part.of
        self._names[part.first : end] = part.instruments

    def whole(self, welcome: m.Welcome) -> m.Welcome:
        """Return WELCOME with all instruments; `WireError` where some are missing: each would have another's prices."""
        if len(self._names) != self._of or (self._of and welcome.universe):
            raise WireError(f"合约表不全：{self._of} 个合约只来了 {len(self._names)} 个")
        return msgspec.structs.replace(welcome, universe=tuple(self._names)) if self._of else welcome
