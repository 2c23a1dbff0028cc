"""A row of a form is taken away while the form remembers the keyboard in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from terminal.domain.ids import StrategyId
from terminal.domain.parameters.own import OwnNumber
from terminal.engine.screen import StrategyCard
from terminal.widgets.strategy.form_own import NOTHING
from terminal.widgets.strategy.timings import TimingRow
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import ACCOUNT
from tests.gui.strategy_panel.bench import REBAR, Seat, card

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)

DETAILS: Final = tuple(f"第 {place} 条明细" for place in range(9))  # the box grows and takes the form's room


def crowd(seat: Seat, qtbot: QtBot, *cards: StrategyCard) -> None:
    seat.show(*(cards or (card(), card(strategy=StrategyId("网格-铁矿石")), card(strategy=StrategyId("网格-铜")))))
    seat.window.resize(500, 640)
    seat.window.activateWindow()
    settle(qtbot)


def settle(qtbot: QtBot) -> None:
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qtbot.wait(1)


def click(widget: QWidget, qtbot: QtBot) -> None:
    assert in_sight(widget)  # what is scrolled away nobody hits
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(widget.width() // 2, widget.height() // 2))
    settle(qtbot)


def preview(seat: Seat, qtbot: QtBot) -> None:
    click(seat.view.preview_button, qtbot)
    seat.answer(details=DETAILS)
    settle(qtbot)


def first_row(seat: Seat) -> TimingRow:
    row = seat.form(StrategyKind.ROLL).timings.rows[0]
    assert isinstance(row, TimingRow)
    return row


def edit_days(seat: Seat, qtbot: QtBot) -> QWidget:
    box = first_row(seat).boxes[0]
    click(box, qtbot)
    assert QApplication.focusWidget() is box
    qtbot.keyClick(box, Qt.Key.Key_Up)
    return box


def add_timing(seat: Seat, qtbot: QtBot) -> QWidget:
    form = seat.form(StrategyKind.ROLL)
    click(form.timings.add, qtbot)
    box = form.timings.rows[-1].kind
    assert QApplication.focusWidget() is box
    assert isinstance(box, QWidget)
    return box


@pytest.mark.parametrize("edit", [edit_days, add_timing])
def test_a_roll_is_started_after_its_timings_were_edited(seat: Seat, qtbot: QtBot, edit: Any) -> None:
    crowd(seat, qtbot)
    edit(seat, qtbot)
    preview(seat, qtbot)
    click(seat.view.start_button, qtbot)
    seat.result(ok=True, code="OK", sentence="已启动")
    preview(seat, qtbot)  # of the next one
    assert [type(body).__name__ for body in seat.hand.sent] == ["StartStrategy"]
    assert len(seat.form(StrategyKind.ROLL).timings.rows) == 1


@pytest.mark.parametrize("edit", [edit_days, add_timing])
def test_a_roll_is_given_up_after_its_timings_were_edited(seat: Seat, qtbot: QtBot, edit: Any) -> None:
    crowd(seat, qtbot)
    edit(seat, qtbot)
    preview(seat, qtbot)
    click(seat.view.drop_button, qtbot)
    assert seat.view.preview.isHidden()
    row = first_row(seat)
    assert row.isVisible()
    edit_days(seat, qtbot)  # and the next one is followed as the first was
    preview(seat, qtbot)
    assert in_sight(first_row(seat).boxes[0])


def test_anothers_numbers_take_the_place_of_those_typed(seat: Seat, qtbot: QtBot) -> None:
    number = OwnNumber(name="fast", title="快线", unit="日", value=Decimal(5), least=Decimal(1), most=Decimal(50))
    one = replace(NOTHING, account=ACCOUNT, instrument=REBAR, code="ma.py", title="均线", numbers=(number,))
    other = replace(one, code="band.py", title="通道", numbers=(replace(number, name="wide", title="带宽"),))
    crowd(seat, qtbot, card(one), card(other, strategy=StrategyId("自编-通道")))
    seat.bench.change(card(one))
    form, scroll = seat.form(StrategyKind.OWN), seat.view.stack.currentWidget()
    assert isinstance(scroll, QScrollArea)
    settle(qtbot)
    box = form.fields["numbers.fast"].control
    scroll.ensureWidgetVisible(box)
    click(box, qtbot)
    assert QApplication.focusWidget() is box
    qtbot.keyClick(box, Qt.Key.Key_Up)
    preview(seat, qtbot)
    seat.bench.change(card(other, strategy=StrategyId("自编-通道")))
    settle(qtbot)
    assert "numbers.wide" in form.fields
    assert seat.view.preview.isHidden()


def in_sight(widget: QWidget) -> bool:
    return widget.isVisible() and not widget.visibleRegion().isEmpty()
