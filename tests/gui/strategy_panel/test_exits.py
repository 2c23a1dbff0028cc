"""A spread may be worth nothing: zero in the field of an exit is a price, and no number in it is none."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from terminal.domain.parameters.strategy import SpreadSettings
from terminal.widgets.dress.look import Look
from terminal.widgets.strategy.form_spread import SpreadForm
from tests.gui.desk import ACCOUNT


def test_an_exit_of_zero_is_a_price_and_a_field_left_blank_is_none(qtbot: QtBot, look: Look) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    form = SpreadForm(parent)
    form.load(SpreadSettings(account=ACCOUNT, legs=(), buy_at=Decimal(10), sell_at=Decimal(20)))
    box = form.exits.prices["long_stop"]
    assert box.lineEdit().placeholderText() == "不设"
    for typed, exit_price in (("0", Decimal(0)), ("", None), ("−5", Decimal(-5)), ("", None)):
        box.lineEdit().setText(typed)
        box.lineEdit().textEdited.emit(typed)
        box.editingFinished.emit()
        made = form.settings(ACCOUNT)
        assert isinstance(made, SpreadSettings)
        assert made.long_stop == exit_price
        assert "long_stop" not in form.blanks()
