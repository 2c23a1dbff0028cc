from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.days.calendar import HOUR_NS, MINUTE_NS, SECOND_NS, instant
from terminal.domain.ids import InstrumentId
from terminal.domain.products.instrument import Reference
from terminal.widgets.parts import figures


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Decimal("-1234567.5"), 0, "−1,234,568"),
        (Decimal("1234567.5"), 0, "1,234,568"),
        (Decimal("-0.4"), 0, "0"),
        (Decimal("2.675"), 2, "2.68"),
        (-98, 2, "−98.00"),
        (None, 0, "—"),
    ],
)
def test_a_number_has_commas_a_real_minus_and_is_rounded_half_up(
    value: Decimal | int | None, places: int, text: str
) -> None:
    assert figures.number(value, places) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal(1_069_125), "+1,069,125"), (-38, "−38"), (0, "0"), (Decimal("-0.4"), "0"), (Decimal("0.4"), "0")],
)
def test_a_change_has_an_explicit_sign_unless_it_is_nothing(value: Decimal | int, text: str) -> None:
    assert figures.signed(value) == text


def test_no_figure_has_a_hyphen_for_a_minus(reference: Reference) -> None:
    gold = reference.instrument(InstrumentId("SHFE.au2506"), 20_250_106)
    texts = (
        figures.number(Decimal(-5)),
        figures.signed(-5),
        figures.percent(Decimal("-0.5")),
        figures.signed_percent(Decimal("-0.0062")),
        figures.signed_share(-62, 10_000),
        figures.price(-3, gold),
        figures.signed_price(-3, gold),
    )
    assert [text for text in texts if "-" in text or "−" not in text] == []


def test_a_price_has_the_decimals_of_its_tick(reference: Reference) -> None:
    shown = {
        name: figures.price(28_001, reference.instrument(InstrumentId(name), 20_250_106))
        for name in ("SHFE.au2506", "SHFE.cu2502", "DCE.i2505", "CFFEX.T2503")
    }
    assert shown == {
        "SHFE.au2506": "560.02",
        "SHFE.cu2502": "280,010",
        "DCE.i2505": "14,000.5",
        "CFFEX.T2503": "140.005",
    }


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (0, "0.0 秒"),
        (9_949_000_000, "9.9 秒"),
        (59 * SECOND_NS, "59 秒"),
        (MINUTE_NS, "1 分"),
        (26 * HOUR_NS, "1 天"),
    ],
)
def test_an_age_is_told_in_the_unit_a_person_would_use(age: int, text: str) -> None:
    assert figures.age(age) == text


def test_times_are_told_in_shanghai() -> None:
    assert figures.clock(instant(20_250_106, 21, 0, 7)) == "21:00:07"
    assert figures.day(20_250_106) == "2025-01-06"


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1E+999999", "123456789012345678901234567890"])
def test_what_nobody_should_have_written_is_shown_as_it_stands(value: str) -> None:
    assert figures.number(Decimal(value), 2) == value.replace("-", "−")


@pytest.mark.parametrize("number", [0, -5, 20_251_340, 2**62])
def test_what_is_no_day_is_absent(number: int) -> None:
    assert figures.day(number) == figures.ABSENT
