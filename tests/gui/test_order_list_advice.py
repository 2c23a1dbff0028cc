"""An empty list of orders sends to the ticket only those who can order now."""

from __future__ import annotations

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from terminal.domain.fact.facts import Role
from terminal.engine.screen import LinkState
from terminal.widgets.dress.look import Look
from terminal.widgets.orders.list import NEXT_ORDER, NO_TRADER, NOBODY_TRADES, OrderList
from terminal.widgets.parts.empty_state import UNKNOWN
from tests.gui.control_desk import account_line, link
from tests.gui.desk import ACCOUNT
from tests.gui.hand import RecordingHand


@pytest.fixture
def panel(qtbot: QtBot, look: Look) -> OrderList:
    made = OrderList(look, RecordingHand())
    qtbot.addWidget(made)
    made.show_account(ACCOUNT)
    return made


def advice(panel: OrderList) -> set[str]:
    return {ledger.empty.next_step.text() for ledger in (panel.working, panel.orders)}


def test_nobody_is_sent_to_the_ticket_who_cannot_order_now(panel: OrderList) -> None:
    panel.show_link(link())
    panel.show_accounts({ACCOUNT: account_line()})
    assert advice(panel) == {NEXT_ORDER}
    stopped = "账户已一键停止，只可平仓；须两人解除后再开仓。"
    panel.show_accounts({ACCOUNT: msgspec.structs.replace(account_line(), why_closed=stopped)})
    assert advice(panel) == {stopped}
    panel.show_link(link(LinkState.OFFLINE))
    assert advice(panel) == {UNKNOWN[2]}
    panel.show_link(link())
    assert advice(panel) == {stopped}
    panel.show_accounts({ACCOUNT: account_line()})
    assert advice(panel) == {NEXT_ORDER}


def test_a_person_without_the_role_is_told_who_orders(panel: OrderList) -> None:
    panel.show_link(link(roles=(Role.CHECKER,)))
    assert advice(panel) == {NO_TRADER}
    panel.show_link(msgspec.structs.replace(link(roles=(Role.CHECKER,)), may_order=False))
    assert advice(panel) == {NOBODY_TRADES}
    panel.show_link(link())
    assert advice(panel) == {NEXT_ORDER}
