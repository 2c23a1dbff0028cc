"""Every control of the panel is reached by the keyboard, named and dressed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import StrategyId
from terminal.widgets.dress.look import Look
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.strategy.form_roll import RollForm
from terminal.widgets.strategy.form_spread import SpreadForm
from terminal.widgets.strategy.panel import StrategyPanel
from terminal.widgets.strategy.words import StrategyKind
from tests.gui.strategy_panel.bench import GRID, Seat, card

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def controls(panel: StrategyPanel) -> list[QWidget]:
    kinds = (QPushButton, QComboBox, QAbstractSpinBox, QRadioButton)
    found = [one for kind in kinds for one in panel.findChildren(kind)]
    return [*found, panel.bench.view.name, panel.bench.view.tabs, *panel.cards.views.values()]


def test_every_control_has_a_name_a_screen_reader_can_say(seat: Seat) -> None:
    seat.show(card())
    form = seat.bench.form(StrategyKind.SPREAD)
    assert isinstance(form, SpreadForm)
    form.legs.add.click()
    named = {
        id(one): QAccessible.queryAccessibleInterface(one).text(QAccessible.Text.Name) for one in controls(seat.panel)
    }
    assert [one for one in controls(seat.panel) if not named[id(one)]] == []
    assert len(named) > 60


@pytest.mark.parametrize("kind", list(StrategyKind))
def test_everything_that_can_be_used_is_reached_by_the_tab_key(seat: Seat, kind: StrategyKind) -> None:
    seat.show(card(), card(strategy=StrategyId("网格-铁矿石")))
    form = seat.form(kind)
    form.changed()
    if isinstance(form, RollForm):
        form.timings.add.click()
    seat.preview()
    window = seat.panel.window()
    window.activateWindow()
    seat.panel.cards.views[GRID].setFocus()
    reached: list[QWidget] = []
    while (at := QApplication.focusWidget()) is not None and at not in reached:
        reached.append(at)
        window.focusNextChild()
    usable = [one for one in controls(seat.panel) if one.isVisible() and one.isEnabled()]
    assert [one.accessibleName() for one in usable if one not in reached] == []
    order = [one for one in reached if one in usable]
    places = [reached.index(one) for one in (seat.view.tabs, seat.view.name, *form.findChildren(QComboBox)[:1])]
    assert reached[0] is seat.panel.cards.views[GRID]
    assert places == sorted(places)
    # A strategy of one's own is started by its plan.
    assert (order[-1] is seat.view.start_button) is (kind is not StrategyKind.OWN)
    assert not any(isinstance(one, QLineEdit) and isinstance(one.parent(), QAbstractSpinBox) for one in reached)


def test_enter_on_a_card_puts_its_settings_into_the_form(qtbot: QtBot, seat: Seat) -> None:
    seat.show(card())
    qtbot.keyClick(seat.panel.cards.views[GRID], Qt.Key.Key_Return)
    assert seat.bench.draft.strategy == GRID
    assert seat.bench.kind is StrategyKind.GRID
    assert seat.panel.cards.views[GRID].property("chosen") == "true"
    seat.view.new_button.click()
    assert seat.panel.cards.views[GRID].property("chosen") == "false"


def test_the_panel_changes_its_scheme_with_the_look(seat: Seat, look: Look) -> None:
    dark = seat.panel.widget().styleSheet()
    look.wear(Scheme.LIGHT)
    assert seat.panel.widget().styleSheet() != dark


def test_the_title_counts_the_strategies(seat: Seat) -> None:
    seat.show(card(), card(strategy=StrategyId("二"), status=StrategyStatus.PAUSED))
    assert seat.panel.summary() == "策略 1 个运行中 · 1 个暂停"
