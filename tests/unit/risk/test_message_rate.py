from __future__ import annotations

from collections import deque

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.risk.message_rate import Rate, message_rate, opening_rate, whole_rate
from tests.unit.risk.checks import NOW, PASS, SECOND, found, limits, opening, reducing

BURST, SUSTAINED = ("DENY", "MESSAGES_IN_ONE_SECOND"), ("DENY", "MESSAGES_IN_TEN_SECONDS")


def stamps(*ages: int) -> deque[int]:
    return deque(sorted(NOW - age for age in ages))


@given(mine=st.integers(0, 10), others=st.integers(0, 10))
@example(7, 0)
@example(4, 4)
def test_eight_in_a_second_pass_over_all_jointly_controlled_accounts(mine: int, others: int) -> None:
    check = opening(messages=[stamps(*[0] * mine), stamps(*[SECOND - 1] * others)])
    assert found(message_rate, check) == (BURST if mine + others + 1 > 8 else PASS)


@given(count=st.integers(0, 70))
@example(49)
@example(50)
def test_fifty_in_ten_seconds_pass(count: int) -> None:
    spread = stamps(*[SECOND + place * SECOND // 8 for place in range(count)])
    inside = sum(stamp > NOW - 10 * SECOND for stamp in spread)
    assert found(message_rate, opening(messages=[spread])) == (SUSTAINED if inside + 1 > 50 else PASS)


def test_what_is_a_second_old_counts_no_longer() -> None:
    assert found(message_rate, opening(messages=[stamps(*[SECOND] * 20)])) == PASS
    assert found(message_rate, opening(messages=[stamps(*[SECOND - 1] * 8)])) == BURST
    assert found(message_rate, opening(messages=[stamps(*[SECOND] * 9, *[0] * 7)])) == PASS
    assert found(message_rate, opening(messages=[stamps(*[10 * SECOND] * 60)])) == PASS
    assert found(message_rate, opening(messages=[stamps(*[9 * SECOND] * 49, *[10 * SECOND] * 9)])) == PASS


def test_a_slow_average_is_held_without_a_burst() -> None:
    slow = limits(messages_per_second_average=0)
    assert found(message_rate, opening(limits=slow)) == SUSTAINED
    slow = limits(messages_per_second_average=1, messages_in_one_second=20)
    assert found(message_rate, opening(limits=slow, messages=[stamps(*[0] * 9)])) == PASS
    assert found(message_rate, opening(limits=slow, messages=[stamps(*[0] * 10)])) == SUSTAINED


def test_a_reducing_close_is_paced_and_never_refused() -> None:
    assert found(message_rate, reducing(messages=[stamps(*[0] * 100)], limits=None)) == PASS


def test_limits_nobody_set_refuse() -> None:
    assert found(message_rate, opening(limits=None)) == ("DENY", "LIMITS_UNSET")


@pytest.mark.parametrize("others", [0, 1, 30])
def test_the_sentence_counts_the_order_itself_and_does_not_tell_how_busy_other_accounts_are(others: int) -> None:
    finding = message_rate(opening(messages=[stamps(*[0] * 8), stamps(*[0] * others)]))
    assert finding is not None
    assert (finding.value, finding.limit) == ("9", "8")
    assert "1 秒内对该交易所的报撤单（含实际控制关系账户）将超过 8 次" in finding.sentence


def test_openings_of_strategies_leave_two_of_eight_in_a_second_and_ten_of_fifty_in_ten() -> None:
    assert opening_rate(limits()) == Rate(6, 40)


@given(second=st.integers(1, 100), average=st.integers(1, 100))
@example(1, 1)
@example(4, 5)
def test_openings_leave_no_more_than_a_share_of_small_limits_and_are_always_possible(second: int, average: int) -> None:
    given_out = limits(messages_in_one_second=second, messages_per_second_average=average)
    whole, opens = whole_rate(given_out), opening_rate(given_out)
    assert whole == Rate(second, average * 10)
    assert second * 3 <= opens.second * 4
    assert whole.ten * 4 <= opens.ten * 5
    assert 0 <= whole.second - opens.second <= 2
    assert 0 <= whole.ten - opens.ten <= 10
