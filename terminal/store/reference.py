"""Read the committed tables and hand out the reference that belongs to them.

In a wheel the tables lie inside the package (`terminal/resources`), in a checkout beside it (`resources`).
"""

from __future__ import annotations

import hashlib
from importlib import resources
from importlib.resources.abc import Traversable

from terminal.domain.calendar import Calendar, parse_holidays
from terminal.domain.errors import UserError
from terminal.domain.instrument import Reference
from terminal.domain.product import ProductTexts, TableText, parse_products
from terminal.domain.sessions import SessionTable, parse_exceptions, parse_sessions


def resource_root() -> Traversable:
    """Return the directory of the packaged resources, wherever this installation keeps it."""
    package = resources.files("terminal")
    inside = package / "resources"
    return inside if inside.is_dir() else package / ".." / "resources"


def read_resource(path: str, *, root: Traversable | None = None) -> str:
    """Return the text of a resource such as `calendar/holidays.csv`; a missing file is a `UserError`."""
    try:
        return (resource_root() if root is None else root).joinpath(*path.split("/")).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError(f"读不到资料文件 resources/{path}（{problem}），请重新安装本程序。") from problem


TABLES = (
    "calendar/holidays.csv",
    "calendar/sessions.csv",
    "calendar/exceptions.csv",
    "reference/products.csv",
    "reference/order_sizes.csv",
    "reference/margins.csv",
    "reference/price_limits.csv",
    "reference/fees.csv",
    "reference/taxes.csv",
)


def tables_sha256(*, root: Traversable | None = None) -> str:
    """Return one SHA-256 over all tables, hex: what was read with other tables is read again."""
    digest = hashlib.sha256()
    for path in TABLES:
        digest.update(read_resource(path, root=root).encode())
    return digest.hexdigest()


def load_calendar(*, root: Traversable | None = None) -> Calendar:
    """Read the calendar: holidays, session templates and what happened once."""
    holidays = _table("calendar/holidays.csv", root)
    sessions = _table("calendar/sessions.csv", root)
    exceptions = _table("calendar/exceptions.csv", root)
    first, last, days = parse_holidays(holidays.text, file=holidays.file)
    table = SessionTable(
        parse_sessions(sessions.text, file=sessions.file),
        parse_exceptions(exceptions.text, file=exceptions.file),
    )
    return Calendar(days=days, first=first, last=last, sessions=table)


def load_reference(*, root: Traversable | None = None) -> Reference:
    """Read calendar and product tables; a wrong row is a `UserError` naming file and line."""
    texts = ProductTexts(
        products=_table("reference/products.csv", root),
        sizes=_table("reference/order_sizes.csv", root),
        margins=_table("reference/margins.csv", root),
        limits=_table("reference/price_limits.csv", root),
        fees=_table("reference/fees.csv", root),
        taxes=_table("reference/taxes.csv", root),
    )
    calendar = load_calendar(root=root)
    return Reference(calendar=calendar, products=parse_products(texts, sessions=calendar.sessions))


def _table(path: str, root: Traversable | None) -> TableText:
    return TableText(file=f"resources/{path}", text=read_resource(path, root=root))
