from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import ENDED, OrderState, Side
from terminal.risk.check import Working
from terminal.risk.self_match import self_match
from terminal.risk.wording import WORKING
from tests.unit.risk.checks import BUY, CLOSE, OTHER, PASS, SELL, found, opening, reducing, terms, working

CROSSED = ("DENY", "SELF_MATCH")


@given(
    side=st.sampled_from(Side),
    price=st.integers(3700, 3740),
    resting=st.integers(3700, 3740),
    state=st.sampled_from(sorted(set(OrderState) - ENDED)),
)
def test_an_order_never_reaches_an_own_one_of_the_other_side(
    side: Side, price: int, resting: int, state: OrderState
) -> None:
    own: list[Working] = [working(1, terms(side.opposite, price=resting), state)]
    reaches = price >= resting if side is BUY else price <= resting
    check = opening(terms=terms(side, price=price), jointly=[own])
    assert found(self_match, check) == (CROSSED if reaches else PASS)


def test_an_own_order_is_named_in_the_refusal() -> None:
    own: list[Working] = [working(7, terms(SELL), OrderState.UNKNOWN)]
    finding = self_match(opening(jointly=[own]))
    assert finding is not None
    assert (finding.value, finding.limit) == ("3720", "3720")
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）买入开仓 2 手可能与账户 A1 的未了委托 A1-00000007"
        "（卖出 2 手 @ 3720，状态不明）自成交；请先撤去该委托，或改价不与它交叉。"
    )


def test_an_order_of_a_jointly_controlled_account_counts_and_nothing_of_it_is_told() -> None:
    theirs: list[Working] = [working(7, terms(SELL, account=OTHER), OrderState.UNKNOWN)]
    finding = self_match(opening(jointly=[[], theirs]))
    assert finding is not None
    assert (finding.value, finding.limit) == ("3720", "")
    assert finding.sentence == (
        "螺纹钢2010（SHFE.rb2010）买入开仓 2 手可能与实际控制关系账户的未了委托自成交；请改价不与它交叉，或稍后再报。"
    )


def test_the_same_side_and_other_contracts_do_not_match() -> None:
    same: list[Working] = [working(1, terms(BUY)), working(2, terms(SELL, of=InstrumentId("SHFE.rb2101")))]
    assert found(self_match, opening(jointly=[same])) == PASS
    assert found(self_match, opening(jointly=[])) == PASS


def test_a_reducing_close_may_not_match_either() -> None:
    own: list[Working] = [working(1, terms(BUY, price=3719))]
    assert found(self_match, reducing(jointly=[own])) == CROSSED
    assert found(self_match, reducing(jointly=[own], terms=terms(SELL, CLOSE, price=3720))) == PASS


def test_an_order_without_a_price_is_left_to_the_first_control() -> None:
    own: list[Working] = [working(1, terms(SELL))]
    assert found(self_match, opening(jointly=[own], terms=terms(price="NaN"))) == PASS


def test_every_order_that_has_not_ended_is_called_in_our_words() -> None:
    assert WORKING.keys() == set(OrderState) - ENDED
