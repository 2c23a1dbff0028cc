from __future__ import annotations

from collections import deque

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.domain.ids import ConfirmationId, PersonId, StrategyId
from terminal.domain.orders.order import OrderTerms
from terminal.risk.check import Waiting
from terminal.risk.duplicate import duplicate
from tests.unit.risk.checks import (
    CLOSE,
    GRID,
    OTHER,
    PASS,
    SECOND,
    SELL,
    automatic,
    found,
    limits,
    opening,
    recent,
    reducing,
    terms,
)

SPREAD = StrategyId("spread-1")
SAME, SAME_BY_HAND = ("DENY", "DUPLICATE_ORDER"), ("CONFIRM2", "DUPLICATE_ORDER_MANUAL")


@given(age=st.integers(0, 5 * SECOND))
@example(2 * SECOND - 1)
@example(2 * SECOND)
def test_the_same_order_passes_again_after_two_seconds(age: int) -> None:
    before = deque([recent(terms(), age, GRID)])
    assert found(duplicate, automatic(recent=before)) == (SAME if age < 2 * SECOND else PASS)
    assert found(duplicate, opening(recent=before)) == (SAME_BY_HAND if age < 2 * SECOND else PASS)


@pytest.mark.parametrize(
    "other",
    [
        terms(SELL),
        terms(offset=CLOSE),
        terms(lots=3),
        terms(price=3721),
        terms(account=OTHER),
    ],
)
def test_an_order_that_differs_in_any_field_is_another_one(other: OrderTerms) -> None:
    assert found(duplicate, automatic(recent=deque([recent(other, 0, GRID)]))) == PASS


def test_a_strategy_repeats_only_itself() -> None:
    assert found(duplicate, automatic(recent=deque([recent(terms(), 0, SPREAD)]))) == PASS
    assert found(duplicate, automatic(recent=deque([recent(terms(), 0)]))) == PASS
    before = deque([recent(terms(), SECOND, GRID), recent(terms(), 0, SPREAD)])
    assert found(duplicate, automatic(recent=before)) == SAME
    # A person who asks for what a strategy has just sent is asked whether it was a slip.
    assert found(duplicate, opening(recent=before)) == SAME_BY_HAND


def test_a_hedge_of_what_its_leg_lacks_repeats_none() -> None:
    before = deque([recent(terms(), 0, GRID)])
    assert found(duplicate, automatic(recent=before, hedges=lambda: True)) == PASS
    assert found(duplicate, automatic(recent=before, hedges=lambda: False)) == SAME


def test_every_recent_order_is_looked_at_and_none_older() -> None:
    history = deque([recent(terms(), 3 * SECOND, GRID), recent(terms(), SECOND, GRID), recent(terms(lots=9), 0, GRID)])
    assert found(duplicate, automatic(recent=history)) == SAME
    assert found(duplicate, automatic(recent=history, limits=limits(duplicate_window_seconds=1))) == PASS
    assert found(duplicate, automatic(recent=deque())) == PASS


def test_a_reducing_close_may_be_a_slip_too_and_waits_for_the_window() -> None:
    history = deque([recent(terms(SELL, CLOSE, price=3719), SECOND)])
    assert found(duplicate, reducing(recent=history)) == SAME_BY_HAND
    assert found(duplicate, reducing(recent=history, limits=None)) == SAME_BY_HAND
    assert found(duplicate, reducing(limits=None)) == PASS


def test_a_checker_may_let_the_second_one_through() -> None:
    assert found(duplicate, opening(recent=deque([recent(terms(), 0)]), approved=True)) == (
        "WARN",
        "DUPLICATE_ORDER_MANUAL",
    )


def test_limits_nobody_set_refuse() -> None:
    assert found(duplicate, opening(limits=None)) == ("DENY", "LIMITS_UNSET")


def test_the_sentence_names_the_first_order() -> None:
    finding = duplicate(automatic(recent=deque([recent(terms(), SECOND // 2, GRID)])))
    assert finding is not None
    assert (finding.value, finding.limit) == ("500", "2000")
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）买入开仓 2 手与 500 毫秒前的委托 A1-00000001 完全相同，按重复委托拒绝；2 秒后可再报。"
    )


FIRST, SECOND_ONE = ConfirmationId("A1-C000001"), ConfirmationId("A1-C000002")
OWN, ANOTHER = (PersonId("trader"), "赵"), (PersonId("colleague"), "钱")  # the first asks for `opening`
WAITS = [Waiting(FIRST, terms(), *OWN)]


def test_an_order_equal_to_one_that_waits_for_a_second_person_asks_for_one_too() -> None:
    finding = duplicate(opening(waiting=WAITS))
    assert finding is not None
    assert (finding.verdict.name, finding.code, finding.value) == ("CONFIRM2", "DUPLICATE_PENDING", "1")
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）买入开仓 2 手与待复核 A1-C000001 完全相同，可能是重复下单；"
        "需由另一人复核，或先撤回 A1-C000001 再报。"
    )
    assert found(duplicate, opening(waiting=[Waiting(FIRST, terms(price=3721), *OWN)])) == PASS
    assert found(duplicate, opening(waiting=[])) == PASS


def test_what_another_made_is_not_told_to_be_withdrawn_by_whoever_asks() -> None:
    finding = duplicate(opening(waiting=[*WAITS, Waiting(SECOND_ONE, terms(), *ANOTHER)]))
    assert finding is not None
    assert "与待复核 A1-C000001、A1-C000002（钱 提交）完全相同" in finding.sentence
    assert finding.sentence.endswith("或先撤回 A1-C000001、请 钱 撤回 A1-C000002 再报。")
    alone = duplicate(opening(waiting=[Waiting(SECOND_ONE, terms(), *ANOTHER)]))
    assert alone is not None
    assert alone.sentence.endswith("需由另一人复核，或请 钱 撤回 A1-C000002 再报。")


def test_every_equal_order_that_waits_is_named_beside_the_one_just_sent() -> None:
    waits = [*WAITS, Waiting(SECOND_ONE, terms(), *OWN)]
    finding = duplicate(opening(waiting=waits, recent=deque([recent(terms(), SECOND)])))
    assert finding is not None
    assert finding.code == "DUPLICATE_ORDER_MANUAL"
    assert "委托 A1-00000001 及待复核 A1-C000001、A1-C000002 完全相同" in finding.sentence
    assert finding.sentence.endswith("或先撤回 A1-C000001、A1-C000002 再报。")


def test_a_strategy_is_told_that_its_order_waits_elsewhere_and_goes_on() -> None:
    assert found(duplicate, automatic(waiting=WAITS)) == ("WARN", "DUPLICATE_PENDING")
    assert found(duplicate, automatic(waiting=WAITS, recent=deque([recent(terms(), 0, GRID)]))) == SAME


def test_a_checker_may_let_it_through_while_its_twin_waits() -> None:
    assert found(duplicate, opening(waiting=WAITS, approved=True)) == ("WARN", "DUPLICATE_PENDING")


def many(count: int, *makers: tuple[PersonId, str]) -> list[Waiting]:
    return [
        Waiting(ConfirmationId(f"A1-C{number:06d}"), terms(), *makers[number % len(makers)])
        for number in range(1, count + 1)
    ]


def test_of_many_equal_orders_that_wait_three_are_named_and_the_rest_counted() -> None:
    finding = duplicate(opening(waiting=many(5, OWN)))
    assert finding is not None
    assert finding.value == "5"
    assert "与待复核 A1-C000001、A1-C000002、A1-C000003 等 5 项完全相同" in finding.sentence
    assert finding.sentence.endswith("或先撤回 A1-C000001、A1-C000002、A1-C000003 等 5 项再报。")
    three = duplicate(opening(waiting=many(3, OWN)))
    assert three is not None
    assert "等" not in three.sentence


def test_a_strategy_too_is_told_of_three_and_how_many() -> None:
    finding = duplicate(automatic(waiting=many(4, OWN)))
    assert finding is not None
    assert finding.sentence.endswith("；A1-C000001、A1-C000002、A1-C000003 等 4 项获批准时会再报一笔。")


@given(count=st.integers(1, 500), makers=st.integers(1, 20), just_sent=st.booleans())
def test_the_sentence_does_not_grow_with_what_waits(count: int, makers: int, just_sent: bool) -> None:
    people = [OWN, *((PersonId(f"p{number}"), "钱") for number in range(1, makers))]
    finding = duplicate(
        opening(waiting=many(count, *people), recent=deque([recent(terms(), SECOND)] if just_sent else []))
    )
    assert finding is not None
    assert len(finding.sentence) < 600


def test_of_many_makers_three_are_asked_by_name_and_the_rest_counted() -> None:
    people = [OWN, *((PersonId(f"p{number}"), f"甲{number}") for number in range(1, 5))]
    finding = duplicate(opening(waiting=many(5, *people)))
    assert finding is not None
    assert "、请另外 2 人撤回各自提交的再报。" in finding.sentence
