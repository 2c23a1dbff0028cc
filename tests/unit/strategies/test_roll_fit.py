"""Which contracts lots can be rolled between, and which of two ends first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.strategies.roll.fit import contracts_fault, goes_back
from tests.unit.strategies.rolling import FAR, NEAR
from tests.unit.strategies.traded import future

CALL = OptionTerms(underlying=FAR, right=Right.CALL, strike=Decimal(3200), style=Style.AMERICAN)


def option(name: InstrumentId, **changes: Any) -> Instrument:
    return replace(future(name), kind=Kind.OPTION, option=replace(CALL, **changes))


@pytest.mark.parametrize(
    ("far", "said"),
    [
        (future(FAR), None),
        (replace(future(FAR), product=ProductId("SHFE.hc")), "不是同一品种"),
        (
            replace(future(FAR), multiplier=Decimal(20)),
            "的合约乘数不同（20 与 10），同样的手数不等量；请分别平仓、开仓。",
        ),
        (replace(future(FAR), quote_unit="元/克"), "的报价单位不同（元/克 与 "),
        (replace(future(FAR), kind=Kind.SPOT), "不是期货或期权合约"),
        (option(FAR), "不是同一品种"),
    ],
)
def test_a_future_is_rolled_into_the_same_goods_counted_and_priced_alike(far: Instrument, said: str | None) -> None:
    found = contracts_fault(future(NEAR), far)
    assert found is None if said is None else said in (found or "")


def test_an_option_is_rolled_to_another_strike_but_not_from_a_call_into_a_put() -> None:
    near = option(NEAR)
    assert contracts_fault(near, option(FAR, strike=Decimal(3300))) is None
    assert "不是同一种期权（看跌、看涨），移过去方向就反了" in (
        contracts_fault(near, option(FAR, right=Right.PUT)) or ""
    )


@pytest.mark.parametrize(
    ("near", "far", "back"),
    [
        ({"expiry": 20251015}, {"expiry": 20260115}, False),
        ({"expiry": 20260115}, {"expiry": 20251015}, True),
        ({"expiry": 20260115}, {"expiry": 20260115}, False),  # another strike
        ({"expiry": None, "delivery_month": 202601}, {"expiry": 20251015, "delivery_month": 202510}, True),
        ({"expiry": None, "delivery_month": 202510}, {"expiry": None, "delivery_month": 202601}, False),
        ({"expiry": None, "delivery_month": None}, {"expiry": 20251015, "delivery_month": 202510}, False),
    ],
)
def test_a_roll_goes_back_where_far_ends_before_near(near: dict[str, Any], far: dict[str, Any], *, back: bool) -> None:
    assert goes_back(replace(future(NEAR), **near), replace(future(FAR), **far)) is back
