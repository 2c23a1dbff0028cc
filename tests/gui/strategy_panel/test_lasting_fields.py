"""What lasts for a strategy's life is closed in the form that changes it, exactly where the runner would refuse it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QPushButton, QWidget

from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import (
    DaysToExpiry,
    OpenInterestCrossover,
    RollSettings,
    SpreadLeg,
    SpreadPercentile,
    SpreadSettings,
    StrategySettings,
)
from terminal.strategies.table import strategy_of
from terminal.widgets.strategy.fields import ChoiceBox
from terminal.widgets.strategy.form import StrategyForm
from terminal.widgets.strategy.numbers import NumberBox
from terminal.widgets.strategy.words import StrategyKind, kind_of
from tests.gui.desk import ACCOUNT
from tests.gui.strategy_panel.bench import COIL, COPPER, GRID, NEXT_REBAR, REBAR, Seat, card, grid_settings

SPREAD = SpreadSettings(
    account=ACCOUNT,
    legs=(
        SpreadLeg(instrument=REBAR, coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=NEXT_REBAR, coefficient=Decimal(-1), lots=-1),
        SpreadLeg(instrument=COIL, coefficient=Decimal(-1), lots=-1),
    ),
    buy_at=Decimal(10),
    sell_at=Decimal(50),
    max_sets=5,
    naked_lots=4,
)
ROLL = RollSettings(
    account=ACCOUNT,
    near=REBAR,
    far=NEXT_REBAR,
    side=Side.BUY,
    lots=10,
    batch_lots=5,
    timings=(DaysToExpiry(days=5), OpenInterestCrossover(), SpreadPercentile()),
)
LASTS = "不能在运行中修改；请停止策略后另启一个。"


def edited(seat: Seat, settings: StrategySettings) -> StrategyForm:
    """Put a running strategy's settings into the form of its kind."""
    seat.show(card(settings))
    seat.panel.cards.views[GRID].change_button.click()
    return seat.bench.form(kind_of(settings))


def in_sight(form: QWidget) -> list[QWidget]:
    """Return the fields of a form."""
    found = [one for one in form.findChildren(QWidget) if isinstance(one, NumberBox | ChoiceBox)]
    return [one for one in found if one.isVisibleTo(form)]


def another_value(control: QWidget) -> None:
    """Change a field, closed or not."""
    if isinstance(control, NumberBox):
        control.stepBy(1)
    elif isinstance(control, ChoiceBox):
        control.take(control.itemData((control.currentIndex() + 1) % control.count()))


@pytest.mark.parametrize("settings", [grid_settings(), SPREAD, ROLL])
def test_a_field_is_closed_exactly_where_the_runner_would_refuse_its_change(
    seat: Seat, settings: StrategySettings
) -> None:
    kind = strategy_of(settings)
    form = edited(seat, settings)
    closed = 0
    for place in range(len(in_sight(form))):
        control = in_sight(form)[place]  # giving a change up makes some anew
        is_open, tip = control.isEnabled(), control.toolTip()
        another_value(control)
        changed = form.settings(ACCOUNT)
        why = kind.may_change(settings, changed, kind.begin(settings))
        assert changed != settings, control.accessibleName()
        # An empty grid or spread may go to another contract, but with all its prices: no form moves them together.
        months = not isinstance(settings, RollSettings) and kind.instruments(settings) != kind.instruments(changed)
        assert ("不能在运行中修改" in (why or "") or months) is not is_open, control.accessibleName()
        assert is_open is not tip.endswith(LASTS), control.accessibleName()
        closed += not is_open
        seat.bench.drop()
    assert closed >= 5


@pytest.mark.parametrize("settings", [SPREAD, ROLL])
def test_no_leg_and_no_timing_is_added_to_or_removed_from_what_runs(seat: Seat, settings: StrategySettings) -> None:
    form = edited(seat, settings)
    buttons = [one for one in form.findChildren(QPushButton) if one.isVisibleTo(form)]
    assert len(buttons) >= 4
    for button in buttons:
        assert not button.isEnabled()
        assert button.toolTip().endswith(LASTS)


@pytest.mark.parametrize("settings", [grid_settings(), SPREAD, ROLL])
def test_a_new_strategy_may_be_everything_and_a_copy_of_an_ended_one_too(
    seat: Seat, settings: StrategySettings
) -> None:
    form = edited(seat, settings)
    seat.view.new_button.click()
    shown = [one for one in form.findChildren(QWidget) if isinstance(one, QComboBox | QAbstractSpinBox)]
    assert all(one.isEnabled() and not one.toolTip().endswith(LASTS) for one in shown if one.isVisibleTo(form))


def test_the_cursor_enters_a_change_at_the_first_field_that_may_be_changed(seat: Seat) -> None:
    form = seat.edit()
    seat.panel.window().activateWindow()
    assert form.lots_per_line.hasFocus()
    seat.show(card(grid_settings(), strategy=StrategyId("另一个")))
    assert form.step.toolTip() == f"步长{LASTS}"
    assert StrategyKind.GRID is seat.bench.kind
    assert COPPER not in form.contracts()
