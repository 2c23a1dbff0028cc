from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QToolButton
from pytestqt.qtbot import QtBot

from terminal.domain.calendar import MINUTE_NS
from terminal.domain.commands import ApproveOrder, RejectOrder, WithdrawOrder
from terminal.domain.confirmation import ConfirmationState
from terminal.domain.facts import Role
from terminal.domain.instrument import Reference
from terminal.domain.typed_text import LONGEST_TEXT
from terminal.engine.screen import LinkState
from terminal.sync.texts import unfit_body
from terminal.widgets.approval_card import STATES, UNSIGNED
from terminal.widgets.approval_panel import DECIDED, WAITING, ApprovalPanel
from terminal.widgets.decision_bar import ARM_MS, REASONS
from terminal.widgets.look import Look
from terminal.widgets.reason_field import BETWEEN
from tests.gui.control_desk import MAKER, card, cards, link, name, nameless
from tests.gui.desk import ACCOUNT, DAY, NOW, REBAR, Desk, check_model
from tests.gui.hand import RecordingHand

if TYPE_CHECKING:
    # The module looks for Qt when it is imported, before pytest-qt has chosen one.
    from pytestqt.modeltest import ModelTester

ALT = Qt.KeyboardModifier.AltModifier
LONG_MS = 60_000  # longer than any test


class Room:
    """Hold a window with the panel and a field somebody may be typing in."""

    def __init__(self, qtbot: QtBot, look: Look, *, arm_ms: int) -> None:
        self.qtbot = qtbot
        self.hand = RecordingHand()
        self.window = QMainWindow()
        self.panel = ApprovalPanel(look, self.hand, arm_ms=arm_ms)
        self.field = QLineEdit()
        self.field.setAccessibleName("别处的输入框")
        self.window.setCentralWidget(self.field)
        self.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.panel)
        self.window.resize(1200, 800)
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()
        self.panel.show_link(link())
        self.panel.show_now(NOW)

    @property
    def bar_text(self) -> str:
        return self.panel.decision.text.text()

    def arm(self) -> None:
        self.qtbot.waitUntil(lambda: self.panel.decision.armed, timeout=2_000)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        focused = self.window.focusWidget() or self.window
        QTest.keyClick(focused, key, modifier)


@pytest.fixture
def room(qtbot: QtBot, look: Look) -> Room:
    return Room(qtbot, look, arm_ms=1)


@pytest.fixture
def slow_room(qtbot: QtBot, look: Look) -> Room:
    return Room(qtbot, look, arm_ms=LONG_MS)


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
    assert room.panel.card.outcome.text() == why


def test_the_card_says_who_wants_what_why_it_stopped_and_its_consequence(room: Room, reference: Reference) -> None:
    room.panel.show_instruments((reference.instrument(REBAR, DAY),))
    room.panel.show_approvals(cards(card(1)))
    shown = room.panel.card
    assert shown.title.text() == "买开 螺纹钢2505 491 手"
    assert shown.maker.text() == "张敏 提交 · 账户 主账户 · 09:59:00 · C1"
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


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_and_space_send_nothing_wherever_tab_leads(room: Room, key: Qt.Key) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    decision = room.panel.decision
    for button in (decision.approve_button, decision.reject_button, decision.next_button):
        assert button.focusPolicy() == Qt.FocusPolicy.NoFocus
        assert not button.isDefault()
    for control in (room.panel.title.float_button, room.panel.title.close_button):
        control.hide()  # Space may well move the panel
    room.panel.waiting_grid.setFocus()
    for _ in range(12):
        room.press(key)
        room.press(Qt.Key.Key_Tab)
    assert room.hand.sent == []


def test_a_card_that_pops_up_under_a_typing_hand_cannot_be_approved(slow_room: Room) -> None:
    slow_room.field.setFocus()
    QTest.keyClicks(slow_room.field, "rb25")
    slow_room.panel.show_approvals(cards(card(1)))
    QTest.keyClicks(slow_room.field, "05")
    slow_room.press(Qt.Key.Key_A, ALT)
    slow_room.press(Qt.Key.Key_Return)
    QTest.mouseClick(slow_room.panel.decision.approve_button, Qt.MouseButton.LeftButton)
    assert slow_room.hand.sent == []
    assert slow_room.field.text() == "rb2505"
    assert slow_room.window.focusWidget() is slow_room.field
    assert ARM_MS == 1_000


def test_alt_a_sends_one_approval_with_the_hash_of_the_card(room: Room) -> None:
    room.panel.show_approvals(cards(card(1, order_hash="f00d")))
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    room.press(Qt.Key.Key_A, ALT)
    assert room.hand.sent == [
        ApproveOrder(account=ACCOUNT, confirmation=name(1), order_hash="f00d", signature=""),
    ]
    assert room.bar_text == "已送出，等待运行器回答…"


def test_another_card_rests_before_it_can_be_approved(room: Room) -> None:
    room.panel.show_approvals(cards(card(1), card(2)))
    room.arm()
    room.panel.decision.next_button.click()
    assert room.panel.shown == name(2)
    assert not room.panel.decision.armed
    room.press(Qt.Key.Key_A, ALT)
    assert room.hand.sent == []
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    assert [body.confirmation for body in room.hand.sent if isinstance(body, ApproveOrder)] == [name(2)]


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


def test_a_rejection_needs_a_reason(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    reason = room.panel.decision.reason
    assert reason.isVisible()
    assert not reason.confirm.isEnabled()
    room.press(Qt.Key.Key_R, ALT)
    room.press(Qt.Key.Key_Return)
    assert room.hand.sent == []
    reason.choose(4)  # another reason wants words
    assert not reason.confirm.isEnabled()
    reason.edit.setText("等夜盘")
    room.press(Qt.Key.Key_R, ALT)
    room.press(Qt.Key.Key_R, ALT)
    assert room.hand.sent == [
        RejectOrder(
            account=ACCOUNT, confirmation=name(1), order_hash="hash-1", signature="", reason="其他原因：等夜盘"
        ),
    ]


def test_a_rejection_is_given_by_the_keyboard_alone(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    for _ in range(2):  # also when one was chosen before
        assert QApplication.focusWidget() is room.panel.decision.reason.edit
        reached = []
        for key in (Qt.Key.Key_Tab, *[Qt.Key.Key_Right] * (len(REASONS) - 1)):
            room.press(key)
            focus = QApplication.focusWidget()
            reached.append(focus.text() if isinstance(focus, QToolButton) else "")
        assert tuple(reached) == REASONS
        room.press(Qt.Key.Key_Left)
        room.press(Qt.Key.Key_Space)
        room.press(Qt.Key.Key_Escape)
        room.press(Qt.Key.Key_R, ALT)
    room.press(Qt.Key.Key_Tab)
    room.press(Qt.Key.Key_Right)
    room.press(Qt.Key.Key_Space)
    assert room.hand.sent == []
    assert room.bar_text == "再按 Alt+R 驳回 · Esc 返回"
    room.press(Qt.Key.Key_R, ALT)
    assert [body.reason for body in room.hand.sent if isinstance(body, RejectOrder)] == [REASONS[1]]


def test_words_alone_are_another_reason_and_none_at_all_is_said(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    room.press(Qt.Key.Key_R, ALT)
    assert room.bar_text.startswith("▲ 没有驳回：请选择或写下原因")
    assert room.panel.decision.text.property("tone") == "warn"
    QTest.keyClicks(room.panel.decision.reason.edit, "ye pan")
    assert room.bar_text == "再按 Alt+R 驳回 · Esc 返回"
    room.press(Qt.Key.Key_R, ALT)
    assert [body.reason for body in room.hand.sent if isinstance(body, RejectOrder)] == ["其他原因：ye pan"]


def test_escape_goes_back_from_the_reason_to_the_decision_and_sends_nothing(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    decision = room.panel.decision
    for tabs in (0, 2):
        room.press(Qt.Key.Key_R, ALT)
        assert decision.reason.isVisible()
        for _ in range(tabs):
            room.press(Qt.Key.Key_Tab)
        room.press(Qt.Key.Key_Space)
        room.press(Qt.Key.Key_Escape)
        assert not decision.reason.isVisible()
        assert decision.approve_button.isVisible()
    assert room.bar_text == "Alt+A 批准 · Alt+R 驳回"
    assert room.hand.sent == []


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


def hold(room: Room, key: Qt.Key, shortcut: QShortcut, start: int) -> None:
    """Hold a chord on as X tells of it on a busy machine: pairs of release and press at one instant, none marked."""
    for at in range(start, start + 400, 40):
        for kind in (QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride):
            event = QKeyEvent(kind, key, ALT, "", False)
            event.setTimestamp(at)
            QCoreApplication.sendEvent(room.field, event)
        shortcut.activated.emit()


def test_a_held_approval_approves_one_card_and_not_the_one_that_comes_after_it(room: Room) -> None:
    decision = room.panel.decision
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.field.setFocus()
    QTest.keyPress(room.field, Qt.Key.Key_A, ALT)
    assert len(room.hand.sent) == 1
    room.panel.show_approvals(cards(card(1, state=ConfirmationState.CONSUMED, outcome="已报出")))
    room.panel.show_approvals(cards(card(2)))
    room.arm()
    hold(room, Qt.Key.Key_A, decision.approve_key, 5_000)
    assert len(room.hand.sent) == 1
    QTest.keyRelease(room.field, Qt.Key.Key_A, ALT)
    room.press(Qt.Key.Key_A, ALT)  # a finger's
    assert [body.confirmation for body in room.hand.sent if isinstance(body, ApproveOrder)] == [name(1), name(2)]


def test_the_longest_reason_the_field_takes_is_fit_for_a_record_whichever_ready_one_stands_in_front(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    reason = room.panel.decision.reason
    reason.edit.insert("等\n" + "　\u202e夜盘" * 300)
    for place in range(len(REASONS)):
        reason.choose(place)
        body = RejectOrder(
            account=ACCOUNT, confirmation=name(1), order_hash="hash-1", signature="", reason=reason.reason
        )
        assert unfit_body(body) == ""
        assert len(reason.reason) > LONGEST_TEXT // 3
    assert len(max(REASONS, key=len)) + len(BETWEEN) + reason.edit.maxLength() == LONGEST_TEXT


def test_a_held_rejection_asks_for_the_reason_and_does_not_give_it(room: Room) -> None:
    decision = room.panel.decision
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_R, ALT)
    decision.reason.choose(1)
    hold(room, Qt.Key.Key_R, decision.reject_key, 5_000)
    assert room.hand.sent == []
    assert decision.reason.isVisible()
    room.qtbot.waitUntil(lambda: not decision._chord._over.isActive(), timeout=2_000)
    room.press(Qt.Key.Key_R, ALT)
    assert len(room.hand.sent) == 1


def test_a_ready_reason_is_enough_and_one_may_think_better_of_it(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    decision = room.panel.decision
    decision.reject_button.click()
    decision.reason.choose(1)
    decision.reason.back.click()
    assert not decision.reason.isVisible()
    assert decision.approve_button.isVisible()
    decision.reject_button.click()
    assert not decision.reason.confirm.isEnabled()  # asked anew, nothing is chosen
    decision.reason.choose(1)
    decision.reason.confirm.click()
    assert [body.reason for body in room.hand.sent if isinstance(body, RejectOrder)] == ["手数过大"]


def test_a_price_beyond_the_allowed_drift_is_not_approved_but_can_be_rejected(room: Room) -> None:
    room.panel.show_approvals(cards(card(1, drift=10)))
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    assert room.hand.sent == []
    assert room.panel.card.drift.value.property("tone") == "warn"
    assert "+10 跳" in room.bar_text
    assert room.panel.decision.reject_button.isEnabled()


@pytest.mark.parametrize(
    ("state", "roles", "may_decide", "said"),
    [
        (LinkState.OFFLINE, (Role.CHECKER,), True, "离线，不能复核；连上运行器后再决定。"),
        (LinkState.LIVE, (Role.TRADER,), False, "您在账户 主账户 没有复核权限。"),
        (LinkState.LIVE, (Role.CHECKER,), False, "这一项不能由您复核。"),
    ],
)
def test_who_may_not_decide_is_told_why_instead_of_buttons(
    room: Room, state: LinkState, roles: tuple[Role, ...], may_decide: bool, said: str
) -> None:
    room.panel.show_link(link(state, roles=roles))
    room.panel.show_approvals(cards(card(1, may_decide=may_decide)))
    decision = room.panel.decision
    assert room.bar_text == said
    assert not decision.approve_button.isVisible()
    assert not decision.reject_button.isVisible()
    assert not decision.withdraw_button.isVisible()
    room.press(Qt.Key.Key_A, ALT)
    assert room.hand.sent == []


def test_the_maker_sees_their_own_and_may_take_it_back(room: Room) -> None:
    room.panel.show_link(link(person=MAKER))
    room.panel.show_approvals(cards(card(1, may_decide=False)))
    assert room.bar_text == "这是您提交的，须由另一人复核。"
    room.panel.decision.withdraw_button.click()
    assert room.hand.sent == [WithdrawOrder(account=ACCOUNT, confirmation=name(1))]
    assert not room.panel.decision.withdraw_button.isVisible()


def test_a_refused_decision_says_so_and_can_be_made_again(room: Room) -> None:
    room.panel.show_approvals(cards(card(1)))
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    room.panel.show_results(room.hand.answer(ok=False, code="UNANSWERED", sentence="还没有回答。"))
    assert room.bar_text == "还没有回答。"
    assert not room.panel.decision.approve_button.isVisible()
    room.panel.show_results(room.hand.answer(ok=False, code="BAD_SIGNATURE", sentence="签名不符。"))
    assert room.bar_text == "签名不符。"
    room.arm()
    room.press(Qt.Key.Key_A, ALT)
    assert len(room.hand.sent) == 2


def test_attention_is_called_once_for_what_this_person_may_decide(room: Room) -> None:
    called: list[str] = []
    room.panel.attention.connect(called.append)
    room.panel.show_approvals(cards(card(1), card(2, may_decide=False), card(3, state=ConfirmationState.REJECTED)))
    room.panel.show_approvals(cards(card(1)))
    room.panel.restart()
    room.panel.show_approvals(cards(card(1), card(4)))
    assert called == ["C1", "C4"]


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
    assert set(STATES) == set(ConfirmationState)


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


def test_the_way_to_the_next_one_never_stands_where_one_approves(room: Room) -> None:
    room.panel.show_approvals(cards(card(1), card(2)))
    bar = room.panel.decision
    QApplication.processEvents()
    approves = bar.approve_button.geometry()
    room.panel.show_approvals(cards(replace(card(1), state=ConfirmationState.CONSUMED, outcome="已批准并报出")))
    QApplication.processEvents()
    assert bar.next_button.isVisible()
    assert not bar.next_button.geometry().intersects(approves)
    assert bar.next_button.geometry().right() < bar.text.mapTo(bar, bar.text.rect().topLeft()).x() + 1


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


def test_a_card_behind_another_tab_does_not_arm(desk: Desk, qtbot: QtBot) -> None:
    panel = desk.window.approvals
    desk.open_market()
    desk.mailbox.post_link(link())
    desk.mailbox.post_approval(card(1))
    desk.frames(2)  # it comes to the front by itself
    desk.window.panels.bring(desk.window.ticket)
    qtbot.wait(ARM_MS + 200)
    assert not panel.decision.armed
    desk.window.panels.bring(panel)
    assert not panel.decision.armed
    qtbot.waitUntil(lambda: panel.decision.armed, timeout=ARM_MS * 3)


def test_every_model_and_every_control_of_the_panel_keeps_the_rules(room: Room, qtmodeltester: ModelTester) -> None:
    room.panel.show_approvals(cards(card(1), card(2), card(3, state=ConfirmationState.EXPIRED)))
    room.arm()
    room.panel.decision.reject_button.click()
    assert nameless(room.panel) == []
    for rows in (room.panel.waiting, room.panel.decided):
        assert rows.rowCount() > 0
        check_model(qtmodeltester, rows)
    assert room.panel.summary() == "2 项待复核"
