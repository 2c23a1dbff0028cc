"""What a contract that no exchange lists is worth: figures reckoned by hand, and Black's formula written out anew."""

from __future__ import annotations

import math
from decimal import Decimal

import msgspec
import pytest

from terminal.domain.ids import ConfirmationId, InstrumentId, PersonId
from terminal.domain.orders.order import Side
from terminal.domain.otc import FormulaMark, HandMark, OtcKind, OtcMark, OtcTerms, first_mark
from terminal.domain.products.option import Right
from terminal.engine.books.otc import OtcRow
from terminal.engine.prices.otc import OtcValue, value_of

RB = InstrumentId("SHFE.rb2101")
TODAY = 20200821


def row(kind: OtcKind, side: Side, mark: OtcMark | None = None, right: Right | None = None) -> OtcRow:
    terms = OtcTerms(
        number="1",
        counterparty="甲",
        kind=kind,
        side=side,
        tonnes=Decimal("600.5"),
        reference=RB,
        price=Decimal(3700),
        expires=20201231,
        group="螺纹",
        right=right,
        premium=Decimal(50) if right else Decimal(0),
    )
    return OtcRow(
        terms=terms, person=PersonId("zhao"), booked_at=0, mark=mark or first_mark(terms), booking=ConfirmationId("c")
    )


@pytest.mark.parametrize("kind", [OtcKind.FORWARD, OtcKind.SWAP])
@pytest.mark.parametrize(
    ("side", "price", "value", "tonnes"),
    [
        (Side.BUY, "3720.5", "12310.25", "600.5"),  # 600.5 x 20.5
        (Side.SELL, "3720.5", "-12310.25", "-600.5"),
        (Side.SELL, "3650", "30025.00", "-600.5"),
    ],
)
def test_a_forward_and_a_swap_are_worth_what_the_reference_is_above_the_fixed_price(
    kind: OtcKind, side: Side, price: str, value: str, tonnes: str
) -> None:
    found = value_of(row(kind, side), Decimal(price), TODAY)
    assert found == OtcValue(Decimal(value), Decimal(value), Decimal(tonnes))


def black(forward: float, strike: float, years: float, volatility: float, rate: float) -> tuple[float, float]:
    """Return the price and the delta of a call, by the formula as it stands in Black (1976)."""
    deviation = volatility * math.sqrt(years)
    above = (math.log(forward / strike) + deviation**2 / 2) / deviation
    normal = lambda x: (1 + math.erf(x / math.sqrt(2))) / 2  # noqa: E731  # one line of mathematics
    discount = math.exp(-rate * years)
    return discount * (forward * normal(above) - strike * normal(above - deviation)), discount * normal(above)


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
@pytest.mark.parametrize("right", [Right.CALL, Right.PUT])
def test_an_option_is_worth_blacks_price_and_moves_with_its_delta(side: Side, right: Right) -> None:
    mark = FormulaMark(volatility=Decimal(22), rate=Decimal("2.5"))
    found = value_of(row(OtcKind.OPTION, side, mark, right), Decimal(3650), TODAY)
    years = 132 / 365  # 21 August to 31 December
    price, delta = black(3650, 3700, years, 0.22, 0.025)
    if right is Right.PUT:
        price -= math.exp(-0.025 * years) * (3650 - 3700)  # parity
        delta -= math.exp(-0.025 * years)
    assert found.value is not None
    assert found.tonnes is not None
    assert float(found.value) == pytest.approx(side.sign * 600.5 * price, abs=0.01)
    assert found.profit == found.value - side.sign * Decimal("30025.00")  # 600.5 x 50 was paid for it, or taken
    assert float(found.tonnes) == pytest.approx(side.sign * 600.5 * delta, abs=0.02)


def test_on_its_last_day_an_option_is_worth_what_exercise_gives() -> None:
    mark = FormulaMark(volatility=Decimal(22))
    held = row(OtcKind.OPTION, Side.BUY, mark, Right.PUT)
    assert value_of(held, Decimal(3650), 20201231).value == Decimal("30025.00")
    assert value_of(held, Decimal(3800), 20201231).value == 0
    assert value_of(held, Decimal(3650), 20210104).value == Decimal("30025.00")  # and afterwards, until it is ended


def test_what_somebody_says_it_is_worth_goes_before_every_formula() -> None:
    said = HandMark(value=Decimal("-123.45"), source="对手", delta=Decimal("-0.4"))
    found = value_of(row(OtcKind.OPTION, Side.SELL, said, Right.PUT), None, TODAY)
    assert found == OtcValue(Decimal("-123.45"), Decimal("29901.55"), Decimal("240.200"))


def test_what_cannot_be_told_is_not_told_and_says_why() -> None:
    nobody = value_of(row(OtcKind.OPTION, Side.BUY, None, Right.PUT), Decimal(3650), TODAY)
    assert (nobody[:3], "尚未估值" in nobody.why) == ((None, None, None), True)
    quiet = value_of(row(OtcKind.FORWARD, Side.SELL), None, TODAY)
    assert (quiet[:3], "还没有价格" in quiet.why) == ((None, None, Decimal("-600.5")), True)


def test_a_formula_that_finds_no_price_says_so_and_stops_nobody() -> None:
    far = row(OtcKind.OPTION, Side.BUY, FormulaMark(volatility=Decimal(22), rate=Decimal(100)), Right.CALL)
    far.terms = msgspec.structs.replace(far.terms, expires=99991231)  # an earlier program booked it
    found = value_of(far, Decimal(3650), TODAY)
    assert (found[:3], "算不出价格" in found.why) == ((None, None, None), True)
