"""What the keyboard does anywhere in the window."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QWidget

from terminal.domain.ids import AccountId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.widgets.orders.list import EVENTS, ORDERS, TRADES, WORKING
from terminal.widgets.quote_list import COLUMNS
from terminal.widgets.strategy.words import StrategyKind
from terminal.widgets.ticket.form import OFFSET_KEYS
from terminal.widgets.ticket.key_walk import MODE_KEYS
from terminal.widgets.window.key_sheet import GESTURES, KeySheet
from terminal.widgets.window.window_menus import FUNCTION_KEYS
from tests.gui.control_desk import alert
from tests.gui.desk import COPPER, REBAR, Desk, book, line

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)


@pytest.fixture
def at_hand(desk: Desk) -> Desk:
    desk.open_market()
    desk.quote(REBAR, 3300, before=3290)
    desk.quote(COPPER, 7400, before=7390)
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 100)))
    desk.window.drain()
    desk.window.activateWindow()
    return desk


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


@pytest.mark.parametrize("panel", ["positions", "quotes", "order_list", "basis_chart", "basis_table", "strategies"])
def test_typing_outside_a_field_looks_for_a_contract(at_hand: Desk, panel: str) -> None:
    window = at_hand.window
    window.panels.bring(next(one for one in window.panels.all if one.objectName() == panel))
    if panel in {"basis_chart", "strategies"}:  # their first control may be a field
        window.top.menus.setFocus()
        window.setFocus()
    QTest.keyClicks(focus(), "c")
    finder = window.ticket.form.finder
    assert QApplication.focusWidget() is finder
    QTest.keyClicks(finder, "u2")
    assert finder.text() == "cu2"
    QTest.keyClick(finder, Qt.Key.Key_Return)
    assert window.ticket.form.ticket.instrument == COPPER
    assert at_hand.hand.sent == []


def test_a_digit_looks_for_a_contract_and_never_moves_a_row(at_hand: Desk) -> None:
    grid = at_hand.window.quotes.grid
    at_hand.window.panels.bring(at_hand.window.quotes)
    grid.selectRow(0)
    QTest.keyClicks(grid, "2")
    assert at_hand.window.ticket.form.finder.text() == "2"
    assert grid.currentIndex().row() == 0


def test_what_is_typed_in_a_field_stays_in_the_field(at_hand: Desk) -> None:
    window = at_hand.window
    window.panels.bring(window.ticket)
    lots = window.ticket.form.lots
    lots.setFocus()
    lots.selectAll()
    QTest.keyClicks(lots, "7q")
    assert window.ticket.form.ticket.lots == 7
    assert QApplication.focusWidget() is lots


def test_a_chord_is_no_typing(at_hand: Desk) -> None:
    window = at_hand.window
    window.panels.bring(window.positions)
    QTest.keyClick(window.positions.grid, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window.positions.grid, Qt.Key.Key_K, Qt.KeyboardModifier.AltModifier)
    assert QApplication.focusWidget() is window.positions.grid


def test_typing_in_a_floating_panel_looks_for_a_contract_too(at_hand: Desk) -> None:
    window = at_hand.window
    window.positions.setFloating(True)
    window.positions.activateWindow()
    window.positions.grid.setFocus()
    QTest.keyClicks(window.positions.grid, "r")
    assert window.ticket.form.finder.text() == "r"


@pytest.mark.parametrize(("name", "key"), FUNCTION_KEYS.items())
def test_a_function_key_brings_its_panel_and_the_keyboard_to_it(at_hand: Desk, name: str, key: str) -> None:
    window = at_hand.window
    panel = next(one for one in window.panels.all if one.objectName() == name)
    panel.close()
    QTest.keySequence(window, QKeySequence(key))
    assert not panel.visibleRegion().isEmpty()
    assert panel.isAncestorOf(focus())
    assert f"\t{key}" in panel.toggleViewAction().text()


@pytest.mark.parametrize(("key", "view"), [("F7", WORKING), ("F8", TRADES), ("F9", EVENTS)])
def test_orders_trades_and_events_have_a_key_each(at_hand: Desk, key: str, view: int) -> None:
    orders = at_hand.window.orders
    orders.view.choose(EVENTS if view != EVENTS else WORKING)
    QTest.keySequence(at_hand.window, QKeySequence(key))
    assert orders.view.index == view
    assert focus() is orders.grids[view]
    orders.view.choose(ORDERS)
    QTest.keySequence(at_hand.window, QKeySequence("F7"))
    assert orders.view.index == ORDERS


def test_one_key_brings_the_main_screen_whatever_was_closed(at_hand: Desk) -> None:
    window = at_hand.window
    for panel in window.panels.all:
        panel.close()
    QTest.keySequence(window, QKeySequence("F1"))
    shown = {panel.objectName() for panel in window.panels.all if not panel.visibleRegion().isEmpty()}
    assert shown == {"positions", "order_list", "basis_chart", "order_ticket"}
    assert focus() is window.positions.grid


def test_one_key_leads_to_the_account_and_its_funds(at_hand: Desk) -> None:
    QTest.keySequence(at_hand.window, QKeySequence("F6"))
    assert focus() is at_hand.window.top.accounts


def test_one_key_leads_to_the_form_of_conversions_and_so_does_the_menu(at_hand: Desk) -> None:
    window = at_hand.window
    for way in (
        lambda: QTest.keyClick(focus(), Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier),
        press_in_menu(window),
    ):
        window.panels.bring(window.positions)
        window.strategies.bench.view.tabs.setCurrentIndex(StrategyKind.ROLL)
        way()
        assert window.strategies.bench.kind is StrategyKind.CONVERT
        form = window.strategies.bench.form(StrategyKind.CONVERT)
        assert form.isVisible()
        assert form.isAncestorOf(focus())
    assert at_hand.hand.sent == []


def press_in_menu(window: QWidget) -> Callable[[], object]:
    (action,) = [one for one in window.findChildren(QAction) if one.text() == "期权期货互转"]
    return action.trigger


def test_one_key_lists_all_alerts_also_when_there_is_none(at_hand: Desk) -> None:
    bar = at_hand.window.risk_bar
    for given, count in (((), 0), ((alert("a", Level.ORANGE),), 1)):
        at_hand.mailbox.post_alerts(given)
        at_hand.window.drain()
        QTest.keySequence(at_hand.window, QKeySequence("F10"))
        assert bar.list.isVisible()
        assert len(bar.list.rows) == count
        texts = {label.text() for label in bar.list.findChildren(QLabel)}
        assert (f"全部告警 {count}" in texts, "没有告警" in texts) == (True, not count)
        bar.list.hide()


def test_the_list_of_keys_names_every_key_there_is_and_none_that_does_nothing(at_hand: Desk) -> None:
    window = at_hand.window
    QTest.keySequence(window, QKeySequence("Shift+F1"))
    sheet = next(one for one in window.findChildren(KeySheet) if one.isVisible())
    labels = {label.text() for label in sheet.findChildren(QLabel)}
    listed = [key for gestures in GESTURES.values() for gesture in gestures for key in gesture.keys]
    assert {" · ".join(gesture.keys) for gestures in GESTURES.values() for gesture in gestures} <= labels
    bound = {shortcut.key().toString() for shortcut in window.findChildren(QShortcut)}
    bound |= {keys.toString() for action in window.findChildren(QAction) for keys in action.shortcuts()}
    bound -= {""} | {keys for keys in bound if re.fullmatch(r"Alt\+[FVH]", keys)}  # underlined in the menus
    chords = {key for key in listed if re.fullmatch(r"((Ctrl|Shift|Alt)\+)*(F\d+|Del|[A-Z])", key)}
    letters = {QKeySequence(key).toString() for key in MODE_KEYS}
    assert chords == bound | letters
    assert {key for key in listed if key.isdecimal()} == {QKeySequence(key).toString() for key in OFFSET_KEYS}


def test_a_named_arrangement_brings_its_panels_to_the_front(at_hand: Desk) -> None:
    window = at_hand.window
    actions = {action.text(): action for action in window.menus.view.actions()}
    fronts = {
        "盯盘": ("order_list", "basis_chart", "order_ticket"),
        "移仓": ("order_list", "basis_chart", "strategies"),
        "复盘": ("order_list", "basis_table", "strategies"),
        "复核": ("quotes", "basis_table", "approvals"),
    }
    for name, front in fronts.items():
        actions[name].trigger()
        shown = {panel.objectName() for panel in window.panels.all if not panel.visibleRegion().isEmpty()}
        assert shown == {"positions", *front}
        assert window.orders.view.index == (TRADES if name in {"复盘", "复核"} else WORKING)


def test_a_double_click_on_a_position_fills_the_ticket_for_closing_and_sends_nothing(at_hand: Desk) -> None:
    window = at_hand.window
    window.positions.grid.doubleClicked.emit(window.positions.rows.index(0, 0))
    ticket = window.ticket.form.ticket
    assert (ticket.instrument, ticket.side, ticket.offset, ticket.lots) == (REBAR, Side.SELL, Offset.CLOSE, 3)
    assert ticket.hedge_flag is HedgeFlag.HEDGE
    assert not window.ticket.visibleRegion().isEmpty()
    assert QApplication.focusWidget() is window.ticket.form.lots
    assert at_hand.hand.sent == []


@pytest.mark.parametrize("digit", [Qt.Key.Key_2, Qt.Key.Key_7])
def test_a_digit_that_means_nothing_on_the_sides_looks_for_no_contract(at_hand: Desk, digit: Qt.Key) -> None:
    form = at_hand.window.ticket.form
    at_hand.window.positions.grid.doubleClicked.emit(at_hand.window.positions.rows.index(0, 0))
    filled = form.ticket
    form.sides.focus()
    QTest.keyClick(focus(), digit)
    assert focus() in form.sides.buttons()
    assert form.ticket == filled


def test_looking_at_quotes_by_the_keyboard_leaves_a_filled_ticket_alone_until_enter_or_a_click(at_hand: Desk) -> None:
    window = at_hand.window
    window.positions.grid.doubleClicked.emit(window.positions.rows.index(0, 0))
    filled = window.ticket.form.ticket
    window.panels.bring(window.quotes)
    grid = window.quotes.grid
    assert focus() is grid
    for _ in range(2):
        QTest.keyClick(grid, Qt.Key.Key_Down)
    assert grid.currentIndex().row() == 1
    assert window.ticket.form.ticket == filled
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert window.ticket.form.ticket.instrument == COPPER
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid.visualRect(grid.rows.index(0, 0)).center())
    assert window.ticket.form.ticket.instrument == REBAR
    assert at_hand.hand.sent == []


def test_the_mouse_wheel_changes_no_choice_anywhere_in_the_window(at_hand: Desk) -> None:
    window = at_hand.window
    at_hand.mailbox.post_book(book(account=AccountId("另一个账户")))
    window.drain()
    combos = window.findChildren(QComboBox)
    names = {one.accessibleName() for one in combos if one.count() > 1}
    assert names >= {Term.HEDGE_FLAG, Term.TIME_CONDITION, Term.ACCOUNT}
    for combo in combos:
        before = combo.currentIndex()
        for focused in (False, True):
            if focused:
                combo.setFocus()
            for turn in (-120, 120):
                spot = QPointF(combo.rect().center())
                buttons, held = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
                at = combo.mapToGlobal(spot)
                turned = QWheelEvent(
                    spot, at, QPoint(), QPoint(0, turn), buttons, held, Qt.ScrollPhase.NoScrollPhase, False
                )
                QApplication.sendEvent(combo, turned)
                assert combo.currentIndex() == before, combo.accessibleName()


@pytest.mark.parametrize(("column", "side"), [("买价", Side.SELL), ("卖价", Side.BUY)])
def test_a_double_click_on_a_price_fills_the_side_that_takes_it(at_hand: Desk, column: str, side: Side) -> None:
    window = at_hand.window
    place = next(place for place, one in enumerate(COLUMNS) if one.title == column)
    window.quotes.grid.doubleClicked.emit(window.quotes.rows.index(1, place))
    assert (window.ticket.form.ticket.instrument, window.ticket.form.ticket.side) == (COPPER, side)
    window.quotes.grid.doubleClicked.emit(window.quotes.rows.index(0, 0))
    assert window.ticket.form.ticket.side is side
    assert at_hand.hand.sent == []
