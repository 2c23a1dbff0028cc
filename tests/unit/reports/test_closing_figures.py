from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest

from terminal.domain.errors import UserError
from terminal.reports.closing_figures import (
    MOST_NAMED,
    REJECT_WORDS,
    REMARK_WORDS,
    Count,
    Figures,
    Reject,
    Remark,
    closing_rows,
    depth_rows,
    figures_in,
    pass_through,
)
from terminal.store.reference import load_reference

REFERENCE = load_reference()
REBAR = Figures(
    symbol="SHFE.rb2101",
    trading_day="20200821",
    at=["2020-08-21", "14:59:59", "999"],
    settlement="3744",
    pre_settlement="3767",
    upper="3993",
    lower="3541",
    open_interest="1234567",
)


def judged(row: Figures) -> Reject | list[Remark]:
    count = pass_through([row], REFERENCE)
    assert count.passed + count.rejects.total() == count.rows == 1
    return next(iter(count.rejects), None) or sorted(count.remarks)


def test_figures_that_fit_contract_and_day_pass_and_say_what_is_not_known() -> None:
    assert judged(REBAR) == [Remark.FEES_NOT_KNOWN]  # 平今 was not recorded in 2020
    wider = msgspec.structs.replace(REBAR, upper="4000", lower="3500")
    assert judged(wider) == [Remark.BAND_OF_ITS_OWN, Remark.FEES_NOT_KNOWN]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"settlement": "37x4"}, Reject.UNREADABLE),
        ({"at": ["2020-08-21", "25:00:00", "0"]}, Reject.UNREADABLE),
        ({"symbol": "SHFE.zz2101"}, Reject.UNKNOWN_CONTRACT),
        ({"symbol": "DCE.rb2101"}, Reject.UNKNOWN_CONTRACT),
        ({"trading_day": "20160104"}, Reject.UNKNOWN_CONTRACT),  # before the product's first row
        ({"trading_day": "20200824"}, Reject.NOT_ITS_TRADING_DAY),
        ({"at": ["2020-08-21", "21:05:00", "0"]}, Reject.NOT_ITS_TRADING_DAY),  # Friday night is Monday's
        ({"symbol": "SHFE.rb2008"}, Reject.AFTER_LAST_DAY),
        ({"upper": "nan"}, Reject.LIMITS_MISSING),
        ({"lower": "0.00"}, Reject.LIMITS_MISSING),
        ({"upper": "3541"}, Reject.LIMITS_CROSSED),
        ({"upper": "3993.5"}, Reject.LIMIT_OFF_TICK),
        ({"settlement": "N/A"}, Reject.SETTLEMENT_MISSING),
        ({"settlement": "3744.5"}, Reject.SETTLEMENT_OFF_TICK),
        ({"settlement": "3994"}, Reject.SETTLEMENT_OUTSIDE_LIMITS),
        ({"open_interest": "12.5"}, Reject.OPEN_INTEREST_WRONG),
        ({"open_interest": ""}, Reject.OPEN_INTEREST_WRONG),
    ],
)
def test_every_reason_has_a_row_that_is_refused_for_it(changed: dict[str, object], reason: Reject) -> None:
    assert judged(msgspec.structs.replace(REBAR, **changed)) is reason


def test_a_row_before_the_last_of_its_day_needs_no_settlement_price() -> None:
    early = msgspec.structs.replace(REBAR, settlement="N/A", final=False)
    assert judged(early) == [Remark.FEES_NOT_KNOWN]


PAIR = msgspec.structs.replace(
    REBAR,
    symbol="DCE.SPC c2009&cs2009",
    settlement="",
    pre_settlement="",
    upper="2.0",
    lower="-572.0",
    open_interest="0",
)


def test_a_combination_passes_with_limits_below_zero_and_without_a_settlement_price() -> None:
    assert judged(PAIR) == [Remark.COMBINATION]
    plain = msgspec.structs.replace(PAIR, symbol="CZCE.SPD AP010&AP101", upper="", lower="")
    assert judged(plain) == [Remark.COMBINATION, Remark.LIMITS_NOT_STATED]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"symbol": "DCE.SPC c2009&a2009"}, Reject.UNKNOWN_CONTRACT),  # no pair that the exchange lists
        ({"trading_day": "20200824"}, Reject.NOT_ITS_TRADING_DAY),
        ({"symbol": "DCE.SP c2007&c2101"}, Reject.AFTER_LAST_DAY),  # of the leg that ends first
        ({"upper": ""}, Reject.LIMITS_MISSING),
        ({"upper": "-573"}, Reject.LIMITS_CROSSED),
        ({"lower": "-572.5"}, Reject.LIMIT_OFF_TICK),
        ({"settlement": "-1.5"}, Reject.SETTLEMENT_OFF_TICK),
        ({"open_interest": "0.5"}, Reject.OPEN_INTEREST_WRONG),
    ],
)
def test_a_combination_is_refused_for_the_same_reasons(changed: dict[str, object], reason: Reject) -> None:
    assert judged(msgspec.structs.replace(PAIR, **changed)) is reason


def test_reasons_and_remarks_have_words() -> None:
    assert set(REJECT_WORDS) == set(Reject)
    assert set(REMARK_WORDS) == set(Remark)


def shown(name: str, count: Count) -> None:
    print("\n".join([name, *count.lines()]))  # noqa: T201  the counts are what the test is asked for


def test_every_contract_at_the_close_of_a_day_passes_or_has_no_settlement_price(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = shared_data / "exchange_close" / "futures_close_settle_20200821.csv"
    count = pass_through(closing_rows(file, trading_day="20200821"), REFERENCE)
    with capsys.disabled():
        shown(file.name, count)
    assert count.rows == 372
    assert count.rejects == {Reject.SETTLEMENT_MISSING: 16}
    assert count.remarks[Remark.BAND_OF_ITS_OWN] == 15
    assert count.remarks[Remark.BAND_NOT_KNOWN] == 0


def test_every_combination_at_the_close_of_a_day_passes(shared_data: Path) -> None:
    file = shared_data / "exchange_close" / "calendar_spread_instruments_20200821.csv"
    count = pass_through(closing_rows(file, trading_day="20200821"), REFERENCE)
    assert (count.rows, count.passed, count.rejects) == (189, 189, {})
    assert count.remarks == {Remark.COMBINATION: 189, Remark.LIMITS_NOT_STATED: 150}  # CZCE states none


def test_every_snapshot_of_apples_and_rubber_passes(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    count = pass_through(depth_rows(sorted((shared_data / "tick" / "ctp_full").glob("*.csv.gz"))), REFERENCE)
    with capsys.disabled():
        shown("ctp_full", count)
    assert count.rows == 219_298
    assert count.rejects == {Reject.SETTLEMENT_MISSING: 1}  # the last night recorded; its trading day is not


HEAD = "symbol,datetime,settlement,pre_settlement,upper_limit,lower_limit,open_interest\n"
ROW = "SHFE.rb2101,2020-08-21 14:59:59.999,3744,3767,3993,3541,1234567\n"


def test_a_row_that_was_cut_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    file = tmp_path / "closing.csv"
    file.write_text(f"\ufeff{HEAD}{ROW}SHFE.rb2105,2020-08-21 14:59:59.999,37\nSHFE.rb2110\n", encoding="utf-8")
    count = pass_through(figures_in(file, trading_day=20200821), REFERENCE)
    assert (count.rows, count.passed, dict(count.rejects)) == (
        3, 1, {Reject.LIMITS_MISSING: 1, Reject.UNREADABLE: 1},
    )  # fmt: skip


@pytest.mark.parametrize("second", ["SHFE.rb2101", "rb2101"])
@pytest.mark.parametrize("price", ["3744", "3750"])
def test_a_contract_given_twice_is_refused_and_both_its_rows_are_named(tmp_path: Path, second: str, price: str) -> None:
    file = tmp_path / "closing.csv"
    other = ROW.replace("rb2101", "rb2105")
    again = ROW.replace("SHFE.rb2101", second).replace("3744", price)
    file.write_text(f"{HEAD}{ROW}{other}{again}", encoding="utf-8")
    count = pass_through(figures_in(file, trading_day=20200821), REFERENCE)
    assert (count.rows, count.passed) == (3, 1)
    assert [(one.contract, one.row, one.reason) for one in count.refused] == [
        ("SHFE.rb2101", 2, Reject.GIVEN_TWICE),
        (second, 4, Reject.GIVEN_TWICE),
    ]
    assert f"  第 4 行 {second}：同一合约不止一行" in count.lines()


def test_each_refused_row_is_named_with_its_file_where_there_are_several(tmp_path: Path) -> None:
    head = (
        "TradingDay,InstrumentID,ExchangeID,ActionDay,UpdateTime,UpdateMillisec,"
        "SettlementPrice,PreSettlementPrice,UpperLimitPrice,LowerLimitPrice,OpenInterest\n"
    )
    good = "20200821,rb2101,SHFE,20200821,15:00:01,0,3695,3690,3911,3469,100\n"
    wrong = "20200821,zz2101,SHFE,20200821,15:00:01,0,3695,3690,3911,3469,100\n"
    for name, rows in (("1.csv", good + wrong), ("2.csv", wrong)):
        (tmp_path / name).write_text(head + rows, encoding="utf-8")
    count = pass_through(figures_in(tmp_path, trading_day=0), REFERENCE)
    assert [(one.file, one.row, one.contract) for one in count.refused] == [
        ("1.csv", 3, "SHFE.zz2101"),
        ("2.csv", 2, "SHFE.zz2101"),
    ]
    assert count.lines()[-1] == "  2.csv 第 2 行 SHFE.zz2101：品种表里没有的合约"


def test_more_refused_rows_than_a_person_reads_are_counted_and_left_to_the_machine() -> None:
    rows = [msgspec.structs.replace(REBAR, symbol=f"SHFE.zz{number}", row=number) for number in range(MOST_NAMED + 3)]
    count = pass_through(rows, REFERENCE)
    assert count.lines()[-1] == "  还有 3 行，--json 全部列出"
    named = count.figures()["refused"]
    assert isinstance(named, list)
    assert len(named) == len(rows)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("closing.csv", "合约,结算价\n铜,1\n".encode("gbk")),
        ("closing.csv", (HEAD + ROW).encode() + "SHFE.铁矿".encode("gbk")),
        ("closing.csv.gz", b"not zipped"),
        ("closing.csv.gz", gzip.compress((HEAD + ROW).encode(), mtime=0)[:-20]),
    ],
    ids=["gbk", "gbk within", "not zipped", "cut short"],
)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(UserError, match="读不下去"):
        pass_through(figures_in(file, trading_day=20200821), REFERENCE)
