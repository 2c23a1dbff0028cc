"""Notice what no connection says by itself: that this machine slept, and that its way to the runner is another one.

A pause between two attempts and a half-open link would both be sat out otherwise, for as long as it takes.

While a machine sleeps its monotonic clock may stand still, so the wall clock is asked how long ago the last look was.
One that somebody sets forward looks like sleep; that costs a connection made anew, and decides nothing else. The way is
this machine's own address towards the runner: the system looks it up in its routes, and nothing is sent.
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from typing import Final, Protocol

LOOK_SECONDS: Final = 0.25
SLEPT: Final = 10_000_000_000  # ns between two looks; by then a runner has given the connection up
# Of nobody, and never routed (RFC 5737, RFC 3849): where packets for anywhere would go.
ANYWHERE: Final = ("192.0.2.1", "2001:db8::1")


class Client(Protocol):
    """Be what is told of a change: a `DeskClient`."""

    peer: str

    def hurry(self) -> None:
        """Try again at once: the way to the runner is another one."""

    def wake_up(self) -> None:
        """Try again at once: this machine slept."""


class Driver(Protocol):
    """Be who knows how this desk stands to its runner: a `DeskDriver`."""

    @property
    def is_turned_away(self) -> bool:
        """Return whether the runner will not have this desk until a person has mended something."""


class Surroundings:
    """Compare each look with the one before; `wall` is the wall clock in ns, `way` what `ways_to` the `peer` gives."""

    def __init__(self, wall: int, peer: str, way: tuple[str, ...]) -> None:
        self._wall = wall
        self._peer = peer
        self._way = way

    def has_slept(self, wall: int) -> bool:
        """Return whether this machine slept since the last look."""
        before, self._wall = self._wall, wall
        return wall - before > SLEPT

    def has_another_way(self, peer: str, way: tuple[str, ...]) -> bool:
        """Return whether this machine's way to the runner is another one, or is there again."""
        is_another = peer == self._peer and way != self._way and any(way)
        self._peer, self._way = peer, way
        return is_another


def ways_to(peer: str) -> tuple[str, ...]:
    """Return this machine's address towards a numeric one, or towards anywhere; empty where there is no way."""
    return tuple(_own_address(one) for one in ((peer,) if peer else ANYWHERE))


def _own_address(peer: str) -> str:
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((peer, 9))  # of a datagram socket: nothing leaves this machine
        return str(probe.getsockname()[0])
    return ""


async def watch(client: Client, driver: Driver) -> None:
    """Have a client try again at once when something changed, until cancelled; not where it has been turned away."""
    peer = client.peer
    seen = Surroundings(time.time_ns(), peer, ways_to(peer))
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        peer = client.peer
        slept, moved = seen.has_slept(time.time_ns()), seen.has_another_way(peer, ways_to(peer))
        if driver.is_turned_away:
            continue
        if slept:
            client.wake_up()
        elif moved:
            client.hurry()
