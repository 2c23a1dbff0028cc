from __future__ import annotations

from terminal.risk.hedged_twice import hedged_twice
from tests.unit.risk.checks import BUY, GRID, OPEN, PASS, found, opening, terms


def test_an_order_that_trades_what_a_strategy_lacks_says_how_many_would_be_too_many() -> None:
    check = opening(terms=terms(BUY, OPEN, 5), lacked=((GRID, 3),))
    assert found(hedged_twice, check) == ("WARN", "HEDGED_TWICE")
    finding = hedged_twice(check)
    assert finding is not None
    assert (finding.value, finding.limit) == ("5", "2")
    assert "要买入 3 手补齐或退回一腿，能做时会自己做，两边都成交就多出 3 手" in finding.sentence


def test_no_more_is_too_many_than_the_order_trades() -> None:
    finding = hedged_twice(opening(terms=terms(BUY, OPEN, 2), lacked=((GRID, 3),)))
    assert finding is not None
    assert (finding.value, finding.limit, "多出 2 手" in finding.sentence) == ("2", "0", True)


def test_where_nothing_lacks_there_is_nothing_to_say() -> None:
    assert found(hedged_twice, opening(terms=terms(BUY, OPEN, 5))) == PASS
