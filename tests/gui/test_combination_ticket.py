"""A person finds a combination, reads its derived quote and both legs, sends it, sees it work, and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.domain.orders.order import OrderState, Side
from terminal.domain.words.combination_terms import CombinationTerm
from terminal.widgets.dress.look import Look
from terminal.widgets.quote_list import COMBINATIONS, EVERYTHING, FUTURES
from terminal.widgets.ticket.fields import PriceMode
from tests.engine_market import ORE_SPREAD, WITH_FAR_ORE
from tests.engine_world import I, World
from tests.gui.combination_room import Room
from tests.scenario.combining import FACTS, nets, show

NAME = "铁矿石2101−2105"
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)


@pytest.fixture
def room(qtbot: QtBot, look: Look) -> Iterator[Room]:
    world = World(universe=WITH_FAR_ORE, facts=FACTS)
    show(world)
    made = Room(look, world)
    made.window.show()
    qtbot.waitExposed(made.window)
    yield made
    made.window.end()
    shiboken6.delete(made.window)


def test_the_quote_list_shows_combinations_as_derived_and_a_click_fills_the_ticket(room: Room) -> None:
    quotes = room.window.quotes
    quotes.filter.choose(COMBINATIONS)
    assert quotes.rows.rowCount() == 1
    # Bought at 830.5 − 800, sold at 830 − 800.5, for the 500 lots that all four show.
    texts = [quotes.rows.cell(0, column).text for column in range(8)]
    assert texts == [NAME, "推算", "—", "—", "29.5", "500", "30.5", "500"]
    # It moves with one leg, and the far month's bid has fewer lots now.
    show(room.world, far=("799", "799.5"), lots=40)
    room.show()
    assert [quotes.rows.cell(0, column).text for column in (4, 5, 6, 7)] == ["30.5", "40", "31.5", "40"]
    # A double click on what is asked buys it.
    quotes._pick_price(0, 6)
    room.show()
    form = room.ticket.form
    assert (form.ticket.instrument, form.ticket.side, form.price_now) == (ORE_SPREAD, Side.BUY, Decimal("31.5"))
    # Among futures it is no row, among everything it is one.
    quotes.filter.choose(FUTURES)
    assert NAME not in [quotes.rows.cell(place, 0).text for place in range(quotes.rows.rowCount())]
    quotes.filter.choose(EVERYTHING)
    assert NAME in [quotes.rows.cell(place, 0).text for place in range(quotes.rows.rowCount())]


def test_a_leg_that_shows_nothing_on_one_side_leaves_that_side_of_the_combination_empty(room: Room) -> None:
    quotes = room.window.quotes
    quotes.filter.choose(COMBINATIONS)
    show(room.world, near=("830", None))
    room.show()
    assert [quotes.rows.cell(0, column).text for column in (4, 6, 7)] == ["29.5", "—", "—"]
    room.ticket.fill(ORE_SPREAD, Side.BUY)
    room.show()
    assert "行情里没有对手价" in room.ticket.answer.sentence.text()


def test_it_is_found_by_its_code_read_leg_by_leg_sent_once_and_listed_as_one(room: Room) -> None:
    room.type_in("SP i2101&i2105")
    ticket, form = room.ticket, room.ticket.form
    assert form.ticket.instrument == ORE_SPREAD
    assert form.strip.name.text() == f"{NAME} · {CombinationTerm.DERIVED}"
    assert form.strip.legs.text() == "i2101 830.0×500 / 830.5×500　i2105 800.0×500 / 800.5×500"
    form._step_lots(2)
    room.show()
    # Both legs stand below, each with its margin and fee.
    first, second = ticket.answer.legs.cells
    assert first[1].text() == "买开 i2101 3 手"
    assert second[1].text() == "卖开 i2105 3 手"
    assert (first[3].text(), second[3].text()) == ("9.00", "9.00")
    assert "只收较大一腿的保证金" in ticket.answer.detail.text()
    assert ticket.send_button.text() == "买开 3 手"
    room.press_send()
    # One order went out, and one line lists it with both of its legs.
    assert [one.terms.instrument for one in room.world.wire.sent] == [ORE_SPREAD]
    assert nets(room.world) == (3, -3)
    orders = room.window.orders
    assert orders.orders.rows.rowCount() == 1
    row = [orders.orders.rows.cell(0, column).text for column in range(11)]
    assert row[1:8] == ["SP i2101&i2105", "买", "开", "30.5", "3", "3", "◆ 全部成交"]
    assert row[10] == "买 i2101 3/3 · 卖 i2105 3/3"
    assert orders.trades.rows.rowCount() == 2


def test_a_negative_difference_is_typed_and_what_rests_is_cancelled_by_del(room: Room) -> None:
    room.ticket.fill(ORE_SPREAD, Side.BUY)
    price = room.ticket.form.price
    price.setFocus()
    price.selectAll()
    QTest.keyClicks(price, "-12.5")
    room.show()
    assert room.ticket.form.price_now == Decimal("-12.5")
    assert room.ticket.answer.legs.isVisibleTo(room.ticket)
    QTest.keyClick(price, Qt.Key.Key_Up)
    assert (room.ticket.form.ticket.mode, room.ticket.form.price_now) == (PriceMode.FIXED, Decimal(-12))
    room.show()
    room.press_send()
    working = room.window.orders.working
    assert working.rows.rowCount() == 1
    working.grid.selectRow(0)
    room.window.orders.cancel_chosen()
    room.show()
    assert {row.state for row in room.world.account.orders.values()} == {OrderState.CANCELLED}
    assert working.rows.rowCount() == 0
    assert len(room.world.wire.cancelled) == 1


def test_what_is_off_its_grid_is_said_before_it_is_asked(room: Room) -> None:
    room.ticket.fill(ORE_SPREAD, Side.BUY, price=Decimal("30.2"))
    room.show()
    assert "不是最小变动价位 0.5 的整数倍" in room.ticket.answer.sentence.text()
    # Another contract takes no minus.
    room.ticket.fill(WITH_FAR_ORE[0], Side.BUY)
    price = room.ticket.form.price
    price.setFocus()
    price.selectAll()
    QTest.keyClicks(price, "-5")
    assert price.text() == "5"


def test_who_types_what_a_contract_begins_with_still_gets_the_contract(room: Room) -> None:
    for typed in ("tks2101", "i2101"):
        room.type_in(typed)
        assert room.ticket.form.ticket.instrument == I
    # The combination is among what is offered, and a first leg in full finds it too.
    room.ticket.form.finder.textEdited.emit("i2101&")
    assert room.ticket.form.finder.popup.model().rowCount() == 1
    room.ticket.form.finder.popup.hide()


def test_what_a_combination_has_not_is_not_offered_and_comes_back_with_a_contract(room: Room) -> None:
    form = room.ticket.form
    room.ticket.fill(I, Side.BUY)
    form._choose_mode(list(PriceMode).index(PriceMode.LAST))
    assert form.ticket.mode is PriceMode.LAST
    # A combination has no last price, no market order, and waits for no condition.
    room.ticket.fill(ORE_SPREAD, Side.BUY)
    shown = {button.text() for button in form.modes.buttons() if button.isVisibleTo(form)}
    assert shown == {"指定", "对手", "排队", "涨停", "跌停"}
    assert form.ticket.mode is PriceMode.COUNTER
    assert not form.waits.choice.isEnabled()
    assert not form.strip.values[0].isVisibleTo(form)
    QTest.keyClick(form.lots, Qt.Key.Key_L)
    assert form.ticket.mode is PriceMode.COUNTER
    room.ticket.fill(I, Side.BUY)
    assert form.waits.choice.isEnabled()
    assert form.strip.values[0].isVisibleTo(form)
    assert not form.strip.legs.isVisibleTo(form)
