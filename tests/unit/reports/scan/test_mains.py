"""The main contract of a product is the one the trading day began with, and stays it for that day."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from terminal.domain.days.calendar import instant
from terminal.domain.market import Recording
from terminal.domain.parameters.pair import Months, Pair, PairKind, PairLeg
from tests import tapes
from tests.scan_tapes import FAR, NEAR, Quote, found, minute, row

STEEL = Pair(
    name="卷螺",
    kind=PairKind.CROSS_PRODUCT,
    legs=(
        PairLeg(name="hc", coefficient=Decimal(1), lots=1),
        PairLeg(name="rb", coefficient=Decimal(-1), lots=-1),
    ),
    months=Months.MAIN,
)


def market(folder: Path, interests: Mapping[str, list[str]]) -> Recording:
    quote: Quote = (3600, 3601)
    files = []
    for symbol, held in interests.items():
        rows = [row(symbol, minute(place + 1), quote) | {"OpenInterest": lots} for place, lots in enumerate(held)]
        files.append(tapes.write_tape(folder / f"{symbol}.csv", tapes.CTP_COLUMNS, rows))
    return tapes.read(*files)


def compared(recording: Recording) -> list[str]:
    told = found(recording, pairs=[STEEL])
    return [one.name for one in told.left_out if one.name.startswith("卷螺")]


def test_the_most_open_interest_leads_and_of_equal_ones_the_nearer_month(tmp_path: Path) -> None:
    led = market(tmp_path, {NEAR: ["500.00"], FAR: ["800.00"], "hc2401": ["9.00"], "hc2405": ["9.00"]})
    assert compared(led) == ["卷螺 hc2401 - rb2405"]


def test_what_grows_during_the_day_does_not_change_it(tmp_path: Path) -> None:
    grown = market(tmp_path, {NEAR: ["500.00", "900.00"], FAR: ["800.00"] * 2, "hc2401": ["9.00"] * 2})
    assert compared(grown) == ["卷螺 hc2401 - rb2405"]


def test_a_product_without_contracts_or_open_interest_has_no_main_contract(tmp_path: Path) -> None:
    told = found(market(tmp_path, {NEAR: ["500.00"]}), pairs=[STEEL])
    (left,) = told.left_out
    assert (left.name, left.reason) == ("卷螺", "NOT_RECORDED")
    assert "分不出主力合约" in left.sentence
    assert found(market(tmp_path, {NEAR: ["500.00"]}), pairs=[STEEL], list_absent=False).left_out == ()


def test_recorded_mains_of_the_whole_market_are_compared_and_the_one_at_its_limit_is_named(shared_data: Path) -> None:
    recording = tapes.read(shared_data / "tick" / "whole_market")
    mill = [
        PairLeg(name=name, coefficient=Decimal(coefficient), lots=lots)
        for name, coefficient, lots in (("rb", "1", 100), ("i", "-1.6", -16), ("j", "-0.5", -5))
    ]
    glass = [PairLeg(name=name, coefficient=Decimal(lots), lots=lots) for name, lots in (("FG", 1), ("SA", -1))]
    pairs = [
        Pair(name=name, kind=PairKind.CROSS_PRODUCT, legs=tuple(legs), months=Months.MAIN)
        for name, legs in (("盘面利润", mill), ("玻璃纯碱", glass))
    ]
    told = found(recording, pairs=pairs, at_least=20)
    reasons = {one.name: (one.reason, one.sentence) for one in told.left_out}
    assert reasons["玻璃纯碱 FG101 - SA101"] == ("STUCK", "CZCE.FG101 只有卖价")  # locked: nobody bids any more
    assert reasons["盘面利润 rb2010 - 1.6*i2101 - 0.5*j2101"][0] == "NOT_REVERTING"
    before = found(recording, pairs=pairs, at_least=5, at=instant(20200821, 13, 50))  # it was locked from 13:55 on
    assert [one.name for one in before.left_out if one.reason == "STUCK"] == []
