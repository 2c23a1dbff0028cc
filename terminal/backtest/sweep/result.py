"""Put the rows of a sweep together: the same bytes however many processes played them, and in whatever order."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import msgspec

from terminal import __version__
from terminal.backtest.sweep.figures import Figures, standing
from terminal.backtest.sweep.point import Task
from terminal.backtest.sweep.space import Value
from terminal.domain.errors import UserError
from terminal.store.reference import tables_sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.backtest.sweep.point import Row
    from terminal.backtest.sweep.space import Space
    from terminal.shell.plans.text import PlanText


class SweepSource(msgspec.Struct, frozen=True, kw_only=True):
    """Name what went in, so that a sweep can be made again."""

    version: str
    data_sha256: str
    plan_sha256: str
    sweep_sha256: str
    tables_sha256: str
    market: str
    first: int  # trading days
    last: int


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one point: its number from 1 in the order of the file, its standing from 1, and its figures or a reason.

    With figures `reason` is which strategies did not come to their main contract.
    `unplayed` is why the kernel, which was asked for, left it to the engine.
    """

    point: int
    standing: int
    values: tuple[Value, ...]
    figures: Figures | None
    reason: str
    unplayed: str
    broken: bool


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a whole sweep, its points in the order of the file; `keys` name the values of each."""

    source: SweepSource
    about: str
    rank: str
    keys: tuple[str, ...]
    points: tuple[Point, ...]

    @property
    def failed(self) -> int:
        """Return how many points have no figures."""
        return sum(one.figures is None for one in self.points)

    @property
    def broken(self) -> int:
        """Return how many points found a fault of the program."""
        return sum(one.broken for one in self.points)

    def best_first(self) -> list[Point]:
        """Return the points by their standing."""
        return sorted(self.points, key=lambda one: one.standing)


def sweep_of(space: Space, plan: PlanText, rows: Sequence[Row]) -> Sweep:
    """Return the sweep that its rows come to; processes that read different recordings are a `UserError`."""
    source = check_same(rows)
    order = sorted(range(len(rows)), key=lambda place: (standing(rows[place].figures, space.rank), place))
    places = {place: number for number, place in enumerate(order, start=1)}
    return Sweep(
        source=source_of(space, plan, source),
        about=space.about,
        rank=space.rank,
        keys=tuple(axis.name for axis in space.axes),
        points=tuple(
            Point(
                point=place + 1,
                standing=places[place],
                values=values,
                figures=row.figures,
                reason=row.reason,
                unplayed=row.unplayed,
                broken=row.broken,
            )
            for place, (values, row) in enumerate(zip(space.points(), rows, strict=True))
        ),
    )


def check_same(rows: Sequence[Row]) -> Row:
    """Return a row that tells of the recording; processes that read different ones are a `UserError`."""
    read = {(row.data_sha256, row.market, row.span): row for row in rows if row.data_sha256}
    if len(read) > 1:
        raise UserError("各进程读到的行情不是同一份（扫描时文件变了，或各机器上的不同），请核对行情文件后再扫描一次。")
    return next(iter(read.values()), rows[0])


def tasks_of(space: Space) -> list[Task]:
    """Return the points of a sweep as work that can be sent away."""
    paths = [axis.path for axis in space.axes]
    return [
        Task(place=place, changes=tuple(zip(paths, values, strict=True))) for place, values in enumerate(space.points())
    ]


def source_of(space: Space, plan: PlanText, row: Row) -> SweepSource:
    """Return what went in; the row tells of the recording."""
    return SweepSource(
        version=__version__,
        data_sha256=row.data_sha256,
        plan_sha256=plan.sha256,
        sweep_sha256=space.sha256,
        tables_sha256=tables_sha256(),
        market=row.market,
        first=row.span[0],
        last=row.span[1],
    )


def encode(sweep: Sweep) -> bytes:
    """Return a sweep as JSON, its keys in one order."""
    return msgspec.json.encode(sweep, order="deterministic")


def table(sweep: Sweep) -> bytes:
    """Return a sweep as CSV, a row a point in the order of the file."""
    names = Figures.__struct_fields__
    text = io.StringIO(newline="")
    out = csv.writer(text)
    out.writerow(("point", "standing", *sweep.keys, *names, "reason", "unplayed"))
    for one in sweep.points:
        found = ("",) * len(names) if one.figures is None else msgspec.structs.astuple(one.figures)
        out.writerow((one.point, one.standing, *map(shown, one.values), *found, one.reason, one.unplayed))
    return text.getvalue().encode("utf-8-sig")  # with BOM, so that spreadsheets show it


def shown(value: Value) -> str:
    """Return a value as the plan would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
