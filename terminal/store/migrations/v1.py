"""Make the journal's first database: records, heads, cursor, and the guard tables of `engine/records/guards`.

The text is frozen: the verifier compares it with what a database says about itself.
"""

from __future__ import annotations

from typing import Final

_TABLES: Final = (
    "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY) STRICT",
    """CREATE TABLE house (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        tenant TEXT NOT NULL,
        epoch INTEGER NOT NULL CHECK (epoch > 0)
    ) STRICT""",
    """CREATE TABLE records (
        position INTEGER NOT NULL PRIMARY KEY CHECK (position > 0),
        stream TEXT NOT NULL,
        epoch INTEGER NOT NULL CHECK (epoch > 0),
        seq INTEGER NOT NULL CHECK (seq > 0),
        bytes BLOB NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        UNIQUE (stream, epoch, seq)
    ) STRICT""",
    """CREATE TABLE heads (
        stream TEXT NOT NULL PRIMARY KEY,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE cursor (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        batch INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE confirmations (
        position INTEGER NOT NULL PRIMARY KEY REFERENCES records (position),
        confirmation TEXT NOT NULL UNIQUE,
        maker TEXT NOT NULL,
        for_order INTEGER NOT NULL CHECK (for_order IN (0, 1))
    ) STRICT""",
    """CREATE TABLE approvals (
        position INTEGER NOT NULL PRIMARY KEY REFERENCES records (position),
        confirmation TEXT NOT NULL UNIQUE REFERENCES confirmations (confirmation),
        maker TEXT NOT NULL,
        checker TEXT NOT NULL,
        CONSTRAINT maker_is_not_checker CHECK (maker <> checker)
    ) STRICT""",
    """CREATE TABLE consumptions (
        position INTEGER NOT NULL PRIMARY KEY REFERENCES records (position),
        confirmation TEXT NOT NULL UNIQUE REFERENCES approvals (confirmation)
    ) STRICT""",
    """CREATE TABLE orders (
        position INTEGER NOT NULL PRIMARY KEY REFERENCES records (position),
        order_id TEXT NOT NULL UNIQUE,
        wire_key TEXT NOT NULL UNIQUE,
        lots INTEGER NOT NULL,
        confirmation TEXT REFERENCES consumptions (confirmation),
        sole_use TEXT UNIQUE,
        CONSTRAINT lots_are_positive CHECK (lots > 0)
    ) STRICT""",
    """CREATE TABLE fills (
        position INTEGER NOT NULL PRIMARY KEY REFERENCES records (position),
        trading_day INTEGER NOT NULL,
        exchange TEXT NOT NULL,
        trade TEXT NOT NULL,
        sys_id TEXT NOT NULL,
        side TEXT NOT NULL,
        order_id TEXT NOT NULL REFERENCES orders (order_id),
        lots INTEGER NOT NULL,
        UNIQUE (trading_day, exchange, trade, sys_id, side),
        CONSTRAINT lots_are_positive CHECK (lots > 0)
    ) STRICT""",
    """CREATE TABLE commands (
        position INTEGER NOT NULL PRIMARY KEY REFERENCES records (position),
        command TEXT NOT NULL UNIQUE
    ) STRICT""",
)

_FOR_EVER: Final = (
    "house",
    "records",
    "confirmations",
    "approvals",
    "consumptions",
    "orders",
    "fills",
    "commands",
)

_NEVER_CHANGED: Final = tuple(
    f"CREATE TRIGGER {table}_never_changed BEFORE UPDATE ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never changed'); END"
    for table in _FOR_EVER
)

_NEVER_DELETED: Final = tuple(
    f"CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never deleted'); END"
    for table in (*_FOR_EVER, "heads", "cursor")
)

_ONLY_FORWARD: Final = (
    """CREATE TRIGGER heads_only_forward BEFORE UPDATE ON heads
        WHEN NEW.stream <> OLD.stream OR NEW.epoch < OLD.epoch OR NEW.epoch = OLD.epoch AND NEW.seq <= OLD.seq
        BEGIN SELECT RAISE(ABORT, 'heads: a stream only grows'); END""",
    """CREATE TRIGGER cursor_only_forward BEFORE UPDATE ON cursor WHEN NEW.batch < OLD.batch
        BEGIN SELECT RAISE(ABORT, 'cursor: the market only goes on'); END""",
)

STATEMENTS: Final = (*_TABLES, *_NEVER_CHANGED, *_NEVER_DELETED, *_ONLY_FORWARD)
