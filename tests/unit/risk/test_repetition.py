from __future__ import annotations

from collections import deque

from hypothesis import example, given
from hypothesis import strategies as st

from terminal.domain.ids import InstrumentId, StrategyId
from terminal.engine.strategy.carrying import PAUSING
from terminal.risk.check import Recent
from terminal.risk.repetition import repetition
from tests.unit.risk.checks import (
    AUTOMATIC,
    GRID,
    NOW,
    PASS,
    ROLL,
    SECOND,
    SELL,
    automatic,
    found,
    opening,
    recent,
    reducing,
    terms,
)

ORDERS, REFUSALS = ("DENY", "REPEATED_ORDERS"), ("DENY", "REPEATED_REFUSALS")
Refusals = deque[tuple[int, StrategyId | None]]


def sent(count: int, age: int = 0, strategy: StrategyId | None = GRID) -> deque[Recent]:
    return deque([recent(terms(), age, strategy)] * count)


def refused(count: int, age: int = 0, strategy: StrategyId | None = GRID) -> Refusals:
    return deque([(NOW - age, strategy)] * count)


@given(count=st.integers(0, 60), age=st.integers(0, 70 * SECOND))
@example(29, 0)
@example(30, 60 * SECOND - 1)
@example(30, 60 * SECOND)
def test_thirty_orders_in_a_minute_pass(count: int, age: int) -> None:
    expected = ORDERS if count + 1 > 30 and age < 60 * SECOND else PASS
    assert found(repetition, automatic(recent=sent(count, age))) == expected


@given(count=st.integers(0, 6), age=st.integers(0, 40 * SECOND))
@example(2, 0)
@example(3, 30 * SECOND - 1)
@example(3, 30 * SECOND)
def test_the_third_refusal_within_half_a_minute_stops_the_strategy(count: int, age: int) -> None:
    expected = REFUSALS if count >= 3 and age < 30 * SECOND else PASS
    assert found(repetition, automatic(refusals=refused(count, age))) == expected


def test_other_strategies_instruments_and_sides_count_for_themselves() -> None:
    others = sent(30, strategy=ROLL)
    others += [recent(terms(SELL), 0, GRID)] * 30
    others += [recent(terms(of=InstrumentId("DCE.i2101")), 0, GRID)] * 30
    assert found(repetition, automatic(recent=others, refusals=refused(9, strategy=ROLL))) == PASS
    assert found(repetition, automatic(recent=others + sent(29))) == PASS
    assert found(repetition, automatic(recent=others + sent(30))) == ORDERS


def test_people_and_reducing_closes_are_not_held_back() -> None:
    assert found(repetition, opening(recent=sent(99, strategy=None), refusals=refused(99, strategy=None))) == PASS
    assert found(repetition, reducing(cause=AUTOMATIC, recent=sent(99), refusals=refused(99), limits=None)) == PASS


def test_limits_nobody_set_refuse() -> None:
    assert found(repetition, automatic(limits=None)) == ("DENY", "LIMITS_UNSET")


def test_the_engine_pauses_on_both_codes() -> None:
    assert {ORDERS[1], REFUSALS[1]} == PAUSING


def test_sentences_name_the_strategy() -> None:
    finding = repetition(automatic(recent=sent(30)))
    assert finding is not None
    assert (finding.value, finding.limit) == ("31", "30")
    assert finding.sentence.startswith(
        "策略 grid-1 60 秒内第 31 次买入螺纹钢2010（SHFE.rb2010）（上限 30 次），自动暂停"
    )
    finding = repetition(automatic(refusals=refused(3)))
    assert finding is not None
    assert finding.sentence == "策略 grid-1 30 秒内已被拒绝 3 次（上限 3 次），自动暂停；请查明原因后恢复。"
