"""What the panel shows where nothing waits, and what it says of an order whose end came after its approval."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderState
from terminal.engine.screen import LinkState
from terminal.widgets.approval.empty import NOTHING_DECIDED, NOTHING_WAITS
from terminal.widgets.approval.panel import DECIDED, WAITING
from tests.gui.approval_panel.room import Room
from tests.gui.control_desk import card, cards, link, name

SENT = replace(card(1), state=ConfirmationState.CONSUMED, outcome="李薇已通过，已报出", checker_name="李薇")
OUTCOME_COLUMN = 2


def said(room: Room) -> tuple[str, str]:
    assert room.panel.empty.isVisible()
    assert not room.panel.card.isVisible()
    assert not room.panel.decision.isVisible()
    assert not room.panel.lists.isVisible()  # a header over nothing is no list
    return room.panel.empty.title.text(), room.panel.empty.text.text()


def test_what_was_decided_last_is_told_where_nothing_waits_and_its_card_lies_among_the_decided(room: Room) -> None:
    panel = room.panel
    assert said(room) == NOTHING_WAITS[:2]
    panel.show_approvals(cards(card(1)))
    panel.show_approvals(cards(SENT))
    assert said(room) == (NOTHING_WAITS[0], "买开 螺纹钢2505 491 手：李薇已通过，已报出。")
    assert panel.empty.next_step.text() == "它的卡片在「已处理」里。"
    panel.which.choose(DECIDED)
    assert (panel.shown, panel.card.isVisible(), panel.lists.isVisible()) == (name(1), True, True)
    assert not panel.empty.isVisible()
    panel.which.choose(WAITING)
    assert said(room) == NOTHING_WAITS[:2]
    panel.show_approvals(cards(card(2)))
    assert (panel.shown, panel.card.isVisible(), panel.empty.isVisible()) == (name(2), True, False)


def test_a_history_of_nothing_says_so_and_a_desk_that_is_cut_off_claims_nothing(room: Room) -> None:
    room.panel.which.choose(DECIDED)
    assert said(room) == NOTHING_DECIDED[:2]
    room.panel.show_link(link(LinkState.OFFLINE))
    assert said(room)[0] == "没有连上运行器"
    room.panel.show_link(link(LinkState.CATCHING_UP))
    assert said(room)[0] == "正在补齐记录"
    room.panel.show_link(link())
    assert said(room) == NOTHING_DECIDED[:2]


@pytest.mark.parametrize(
    ("ended", "word"),
    [
        (OrderState.CANCELLED, "已批准，已撤单"),
        (OrderState.EXPIRED, "已批准，已失效"),
        (OrderState.REJECTED, "已批准，被拒单"),
        (OrderState.VOID, "已批准，未发出"),
        (OrderState.FILLED, "已批准并执行"),
    ],
)
def test_card_and_history_say_how_the_order_ended_that_an_approval_let_out(
    room: Room, ended: OrderState, word: str
) -> None:
    panel = room.panel
    panel.show_approvals(cards(SENT))
    panel.which.choose(DECIDED)
    assert panel.card.outcome_word.text() == "已批准并执行"
    outcome = "李薇已通过，报出后已撤，成交 0 手（一键停止：异常）"
    panel.show_approvals(cards(replace(SENT, ended=ended, outcome=outcome)))
    QApplication.processEvents()
    assert (panel.card.outcome_word.text(), panel.card.outcome.text()) == (word, outcome)
    assert panel.decided.cell(0, OUTCOME_COLUMN).text == word
