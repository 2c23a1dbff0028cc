"""What an exchange charges for orders and cancels (申报费) is a figure of its own, there and in our books."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.fact import facts as f
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.statement.read import ImpossibleStatementError, read_statement
from tests.books import BUY, OPEN, REBAR
from tests.broker import Day
from tests.printed_statement import Style, print_statement, print_text
from tests.told_days import DAYS, TENANT, Story
from tests.unit.reports.reconcile.three_days import compare, roots

D = Decimal
LAYOUTS = [Style(), Style(by_day=False)]


def charged(*reasons: tuple[str, str]) -> tuple[MemoryJournal, Day]:
    """Trade on a day on which the exchange charges 12.50, and book what a person says of it."""
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 2, 3210)
    story.move(1000)
    story.broker.charge(D("12.50"))
    for amount, reason in reasons:
        story.say(f.CashMoved(account=story.account, amount=D(amount), reason=reason))
    return journal, story.settle({REBAR: 3225}, DAYS[1])


@pytest.mark.parametrize("style", LAYOUTS)
def test_a_filing_fee_that_was_booked_agrees_and_is_no_withdrawal(style: Style) -> None:
    journal, day = charged(("-13", "申报费 8 月 21 日"), ("0.50", "申报费退回"))
    found = compare(day, style, journal=journal)
    assert found.agrees, [one.sentence for one in roots(found)]
    assert "没有核对" not in "".join(found.notes)


@pytest.mark.parametrize("style", LAYOUTS)
def test_one_that_was_not_booked_is_the_one_difference(style: Style) -> None:
    journal, day = charged()
    (root,) = roots(compare(day, style, journal=journal))
    assert (root.field, root.yuan) == ("申报费", D("12.50"))
    # and as money that went out it is two: the statement knows no such withdrawal
    journal, day = charged(("-12.50", "其他"))
    assert [one.field for one in roots(compare(day, style, journal=journal))] == ["出入金", "申报费"]


@pytest.mark.parametrize("style", LAYOUTS)
def test_a_statement_that_prints_it_balances_and_what_nobody_knows_is_named(style: Style) -> None:
    _, day = charged()
    statement = read_statement(print_statement(day, style=style))
    assert statement.amount("申报费") == D("12.50")
    text = print_text(day, style=style)
    assert "申 报 费" in text
    odd = text.replace("申 报 费", "信 息 费")
    with pytest.raises(ImpossibleStatementError, match=r"结算单不平：期末结存.*不认识的信息费 12.50（第 \d+ 行）"):
        read_statement(odd.encode("gbk"))
