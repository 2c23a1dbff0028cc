"""What the fields of the ticket take, and what they make of it."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QWidget

from terminal.domain.orders.kinds import OrderKind
from terminal.domain.orders.order import HedgeFlag, Offset, PriceKind, Side, TimeCondition
from terminal.domain.products.instrument import Reference
from terminal.domain.words.terms import Term
from terminal.engine.screen import Document
from terminal.widgets.ticket.edit import ticket_of
from terminal.widgets.ticket.fields import PriceMode, Ticket
from tests.gui.desk import COPPER, DAY, ORE, REBAR
from tests.gui.ticket_stage import Stage, quote

# --- fields ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "buys", "sells"),
    [
        (Qt.Key.Key_D, 3215, 3214),
        (Qt.Key.Key_P, 3214, 3215),
        (Qt.Key.Key_L, 3214, 3214),
        (Qt.Key.Key_Z, 3456, 3456),
        (Qt.Key.Key_X, 3010, 3010),
    ],
)
def test_one_letter_chooses_where_the_price_comes_from(stage: Stage, key: Qt.Key, buys: int, sells: int) -> None:
    found = {}
    for side in Side:
        stage.fill(side=side)
        QTest.keyClick(stage.ticket.form.lots, key)
        stage.ticket.ask()
        found[side] = stage.hand.asked[-1].price
    assert found == {Side.BUY: Decimal(buys), Side.SELL: Decimal(sells)}
    assert stage.ticket.form.lots.text() == "2"


def test_a_price_mode_follows_the_market_and_a_typed_price_does_not(stage: Stage) -> None:
    stage.fill()
    form = stage.ticket.form
    stage.ticket.show_quotes({REBAR: quote(3220, 3221)})
    assert (form.price.text(), form.price_now) == ("3221", Decimal(3221))
    form.price.setFocus()
    form.price.selectAll()
    QTest.keyClicks(form.price, "3200")
    stage.ticket.show_quotes({REBAR: quote(3230, 3231)})
    assert (form.ticket.mode, form.price.text(), form.price_now) == (PriceMode.FIXED, "3200", Decimal(3200))


def test_what_is_marked_to_be_typed_over_stays_marked_while_the_price_moves(stage: Stage) -> None:
    stage.fill()
    price = stage.ticket.form.price
    price.setFocus()
    price.selectAll()
    stage.ticket.show_quotes({REBAR: quote(3230, 3231)})
    QTest.keyClicks(price, "3200")
    assert (price.text(), stage.ticket.form.price_now) == ("3200", Decimal(3200))


def test_arrow_and_page_keys_move_the_price_by_ticks(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.BUY)
    price = stage.ticket.form.price
    for key in (Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(price, key)
    assert stage.ticket.form.price_now == Decimal(73_920 + 4 * 10)
    for _ in range(2):
        QTest.keyClick(price, Qt.Key.Key_PageDown)
    assert price.text() == "73860"


def test_lots_never_step_below_one_and_an_empty_field_is_no_order(stage: Stage) -> None:
    stage.fill(lots=3)
    lots = stage.ticket.form.lots
    QTest.keyClick(lots, Qt.Key.Key_PageDown)
    assert lots.text() == "1"
    lots.clear()
    QTest.keyClick(lots, Qt.Key.Key_Backspace)
    lots.textEdited.emit("")
    assert stage.ticket.send_button.text() == "先填手数"


def test_a_price_named_for_one_contract_is_not_taken_over_to_another(stage: Stage) -> None:
    stage.ticket.fill(REBAR, Side.BUY, Offset.OPEN, Decimal(3200), 1)
    assert stage.ticket.form.ticket.mode is PriceMode.FIXED
    stage.ticket.fill(COPPER, Side.BUY)
    assert stage.ticket.form.price_now == Decimal(73_920)


def test_a_price_named_for_one_order_is_not_taken_over_to_its_close(stage: Stage) -> None:
    stage.ticket.fill(REBAR, Side.BUY, Offset.OPEN, Decimal(3200), 1)
    stage.ticket.fill(REBAR, Side.SELL, Offset.CLOSE, lots=12)
    assert (stage.ticket.form.ticket.mode, stage.ticket.form.price_now) == (PriceMode.COUNTER, Decimal(3214))


def test_closing_by_day_is_offered_only_where_the_exchange_knows_it(stage: Stage) -> None:
    buttons = stage.ticket.form.offsets.buttons()
    stage.fill(Offset.CLOSE_TODAY)
    assert [button.isEnabled() for button in buttons] == [True] * 4
    stage.ticket.fill(ORE, Side.SELL)
    assert [button.isEnabled() for button in buttons] == [True, True, False, False]
    assert stage.ticket.form.ticket.offset is Offset.CLOSE


def test_flag_and_time_condition_are_part_of_the_order(stage: Stage) -> None:
    stage.fill()
    form = stage.ticket.form
    for combo, value in ((form.flags, HedgeFlag.HEDGE), (form.times, TimeCondition.FOK)):
        combo.activated.emit(combo.findData(value))
    stage.ticket.ask()
    asked = stage.hand.asked[-1]
    assert (asked.hedge_flag, asked.time_condition) == (HedgeFlag.HEDGE, TimeCondition.FOK)


def test_filling_from_elsewhere_never_sends(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.SELL, Offset.CLOSE, Decimal(73_900), 4)
    form = stage.ticket.form
    assert (form.finder.text(), form.lots.text(), form.price.text()) == ("cu2502", "4", "73900")
    assert (form.ticket.side, form.ticket.offset) == (Side.SELL, Offset.CLOSE)
    assert stage.hand.sent == []


# --- everyone -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [QAbstractButton, QComboBox, QLineEdit, QAbstractItemView])
def test_every_control_of_the_ticket_has_a_name(stage: Stage, kind: type[QWidget]) -> None:
    stage.ticket.show_documents({"draft:1": Document(name="draft:1", version=1, body='{"lots":2}')})
    controls = [
        one
        for one in stage.ticket.findChildren(kind)
        if not one.objectName().startswith("qt_") and not one.inherits("QComboBoxListView")  # named by its box
    ]
    controls += [stage.ticket.form.finder.popup] if kind is QAbstractItemView else []
    nameless = []
    for control in controls:
        face = QAccessible.queryAccessibleInterface(control)
        if face is None or not face.text(QAccessible.Text.Name):
            nameless.append(f"{type(control).__name__} {control.objectName()} in {control.parent()}")
    assert controls
    assert nameless == []


def test_a_contract_that_is_not_listed_yet_keeps_the_lots_that_were_asked_for(
    stage: Stage, reference: Reference
) -> None:
    stage.ticket.show_instruments(())
    stage.fill(Offset.CLOSE_TODAY)
    stage.ticket.show_instruments((reference.instrument(REBAR, DAY),))
    assert stage.ticket.form.ticket.offset is Offset.CLOSE_TODAY


def test_a_close_of_one_book_says_which_lots_go_first(stage: Stage) -> None:
    stage.ticket.fill(ORE, Side.SELL, Offset.CLOSE, None, 4)
    stage.answer()
    assert stage.ticket.answer.values[Term.TODAY_AND_YESTERDAY].text() == "平 4（先昨后今）"
    stage.fill(Offset.CLOSE, 4)
    asked = stage.hand.asked[-1]
    stage.answer(msgspec.structs.replace(asked, instrument=REBAR, offset=Offset.CLOSE_YESTERDAY, lots=4))
    assert stage.ticket.answer.values[Term.TODAY_AND_YESTERDAY].text() == "平昨 4"


def test_after_a_close_was_sent_the_ticket_opens_again_at_the_opposite_price_and_no_second_press_sends(
    stage: Stage,
) -> None:
    stage.ticket.fill(REBAR, Side.BUY, Offset.OPEN, None, 6)
    stage.answer()
    stage.rest()
    stage.ticket.send_button.click()
    stage.ticket.fill(REBAR, Side.SELL, Offset.CLOSE, Decimal(3210), 4)
    closing = msgspec.structs.replace(stage.answer().children[0].terms, offset=Offset.CLOSE_TODAY)
    stage.answer(closing)
    stage.rest()
    stage.ticket.send_button.click()
    assert [(one.offset, one.lots) for one in stage.hand.orders] == [(Offset.OPEN, 6), (Offset.CLOSE_TODAY, 4)]
    ticket = stage.ticket.form.ticket
    assert (ticket.offset, ticket.mode, ticket.lots) == (Offset.OPEN, PriceMode.COUNTER, 6)  # as it was opened last
    stage.answer()
    stage.rest()
    stage.ticket.send_button.click()  # the second click of a hand that meant the close
    assert len(stage.hand.orders) == 2
    # And another contract of the product begins with its usual lots.
    stage.ticket.form.finder.picked.emit(ORE)
    assert stage.ticket.form.ticket.lots == 1
    stage.ticket.form.finder.picked.emit(REBAR)
    assert stage.ticket.form.ticket.lots == 6


# --- orders without a price of their own ------------------------------------------------------------------------------


def offered(stage: Stage) -> list[str]:
    return [button.text() for button in stage.ticket.form.modes.buttons() if button.isVisibleTo(stage.ticket)]


def choose(stage: Stage, mode: PriceMode) -> None:
    stage.ticket.form.modes.choose(list(PriceMode).index(mode))


def test_a_market_price_is_offered_only_where_the_contracts_exchange_takes_it(stage: Stage) -> None:
    always = ["指定", "对手", "排队", "最新", "涨停", "跌停"]
    stage.fill()
    assert offered(stage) == always
    stage.ticket.fill(ORE, Side.BUY)
    assert offered(stage) == [*always, "市价"]


def test_a_market_order_is_reckoned_at_the_limit_price_of_its_side(stage: Stage) -> None:
    stage.ticket.fill(ORE, Side.BUY)
    stage.ticket.show_quotes({ORE: quote(1599, 1600)})
    choose(stage, PriceMode.MARKET)
    found = {}
    for side in Side:
        stage.ticket.fill(ORE, side)
        stage.ticket.ask()
        asked = stage.hand.asked[-1]
        found[side] = (asked.price_kind, asked.price)
    assert found == {
        Side.BUY: (PriceKind.MARKET, Decimal(1728)),
        Side.SELL: (PriceKind.MARKET, Decimal(1505)),
    }


def test_a_market_price_does_not_go_over_to_a_contract_whose_exchange_has_none(stage: Stage) -> None:
    stage.ticket.fill(ORE, Side.BUY)
    choose(stage, PriceMode.MARKET)
    stage.ticket.fill(REBAR, Side.BUY)
    assert stage.ticket.form.ticket.mode is PriceMode.COUNTER


@pytest.mark.parametrize(("chosen", "kept"), [(TimeCondition.GFD, TimeCondition.FAK), (TimeCondition.FOK,) * 2])
def test_a_time_condition_the_kind_cannot_carry_becomes_one_it_can(
    reference: Reference, chosen: TimeCondition, kept: TimeCondition
) -> None:
    kinds = (OrderKind(PriceKind.MARKET, (TimeCondition.FAK, TimeCondition.FOK)),)
    listed = msgspec.structs.replace(reference.instrument(ORE, DAY), order_kinds=kinds)
    ticket = Ticket(mode=PriceMode.MARKET, time_condition=chosen)
    assert ticket.offered(listed).time_condition is kept


def test_an_edited_market_order_stays_one(stage: Stage) -> None:
    stage.ticket.fill(ORE, Side.BUY)
    stage.ticket.show_quotes({ORE: quote(1599, 1600)})
    choose(stage, PriceMode.MARKET)
    stage.ticket.ask()
    assert ticket_of(stage.hand.asked[-1]).mode is PriceMode.MARKET
