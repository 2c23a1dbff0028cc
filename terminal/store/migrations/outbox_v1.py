"""Make the outbox's first database: who this desk is, and what it asked the runner for.

The text is frozen: an outbox is compared with it when it is opened.
"""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    """CREATE TABLE device (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        device TEXT NOT NULL,
        seal BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE commands (
        device_seq INTEGER NOT NULL PRIMARY KEY CHECK (device_seq > 0),
        command TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        is_order INTEGER NOT NULL CHECK (is_order IN (0, 1)),
        pressed_mono INTEGER NOT NULL,
        ttl_ms INTEGER NOT NULL CHECK (ttl_ms > 0),
        frame BLOB NOT NULL,
        seal BLOB NOT NULL,
        result BLOB,
        is_lost INTEGER NOT NULL CHECK (is_lost IN (0, 1))
    ) STRICT""",
    "CREATE INDEX open_commands ON commands (device_seq) WHERE result IS NULL AND is_lost = 0",
)
