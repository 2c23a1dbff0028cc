"""Describe the journal's tables to SQLAlchemy, and bring a database to this program's schema.

`migrations` holds what was really executed; the tables here are the same thing in words the store can build
statements from, and a test holds the two together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    insert,
    select,
)
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.dialects.sqlite.pysqlite import dialect as sqlite
from sqlalchemy.sql.base import Executable

from terminal.domain.ids import TenantId
from terminal.engine.journal import JournalError
from terminal.store.migrations import MIGRATIONS, SCHEMA_VERSION

APPLICATION_ID: Final = 0x48445A4A  # in the file's header: this database is one of our journals

METADATA: Final = MetaData()


def _position() -> Column[int]:
    return Column("position", Integer, ForeignKey("records.position"), primary_key=True)


SCHEMA_VERSIONS: Final = Table("schema_version", METADATA, Column("version", Integer, primary_key=True))
HOUSE: Final = Table(
    "house",
    METADATA,
    Column("one", Integer, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
)
RECORDS: Final = Table(
    "records",
    METADATA,
    Column("position", Integer, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("stream", "epoch", "seq"),
)
HEADS: Final = Table(
    "heads",
    METADATA,
    Column("stream", Text, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
CURSOR: Final = Table(
    "cursor",
    METADATA,
    Column("one", Integer, primary_key=True),
    Column("batch", Integer, nullable=False),
)
CONFIRMATIONS: Final = Table(
    "confirmations",
    METADATA,
    _position(),
    Column("confirmation", Text, nullable=False, unique=True),
    Column("maker", Text, nullable=False),
    Column("for_order", Integer, nullable=False),
)
APPROVALS: Final = Table(
    "approvals",
    METADATA,
    _position(),
    Column("confirmation", Text, ForeignKey("confirmations.confirmation"), nullable=False, unique=True),
    Column("maker", Text, nullable=False),
    Column("checker", Text, nullable=False),
)
CONSUMPTIONS: Final = Table(
    "consumptions",
    METADATA,
    _position(),
    Column("confirmation", Text, ForeignKey("approvals.confirmation"), nullable=False, unique=True),
)
ORDERS: Final = Table(
    "orders",
    METADATA,
    _position(),
    Column("order_id", Text, nullable=False, unique=True),
    Column("wire_key", Text, nullable=False, unique=True),
    Column("lots", Integer, nullable=False),
    Column("confirmation", Text, ForeignKey("consumptions.confirmation")),
    Column("sole_use", Text, unique=True),
)
FILLS: Final = Table(
    "fills",
    METADATA,
    _position(),
    Column("trading_day", Integer, nullable=False),
    Column("exchange", Text, nullable=False),
    Column("trade", Text, nullable=False),
    Column("sys_id", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("order_id", Text, ForeignKey("orders.order_id"), nullable=False),
    Column("lots", Integer, nullable=False),
    UniqueConstraint("trading_day", "exchange", "trade", "sys_id", "side"),
)
COMMANDS: Final = Table(
    "commands", METADATA, _position(), Column("command", Text, nullable=False, unique=True)
)


def compiled(statement: Executable) -> str:
    """Return a statement as the text the driver runs; what is compiled once costs nothing per turn."""
    return str(statement.compile(dialect=sqlite()))


def _asked(column: Column[object]) -> object:
    return select(column).where(CONFIRMATIONS.c.confirmation == bindparam("asked")).scalar_subquery()
