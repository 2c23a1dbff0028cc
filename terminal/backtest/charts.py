"""Draw the charts of a report as SVG: no script, no picture from elsewhere, colours by the page's own classes.

The horizontal axis counts what was looked at, not the clock: nights and weekends take no room. Geometry is in floats,
rounded to a tenth of a pixel; no amount is computed from it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.days.calendar import natural_day, show

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

WIDTH: Final = 960
LEFT: Final = 76
RIGHT: Final = 12
TOP: Final = 10
BOTTOM: Final = 24
MOST_LABELS: Final = 9
WAN: Final = 10_000


class Series(NamedTuple):
    """Hold one line: its CSS class, its values, and whether the area to zero is filled."""

    style: str
    values: Sequence[Decimal]
    filled: bool = False


class Label(NamedTuple):
    """Hold a mark of the horizontal axis: which value it stands at, and what it says."""

    place: int
    text: str


def time_labels(stamps: Sequence[int]) -> list[Label]:
    """Return marks for instants (UTC ns): each day's first, or hours where there is one day only."""
    days = [place for place, at in enumerate(stamps) if not place or natural_day(at) != natural_day(stamps[place - 1])]
    if len(days) > 1:
        return [Label(place, show(stamps[place])[5:10]) for place in thinned(_apart(days, len(stamps)))]
    places = sorted({round(step * (len(stamps) - 1) / 6) for step in range(7)}) if stamps else []
    return [Label(place, show(stamps[place])[11:16]) for place in places]


def _apart(places: Sequence[int], count: int) -> list[int]:
    # An evening before the first session is a day of a few values: the label of the day it belongs to wins.
    least = count / (2 * MOST_LABELS)
    ends = [*places[1:], count]
    return [place for place, end in zip(places, ends, strict=True) if end - place >= least] or list(places)


def thinned(places: Sequence[int]) -> Sequence[int]:
    """Return every n-th place, so that labels have room."""
    return places[:: max(1, math.ceil(len(places) / MOST_LABELS))]


class _Frame:
    # Maps values to the picture; its range ends on the ticks of the vertical axis.

    def __init__(self, count: int, low: float, high: float, height: int) -> None:
        self.height = height
        self.step = _step(high - low)
        self.low = math.floor(low / self.step) * self.step
        self.high = math.ceil(high / self.step) * self.step
        if self.high <= self.low:
            self.high = self.low + self.step
        self._across = (WIDTH - LEFT - RIGHT) / max(count - 1, 1)

    def x(self, place: float) -> float:
        return LEFT + place * self._across

    def y(self, value: float) -> float:
        room = self.height - TOP - BOTTOM
        return TOP + (self.high - value) / (self.high - self.low) * room

    def open(self, labels: Sequence[Label], title: str, *, centred: float = 0.0) -> list[str]:
        parts = [f'<svg viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{title}">']
        for number in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + number * self.step
            at = self.y(value)
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
            parts.append(f'<text class="axis" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{short(value)}</text>')
        for label in labels:
            across = self.x(label.place + centred)
            anchor = "middle" if LEFT + 20 < across < WIDTH - RIGHT - 20 else "start" if across < WIDTH / 2 else "end"
            parts.append(
                f'<text class="axis" x="{across:.1f}" y="{self.height - 6}" text-anchor="{anchor}">{label.text}</text>'
            )
        return parts


def line_chart(series: Sequence[Series], labels: Sequence[Label], *, title: str, height: int = 260) -> str:
    """Return lines over one another on one scale; `title` is for who cannot see it."""
    everything = [float(value) for one in series for value in one.values]
    if any(one.filled for one in series):
        everything.append(0.0)
    if not everything:
        return ""
    frame = _Frame(len(series[0].values), min(everything), max(everything), height)
    parts = frame.open(labels, title)
    for one in series:
        points = [(frame.x(place), frame.y(float(value))) for place, value in enumerate(one.values)]
        if len(points) == 1:
            points.append((WIDTH - RIGHT, points[0][1]))
        path = "L".join(f"{across:.1f} {down:.1f}" for across, down in points)
        if one.filled:
            base = frame.y(0.0)
            parts.append(
                f'<path class="{one.style} area" d="M{points[0][0]:.1f} {base:.1f}L{path}L{points[-1][0]:.1f} '
                f'{base:.1f}Z"/>'
            )
        parts.append(f'<path class="{one.style}" d="M{path}"/>')
    return "".join([*parts, "</svg>"])


def bar_chart(values: Sequence[Decimal], names: Sequence[str], *, title: str, height: int = 170) -> str:
    """Return one bar a value, up or down from zero, its name and amount shown when pointed at."""
    if not values:
        return ""
    heights = [float(value) for value in values]
    frame = _Frame(len(values) + 1, min(0.0, *heights), max(0.0, *heights), height)
    labels = [Label(place, names[place]) for place in thinned(range(len(names)))]
    parts = frame.open(labels, title, centred=0.5)
    wide = min((frame.x(1) - frame.x(0)) * 0.7, 64)
    zero = frame.y(0.0)
    for place, value in enumerate(heights):
        across, end = frame.x(place + 0.5) - wide / 2, frame.y(value)
        top, tall = min(zero, end), max(abs(end - zero), 1.0)
        style = "up" if value >= 0 else "down"
        parts.append(
            f'<rect class="{style}" x="{across:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{tall:.1f}" rx="2">'
            f"<title>{names[place]}　{values[place]:+,}</title></rect>"
        )
    return "".join([*parts, "</svg>"])


def short(value: float) -> str:
    """Return an amount of yuan for an axis, in 万 where it is large."""
    text = f"{value / WAN:,.6g} 万" if abs(value) >= WAN else f"{value:,.6g}"
    return text.replace("-", "−")


def _step(span: float) -> float:
    # A round distance of ticks that gives three to six of them.
    if span <= 0:
        return 1.0
    rough = span / 4
    size = 10.0 ** math.floor(math.log10(rough))
    return next(size * times for times in (1, 2, 5, 10) if size * times >= rough)
