"""A person sets what the ticket begins with; it changes no ticket that was begun, and sends no order."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.domain.commands import SaveDocument
from terminal.domain.ids import ProductId
from terminal.domain.orders.order import Offset, Side
from terminal.engine.screen import Document
from terminal.widgets.ticket.fields import PriceMode
from terminal.widgets.ticket.once import UNANSWERED
from terminal.widgets.ticket.settings import NAME, TicketSettings
from terminal.widgets.ticket.settings_sheet import TicketSettingsSheet
from tests.gui.desk import COPPER, REBAR
from tests.gui.ticket_stage import Stage

SET = TicketSettings(price=PriceMode.QUEUE, lots=3, products={ProductId("SHFE.cu"): 2})


def told(stage: Stage, settings: TicketSettings, version: int = 1) -> None:
    body = msgspec.json.encode(settings).decode()
    stage.ticket.show_documents({NAME: Document(name=NAME, version=version, body=body)})


def opened(stage: Stage) -> TicketSettingsSheet:
    stage.ticket.foot.settings.click()
    sheet = stage.ticket.foot.settings.sheet
    assert sheet is not None
    return sheet


def begun(stage: Stage) -> tuple[PriceMode, int]:
    ticket = stage.ticket.form.ticket
    return ticket.mode, ticket.lots


def send(stage: Stage) -> None:
    stage.answer()
    stage.rest()
    stage.ticket.send_button.click()


def saved(stage: Stage) -> list[SaveDocument]:
    return [body for body in stage.hand.sent if isinstance(body, SaveDocument)]


# --- what the ticket takes when ---------------------------------------------------------------------------------------


def test_a_contract_that_is_chosen_begins_with_the_price_and_the_lots_that_were_set(stage: Stage) -> None:
    told(stage, SET)
    assert begun(stage) == (PriceMode.QUEUE, 3)
    stage.ticket.form.finder.picked.emit(REBAR)
    assert begun(stage) == (PriceMode.QUEUE, 3)
    assert stage.ticket.form.price.text() == "3214"
    stage.ticket.form.finder.picked.emit(COPPER)
    assert begun(stage) == (PriceMode.QUEUE, 2)
    stage.ticket.fill(REBAR, Side.SELL)
    assert begun(stage) == (PriceMode.QUEUE, 3)
    stage.ticket.clear()
    assert begun(stage) == (PriceMode.QUEUE, 3)
    assert stage.hand.sent == []


def test_a_price_that_is_not_to_be_filled_in_is_empty_and_nothing_can_be_sent(stage: Stage) -> None:
    told(stage, TicketSettings(price=PriceMode.FIXED))
    stage.ticket.form.finder.picked.emit(REBAR)
    assert (begun(stage), stage.ticket.form.price.text()) == ((PriceMode.FIXED, 1), "")
    stage.ticket.ask()
    assert stage.hand.foreseen == []
    QTest.keyClicks(stage.ticket.form.price, "3200")
    stage.ticket.ask()
    assert stage.hand.asked[-1].price == 3200


def test_settings_leave_a_ticket_alone_that_was_begun(stage: Stage) -> None:
    stage.ticket.form.finder.picked.emit(REBAR)
    before = stage.ticket.form.ticket
    told(stage, SET)
    assert stage.ticket.form.ticket == before
    stage.ticket.clear()
    stage.ticket.form.lots.selectAll()
    QTest.keyClicks(stage.ticket.form.lots, "9")
    told(stage, TicketSettings(lots=5, price=PriceMode.LAST), 2)
    assert begun(stage) == (PriceMode.QUEUE, 9)
    stage.ticket.form.finder.picked.emit(COPPER)
    assert begun(stage) == (PriceMode.LAST, 9), "lots that were typed stay; the price was nobody's"


@pytest.mark.parametrize("offset", [Offset.OPEN, Offset.CLOSE])
def test_after_sending_the_ticket_opens_again_with_the_defaults(stage: Stage, offset: Offset) -> None:
    told(stage, SET)
    stage.ticket.fill(REBAR, Side.SELL, offset, Decimal(3210), 4)
    send(stage)
    assert [one.offset for one in stage.hand.orders] == [offset]
    ticket = stage.ticket.form.ticket
    assert (ticket.instrument, ticket.side, ticket.offset) == (REBAR, Side.SELL, Offset.OPEN)
    assert (*begun(stage), ticket.price) == (PriceMode.QUEUE, 3, None)
    stage.answer()
    stage.rest()
    stage.ticket.send_button.click()  # on its way before the fields were others
    assert len(stage.hand.orders) == 1


@pytest.mark.parametrize("offset", [Offset.OPEN, Offset.CLOSE])
def test_after_sending_everything_stays_where_the_person_wants_that(stage: Stage, offset: Offset) -> None:
    told(stage, msgspec.structs.replace(SET, reopens=False))
    stage.ticket.fill(REBAR, Side.SELL, offset, Decimal(3210), 4)
    before = stage.ticket.form.ticket
    send(stage)
    assert stage.ticket.form.ticket == before


def test_defaults_after_an_opening_arm_nothing_before_that_is_answered_or_a_field_is_another(stage: Stage) -> None:
    told(stage, SET)
    stage.ticket.fill(REBAR, Side.BUY, Offset.OPEN, Decimal(3210), 4)
    send(stage)
    assert stage.ticket.send_button.text() == UNANSWERED.short
    stage.ticket.ask()
    assert len(stage.hand.asked) == 1
    stage.ticket.form.lots.stepped.emit(1)
    stage.ticket.ask()
    assert (len(stage.hand.asked), stage.hand.asked[-1].lots) == (2, 4)


# --- the sheet --------------------------------------------------------------------------------------------------------


def test_the_sheet_is_filled_in_and_saved_by_the_keyboard_alone(stage: Stage) -> None:
    sheet = opened(stage)
    sheet.after.focus()
    QTest.keyClick(sheet.after.buttons()[0], Qt.Key.Key_Right)
    QTest.keyClick(sheet.after.buttons()[1], Qt.Key.Key_Space)
    sheet.prices.buttons()[3].setFocus()
    QTest.keyClick(sheet.prices.buttons()[3], Qt.Key.Key_Space)
    QTest.keyClicks(sheet.lots, "4")
    QTest.keyClick(sheet.lots, Qt.Key.Key_Up)
    QTest.keyClicks(sheet.by_product, "rb 7")
    QTest.keyClick(sheet.by_product, Qt.Key.Key_Return)
    (wish,) = saved(stage)
    assert stage.hand.sent == [wish]
    assert (wish.name, wish.base_version) == (NAME, 0)
    wanted = TicketSettings(reopens=False, price=PriceMode.FIXED, lots=5, products={ProductId("SHFE.rb"): 7})
    assert msgspec.json.decode(wish.body, type=TicketSettings) == wanted
    assert not sheet.isVisible()
    stage.ticket.show_documents({NAME: Document(name=NAME, version=1, body=wish.body)})
    assert begun(stage) == (PriceMode.FIXED, 5)


def test_the_sheet_shows_what_holds_and_esc_leaves_it_at_that(stage: Stage) -> None:
    told(stage, msgspec.structs.replace(SET, reopens=False), 6)
    sheet = opened(stage)
    assert (sheet.after.index, sheet.prices.index, sheet.lots.text(), sheet.by_product.text()) == (1, 2, "3", "沪铜 2")
    assert opened(stage) is sheet
    sheet.lots.setText("8")
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert (stage.hand.sent, begun(stage)) == ([], (PriceMode.QUEUE, 3))


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(stage: Stage) -> None:
    sheet = opened(stage)
    sheet.lots.setText("0")
    sheet.by_product.setText("zz 5")
    QTest.keyClick(sheet.lots, Qt.Key.Key_Return)
    assert sheet.isVisible()
    assert (sheet.lots_fault.text()[:11], sheet.product_fault.text()[:9]) == ("默认手数应为 1 至 ", "没有品种“zz”，")
    assert sheet.lots.accessibleDescription() == sheet.lots_fault.text()
    assert sheet.focusWidget() is sheet.lots
    sheet.lots.setText("")
    sheet.by_product.setText("")
    QTest.keyClick(sheet.lots, Qt.Key.Key_Return)
    assert [msgspec.json.decode(one.body, type=TicketSettings) for one in saved(stage)] == [TicketSettings()]


def test_settings_saved_over_newer_ones_go_over_the_version_that_was_shown(stage: Stage) -> None:
    told(stage, SET, 2)
    sheet = opened(stage)
    told(stage, TicketSettings(lots=9), 3)
    sheet.save_button.click()
    (wish,) = saved(stage)
    assert wish.base_version == 2
    refused = "文稿“ticket”已是第 3 版，您修改的是第 2 版，请重新打开后修改。"
    stage.ticket.show_results(stage.hand.answer(ok=False, code="CONFLICT", sentence=refused))
    assert refused in stage.ticket.results.text()
    assert begun(stage) == (PriceMode.COUNTER, 9)
