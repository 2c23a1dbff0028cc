"""The verb: the tables and own rows are checked, terms are said, closing figures are counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terminal.commands.main import main


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main(["tables", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_tables_alone_are_checked_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    assert (code, err) == (0, "")
    assert out.startswith("资料表无误：")
    assert "自有资料的：无" in out


def test_an_own_product_is_said_with_its_terms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "products.csv").write_text(
        "product,from,name,multiplier,tick,quote_unit,lot_unit,tonnes_per_lot,fee_class,explicit_close_today,larger_side,"
        "match,margin_release,tax_class,quote_taxed,last_day,session,last_day_session,source\n"
        "GFEX.zz,2025-01-02,试验品,10,1,元/吨,吨,10,TODAY_FIRST,no,no,FIFO,LOTS,general,yes,trading-day 10,"
        "GFEX.day,,合同\n",
        encoding="utf-8",
    )
    code, out, err = run(capsys, "GFEX.zz", "SHFE.rb2505", "--data", tmp_path, "--on", "20250402")
    assert (code, err) == (0, "")
    assert "其中有自有资料的：GFEX.zz" in out
    assert "GFEX.zz 试验品　20250402" in out
    assert "保证金　投机 未知　套保 未知　公司加收 未知　双边" in out
    assert "持仓限额 单边 4,500 手" in out  # the month before delivery


def test_the_first_trading_day_says_that_it_has_no_night(capsys: pytest.CaptureFixture[str]) -> None:
    assert "时段　SHFE.0100（首个交易日，没有夜盘）\n" in run(capsys, "SHFE.ao", "--on", "20230619")[1]
    assert "时段　SHFE.0100\n" in run(capsys, "SHFE.ao", "--on", "20230620")[1]


@pytest.mark.parametrize(
    ("day", "said"), [("20250301", "20250303"), ("20251301", "20260105"), ("19990101", "20120101")]
)
def test_what_is_no_trading_day_is_refused(day: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "SHFE.rb2510", "--on", day)
    assert (code, out) == (2, "")
    assert day in err
    assert said in err


def test_an_option_and_a_combination_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "m2101-P-2900", "DCE.SPC a2101&m2101", "--on", "20200821")
    assert (code, err) == (0, "")
    assert "期权　标的 DCE.m2101　看跌　行权价 2900　美式　行权得期货" in out
    assert "行权　申请至 15:30　手续费 未知" in out
    assert "两腿　DCE.a2101 减 DCE.m2101" in out
    found = json.loads(run(capsys, "m2101-P-2900", "DCE.SPC a2101&m2101", "--on", "20200821", "--json")[1])["terms"]
    assert [terms["id"] for terms in found] == ["DCE.m2101-P-2900", "DCE.SPC a2101&m2101"]


def test_a_month_beyond_the_calendar_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "SHFE.rb2705", "m2705-C-3000", "--on", "20261130")
    assert (code, err) == (0, "")
    assert "交易日历 20120101 至 20261231" in out
    assert out.count("最后交易日 未知（交易日历只到 20261231；后面的年份可写进数据目录的 reference/holidays.csv）") == 2
    folder = tmp_path / "reference"
    folder.mkdir()
    rows = ("day,what", "2027-01-01,first", "2027-12-31,last", "2027-01-01,closed")
    (folder / "holidays.csv").write_text("\n".join(rows), encoding="utf-8")
    out = run(capsys, "SHFE.rb2705", "m2705-C-3000", "--on", "20261130", "--data", tmp_path)[1]
    assert "最后交易日 20270517" in out
    assert "未知（" not in out


def test_a_wrong_own_row_ends_with_two_and_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "taxes.csv").write_text("tax_class,from,rate,source\ngeneral,2027-01-01,13,公告\n", encoding="utf-8")
    code, out, err = run(capsys, "--data", tmp_path)
    assert (code, out) == (2, "")
    assert f"{folder / 'taxes.csv'} 第 2 行：rate = “13”，应为 0 到 1 之间的比率" in err


def test_a_fee_by_an_instruction_that_cannot_be_given_ends_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "products.csv").write_text(
        "product,from,name,multiplier,tick,quote_unit,lot_unit,tonnes_per_lot,fee_class,explicit_close_today,larger_side,"
        "match,margin_release,tax_class,quote_taxed,last_day,session,last_day_session,source\n"
        "SHFE.zz,2025-01-02,新,10,1,元/吨,吨,10,EXPLICIT,no,no,FIFO,LOTS,general,yes,month-day 15,SHFE.2300,,合同\n",
        encoding="utf-8",
    )
    code, out, err = run(capsys, "SHFE.zz", "--data", tmp_path)
    assert (code, out) == (2, "")
    assert f"{folder / 'products.csv'} 第 2 行：explicit_close_today = “no”，而 fee_class 是 EXPLICIT" in err
    assert "请改为 yes，或把 fee_class 改为 TODAY_FIRST" in err


def test_a_name_nobody_knows_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "DCE.zz2505")
    assert code == 2
    assert "未知合约 zz2505" in err


def test_closing_figures_need_their_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--closing", tmp_path / "none.csv", "--on", "20200821")[0] == 2
    file = tmp_path / "close.csv"
    file.write_text("symbol\n", encoding="utf-8")
    assert "--on" in run(capsys, "--closing", file)[2]
    code, _, err = run(capsys, "--closing", file, "--on", "20200821")
    assert code == 2
    assert "缺列 datetime、lower_limit" in err


def test_closing_figures_are_counted_by_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "close.csv"
    file.write_text(
        "symbol,datetime,settlement,pre_settlement,upper_limit,lower_limit,open_interest\n"
        "SHFE.rb2101,2020-08-21 14:59:59.999500,3744,3767,3993,3541,1234\n"
        "SHFE.rb2102,2020-08-21 14:59:59.999500,,3767,3993,3541,1234\n"
        "SHFE.zz2102,2020-08-21 14:59:59.999500,3744,3767,3993,3541,1234\n"
        "DCE.SPC a2009&m2009,2020-08-21 14:58:24.433000,,,2356.0,1218.0,0\n",
        encoding="utf-8",
    )
    code, out, err = run(capsys, "--closing", file, "--on", "20200821", "--json")
    assert (code, err) == (0, "")
    closing = json.loads(out)["closing"]
    assert (closing["rows"], closing["passed"]) == (4, 2)
    assert closing["rejects"] == {"SETTLEMENT_MISSING": 1, "UNKNOWN_CONTRACT": 1}
    assert [(one["contract"], one["row"], one["reason"]) for one in closing["refused"]] == [
        ("SHFE.zz2102", 4, "UNKNOWN_CONTRACT"),
        ("SHFE.rb2102", 3, "SETTLEMENT_MISSING"),
    ]
    shown = run(capsys, "--closing", file, "--on", "20200821")[1]
    assert "拒绝 没有结算价 1" in shown
    assert "第 3 行 SHFE.rb2102：没有结算价" in shown
    with file.open("a", encoding="utf-8") as more:
        more.write("rb2101,2020-08-21 14:59:59.999500,3750,3767,3993,3541,1234\n")
    for words in ([], ["--json"]):
        code, out, _ = run(capsys, "--closing", file, "--on", "20200821", *words)
        assert code == 1
        assert ("GIVEN_TWICE" if words else "第 6 行 rb2101：同一合约不止一行") in out


def test_depth_snapshots_say_their_day_themselves_and_a_folder_of_them_is_one_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = (
        "TradingDay,InstrumentID,ExchangeID,ActionDay,UpdateTime,UpdateMillisec,"
        "SettlementPrice,PreSettlementPrice,UpperLimitPrice,LowerLimitPrice,OpenInterest\n"
    )
    first = "20200821,rb2101,SHFE,20200821,14:59:59,0,,3690,3911,3469,100\n"
    last = "20200821,rb2101,SHFE,20200821,15:00:01,0,3695,3690,3911,3469,100\n"
    for name, row in (("1.csv", first), ("2.csv", last)):
        (tmp_path / name).write_text(head + row, encoding="utf-8")
    code, out, err = run(capsys, "--closing", tmp_path, "--json")
    assert code == 0, err
    closing = json.loads(out)["closing"]
    assert (closing["rows"], closing["rejects"]) == (2, {})
    code, out, _ = run(capsys, "--closing", tmp_path / "1.csv")
    assert code == 0
    assert "拒绝 没有结算价 1" in out, "the file ends inside a trading day"
    (tmp_path / "none").mkdir()
    assert run(capsys, "--closing", tmp_path / "none")[0] == 2
