from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QPainter, QPicture
from pytestqt.qtbot import QtBot

from terminal.widgets.basis.axis import HALF, REACH, LevelTexts, level_text, levels_beside, levels_between
from terminal.widgets.basis.graph_library import pg

LOWEST = 72  # pixels of the axis of the lowest chart


class Place:
    """An axis beside a chart, and where the tag of its last value is."""

    def __init__(self, qtbot: QtBot) -> None:
        self.tag: float | None = None
        self.plot = pg.PlotWidget()
        qtbot.addWidget(self.plot)
        item = self.plot.getPlotItem()
        item.showAxis("right")
        item.hideAxis("left")
        self.plot.resize(400, 480)
        self.plot.show()
        self.axis = item.getAxis("right")
        self.axis.setWidth(58)
        item.setYRange(-100, 100, padding=0)
        qtbot.waitExposed(self.plot)
        self.texts = LevelTexts(self.axis, self.pixels)

    def pixels(self) -> float | None:
        low, high = self.axis.range
        return None if self.tag is None else (high - self.tag) / (high - low) * float(self.axis.size().height())

    def draw(self) -> list[str]:
        """Return the texts that are drawn, from the lowest."""
        picture = QPicture()
        painter = QPainter(picture)
        specs = self.axis.generateDrawSpecs(painter)
        painter.end()
        self.axis.picture = picture
        return [text for _, _, text in sorted(specs[2], key=lambda one: -one[0].center().y())]

    def move(self, tag: float | None) -> tuple[int, bool]:
        """Return how many levels the tag paints over, and whether the axis is painted anew."""
        self.tag = tag
        return len(self.texts.make_room()), self.axis.picture is None


@pytest.fixture
def place(qtbot: QtBot) -> Place:
    return Place(qtbot)


def test_levels_are_written_with_their_sign_and_the_tag_paints_over_those_it_would_cut(place: Place) -> None:
    assert place.draw() == [level_text(level) for level in range(-80, 81, 20)], "the edge would cut −100 and +100"
    assert place.move(45.0) == (1, False)
    assert place.texts.make_room() == [pytest.approx(5 / 200 * place.axis.size().height())]
    assert place.move(30.0) == (0, False), "between two levels"
    assert place.move(None) == (0, False)


def test_the_axis_is_painted_anew_only_where_the_tag_leaves_fewer_than_two_levels(place: Place) -> None:
    place.plot.resize(400, 100)
    place.plot.getPlotItem().setYRange(-2310, 210, padding=0)
    assert place.draw() == ["−2,000", "−1,000"]
    assert place.move(-1_000.0) == (0, True)
    drawn = place.draw()
    assert len(drawn) == 2
    assert "−1,000" not in drawn
    assert place.move(-1_001.0) == (0, False)


@pytest.mark.parametrize(
    ("low", "high"), [(-2310.0, 210.0), (-1340.0, 560.0), (-7.5, 61.2), (99.0, 101.0), (-1295.4, -1180.2), (-0.9, 2.1)]
)
def test_two_levels_at_least_stand_clear_of_the_tag_wherever_it_is_however_low_the_chart(
    low: float, high: float
) -> None:
    for size in range(LOWEST, 400, 3):
        for tag in range(0, size + 1, 3):
            spacing, levels = levels_beside(low, high, size, tag)
            pixels = [(high - level) / (high - low) * size for level in levels]
            assert sum(abs(pixel - tag) >= REACH - 1e-6 for pixel in pixels) >= 2, (size, tag, levels)
            assert all(HALF - 1e-6 <= pixel <= size - HALF + 1e-6 for pixel in pixels)
            assert all(upper - lower >= 2 * HALF - 1e-6 for lower, upper in itertools.pairwise(sorted(pixels)))
            texts = [level_text(level, spacing) for level in levels]
            assert len(set(texts)) == len(texts)


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
