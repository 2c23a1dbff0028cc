"""Stand between a desk and its runner: forward, cut, or hold everything, or all answers, as a half-open link does."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

FORWARD, HOLD, DEAFEN, CUT = "forward", "hold", "deafen", "cut"


class TcpProxy:
    """Forward connections to a port; `hold` keeps sockets open and bytes back, `cut` resets and refuses new ones.

    `deafen` keeps back what comes from the port alone. What was held when the link is cut never arrives.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._mode = FORWARD
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def forward(self) -> None:
        self._mode = FORWARD

    def hold(self) -> None:
        self._mode = HOLD

    def deafen(self) -> None:
        self._mode = DEAFEN

    def cut(self) -> None:
        self._mode = CUT
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for one in pair:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._mode == CUT:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            self.connections += 1
            with self._lock:
                self._pairs.append((near, far))
            for source, target, held in ((near, far, {HOLD}), (far, near, {HOLD, DEAFEN})):
                threading.Thread(target=self._pump, args=(source, target, held), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, held: set[str]) -> None:
        moment = threading.Event()
        with suppress(OSError):
            while data := source.recv(65536):
                while self._mode in held:
                    moment.wait(0.02)
                if self._mode == CUT:
                    break
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
