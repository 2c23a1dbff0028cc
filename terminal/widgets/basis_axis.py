"""Write the levels of a chart beside it: as many as have room, none that the edge would cut or the tag half cover."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from terminal.widgets import figures
from terminal.widgets.basis_tag import HEIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

HALF: Final = 7  # pixels from the middle of a text to its edge
REACH: Final = HEIGHT / 2 + HALF  # from the middle of the tag to that of a text just clear of it
APART: Final = (22.0, 44.0)  # pixels between two levels, at least: on a low chart and on one of some height
LEAST: Final = 0.5  # yuan between two levels


class LevelTexts:
    """Give the axis its texts; `pixels_from_tag` says how far a level is from the tag, `None` while there is none."""

    def __init__(self, axis: Any, pixels_from_tag: Callable[[float], float | None]) -> None:  # noqa: ANN401  # pyqtgraph ships no types
        self._axis, self._far = axis, pixels_from_tag
        self._levels: list[float] = []
        self._covered: list[float] = []
        # Functions put on the instance: the class has no types to inherit from.
        axis.tickValues, axis.tickStrings = self._places, self._texts

    def make_room(self) -> None:
        """Write the levels anew where the tag has moved to other ones; a picture of texts is not drawn for nothing."""
        if [level for level in self._levels if self._is_covered(level)] != self._covered:
            self._axis.picture = None
            self._axis.update()

    def _places(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        spacing, self._levels = levels_between(low, high, size)
        self._covered = [level for level in self._levels if self._is_covered(level)]
        return [(spacing, self._levels)]

    def _texts(self, values: list[float], scale: float, spacing: float) -> list[str]:
        del scale  # pyqtgraph's word for a prefix such as k, which is off
        return ["" if self._is_covered(value) else level_text(value, spacing) for value in values]

    def _is_covered(self, level: float) -> bool:
        pixels = self._far(level)
        return pixels is not None and pixels < REACH


def levels_between(low: float, high: float, size: float) -> tuple[float, list[float]]:
    """Return round levels whose texts fit side by side on so many pixels, uncut, and how far apart they are."""
    if size <= 0 or high <= low:
        return LEAST, []
    pixel = (high - low) / size
    wanted = max(LEAST, min(APART[1], max(APART[0], size / 4)) * pixel)
    power = 10.0 ** math.floor(math.log10(wanted))
    spacing = power * next(step for step in (1, 2, 5, 10) if power * step >= wanted * (1 - 1e-9))
    first, last = math.ceil((low + HALF * pixel) / spacing), math.floor((high - HALF * pixel) / spacing)
    return spacing, [number * spacing for number in range(first, last + 1)]


def level_text(value: float, spacing: float = 1.0) -> str:
    """Return a level with its sign, as fine as the levels beside it."""
    places = 0 if spacing >= 1 and float(value).is_integer() else 1
    text = f"{value:+,.{places}f}" if value else "0"
    return text.replace("-", figures.MINUS)
