from __future__ import annotations

import itertools

import pyqtgraph as pg
import pytest
from PySide6.QtGui import QPicture
from pytestqt.qtbot import QtBot

from terminal.widgets.basis_axis import HALF, LevelTexts, level_text, levels_between

HIGH = 400.0  # pixels of a chart that shows −100 to +100


class Place:
    """An axis beside a chart, and where the tag of its last value is."""

    def __init__(self) -> None:
        self.tag: float | None = 30.0
        self.axis = pg.AxisItem("right")
        self.axis.setRange(-100, 100)
        self.texts = LevelTexts(self.axis, self.pixels)

    def pixels(self, level: float) -> float | None:
        return None if self.tag is None else abs(level - self.tag) * HIGH / 200

    def draw(self) -> list[str]:
        spacing, levels = self.axis.tickValues(-100, 100, HIGH)[0]
        self.axis.picture = QPicture()
        texts: list[str] = self.axis.tickStrings(levels, 1.0, spacing)
        return texts

    def move(self, tag: float | None) -> bool:
        """Return whether the axis is drawn anew."""
        self.tag = tag
        self.texts.make_room()
        return self.axis.picture is None


@pytest.fixture
def place(qtbot: QtBot) -> Place:
    del qtbot  # it made the application
    return Place()


def test_levels_are_written_with_their_sign_but_not_where_the_tag_would_cut_them(place: Place) -> None:
    assert place.draw() == ["−50", "0", "+50"], "the edge would cut −100 and +100"
    place.tag = 45.0
    assert place.draw() == ["−50", "0", ""]
    place.tag = None
    assert place.draw() == ["−50", "0", "+50"]


@pytest.mark.parametrize(("low", "high"), [(-1340.0, 560.0), (-7.5, 61.2), (99.0, 101.0), (-1295.4, -1180.2)])
@pytest.mark.parametrize("size", [24.0, 47.0, 60.0, 111.0, 230.0, 600.0])
def test_no_level_overlaps_another_or_the_edge_however_low_the_chart(low: float, high: float, size: float) -> None:
    spacing, levels = levels_between(low, high, size)
    pixels = [(level - low) / (high - low) * size for level in levels]
    assert all(HALF - 1e-6 <= pixel <= size - HALF + 1e-6 for pixel in pixels)
    assert all(upper - lower >= 2 * HALF for lower, upper in itertools.pairwise(pixels))
    assert all(level_text(level, spacing) for level in levels)
    assert size < 100 or len(levels) >= 2


def test_a_chart_without_height_has_no_levels() -> None:
    assert levels_between(0, 1, 0)[1] == levels_between(1, 1, 100)[1] == []


def test_the_levels_are_drawn_anew_only_when_the_tag_covers_other_ones(place: Place) -> None:
    place.draw()
    assert not place.move(31.0), "it stands at +30 as before"
    assert place.move(44.0)
    place.draw()
    assert not place.move(46.0), "between +40 and +50 as before"
    assert place.move(None)
