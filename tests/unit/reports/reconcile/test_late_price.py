"""A settlement price that came late: until then a statement differs by it and says why, afterwards the day agrees."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.commands import HandInStatement
from terminal.domain.fact import facts as f
from terminal.domain.fact.statement import MOST_ROWS, Subject, Verdict, is_sound
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.reconcile.handed_in import FOLLOWS, LATE, PROVISIONAL, handed_in
from terminal.reports.reconcile.reconcile import reconcile
from terminal.reports.statement.read import read_statement
from terminal.sync.texts import unfit_body
from tests.books import BUY, OPEN, REBAR, SELL, YESTERDAY
from tests.broker import Day
from tests.printed_statement import Style, print_statement
from tests.told_days import DAYS, TENANT, Story
from tests.unit.reports.reconcile.three_days import LAST, LAST_OWN, compare, deal, own

D = Decimal
DIGEST = "0" * 64
LAYOUTS = (Style(), Style(by_day=False))


def settle_provisionally(story: Story, price: int, true_price: int) -> Day:
    """End the day at a price that stands in, and print what the broker knows."""
    day = story.day
    story.say(
        f.DaySettled(
            account=story.account,
            trading_day=day,
            next_day=DAYS[1],
            prices={REBAR.id: D(price)},
            provisional=(REBAR.id,),
        )
    )
    return story.broker.settle(day, {str(REBAR.id): D(true_price)})


def correct(story: Story, was: int, price: int) -> None:
    waited = story.own.book.unsettled()[REBAR.id]
    one = f.PriceCorrected(was=D(was), price=D(price), difference=waited.moved(D(price)))
    story.say(f.SettlementCorrected(account=story.account, trading_day=DAYS[0], prices={REBAR.id: one}))


@pytest.fixture
def told() -> tuple[MemoryJournal, Story, Day]:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 20, 3210)
    return journal, story, settle_provisionally(story, 3225, 3231)


@pytest.mark.parametrize("style", LAYOUTS)
def test_before_the_price_has_come_each_row_says_why_it_differs(
    told: tuple[MemoryJournal, Story, Day], style: Style
) -> None:
    journal, _, day = told
    ours = own(journal, DAYS[0])
    result = handed_in(reconcile(ours, read_statement(print_statement(day, style=style))), ours, DIGEST)
    assert result.verdict is Verdict.DIFFERS
    assert is_sound(result)
    assert {row.cause for row in result.rows} == {PROVISIONAL, FOLLOWS}
    first = result.rows[0]
    assert (first.subject, first.field, first.ours, first.theirs) == (Subject.POSITION, "结算价", "3225", "3231.000")
    assert first.yuan == 1200  # 6 x 20 lots x 10 t
    assert result.equity_yuan == 1200


@pytest.mark.parametrize("style", LAYOUTS)
def test_after_it_has_come_the_day_and_the_one_after_agree(
    told: tuple[MemoryJournal, Story, Day], style: Style
) -> None:
    journal, story, first = told
    # Given that yesterday's lots were closed in part before the price came, and in part after
    story.trade(REBAR, SELL, YESTERDAY, 5, 3240)
    correct(story, 3225, 3231)
    story.trade(REBAR, SELL, YESTERDAY, 3, 3242)
    second = story.settle({REBAR: 3238}, DAYS[2])
    for day in (first, second):
        found = compare(day, style, journal=journal)
        assert found.agrees, [one.sentence for row in found.rows for one in row.differences]


def test_a_fill_that_came_after_the_settlement_says_so() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 2, 3210)
    story.settle({REBAR: 3225}, DAYS[1])
    story.trade(REBAR, BUY, OPEN, 1, 3211, day=DAYS[0], number="777")
    ours = own(journal, DAYS[0])
    broker = Story(MemoryJournal(TENANT), REBAR)
    broker.trade(REBAR, BUY, OPEN, 2, 3210)
    theirs = read_statement(print_statement(broker.settle({REBAR: 3225}, DAYS[1])))
    result = handed_in(reconcile(ours, theirs), ours, DIGEST)
    assert [(row.what, row.cause) for row in result.rows] == [("rb2510 买开 1 手 3211（编号 777）", LATE)]
    assert (result.ours_only, result.theirs_only, result.field_differences) == (1, 0, 0)


def test_of_too_many_differences_the_last_are_counted_and_those_that_follow_give_way_first() -> None:
    found = compare(deal(0, price=D(3206))(LAST))
    row = next(one for one in found.rows if one.differences)
    many = found.rows + (row,) * MOST_ROWS
    count = sum(len(one.differences) for one in many)
    own_ones = sum(not one.follows for each in many for one in each.differences)
    changed = msgspec.structs.replace(found, rows=many, differences=own_ones, following=count - own_ones)
    result = handed_in(changed, LAST_OWN, DIGEST)
    assert (len(result.rows), result.left_out) == (MOST_ROWS, count - MOST_ROWS)
    assert not any(one.follows for one in result.rows)
    assert is_sound(result)
    # And a wish with the longest rows there can be fits a record.
    long = msgspec.structs.replace(row, what="长" * 300)
    result = handed_in(
        msgspec.structs.replace(found, rows=(long,) * (count + 1), differences=own_ones, following=count - own_ones),
        LAST_OWN,
        DIGEST,
    )
    assert 10 < len(result.rows) < MOST_ROWS
    assert unfit_body(HandInStatement(account=LAST_OWN.account, result=result)) == ""
