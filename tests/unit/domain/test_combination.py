from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain.days.dated import TableText
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.products.combination import (
    combination_of,
    find_combination,
    known_combination,
    why_unlisted,
)
from terminal.domain.products.combination_table import COMBINATION_COLUMNS, parse_combinations
from terminal.domain.products.instrument import Instrument
from terminal.store.reference import load_reference

REFERENCE = load_reference()
BOUNDS = ("upper_limit", "lower_limit")


def test_two_months_of_a_product_and_a_month_of_two_are_combinations() -> None:
    apples = find_combination(REFERENCE, "CZCE.SPD AP010&AP101", 20200803)
    assert (apples.first.id, apples.second.id, apples.tick) == ("CZCE.AP010", "CZCE.AP101", 1)
    assert (apples.max_lots, apples.expiry) == (1000, apples.first.expiry)
    crush = find_combination(REFERENCE, "DCE.SPC a2101&m2101", 20200803)
    assert (crush.first.code, crush.second.code, crush.max_lots) == ("a", "m", 500)


def test_a_size_of_a_later_row_holds_from_its_date_on() -> None:
    before, after = (find_combination(REFERENCE, "CZCE.SPD MA509&MA601", day) for day in (20250228, 20250303))
    assert (before.max_market_lots, after.max_market_lots) == (None, 200)


@pytest.mark.parametrize(
    "name",
    [
        "CZCE.SPD AP010&AP010",
        "CZCE.SPD AP101&AP010",  # the nearer month is the first leg
        "CZCE.SPD SF101&SM101",
        "CZCE.IPS SF101&SM105",
        "CZCE.IPS SM101&SF101",
        "CZCE.SP AP010&AP101",
        "DCE.SPC m2101&a2101",
        "DCE.SP i2101",
        "SHFE.SP rb2101&rb2105",
        "DCE.i2101",
    ],
)
def test_what_no_exchange_lists_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="没有组合合约"):
        find_combination(REFERENCE, name, 20200803)


def test_a_leg_nobody_knows_is_named() -> None:
    with pytest.raises(UserError, match="未知合约 zz2101"):
        find_combination(REFERENCE, "DCE.SP i2101&zz2101", 20200803)
    with pytest.raises(UserError, match=r"CZCE\.SA 自 20191206 起"):
        find_combination(REFERENCE, "CZCE.IPS FG001&SA001", 20191205)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("SP,2017-01-01,*,*,500,,x", "应写成"),
        ("DCE.SP,2017-01-01,*,m,500,,x", "两腿应同为"),
        ("DCE.SP,2017-01-01,zz,m,500,,x", r"first = “zz”，不在 products\.csv"),
        ("DCE.SP,2017-01-01,*,*,0,,x", "正整数"),
        ("DCE.SP,2017-01-01,*,*,500,,", "source"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(row: str, problem: str) -> None:
    table = TableText(file="combinations.csv", text=",".join(COMBINATION_COLUMNS) + "\n" + row + "\n")
    with pytest.raises(UserError, match=problem) as refused:
        parse_combinations(table, REFERENCE.products())
    assert "combinations.csv 第 2 行" in refused.value.message


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_limits_of_every_recorded_combination_are_those_of_its_legs(shared_data: Path) -> None:
    folder = shared_data / "exchange_close"
    legs = {row["symbol"]: row for row in rows(folder / "futures_close_settle_20200821.csv")}
    recorded = rows(folder / "calendar_spread_instruments_20200821.csv")
    same = 0
    for row in recorded:
        found = find_combination(REFERENCE, row["symbol"], 20200821)
        assert found.id == row["symbol"]
        first, second = (legs[leg.id] for leg in (found.first, found.second))
        bands = [Decimal(first[one]) - Decimal(second[other]) for one, other in (BOUNDS, BOUNDS[::-1])]
        said = [row[bound] for bound in BOUNDS]
        same += bands == list(map(Decimal, said)) if all(said) else 0
        for column in ("upper_limit", "lower_limit", "bid_price1", "ask_price1"):
            assert not row[column] or not Decimal(row[column]) % found.tick
    # All 39 of DCE; CZCE states no limits for the other 150.
    assert (len(recorded), same, sum(not row["upper_limit"] for row in recorded)) == (189, 39, 150)


# --- what a contract says by itself -----------------------------------------------------------------------------


def known(*names: str, on: int = 20200803) -> dict[InstrumentId, Instrument]:
    return {InstrumentId(name): REFERENCE.instrument(InstrumentId(name), on) for name in names}


def test_two_contracts_know_their_combination_whichever_is_asked_first() -> None:
    near, far = known("DCE.i2101", "DCE.i2105").values()
    for pair in ((near, far), (far, near)):
        found = combination_of(*pair)
        assert found is not None
        assert (found.id, found.legs, found.max_lots) == ("DCE.SP i2101&i2105", (near, far), 500)
    soy, meal = known("DCE.a2101", "DCE.m2101").values()
    crush = combination_of(meal, soy)
    assert crush is not None
    assert crush.id == "DCE.SPC a2101&m2101"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SHFE.rb2101", "SHFE.rb2105"),
        ("DCE.i2101", "DCE.j2101"),
        ("DCE.a2101", "DCE.m2105"),
        ("DCE.i2101", "DCE.i2101"),
        ("DCE.i2101", "DCE.i2105-C-800"),
        ("DCE.i2101", "CZCE.AP105"),
    ],
)
def test_contracts_that_are_not_listed_together_have_none(one: str, other: str) -> None:
    first, second = (REFERENCE.instrument(InstrumentId(name), 20200803) for name in (one, other))
    assert combination_of(first, second) is None


def test_a_name_is_found_among_known_contracts_as_it_is_written_and_no_other_way() -> None:
    instruments = known("DCE.i2101", "DCE.i2105")
    found = known_combination(instruments, "DCE.SP i2101&i2105")
    assert found == find_combination(REFERENCE, "DCE.SP i2101&i2105", 20200803)
    for name in ("DCE.SP I2101&I2105", "DCE.SP i2101&i2109", "DCE.SPC i2101&i2105", "DCE.i2101", "nonsense"):
        assert known_combination(instruments, name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CZCE.SPD AP101&AP010", "这两腿的组合是 SPD AP010&AP101；请改用它的代码，两腿次序不能颠倒。"),
        ("CZCE.SP AP010&AP101", "这两腿的组合是 SPD AP010&AP101"),
        ("CZCE.IPS SF101&SM105", "没有把这两腿列为组合，两腿不相配"),
        ("CZCE.SPX SF101&SM105", "硅铁只有 IPS、SPD；请另选组合，或拆成两笔单腿委托。"),
        ("CZCE.SPD AP010&AP999", "CZCE.AP999 不在当前市场里"),
        ("CZCE.SPD AP010", "代码写法不对：应为 交易所.组合 第一腿&第二腿"),
        ("SHFE.SP rb2101&rb2105", "SHFE 没有 SP 这种螺纹钢的组合：螺纹钢没有组合合约"),
    ],
)
def test_a_person_is_told_why_there_is_no_such_combination_and_what_to_do(name: str, said: str) -> None:
    legs = ("CZCE.AP010", "CZCE.AP101", "CZCE.SF101", "CZCE.SM101", "CZCE.SM105", "SHFE.rb2101", "SHFE.rb2105")
    known = {InstrumentId(leg): REFERENCE.instrument(InstrumentId(leg), 20200803) for leg in legs}
    assert said in why_unlisted(known, InstrumentId(name))
