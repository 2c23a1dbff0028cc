"""Leave in a journal what a newer program would: another table, or a fact of a kind that this one does not know."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from terminal.store.migrations import SCHEMA_VERSION


def newer_tables(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as database:
        database.execute("CREATE TABLE added_later (what TEXT) STRICT")  # a newer program's tables differ from ours
        database.execute("INSERT INTO schema_version VALUES (?)", (SCHEMA_VERSION + 1,))
        database.commit()


def newer_fact(journal: Path) -> int:
    """Put `margin_called` at the end of an account's stream; return its place in the journal."""
    with closing(sqlite3.connect(journal)) as database:
        stream, seq, head = database.execute(
            "SELECT stream, seq, hash FROM heads WHERE stream LIKE 'account:%' ORDER BY stream LIMIT 1"
        ).fetchone()
        position, text = database.execute(
            "SELECT position, bytes FROM records ORDER BY position DESC LIMIT 1"
        ).fetchone()
        words = msgspec.json.decode(text)
        words |= {"stream": stream, "seq": seq + 1, "kind": "margin_called", "body": {"type": "margin_called"}}
        text = msgspec.json.encode(words)
        digest = hashlib.sha256(head + text).digest()
        row = (position + 1, stream, words["epoch"], seq + 1, text, digest)
        database.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", row)
        database.execute("UPDATE heads SET seq = ?, hash = ? WHERE stream = ?", (seq + 1, digest, stream))
        database.commit()
    return int(position) + 1
