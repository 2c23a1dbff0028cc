"""A window and a curve are typed as text; what cannot be read is said at its field, and fields follow the style."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import shiboken6
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import CurvePart, ExecutionStyle
from terminal.domain.products.instrument import Reference
from terminal.domain.view import Quote
from terminal.domain.words.execution_texts import read_curve, read_moment
from terminal.widgets.dress.look import Look
from terminal.widgets.strategy.faults import faults_of
from terminal.widgets.strategy.fields import COLUMNS
from terminal.widgets.strategy.form_execution import ExecutionForm
from tests.gui.desk import ACCOUNT, DAY, NOW, REBAR

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def form(look: Look, reference: Reference) -> Iterator[ExecutionForm]:
    parent = QWidget()
    made = ExecutionForm(parent)
    made.show_instruments({REBAR: reference.instrument(REBAR, DAY)})
    yield made
    shiboken6.delete(parent)


def test_a_new_form_begins_at_the_next_minute_for_an_hour_some_ticks_beyond_the_opposite_price(
    form: ExecutionForm,
) -> None:
    form.show_quotes({REBAR: Quote(3299, 3301, 3300, 5, 7, 1000, 500_000, None, None, None, NOW, NOW)})
    settings = form.settings(ACCOUNT)
    assert settings.instrument == REBAR
    assert settings.limit == Decimal(3306)
    assert 0 < settings.begins_at - NOW <= 60_000_000_000
    assert settings.ends_at - settings.begins_at == 3_600_000_000_000
    assert faults_of(settings, (REBAR,)) == {}
    assert form.blanks() == {}
    assert form.readout.values[2].text() == "+5 元"


def ticked(at: int) -> dict[InstrumentId, Quote]:
    return {REBAR: Quote(3299, 3301, 3300, 5, 7, 1000, 500_000, None, None, None, at, at)}


def test_the_window_follows_the_clock_until_a_person_sets_a_time(form: ExecutionForm) -> None:
    told: list[bool] = []
    form.show_quotes(ticked(NOW))
    form.edited.connect(lambda: told.append(True))
    later = NOW + 20 * MINUTE_NS
    form.show_quotes(ticked(later))
    assert form.follow_clock()
    assert not form.follow_clock()  # nothing moved since
    assert 0 < form.begins_at.value - later <= MINUTE_NS
    assert form.ends_at.value - form.begins_at.value == 60 * MINUTE_NS
    assert told == []  # no edit of a person's: what was said in the foot stands
    form.begins_at.take("2025-01-09 14:30")
    form.show_quotes(ticked(later + 5 * MINUTE_NS))
    form.follow_clock()
    assert form.begins_at.text() == "2025-01-09 14:30:00"


def test_what_zero_means_stands_beside_it(form: ExecutionForm) -> None:
    box = form.participation
    unit = box.findChild(QLabel, "fieldUnit")
    assert isinstance(unit, QLabel)
    assert (box.value, unit.text()) == (0, "= 不限")
    box.stepBy(5)
    assert unit.text() == "%"
    box.lineEdit().selectAll()
    QTest.keyClicks(box.lineEdit(), "0")
    assert unit.text() == "= 不限"
    assert "0 = 不限" in box.toolTip()


def test_a_time_that_cannot_be_read_is_said_at_its_field(form: ExecutionForm) -> None:
    told: list[bool] = []
    form.edited.connect(lambda: told.append(True))
    form.begins_at.take("2020-08-21 13:45")
    form.ends_at.take("明天下午")
    assert told
    assert form.settings(ACCOUNT).begins_at == instant(20200821, 13, 45)
    assert form.begins_at.text() == "2020-08-21 13:45:00"
    assert form.blanks() == {"ends_at": "读不懂，请写成 2020-08-21 13:45:00。"}
    form.ends_at.take("2020-08-21 14：45：00")
    assert form.blanks() == {}
    assert form.settings(ACCOUNT).ends_at == instant(20200821, 14, 45)
    assert {"begins_at", "ends_at"} <= form.own


def test_a_curve_is_typed_part_by_part(form: ExecutionForm) -> None:
    form.style_choice.take(ExecutionStyle.VWAP)
    assert "curve" in faults_of(form.settings(ACCOUNT), (REBAR,))
    form.curve.take("09:00-10:15 30，21:00－23:00 12.5")
    assert form.settings(ACCOUNT).curve == (
        CurvePart(begin="09:00", end="10:15", weight=Decimal(30)),
        CurvePart(begin="21:00", end="23:00", weight=Decimal("12.5")),
    )
    assert form.curve.text() == "09:00-10:15 30, 21:00-23:00 12.5"
    form.curve.take("上午一半")
    assert "curve" in form.blanks()


def test_only_what_a_style_uses_is_shown(form: ExecutionForm) -> None:
    shown = {
        ExecutionStyle.TWAP: {"slice_seconds"},
        ExecutionStyle.VWAP: {"slice_seconds", "curve"},
        ExecutionStyle.ICEBERG: {"shown_lots"},
        ExecutionStyle.BEST: {"max_pay_up_ticks"},
    }
    special = {"slice_seconds", "curve", "shown_lots", "max_pay_up_ticks"}
    for style, names in shown.items():
        form.style_choice.take(style)
        assert {name for name in special if not form.fields[name].isHidden()} == names
        assert special - names == {name for name in special if form.fields[name] not in form.rows.shown}
        cells = [form.rows.itemAtPosition(*divmod(place, COLUMNS)) for place in range(len(form.rows.shown))]
        assert [cell.widget() if cell is not None else None for cell in cells] == form.rows.shown  # no hole is left


def test_while_it_runs_its_contract_and_side_are_closed_and_its_limit_is_open(form: ExecutionForm) -> None:
    form.side.take(Side.SELL)
    form.fix(form.settings(ACCOUNT))
    closed = {name for name, field in form.fields.items() if not field.control.isEnabled()}
    assert closed == {"instrument", "style", "side", "offset", "hedge_flag", "begins_at"}


@pytest.mark.parametrize("text", ["2020-02-30 09:00", "2020-08-21 24:00", "2020-08-21", "0000-00-00 00:00", "９:00"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize("text", ["09:00-10:15", "09:00 10:15 3", "09:00-10:15 x", "09:00-10:15 1e9", "30"])
def test_what_is_no_curve_is_none(text: str) -> None:
    assert read_curve(text) is None


def test_an_empty_curve_is_empty() -> None:
    assert read_curve(" ， ") == ()
