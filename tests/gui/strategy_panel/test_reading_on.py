"""A person reads a preview to its end before they start what it is about, while the market moves."""

from __future__ import annotations

from typing import Final

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from terminal.domain.words.risk import Verdict
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.strategy_panel.bench import COIL, REBAR, Seat, card, quote

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)

PLAN: Final = tuple(
    f"断腿预案（买入，第 {place} 腿缺 6 手时）：追价 18 秒内卖到 3595，反平约亏 ¥60" for place in range(8)
)


def read_on(seat: Seat, qtbot: QtBot) -> int:
    bar = seat.view.preview.details.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    area = seat.view.preview.details.viewport()
    at = QPointF(area.rect().center())
    down, nothing = QPoint(0, -120), Qt.MouseButton.NoButton
    turned = QWheelEvent(
        at, QPointF(area.mapToGlobal(at)), QPoint(), down, nothing, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(area, turned)
    assert bar.value() > 0
    return bar.value()


def move_market(seat: Seat, qtbot: QtBot, place: int) -> None:
    seat.panel.show_quotes({REBAR: quote(3300 + place), COIL: quote(3420 + place)})
    seat.show(card(sentence=f"多网格，现价 {3300 + place}"))
    qtbot.wait(1)


def test_what_is_read_of_a_preview_stays_while_prices_move(seat: Seat, qtbot: QtBot) -> None:
    seat.form(StrategyKind.SPREAD)
    seat.show(card())
    seat.preview(details=PLAN)
    read = read_on(seat, qtbot)
    for place in range(3):
        move_market(seat, qtbot, place)
        assert seat.view.preview.details.verticalScrollBar().value() == read


def test_another_answer_is_read_from_its_beginning(seat: Seat, qtbot: QtBot) -> None:
    seat.form(StrategyKind.SPREAD)
    bar = seat.view.preview.details.verticalScrollBar()
    seat.preview(details=PLAN)
    read_on(seat, qtbot)
    seat.answer(Verdict.WARN, details=PLAN)  # the same question, judged otherwise by now
    assert bar.value() == 0
    read_on(seat, qtbot)
    seat.view.preview_button.click()
    seat.answer(Verdict.WARN, details=PLAN)
    assert bar.value() == 0
