"""A trader orders for a group of accounts from the ticket: preview, one gesture, what became of each (分组下单)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from terminal.domain.batch_commands import CancelBatch, SaveGroup, SubmitBatch
from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId, BatchId, CommandId
from terminal.domain.orders.batch import Member, PartState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.batch.line import AccountPreview, BatchLine, GroupLine, PartLine
from terminal.engine.screen import Preview, ResultLine
from terminal.widgets.batch.rows import COLUMNS
from terminal.widgets.batch.sheet import BatchSheet
from tests.gui.desk import ACCOUNT, NOW, REBAR, Desk
from tests.gui.ticket_stage import LINE, LINK

EAST, WEST, POOR = AccountId("东"), AccountId("西"), AccountId("穷")
THREE = (EAST, WEST, POOR)
GROUP = GroupLine(
    name="子公司",
    version=3,
    members=tuple(
        Member(account=name, multiplier=Decimal(by)) for name, by in zip(THREE, ("1.50", "0.3", "1"), strict=True)
    ),
)
NO_MONEY = Finding(
    control="C6", code="MARGIN", verdict=Verdict.DENY, value="0.9", limit="0.8", sentence="风险度将到 90%。"
)
WORD, SENTENCE = 4, len(COLUMNS) - 1


@pytest.fixture
def traded(desk: Desk) -> Iterator[Desk]:
    """Give a desk of somebody who trades three accounts and has a group of them, with an order in the ticket."""
    desk.open_market()
    desk.quote(REBAR, 3214)
    roles = dict.fromkeys((ACCOUNT, *THREE), (Role.TRADER,))
    desk.mailbox.post_link(msgspec.structs.replace(LINK, roles=roles))
    for name in (ACCOUNT, *THREE):
        desk.mailbox.post_account(msgspec.structs.replace(LINE, account=name, name=f"{name}公司"))
    desk.window.drain()
    yield desk
    if desk.window.panels.batches.sheet is not None:
        desk.window.panels.batches.sheet.close()


def opened(desk: Desk, *groups: GroupLine, fill: bool = True) -> BatchSheet:
    for group in groups:
        desk.mailbox.post_group(group)
    desk.window.drain()
    if fill:
        desk.window.ticket.fill(REBAR, Side.BUY, Offset.OPEN, Decimal(3215), 2)
    desk.window.ticket.foot.groups.click()
    sheet = desk.window.panels.batches.sheet
    assert sheet is not None
    sheet._guard._clock = iter(range(10_000, 10**9, 2_000)).__next__  # each look two seconds later
    return sheet


def wishes(desk: Desk) -> list[SubmitBatch]:
    return [one for one in desk.hand.foreseen if isinstance(one, SubmitBatch)]


def foreseen(desk: Desk, *rows: AccountPreview) -> None:
    """Answer the latest question about the group."""
    place = max(at for at, one in enumerate(desk.hand.foreseen, 1) if isinstance(one, SubmitBatch))
    answer = Preview(request=place, verdict=Verdict.WARN, sentence="1 个账户可以报出，共 3 手", accounts=rows or ROWS)
    desk.mailbox.post_preview(answer)
    desk.window.drain()


ROWS = (
    AccountPreview(
        account=EAST,
        name="东公司",
        lots=3,
        verdict=Verdict.ALLOW,
        sentence="可以报出",
        margin=Decimal(12_538),
        available_after=Decimal(987_462),
    ),
    AccountPreview(account=WEST, name="西公司", lots=0, verdict=Verdict.ALLOW, sentence="分到 0 手，不报"),
    AccountPreview(
        account=POOR, name="穷公司", lots=2, verdict=Verdict.DENY, sentence="不能报出", findings=(NO_MONEY,)
    ),
)


def cells(sheet: BatchSheet, row: int) -> list[str]:
    return [sheet.rows.cell(row, at).text for at in range(len(COLUMNS))]


def part(account: AccountId, word: str, *, open_: bool = False, filled: int = 0) -> PartLine:
    return PartLine(
        account=account,
        name="",
        lots=3,
        filled=filled,
        state=PartState.SENT,
        word=word,
        sentence="A-1",
        verdict=Verdict.ALLOW,
        is_open=open_,
    )


def came(desk: Desk, batch: str, *parts: PartLine) -> None:
    order = wishes(desk)[-1].order
    desk.mailbox.post_batch(BatchLine(batch=BatchId(batch), at=NOW, group="子公司", order=order, parts=parts))
    desk.window.drain()


def send(desk: Desk, sheet: BatchSheet) -> CommandId:
    foreseen(desk)
    sheet.send_button.click()
    return desk.hand.last_command


def test_the_preview_has_a_row_per_account_with_what_its_own_gate_says(traded: Desk) -> None:
    sheet = opened(traded, GROUP)
    (wish,) = wishes(traded)[-1:]
    assert (wish.group, wish.group_version, wish.order.lots, wish.order.price) == ("子公司", 3, 2, Decimal(3215))
    foreseen(traded)
    assert cells(sheet, 0) == ["东 东公司", "1.5", "3", "—", "○ 可以发送", "12,538", "987,462", "可以报出"]
    assert cells(sheet, 1)[WORD:] == ["0 手", "—", "—", "分到 0 手，不报"]
    assert cells(sheet, 2)[WORD] == "■ 拒绝"
    assert cells(sheet, 2)[SENTENCE] == "C6 风险度将到 90%"
    assert sheet.sentence.text() == "1 个账户可以报出，共 3 手"
    assert sheet.send_button.text() == "发送 1 个账户 · 3 手"
    assert traded.hand.sent == []


def test_one_press_sends_the_batch_once_and_the_rows_say_what_became_of_each(traded: Desk) -> None:
    sheet = opened(traded, GROUP)
    command = send(traded, sheet)
    sheet.send_button.click()
    (sent,) = traded.hand.sent
    assert sent == wishes(traded)[-1]
    traded.mailbox.post_result(ResultLine(command=command, body=sent, ok=True, code="OK", sentence="已报出 1 个"))
    came(traded, command, part(EAST, "委托中", open_=True), part(POOR, "被拒"))
    assert not sheet.send_button.isVisible()
    assert [cells(sheet, row)[WORD] for row in range(2)] == ["委托中", "被拒"]
    assert sheet.sentence.text() == "2 个账户：委托中 1 个，被拒 1 个；共 6 手，成交 0 手"
    sheet.grid.setCurrentIndex(sheet.rows.index(1, 0))
    assert sheet.reason.text() == "穷：被拒，A-1"
    came(traded, command, part(EAST, "已成交", filled=3), part(POOR, "被拒"))
    assert cells(sheet, 0)[3:5] == ["3", "已成交"]
    assert not sheet.cancel_button.isEnabled()


def test_while_the_answer_to_a_press_is_on_its_way_nothing_can_be_sent_again(traded: Desk) -> None:
    sheet = opened(traded, GROUP)
    send(traded, sheet)
    traded.mailbox.post_group(msgspec.structs.replace(GROUP, version=4))  # something else is told meanwhile
    traded.window.drain()
    assert not sheet.send_button.isVisible()
    assert sheet.batch is not None
    assert len(traded.hand.sent) == 1


def test_a_refused_batch_says_why_and_is_asked_about_anew(traded: Desk) -> None:
    sheet = opened(traded, GROUP)
    command = send(traded, sheet)
    why = "账户组“子公司”已是第 4 版，什么也没有报出；请看过新的预览再发送。"
    traded.mailbox.post_result(
        ResultLine(command=command, body=traded.hand.sent[0], ok=False, code="CONFLICT", sentence=why)
    )
    traded.window.drain()
    assert sheet.sentence.text() == why
    assert sheet.send_button.isVisible()
    assert sheet.send_button.text() == "正在核算…"
    sheet.send_button.click()
    assert len(traded.hand.sent) == 1


def test_an_answer_about_another_form_of_the_group_lets_nothing_be_sent(traded: Desk) -> None:
    sheet = opened(traded, GROUP)
    foreseen(traded)
    traded.mailbox.post_group(msgspec.structs.replace(GROUP, version=4))
    traded.window.drain()
    sheet.send_button.click()
    assert traded.hand.sent == []
    foreseen(traded)
    sheet.send_button.click()
    assert [one.group_version for one in traded.hand.sent if isinstance(one, SubmitBatch)] == [4]


def test_what_is_open_of_a_batch_is_cancelled_with_one_press(traded: Desk) -> None:
    sheet = opened(traded, GROUP)
    command = send(traded, sheet)
    came(traded, command, part(EAST, "委托中", open_=True))
    sheet.cancel_button.click()
    assert traded.hand.sent[1:] == [CancelBatch(batch=BatchId(command))]


def test_a_batch_sent_elsewhere_is_there_to_be_read_and_cancelled(traded: Desk) -> None:
    sheet = opened(traded, GROUP)
    foreseen(traded)
    came(traded, "别处", part(EAST, "排队", open_=True))
    sheet.views.setCurrentIndex(sheet.views.findData("别处"))
    assert cells(sheet, 0)[WORD] == "排队"
    sheet.cancel_button.click()
    assert traded.hand.sent == [CancelBatch(batch=BatchId("别处"))]


def test_without_a_group_the_sheet_says_what_to_do_and_a_group_is_made_in_it(traded: Desk) -> None:
    sheet = opened(traded)
    assert wishes(traded) == []
    sheet.new_button.click()
    made = sheet.group_sheet
    assert made is not None
    assert list(made.fields) == sorted((ACCOUNT, *THREE))
    made.save_button.click()
    assert made.fault.text().startswith("请写组名")
    made.name.setText("新组")
    made.save_button.click()
    assert made.fault.text().startswith("组里还没有账户")
    made.fields[EAST].setText("1.23456")
    made.save_button.click()
    assert made.fault.text().startswith("东：倍数应为")
    made.fields[EAST].setText("1.5")
    made.save_button.click()
    wanted = SaveGroup(name="新组", base_version=0, members=(Member(account=EAST, multiplier=Decimal("1.5")),))
    assert traded.hand.sent == [wanted]
    traded.mailbox.post_result(
        ResultLine(command=traded.hand.last_command, body=wanted, ok=True, code="OK", sentence="已保存")
    )
    traded.mailbox.post_group(GroupLine(name="新组", version=1, members=wanted.members))
    traded.window.drain()
    assert sheet.groups.currentText() == "新组"
    assert wishes(traded)[-1].group == "新组"


def test_a_group_is_changed_and_deleted_over_the_form_that_was_seen(traded: Desk) -> None:
    sheet = opened(traded, GROUP)
    sheet.edit_button.click()
    assert sheet.group_sheet is not None
    assert {name: field.text() for name, field in sheet.group_sheet.fields.items()} == {
        ACCOUNT: "",
        EAST: "1.5",
        WEST: "0.3",
        POOR: "1",
    }
    sheet.group_sheet.delete_button.click()
    assert traded.hand.sent == [SaveGroup(name="子公司", base_version=3, members=())]
    no = ResultLine(
        command=traded.hand.last_command, body=traded.hand.sent[0], ok=False, code="CONFLICT", sentence="已是第 4 版"
    )
    traded.mailbox.post_result(no)
    traded.window.drain()
    assert sheet.group_sheet.fault.text() == "已是第 4 版"


def test_an_unfinished_ticket_orders_for_nobody_and_says_what_is_missing(traded: Desk) -> None:
    sheet = opened(traded, GROUP, fill=False)
    assert wishes(traded) == []
    assert sheet.sentence.text()
    assert sheet.send_button.text() == "没有可发送的"


def test_a_desk_that_is_cut_off_sends_nothing(traded: Desk) -> None:
    sheet = opened(traded, GROUP)
    foreseen(traded)
    traded.mailbox.post_link(msgspec.structs.replace(LINK, may_order=False))
    traded.window.drain()
    sheet.send_button.click()
    assert (traded.hand.sent, sheet.send_button.text()) == ([], "离线，不能下单")


def test_the_keyboard_alone_sends_and_a_held_key_sends_once(traded: Desk) -> None:
    sheet = opened(traded, GROUP)
    foreseen(traded)
    sheet.activateWindow()
    QApplication.processEvents()
    for _ in range(12):
        if sheet.send_button.hasFocus():
            break
        QTest.keyClick(QApplication.focusWidget() or sheet, Qt.Key.Key_Tab)
    assert sheet.send_button.hasFocus()
    QTest.keyPress(sheet.send_button, Qt.Key.Key_Return)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert len(traded.hand.sent) == 1
