"""What waits for a second person is followed to its end, and not submitted a second time by habit."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from terminal.domain.commands import WithdrawOrder
from terminal.domain.ids import CommandId, ConfirmationId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.screen import ApprovalCard, LinkState, Preview, ResultLine
from terminal.widgets.ticket.condition import Wait
from terminal.widgets.ticket.fields import Ticket
from terminal.widgets.ticket.once import Once
from terminal.widgets.ticket.send_guard import CHANGED_MS, REST_MS
from tests.gui.control_desk import card, cards, link
from tests.gui.desk import ACCOUNT, REBAR, Desk
from tests.gui.test_small_screens import SMALL, USUAL, in_sight, stand
from tests.gui.ticket_stage import ENTER, LINK, ME, Stage, quote


def submit(stage: Stage, number: int = 7) -> ApprovalCard:
    """Submit an order for approval, and have it parked."""
    stage.answer(verdict=Verdict.CONFIRM2)
    stage.now += CHANGED_MS
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    parked = msgspec.structs.replace(
        card(number, maker=ME), confirmation=ConfirmationId(f"主账户-C00000{number}"), title=f"买开 rb2505 {number} 手"
    )
    (line,) = stage.hand.answer(code="CONFIRM2", sentence="需复核：超限")
    stage.ticket.show_results((msgspec.structs.replace(line, confirmation=parked.confirmation),))
    stage.ticket.show_approvals(cards(parked))
    return parked


def press_long_after(stage: Stage) -> None:
    """Press and click with an answer at hand, if the ticket asks for one."""
    stage.answer(verdict=Verdict.CONFIRM2)
    stage.now += 10 * CHANGED_MS
    QTest.keyClick(stage.ticket.send_button, ENTER)
    stage.now += REST_MS
    stage.ticket.send_button.click()


def test_an_order_that_waits_is_not_submitted_again_before_a_field_is_another(stage: Stage) -> None:
    stage.fill()
    submit(stage)
    press_long_after(stage)
    stage.ticket.show_quotes({REBAR: quote(3220, 3221)})  # the price follows the market: nobody meant anything by it
    press_long_after(stage)
    assert len(stage.hand.orders) == 1
    assert stage.ticket.send_button.text() == "已提交复核"
    assert stage.ticket.answer.sentence.text() == (
        "同样的委托已提交复核（C000007），正等主管决定；为免一单报两次，这里不再重复提交。"
        "确实要再来一笔，请改动任意一栏，再改回来。"
    )
    lots = stage.ticket.form.lots
    QTest.keyClick(lots, Qt.Key.Key_Up)
    QTest.keyClick(lots, Qt.Key.Key_Down)
    stage.ticket.send_button.setFocus()
    press_long_after(stage)
    assert len(stage.hand.orders) == 2


def test_an_answer_that_comes_after_what_became_of_the_order_closes_nothing() -> None:
    once, meant = Once(), (ACCOUNT, (Ticket(), Wait()))
    over = msgspec.structs.replace(card(7, maker=ME), state=ConfirmationState.EXPIRED, outcome="已过期")
    command = CommandId("c1")
    once.sent(meant, [command], at=0)
    once.show_approvals(cards(over))
    body = WithdrawOrder(account=ACCOUNT, confirmation=over.confirmation)  # what it was about is not looked at
    late = ResultLine(
        command=command, body=body, ok=True, code="CONFIRM2", sentence="需复核", confirmation=over.confirmation
    )
    once.show_results((late,))
    assert once.block is None


def test_an_order_for_two_persons_that_is_not_answered_yet_is_not_submitted_again(stage: Stage) -> None:
    stage.fill()
    stage.answer(verdict=Verdict.CONFIRM2)
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    press_long_after(stage)
    assert (len(stage.hand.orders), stage.ticket.send_button.text()) == (1, "等待回答")
    stage.ticket.show_results(stage.hand.answer(ok=False, code="UNANSWERED", sentence="结果不明"))
    press_long_after(stage)
    assert len(stage.hand.orders) == 1
    stage.ticket.show_results(stage.hand.answer(ok=False, code="LOST", sentence="没有送达"))
    press_long_after(stage)
    assert len(stage.hand.orders) == 2


def test_once_the_supervisor_has_decided_the_same_may_be_submitted_again_after_a_rest(stage: Stage) -> None:
    stage.fill()
    parked = submit(stage)
    gone = msgspec.structs.replace(parked, state=ConfirmationState.REJECTED, outcome="李薇已驳回：太大")
    stage.ticket.show_approvals(cards(gone))
    stage.answer(verdict=Verdict.CONFIRM2)
    QTest.keyClick(stage.ticket.send_button, ENTER)  # was on its way when the supervisor decided
    assert len(stage.hand.orders) == 1
    press_long_after(stage)
    assert len(stage.hand.orders) == 2


def test_each_own_order_that_waits_is_followed_to_its_end_and_the_end_outlasts_the_next_order(stage: Stage) -> None:
    stage.fill()
    first = submit(stage, 3)
    stage.fill(lots=4)
    second = submit(stage, 4)
    results = stage.ticket.results
    assert (
        results.text()
        == "▲ 买开 rb2505 4 手 @3215（C000004）：等待主管复核\n▲ 买开 rb2505 3 手（C000003）：等待主管复核"
    )
    done = msgspec.structs.replace(first, state=ConfirmationState.CONSUMED, outcome="李薇已通过，已报出")
    stage.ticket.show_approvals(cards(done))
    approved, waiting = (
        "● 买开 rb2505 3 手（C000003）：李薇已通过，已报出",
        "▲ 买开 rb2505 4 手 @3215（C000004）：等待主管复核",
    )
    assert results.text() == f"{approved}\n{waiting}"  # the news first
    assert [label.property("verdict") for label in results.labels] == ["allow", "confirm"]
    stage.fill(lots=5)
    submit(stage, 5)
    gone = msgspec.structs.replace(second, state=ConfirmationState.REVOKED, outcome="已作废：账户已停止")
    stage.ticket.show_approvals(cards(gone))
    assert results.text().split("\n") == [
        "■ 买开 rb2505 4 手（C000004）：已作废：账户已停止",
        "▲ 买开 rb2505 5 手 @3215（C000005）：等待主管复核",
        approved,
    ]
    stage.ticket.clear()
    assert results.text() == "▲ 买开 rb2505 5 手（C000005）：等待主管复核"


@pytest.mark.parametrize(
    ("ended", "shape", "tone"),
    [
        (OrderState.CANCELLED, "◇", "sent"),
        (OrderState.EXPIRED, "◇", "sent"),
        (OrderState.VOID, "◇", "sent"),
        (OrderState.REJECTED, "■", "deny"),
        (OrderState.FILLED, "●", "allow"),
    ],
)
def test_an_approved_order_is_followed_to_its_own_end(stage: Stage, ended: OrderState, shape: str, tone: str) -> None:
    stage.fill()
    told = "李薇已通过，报出后已撤，成交 0 手"
    sent = msgspec.structs.replace(submit(stage, 3), state=ConfirmationState.CONSUMED, outcome="李薇已通过，已报出")
    stage.ticket.show_approvals(cards(sent))
    stage.ticket.show_approvals(cards(msgspec.structs.replace(sent, ended=ended, outcome=told)))
    assert stage.ticket.results.text() == f"{shape} 买开 rb2505 2 手 @3215（C000003）：{told}"
    assert stage.ticket.results.labels[0].property("verdict") == tone


def test_keeping_a_draft_drops_nothing_of_what_is_told_of_orders(stage: Stage) -> None:
    stage.fill()
    over = msgspec.structs.replace(submit(stage, 3), state=ConfirmationState.REJECTED, outcome="李薇已驳回：太大")
    stage.ticket.show_approvals(cards(over))
    stage.fill(lots=4)
    submit(stage, 4)  # the next order leaves room for what was decided; the one after it does not
    told = "▲ 买开 rb2505 4 手 @3215（C000004）：等待主管复核\n■ 买开 rb2505 3 手（C000003）：李薇已驳回：太大"
    assert stage.ticket.results.text() == told
    for words in ("草稿已保存", "草稿又保存"):
        stage.now += 10 * CHANGED_MS
        stage.ticket.draft_button.click()
        stage.ticket.show_results(stage.hand.answer(sentence=words))
        lines = stage.ticket.results.text().split("\n")
        assert [line for line in lines if "草稿" not in line] == told.split("\n")
        assert [line for line in lines if "草稿" in line] == [f"● 存草稿：{words}"]


def test_what_waited_before_this_program_began_is_followed_too_and_what_is_others_or_of_yesterday_not(
    stage: Stage,
) -> None:
    own = msgspec.structs.replace(card(1, maker=ME), title="买开 rb2505 491 手")
    over = card(2, maker=ME, state=ConfirmationState.REJECTED, outcome="早先")
    limits = msgspec.structs.replace(card(4, maker=ME), terms=None, title="放宽限额")
    stage.ticket.show_approvals(cards(own, over, card(3), limits))
    assert stage.ticket.results.text() == "▲ 买开 rb2505 491 手（C1）：等待主管复核"
    stage.ticket.show_approvals(
        cards(msgspec.structs.replace(own, state=ConfirmationState.EXPIRED, outcome="超过复核时限，没有执行"))
    )
    assert stage.ticket.results.text() == "■ 买开 rb2505 491 手（C1）：超过复核时限，没有执行"


def test_every_finding_of_an_order_for_two_persons_is_shown(stage: Stage) -> None:
    stage.fill()
    told = ("单笔 2 手超过 1 手。", "与待复核 C000006 完全相同。")
    findings = tuple(
        Finding(control=control, code="X", verdict=Verdict.CONFIRM2, value="1", limit="2", sentence=sentence)
        for control, sentence in zip(("C2", "C9"), told, strict=True)
    )
    stage.answer(verdict=Verdict.CONFIRM2, findings=findings)
    assert [label.text() for label in stage.ticket.answer.findings] == [f"▲ {sentence}" for sentence in told]


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_on_a_small_screen_every_reason_is_in_sight_and_so_is_what_the_supervisor_decided(
    desk: Desk, size: tuple[int, int]
) -> None:
    ticket = desk.window.ticket
    stand(desk, ticket, size)
    desk.mailbox.post_link(link(person=ME))
    waiting = [card(number, maker=ME) for number in (1, 2)]
    for one in waiting:
        desk.mailbox.post_approval(one)
    desk.frames(2)
    desk.mailbox.post_approval(
        msgspec.structs.replace(waiting[0], state=ConfirmationState.REJECTED, outcome="李薇已驳回：太大，分批再报")
    )
    desk.frames(2)
    ticket.fill(REBAR, Side.BUY, Offset.OPEN, lots=490)
    ticket.ask()
    told = ("单笔价值 15,753,500 元超过 5,000,000 元，需要第二人复核。", "与待复核 C000006 完全相同。")
    findings = tuple(
        Finding(control=control, code="X", verdict=Verdict.CONFIRM2, value="1", limit="2", sentence=sentence)
        for control, sentence in zip(("C2", "C9"), told, strict=True)
    )
    sentence = "买开 rb2505 490 手 @3215 合约价值 ¥15,753,500 保证金(13%) ¥2,047,955 手续费 ¥1,575 · 可以报出"
    request = len(desk.hand.foreseen)
    answer = Preview(request=request, verdict=Verdict.CONFIRM2, sentence=sentence, findings=findings)
    ticket.show_previews({request: answer})
    for _ in range(6):
        QApplication.processEvents()
    for label in ticket.answer.findings:
        assert in_sight(label, ticket.answer.scrolled.viewport()), label.text()
    assert in_sight(ticket.results.labels[0], ticket)
    assert "李薇已驳回" in ticket.results.labels[0].text()


def test_an_answer_that_comes_after_a_cut_stands_and_what_was_carried_out_before_it_does_not(stage: Stage) -> None:
    away = msgspec.structs.replace(LINK, state=LinkState.OFFLINE, may_order=False, sentence="离线")
    for after_the_cut in (False, True):
        stage.fill()
        stage.answer(verdict=Verdict.ALLOW)
        stage.now += 10 * CHANGED_MS
        stage.ticket.send_button.setFocus()
        stage.press(ENTER)
        reported = stage.hand.answer(ok=True, code="OK", sentence="已报单")
        if not after_the_cut:
            stage.ticket.show_results(reported)
        stage.ticket.show_link(away)
        stage.ticket.show_link(msgspec.structs.replace(away, state=LinkState.CATCHING_UP))
        if after_the_cut:
            stage.ticket.show_results(reported)
        stage.ticket.show_link(LINK)
        assert ("已报单" in stage.ticket.results.text()) is after_the_cut


@pytest.mark.parametrize("state", [ConfirmationState.CONSUMED, ConfirmationState.REJECTED])
def test_one_more_enter_after_the_decision_submits_nothing(stage: Stage, state: ConfirmationState) -> None:
    stage.fill()
    parked = submit(stage)
    stage.ticket.show_approvals(cards(msgspec.structs.replace(parked, state=state, outcome="风控主管已决定")))
    stage.answer(verdict=Verdict.CONFIRM2)
    stage.now += 10 * CHANGED_MS
    stage.press(ENTER)
    assert len(stage.hand.orders) == 1
    assert not stage.ticket.send_button.hasFocus()
    stage.press(ENTER)  # from the price on, as one walks there on purpose
    stage.press(ENTER)
    assert len(stage.hand.orders) == 2


def test_one_more_enter_after_an_order_of_ones_own_sends_nothing(stage: Stage) -> None:
    stage.ready()
    stage.press(ENTER)
    stage.ticket.show_results(stage.hand.answer(sentence="已报单 主账户-00000007"))
    stage.answer()
    stage.now += 10 * CHANGED_MS
    stage.press(ENTER)
    assert len(stage.hand.orders) == 1


def test_an_order_that_was_edited_makes_room_for_what_took_its_place(stage: Stage) -> None:
    stage.fill()
    parked = submit(stage)
    edited = msgspec.structs.replace(parked, state=ConfirmationState.SUPERSEDED, outcome="制单人已修改，请看新的复核")
    stage.ticket.show_approvals(cards(edited))
    (said,) = [label for label in stage.ticket.results.labels if label.text()]
    assert (said.text()[0], said.property("verdict")) == ("○", "sent")
    later = msgspec.structs.replace(parked, confirmation=ConfirmationId("主账户-C000008"))
    stage.ticket.form.lots.setFocus()
    QTest.keyClick(stage.ticket.form.lots, Qt.Key.Key_Up)
    submit(stage, 9)
    stage.ticket.show_approvals(cards(later))
    assert "制单人已修改" not in stage.ticket.results.text()
