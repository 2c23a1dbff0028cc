"""行权明细 and 交割明细 are read row by row and held against how our lots left (docs/statement.md)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import msgspec
import pytest

from terminal.domain.fact.statement import Outcome, Subject, Verdict
from terminal.domain.products.ending import How
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.reconcile.handed_in import handed_in
from terminal.reports.reconcile.reconcile import reconcile
from terminal.reports.reconcile.result import Reconciliation
from terminal.reports.statement.lines import Part
from terminal.reports.statement.read import read_statement
from tests.books import BUY, MEAL, OPEN, SELL, instrument
from tests.broker import Day, Gone
from tests.printed_statement import Style, print_statement, print_text
from tests.told_days import AFTER, DAYS, HEDGE, TENANT, Story
from tests.unit.reports.reconcile.test_delivery_and_options import CALL, FEE, PUT, Ends, delivery_day
from tests.unit.reports.reconcile.three_days import compare, own, roots, says

D = Decimal
STYLES: Final = (
    Style(ends=True),
    Style(ends=True, by_day=False),
    Style(ends=True, units=True, english=False),
    Style(ends=True, months=True, rules=False),
)


def exercise_day() -> tuple[MemoryJournal, Day]:
    """Exercise five long calls, be assigned two short puts, let one long put lapse."""
    journal = MemoryJournal(TENANT)
    story = Story(journal, MEAL, CALL, PUT)
    story.trade(CALL, BUY, OPEN, 10, "85.5")
    story.trade(PUT, SELL, OPEN, 20, 42)
    story.trade(PUT, BUY, OPEN, 1, 40)
    story.settle({MEAL: 2985, CALL: 80, PUT: 45}, DAYS[1])
    ends, broker, day = Ends(story), story.broker, DAYS[1]
    ends.end(CALL, How.EXERCISED, BUY, 5, 3000, FEE, MEAL)
    broker.exercise(day, CALL, BUY, 5, FEE, MEAL, flag=HEDGE)
    for lots in (1, 1):  # the exchange tells them apart
        ends.end(PUT, How.ASSIGNED, SELL, lots, 2900, D("0.5"), MEAL)
    broker.exercise(day, PUT, SELL, 2, D(1), MEAL, flag=HEDGE)
    ends.end(PUT, How.LAPSED, BUY, 1, 0, D(0))
    broker.lapse(day, PUT, BUY, 1, flag=HEDGE)
    return journal, story.settle({MEAL: 3020, CALL: 99, PUT: 30}, AFTER)


def changed(day: Day, place: int, **changes: Any) -> Day:
    return replace(day, gone=tuple(replace(one, **changes) if place == at else one for at, one in enumerate(day.gone)))


def ended(found: Reconciliation) -> list[tuple[str, Outcome]]:
    return [(row.what, row.outcome) for row in found.rows if row.subject is Subject.ENDING]


@pytest.mark.parametrize("style", STYLES)
def test_a_day_with_exercise_is_matched_wholly_row_by_row(style: Style) -> None:
    journal, day = exercise_day()
    found = compare(day, style, journal=journal)
    assert ended(found) == [
        ("m2509-C-3000 套保 多 行权 5 手", Outcome.MATCHED),
        ("m2509-P-2900 套保 空 履约 2 手", Outcome.MATCHED),
        ("m2509-P-2900 套保 多 放弃 1 手", Outcome.MATCHED),
    ]
    assert found.agrees, [one.sentence for one in roots(found)]
    ours = own(journal, day.day)
    statement = print_statement(day, style=style)
    assert handed_in(found, ours, sha256(statement).hexdigest()).verdict is Verdict.CLEAN


@pytest.mark.parametrize("style", STYLES)
def test_a_day_with_delivery_is_matched_wholly_row_by_row(style: Style) -> None:
    journal, day = delivery_day()
    found = compare(day, style, journal=journal)
    assert ended(found) == [
        ("rb2510 套保 多 交割 9 手", Outcome.MATCHED),
        ("rb2510 套保 空 交割 4 手", Outcome.MATCHED),
    ]
    assert found.agrees, [one.sentence for one in roots(found)]


def test_what_the_rows_say_is_read() -> None:
    day = exercise_day()[1]
    statement = read_statement(print_statement(day, style=STYLES[0]))
    first = statement.exercised[0]
    assert (first.symbol, first.side, first.exercised, first.lots) == ("m2509-C-3000", BUY, True, 5)
    assert (first.price, first.amount, first.profit, first.fee) == (3000, 150_000, 0, FEE)
    assert [one.exercised for one in statement.exercised] == [True, True, False]
    assert statement.unread == ()
    delivered = read_statement(print_statement(delivery_day()[1], style=STYLES[3])).delivered[0]
    # by the day 7 x 15 x 10 + 2 x 5 x 10
    assert (delivered.symbol, delivered.lots, delivered.price, delivered.profit) == ("2510", 9, 3240, 1150)
    assert delivered.other == {"剩余数量": "0"}


EXERCISES: Final = [
    (0, {"fee": D("3.50")}, [("行权手续费", D(1))]),
    (0, {"price": D(3010)}, [("行权价", D(500))]),
    (1, {"lots": 3}, [("手数", D(29_000))]),
    (1, {"side": BUY}, [("整笔", D(58_000)), ("整笔", D(-58_000))]),
    (0, {"word": "期权放弃"}, [("整笔", D(150_000)), ("整笔", D(-150_000))]),
]


@pytest.mark.parametrize(("place", "changes", "expected"), EXERCISES)
def test_one_figure_of_an_exercise_that_differs_is_that_difference(
    place: int, changes: dict[str, Any], expected: list[tuple[str, Decimal]]
) -> None:
    journal, day = exercise_day()
    found = compare(changed(day, place, **changes), STYLES[0], journal=journal)
    assert says(found) == expected


def test_another_delivery_price_is_one_difference_and_the_rest_follows() -> None:
    journal, day = delivery_day()
    gone = day.gone[0]
    more = D(10) * gone.lots * 10
    figures = ("交割盈亏", "期末结存", "客户权益", "可用资金")
    dearer = changed(day, 0, price=gone.price + 10, by_day=gone.by_day + more)
    by_day = day.by_day | {name: day.by_day[name] + more for name in figures}
    found = compare(replace(dearer, by_day=by_day), STYLES[0], journal=journal)
    assert says(found) == [("交割价", more)]
    following = [one.field for row in found.rows for one in row.differences if one.follows]
    assert following[:2] == ["交割金额", "交割盈亏"]
    assert {*figures} <= set(following)


def test_what_only_one_side_has_says_so_and_what_it_is_worth() -> None:
    journal, day = exercise_day()
    found = compare(replace(day, gone=day.gone[:1]), STYLES[0], journal=journal)
    assert ended(found)[1:] == [("m2509-P-2900 套保 空 履约 2 手", Outcome.OURS_ONLY)]
    assert says(found) == [("整笔", D(-58_000))]
    assert any("放弃 1 手" in note for note in found.notes), "what lapsed has no money, and not every house prints it"
    stranger = Gone(CALL, HEDGE, SELL, "期权履约", 1, D(3000), D(0), D(0), D(0))
    found = compare(replace(day, gone=(*day.gone, stranger)), STYLES[0], journal=journal)
    assert ended(found)[-1] == ("m2509-C-3000 套保 空 履约 1 手", Outcome.THEIRS_ONLY)
    assert says(found) == [("整笔", D(30_000))]


def test_several_rows_of_one_end_are_added_up() -> None:
    journal, day = exercise_day()
    one = day.gone[0]
    parts = tuple(replace(one, lots=lots, fee=fee) for lots, fee in ((2, D(1)), (3, D("1.5"))))
    found = compare(replace(day, gone=(*parts, *day.gone[1:])), STYLES[0], journal=journal)
    assert found.agrees, [one.sentence for one in roots(found)]
    (row,) = [row for row in found.rows if "行权 5 手" in row.what]
    assert len(row.lines) == 2


def test_a_profit_of_exercise_that_is_in_no_balance_is_not_compared_and_the_statement_says_so() -> None:
    journal, day = exercise_day()
    found = compare(changed(day, 0, by_day=D(1000)), STYLES[0], journal=journal)
    assert found.agrees, [one.sentence for one in roots(found)]
    assert "行权明细的盈亏相加不是资金状况的期权执行盈亏，逐行的盈亏没有核对。" in found.notes


def test_a_statement_without_the_table_is_compared_by_its_sums_and_says_so() -> None:
    journal, day = exercise_day()
    found = compare(day, Style(), journal=journal)
    assert found.agrees
    assert "结算单没有行权明细，我方 4 笔按资金状况的合计与持仓核对。" in found.notes


def test_a_table_that_was_cut_off_holds_nothing_against_us() -> None:
    journal, day = exercise_day()
    text = print_statement(day, style=STYLES[0]).decode("gbk")
    start = text.index("m2509-P-2900", text.index("行权明细"))
    statement = read_statement(text[:start].encode("gbk"))
    section = statement.section(Part.EXERCISED)
    assert section is not None
    assert not section.whole
    found = reconcile(own(journal, day.day), statement)
    assert not found.agrees
    assert not [row for row in found.rows if row.subject is Subject.ENDING and row.outcome is Outcome.OURS_ONLY]


def test_a_word_nobody_knows_keeps_the_table_unread_and_the_statement_stands() -> None:
    journal, day = exercise_day()
    found = compare(changed(day, 0, word="另行处理"), STYLES[0], journal=journal)
    (said,) = found.not_compared
    assert "是否行权“另行处理”读不懂" in said
    assert "3 行照原样保留，没有核对" in said
    assert not roots(found)
    assert not found.agrees


def test_an_end_of_a_later_day_that_was_booked_before_the_settlement_is_named() -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, MEAL, CALL)
    story.trade(CALL, BUY, OPEN, 1, "85.5")
    ends = Ends(story)
    ends.end(CALL, How.EXERCISED, BUY, 1, 3000, FEE, MEAL, of_day=AFTER)  # heard after a stop over several days
    found = compare(story.settle({MEAL: 2985, CALL: 80}, DAYS[1]), STYLES[0], journal=journal)
    assert [note for note in found.notes if "1 笔以后交易日的成交或了结在结算之前已入账" in note]


@pytest.mark.parametrize("product", ["白糖", "SR"])
def test_a_month_of_delivery_in_four_digits_is_the_contract_of_an_exchange_that_writes_three(product: str) -> None:
    journal, sugar = MemoryJournal(TENANT), msgspec.structs.replace(instrument("CZCE.SR507"), product_name="白糖")
    story = Story(journal, sugar)
    story.trade(sugar, BUY, OPEN, 2, 6000)
    story.settle({sugar: 6010}, DAYS[1])
    Ends(story).end(sugar, How.DELIVERED, BUY, 2, 6020, FEE)
    story.broker.deliver(DAYS[1], sugar, BUY, 2, D(6020), FEE, flag=HEDGE)
    day = story.settle({}, DAYS[2])
    text = print_text(day, style=STYLES[3]).replace("R507|", "2507|").replace("白糖", product)
    assert "2507" in text
    found = reconcile(own(journal, DAYS[1]), read_statement(text.encode("gbk")))
    assert ended(found) == [("SR507 套保 多 交割 2 手", Outcome.MATCHED)]
