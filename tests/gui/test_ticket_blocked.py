"""Where nothing may be sent the ticket says why; what became of an order is told where it was sent."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.commands import SubmitOrder, TakeAccount
from terminal.domain.ids import CommandId, DeviceId, InstrumentId, PersonId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Verdict
from terminal.engine.screen import LinkState, ResultLine
from tests.gui.control_desk import card, cards
from tests.gui.desk import ACCOUNT, COPPER, REBAR
from tests.gui.ticket_stage import ENTER, HERE, LINE, LINK, ME, Stage, quote


def blocked(stage: Stage) -> tuple[str, str]:
    """Return what button and line say after every way to send was tried in vain."""
    stage.ticket.ask()
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    stage.rest()
    stage.ticket.send_button.click()
    assert stage.hand.sent == []
    return stage.ticket.send_button.text(), stage.ticket.answer.sentence.text()


# --- when nothing may be sent ---------------------------------------------------------------------------------------


def test_offline_nothing_is_sent_and_the_ticket_says_so(stage: Stage) -> None:
    stage.ready()
    stage.ticket.show_link(
        msgspec.structs.replace(
            LINK, state=LinkState.OFFLINE, may_order=False, offline_s=12, sentence="离线 12 秒，策略由运行器执行"
        )
    )
    assert blocked(stage) == ("离线", "离线 12 秒，策略由运行器执行，不能下单。")
    stage.ticket.show_link(LINK)
    stage.answer()
    assert stage.ticket.send_button.text() == "买开 2 手"


def test_a_person_who_may_not_order_is_told_why(stage: Stage) -> None:
    stage.ready()
    stage.ticket.show_link(msgspec.structs.replace(LINK, may_order=False, sentence="已连接本机运行器"))
    assert blocked(stage) == ("没有权限", "不能下单：您在任何账户都没有交易员权限，请由交易员下单。")


def test_without_a_contract_nothing_is_asked(stage: Stage) -> None:
    assert blocked(stage)[0] == "先选合约"
    assert stage.hand.asked == []


def test_without_a_price_nothing_is_asked(stage: Stage) -> None:
    stage.ticket.show_quotes({REBAR: quote(None, None)})
    stage.fill()
    assert blocked(stage) == ("没有价格", "行情里没有对手价，请另选价格方式，或直接输入价格。")
    assert stage.hand.asked == []


def test_a_price_off_the_grid_is_refused_before_it_is_asked(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.BUY, Offset.OPEN, Decimal(73_925), 1)
    assert blocked(stage)[0] == "价格不对"
    assert stage.hand.asked == []


def test_a_price_of_nothing_is_refused_for_what_it_is(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.BUY, Offset.OPEN, Decimal("0.0000"), 1)
    assert blocked(stage) == ("价格不对", "价格须大于 0，现在是 0.0000，请改价。")


def test_a_contract_that_is_not_listed_cannot_be_ordered(stage: Stage) -> None:
    stage.ticket.fill(InstrumentId("SHFE.zn2502"), Side.BUY)
    assert blocked(stage) == ("合约未列出", "合约 SHFE.zn2502 不在当前市场里，请另选合约。")


@pytest.mark.parametrize(("verdict", "text"), [(Verdict.LOCK, "限制开仓"), (Verdict.DENY, "不能发送")])
def test_a_final_verdict_blocks_with_its_reason(stage: Stage, verdict: Verdict, text: str) -> None:
    stage.fill()
    stage.answer(verdict=verdict)
    assert blocked(stage) == (text, "超出限仓。")


def test_before_the_answer_nothing_is_sent(stage: Stage) -> None:
    stage.fill()
    assert blocked(stage) == ("正在核算…", "")
    assert stage.ticket.send_button.property("side") == "blocked"
    assert stage.ticket.answer.word.text() == "正在核算…"


@pytest.mark.parametrize(("person", "device"), [(PersonId("wang"), HERE), (ME, DeviceId("PC-9"))])
def test_an_account_held_elsewhere_is_taken_over_before_it_is_ordered_for(
    stage: Stage, person: PersonId, device: DeviceId
) -> None:
    stage.ready()
    assert not stage.ticket.take_button.isVisible()
    held = msgspec.structs.replace(LINE, holder=person, holder_name="王", holder_device=device)
    stage.ticket.show_account_line(held)
    assert blocked(stage) == ("他人持有", f"账户由 王 在 {device} 持有；要在这里下单，请先接管。")
    stage.ticket.take_button.click()
    assert (stage.hand.sent, stage.ticket.take_button.text()) == ([], "再按一次接管")
    stage.ticket.take_button.click()
    assert stage.hand.sent == [TakeAccount(account=ACCOUNT)]
    stage.ticket.show_account_line(msgspec.structs.replace(LINE, holder=ME, holder_device=HERE))
    assert not stage.ticket.take_button.isVisible()
    stage.answer()
    assert stage.ticket.send_button.text() == "买开 2 手"


# --- what became of it ----------------------------------------------------------------------------------------------


def test_an_order_for_two_persons_says_so_on_the_button_and_waits_afterwards(stage: Stage) -> None:
    stage.fill()
    stage.answer(verdict=Verdict.CONFIRM2)
    assert stage.ticket.send_button.text() == "提交复核 · 买开 2 手"
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    body = SubmitOrder(terms=stage.hand.orders[0])
    assert stage.ticket.results.text() == "○ 买开 rb2505 2 手 @3215：已发出，等待回答"
    stage.ticket.show_results(
        (ResultLine(command=CommandId("c1"), body=body, ok=True, code="CONFIRM2", sentence="编号 C-7"),)
    )
    assert stage.ticket.results.text() == "▲ 买开 rb2505 2 手 @3215：等待主管复核。编号 C-7"


def test_what_became_of_an_order_that_waited_is_told_where_it_was_sent(stage: Stage) -> None:
    stage.fill()
    stage.answer(verdict=Verdict.CONFIRM2)
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    body = SubmitOrder(terms=stage.hand.orders[0])
    waiting = card(7)
    parked = ResultLine(
        command=CommandId("c1"),
        body=body,
        ok=True,
        code="CONFIRM2",
        sentence="需复核：超限",
        confirmation=waiting.confirmation,
    )
    stage.ticket.show_results((parked,))
    stage.ticket.show_approvals(cards(waiting))
    assert "等待主管复核" in stage.ticket.results.text()
    gone = msgspec.structs.replace(waiting, state=ConfirmationState.EXPIRED, outcome="已过期，没有发出")
    stage.ticket.show_approvals(cards(gone))
    assert stage.ticket.results.text() == "■ 买开 rb2505 2 手 @3215（C7）：已过期，没有发出"


@pytest.mark.parametrize(
    ("ok", "code", "text"),
    [
        (True, "OK", "● 买开 rb2505 2 手 @3215：句子"),
        (False, "NO_ROLE", "■ 买开 rb2505 2 手 @3215 未执行：句子"),
        (False, "UNANSWERED", "▲ 买开 rb2505 2 手 @3215：还没有回答，先别重发。句子"),
    ],
)
def test_the_result_of_what_was_sent_is_told_in_the_ticket(stage: Stage, ok: bool, code: str, text: str) -> None:
    stage.ready()
    stage.press(ENTER)
    body = SubmitOrder(terms=stage.hand.orders[0])
    others = ResultLine(command=CommandId("other"), body=body, ok=False, code="X", sentence="别处的")
    own = ResultLine(command=CommandId("c1"), body=body, ok=ok, code=code, sentence="句子")
    stage.ticket.show_results((own, others))
    assert stage.ticket.results.text() == text


def test_a_result_under_way_is_not_lost_when_a_draft_is_saved_meanwhile(stage: Stage) -> None:
    stage.ready()
    stage.press(ENTER)
    stage.rest()
    stage.ticket.draft_button.click()
    body = SubmitOrder(terms=stage.hand.orders[0])
    stage.ticket.show_results((ResultLine(command=CommandId("c1"), body=body, ok=False, code="X", sentence="太大。"),))
    assert stage.ticket.results.text() == "■ 买开 rb2505 2 手 @3215 未执行：太大。\n○ 存草稿：已发出，等待回答"
