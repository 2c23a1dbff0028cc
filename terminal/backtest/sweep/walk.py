"""Choose settings in one stretch of days and judge them in the next, again and again (向前检验).

In each window every point is played over the days to choose in; the best by the named figure is played over the days
that follow, which it was not chosen by. The days that judge, put behind one another, are what somebody would have
earned who had done just that. Each stretch begins with the plan's own cash and without positions, and ends marked at
its last prices: nothing is carried from one to the next, and closing what is left costs nothing here.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.backtest.figures import sharpe
from terminal.backtest.sweep.figures import Figures, standing
from terminal.backtest.sweep.point import Row, Task
from terminal.backtest.sweep.result import SweepSource, shown, source_of
from terminal.backtest.sweep.space import Value
from terminal.backtest.sweep.window import Span, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.backtest.sweep.space import Space
    from terminal.shell.plans.text import PlanText

ZERO = Decimal(0)
_FEN = Decimal("0.01")
_RATIO = Decimal("0.0001")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one window: what was chosen in it by `inside`, and what it came to `outside`; or why there is nothing.

    `inside_days` and `outside_days` are how many trading days each is the sum of.
    """

    chosen: Span
    judged: Span
    inside_days: int
    outside_days: int
    point: int | None
    values: tuple[Value, ...]
    inside: Figures | None
    outside: Figures | None
    failed: int  # points without figures
    reason: str
    broken: bool


class Stitched(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one judged day: what it earned, and what all of them so far have; yuan."""

    trading_day: int
    window: int
    profit: Decimal
    sum: Decimal


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a walk: `inside` and `outside` are yuan a day over all windows that were judged, `kept` their ratio.

    `drawdown` and `sharpe` are of the judged days at their ends. Of all `days_to_judge` those that are `missing`
    (trading days) are in no figure: nothing was chosen for them, or what was chosen could not be played over them.
    """

    source: SweepSource
    about: str
    rank: str
    keys: tuple[str, ...]
    points: int  # of each window
    steps: tuple[Step, ...]
    days: tuple[Stitched, ...]
    days_to_judge: int
    missing: tuple[int, ...]
    profit: Decimal
    drawdown: Decimal
    sharpe: Decimal | None
    inside: Decimal | None
    outside: Decimal | None
    kept: Decimal | None

    @property
    def broken(self) -> int:
        """Return in how many windows a fault of the program was found."""
        return sum(step.broken for step in self.steps)

    @property
    def lacks(self) -> str:
        """Return in words how many judged days are missing, and in which windows; "" where none is."""
        if not self.missing:
            return ""
        at = [
            number
            for number, step in enumerate(self.steps, start=1)
            if any(step.judged[0] <= day <= step.judged[1] for day in self.missing)
        ]
        return (
            f"样本外 {self.days_to_judge} 日里缺 {len(self.missing)} 日（窗口 {'、'.join(map(str, at))}），合计不含它们"
        )


def choosing_tasks(found: Sequence[Window], changes: Sequence[Task]) -> list[Task]:
    """Return the points of all windows, window by window."""
    return [
        msgspec.structs.replace(task, place=number * len(changes) + task.place, span=window.chosen)
        for number, window in enumerate(found)
        for task in changes
    ]


def choose(space: Space, rows: Sequence[Row]) -> list[int | None]:
    """Return the place of the best point of each window, `None` where no point has the figure."""
    count = len(space.points())
    best: list[int | None] = []
    for start in range(0, len(rows), count):
        order = min(range(count), key=lambda place: (standing(rows[start + place].figures, space.rank), place))
        ranked, _ = standing(rows[start + order].figures, space.rank)
        best.append(order if ranked == 0 else None)
    return best


def judging_tasks(found: Sequence[Window], best: Sequence[int | None], changes: Sequence[Task]) -> list[Task]:
    """Return what was chosen, over the days that judge it."""
    return [
        msgspec.structs.replace(changes[place], place=number, span=window.judged, daily=True)
        for number, (window, place) in enumerate(zip(found, best, strict=True))
        if place is not None
    ]


def walk_of(
    space: Space,
    plan: PlanText,
    source: Row,
    found: Sequence[Window],
    rows: Sequence[Row],
    judged: Sequence[Row],
    days: Sequence[int],
) -> Walk:
    """Return what a walk comes to; `source` tells of the whole recording, and `days` are its trading days."""
    best, count = choose(space, rows), len(space.points())
    outside = {row.place: row for row in judged}
    steps = [
        _step(space, window, rows[number * count : (number + 1) * count], best[number], outside.get(number), days)
        for number, window in enumerate(found)
    ]
    stitched = [(number, day) for number in sorted(outside) for day in outside[number].days]
    total, told = ZERO, []
    for number, day in stitched:
        total += day.profit
        told.append(Stitched(trading_day=day.trading_day, window=number + 1, profit=day.profit, sum=total))
    both = [step for step in steps if step.outside is not None]
    to_judge = [day for day in days if any(window.judged[0] <= day <= window.judged[1] for window in found)]
    there = {day.trading_day for day in told}
    inner = _a_day([(step.inside, step.inside_days) for step in both])
    outer = _a_day([(step.outside, step.outside_days) for step in both])
    return Walk(
        source=source_of(space, plan, source),
        about=space.about,
        rank=space.rank,
        keys=tuple(axis.name for axis in space.axes),
        points=count,
        steps=tuple(steps),
        days=tuple(told),
        days_to_judge=len(to_judge),
        missing=tuple(day for day in to_judge if day not in there),
        profit=total,
        drawdown=_drawdown(told),
        sharpe=sharpe([day for _, day in stitched]),
        inside=inner,
        outside=outer,
        kept=(outer / inner).quantize(_RATIO) if inner and outer is not None and inner > 0 else None,
    )


def _step(
    space: Space, window: Window, rows: Sequence[Row], best: int | None, outside: Row | None, days: Sequence[int]
) -> Step:
    failed = [row for row in rows if row.figures is None]
    reason = outside.reason if outside is not None else ""
    if best is None:
        reason = failed[0].reason if len(failed) == len(rows) else f"样本内没有一点有 {space.rank}"
    return Step(
        chosen=window.chosen,
        judged=window.judged,
        inside_days=_count(days, window.chosen),
        outside_days=_count(days, window.judged),
        point=None if best is None else best + 1,
        values=() if best is None else space.points()[best],
        inside=None if best is None else rows[best].figures,
        outside=None if outside is None else outside.figures,
        failed=len(failed),
        reason=reason,
        broken=any(row.broken for row in rows) or (outside is not None and outside.broken),
    )


def _count(days: Sequence[int], span: Span) -> int:
    return sum(span[0] <= day <= span[1] for day in days)


def _a_day(parts: Sequence[tuple[Figures | None, int]]) -> Decimal | None:
    known = [(figures.profit, days) for figures, days in parts if figures is not None]
    count = sum(days for _, days in known)
    return (sum((profit for profit, _ in known), ZERO) / count).quantize(_FEN) if count else None


def _drawdown(days: Sequence[Stitched]) -> Decimal:
    peak = deepest = ZERO
    for day in days:
        peak = max(peak, day.sum)
        deepest = max(deepest, peak - day.sum)
    return deepest


def encode(walk: Walk) -> bytes:
    """Return a walk as JSON, its keys in one order."""
    return msgspec.json.encode(walk, order="deterministic")


def table(walk: Walk) -> bytes:
    """Return a walk as CSV, a row a window: what was chosen, its figures inside and outside, side by side."""
    names = Figures.__struct_fields__
    text = io.StringIO(newline="")
    out = csv.writer(text)
    both = [f"{where}_{name}" for name in names for where in ("inside", "outside")]
    span = ("inside_first", "inside_last", "outside_first", "outside_last", "inside_days", "outside_days")
    out.writerow(("window", *span, "point", *walk.keys, *both, "failed", "reason"))
    for number, step in enumerate(walk.steps, start=1):
        values = tuple(map(shown, step.values)) or ("",) * len(walk.keys)
        figures = [
            "" if found is None else getattr(found, name) for name in names for found in (step.inside, step.outside)
        ]
        days = (*step.chosen, *step.judged, step.inside_days, step.outside_days)
        point = "" if step.point is None else step.point
        out.writerow((number, *days, point, *values, *figures, step.failed, step.reason))
    return text.getvalue().encode("utf-8-sig")  # with BOM, so that spreadsheets show it
