from __future__ import annotations

import pytest

from terminal.domain.days.calendar import instant
from terminal.gateways.replay.exact import (
    ABSENT,
    OFF_TICK,
    DayTexts,
    LotTexts,
    PriceTexts,
    UnreadableTextError,
    nanoseconds,
    wall_clock,
)
from tests.tapes import resolve


@pytest.mark.parametrize(
    "text",
    ["", " ", "0", "0.00", "N/A", "n/a", "nan", "NaN", "-", "inf", "1.7976931348623157e+308", "1.797E308", "1e15",
     "9999999999999999", "-5", "-0.00", "1000000000"],
)  # fmt: skip
def test_what_is_not_a_price_is_absent(text: str) -> None:
    assert PriceTexts(resolve("AP010", 20200803))[text] == ABSENT


def test_prices_become_ticks_exactly() -> None:
    gold = PriceTexts(resolve("au1706", 20170424))
    assert gold["285.35"] == 5707
    assert gold["285.350"] == 5707
    assert gold["285.349"] == OFF_TICK
    assert gold["2.8535e2"] == 5707


def test_each_text_of_a_price_is_read_once() -> None:
    prices = PriceTexts(resolve("AP010", 20200803))
    first = prices["7184.00"], prices["7184.0"], prices["7184"]
    assert first == (7184, 7184, 7184)
    assert set(prices) == {"7184.00", "7184.0", "7184"}


def test_a_settlement_between_two_ticks_is_rounded_half_up() -> None:
    bond = PriceTexts(resolve("TF1706", 20170424))
    assert bond.settlement_rounded_half_up("98.429") == 19686
    assert bond.settlement_rounded_half_up("98.4275") == 19686
    assert bond.settlement_rounded_half_up("98.427") == 19685
    assert bond.settlement_rounded_half_up("98.105") == 19621
    assert bond.settlement_rounded_half_up("N/A") == ABSENT


@pytest.mark.parametrize("text", ["12a", "1_000", "1.2.3", "１２", "0x10", "--5", "1e5000"])
def test_a_text_that_is_no_number_stops_the_reading(text: str) -> None:
    with pytest.raises(UnreadableTextError):
        PriceTexts(resolve("AP010", 20200803))[text]
    with pytest.raises(UnreadableTextError):
        LotTexts()[text]


def test_lots_are_whole_numbers() -> None:
    lots = LotTexts()
    assert lots["148408"] == lots["148408.00"] == 148408
    assert lots["0"] == 0
    assert lots["N/A"] == lots[""] == lots["-3"] == ABSENT
    with pytest.raises(UnreadableTextError):
        lots["1.5"]


def test_what_is_remembered_of_lots_stays_bounded() -> None:
    lots = LotTexts()
    for count in range(40_000):
        assert lots[str(count)] == count
    assert len(lots) < 20_000


def test_days_are_written_with_and_without_dashes() -> None:
    days = DayTexts()
    assert days["20200821"] == days["2020-08-21"] == 20200821
    for text in ("20200230", "2020082", "", "abcdefgh", "00010101", "99991231"):
        with pytest.raises(UnreadableTextError):
            days[text]


def test_a_wall_clock_is_read_as_shanghai_time() -> None:
    stamp = wall_clock((0, 1, 2))
    assert stamp(["20200803", "14:59:59", "500"]) == instant(20200803, 14, 59, 59, 500_000_000)
    assert stamp(["2017-04-22", "02:30:00", "5"]) == instant(20170422, 2, 30, 0, 5_000_000)
    for row in (["20200803", "24:00:00", "0"], ["20200803", "9:00:00", "0"], ["20200803", "09:00:00", "1000"]):
        with pytest.raises(UnreadableTextError):
            stamp(row)


def test_nanoseconds_have_nineteen_digits() -> None:
    assert nanoseconds("1597988229675246080") == 1597988229675246080
    for text in ("", "159798822967524608", "1.597988229675e+18", "159798822967524608x", "9999999999999999999"):
        with pytest.raises(UnreadableTextError):
            nanoseconds(text)
