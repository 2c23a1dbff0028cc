"""Each strategy's card says how it stands, keeps its place, and steers it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from terminal.domain.commands import PauseStrategy, ResumeStrategy, StartStrategy, StopStrategy
from terminal.domain.fact.control import Rest, StrategyStatus
from terminal.domain.ids import AccountId, CommandId, StrategyId
from terminal.domain.words.risk import Scope
from terminal.engine.screen import ResultLine
from tests.gui.desk import ACCOUNT
from tests.gui.strategy_panel.bench import GRID, Seat, account_line, card, grid_settings

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def test_a_card_says_how_its_strategy_stands(seat: Seat) -> None:
    seat.show(card(progress=Decimal("0.54")), card(strategy=StrategyId("b"), account=AccountId("另一账户")))
    assert list(seat.panel.cards.views) == [GRID]
    view = seat.panel.cards.views[GRID]
    assert view.pill.text() == "● 运行"
    assert "rb2505 +8 手 · 挂单 4 · 今日手续费 126" in view.accessibleName()
    assert view.profit.text() == "今日 +1,240"
    assert (view.bar.value(), view.share.text()) == (540, "54%")
    seat.show(card(status=StrategyStatus.PAUSED, lots={}))
    assert view.pill.text() == "■ 暂停"
    assert "空仓" in view.accessibleName()
    assert not view.bar.isVisible()
    seat.show(card(status=StrategyStatus.FINISHED, lots={}, handed_back=True))
    assert "持仓已交还账户 · 挂单" in view.accessibleName()
    moved = (StrategyId("spread"), StrategyId("b"))
    seat.show(card(status=StrategyStatus.FINISHED, lots={}, passed_on=moved))
    assert "，已改绑 spread、b · 挂单" in view.accessibleName()
    seat.show(card(status=StrategyStatus.FINISHED, lots={}, passed_on=moved, handed_back=True))
    assert "，已改绑 spread、b，其余持仓已交还账户 · 挂单" in view.accessibleName()


def test_after_a_restart_a_card_that_comes_again_is_the_same_and_one_that_does_not_is_gone(seat: Seat) -> None:
    seat.show(card(), card(strategy=StrategyId("b")))
    view = seat.panel.cards.views[GRID]
    seat.panel.restart()
    seat.show(card(status=StrategyStatus.PAUSED))
    assert seat.panel.cards.views == {GRID: view}
    assert view.pill.text() == "■ 暂停"
    seat.panel.restart()
    seat.show()
    assert seat.panel.cards.views == {}


NAMES = tuple(StrategyId(f"策略-{letter}") for letter in "甲乙丙")


def places(seat: Seat) -> list[StrategyId]:
    QApplication.processEvents()
    return sorted(seat.panel.cards.views, key=lambda name: seat.panel.cards.views[name].y())


def settle(seat: Seat) -> None:
    for view in seat.panel.cards.views.values():
        view._still.invalidate()  # as if the cards had stood still since yesterday


def test_a_card_keeps_its_place_whatever_becomes_of_its_strategy_and_a_new_one_stands_below(seat: Seat) -> None:
    paused = [card(strategy=name, status=StrategyStatus.PAUSED, place=place) for place, name in enumerate(NAMES)]
    seat.show(*reversed(paused))
    assert places(seat) == list(NAMES)
    bar = seat.panel.cards.verticalScrollBar()
    bar.setValue(bar.maximum())
    before = bar.value()
    seat.show(replace(paused[1], status=StrategyStatus.RUNNING))
    seat.show(replace(paused[0], status=StrategyStatus.FINISHED))
    assert places(seat) == list(NAMES)
    assert bar.value() == before
    new = card(strategy=StrategyId("一"), place=3)
    seat.show(new)
    assert places(seat) == [*NAMES, "一"]
    seat.panel.restart()  # the link was cut and everything is told anew
    seat.show(new, *paused)
    assert places(seat) == [*NAMES, "一"]


def test_cards_stand_in_the_order_they_were_started_however_they_come_and_whatever_runs(seat: Seat) -> None:
    working = [card(strategy=name, place=2 - place) for place, name in enumerate(NAMES)]
    seat.show(working[1])
    seat.show(working[0], replace(working[2], status=StrategyStatus.STOPPED))
    begun = places(seat)
    assert begun == list(reversed(NAMES))
    seat.panel.show_account(AccountId("另一账户"))
    seat.panel.show_account(ACCOUNT)
    assert places(seat) == begun


def test_a_click_on_a_button_that_has_just_come_under_the_cursor_steers_nothing(qtbot: QtBot, seat: Seat) -> None:
    first, second = sorted(NAMES)[:2]
    seat.show(card(strategy=first, sentence="空仓"), card(strategy=second))
    QApplication.processEvents()
    settle(seat)
    below = seat.panel.cards.views[second]
    stood = below.y()
    seat.show(card(strategy=first, sentence="空仓", warning="账户实有少于策略所记：rb2505 多 14 手"))
    qtbot.waitUntil(lambda: below.y() > stood)
    qtbot.mouseClick(below.rest_button, Qt.MouseButton.LeftButton)
    assert seat.hand.sent == []
    assert "刚移动过" in seat.panel.bench.view.status.text()
    qtbot.mouseClick(seat.panel.cards.views[first].rest_button, Qt.MouseButton.LeftButton)  # which has not moved
    assert [body.strategy for body in seat.hand.sent if isinstance(body, PauseStrategy)] == [first]
    assert "刚移动过" not in seat.panel.bench.view.status.text()
    qtbot.keyClick(below.rest_button, Qt.Key.Key_Space)  # the keyboard went with its card
    settle(seat)
    qtbot.mouseClick(below.rest_button, Qt.MouseButton.LeftButton)
    assert [body.strategy for body in seat.hand.sent if isinstance(body, PauseStrategy)] == [first, second, second]


def test_a_strategy_started_here_is_brought_into_sight_below_the_others(qtbot: QtBot, seat: Seat) -> None:
    seat.show(*(card(strategy=StrategyId(f"网格-{number}")) for number in range(8)))
    QApplication.processEvents()
    started = StrategyId("新的")
    body = StartStrategy(account=ACCOUNT, strategy=started, settings=grid_settings())
    seat.panel.show_results((ResultLine(command=CommandId("c"), body=body, ok=True, code="OK", sentence="已启动"),))
    seat.show(card(strategy=started))
    assert seat.panel.cards.verticalScrollBar().value() == 0
    view = seat.panel.cards.views[started]
    qtbot.waitUntil(lambda: not view.visibleRegion().isEmpty())


def test_a_strategy_is_paused_and_resumed_by_one_button(seat: Seat) -> None:
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    view.rest_button.click()
    seat.show(card(status=StrategyStatus.PAUSED))
    assert view.rest_button.text() == "恢复"
    view.rest_button.click()
    assert seat.hand.sent == [
        PauseStrategy(account=ACCOUNT, strategy=GRID),
        ResumeStrategy(account=ACCOUNT, strategy=GRID),
    ]
    seat.result(ok=False, code="NOT_PAUSED", sentence="策略没有暂停。")
    assert "没有暂停" in seat.view.status.text()


def test_no_strategy_is_resumed_while_the_kill_switch_of_its_account_is_on(seat: Seat) -> None:
    seat.show(card(status=StrategyStatus.PAUSED))
    view = seat.panel.cards.views[GRID]
    seat.panel.show_account_line(account_line(killed=(Scope(),)))
    assert not view.rest_button.isEnabled()
    assert view.rest_button.toolTip() == "账户 主账户 已一键停止，解除之后才能恢复策略。"
    assert view.stop_button.isEnabled()  # to rest it may always be brought
    seat.panel.show_account_line(account_line(killed=(Scope(strategy=StrategyId("别的策略")),)))
    assert view.rest_button.isEnabled()
    seat.show(card())
    seat.panel.show_account_line(account_line(killed=(Scope(),)))
    assert view.rest_button.text() == "暂停"
    assert view.rest_button.isEnabled()


def test_stopping_takes_two_presses_and_a_double_click_is_one(seat: Seat) -> None:
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    view.stop_button.click()
    assert view.armed
    assert view.stop_button.text() == "再按停止"
    view.stop_button.click()  # at once: a double click
    assert seat.hand.sent == []
    view.settle.stop()
    view.stop_button.click()
    assert seat.hand.sent == [StopStrategy(account=ACCOUNT, strategy=GRID)]
    assert not view.armed


def test_one_that_winds_down_to_its_stop_may_be_stopped_a_second_time(seat: Seat) -> None:
    # Given a strategy that is being stopped, and lacks lots that somebody has traded by hand
    seat.show(card(status=StrategyStatus.WINDING, then=Rest.STOPPED))
    view = seat.panel.cards.views[GRID]
    # Then its button says what a second stop would do, takes two presses as ever, and sends it.
    assert view.stop_button.isEnabled()
    assert "不再收尾，缺的不再由它补，立即停止" in view.stop_button.toolTip()
    view.stop_button.click()
    view.settle.stop()
    view.stop_button.click()
    assert seat.hand.sent == [StopStrategy(account=ACCOUNT, strategy=GRID)]


def test_a_press_before_the_winding_down_is_no_press_for_what_comes_after(seat: Seat) -> None:
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    view.stop_button.click()
    seat.show(card(status=StrategyStatus.WINDING, then=Rest.STOPPED))
    assert not view.armed


def test_a_first_press_is_forgotten_after_five_seconds(seat: Seat) -> None:
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    view.stop_button.click()
    assert view.stop_armed.interval() == 5_000
    view.stop_armed.timeout.emit()
    view.settle.stop()
    assert view.stop_button.text() == "停止"
    view.stop_button.click()
    assert seat.hand.sent == []


LONG = "已暂停（人工暂停）；多网格 20 条线，持 16 手，已完成 60 手来回，下一买点 3328，下一卖点 3334，挂单 8 笔，收尾中"


def test_a_sentence_longer_than_its_card_goes_on_in_a_second_line(qtbot: QtBot, seat: Seat) -> None:
    seat.show(card(sentence="空仓"))
    view = seat.panel.cards.views[GRID]
    qtbot.waitUntil(lambda: view.height() == view.sizeHint().height())
    short = view.height()
    seat.show(card(sentence=LONG))
    qtbot.waitUntil(lambda: view.height() > short)
    assert "\n" in view.sentence.text()
    assert view.sentence.text().replace("\n", "") == LONG
    assert view.sentence.toolTip() == LONG
    assert all(
        view.sentence.fontMetrics().horizontalAdvance(line) <= view.sentence.width()
        for line in view.sentence.text().split("\n")
    )
    qtbot.waitUntil(lambda: seat.panel.cards.height() == seat.panel.cards.wish)
    seat.show(card(sentence=LONG * 3))
    assert view.sentence.text().endswith("…")
    seat.show(card(sentence="空仓"))
    assert view.sizeHint().height() > short  # nothing below moves with a price
    seat.show(card(sentence="空仓", status=StrategyStatus.PAUSED))
    qtbot.waitUntil(lambda: view.height() == short)


def test_a_warning_stands_on_the_card_and_is_read_aloud(qtbot: QtBot, seat: Seat) -> None:
    seat.show(card())
    view = seat.panel.cards.views[GRID]
    assert not view.warning.isVisible()
    warning = "账户实有少于策略所记：rb2505 多 14 手（记 16 手）；差额平不了，请停止后按实有手数新建"
    seat.show(card(warning=warning))
    assert view.warning.isVisible()
    assert view.warning.whole == f"▲ {warning}"
    assert view.accessibleName().endswith(f"提醒：{warning}")
    qtbot.waitUntil(lambda: view.height() == view.sizeHint().height())
    assert view.warning.geometry().bottom() < view.facts.geometry().top()
    seat.show(card())
    assert not view.warning.isVisible()


def test_a_bar_that_comes_in_above_has_no_card_pressed_that_it_moved_under_the_mouse(seat: Seat) -> None:
    seat.show(card())
    QApplication.processEvents()
    view = seat.panel.cards.views[GRID]
    view._still.invalidate()  # as if the cards had stood still since yesterday
    above = QWidget()
    above.setFixedHeight(38)
    seat.window.setMenuWidget(above)
    above.show()
    for _ in range(3):
        QApplication.processEvents()
    QTest.mouseClick(view.rest_button, Qt.MouseButton.LeftButton)
    assert seat.hand.sent == []
    assert "没有生效" in seat.view.status.text()
    view._still.invalidate()
    QTest.mouseClick(view.rest_button, Qt.MouseButton.LeftButton)
    assert [type(one) for one in seat.hand.sent] == [PauseStrategy]
