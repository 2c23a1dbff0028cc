"""Where the room of the ticket goes when an order is refused for three reasons."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollArea

from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.screen import Preview
from tests.gui.desk import REBAR, Desk
from tests.gui.test_small_screens import LEAST, SMALL, USUAL, in_sight, stand

WHY = (
    "螺纹钢2505（SHFE.rb2505）买入开仓 999,999 手：超过交易所每次最大下单量 500 手，请分成几笔。",
    "螺纹钢2505（SHFE.rb2505）多头 1,000,027 手，超过交易所持仓限额 90,000 手；请减少 910,027 手，或先平仓、撤单。",
    "螺纹钢2505（SHFE.rb2505）全部成交后可用 −2,325,497,865.30 元，资金不足；请减少手数、撤单、平仓或入金。",
)
SENTENCE = (
    "买开 rb2505 999,999 手 @3331 合约价值 ¥33,309,966,690 保证金(7%) ¥2,331,697,668 手续费 ¥3,330,996 · 不能报出"
)


def refuse(desk: Desk, size: tuple[int, int]) -> QScrollArea:
    ticket = desk.window.ticket
    stand(desk, ticket, size)
    ticket.fill(REBAR, Side.BUY, Offset.OPEN, lots=999_999)
    ticket.ask()
    request = len(desk.hand.foreseen)
    findings = tuple(
        Finding(control=f"C{number}", code="X", verdict=Verdict.DENY, value="1", limit="2", sentence=sentence)
        for number, sentence in enumerate(WHY)
    )
    answer = Preview(request=request, verdict=Verdict.DENY, sentence=SENTENCE, findings=findings)
    ticket.show_previews({request: answer})
    settle()
    found = ticket.findChild(QScrollArea, "ticketScroll")
    assert found is not None
    return found


def settle() -> None:
    for _ in range(8):
        QApplication.processEvents()


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_every_field_of_a_refused_order_stays_in_sight_and_the_rest_of_a_long_answer_scrolls(
    desk: Desk, size: tuple[int, int]
) -> None:
    scroll, ticket = refuse(desk, size), desk.window.ticket
    form, answer = ticket.form, ticket.answer
    fields = (form.finder, form.lots, form.price, form.flags, form.times, *form.findChildren(QAbstractButton))
    fields = tuple(field for field in fields if field.isVisibleTo(form))  # what belongs to a condition is not needed
    for field in fields:
        assert in_sight(field, scroll.viewport()), field.accessibleName()
    for part in (answer.word, answer.sentence, answer.findings[0], ticket.send_button, ticket.draft_button):
        assert in_sight(part, ticket), part.objectName()
    bar = answer.scrolled.verticalScrollBar()
    assert (bar.maximum() > 0) is (size == SMALL)
    bar.setValue(bar.maximum())
    assert in_sight(answer.findings[-1], answer.scrolled.viewport())


def test_where_there_is_no_room_for_all_the_fields_give_way_down_to_lots_and_price_and_come_back(desk: Desk) -> None:
    scroll, ticket = refuse(desk, USUAL), desk.window.ticket
    ticket.results.remark("▲ 没有发送：下单面板刚才被挡住，看清后再按一次")
    for size, whole in ((LEAST, False), (USUAL, True), (LEAST, False)):
        desk.window.resize(*size)
        settle()
        for field in (ticket.form.lots, ticket.form.price):
            assert in_sight(field, scroll.viewport()), (size, field.accessibleName())
        assert in_sight(ticket.form.flags, scroll.viewport()) is whole
        assert in_sight(ticket.send_button, ticket)
        outer = ticket.widget()
        assert isinstance(outer, QScrollArea)
        assert outer.verticalScrollBar().maximum() == 0  # the panel itself never has to scroll for it
