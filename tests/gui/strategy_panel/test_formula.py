"""A spread is typed as a formula, and its legs follow; legs that are edited print back as a formula."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from terminal.domain.commands import StartStrategy
from terminal.domain.parameters.strategy import SpreadSettings
from terminal.widgets.strategy.form_spread import SpreadForm
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.desk import ACCOUNT
from tests.gui.strategy_panel.bench import COIL, COPPER, REBAR, Seat

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def type_into(qtbot: QtBot, edit: QLineEdit, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def test_a_typed_formula_becomes_the_legs_that_are_previewed(qtbot: QtBot, seat: Seat) -> None:
    form: SpreadForm = seat.form(StrategyKind.SPREAD)
    type_into(qtbot, form.formula.formula, "hc2505-(rb2505+cu2503)/2")
    type_into(qtbot, form.formula.ratio, "4:2:2")
    assert [(leg.instrument, leg.coefficient, leg.lots) for leg in form.settings(ACCOUNT).legs] == [
        (COIL, Decimal(1), 4),
        (REBAR, Decimal("-0.5"), -2),
        (COPPER, Decimal("-0.5"), -2),
    ]
    assert sum(leg.active for leg in form.settings(ACCOUNT).legs) == 1
    seat.preview()
    asked = seat.hand.asked[-1]
    assert isinstance(asked, StartStrategy)
    assert asked.settings == form.settings(ACCOUNT)


def test_a_formula_is_tidied_when_it_is_left_and_not_while_it_is_typed(qtbot: QtBot, seat: Seat) -> None:
    form: SpreadForm = seat.form(StrategyKind.SPREAD)
    type_into(qtbot, form.formula.formula, "HC2505-0.50*rb2505")
    assert form.formula.formula.text() == "HC2505-0.50*rb2505"
    form.formula.ratio.setFocus()
    assert form.formula.formula.text() == "hc2505 - 0.5*rb2505"
    assert form.formula.ratio.text() == "1:1"


@pytest.mark.parametrize(
    ("formula", "ratio", "field", "reason"),
    [
        ("hc2505 - xx2505", "", "formula", "公式第 10 个字符：没有合约 xx2505"),
        ("hc2505 - rb2505/0", "", "formula", "不能除以零"),
        ("hc2505 - eval(rb2505)", "", "formula", "缺少 + - * /"),
        ("hc2505 - rb2505", "1:0", "ratio", "不能为零"),
    ],
)
def test_a_formula_that_cannot_be_read_says_why_at_its_field_and_blocks_the_preview(
    qtbot: QtBot, seat: Seat, formula: str, ratio: str, field: str, reason: str
) -> None:
    form: SpreadForm = seat.form(StrategyKind.SPREAD)
    type_into(qtbot, form.formula.formula, formula)
    type_into(qtbot, form.formula.ratio, ratio)
    assert reason in form.formula.fields[field].fault.text()
    assert not seat.view.preview_button.isEnabled()
    type_into(qtbot, form.formula.formula, "hc2505 - rb2505")
    type_into(qtbot, form.formula.ratio, "1:1")
    assert not form.formula.fields[field].fault.isVisible()
    assert seat.view.preview_button.isEnabled()


def test_a_ratio_nobody_typed_gives_way_to_a_formula_of_more_legs_and_one_that_was_typed_does_not(
    qtbot: QtBot, seat: Seat
) -> None:
    form: SpreadForm = seat.form(StrategyKind.SPREAD)
    form.legs.rows[0].lots.put(3)
    form.legs.rows[0].lots.edited.emit()
    type_into(qtbot, form.formula.formula, "2*rb2505 - hc2505")
    assert [leg.lots for leg in form.settings(ACCOUNT).legs] == [3, -1]
    type_into(qtbot, form.formula.formula, "2*rb2505 - hc2505 - cu2503")
    assert [leg.lots for leg in form.settings(ACCOUNT).legs] == [1, -1, -1]
    type_into(qtbot, form.formula.ratio, "4:3:1")
    type_into(qtbot, form.formula.formula, "rb2505 - hc2505")
    assert "共 3 项，公式有 2 个合约" in form.formula.fields["ratio"].fault.text()


def test_edited_legs_are_printed_back(seat: Seat) -> None:
    form: SpreadForm = seat.form(StrategyKind.SPREAD)
    assert form.formula.formula.text() == "rb2505 - rb2510"
    form.legs.rows[1].instrument.take(COIL)
    assert form.formula.formula.text() == "rb2505 - hc2505"
    form.legs.rows[0].lots.put(3)
    form.legs.rows[0].lots.edited.emit()
    assert form.formula.ratio.text() == "3:1"


def test_the_formula_of_a_running_spread_is_shown_and_closed(seat: Seat) -> None:
    form: SpreadForm = seat.form(StrategyKind.SPREAD)
    legs = form.settings(ACCOUNT).legs
    running = SpreadSettings(account=ACCOUNT, legs=legs, buy_at=Decimal(1), sell_at=Decimal(2))
    form.fix(running)
    assert not form.formula.formula.isEnabled()
    assert "不能在运行中修改" in form.formula.formula.toolTip()
    form.fix(None)
    assert form.formula.formula.isEnabled()
