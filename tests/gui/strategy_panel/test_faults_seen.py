"""What is wrong is red wherever the mouse is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from terminal.widgets.dress.look import Look
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.strategy_panel.bench import Seat

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def border(box: QWidget) -> QColor:
    return box.grab().toImage().pixelColor(QPoint(box.width() // 2, 0))


@pytest.mark.parametrize("is_under_mouse", [False, True])
def test_a_faulty_field_is_red(seat: Seat, qtbot: QtBot, look: Look, is_under_mouse: bool) -> None:
    form = seat.form(StrategyKind.GRID)
    step = form.fields["step"].control
    sound = form.fields["lines"].control
    step.selectAll()
    qtbot.keyClicks(step, "0")
    assert form.fields["step"].fault.text()
    seat.view.name.setFocus()
    for box in (step, sound, seat.view.name):
        box.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, is_under_mouse)
    assert border(step) == QColor(look.tokens.red)
    assert border(sound) == QColor(look.tokens.text_3 if is_under_mouse else look.tokens.strong_line)
