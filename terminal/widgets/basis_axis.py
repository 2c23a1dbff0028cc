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
    """Give the axis its texts; `y_of_tag` says where the tag is, pixels of the axis, `None` while there is none.

    Reckoning where texts go takes the axis longer than anything else in a frame. The tag moves with every price and the
    axis seldom: what was reckoned is kept, and only the texts near the tag are left out of what is drawn.
    """

    def __init__(self, axis: Any, y_of_tag: Callable[[], float | None]) -> None:  # noqa: ANN401  # pyqtgraph ships no types
        self._axis, self._y_of_tag = axis, y_of_tag
        self._reckon = axis.generateDrawSpecs
        self._reckoned: Any = None
        self._hidden: list[int] = []
        self._only_tag_moved = False
        # Functions put on the instance: the class has no types to inherit from.
        axis.tickValues, axis.tickStrings, axis.generateDrawSpecs = _places, _texts, self._specs

    def make_room(self) -> None:
        """Draw the levels anew where the tag has moved to other ones; nothing is drawn for nothing."""
        # Without a picture the axis itself has changed, and reckons anew.
        if self._axis.picture is not None and self._covered() != self._hidden:
            self._only_tag_moved = True
            self._axis.picture = None
            self._axis.update()

    def _specs(self, painter: Any) -> Any:  # noqa: ANN401  # as above
        place = (tuple(self._axis.range), self._axis.size().toTuple())
        if not self._only_tag_moved or self._reckoned is None or self._reckoned[0] != place:
            self._reckoned = place, self._reckon(painter)
        self._only_tag_moved = False
        self._hidden = self._covered()
        specs = self._reckoned[1]
        if specs is None:
            return None
        line, ticks, texts = specs
        return line, ticks, [text for number, text in enumerate(texts) if number not in self._hidden]

    def _covered(self) -> list[int]:
        y, specs = self._y_of_tag(), self._reckoned[1] if self._reckoned else None
        if y is None or specs is None:
            return []
        return [number for number, (rect, _, _) in enumerate(specs[2]) if abs(rect.center().y() - y) < REACH]


def _places(low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
    return [levels_between(low, high, size)]


def _texts(values: list[float], scale: float, spacing: float) -> list[str]:
    del scale  # pyqtgraph's word for a prefix such as k, which is off
    return [level_text(value, spacing) for value in values]


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
