from __future__ import annotations

from itertools import permutations

import pytest

from terminal.domain.books.holding import Holding, Opening, Run, decimal_text
from terminal.domain.books.position import Position
from terminal.domain.errors import InvariantError
from terminal.domain.orders.offset import Bucket
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.margin import MarginPool
from tests.books import MEAL, D


def opening(at: int, price: int, lots: int, trade: str = "1") -> Opening:
    return Opening((at, len(trade), trade), D(price), lots)


def long(*openings: Opening) -> Holding:
    holding = Holding(Side.BUY)
    for one in openings:
        holding.open(one)
    return holding


def settled(*openings: Opening, price: int = 3000, day: int = 20250701) -> Holding:
    holding = long(*openings)
    holding.settle(D(price), day)
    return holding


def test_lots_are_closed_first_in_first_out() -> None:
    holding = long(opening(1, 3210, 20), opening(2, 3220, 10))
    assert holding.close(Bucket.TODAY, 25) == (D(3210 * 20 + 3220 * 5), D(3210 * 20 + 3220 * 5))
    assert list(holding.runs(20250701)) == [Run(D(3220), 20250701, 5, D(3220))]
    assert holding.faults() == []


def test_settlement_gives_a_new_basis_and_keeps_the_open_price() -> None:
    holding = settled(opening(1, 3210, 2), opening(2, 3220, 1), price=3225)
    assert list(holding.runs(20250702)) == [
        Run(D(3210), 20250701, 2, D(3225)),
        Run(D(3220), 20250701, 1, D(3225)),
    ]
    assert (holding.today, holding.yesterday, holding.value, holding.cost) == (0, 3, D(9675), D(9640))
    assert holding.close(Bucket.YESTERDAY, 3) == (D(9675), D(9640))
    assert holding.empty


def test_settlement_joins_neighbours_of_one_price_and_day() -> None:
    holding = settled(opening(1, 3210, 2), opening(2, 3210, 1), opening(3, 3220, 1))
    assert [run.lots for run in holding.runs(0)] == [3, 1]


def test_an_explicit_close_stays_in_its_bucket() -> None:
    holding = settled(opening(1, 3000, 3))
    holding.open(opening(2, 3100, 2))
    for bucket, lots in ((Bucket.TODAY, 3), (Bucket.YESTERDAY, 4), (Bucket.OLDEST_FIRST, 6)):
        before = holding.canonical()
        with pytest.raises(InvariantError):
            holding.close(bucket, lots)
        assert holding.canonical() == before
    holding.close(Bucket.TODAY, 2)
    assert (holding.today, holding.yesterday) == (0, 3)


def test_a_plain_close_takes_old_lots_before_todays() -> None:
    holding = settled(opening(1, 2900, 3), price=3000)
    holding.open(opening(2, 3100, 2))
    assert holding.close(Bucket.OLDEST_FIRST, 4) == (D(3000 * 3 + 3100), D(2900 * 3 + 3100))
    assert (holding.today, holding.yesterday) == (1, 0)


def test_every_order_of_arrival_of_openings_gives_the_same_lots() -> None:
    fills = [opening(3, 3230, 4), opening(1, 3210, 2), opening(2, 3220, 3), opening(2, 3215, 1, "10")]
    forms = set()
    for order in permutations(fills):
        for closing in range(len(order)):
            holding = Holding(Side.BUY)
            taken = moved = D(0)
            for place, one in enumerate(order):
                moved += holding.open(one)
                if place == closing:
                    taken += holding.close(Bucket.TODAY, 1)[0]
            taken += holding.close(Bucket.OLDEST_FIRST, 4)[0]
            assert holding.faults() == []
            # What the closes took at first and what late openings moved is what the first five lots cost.
            assert taken + moved == D(3210 * 2 + 3220 * 3)
            forms.add(str(holding.canonical()))
    assert len(forms) == 1


def test_trade_numbers_of_one_instant_are_ordered_as_numbers() -> None:
    holding = long(opening(1, 3210, 1, "10"), opening(1, 3200, 1, "9"))
    assert [run.open_price for run in holding.runs(0)] == [D(3200), D(3210)]


def test_the_close_today_fee_is_due_up_to_todays_openings() -> None:
    holding = settled(opening(1, 3000, 3))
    holding.open(opening(2, 3100, 1))
    assert holding.charged_of(MEAL, Offset.CLOSE, 3) == 1
    holding.charged_today += 1
    assert holding.charged_of(MEAL, Offset.CLOSE, 3) == 0
    assert holding.charged_of(MEAL, Offset.OPEN, 3) == 0


def test_a_plain_close_freezes_the_oldest_lots_first() -> None:
    holding = settled(opening(1, 3000, 3))
    holding.open(opening(2, 3100, 2))
    holding.freeze(Bucket.OLDEST_FIRST, 4)
    assert holding.frozen_by_day() == (1, 3)
    holding.freeze(Bucket.OLDEST_FIRST, -4)
    assert holding.frozen_by_day() == (0, 0)


def test_frozen_lots_grow_old_with_the_lots() -> None:
    holding = long(opening(1, 3000, 3))
    holding.freeze(Bucket.TODAY, 2)
    holding.settle(D(3000), 20250701)
    assert holding.frozen_by_day() == (0, 2)
    assert holding.faults() == []


def test_more_frozen_than_held_is_a_fault() -> None:
    holding = long(opening(1, 3000, 1))
    holding.freeze(Bucket.TODAY, 2)
    assert holding.faults() == ["今仓冻结 2 手，持有 1 手"]


def test_each_figure_that_does_not_agree_is_named() -> None:
    position = Position(MEAL, HedgeFlag.HEDGE, MarginPool(larger_side=False))
    position.long.open(opening(1, 3000, 1))
    position.long.value += 1
    position.short.yesterday = 2
    assert position.faults() == [
        "DCE.m2509 HEDGE 多头基准之和 3001 不符。",
        "DCE.m2509 HEDGE 空头昨仓 2 手与逐笔之和不符。",
    ]


def test_equal_amounts_have_one_text() -> None:
    assert {decimal_text(D(text)) for text in ("1200.50", "1200.5", "1.2005E+3")} == {"1200.5"}
    assert decimal_text(D("-0.00")) == "0"
    assert decimal_text(D("1E+3")) == "1000"
