from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain.orders.order import Offset
from terminal.domain.words.risk import Level
from terminal.risk.check import Check
from terminal.risk.standing import standing
from tests.unit.risk.checks import AUTOMATIC, PASS, automatic, found, opening, reducing


def test_an_order_passes_while_everything_is_in_order() -> None:
    assert found(standing, opening()) == PASS
    assert found(standing, opening(level=Level.YELLOW)) == PASS


def test_only_the_owner_sends_and_only_a_running_strategy_trades() -> None:
    for check in (opening(), reducing()):
        check.owner = False
        assert found(standing, check) == ("DENY", "NOT_OWNER")
    for check in (automatic(), reducing(cause=AUTOMATIC)):
        check.strategy_running = False
        assert found(standing, check) == ("DENY", "STRATEGY_NOT_RUNNING")


def test_nothing_opens_before_the_barrier() -> None:
    assert found(standing, opening(barrier_passed=False)) == ("DENY", "BARRIER_NOT_PASSED")
    assert found(standing, opening(barrier_passed=False, level=Level.RED)) == ("DENY", "BARRIER_NOT_PASSED")


@pytest.mark.parametrize("approved", [False, True])
def test_red_and_the_kill_switch_lock_opening_whoever_approved(*, approved: bool) -> None:
    assert found(standing, opening(level=Level.RED, approved=approved)) == ("LOCK", "LEVEL_RED")
    assert found(standing, opening(killed=True, approved=approved)) == ("LOCK", "KILLED")


def test_at_orange_every_opening_order_needs_a_checker() -> None:
    assert found(standing, opening(level=Level.ORANGE)) == ("CONFIRM2", "LEVEL_ORANGE")
    assert found(standing, opening(level=Level.ORANGE, approved=True)) == ("WARN", "LEVEL_ORANGE")
    assert found(standing, automatic(level=Level.ORANGE, approved=True)) == ("CONFIRM2", "LEVEL_ORANGE")


def test_a_reducing_close_passes_at_red_when_killed_and_before_the_barrier() -> None:
    assert found(standing, reducing(level=Level.RED, killed=True, barrier_passed=False)) == PASS


def test_the_sentence_says_what_is_still_possible() -> None:
    finding = standing(opening(level=Level.RED))
    assert finding is not None
    assert finding.sentence == ("螺纹钢2010（SHFE.rb2010）风险级别红色：限制开仓（只可平仓）；须两人解除后再开仓。")


UNLIKE = "2020-08-20 的结算单与账有 3 处不符"


def test_a_statement_that_differs_locks_opening_at_any_level_and_says_which() -> None:
    for level in (Level.NORMAL, Level.ORANGE, Level.RED):
        for check in (opening(level=level), automatic(level=level), opening(level=level, approved=True)):
            check.unreconciled = UNLIKE
            assert found(standing, check) == ("LOCK", "STATEMENT_DIFFERS")
    assert found(standing, reducing(unreconciled=UNLIKE)) == PASS
    finding = standing(opening(unreconciled=UNLIKE))
    assert finding is not None
    assert finding.sentence == (
        f"账户 A1 {UNLIKE}：螺纹钢2010（SHFE.rb2010）限制开仓（只可平仓）；请查明后重新对账，或由两人解除。"
    )


@pytest.mark.parametrize("check", [opening(level=Level.RED), opening(killed=True), opening(unreconciled=UNLIKE)])
def test_a_close_beyond_what_can_be_closed_hears_that_and_nothing_about_opening(check: Check) -> None:
    check.terms = replace(check.terms, offset=Offset.CLOSE_YESTERDAY)
    finding = standing(check)
    assert finding is not None
    assert finding.verdict.name == "LOCK"
    assert finding.sentence.endswith("平仓可以，但只到可平手数为止，超出的算开仓；请减少手数。")
