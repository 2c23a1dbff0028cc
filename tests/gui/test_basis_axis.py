from __future__ import annotations

import pyqtgraph as pg
import pytest
from PySide6.QtGui import QPicture
from pytestqt.qtbot import QtBot

from terminal.widgets.basis_axis import LevelTexts

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
    assert place.draw() == ["−100", "−50", "0", "+50", "+100"]
    place.tag = 45.0
    assert place.draw() == ["−100", "−50", "0", "", "+100"]
    place.tag = None
    assert place.draw() == ["−100", "−50", "0", "+50", "+100"]


def test_the_levels_are_drawn_anew_only_when_the_tag_covers_other_ones(place: Place) -> None:
    place.draw()
    assert not place.move(31.0), "it stands at +30 as before"
    assert place.move(44.0)
    place.draw()
    assert not place.move(46.0), "between +40 and +50 as before"
    assert place.move(None)
