"""Write the levels of a chart beside it: as many as have room, none that the edge would cut or the tag half cover."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from terminal.widgets.basis.tag import HEIGHT
from terminal.widgets.parts import figures

if TYPE_CHECKING:
    from collections.abc import Callable

HALF: Final = 7  # pixels from the middle of a text to its edge
REACH: Final = HEIGHT / 2 + HALF  # from the middle of the tag to that of a text just clear of it
APART: Final = (22.0, 44.0)  # pixels between two levels, at least: on a low chart and on one of some height
LEAST: Final = 0.5  # yuan between two levels
LEAST_LOW: Final = 0.1  # and on a chart so low that the tag leaves no room for two of those
LEAST_LEVELS: Final = 2  # one says nothing of how far another value is


class LevelTexts:
    """Give the axis its texts; `y_of_tag` says where the tag is, pixels of the axis, `None` while there is none.

    Painting texts takes the axis longer than anything else in a frame, and the tag moves with every price: the axis is
    painted anew only where other levels are needed beside the tag, and the tag paints over those it would half cover.
    """

    def __init__(self, axis: Any, y_of_tag: Callable[[], float | None]) -> None:  # noqa: ANN401  # pyqtgraph ships no types
        self._axis, self._y_of_tag = axis, y_of_tag
        self._drawn: list[float] = []
        # Functions put on the instance: the class has no types to inherit from.
        axis.tickValues, axis.tickStrings = self._places, _texts

    def make_room(self) -> list[float]:
        """Return how far below the middle of the tag (pixels) stand the levels it must paint over."""
        (low, high), size, tag = self._place()
        _, levels = levels_beside(low, high, size, tag)
        # Without a picture the axis itself has changed, and asks anew.
        if self._axis.picture is not None and levels != self._drawn:
            self._axis.picture = None
            self._axis.update()
        if tag is None:
            return []
        below = [(high - level) / (high - low) * size - tag for level in levels]
        return [pixels for pixels in below if abs(pixels) < REACH]

    def _place(self) -> tuple[tuple[float, float], float, float | None]:
        return self._axis.range, float(self._axis.size().height()), self._y_of_tag()

    def _places(self, *_: float) -> list[tuple[float, list[float]]]:
        # The length that pyqtgraph tells includes the ends of the line.
        (low, high), size, tag = self._place()
        spacing, self._drawn = levels_beside(low, high, size, tag)
        return [(spacing, self._drawn)]


def _texts(values: list[float], scale: float, spacing: float) -> list[str]:
    del scale  # pyqtgraph's word for a prefix such as k, which is off
    return [level_text(value, spacing) for value in values]


def levels_beside(low: float, high: float, size: float, tag: float | None) -> tuple[float, list[float]]:
    """Return round levels of which two at least stand clear of the tag, where so many pixels have room for two."""
    spacing, levels = levels_between(low, high, size)
    if tag is None or size <= 0 or high <= low:
        return spacing, levels
    pixel = (high - low) / size

    def clear(levels: list[float]) -> list[float]:
        return [level for level in levels if abs((high - level) / pixel - tag) >= REACH]

    finer, found = spacing, clear(levels)
    while len(found) < LEAST_LEVELS and finer > max(LEAST_LOW, pixel):
        finer = _round(finer * 0.4)
        found = clear(_multiples(low, high, pixel, finer))
        if len(found) >= LEAST_LEVELS and found[-1] - found[0] >= 2 * HALF * pixel:
            return finer, [found[0], found[-1]]
        found = []
    return spacing, levels


def levels_between(low: float, high: float, size: float) -> tuple[float, list[float]]:
    """Return round levels whose texts fit side by side on so many pixels, uncut, and how far apart they are."""
    if size <= 0 or high <= low:
        return LEAST, []
    pixel = (high - low) / size
    spacing = _round(max(LEAST, min(APART[1], max(APART[0], size / 4)) * pixel))
    return spacing, _multiples(low, high, pixel, spacing)


def _round(wanted: float) -> float:
    power = 10.0 ** math.floor(math.log10(wanted))
    return power * next(step for step in (1, 2, 5, 10) if power * step >= wanted * (1 - 1e-9))


def _multiples(low: float, high: float, pixel: float, spacing: float) -> list[float]:
    first, last = math.ceil((low + HALF * pixel) / spacing), math.floor((high - HALF * pixel) / spacing)
    return [number * spacing for number in range(first, last + 1)]


def level_text(value: float, spacing: float = 1.0) -> str:
    """Return a level with its sign, as fine as the levels beside it."""
    places = 0 if spacing >= 1 and float(value).is_integer() else 1
    text = f"{value:+,.{places}f}" if value else "0"
    return text.replace("-", figures.MINUS)
