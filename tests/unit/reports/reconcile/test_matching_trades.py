"""Which of the broker's trades is which of ours, with and without the exchange's numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminal.domain.days.calendar import show
from terminal.domain.fact import facts as f
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.reconcile.result import Outcome, Subject
from tests.books import BUY, CLOSE, MEAL, OPEN, REBAR, SELL, SPECULATION, TODAY, YESTERDAY
from tests.broker import Day
from tests.printed_statement import Style
from tests.told_days import ACCOUNT, DAYS, HEDGE, TENANT, Story
from tests.unit.reports.reconcile.three_days import D, compare, deal, own, says


def busy() -> tuple[MemoryJournal, Day]:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR, MEAL)
    for price in (3210, 3210, 3220):
        story.trade(REBAR, BUY, OPEN, 5, price)
    story.trade(REBAR, SELL, TODAY, 5, 3230)
    story.trade(MEAL, SELL, OPEN, 2, 2985, flag=SPECULATION)
    return journal, story.settle({REBAR: 3225, MEAL: 2980}, DAYS[1])


@pytest.mark.parametrize("style", [Style(numbers=False), Style(numbers=False, by_day=False)])
def test_without_numbers_trades_are_matched_by_what_they_are(style: Style) -> None:
    journal, day = busy()
    assert compare(day, style, journal=journal).agrees
    found = compare(deal(2, price=D(3221))(day), style, journal=journal)
    assert says(found) == [("成交价", D(50))]
    found = compare(deal(4, flag=HEDGE)(day), style, journal=journal)
    assert says(found) == [("投保", None)]
    found = compare(deal(1, lots=4)(day), style, journal=journal)
    assert says(found) == [("手数", D(-32100))]


def twins() -> tuple[MemoryJournal, Day]:
    """Return a day with two closes alike that close lots opened at different prices."""
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 5, 3210)
    story.trade(REBAR, BUY, OPEN, 5, 3220)
    story.trade(REBAR, SELL, TODAY, 5, 3230)
    story.trade(REBAR, SELL, TODAY, 5, 3230)
    day = story.settle({REBAR: 3225}, DAYS[1])
    return journal, replace(day, deals=(*day.deals[:2], *reversed(day.deals[2:])))


def test_of_two_trades_alike_each_finds_its_own_by_time_or_by_what_it_earned() -> None:
    journal, day = twins()
    clocks = [show(trade.at)[11:19] for trade in own(journal, DAYS[0]).trades]
    times = (*clocks[:2], clocks[3], clocks[2])
    assert compare(day, Style(numbers=False, times=times), journal=journal).agrees
    assert compare(day, Style(numbers=False), journal=journal).agrees
    fees = deal(2, fee=D("32.31"))(deal(3, fee=D("32.29"))(day))
    found = compare(fees, Style(numbers=False, times=times), journal=journal)
    assert says(found) == [("手续费", D("0.01")), ("手续费", D("-0.01"))]


def test_a_row_without_a_number_among_others_with_one_is_matched_by_what_it_is() -> None:
    journal, day = busy()
    assert compare(deal(2, number="")(day), journal=journal).agrees
    found = compare(deal(2, number="", price=D(3221))(day), journal=journal)
    assert says(found) == [("成交价", D(50))]


def test_running_numbers_of_the_broker_are_noticed_and_not_taken_for_the_exchanges() -> None:
    journal, day = busy()
    renumbered = replace(day, deals=tuple(replace(one, number=str(at)) for at, one in enumerate(day.deals)))
    found = compare(renumbered, journal=journal)
    assert found.agrees
    assert [note for note in found.notes if "没有一个相同" in note]


def test_blanks_and_zeros_before_a_number_do_not_make_it_another() -> None:
    journal, day = busy()
    padded = replace(day, deals=tuple(replace(one, number=f"  000{one.number}") for one in day.deals))
    found = compare(deal(0, number="00077")(padded), journal=journal)
    assert [row.outcome for row in found.rows if row.subject is Subject.TRADE] == [
        *[Outcome.MATCHED] * 4, Outcome.THEIRS_ONLY, Outcome.OURS_ONLY,
    ]  # fmt: skip


def test_the_words_for_closing_are_one_where_the_exchange_knows_only_one() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, MEAL)
    story.trade(MEAL, BUY, OPEN, 3, 2985)
    story.trade(MEAL, SELL, CLOSE, 1, 2990)
    day = story.settle({MEAL: 2980}, DAYS[1])
    assert compare(deal(1, offset=TODAY)(day), journal=journal).agrees
    assert compare(deal(1, offset=YESTERDAY)(day), journal=journal).agrees


def test_a_trade_that_came_after_the_settlement_is_matched_and_named() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3210)
    first = story.broker
    first.trade(story.day, REBAR, BUY, OPEN, 2, D(3215), D("6.43"), "late", flag=HEDGE)
    day = story.settle({REBAR: 3225}, DAYS[1])
    story.trade(REBAR, BUY, OPEN, 2, 3215, number="late", day=DAYS[0])
    found = compare(day, journal=journal)
    assert [row.outcome for row in found.rows if row.subject is Subject.TRADE] == [Outcome.MATCHED] * 2
    assert [note for note in found.notes if "1 笔成交在结算之后才收到" in note]
    assert ("手数", D(64500)) in says(found), "our books of the day were settled without it"


def test_a_trade_of_the_next_day_that_was_booked_before_the_settlement_is_named() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3210)
    story.trade(REBAR, BUY, OPEN, 1, 3211, day=DAYS[1])
    found = compare(story.settle({REBAR: 3225}, DAYS[1]), journal=journal)
    assert [row.outcome for row in found.rows if row.subject is Subject.TRADE] == [Outcome.MATCHED]
    assert [note for note in found.notes if "1 笔以后交易日的成交或了结在结算之前已入账" in note]
    assert not found.agrees


def test_a_settlement_at_a_price_that_was_not_known_is_named() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, REBAR)
    story.trade(REBAR, BUY, OPEN, 1, 3210)
    settled = f.DaySettled(
        account=ACCOUNT, trading_day=DAYS[0], next_day=DAYS[1], prices={REBAR.id: D(3225)}, provisional=(REBAR.id,)
    )
    story.say(settled)
    found = compare(story.broker.settle(DAYS[0], {REBAR.id: D(3225)}), journal=journal)
    assert [note for note in found.notes if "SHFE.rb2510 没有结算价，暂用最新价" in note]
