"""What a confirmation's card, its list and its history say, and which one is in sight."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from terminal.domain.days.calendar import MINUTE_NS
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.products.instrument import Reference
from terminal.engine.wording import CONFIRMATIONS
from terminal.widgets.approval.card import UNSIGNED
from terminal.widgets.approval.panel import DECIDED, WAITING
from tests.gui.approval_panel.room import ALT, Room
from tests.gui.control_desk import card, cards, name, nameless
from tests.gui.desk import DAY, NOW, REBAR, check_model

if TYPE_CHECKING:
    # The module looks for Qt when it is imported, before pytest-qt has chosen one.
    from pytestqt.modeltest import ModelTester


def test_a_new_one_comes_into_sight_unless_one_that_waits_is_there(room: Room) -> None:
    first, second, third = card(1), card(2), card(3)
    room.panel.show_approvals(cards(first))
    room.panel.show_approvals(cards(second))
    assert room.panel.shown == first.confirmation  # nothing moves under the hand
    room.panel.show_approvals(cards(replace(first, state=ConfirmationState.EXPIRED)))
    assert room.panel.shown == first.confirmation
    room.panel.show_approvals(cards(third))
    assert room.panel.shown == third.confirmation
    assert not room.panel.decision.armed


def test_a_card_that_another_one_has_overtaken_loses_its_buttons_and_says_why_with_both_values(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    assert room.panel.decision.approve_button.isVisible()
    why = "没有执行：策略 网格 已先改为第 2 版，这一项改的是第 1 版；不同之处：每格手数现为 5 手、这一项为 6 手"
    overtaken = replace(card(1, may_decide=False), state=ConfirmationState.SUPERSEDED, outcome=why)
    room.panel.show_approvals(cards(overtaken))
    assert not room.panel.decision.approve_button.isVisible()
    assert not room.panel.decision.reject_button.isVisible()
    room.press(Qt.Key.Key_A, ALT)
    assert room.hand.sent == []
    assert room.panel.empty.text.text() == f"买开 螺纹钢2505 491 手：{why}。"
    room.panel.which.choose(DECIDED)
    assert room.panel.card.outcome.text() == why


def test_the_card_says_who_wants_what_why_it_stopped_and_its_consequence(room: Room, reference: Reference) -> None:
    room.panel.show_instruments((reference.instrument(REBAR, DAY),))
    room.panel.show_approvals(cards(card(1)))
    shown = room.panel.card
    assert shown.title.text() == "买开 螺纹钢2505 491 手"
    assert shown.maker.text() == "张敏 提交 · 账户 主账户 · 09:59:00 · C1"
    room.panel.show_approvals(cards(replace(card(1), reason="船期提前，先锁三月")))
    assert shown.maker.text() == "张敏 提交 · 账户 主账户 · 09:59:00 · C1 · 理由：船期提前，先锁三月"
    assert shown.why.text() == f"单笔 490 手超过 300 手{UNSIGNED}"
    told = {
        part.accessibleName()
        for part in (shown.instrument, shown.verb, shown.lots, shown.price, shown.last, shown.drift)
    }
    assert told == {
        "合约 螺纹钢2505",
        "方向 买开",
        "手数 490 手",
        "委托价 3,215",
        "最新价 3,216",
        "价格漂移（参考价 3,214） +2 跳（允许 ±9）",
    }
    cells = {label.accessibleName() for label in shown.table.findChildren(type(shown.title))}
    assert {"净敞口 −120 手 → +370 手", "风险度 45.4% → 61.2%，变差"} <= cells
    assert shown.details.text() == "跌停 3021 时亏损 950,600 元"
    assert shown.last_orders.text() == "09:58:12 买开 螺纹钢2505 20 手 全部成交"


def test_the_card_says_that_the_runners_reason_is_not_signed_and_claims_nothing_of_what_is_forged(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    why = room.panel.card.why
    assert why.text().endswith("（不在签名内）")
    assert UNSIGNED in room.panel.card.accessibleDescription()
    room.panel.show_approvals(
        cards(replace(card(1), why="内容与哈希不符，请不要批准。", is_whole=False, may_decide=False))
    )
    assert why.text() == "内容与哈希不符，请不要批准。"


def test_the_title_and_the_tab_say_how_many_wait(room: Room) -> None:
    assert room.panel.empty.isVisible()
    room.panel.show_approvals(cards(card(1), card(2, may_decide=False)))
    assert not room.panel.empty.isVisible()
    assert room.panel.title._note.text() == "2 项待复核，1 项由您决定"
    assert room.panel.windowTitle() == "复核 2"
    room.panel.show_approvals(cards(card(1, state=ConfirmationState.CONSUMED, outcome="已报出")))
    assert room.panel.title._note.text() == "1 项待复核 · 已处理 1 项"
    room.panel.restart()
    assert room.panel.windowTitle() == "复核"


def test_the_time_left_counts_down_by_the_market_clock(room: Room) -> None:
    room.panel.show_approvals(cards(card(1, minutes=12)))
    assert room.panel.card.countdown.text() == "剩 12:00"
    room.panel.show_now(0)  # no market clock was heard yet
    assert room.panel.card.countdown.text() == "剩 —"
    room.panel.show_now(NOW + 10 * MINUTE_NS + 1)
    assert room.panel.card.countdown.text() == "剩 2:00"
    assert room.panel.card.countdown.property("tone") == "warn"
    assert room.panel.waiting.cell(0, 0).text == "2:00"
    room.panel.show_now(NOW + 12 * MINUTE_NS)
    assert room.panel.card.countdown.text() == "已过时限"
    assert not room.panel.decision.approve_button.isVisible()
    assert room.bar_text == "已过复核时限，请制单人重新提交。"


def test_the_card_in_sight_stays_when_another_comes_and_when_it_is_decided(room: Room) -> None:
    room.panel.show_approvals(cards(card(1, minutes=12)))
    room.panel.show_approvals(cards(card(2, minutes=1)))
    assert room.panel.shown == name(1)
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    room.panel.show_approvals(cards(card(1, state=ConfirmationState.CONSUMED, outcome="已报出 490 手")))
    assert room.panel.shown == name(1)
    assert room.panel.card.outcome_word.text() == "已批准并执行"
    assert room.panel.card.outcome.text() == "复核人 李薇 · 已报出 490 手"
    assert not room.panel.decision.approve_button.isVisible()
    assert room.panel.decision.next_button.text() == "下一项（1）"


@pytest.mark.parametrize(
    ("outcome", "told"),
    [("李薇已驳回：手数过大", "李薇已驳回：手数过大"), ("已作废：一键停止", "复核人 李薇 · 已作废：一键停止")],
)
def test_who_decided_is_named_once(room: Room, outcome: str, told: str) -> None:
    room.panel.show_approvals(cards(card(1, state=ConfirmationState.REJECTED, outcome=outcome)))
    room.panel.which.choose(DECIDED)
    assert room.panel.card.outcome.text() == told


def test_what_is_decided_on_is_always_one_of_the_list_in_sight(room: Room) -> None:
    panel = room.panel
    panel.show_approvals(cards(card(1), card(2, state=ConfirmationState.REVOKED)))
    room.arm()
    panel.which.choose(DECIDED)
    assert panel.shown == name(2)
    panel.show_approvals(cards(card(3)))
    assert panel.shown == name(2)
    assert not panel.decision.armed
    room.press(Qt.Key.Key_R, ALT)
    assert not panel.decision.reason.isVisible()
    assert not panel.decision.reject_button.isVisible()
    panel.which.choose(WAITING)
    assert panel.shown == name(1)
    room.arm()
    panel.show_approvals(cards(card(1, state=ConfirmationState.REVOKED)))
    panel.show_approvals(cards(card(4)))
    assert panel.which.index == WAITING
    assert panel.shown == name(4)


def test_what_comes_while_the_history_is_empty_is_seen_in_its_list(room: Room) -> None:
    panel = room.panel
    panel.which.choose(DECIDED)
    panel.show_approvals(cards(card(1)))
    assert (panel.shown, panel.which.index) == (name(1), WAITING)
    assert panel.waiting_grid.isVisible()


def test_the_history_says_what_became_of_each(room: Room) -> None:
    states = [ConfirmationState.CONSUMED, ConfirmationState.STALE, ConfirmationState.REJECTED]
    done = [card(number, state=state, outcome="价格已变化") for number, state in enumerate(states, start=1)]
    room.panel.show_approvals(cards(*done))
    room.panel.which.choose(DECIDED)
    assert room.panel.decided_grid.isVisible()
    told = [room.panel.decided.cell(place, 2).text for place in range(3)]
    assert told == ["已批准并执行", "状态已变化", "已驳回"]
    room.panel.decided_grid.selectRow(1)
    assert room.panel.card.outcome.text() == "复核人 李薇 · 价格已变化"
    assert set(CONFIRMATIONS) == set(ConfirmationState)


def test_of_several_that_wait_the_first_to_expire_is_looked_at_and_its_row_is_in_sight(room: Room) -> None:
    room.window.resize(1200, 620)
    room.panel.show_approvals(cards(*(card(number, minutes=14 - number) for number in range(1, 9))))
    assert room.panel.shown == name(8)
    grid = room.panel.waiting_grid
    room.panel._look_at(name(1))  # as the menu of what waits does
    QApplication.processEvents()
    place = room.panel.waiting.place(name(1))
    assert place is not None
    row = grid.visualRect(room.panel.waiting.index(place, 0))
    assert grid.viewport().rect().contains(row.center()) or room.panel.picker.isVisible()


def test_a_decided_card_tells_the_price_it_was_approved_at_and_calls_none_the_last_one(
    room: Room, reference: Reference
) -> None:
    room.panel.show_instruments((reference.instrument(REBAR, DAY),))
    approved = replace(
        card(1),
        state=ConfirmationState.CONSUMED,
        price=None,
        decided_price=Decimal(3220),
        drift_ticks=6,
        outcome="已批准",
    )
    room.panel.show_approvals(cards(card(1)))
    room.panel.show_approvals(cards(approved))
    room.panel.which.choose(DECIDED)
    shown = room.panel.card
    assert shown.last.accessibleName() == "批准时价 3,220"
    assert shown.drift.accessibleName() == "价格漂移（参考价 3,214） +6 跳（允许 ±9）"
    for state, caption in ((ConfirmationState.REJECTED, "驳回时价"), (ConfirmationState.EXPIRED, "失效时价")):
        room.panel.show_approvals(cards(replace(approved, state=state, checker=None)))
        assert shown.last.accessibleName() == f"{caption} 3,220"
    room.panel.show_approvals(
        cards(replace(card(1), state=ConfirmationState.REJECTED, price=None, drift_ticks=None, outcome="已驳回"))
    )
    assert not shown.last.isVisible()
    assert shown.drift.accessibleName() == "参考价 3,214"


def test_the_menu_of_what_waits_brings_another_one_into_sight(room: Room) -> None:
    room.panel.show_approvals(cards(*(card(number, minutes=10 + number) for number in range(1, 4))))
    picker = room.panel.picker
    assert picker.text().startswith("第 1/3 项")
    picker.choices.aboutToShow.emit()
    assert [choice.isChecked() for choice in picker.choices.actions()] == [True, False, False]
    picker.choices.actions()[2].trigger()
    assert room.panel.shown == name(3)
    assert picker.text().startswith("第 3/3 项")
    assert not room.panel.decision.armed


def test_every_model_and_every_control_of_the_panel_keeps_the_rules(room: Room, qtmodeltester: ModelTester) -> None:
    room.panel.show_approvals(cards(card(1), card(2), card(3, state=ConfirmationState.EXPIRED)))
    room.arm()
    room.panel.decision.reject_button.click()
    assert nameless(room.panel) == []
    for rows in (room.panel.waiting, room.panel.decided):
        assert rows.rowCount() > 0
        check_model(qtmodeltester, rows)
    assert room.panel.summary() == "2 项待复核"
