"""A trader books, values and ends a contract agreed outside the exchange, and sees what each would do first (G5)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest

from terminal.domain.fact.facts import Role
from terminal.domain.ids import ConfirmationId
from terminal.domain.orders.order import Side
from terminal.domain.otc import FormulaMark, HandMark, OtcEnding, OtcKind, OtcTerms, first_mark
from terminal.domain.otc_commands import BookOtc, EndOtc, MarkOtc
from terminal.domain.products.option import Right
from terminal.domain.words.otc_terms import OtcTerm
from terminal.domain.words.risk import Verdict
from terminal.engine.otc.line import OtcLine
from terminal.engine.screen import LinkState, Preview
from terminal.widgets.otc.booking import BookingForm
from terminal.widgets.otc.ending import EndingForm
from terminal.widgets.otc.marking import MarkForm
from terminal.widgets.otc.rows import COLUMNS
from terminal.widgets.otc.sheet import OtcSheet
from terminal.widgets.parts.wish_form import WishForm
from tests.gui.desk import ACCOUNT, REBAR, Desk, book
from tests.gui.ticket_stage import LINE, LINK

BOOKING = ConfirmationId("A-C000001")
PLACE = {column.title: at for at, column in enumerate(COLUMNS)}


def terms(**changed: object) -> OtcTerms:
    made = OtcTerms(
        number="YQ-1",
        counterparty="某贸易公司",
        kind=OtcKind.FORWARD,
        side=Side.SELL,
        tonnes=Decimal(600),
        reference=REBAR,
        price=Decimal(3700),
        expires=20250331,
        group="螺纹",
    )
    return msgspec.structs.replace(made, **changed)


PUT = terms(number="QQ-1", kind=OtcKind.OPTION, side=Side.BUY, right=Right.PUT, premium=Decimal(50))


def line(of: OtcTerms, **changed: object) -> OtcLine:
    made = OtcLine(
        account=ACCOUNT,
        terms=of,
        kind="卖出远期",
        mark=first_mark(of),
        marked="按标的现价",
        value=Decimal("-12310.25"),
        profit=Decimal("-12310.25"),
        tonnes=Decimal(-600),
        whole_tonnes=of.whole_tonnes,
        booking=BOOKING,
        version=3,
    )
    return msgspec.structs.replace(made, **changed)


@pytest.fixture
def traded(desk: Desk) -> Iterator[Desk]:
    """Give a desk of somebody who trades one account with a hedge group."""
    desk.open_market()
    desk.mailbox.post_link(msgspec.structs.replace(LINK, roles={ACCOUNT: (Role.TRADER,)}))
    desk.mailbox.post_account(msgspec.structs.replace(LINE, account=ACCOUNT, name="母公司", hedge_groups=("螺纹",)))
    desk.mailbox.post_book(book())
    desk.window.drain()
    yield desk
    if desk.window.panels.otc.sheet is not None:
        desk.window.panels.otc.sheet.close()


def opened(desk: Desk, *lines: OtcLine) -> OtcSheet:
    desk.mailbox.post_otc(ACCOUNT, lines)
    desk.window.panels.otc.open()
    desk.window.drain()
    sheet = desk.window.panels.otc.sheet
    assert sheet is not None
    return sheet


def form_of(sheet: OtcSheet) -> WishForm:
    assert sheet.form is not None
    return sheet.form


def ask(desk: Desk) -> None:
    """Let the form ask at once what it asks when somebody has stopped typing: nothing here waits for a clock."""
    sheet = desk.window.panels.otc.sheet
    assert sheet is not None
    form = form_of(sheet)
    form._timer.stop()
    form._timer.timeout.emit()


def answer(desk: Desk, sentence: str, verdict: Verdict = Verdict.CONFIRM2) -> None:
    """Let the form ask, and answer it."""
    ask(desk)
    desk.mailbox.post_preview(Preview(request=len(desk.hand.foreseen), verdict=verdict, sentence=sentence))
    desk.window.drain()


def result(desk: Desk, sentence: str, *, ok: bool = True) -> None:
    for told in desk.hand.answer(ok=ok, sentence=sentence):
        desk.mailbox.post_result(told)
    desk.window.drain()


def test_without_contracts_the_sheet_says_what_belongs_here_and_how_to_begin(traded: Desk) -> None:
    sheet = opened(traded)
    assert not sheet.empty.isHidden()
    assert sheet.empty.title.text() == "没有未了结的场外合约"
    assert sheet.book_button.isEnabled()
    assert not sheet.mark_button.isEnabled()


def test_a_forward_is_booked_in_one_form_and_goes_to_a_second_person(traded: Desk) -> None:
    sheet = opened(traded)
    sheet.book_button.click()
    form = form_of(sheet)
    assert isinstance(form, BookingForm)
    assert form.premium.isHidden()
    assert "合同编号" in _said_of(traded, form)
    for field, text in (
        (form.number, "YQ-1"),
        (form.counterparty, "某贸易公司"),
        (form.tonnes, "600"),
        (form.price, "3,700"),
        (form.expires, "2025-03-31"),
    ):
        field.setText(text)
    form.side.setCurrentIndex(1)
    answer(traded, "登记…需复核")
    assert traded.hand.foreseen[-1] == BookOtc(account=ACCOUNT, terms=terms())
    assert form.said.text() == "登记…需复核"
    form.send_button.click()
    assert traded.hand.sent == [BookOtc(account=ACCOUNT, terms=terms())]
    assert not form.send_button.isEnabled()  # a second press books no second one
    result(traded, "登记场外合约 YQ-1；需复核（编号 C1）")
    assert "需复核（编号 C1）" in sheet.sentence.text()
    assert sheet.form is None or not sheet.form.isVisible()


def _said_of(desk: Desk, form: WishForm) -> str:
    ask(desk)
    return form.said.text()


def test_a_refusal_keeps_what_was_typed(traded: Desk) -> None:
    sheet = opened(traded, line(terms()))
    sheet.grid.selectRow(0)
    sheet.end_button.click()
    form = form_of(sheet)
    assert isinstance(form, EndingForm)
    form.amount.setText("−1234.5")
    form.reason.setText("协商平仓")
    answer(traded, "了结…")
    form.send_button.click()
    wanted = EndOtc(
        account=ACCOUNT, ending=OtcEnding(number="YQ-1", booking=BOOKING, amount=Decimal("-1234.5"), reason="协商平仓")
    )
    assert traded.hand.sent == [wanted]
    result(traded, "没有未了结的场外合约 YQ-1，请刷新列表。", ok=False)
    assert form.said.text().startswith("没有未了结")
    assert form.amount.text() == "−1234.5"


def test_an_option_is_valued_by_formula_or_by_hand(traded: Desk) -> None:
    sheet = opened(traded, line(PUT, kind="买入场外看跌期权", mark=None, value=None, profit=None, tonnes=None))
    sheet.grid.selectRow(0)
    sheet.mark_button.click()
    form = form_of(sheet)
    assert isinstance(form, MarkForm)
    form.volatility.setText("abc")
    assert "数字" in _said_of(traded, form)
    assert not form.send_button.isEnabled()
    form.volatility.setText("22")
    answer(traded, "估值改为", Verdict.ALLOW)
    assert traded.hand.foreseen[-1] == MarkOtc(
        account=ACCOUNT,
        number="QQ-1",
        booking=BOOKING,
        base_version=3,
        mark=FormulaMark(volatility=Decimal(22), rate=Decimal(0)),
    )
    form.how.setCurrentIndex(1)
    assert form.volatility.isHidden()
    form.value.setText("51234.56")
    form.source.setText("对手报价")
    form.delta.setText("-0.31")
    answer(traded, "估值改为", Verdict.ALLOW)
    form.send_button.click()
    assert traded.hand.sent[-1] == MarkOtc(
        account=ACCOUNT,
        number="QQ-1",
        booking=BOOKING,
        base_version=3,
        mark=HandMark(value=Decimal("51234.56"), source="对手报价", delta=Decimal("-0.31")),
    )


def test_a_row_shows_worth_tonnes_and_that_its_last_day_is_over(traded: Desk) -> None:
    sheet = opened(traded, line(terms(), is_expired=True))
    shown = {title: sheet.rows.cell(0, at).text for title, at in PLACE.items()}
    assert shown[OtcTerm.WORTH] == "−12,310.25"
    assert shown[OtcTerm.DELTA_TONNES] == "−600"
    assert shown[OtcTerm.LAST_DAY] == "2025-03-31 ▲ 已到期"


def test_who_may_only_look_or_is_cut_off_is_told_why_nothing_can_be_asked_for(traded: Desk) -> None:
    sheet = opened(traded, line(terms()))
    traded.mailbox.post_link(msgspec.structs.replace(LINK, roles={ACCOUNT: (Role.VIEWER,)}))
    traded.window.drain()
    assert not sheet.book_button.isEnabled()
    assert "只能看" in sheet.sentence.text()
    traded.mailbox.post_link(msgspec.structs.replace(LINK, state=LinkState.OFFLINE))
    traded.window.drain()
    assert "没有与运行器连接" in sheet.sentence.text()
