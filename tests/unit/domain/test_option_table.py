from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain.days.dated import TableText
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.domain.products.instrument import Kind
from terminal.domain.products.option import Right, Style
from terminal.domain.products.option_table import OPTION_COLUMNS, parse_option_symbol, parse_options
from terminal.store.reference import load_reference, read_resource

REFERENCE = load_reference()
OPTIONS = parse_options(TableText(file="options.csv", text=read_resource("reference/options.csv")))
ROW = "DCE.m,2017-03-31,DCE.m,10,0.5,AMERICAN,before-month 5,1530,100,,,,,,,,x"


def parse(row: str = ROW) -> None:
    parse_options(TableText(file="options.csv", text=",".join(OPTION_COLUMNS) + "\n" + row + "\n"))


@pytest.mark.parametrize(
    ("symbol", "written", "right", "strike"),
    [
        ("m2009-C-3000", "DCE.m2009-C-3000", Right.CALL, 3000),
        ("m2009P2850", "DCE.m2009-P-2850", Right.PUT, 2850),
        ("cu2009C46000", "SHFE.cu2009C46000", Right.CALL, 46000),
        ("SR009P5400", "CZCE.SR009P5400", Right.PUT, 5400),
        ("io2009-C-4600", "CFFEX.IO2009-C-4600", Right.CALL, 4600),
    ],
)
def test_an_option_is_known_by_either_way_of_writing(symbol: str, written: str, right: Right, strike: int) -> None:
    listed = REFERENCE.find(symbol, 20200701)
    assert (listed.id, listed.kind) == (written, Kind.OPTION)
    assert REFERENCE.instrument(InstrumentId(written), 20200701) == listed
    assert listed.option is not None
    assert (listed.option.right, listed.option.strike) == (right, strike)


def test_an_option_has_its_own_terms_and_the_futures_margin() -> None:
    listed, future = REFERENCE.find("m2009-C-3000", 20200701), REFERENCE.find("m2009", 20200701)
    assert (listed.product, listed.multiplier, listed.tick, listed.expiry) == ("DCE.m_o", 10, Decimal("0.5"), 20200807)
    assert listed.margin_rate == future.margin_rate is not None
    assert listed.fees.open is None  # nobody stated it
    assert listed.position_limit is None
    assert listed.option is not None
    assert (listed.option.underlying, listed.option.style) == (future.id, Style.AMERICAN)
    assert not listed.option.cash_settled


def test_an_index_option_is_settled_in_cash_at_its_own_rate() -> None:
    listed = REFERENCE.find("IO2009-P-4600", 20200701)
    assert listed.option is not None
    assert (listed.multiplier, listed.expiry, listed.margin_rate) == (100, 20200918, Decimal("0.1"))
    assert (listed.option.underlying, listed.option.guarantee) == ("CSI.000300", Decimal("0.5"))
    assert listed.option.style is Style.EUROPEAN


def test_copper_options_became_american() -> None:
    styles = [REFERENCE.find("cu2406C70000", day).option for day in (20200701, 20240102)]
    assert [option.style for option in styles if option] == [Style.EUROPEAN, Style.AMERICAN]


@pytest.mark.parametrize("symbol", ["rr2009-C-3000", "m2009-X-3000", "m2009-C3000", "m2009-C-0", "m2013-C-3000"])
def test_what_is_no_option_is_refused(symbol: str) -> None:
    with pytest.raises(UserError, match=r"没有期权|未知合约"):
        REFERENCE.find(symbol, 20200701)


@pytest.mark.parametrize(
    ("symbol", "multiplier", "tick"),
    [
        ("pb2601C17000", 5, "1"),
        ("sn2601C250000", 1, "2"),
        ("ao2601P2800", 20, "0.5"),
        ("bu2601C3400", 10, "0.5"),
        ("sp2601C5400", 10, "1"),
        ("lh2601-C-14000", 16, "2.5"),
        ("ps2601-C-50000", 3, "1"),
    ],
)
def test_an_option_has_a_tick_of_its_own(symbol: str, multiplier: int, tick: str) -> None:
    listed = REFERENCE.find(symbol, 20250915)
    assert (listed.multiplier, listed.tick) == (multiplier, Decimal(tick))
    assert listed.fees.close_today is None  # so it is not opened


def test_own_rows_that_still_have_the_steps_of_strikes_are_read() -> None:
    header, committed = ",".join(OPTION_COLUMNS), read_resource("reference/options.csv")
    older = header.replace(",max_lots", ",strike_steps,max_lots")
    own = TableText(file="own/options.csv", text=f"{older}\n{ROW.replace('1530,100', '1500,2000:25 :50,77')}\n")
    soymeal = parse_options(TableText(file="options.csv", text=committed, own=own)).on("DCE.m", 20200701)
    assert soymeal is not None
    assert (soymeal.requests_until, soymeal.max_lots) == (15 * 60, 77)
    with pytest.raises(UserError, match="表头应为"):
        parse_options(TableText(file="options.csv", text=f"{header},steps\n"))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("DCE.m,2017", "m,2017", r"option = “m”，应写成"),
        ("AMERICAN", "ASIAN", "AMERICAN 或 EUROPEAN"),
        ("before-month 5", "before-month 55", "不在可用范围"),
        ("1530", "3:30", "四位数字"),
        (",10,0.5", ",0,0.5", "应为正数"),
        (",100,,,,,,,,x", ",100,,0.5,,,,,,x", "同时填写"),
        (",x", ",", "source"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(old: str, new: str, problem: str) -> None:
    parse()
    with pytest.raises(UserError, match=problem) as refused:
        parse(ROW.replace(old, new))
    assert "options.csv 第 2 行" in refused.value.message


@pytest.mark.parametrize(
    ("symbol", "on", "last"),
    [
        ("SR401C6800", 20231201, 20231213),  # the third day back from Friday, 15 December, that day counted
        ("FG509C1200", 20250701, 20250813),
        ("bz2603-C-6000", 20250710, 20260225),  # the twelfth trading day of February, two after Spring Festival
        ("m2601-P-3000", 20251103, 20251216),
        ("op2601C4200", 20250915, 20251225),  # the fifth day from the end of December 2025
        ("ni2601C120000", 20250915, 20251225),
        ("fu2601P2800", 20250915, 20251218),  # the tenth day from the end
        ("lh2601-C-14000", 20250915, 20251216),
        ("ps2601-C-50000", 20250915, 20251205),
    ],
)
def test_an_option_ends_by_the_rule_of_its_exchange(symbol: str, on: int, last: int) -> None:
    assert REFERENCE.find(symbol, on).expiry == last


@pytest.mark.parametrize("symbol", ["m2101", "AP101", "cu2101C", "SPD AP010&AP101"])
def test_other_symbols_are_no_options(symbol: str) -> None:
    assert parse_option_symbol(symbol) is None


def test_every_option_recorded_in_2020_is_known_with_its_terms(shared_data: Path) -> None:
    file = shared_data / "reference" / "tqsdk" / "symbols_2020-06-16.json.gz"
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        entries = json.load(stream).values()
    options = [entry for entry in entries if entry["class"] in {"FUTURE_OPTION", "OPTION"}]
    differing: Counter[str] = Counter()
    for entry in options:
        moment = datetime.fromtimestamp(entry["expire_datetime"], tz=UTC) + timedelta(hours=8)
        last = int(moment.strftime("%Y%m%d"))
        listed = REFERENCE.instrument(InstrumentId(entry["instrument_id"]), min(last, 20200616))
        assert listed.id == entry["instrument_id"]
        assert listed.multiplier == entry["volume_multiple"]
        assert listed.tick == Decimal(str(entry["price_tick"]))
        assert listed.option is not None
        assert listed.option.right is Right[entry["option_class"]]
        assert listed.option.strike == Decimal(str(entry["strike_price"]))
        # Last days of 2021 were reckoned before its holidays were published.
        if listed.expiry != last and last < 20210101:
            differing[f"{listed.code} {entry['delivery_year']}{entry['delivery_month']:02} {listed.expiry} {last}"] += 1
    assert len(options) == 10_793
    # Copper of February 2020: the recording counts the eve of Spring Festival, 24 January, as a trading day.
    assert differing == {"cu_o 202002 20200117 20200120": 24}


def test_the_recorded_option_chain_fits_its_contracts(shared_data: Path) -> None:
    with gzip.open(
        shared_data / "options" / "option_chain_close_DCE_20200821.csv.gz", "rt", encoding="utf-8"
    ) as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 624
    for row in rows:
        listed = REFERENCE.instrument(InstrumentId(row["symbol"]), 20200821)
        for column in ("settlement", "upper_limit", "lower_limit", "pre_settlement"):
            assert listed.on_grid(Decimal(row[column])), (row["symbol"], column)
        assert Decimal(row["lower_limit"]) <= Decimal(row["settlement"]) <= Decimal(row["upper_limit"])
        assert listed.expiry is None or listed.expiry >= 20200821
