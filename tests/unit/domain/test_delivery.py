from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.ids import InstrumentId
from terminal.domain.products.delivery import Delivery, Step, in_force, parse_step_day
from terminal.domain.products.product import PositionLimit
from terminal.store.reference import load_reference

REFERENCE = load_reference()
CALENDAR = REFERENCE.calendar
JANUARY = Delivery(month=202101, last_day=20210115, calendar=CALENDAR)


def schedule(*days: str) -> list[Step[str]]:
    return [Step(parse_step_day(day), day) for day in days]


@pytest.mark.parametrize(
    ("step", "before", "first"),
    [
        ("-1 trading-day 1", 20201130, 20201201),
        ("-1 trading-day 15", 20201218, 20201221),
        ("-1 trading-day -1", 20201230, 20201231),
        ("-2 trading-day -1", 20201127, 20201130),
        ("-1 month-day 16", 20201215, 20201216),
        ("-2 month-day 14", 20201113, 20201116),  # a Saturday: the first trading day after it
        ("0 trading-day 1", 20201231, 20210104),
        ("last-day -2", 20210112, 20210113),
        ("last-day 0", 20210114, 20210115),
    ],
)
def test_a_step_begins_on_the_day_its_exchange_counts_to(step: str, before: int, first: int) -> None:
    steps = schedule("listed", step)
    assert in_force(steps, before, JANUARY) == "listed"
    assert in_force(steps, first, JANUARY) == step


def test_the_months_before_january_are_those_of_the_year_before() -> None:
    steps = schedule("-1 trading-day 1")
    assert in_force(steps, 20201201, JANUARY) == "-1 trading-day 1"
    assert in_force(steps, 20201130, JANUARY) is None


def test_the_step_in_force_is_the_latest_whatever_the_order_of_the_rows() -> None:
    steps = schedule("0 trading-day 1", "-1 trading-day 1", "listed")
    assert in_force(steps, 20210104, JANUARY) == "0 trading-day 1"
    assert in_force(steps, 20201201, JANUARY) == "-1 trading-day 1"


def test_a_month_the_calendar_does_not_know_has_not_begun() -> None:
    far = Delivery(month=202712, last_day=None, calendar=CALENDAR)
    assert in_force(schedule("listed", "-1 trading-day 1", "last-day -2"), 20261231, far) == "listed"


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "1 trading-day 1", "-1 trading-day 16", "-1 trading-day -2"),
        *("-1 month-day 0", "-1 month-day -1", "last-day 2"),
    ],
)
def test_a_step_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="应写成"):
        parse_step_day(text)


def test_margin_rises_and_the_position_limit_falls_as_rebar_nears_delivery() -> None:
    seen = [
        (found.margin_rate, found.position_limit and found.position_limit.most(None))
        for found in (
            REFERENCE.instrument(InstrumentId("SHFE.rb2101"), day)
            for day in (20201130, 20201201, 20201231, 20210104, 20210112, 20210113)
        )
    ]
    assert [rate for rate, _ in seen] == [Decimal(rate) for rate in ("0.08", "0.1", "0.1", "0.15", "0.15", "0.2")]
    assert [lots for _, lots in seen] == [90_000, 4500, 4500, 900, 900, 900]


def test_a_step_never_lowers_a_rate_that_is_higher() -> None:
    nickel = REFERENCE.instrument(InstrumentId("SHFE.ni2401"), 20231201)
    assert (nickel.margin_rate, nickel.hedge_margin_rate) == (Decimal("0.12"), Decimal("0.11"))


@pytest.mark.parametrize(
    ("contract", "before", "first"),
    [
        ("SHFE.rb2510", 20250930, 20251009),  # ends on 15 October: its fifth trading day before is 30 September
        ("SHFE.fu2510", 20250923, 20250924),  # ends in the month before delivery, on 30 September
        ("INE.sc2504", 20250324, 20250325),
        ("CFFEX.T2503", 20250228, 20250303),
    ],
)
def test_a_contract_leaves_the_larger_side_before_it_ends(contract: str, before: int, first: int) -> None:
    seen = [REFERENCE.instrument(InstrumentId(contract), day).larger_side for day in (before, first)]
    assert seen == [True, False]
    product = REFERENCE.instrument(InstrumentId(contract), first).product
    assert REFERENCE.product(product, first).larger_side  # the product itself charges it as before


def test_an_index_future_keeps_the_larger_side_to_its_end_and_dalian_has_none() -> None:
    assert REFERENCE.instrument(InstrumentId("CFFEX.IF2503"), 20250321).larger_side
    assert not REFERENCE.instrument(InstrumentId("DCE.m2505"), 20250303).larger_side


def test_margin_and_limit_of_lithium_and_silicon_step_toward_delivery() -> None:
    days = (20250820, 20250821, 20250901, 20250912)
    silicon = [REFERENCE.instrument(InstrumentId("GFEX.si2509"), day).margin_rate for day in days]
    assert silicon == [Decimal(rate) for rate in ("0.1", "0.1", "0.2", "0.2")]  # it ends on the last of these days
    lithium = [REFERENCE.instrument(InstrumentId("GFEX.lc2509"), day).position_limit for day in days]
    assert [limit and limit.most(None) for limit in lithium] == [3000, 1000, 300, 300]


def test_polyethylene_has_no_step_in_the_month_before_delivery_since_its_rule_was_read_so() -> None:
    seen = [
        REFERENCE.instrument(InstrumentId(name), day).margin_rate
        for name, day in (("DCE.l2609", 20260831), ("DCE.l2609", 20260901), ("DCE.m2609", 20260901))
    ]
    assert seen == [Decimal(rate) for rate in ("0.18", "0.2", "0.2")]  # 18 % is what the counter of 2025 asked


def test_a_limit_may_be_a_share_of_the_open_interest() -> None:
    copper = PositionLimit(lots=8000, open_interest_from=160_000, share=Decimal("0.1"))
    assert [copper.most(lots) for lots in (None, 0, 159_999, 160_000, 234_567)] == [8000, 8000, 8000, 16_000, 23_456]


@pytest.mark.parametrize(
    ("contract", "days", "most"),
    [
        ("CFFEX.T2503", (20250227, 20250228, 20250303), (2000, 600, 600)),  # from the last day of February
        ("CZCE.TA501", (20241213, 20241216, 20250102), (50_000, 10_000, 5000)),
        ("DCE.jd2101", (20201130, 20201201, 20201214, 20210104), (600, 400, 120, None)),  # not known from 2021 on
        ("DCE.i2601", (20251128, 20251201, 20251212, 20260105), (7500, 6000, 4000, None)),
        ("DCE.b2510", (20251009, 20251010), (1000, 1000)),
        ("CZCE.CF101", (20201215, 20201216, 20210104), (15_000, 3000, None)),
        ("CZCE.CF701", (20261127,), (None,)),  # a figure of 2019 is no figure of today
    ],
)
def test_the_limit_of_a_client_falls_by_the_steps_of_its_exchange(
    contract: str, days: tuple[int, ...], most: tuple[int | None, ...]
) -> None:
    seen = [REFERENCE.instrument(InstrumentId(contract), day).position_limit for day in days]
    assert tuple(limit and limit.most(None) for limit in seen) == most


def test_a_limit_that_is_not_known_near_delivery_is_not_the_general_one() -> None:
    seen = [REFERENCE.instrument(InstrumentId("DCE.m2505"), day).position_limit for day in (20250421, 20250422)]
    assert seen == [PositionLimit(lots=40_000, open_interest_from=400_000, share=Decimal("0.1")), None]
