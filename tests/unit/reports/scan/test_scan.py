"""What a scan says of one spread, worked by hand, and that it never knows what comes later."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.domain.orders.order import Side
from terminal.domain.parameters.pair import Months, Pair, PairKind, PairLeg
from terminal.reports.scan.scan import Rank, ScanSettings, Step, in_order, scan
from tests import bar_tapes, tapes
from tests.scan_tapes import DAY, FAR, NEAR, found, legs, minute, only, swing, tape


def pair(*of_legs: tuple[str, str, int], months: Months | None = None, name: str = "对") -> Pair:
    return Pair(
        name=name,
        kind=PairKind.CROSS_PRODUCT,
        legs=tuple(
            PairLeg(name=leg, coefficient=Decimal(coefficient), lots=lots) for leg, coefficient, lots in of_legs
        ),
        months=months,
    )


def test_a_calendar_spread_above_its_mean_is_sold_and_costs_are_taken_off(tmp_path: Path) -> None:
    # 30 x 98 and 29 x 102, then 110: the mean is 6 008 / 60 = 100.133333, the middle stands 9.866667 above it.
    # Gross 9.866667 x 10 = 98.67. Each leg is a yuan wide and is crossed on the way in and half a yuan each way:
    # (1 + 1) x 10 = 20.00. Fees at 0.0001: near sold at 3710 and bought at 3711, far bought at 3601 and sold at 3600:
    # 3.71 + 3.71 + 3.60 + 3.60 = 14.62. Net 98.67 - 20.00 - 14.62 = 64.05.
    one = only(found(tape(tmp_path, legs(swing(110)))))
    assert (one.kind, one.name, one.ratio) == (PairKind.CALENDAR, f"{NEAR} - {FAR}", "1:1")
    assert one.side is Side.SELL
    assert (one.buy, one.sell) == (Decimal(111), Decimal(109))  # 3711 - 3600, 3710 - 3601
    assert one.mean == Decimal("100.133333")
    assert (one.gross, one.slippage, one.fees) == (Decimal("98.67"), Decimal("20.00"), Decimal("14.62"))
    assert one.net == Decimal("64.05")
    assert one.observations == 60
    squares = 30 * (98 - 6008 / 60) ** 2 + 29 * (102 - 6008 / 60) ** 2 + (110 - 6008 / 60) ** 2
    assert one.deviation == pytest.approx(math.sqrt(squares / 59))
    assert one.z == pytest.approx((110 - 6008 / 60) / one.deviation, abs=1e-5)
    assert one.closes_today
    assert one.half_life < 1
    assert one.shown_sets == 5


def test_below_its_mean_it_is_bought(tmp_path: Path) -> None:
    one = only(found(tape(tmp_path, legs(swing(90)))))
    assert one.side is Side.BUY
    assert one.z < 0
    assert one.shown_sets == 5  # 6 asked of near, 5 bid of far


def test_the_spread_written_the_other_way_round_is_the_same_trade(tmp_path: Path) -> None:
    recording = tape(tmp_path, legs(swing(110)))
    turned = pair((f"SHFE.{FAR}", "1", 1), (f"SHFE.{NEAR}", "-1", -1))
    one, other = sorted(found(recording, pairs=[turned]).ranked, key=lambda each: each.kind)
    assert (one.side, other.side) == (Side.SELL, Side.BUY)
    assert other.z == pytest.approx(-one.z)
    assert other.half_life == pytest.approx(one.half_life)
    assert (other.buy, other.sell, other.mean) == (-one.sell, -one.buy, -one.mean)
    assert (other.gross, other.slippage, other.fees, other.net) == (one.gross, one.slippage, one.fees, one.net)


def test_twice_the_lots_earn_twice_and_twice_the_coefficient_earns_the_same(tmp_path: Path) -> None:
    recording = tape(tmp_path, legs(swing(110)))
    double = pair((f"SHFE.{NEAR}", "1", 2), (f"SHFE.{FAR}", "-1", -2), name="两手")
    scaled = pair((f"SHFE.{NEAR}", "2", 1), (f"SHFE.{FAR}", "-2", -1), name="两倍")
    told = {one.name: one for one in found(recording, pairs=[double, scaled]).ranked}
    one = told[f"{NEAR} - {FAR}"]
    assert (told["两手"].gross, told["两手"].slippage) == (Decimal("197.33"), 2 * one.slippage)
    assert told["两手"].shown_sets == 2
    assert (told["两倍"].net, told["两倍"].mean) == (one.net, Decimal("200.266667"))
    assert told["两倍"].z == pytest.approx(one.z)


def test_lots_that_do_not_follow_the_coefficients_have_no_worth_by_the_point(tmp_path: Path) -> None:
    uneven = pair((f"SHFE.{NEAR}", "1", 1), (f"SHFE.{FAR}", "-1", -2), name="一比二")
    (left,) = found(tape(tmp_path, legs(swing(110))), pairs=[uneven]).left_out
    assert (left.name, left.reason) == ("一比二", "UNEVEN")
    assert "每点 10.00 至 20.00 元" in left.sentence


def test_products_are_matched_by_their_delivery_month(tmp_path: Path) -> None:
    told = legs(swing(110))
    recording = tape(tmp_path, {**told, "hc2401": told[FAR]})
    by_month = pair(("rb", "1", 1), ("hc", "-1", -1), months=Months.SAME, name="卷螺")
    nothing = pair(("rb", "1", 1), ("cu", "-1", -1), months=Months.SAME, name="无此月")
    scanned = found(recording, pairs=[by_month, nothing])
    assert "卷螺 rb2401 - hc2401" in [one.name for one in scanned.ranked]
    assert [(one.name, one.reason) for one in scanned.left_out] == [("无此月", "NOT_RECORDED")]


def test_ranks_follow_what_is_asked_for_and_equal_ones_their_names(tmp_path: Path) -> None:
    one = only(found(tape(tmp_path, legs(swing(110)))))
    rows = [
        msgspec.structs.replace(one, name=name, net=Decimal(net), z=z)
        for name, net, z in (("丙", 5, -9.0), ("甲", 70, 2.0), ("乙", 70, 3.0))
    ]
    assert [each.name for each in in_order(rows, Rank.NET)] == ["乙", "甲", "丙"]
    assert [each.name for each in in_order(rows, Rank.Z)] == ["丙", "乙", "甲"]
    assert [each.rank for each in in_order(rows, Rank.Z)] == [1, 2, 3]


def test_progress_is_told_candidate_by_candidate(tmp_path: Path) -> None:
    told = legs(swing(110))
    shares: list[float] = []
    scanned = scan(
        tape(tmp_path, {**told, "rb2410": told[FAR]}),
        resolve=tapes.resolve,
        calendar=tapes.reference().calendar,
        settings=ScanSettings(),
        progress=shares.append,
    )
    assert len(scanned.ranked) + len(scanned.left_out) == 3
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])


def test_the_window_takes_the_newest_samples_alone(tmp_path: Path) -> None:
    recording = tape(tmp_path, legs([500, 300] * 20 + swing(110)))
    assert only(found(recording, window=60)).mean == Decimal("100.133333")
    assert only(found(recording, window=100)).observations == 100


def test_minutes_without_a_quote_of_each_leg_are_no_samples(tmp_path: Path) -> None:
    told = legs(swing(110, 90))
    told[FAR] = [quote for place, quote in enumerate(told[FAR]) if place < 15 or place > 24]
    assert only(found(tape(tmp_path, told))).observations == 80


def test_days_have_one_sample_each_and_an_open_day_its_latest(tmp_path: Path) -> None:
    closes = [100, 104, 98, 103, 99, 102, 100, 104, 98, 110]
    days = [20230912 + place for place in (0, 1, 2, 3)] + [20230918 + place for place in range(5)] + [20230925]
    files = []
    for symbol, prices in (("rb2401", [3600 + close for close in closes]), ("rb2405", [3600] * 10)):
        bars = [bar_tapes.days(day, [price])[0] for day, price in zip(days, prices, strict=True)]
        files.append(bar_tapes.tqsdk(tmp_path / f"SHFE.{symbol}_1day.csv", bars))
    one = only(found(tapes.read(*files), step=Step.DAY, at_least=10))
    assert one.observations == 10
    assert one.mean == Decimal("101.8")
    assert all(leg.reckoned for leg in one.legs)
    assert (one.buy, one.sell) == (Decimal(112), Decimal(108))  # a tick against whoever comes, on both legs


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    after=st.lists(st.tuples(st.integers(-300, 300), st.integers(1, 40)), min_size=1, max_size=8),
    cut=st.integers(61, 80),
)
def test_what_comes_later_changes_nothing_that_was_found(
    after: list[tuple[int, int]], cut: int, tmp_path: Path
) -> None:
    told = legs((swing(107, 70) + swing(93, 20))[:cut])
    ends = minute(cut)
    more = {symbol: list(quotes) for symbol, quotes in told.items()}
    at = ends
    for gap, later in after:
        at += later * 1_000_000_000
        more[NEAR].append((at, (3600 + gap, 3603 + gap)))
    more["rb2410"] = [(at, (3500, 3501))]
    scanned = found(tape(tmp_path, more), at=ends)
    known = found(tape(tmp_path, told), at=ends)
    assert known.ranked
    assert (scanned.ranked, scanned.left_out, scanned.at) == (known.ranked, known.left_out, known.at)
    assert known.trading_day == DAY
