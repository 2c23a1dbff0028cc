from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.domain.days.sessions import Phase
from terminal.risk.session_guard import session_guard
from tests.unit.risk.checks import AUTOMATIC, PASS, SECOND, automatic, found, opening, reducing, session

OUTSIDE, LATE = ("DENY", "AUTOMATIC_OUTSIDE_CONTINUOUS"), ("DENY", "AUTOMATIC_BEFORE_BREAK")


@given(left=st.integers(1, 10 * SECOND))
@example(2 * SECOND)
@example(2 * SECOND + 1)
def test_strategies_stop_two_seconds_before_a_break(left: int) -> None:
    late = session(left=left)
    expected = LATE if left <= 2 * SECOND else PASS
    assert found(session_guard, automatic(session=late)) == expected
    assert found(session_guard, reducing(session=late, cause=AUTOMATIC)) == expected
    assert found(session_guard, opening(session=late)) == PASS


@pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.AUCTION, Phase.BREAK])
def test_strategies_trade_in_continuous_trading_only(phase: Phase) -> None:
    assert found(session_guard, automatic(session=session(phase))) == OUTSIDE
    assert found(session_guard, automatic(session=None)) == OUTSIDE


def test_a_person_is_reminded_of_an_auction() -> None:
    assert found(session_guard, opening(session=session(Phase.AUCTION))) == ("WARN", "AUCTION_ORDER")
    assert found(session_guard, opening(session=session(Phase.BREAK))) == PASS
    assert found(session_guard, opening(session=None)) == PASS


def test_the_sentence_says_that_the_strategy_decides_again() -> None:
    finding = session_guard(automatic(session=session(left=1_999_000_000)))
    assert finding is not None
    assert (finding.value, finding.limit) == ("1999", "2000")
    assert "下一小节由策略重新判断" in finding.sentence
