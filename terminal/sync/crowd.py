"""Count the sockets of a server from their first byte, so that strangers cannot take all of a runner's files.

A connection is a file of the process before anything was said over it. Whoever is let in is counted elsewhere; here
only how many are open at all, and how many of one address nobody has been let in over yet. One too many is cut at once.
Behind TLS a connection is heard of after its handshake, which has a time limit of its own.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import Any, Final, cast

from websockets.asyncio.server import Server, ServerConnection
from websockets.server import ServerProtocol

MOST_SOCKETS: Final = 256  # of all addresses, let in or not
MOST_UNKNOWN: Final = 64  # of one address: a house behind one address comes back all at once after a cut


class Crowd:
    """Hold who is connected."""

    def __init__(self) -> None:
        self._all = 0
        self._unknown: Counter[str] = Counter()

    def socket(self) -> type[ServerConnection]:
        """Return the class of connections that are counted here."""
        return cast("type[ServerConnection]", partial(_Counted, self))  # the server only calls it

    def enters(self, address: str) -> bool:
        """Count a connection, unless there are too many."""
        if self._all >= MOST_SOCKETS or self._unknown[address] >= MOST_UNKNOWN:
            return False
        self._all += 1
        self._unknown[address] += 1
        return True

    def known(self, socket: ServerConnection) -> None:
        """Take note that somebody was let in over a connection."""
        counted = cast("_Counted", socket)
        if counted.is_unknown:
            counted.is_unknown = False
            self._forget(counted.where)

    def leaves(self, address: str, *, unknown: bool) -> None:
        """Count a connection no more."""
        self._all -= 1
        if unknown:
            self._forget(address)

    def _forget(self, address: str) -> None:
        self._unknown[address] -= 1
        if not self._unknown[address]:
            del self._unknown[address]


class _Counted(ServerConnection):
    def __init__(self, crowd: Crowd, protocol: ServerProtocol, server: Server, **more: Any) -> None:  # noqa: ANN401  # the library's own
        super().__init__(protocol, server, **more)
        self._crowd = crowd
        self._entered = False
        self.where = "?"
        self.is_unknown = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self.where = str(peer[0]) if peer else "?"
        self._entered = self._crowd.enters(self.where)
        if self._entered:
            super().connection_made(transport)
        else:
            cast("asyncio.Transport", transport).abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._entered:
            self._crowd.leaves(self.where, unknown=self.is_unknown)
            super().connection_lost(exc)
