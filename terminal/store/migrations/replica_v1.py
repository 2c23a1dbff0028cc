"""Make the replica's first database: the runner's snapshot, what came after it, and how far that reaches.

The text is frozen: a replica is compared with it when it is opened.
"""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    """CREATE TABLE house (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        tenant TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE snapshot (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        digest TEXT NOT NULL,
        seal BLOB NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE starts (
        stream TEXT NOT NULL PRIMARY KEY,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE events (
        arrival INTEGER NOT NULL PRIMARY KEY,
        stream TEXT NOT NULL,
        seq INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE heads (
        stream TEXT NOT NULL PRIMARY KEY,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
)
