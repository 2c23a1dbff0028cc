"""Give the replica a place for what a screen says of the time before its snapshot.

The text is frozen: a replica is compared with it when it is opened.
"""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    """CREATE TABLE past (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        seal BLOB NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT""",
)
