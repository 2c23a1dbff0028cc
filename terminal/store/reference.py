"""Read the committed tables, a person's own rows over them, and hand out the reference that belongs to them.

In a wheel the tables lie inside the package (`terminal/resources`), in a checkout beside it (`resources`). Own rows lie
in the data folder, `reference/` with files of the same names and columns (docs/reference.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from terminal.domain.days.calendar import Calendar, extend_holidays, parse_holidays
from terminal.domain.days.dated import TableText
from terminal.domain.days.sessions import SessionTable, parse_exceptions, parse_sessions
from terminal.domain.errors import UserError
from terminal.domain.orders.stop import StopTable
from terminal.domain.products.combination_table import parse_combinations
from terminal.domain.products.instrument import Reference
from terminal.domain.products.limit_run import LimitRuns
from terminal.domain.products.option_table import parse_options
from terminal.domain.products.tables import ProductTexts, parse_products
from terminal.domain.words.system import system_said
from terminal.store.folder import words_of


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
        raise UserError(f"读不到资料文件 resources/{path}（{system_said(problem)}），请重新安装本程序。") from problem


PRODUCT_TABLES: Final = {
    "products": "products.csv",
    "sizes": "order_sizes.csv",
    "margins": "margins.csv",
    "delivery_margins": "delivery_margins.csv",
    "position_limits": "position_limits.csv",
    "larger_sides": "larger_sides.csv",
    "limits": "price_limits.csv",
    "fees": "fees.csv",
    "taxes": "taxes.csv",
    "order_kinds": "order_kinds.csv",
    "cancel_lines": "cancel_lines.csv",
}
OPTIONS: Final = "options.csv"
COMBINATIONS: Final = "combinations.csv"
STOPS: Final = "stop_orders.csv"
LIMIT_RUNS: Final = "limit_runs.csv"
SESSIONS: Final = "sessions.csv"
HOLIDAYS: Final = "holidays.csv"
OWN_TABLES: Final = (*PRODUCT_TABLES.values(), OPTIONS, COMBINATIONS, STOPS, LIMIT_RUNS, SESSIONS, HOLIDAYS)
TABLES: Final = (
    f"calendar/{HOLIDAYS}",
    f"calendar/{SESSIONS}",
    "calendar/exceptions.csv",
    *(f"reference/{name}" for name in (*PRODUCT_TABLES.values(), OPTIONS, COMBINATIONS, STOPS, LIMIT_RUNS)),
)
OWN: Final = "reference"
"""The folder inside the data folder that holds a person's own rows."""


def tables_sha256(*, root: Traversable | None = None, data: Path | None = None) -> str:
    """Return one SHA-256 over all tables, hex: what was read with other tables is read again."""
    digest = hashlib.sha256()
    for path in TABLES:
        digest.update(read_resource(path, root=root).encode())
    for table in own_tables(data).values():
        digest.update(table.text.encode())
    return digest.hexdigest()


def own_tables(data: Path | None) -> dict[str, TableText]:
    """Return the tables of own rows in a data folder by file name; a file of another name is a `UserError`."""
    folder = None if data is None else data / OWN
    if folder is None or not folder.is_dir():
        return {}
    found = {}
    for file in sorted(folder.iterdir()):
        if file.name.startswith((".", "~")):
            continue  # an editor's own
        if file.name not in OWN_TABLES:
            raise UserError(f"{file} 不是资料表：这里只认 {'、'.join(OWN_TABLES)}，请改名或移走。")
        try:
            found[file.name] = TableText(file=str(file), text=file.read_text(encoding="utf-8"))
        except UnicodeDecodeError as problem:
            raise UserError(f"{file} 不是 UTF-8 文本，请在表格软件里另存为 UTF-8 编码的 CSV。") from problem
        except OSError as problem:
            raise UserError(*words_of("读不到自有资料表", file, problem)) from problem
    return found


def load_calendar(*, root: Traversable | None = None, data: Path | None = None) -> Calendar:
    """Read the calendar: holidays and session templates with the own ones of a data folder, and what happened once."""
    return _calendar(root, own_tables(data))


def _calendar(root: Traversable | None, own: Mapping[str, TableText]) -> Calendar:
    holidays = _table(f"calendar/{HOLIDAYS}", root, own)
    sessions = _table(f"calendar/{SESSIONS}", root, own)
    exceptions = _table("calendar/exceptions.csv", root)
    known = parse_holidays(holidays.text, file=holidays.file)
    if holidays.own is not None:
        known = extend_holidays(known, holidays.own.text, file=holidays.own.file)
    table = SessionTable(
        parse_sessions(sessions),
        parse_exceptions(exceptions.text, file=exceptions.file),
    )
    return Calendar(days=known.days, first=known.first, last=known.last, sessions=table)


def load_reference(*, root: Traversable | None = None, data: Path | None = None) -> Reference:
    """Read calendar and product tables, with the own rows in a data folder; a wrong row is a `UserError` naming it."""
    own = own_tables(data)
    texts = {field: _table(f"reference/{name}", root, own) for field, name in PRODUCT_TABLES.items()}
    calendar = _calendar(root, own)
    products = parse_products(ProductTexts(**texts), sessions=calendar.sessions)
    options = parse_options(_table(f"reference/{OPTIONS}", root, own))
    combinations = parse_combinations(_table(f"reference/{COMBINATIONS}", root, own), products.ids())
    stops = StopTable.parse(_table(f"reference/{STOPS}", root, own))
    return Reference(calendar=calendar, products=products, options=options, combinations=combinations, stops=stops)


def load_limit_runs(reference: Reference, *, root: Traversable | None = None, data: Path | None = None) -> LimitRuns:
    """Read what days at the limit in a row do to band and margin, over the products of a reference."""
    return LimitRuns.parse(_table(f"reference/{LIMIT_RUNS}", root, own_tables(data)), reference.products())


def _table(path: str, root: Traversable | None, own: Mapping[str, TableText] | None = None) -> TableText:
    mine = (own or {}).get(path.rpartition("/")[2])
    return TableText(file=f"resources/{path}", text=read_resource(path, root=root), own=mine)
