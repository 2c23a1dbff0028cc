from __future__ import annotations

import msgspec

from terminal.domain.orders.order import HedgeFlag
from terminal.risk.left_bare import left_bare
from tests.unit.risk.checks import AUTOMATIC, BUY, CLOSE, OPEN, PASS, SELL, found, opening, reducing, terms, working

# Long 16, of which 3 are under other closes; short 7, all free.
LOCK = working(1, terms(SELL, OPEN, 5))


def test_a_close_that_takes_the_lots_of_a_resting_lock_says_so() -> None:
    check = reducing(terms=terms(SELL, CLOSE, 9), working=[LOCK])
    assert found(left_bare, check) == ("WARN", "LEFT_BARE")
    finding = left_bare(check)
    assert finding is not None
    assert (finding.value, finding.limit) == ("5", "4")
    assert "A1-00000001" in finding.sentence
    assert "只剩多头 4 手" in finding.sentence


def test_a_lock_of_a_strategy_is_not_to_be_withdrawn_but_its_strategy_stopped() -> None:
    of_strategy = working(2, terms(SELL, OPEN, 3), cause=AUTOMATIC)
    finding = left_bare(reducing(terms=terms(SELL, CLOSE, 16), working=[of_strategy]))
    assert finding is not None
    assert finding.sentence.endswith("不要的请停止策略 grid-1。")
    both = left_bare(reducing(terms=terms(SELL, CLOSE, 16), working=[LOCK, of_strategy]))
    assert both is not None
    assert both.sentence.endswith("不要的请撤掉它、停止策略 grid-1。")


def test_as_many_lots_as_the_lock_needs_may_stay() -> None:
    assert found(left_bare, reducing(terms=terms(SELL, CLOSE, 8), working=[LOCK])) == PASS


def test_orders_of_another_side_or_flag_or_that_close_lock_nothing() -> None:
    hedged = msgspec.structs.replace(terms(SELL, OPEN, 5), hedge_flag=HedgeFlag.HEDGE)
    for other in (terms(BUY, OPEN, 5), terms(SELL, CLOSE, 5), hedged):
        assert found(left_bare, reducing(terms=terms(SELL, CLOSE, 13), working=[working(1, other)])) == PASS


def test_a_strategy_knows_its_own_orders_and_an_opening_order_takes_nothing() -> None:
    assert found(left_bare, reducing(terms=terms(SELL, CLOSE, 9), working=[LOCK], cause=AUTOMATIC)) == PASS
    assert found(left_bare, opening(terms=terms(SELL, OPEN, 9), working=[LOCK])) == PASS
