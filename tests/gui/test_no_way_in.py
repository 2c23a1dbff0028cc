"""A desk that gets nothing says so for good: refused by the runner, or let in without any account."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtWidgets import QLabel

from terminal.engine.screen import LinkState
from tests.gui.control_desk import link
from tests.gui.desk import Desk


def test_a_desk_that_is_refused_for_good_does_not_say_that_it_is_opening(desk: Desk) -> None:
    assert desk.window.top.market.text() == "正在打开…"
    desk.mailbox.post_link(link(LinkState.REFUSED, sentence="口令不对"))
    desk.window.drain()
    assert desk.window.top.market.text() == "未打开"
    assert desk.window.status.state.text() == "行情未打开：见上方提示"
    # And one that is let in after all names its market.
    desk.open_market()
    assert desk.window.top.market.text() != "未打开"


def test_a_form_nobody_has_touched_is_not_red_on_a_desk_that_is_not_connected(desk: Desk) -> None:
    desk.open_market()
    desk.mailbox.post_link(link(LinkState.REFUSED, sentence="口令不对"))
    desk.window.drain()
    said = [label.text() for label in desk.window.strategies.findChildren(QLabel)]
    assert not [text for text in said if "还没有合约" in text]


def test_a_person_without_any_account_is_told_so_and_what_to_do(desk: Desk) -> None:
    desk.mailbox.post_link(replace(link(), roles={}))
    desk.window.drain()
    empty = desk.window.positions.empty
    assert empty.title.text() == "您没有可看的账户"
    assert "请管理员" in desk.window.positions.empty.next_step.text()
    assert desk.window.positions.summary() == "您没有可看的账户"
    # With an account it is fetched as before.
    desk.mailbox.post_link(link())
    desk.window.drain()
    assert empty.title.text() == "正在取回…"
