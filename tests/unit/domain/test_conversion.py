"""Legs of a conversion: which are bought, which are closed, and how many make a set (DOMAIN 4.12)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Conversion, SpreadSettings, Swap
from terminal.domain.products import conversion
from terminal.domain.products.conversion import SwapWish, delta_lots, earned, swap_legs
from tests.engine_market import CALL_830, DAY, INDEX_CALL, PUT_830, I, instruments

CALL, PUT, FUTURE = instruments()[CALL_830], instruments()[PUT_830], instruments()[I]
Trade = tuple[str, int, bool]


def trades(wish: SwapWish) -> tuple[list[Trade], int]:
    legs, sets = swap_legs(wish)
    assert [leg.active for leg in legs] == [True] + [False] * (len(legs) - 1)
    assert all(leg.coefficient == leg.lots for leg in legs)  # one lot of each is for as many tonnes
    return [(leg.instrument, leg.lots, leg.closes) for leg in legs], sets


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("to_future", [True, False])
def test_a_synthetic_swap_trades_call_against_put_and_future_and_keeps_the_side(side: Side, to_future: bool) -> None:
    wish = SwapWish(Swap.SYNTHETIC, CALL, PUT, FUTURE, side, to_future, 6, 6)
    way = side.sign * (-1 if to_future else 1)
    assert trades(wish) == (
        [(CALL_830, way, to_future), (PUT_830, -way, to_future), (I, -way, not to_future)],
        6,
    )


@pytest.mark.parametrize(
    ("option", "side", "future"), [(CALL, Side.BUY, 1), (CALL, Side.SELL, -1), (PUT, Side.BUY, -1), (PUT, Side.SELL, 1)]
)
def test_the_future_stands_on_the_side_the_option_stood_on(option: object, side: Side, future: int) -> None:
    wish = SwapWish(Swap.DELTA, option, None, FUTURE, side, True, 10, 4)  # type: ignore[arg-type]
    (one, other), sets = trades(wish)
    assert (one[1:], other[1:], sets) == ((-5 * side.sign, True), (2 * future, False), 2)


def test_the_futures_of_a_delta_are_rounded_half_up_and_weighed_by_their_multipliers() -> None:
    assert [delta_lots(one, 10, CALL, FUTURE) for one in (0.44, 0.45, -0.45, 0.04, 1.0)] == [4, 5, 5, 0, 10]
    assert delta_lots(0.5, 10, CALL, replace(FUTURE, multiplier=Decimal(300))) == 2  # 10 x 0.5 x 100 / 300 = 1.67


def test_lots_earn_the_way_to_the_end() -> None:
    assert earned(CALL, 2, Decimal(40), Decimal(900)) == 2 * 100 * (70 - 40)
    assert earned(PUT, -2, Decimal(39), Decimal(900)) == 2 * 100 * 39
    assert earned(FUTURE, -1, Decimal(830), Decimal(900)) == -7000


def fault_of(verb: Swap, wish: SwapWish, rate: str = "0.02") -> str:
    legs, sets = swap_legs(wish)
    settings = SpreadSettings(
        account=AccountId("A1"),
        legs=legs,
        buy_at=Decimal(0),
        sell_at=Decimal(0),
        max_sets=sets,
        conversion=Conversion(verb=verb, rate=Decimal(rate)),
    )
    return conversion.fault(settings, instruments().__getitem__, DAY)


def test_what_every_verb_makes_is_no_fault_and_what_it_cannot_be_is_said() -> None:
    both = SwapWish(Swap.SYNTHETIC, CALL, PUT, FUTURE, Side.BUY, True, 4, 4)
    one = SwapWish(Swap.PROTECTIVE, CALL, None, FUTURE, Side.BUY, True, 4, 4)
    assert fault_of(Swap.SYNTHETIC, both) == fault_of(Swap.PROTECTIVE, one) == fault_of(Swap.DELTA, one) == ""
    assert "应是同样的数量" in fault_of(Swap.PROTECTIVE, one._replace(future_lots=2))
    assert "不能是卖方" in fault_of(Swap.PROTECTIVE, one._replace(side=Side.SELL))
    assert "请各选一个" in fault_of(Swap.SYNTHETIC, one)
    assert "只用一个期权合约" in fault_of(Swap.DELTA, both)
    assert "年利率 −1% 不能为负" in fault_of(Swap.DELTA, one, rate="-0.01")
    index = instruments()[INDEX_CALL]
    assert "现金结算" in fault_of(Swap.DELTA, one._replace(option=index))


def test_an_option_that_has_ended_or_stands_on_another_future_is_no_part_of_it() -> None:
    known = dict(instruments())
    wish = SwapWish(Swap.DELTA, CALL, None, FUTURE, Side.BUY, True, 4, 2)
    legs, sets = swap_legs(wish)
    settings = SpreadSettings(
        account=AccountId("A1"),
        legs=legs,
        buy_at=Decimal(0),
        sell_at=Decimal(0),
        max_sets=sets,
        conversion=Conversion(verb=Swap.DELTA),
    )
    assert "已过到期日 20201207" in conversion.fault(settings, known.__getitem__, 20201208)
    assert CALL.option is not None
    known[CALL_830] = replace(CALL, option=replace(CALL.option, underlying=InstrumentId("DCE.i2105")))
    assert "标的是 i2105，不是 i2101" in conversion.fault(settings, known.__getitem__, DAY)
    known[CALL_830] = replace(CALL, expiry=None)
    assert "到期日未知" in conversion.fault(settings, known.__getitem__, DAY)
