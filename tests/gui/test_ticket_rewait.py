"""Changing a conditional order in the ticket: over the version it showed, one order all the while, never two."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.commands import EditConditional, PlaceConditional
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Verdict
from terminal.engine.conditional.line import ConditionalLine
from terminal.engine.screen import Preview
from terminal.widgets.ticket.condition import Wait
from terminal.widgets.ticket.expected import When
from terminal.widgets.ticket.send_guard import CHANGED_MS
from tests.gui.desk import COPPER, ORE, REBAR
from tests.gui.test_ticket_conditions import typed
from tests.gui.ticket_stage import ENTER, Stage
from tests.gui.waiting_line import waiting_line

WANTED = d.Conditional(
    condition=d.PriceReaches(instrument=REBAR, way=d.Way.AT_OR_BELOW, price=Decimal(3190)),
    release=d.CloseLots(
        instrument=REBAR, side=Side.SELL, lots=5, price=d.AtOpposite(ticks=2), when_short=d.WhenShort.FAIL
    ),
    validity=d.Validity.GTC,
    reason="止损",
)


def stop(version: int = 1, **more: object) -> ConditionalLine:
    return msgspec.structs.replace(waiting_line(1), wanted=WANTED, version=version, **more)


def lower(stage: Stage, price: str = "3180") -> None:
    """Change the price, ask, and answer."""
    typed(stage.ticket.form.waits.price, price)
    stage.ticket.ask()
    answer = Preview(request=len(stage.hand.foreseen), verdict=Verdict.ALLOW, sentence="可以")
    stage.ticket.show_previews({answer.request: answer})
    stage.now += CHANGED_MS


def press(stage: Stage) -> None:
    stage.ticket.send_button.setFocus()
    stage.press(ENTER)


def changed(version: int, price: int = 3180) -> d.Conditional:
    condition = d.PriceReaches(instrument=REBAR, way=d.Way.AT_OR_BELOW, price=Decimal(price))
    return msgspec.structs.replace(WANTED, condition=condition)


def test_its_fields_are_filled_in_and_a_press_replaces_it_over_its_version_with_its_reason(stage: Stage) -> None:
    stage.ticket.edit_waiting(stop(3))
    assert not stage.ticket.rewaiting.isHidden()
    assert "T000001 第 3 版" in stage.ticket.rewaiting.text()
    assert (stage.ticket.send_button.text(), stage.hand.sent) == ("没有改动", [])
    lower(stage)
    assert stage.ticket.send_button.text() == "修改 T000001 · 卖平 5 手"
    press(stage)
    (sent,) = stage.hand.sent
    assert isinstance(sent, EditConditional)
    assert (sent.base_version, sent.wanted) == (3, changed(3))
    assert stage.ticket.send_button.text() == "等待回答"
    stage.ticket.show_results(stage.hand.answer(sentence="条件单 T1 已改为第 4 版"))
    assert stage.ticket.rewaiting.isHidden()
    assert stage.ticket.send_button.text() == "条件单已提交"  # the same fields would be a second one
    press(stage)
    assert len(stage.hand.sent) == 1


def test_a_no_leaves_it_as_it_was_and_the_edit_goes_on(stage: Stage) -> None:
    stage.ticket.edit_waiting(stop())
    lower(stage)
    press(stage)
    stage.ticket.show_results(stage.hand.answer(ok=False, code="BAD_CONDITIONAL", sentence="有效期已经过去"))
    assert not stage.ticket.rewaiting.isHidden()
    lower(stage, "3181")
    press(stage)
    assert [type(one) for one in stage.hand.sent] == [EditConditional, EditConditional]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (stop(2, source="王"), "已由王改为第 2 版"),
        (stop(1, state=ConditionalState.RELEASED), "已触发"),
        (stop(1, state=ConditionalState.WITHDRAWN), "已撤"),
        (stop(1, state=ConditionalState.EXPIRED), "已失效"),
    ],
)
def test_one_that_moved_on_meanwhile_is_edited_no_more_and_nothing_of_it_is_sent(
    stage: Stage, now: ConditionalLine, said: str
) -> None:
    stage.ticket.edit_waiting(stop())
    lower(stage)
    stage.ticket.show_conditionals({now.conditional: now})
    assert stage.ticket.rewaiting.isHidden()
    assert said in stage.ticket.results.text()
    assert stage.ticket.send_button.text() == "修改没有送出"
    press(stage)
    assert stage.hand.sent == []
    lower(stage, "3185")  # a person who changes a field means a new one
    press(stage)
    assert [type(one) for one in stage.hand.sent] == [PlaceConditional]


def test_a_pause_of_it_meanwhile_ends_no_edit(stage: Stage) -> None:
    stage.ticket.edit_waiting(stop())
    paused = stop(1, state=ConditionalState.PAUSED)
    stage.ticket.show_conditionals({paused.conditional: paused})
    assert not stage.ticket.rewaiting.isHidden()


def test_the_second_of_two_desks_hears_the_conflict_in_one_sentence(stage: Stage) -> None:
    stage.ticket.edit_waiting(stop())
    lower(stage)
    press(stage)
    theirs = stop(2, source="王")
    stage.ticket.show_conditionals({theirs.conditional: theirs})  # their change came before ours
    sentence = "条件单 主账户-T000001 已是第 2 版，您修改的是第 1 版；请重新打开后修改。"
    stage.ticket.show_results(stage.hand.answer(ok=False, code="CONFLICT", sentence=sentence))
    assert sentence in stage.ticket.results.text()
    assert stage.ticket.rewaiting.isHidden()
    assert stage.ticket.send_button.text() == "修改没有送出"
    press(stage)
    assert len(stage.hand.sent) == 1


def test_esc_leaves_it_waiting_and_brings_the_fields_of_before_back(stage: Stage) -> None:
    stage.ticket.fill(COPPER, Side.BUY, Offset.OPEN, None, 4)
    before = stage.ticket.form.ticket
    stage.ticket.edit_waiting(stop())
    stage.ticket.clear()
    assert (stage.ticket.form.ticket, stage.ticket.form.waits.wait) == (before, Wait())
    assert stage.ticket.rewaiting.isHidden()
    assert stage.hand.sent == []


def test_another_contract_is_another_order(stage: Stage) -> None:
    stage.ticket.edit_waiting(stop())
    stage.ticket.fill(ORE)
    assert stage.ticket.rewaiting.isHidden()
    assert "换了合约或账户" in stage.ticket.results.text()


def test_it_cannot_become_an_order_at_once(stage: Stage) -> None:
    stage.ticket.edit_waiting(stop())
    stage.ticket.form.waits.choose(When.AT_ONCE)
    assert stage.ticket.send_button.text() == "条件不能空"
    press(stage)
    assert stage.hand.sent == []


def test_one_that_the_fields_cannot_say_is_not_opened(stage: Stage) -> None:
    other = d.PriceReaches(instrument=ORE, way=d.Way.AT_OR_BELOW, price=Decimal(800))
    line = msgspec.structs.replace(stop(), wanted=msgspec.structs.replace(WANTED, condition=other))
    stage.ticket.edit_waiting(line)
    assert stage.ticket.rewaiting.isHidden()
    assert "不能在这里修改" in stage.ticket.results.text()


def test_one_may_become_what_another_is_that_was_just_placed(stage: Stage) -> None:
    stage.ticket.edit_waiting(stop())
    lower(stage)
    press(stage)
    stage.ticket.show_results(stage.hand.answer(sentence="条件单 T1 已改为第 2 版"))
    second = msgspec.structs.replace(stop(), conditional=waiting_line(2).conditional)
    stage.ticket.edit_waiting(second)
    lower(stage)
    assert stage.ticket.send_button.text() == "修改 T000002 · 卖平 5 手"
