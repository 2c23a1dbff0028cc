"""Make the first database of what a desk's person has not been told, or has not read.

The text is frozen: a file is compared with it when it is opened.
"""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    """CREATE TABLE kept (
        name TEXT NOT NULL PRIMARY KEY,
        seal BLOB NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT""",
)
