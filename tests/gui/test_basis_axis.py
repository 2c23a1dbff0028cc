from __future__ import annotations

import itertools

import pyqtgraph as pg
import pytest
from PySide6.QtGui import QPainter, QPicture
from pytestqt.qtbot import QtBot

from terminal.widgets.basis_axis import HALF, LevelTexts, level_text, levels_between

HIGH = 400.0  # pixels of a chart that shows −100 to +100


class Place:
    """An axis beside a chart, and where the tag of its last value is."""

    def __init__(self, qtbot: QtBot) -> None:
        self.tag: float | None = None
        self.plot = pg.PlotWidget()
        qtbot.addWidget(self.plot)
        item = self.plot.getPlotItem()
        item.showAxis("right")
        item.hideAxis("left")
        self.plot.resize(400, 460)
        self.plot.show()
        self.axis = item.getAxis("right")
        self.axis.setWidth(58)
        item.setYRange(-100, 100, padding=0)
        qtbot.waitExposed(self.plot)
        self.reckoned = 0
        reckon = self.axis.generateDrawSpecs

        def counted(painter: QPainter) -> object:
            self.reckoned += 1
            return reckon(painter)

        self.axis.generateDrawSpecs = counted
        self.texts = LevelTexts(self.axis, self.pixels)

    def pixels(self) -> float | None:
        return None if self.tag is None else (100 - self.tag) / 200 * float(self.axis.size().height())

    def draw(self) -> list[str]:
        """Return the texts that are drawn, from the lowest."""
        picture = QPicture()
        painter = QPainter(picture)
        specs = self.axis.generateDrawSpecs(painter)
        painter.end()
        self.axis.picture = picture
        return [text for _, _, text in sorted(specs[2], key=lambda one: -one[0].center().y())]

    def move(self, tag: float | None) -> bool:
        """Return whether the axis is drawn anew."""
        self.tag = tag
        self.texts.make_room()
        return self.axis.picture is None


@pytest.fixture
def place(qtbot: QtBot) -> Place:
    return Place(qtbot)


def test_levels_are_written_with_their_sign_but_not_where_the_tag_would_cut_them(place: Place) -> None:
    all_of_them = [level_text(level) for level in range(-80, 81, 20)]
    assert place.draw() == all_of_them, "the edge would cut −100 and +100"
    assert place.move(45.0)
    assert place.draw() == [text for text in all_of_them if text != "+40"]
    assert place.move(None)
    assert place.draw() == all_of_them


def test_the_levels_are_drawn_anew_only_when_the_tag_covers_other_ones_and_nothing_is_reckoned_for_it(
    place: Place,
) -> None:
    place.draw()
    before = place.reckoned
    assert not place.move(30.0), "between two levels"
    assert place.move(44.0)
    place.draw()
    assert not place.move(38.0), "at +40 as before"
    assert place.move(2.0)
    assert "0" not in place.draw()
    assert place.reckoned == before
    # Only another range is reckoned anew.
    place.plot.getPlotItem().setYRange(-10, 10, padding=0)
    assert "+6" in place.draw()
    assert place.reckoned > before


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
