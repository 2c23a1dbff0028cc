"""Describe the journal's tables to SQLAlchemy, and bring a database to this program's schema.

`migrations` holds what was really executed; the tables here are the same thing in words the store can build
statements from, and a test holds the two together.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, assert_never

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
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.dialects.sqlite.pysqlite import dialect as sqlite
from sqlalchemy.sql.elements import ClauseElement

from terminal.domain.ids import TenantId
from terminal.engine.records import guards as g
from terminal.engine.records.journal import JournalError
from terminal.store.migrations import MIGRATIONS, SCHEMA_VERSION

_MADE: Final = re.compile(r"CREATE (TABLE|TRIGGER|INDEX|UNIQUE INDEX|VIEW) (\w+)", re.IGNORECASE)
_KINDS: Final = {"TABLE": "表", "TRIGGER": "触发器", "INDEX": "索引", "UNIQUE INDEX": "索引", "VIEW": "视图"}
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
COMMANDS: Final = Table("commands", METADATA, _position(), Column("command", Text, nullable=False, unique=True))


def compiled(statement: ClauseElement) -> str:
    """Return a statement as the text the driver runs; what is compiled once costs nothing per turn."""
    return str(statement.compile(dialect=sqlite()))


def _insert(table: Table, **values: object) -> str:
    columns: dict[str, object] = {column.name: bindparam(column.name) for column in table.columns}
    return compiled(insert(table).values(**(columns | values)))


# The statements of a turn. Parameters stand in the order of the columns; a row for `approvals` and for `orders` names
# the confirmation once more where the database itself looks up who asked for it, and for what.
INSERT_RECORD: Final = _insert(RECORDS)
INSERT_HEAD: Final = compiled(
    (
        _head := upsert(HEADS).values({column.name: bindparam(column.name) for column in HEADS.columns})
    ).on_conflict_do_update(
        index_elements=["stream"],
        set_={"epoch": _head.excluded.epoch, "seq": _head.excluded.seq, "hash": _head.excluded.hash},
    )
)
INSERT_CURSOR: Final = compiled(
    (_cursor := upsert(CURSOR).values(one=bindparam("one"), batch=bindparam("batch"))).on_conflict_do_update(
        index_elements=["one"], set_={"batch": _cursor.excluded.batch}
    )
)
INSERT_GUARD: Final[dict[type[g.Guard], str]] = {
    g.RequestGuard: _insert(CONFIRMATIONS),
    g.ApprovalGuard: _insert(
        APPROVALS,
        maker=select(CONFIRMATIONS.c.maker).where(CONFIRMATIONS.c.confirmation == bindparam("asked")).scalar_subquery(),
    ),
    g.ConsumptionGuard: _insert(CONSUMPTIONS),
    g.OrderGuard: _insert(
        ORDERS,
        sole_use=select(CONFIRMATIONS.c.confirmation)
        .where(CONFIRMATIONS.c.confirmation == bindparam("asked"), CONFIRMATIONS.c.for_order == text("1"))
        .scalar_subquery(),
    ),
    g.FillGuard: _insert(FILLS),
    g.CommandGuard: _insert(COMMANDS),
}


def guard_row(position: int, guard: g.Guard) -> tuple[int | str | None, ...]:
    """Return the parameters of a guard's statement."""
    match guard:
        case g.RequestGuard():
            return position, guard.confirmation, guard.maker, int(guard.for_order)
        case g.ApprovalGuard():
            return position, guard.confirmation, guard.confirmation, guard.checker
        case g.ConsumptionGuard():
            return position, guard.confirmation
        case g.OrderGuard():
            return position, guard.order, guard.wire_key, guard.lots, guard.confirmation, guard.confirmation
        case g.FillGuard():
            key = (guard.trading_day, guard.exchange, guard.trade, guard.sys_id, str(guard.side))
            return position, *key, guard.order, guard.lots
        case g.CommandGuard():
            return position, guard.command
        case _:
            assert_never(guard)


def prepare(connection: Connection, path: Path, tenant: TenantId, epoch: int) -> None:
    """Bring a database to this program's schema; one of another kind, tenant or newer program is refused."""
    run = connection.exec_driver_sql
    is_empty = run("SELECT count(*) FROM sqlite_schema").scalar_one() == 0
    if not is_empty and run("PRAGMA application_id").scalar_one() != APPLICATION_ID:
        raise JournalError(f"{path} 不是衡舵的日志，没有动它；请换一个数据目录")
    version = 0 if is_empty else connection.execute(select(func.max(SCHEMA_VERSIONS.c.version))).scalar_one()
    if version > SCHEMA_VERSION:
        raise JournalError(
            f"{path} 由更新的程序写成（表结构 {version}，本程序 {SCHEMA_VERSION}），没有动它；请升级衡舵后再打开"
        )
    if version < SCHEMA_VERSION:
        run("BEGIN IMMEDIATE")
        for number, statements in enumerate(MIGRATIONS[version:], version + 1):
            for statement in statements:
                run(statement)
            connection.execute(insert(SCHEMA_VERSIONS).values(version=number))
        if is_empty:
            run(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(insert(HOUSE).values(one=1, tenant=tenant, epoch=epoch))
        run("COMMIT")
    changed = changed_rule(connection, SCHEMA_VERSION)
    if changed is not None:
        raise JournalError(f"{path} 的表结构或保护触发器被改动，没有再写入：{changed}")


def changed_rule(connection: Connection, version: int) -> str | None:
    """Return the first table or trigger that is not as the migrations made it, by its kind and name."""
    texts = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").scalars()
    written = {str(statement) for statement in texts}
    ours = {statement for statements in MIGRATIONS[:version] for statement in statements}
    if written == ours:
        return None
    made = _MADE.match(min(written ^ ours))
    return "有一项不是衡舵写的" if made is None else f"{_KINDS[made[1].upper()]} {made[2]}"


def house_of(connection: Connection) -> tuple[TenantId, int]:
    """Return whose journal this is, and its epoch."""
    tenant, epoch = connection.execute(select(HOUSE.c.tenant, HOUSE.c.epoch)).one()
    return TenantId(tenant), epoch
