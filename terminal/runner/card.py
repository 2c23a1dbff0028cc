"""Keep the card of a running runner in its data folder: where it listens, its process, and the loopback secret.

The card is what a desk or `hengduo kill` on the same machine finds a runner by. It is readable by this user only
(SAFETY 8), written whole or not at all, and taken away when the runner ends. A card whose process is gone is stale.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.words.system import system_said
from terminal.sync.turned_away import DESKS_ONLY

CARD_FILE: Final = "runner.json"
PROBE_SECONDS: Final = 2.0  # a runner that is busy accepts at once and answers a little later
PROBE: Final = b"GET / HTTP/1.1\r\nHost: runner\r\nOrigin: probe\r\n\r\n"  # who names an origin is turned away
LONGEST_ANSWER: Final = 4096
AT_ONCE_SECONDS: Final = 0.05  # a port of this machine that nobody has refuses sooner


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Hold where a runner is."""

    address: str
    port: int
    pid: int
    secret: str
    market: str
    version: str
    embedded: bool

    @property
    def url(self) -> str:
        """Return the address a desk on this machine connects to."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'ws' if self.secret else 'wss'}://{host}:{self.port}"  # only where nothing is encrypted is a secret


def write_card(data: Path, card: Card) -> None:
    """Write the card, readable by its owner only."""
    path = data / CARD_FILE
    partial = path.with_name(f"{CARD_FILE}.{os.getpid()}")
    try:
        # Made anew each time: a file that is there already would keep the rights it has.
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(card))
        partial.replace(path)
    except OSError as problem:
        raise UserError(f"{path} 写不进去（{system_said(problem)}），请检查磁盘空间与权限。") from problem


def read_card(data: Path) -> Card | None:
    """Return the card of a folder; `None` where there is none or it cannot be read."""
    try:
        return msgspec.json.decode((data / CARD_FILE).read_bytes(), type=Card)
    except (OSError, msgspec.DecodeError):
        return None


def take_card_away(data: Path, card: Card) -> None:
    """Remove a card, unless another one lies there by now."""
    if read_card(data) == card:
        with suppress(OSError):
            (data / CARD_FILE).unlink()


def answers(card: Card) -> bool:
    """Return whether a runner listens where the card says; after a crash the port may be somebody else's."""
    heard, until = b"", time.monotonic() + PROBE_SECONDS
    try:
        with socket.create_connection((card.address, card.port), timeout=PROBE_SECONDS) as there:
            there.sendall(PROBE)
            while len(heard) < LONGEST_ANSWER and (part := there.recv(LONGEST_ANSWER)):
                heard += part
                there.settimeout(max(0.01, until - time.monotonic()))
    except OSError:
        return False
    return DESKS_ONLY.encode() in heard


def is_deserted(card: Card) -> bool:
    """Return at once whether certainly nobody listens where the card says; a runner that is frozen still does."""
    try:
        socket.create_connection((card.address, card.port), timeout=AT_ONCE_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
