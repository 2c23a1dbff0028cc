"""What a timing is made of can be read in its row: each part with its caption, none of them cut."""

from __future__ import annotations

from typing import Final

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QWidget,
)
from pytestqt.qtbot import QtBot

from terminal.domain.parameters.strategy import DaysToExpiry
from terminal.domain.parameters.timing_kinds import TIMING_KINDS, Sort, TimingKind
from terminal.widgets.dress.look import Look
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.parts.steady_combo import EDGE
from terminal.widgets.strategy.numbers import NumberBox
from terminal.widgets.strategy.timings import TimingRow
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.strategy_panel.bench import Seat

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)

DAY: Final = "20250115"
SPOT_CODE: Final = "SPOT.i.日照港"
BESIDE_TEXT: Final = 5  # a line keeps two pixels on either side, and one for the cursor
EXPIRY: Final = DaysToExpiry(days=5)


def shown_rows(seat: Seat, qtbot: QtBot, *kinds: TimingKind) -> list[TimingRow]:
    timings = seat.form(StrategyKind.ROLL).timings
    timings.put(tuple(kind.fresh for kind in kinds))
    qtbot.wait(1)
    rows = timings.rows
    assert isinstance(rows, list)
    return rows


def room(box: QWidget) -> int:
    if isinstance(box, QComboBox):
        option = QStyleOptionComboBox()
        box.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        return box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, box).width() - EDGE
    if isinstance(box, QLineEdit):
        frame = QStyleOptionFrame()
        box.initStyleOption(frame)
        inside = box.style().subElementRect(QStyle.SubElement.SE_LineEditContents, frame, box)
        return inside.width() - BESIDE_TEXT
    assert isinstance(box, QAbstractSpinBox)
    margins = box.lineEdit().textMargins()
    return box.lineEdit().width() - margins.left() - margins.right()


def texts(box: QWidget, sort: Sort) -> list[str]:
    if isinstance(box, QComboBox):
        return [box.itemText(place) for place in range(box.count())]
    if isinstance(box, QLineEdit):
        return [SPOT_CODE]
    if isinstance(box, NumberBox) and sort is Sort.DAY:
        box.put(int(DAY))
        return [DAY]
    return ["0.05" if sort is Sort.EXACT else "1440"]


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("scheme", list(Scheme))
def test_every_part_is_read_whole(seat: Seat, qtbot: QtBot, look: Look, scheme: Scheme, *, weighed: bool) -> None:
    look.wear(scheme)
    seat.form(StrategyKind.ROLL).timings.weigh(weighed=weighed)
    kinds = list(TIMING_KINDS.values())
    seat.window.resize(500, 1800)  # as wide as the panel stands at first, and high enough for every kind
    for kind, row in zip(kinds, shown_rows(seat, qtbot, *kinds), strict=True):
        assert room(row.kind) >= max(map(row.kind.fontMetrics().horizontalAdvance, texts(row.kind, Sort.YES)))
        captions = [one for one in row.findChildren(QLabel, "fieldCaption") if one.isVisible()]
        names = {*(part.name for part in kind.parts), *(["权重"] if weighed else [])}
        assert {label.text() for label in captions} == names
        assert all(label.visibleRegion().boundingRect() == label.rect() for label in captions), kind.name
        assert all(label.width() >= label.sizeHint().width() for label in captions)
        for part, box in zip(kind.parts, row.boxes, strict=True):
            needed = max(map(box.fontMetrics().horizontalAdvance, texts(box, part.sort)))
            assert room(box) >= needed, part
            assert part.sort is not Sort.SPOT or SPOT_CODE in part.tip
        for box in (*row.boxes, *([row.weight] if weighed else [])):
            assert box.visibleRegion().boundingRect() == box.rect(), kind.name
        assert not weighed or room(row.weight) >= row.weight.fontMetrics().horizontalAdvance("99")
        assert row.remove.visibleRegion().boundingRect() == row.remove.rect(), kind.name
    add = seat.form(StrategyKind.ROLL).timings.add
    assert add.visibleRegion().boundingRect() == add.rect()


@pytest.mark.parametrize("weighed", [False, True])
def test_a_row_is_taken_away_by_its_own_button_wherever_that_stands(seat: Seat, qtbot: QtBot, *, weighed: bool) -> None:
    timings = seat.form(StrategyKind.ROLL).timings
    first, second = shown_rows(seat, qtbot, TIMING_KINDS["basis_distance"], TIMING_KINDS["manual"])
    timings.weigh(weighed=not weighed)
    timings.weigh(weighed=weighed)
    qtbot.wait(1)
    spot = first.boxes[0]
    assert (first.remove.y() > spot.mapTo(first, spot.rect().bottomLeft()).y()) is weighed
    QTest.mouseClick(first.remove, Qt.MouseButton.LeftButton)
    assert timings.rows == [second]


def test_no_company_day_says_none_and_one_that_is_typed_goes(seat: Seat, qtbot: QtBot) -> None:
    (row,) = shown_rows(seat, qtbot, TIMING_KINDS["days_to_expiry"])
    day = row.boxes[1]
    unit = day.findChild(QLabel, "fieldUnit")
    assert isinstance(unit, QLabel)
    assert unit.text() == "= 无"
    QTest.mouseClick(day, Qt.MouseButton.LeftButton)
    QTest.keyClicks(day, DAY)
    assert unit.text() == ""
    assert row.timing == replace(EXPIRY, policy_day=int(DAY))
    QTest.keyClicks(day, "\b" * len(DAY) + "0")
    assert (unit.text(), row.timing) == ("= 无", EXPIRY)
