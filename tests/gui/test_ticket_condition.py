"""The row 条件 of the ticket: an order that waits is asked about and sent as one, and at other times it is offered."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.domain.commands import PlaceConditional, SubmitOrder
from terminal.domain.ids import ConditionalId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.instrument import Reference
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.screen import Preview
from terminal.widgets.ticket.block import Block
from terminal.widgets.ticket.condition import Wait, conditional
from terminal.widgets.ticket.expected import When
from terminal.widgets.ticket.fields import PriceMode, Ticket
from terminal.widgets.ticket.send_guard import CHANGED_MS
from tests.gui.desk import ACCOUNT, COPPER, DAY, REBAR
from tests.gui.ticket_stage import ENTER, Stage
from tests.gui.waiting_line import waiting_line

CLOSED = Finding(
    control="C1",
    code="NOT_TRADING_NOW",
    verdict=Verdict.DENY,
    value="",
    limit="",
    sentence="现在是休市，请等开盘后再报。",
)


def foreseen(stage: Stage, verdict: Verdict = Verdict.ALLOW) -> PlaceConditional:
    """Ask, answer, and return what was asked about."""
    stage.ticket.ask()
    asked = stage.hand.foreseen[-1]
    assert isinstance(asked, PlaceConditional)
    answer = Preview(request=len(stage.hand.foreseen), verdict=verdict, sentence="rb2505 最新价 ≥ 3220 时 买开")
    stage.ticket.show_previews({answer.request: answer})
    return asked


def waiting(stage: Stage, when: When = When.PRICE, price: str = "3220") -> None:
    row = stage.ticket.form.waits
    row.choose(when)
    if price:
        row.price.clear()
        QTest.keyClicks(row.price, price)


def test_an_order_at_once_shows_no_field_of_a_condition(stage: Stage) -> None:
    stage.fill()
    assert stage.ticket.form.waits.isHidden()
    assert stage.ticket.form.waits.choice.currentText() == "条件 立即"


def test_a_price_makes_it_a_conditional_order_that_is_asked_about_and_sent_whole(stage: Stage) -> None:
    stage.fill()
    waiting(stage)
    asked = foreseen(stage)
    assert asked.account == ACCOUNT
    assert asked.wanted.condition == d.PriceReaches(instrument=REBAR, way=d.Way.AT_OR_ABOVE, price=Decimal(3220))
    assert asked.wanted.release == d.SendOrder(
        instrument=REBAR, side=Side.BUY, offset=Offset.OPEN, lots=2, price=d.AtOpposite(ticks=0)
    )
    assert stage.ticket.send_button.text() == "条件单 · 买开 2 手"
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    assert stage.hand.sent == [asked]
    assert "条件单 买开 rb2505 2 手 @对手价：已发出" in stage.ticket.results.text()


def test_the_same_is_not_placed_twice_by_habit_and_again_after_a_no(stage: Stage) -> None:
    stage.fill()
    waiting(stage)
    foreseen(stage)
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    assert stage.ticket.send_button.text() == "等待回答"
    stage.ticket.show_results(stage.hand.answer(sentence="条件单 T1 已在运行器等待"))
    assert stage.ticket.send_button.text() == "条件单已提交"
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    assert len(stage.hand.sent) == 1
    waiting(stage, price="3221")
    foreseen(stage)
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    stage.ticket.show_results(stage.hand.answer(ok=False, code="TOO_MANY_CONDITIONALS", sentence="太多"))
    stage.now += CHANGED_MS
    foreseen(stage)
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    assert len(stage.hand.sent) == 3


def test_what_is_missing_is_said_and_nothing_is_asked(stage: Stage) -> None:
    stage.fill()
    asked = len(stage.hand.foreseen)
    waiting(stage, price="")
    assert stage.ticket.send_button.text() == "先填条件价"
    stage.ticket.ask()
    assert len(stage.hand.foreseen) == asked


def test_a_close_asks_what_to_do_when_its_lots_are_held(stage: Stage) -> None:
    stage.fill(Offset.CLOSE, side=Side.SELL)
    waiting(stage)
    row = stage.ticket.form.waits
    assert not row.when_short.isHidden()
    assert stage.ticket.send_button.text() == "选可平不足"
    row.when_short.activated.emit(row.when_short.findData(d.WhenShort.CANCEL_FIRST))
    release = foreseen(stage).wanted.release
    assert isinstance(release, d.CloseLots)
    assert release.when_short is d.WhenShort.CANCEL_FIRST


def test_another_contract_forgets_the_price_and_goes_on_waiting_for_one(stage: Stage) -> None:
    stage.fill()
    waiting(stage)
    stage.ticket.fill(COPPER)
    wait = stage.ticket.form.waits.wait
    assert (wait.when, wait.price, stage.ticket.send_button.text()) == (When.PRICE, None, "先填条件价")


def test_esc_makes_it_an_order_at_once_again(stage: Stage) -> None:
    stage.fill()
    waiting(stage)
    stage.ticket.clear()
    assert stage.ticket.form.waits.wait == Wait()


def test_a_condition_makes_the_answer_about_the_order_at_once_worth_nothing(stage: Stage) -> None:
    stage.ready()
    waiting(stage)
    stage.press(ENTER)
    assert stage.hand.sent == []


def test_outside_the_session_an_order_is_offered_to_wait_and_none_of_it_sends(stage: Stage) -> None:
    stage.fill()
    stage.answer(verdict=Verdict.DENY, findings=(CLOSED,))
    offer = stage.ticket.foot.offer
    assert not offer.isHidden()
    offer.preset.click()
    assert offer.isHidden()
    asked = foreseen(stage)
    assert (asked.wanted.condition, asked.wanted.validity) == (d.MarketOpens(instrument=REBAR), d.Validity.SESSION)
    stage.ticket.form.waits.choose(When.AT_ONCE)
    stage.answer(verdict=Verdict.DENY, findings=(CLOSED,))
    offer.condition.click()
    assert stage.ticket.form.waits.wait.when is When.PRICE
    stage.ticket.form.waits.choose(When.AT_ONCE)
    stage.answer(verdict=Verdict.DENY, findings=(CLOSED,))
    offer.drop.click()
    assert stage.ticket.form.ticket.instrument is None
    assert stage.hand.sent == []


def test_an_order_that_may_go_out_is_offered_nothing(stage: Stage) -> None:
    stage.fill()
    stage.answer()
    assert stage.ticket.foot.offer.isHidden()
    assert isinstance(stage.hand.foreseen[-1], SubmitOrder)


@pytest.mark.parametrize(
    ("wait", "ticket", "short"),
    [
        (Wait(when=When.RANGE, price=Decimal(3220)), Ticket(), "先填区间"),
        (Wait(when=When.RANGE, price=Decimal(3220), highest=Decimal(3210)), Ticket(), "区间不对"),
        (Wait(when=When.PRICE, price=Decimal("3220.5")), Ticket(), "条件价不对"),
        (Wait(when=When.TIME), Ticket(), "先填时间"),
        (Wait(when=When.BREAK_EVEN), Ticket(), "保本只用于平仓"),
        (Wait(when=When.OPENING), Ticket(mode=PriceMode.QUEUE), "选报单价"),
    ],
)
def test_each_thing_that_is_missing_has_its_words(reference: Reference, wait: Wait, ticket: Ticket, short: str) -> None:
    made = conditional(wait, ticket, reference.instrument(REBAR, DAY))
    assert isinstance(made, Block)
    assert made.short == short


@pytest.mark.parametrize(
    ("wait", "condition"),
    [
        (
            Wait(when=When.RANGE, price=Decimal(3210), highest=Decimal(3220), quoted=d.Quoted.BID),
            d.PriceWithin(instrument=REBAR, quoted=d.Quoted.BID, lowest=Decimal(3210), highest=Decimal(3220)),
        ),
        (Wait(when=When.TIME, clock=53_700), d.TimeReached(instrument=REBAR, clock=53_700)),
        (
            Wait(when=When.BREAK_EVEN, way=d.Way.AT_OR_BELOW),
            d.BreaksEven(instrument=REBAR, side=Side.BUY, way=d.Way.AT_OR_BELOW),
        ),
    ],
)
def test_each_choice_makes_its_condition(reference: Reference, wait: Wait, condition: d.Condition) -> None:
    ticket = Ticket(
        instrument=REBAR, side=Side.SELL, offset=Offset.CLOSE_TODAY, mode=PriceMode.FIXED, price=Decimal(3200)
    )
    made = conditional(wait, ticket, reference.instrument(REBAR, DAY))
    assert isinstance(made, d.Conditional)
    assert made.condition == condition
    assert made.release.price == d.AtPrice(price=Decimal(3200))


def test_ticks_through_the_opposite_price_are_typed_or_stepped(stage: Stage) -> None:
    stage.fill()
    waiting(stage)
    ticks = stage.ticket.form.waits.ticks
    QTest.keyClicks(ticks, "3")
    QTest.keyClick(ticks, Qt.Key.Key_Up)
    assert foreseen(stage).wanted.release.price == d.AtOpposite(ticks=4)


def test_a_close_filled_from_a_position_waits_for_no_condition_of_before(stage: Stage) -> None:
    stage.fill()
    waiting(stage)
    stage.ticket.fill(REBAR, Side.SELL)  # the same contract, looked at on the other side
    assert stage.ticket.form.waits.wait.when is When.PRICE
    stage.ticket.fill(REBAR, Side.SELL, Offset.CLOSE, None, 2)
    assert stage.ticket.form.waits.wait.when is When.AT_ONCE


def test_what_waits_is_followed_to_its_end_in_the_ticket(stage: Stage) -> None:
    stage.fill()
    waiting(stage)
    foreseen(stage)
    stage.now += CHANGED_MS
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    name = ConditionalId(f"{ACCOUNT}-T000003")
    placed = f"条件单 {name} 已在运行器等待：rb2505 最新价 ≥ 3220 时 买开"
    stage.ticket.show_results(stage.hand.answer(sentence=placed))

    def told() -> list[str]:
        return [label.text() for label in stage.ticket.results.labels if label.text()]

    stage.ticket.results.show_conditionals({name: waiting_line(conditional=name)})
    assert told()[0].endswith(placed)
    went = waiting_line(conditional=name, state=ConditionalState.RELEASED, note="已报单 主账户-00000008")
    stage.ticket.results.show_conditionals({name: went})
    assert "已在运行器等待" not in told()[0]
    assert told()[0].startswith("◆ ")
    assert told()[0].endswith("已报单 主账户-00000008")


def test_the_same_may_be_placed_again_once_a_field_was_another(stage: Stage) -> None:
    stage.fill()
    waiting(stage)
    foreseen(stage)
    stage.now += CHANGED_MS
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)
    stage.ticket.show_results(stage.hand.answer(sentence="条件单 主账户-T000003 已在运行器等待"))
    assert stage.ticket.send_button.text() == "条件单已提交"
    before = stage.ticket.form.waits.wait
    waiting(stage, When.AT_ONCE, price="")
    waiting(stage, price="")
    assert stage.ticket.form.waits.wait == before
    assert stage.ticket.send_button.text() != "条件单已提交"
