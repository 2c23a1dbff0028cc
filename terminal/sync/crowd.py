"""Count the sockets of a server from their first byte, so that strangers cannot take all of a runner's files.

A connection is a file of the process before anything was said over it. Whoever is let in is counted elsewhere; here
only how many are open at all, and how many of one address nobody has been let in over yet. One too many is cut at once,
unless one that nobody was let in over for a second gives way to it: who only connects shuts the door to no good desk.
TLS begins after that: a server that began it by itself would hear of a connection only after the handshake.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import Any, Final, cast

from websockets.asyncio.server import Server, ServerConnection
from websockets.server import ServerProtocol

MOST_SOCKETS: Final = 256  # of all addresses, let in or not
TLS_SECONDS: Final = 5  # for the TLS handshake
MOST_UNKNOWN: Final = 64  # of one address: a house behind one address comes back all at once after a cut
PATIENCE: Final = 1.0  # seconds, for which a new one has its place for itself


class Crowd:
    """Hold who is connected."""

    def __init__(self) -> None:
        self._all = 0
        self._unknown: dict[_Counted, None] = {}  # the first to come first

    def socket(self, tls: ssl.SSLContext | None) -> type[ServerConnection]:
        """Return the class of connections that are counted here, and then encrypted where they are to be."""
        return cast("type[ServerConnection]", partial(_Counted, self, tls))  # the server only calls it

    def enters(self, new: _Counted) -> bool:
        """Count a connection, unless there are too many and none gives way."""
        same = [one for one in self._unknown if one.where == new.where]
        if len(same) >= MOST_UNKNOWN:
            there = same
        elif self._all >= MOST_SOCKETS:
            there = list(self._unknown)
        else:
            there = [new]
        if not there or (there[0] is not new and not there[0].gives_way(new.since)):
            return False
        self._all += 1
        self._unknown[new] = None
        return True

    def known(self, socket: ServerConnection) -> None:
        """Take note that somebody was let in over a connection."""
        self._unknown.pop(cast("_Counted", socket), None)

    def leaves(self, gone: _Counted) -> None:
        """Count a connection no more."""
        self._all -= 1
        self._unknown.pop(gone, None)


class _Counted(ServerConnection):
    def __init__(
        self,
        crowd: Crowd,
        tls: ssl.SSLContext | None,
        protocol: ServerProtocol,
        server: Server,
        **more: Any,  # noqa: ANN401  # the library's own
    ) -> None:
        super().__init__(protocol, server, **more)
        self._crowd = crowd
        self._tls = tls
        self._sealing: asyncio.Task[None] | None = None
        self._is_counted = False
        self._is_begun = False  # the library has heard of the connection
        self._early: list[bytes] = []  # what came with the last words of the TLS handshake
        self._plain: asyncio.Transport | None = None
        self.where = "?"
        self.since = 0.0  # seconds of the loop's clock

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self.where = str(peer[0]) if peer else "?"
        self.since = asyncio.get_running_loop().time()
        self._is_counted = self._crowd.enters(self)
        self._plain = plain = cast("asyncio.Transport", transport)
        if not self._is_counted:
            plain.abort()
        elif self._tls is None:
            self._begin(plain)
        else:
            self._sealing = asyncio.ensure_future(self._seal(plain, self._tls))

    def gives_way(self, now: float) -> bool:
        """Make room and return whether it did: not before its time is over."""
        if now - self.since < PATIENCE or self._plain is None:
            return False
        self._leave()
        self._plain.abort()
        return True

    async def _seal(self, plain: asyncio.Transport, tls: ssl.SSLContext) -> None:
        sealed = None
        try:
            sealed = await asyncio.get_running_loop().start_tls(
                plain, self, tls, server_side=True, ssl_handshake_timeout=TLS_SECONDS
            )
        except OSError:  # what a stranger says instead of a handshake, or that he says nothing
            pass
        finally:
            if sealed is None:
                plain.abort()
                self._leave()
        if sealed is not None and self._is_counted:  # else it was lost in the same instant
            self._begin(sealed)

    def _begin(self, transport: asyncio.Transport) -> None:
        self._is_begun = True
        super().connection_made(transport)
        for data in self._early:
            super().data_received(data)
        self._early.clear()

    def data_received(self, data: bytes) -> None:
        if self._is_begun:
            super().data_received(data)
        else:
            self._early.append(data)

    def eof_received(self) -> None:
        if self._is_begun:  # else nothing was said, and the transport closes
            super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        if self._is_begun:
            super().connection_lost(exc)

    def _leave(self) -> None:
        if self._is_counted:
            self._is_counted = False
            self._crowd.leaves(self)
