"""Read statements of every house's style, and keep what is not known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from terminal.domain.errors import UserError
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.statement.lines import Layout, Part, Statement
from terminal.reports.statement.read import ImpossibleStatementError, read_statement
from tests.broker import Day
from tests.printed_statement import Style, print_statement, print_text
from tests.told_days import DAYS, TENANT, three_days

D = Decimal
COMMON: Final = Style()
STYLES: Final = {
    "GBK with CRLF": Style(),
    "GBK with LF": Style(end="\n"),
    "UTF-8 with LF": Style(encoding="utf-8", end="\n"),
    "UTF-8 with a byte order mark": Style(encoding="utf-8-sig"),
    "old line ends": Style(end="\r"),
    "line ends turned twice": Style(end="\r\r\n"),
    "GB18030": Style(encoding="gb18030"),
    "without rules of dashes": Style(rules=False),
    "without English names": Style(english=False),
    "2017: no kind of trade and 投": Style(old=True),
    "2024: accounts and capitals": Style(units=True),
    "one colon": Style(one_colon=True),
    "no end of the last line": Style(last_end=False),
}


@pytest.fixture(scope="module")
def days() -> list[Day]:
    return three_days(MemoryJournal(TENANT))[1]


@pytest.fixture(scope="module")
def day(days: list[Day]) -> Day:
    return days[2]


def meaning(statement: Statement) -> dict[str, Any]:
    """Return what a statement says, without where it stands and what only some houses print."""
    said = msgspec.to_builtins(statement)
    for name in ("cash", "trades", "closed", "detail", "summary"):
        for row in said[name]:
            for field in ("line", "other", "kind"):
                row.pop(field, None)
    funds = {name: line["amount"] for name, line in said["funds"].items()}
    return {"head": said["head"], "funds": funds, **{name: said[name] for name in ("cash", "trades", "closed")}} | {
        name: said[name] for name in ("detail", "summary")
    }


@pytest.mark.parametrize("by_day", [True, False])
@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_a_statement_says_the_same_however_it_is_printed(days: list[Day], style: Style, by_day: bool) -> None:
    for day in days:
        common = read_statement(print_statement(day, style=replace(COMMON, by_day=by_day)))
        found = read_statement(print_statement(day, style=replace(style, by_day=by_day)))
        wanted = meaning(common)
        if style.old:
            for row in wanted["trades"]:
                row["close_profit"] = None
        if style.units:
            for row in wanted["closed"]:
                row["flag"] = "HEDGE"
        assert meaning(found) == wanted
        assert found.whole


def test_the_head_says_whose_statement_it_is(day: Day) -> None:
    head = read_statement(print_statement(day)).head
    assert (head.client, head.name, head.broker) == ("90010001", "某某食品有限公司", "海河期货有限公司")
    assert (head.first_day, head.last_day, head.created) == (DAYS[2], DAYS[2], DAYS[2])
    assert head.layout is Layout.BY_DAY
    assert read_statement(print_statement(day, style=Style(by_day=False))).head.layout is Layout.BY_TRADE


def test_the_layout_is_seen_in_the_money_where_the_title_is_silent(day: Day) -> None:
    for by_day, layout in ((True, Layout.BY_DAY), (False, Layout.BY_TRADE)):
        text = print_text(day, style=Style(by_day=by_day)).replace("(盯市)", "").replace("(逐笔)", "")
        text = text.replace("(MTM)", "").replace("(Trade by Trade)", "")
        assert read_statement(text.encode()).head.layout is layout
    neither = print_text(day).replace("(盯市)", "").replace("(MTM)", "").replace("持仓盯市盈亏 MTM P/L", "别的 Other")
    with pytest.raises(UserError, match="逐日盯市还是逐笔对冲"):
        read_statement(neither.encode())


def test_a_statement_of_a_month_names_both_its_days(day: Day) -> None:
    for period in ("20250701-20250731", "20250701 20250731", "2025-07-01 至 2025-07-31", "20250701    20250731"):
        head = read_statement(print_statement(day, style=Style(period=period))).head
        assert (head.first_day, head.last_day) == (20250701, 20250731), period


def test_money_is_exact_and_every_row_names_its_line(day: Day) -> None:
    statement = read_statement(print_statement(day))
    lines = print_text(day).split("\r\n")
    assert statement.funds["客户权益"].amount == D("1050075.93")
    assert "客户权益" in lines[statement.funds["客户权益"].line - 1]
    (paid,) = statement.cash
    assert (paid.paid_in, paid.paid_out, paid.kind) == (50_000, 0, "银期转账")
    closing, opening = statement.trades
    assert (closing.symbol, closing.exchange, closing.side, closing.offset, closing.flag) == (
        "rb2510", "SHFE", Side.SELL, Offset.CLOSE_YESTERDAY, HedgeFlag.HEDGE,
    )  # fmt: skip
    assert (closing.price, closing.lots, closing.fee, closing.close_profit) == (3205, 12, D("38.46"), -1560)
    assert (opening.number, opening.turnover, opening.offset) == ("10008", 192_000, Offset.OPEN)
    assert [(row.open_price, row.lots, row.close_profit) for row in statement.closed] == [
        (3210, 5, -650), (3220, 7, -910),
    ]  # fmt: skip
    assert [(row.side, row.open_day, row.lots, row.day_profit) for row in statement.detail] == [
        (Side.BUY, DAYS[0], 3, -690), (Side.BUY, DAYS[1], 5, -1150), (Side.SELL, DAYS[2], 6, 300),
    ]  # fmt: skip
    (total,) = statement.summary
    assert (total.long_lots, total.short_lots, total.settlement) == (8, 6, 3195)
    numbers = [paid.line, closing.line, opening.line, total.line]
    numbers += [row.line for row in statement.closed] + [row.line for row in statement.detail]
    assert all(lines[number - 1].startswith("|") for number in numbers)
    assert "10008" in lines[opening.line - 1]
    assert "3235.000" in lines[statement.detail[1].line - 1]


def test_columns_nobody_knows_are_kept_under_their_names_and_named(day: Day) -> None:
    statement = read_statement(print_statement(day, style=Style(units=True)))
    kept = {"投资单元": "0001", "交易编码": "0001", "资金账号": "0001"}
    assert [row.other for row in statement.trades] == [kept] * 2
    assert [row.other for row in statement.closed] == [kept] * 2
    assert [row.other for row in statement.detail] == [kept] * 3
    for part in (Part.TRADES, Part.CLOSED, Part.DETAIL):
        section = statement.section(part)
        assert section is not None
        assert section.unknown_columns == tuple(kept)
    assert {row.flag for row in statement.closed} == {HedgeFlag.HEDGE}, "this house prints 投/保 of closed lots"


def test_a_table_nobody_knows_is_kept_as_it_stands_and_named(day: Day) -> None:
    exercise = ["行权明细  Exercise Statement", "|日期|合约|数量|", "|20250703|i2607-P-750|1|", "|共   1条||1|", ""]
    text = print_text(day) + "\r\n".join(exercise)
    statement = read_statement(text.encode("gbk"))
    (other,) = statement.others
    assert (other.title, other.columns) == ("行权明细  Exercise Statement", ("日期", "合约", "数量"))
    assert [cells for _, cells in other.rows] == [("20250703", "i2607-P-750", "1"), ("共   1条", "", "1")]
    assert statement.unread == (
        "第 87 行起的“行权明细  Exercise Statement”不是本程序认识的表，1 行照原样保留，没有核对。",
    )
    assert statement.whole


def test_money_of_another_currency_is_not_taken_for_yuan(day: Day) -> None:
    foreign = "资金状况  币种：美元  Account Summary  Currency：USD\r\n期初结存 Balance b/f：  7.00\r\n\r\n"
    text = print_text(day).replace("                   资金状况", foreign + "                   资金状况")
    statement = read_statement(text.encode("gbk"))
    assert statement.funds["期初结存"].amount == D("1003233.59")
    assert [other.rows[0][1] for other in statement.others] == [("期初结存 Balance b/f：  7.00",)]


HEAD_OF_FUNDS = "资金状况  币种：人民币  Account Summary  Currency：CNY "


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("资金状况  币种：人民币  Account Summary  Currency：USD ", "人民币、USD"),
        ("资金状况  币种：人民币、美元  Account Summary  Currency：CNY ", "人民币、美元、CNY"),
        ("资金状况  币种：人民币  美元  Account Summary  Currency：CNY USD", "人民币、美元、CNY、USD"),
        ("资金状况  币种：美元  Account Summary  Currency：USD ", "美元、USD"),
        ("资金状况  币种：XBT  Account Summary ", "XBT"),
        ("资金状况  币种：  Account Summary  Currency：", "空白"),
        ("资金状况（美元）  Account Summary (USD)", "美元、USD"),
        ("币种 Currency：美元 USD\r\n资金状况  Account Summary", "美元、USD"),
        ("币种：人民币/美元\r\n资金状况  币种：人民币  Account Summary  Currency：CNY", "人民币、美元"),
        ("客户类型：法人   币种:HKD   等级：A\r\n资金状况  Account Summary", "HKD"),
    ],
)
def test_a_statement_in_other_money_or_in_two_is_refused_and_not_read_as_yuan(
    day: Day, written: str, named: str
) -> None:
    text = print_text(day)
    assert HEAD_OF_FUNDS in text
    with pytest.raises(ImpossibleStatementError) as caught:
        read_statement(text.replace(HEAD_OF_FUNDS, written).encode("gbk"))
    refused = caught.value
    assert re.match(r"第 \d+ 行", refused.message)
    assert named in refused.message
    assert "请导出只有人民币的结算单" in refused.message
    assert refused.client == "90010001"


@pytest.mark.parametrize(
    "written",
    [
        "资金状况  Account Summary",
        "资金状况  币种：RMB",
        "资金状况  币种：人民币（元）  Account Summary  Currency：CNY",
        "币种 Currency：人民币 CNY   客户类型：法人\r\n资金状况  Account Summary",
    ],
)
def test_however_yuan_are_written_they_are_yuan(day: Day, written: str) -> None:
    statement = read_statement(print_text(day).replace(HEAD_OF_FUNDS, written).encode("gbk"))
    assert statement.funds["期初结存"].amount == D("1003233.59")
    assert statement.whole


def test_a_forced_close_closes_and_its_word_is_kept(day: Day) -> None:
    statement = read_statement(print_text(day).replace("平昨|", "强平|").encode("gbk"))
    assert statement.trades[0].offset is Offset.CLOSE
    assert statement.trades[0].other == {"开平": "强平"}


def test_subtotals_are_named_and_not_counted(day: Day) -> None:
    lines = print_text(day).split("\r\n")
    place = next(place for place, line in enumerate(lines) if "10008" in line)
    lines.insert(place + 1, "|小计" + "|" * 15)
    statement = read_statement("\r\n".join(lines).encode("gbk"))
    assert statement.whole
    assert len(statement.trades) == 2
    assert f"第 {place + 2} 行是小计，没有核对。" in statement.notes


def test_rows_that_do_not_fit_their_table_are_where_it_broke(day: Day) -> None:
    text = print_text(day)
    more = text.replace("普通成交|", "普通成交|普通成交|", 1)
    assert [section.why for section in read_statement(more.encode("gbk")).sections if not section.whole] == [
        "第 36 行有 16 列，表头有 15 列"
    ]
    lines = text.split("\r\n")
    lines.insert(39, lines[35].replace("10007", "10009"))
    after = read_statement("\r\n".join(lines).encode("gbk"))
    assert [section.why for section in after.sections if not section.whole] == ["第 40 行在合计行（第 39 行）之后"]


def test_a_figure_nobody_knows_is_kept_and_one_that_cannot_be_read_is_named(day: Day) -> None:
    text = print_text(day).replace(
        "质 押 金 Pledge Amount：                0.00", "申报费 Filing Fee：7.00 应追加资金："
    )
    statement = read_statement(text.encode("gbk"))
    assert statement.funds["申报费"].amount == 7
    assert [note for note in statement.notes if "应追加资金" in note]


def test_a_day_without_trades_or_lots_is_whole(day: Day) -> None:
    idle = replace(day, cash=(), deals=(), closed=(), held=())
    zero = dict.fromkeys(("出入金", "平仓盈亏", "手续费", "持仓盯市盈亏", "保证金占用"), D(0))
    idle = replace(idle, by_day=day.by_day | zero | {"期末结存": day.by_day["期初结存"]})
    idle = replace(idle, by_day=idle.by_day | {"客户权益": day.by_day["期初结存"]})
    statement = read_statement(print_statement(idle))
    assert statement.whole
    assert statement.trades == statement.detail == ()
    assert statement.has_all_of(Part.TRADES)
    assert statement.has_all_of(Part.DETAIL)


def test_a_table_without_rows_that_says_so_is_whole(day: Day) -> None:
    lines = print_text(day).split("\r\n")
    start = next(place for place, line in enumerate(lines) if "出入金明细" in line)
    row = next(place for place in range(start, len(lines)) if lines[place].startswith("|20250703"))
    lines[row + 2] = "|共   0条|  |  0.00|  0.00|  |"
    del lines[row]
    text = "\r\n".join(lines).replace("50000.00", "0.00").replace("1050075.93", "1000075.93")
    statement = read_statement(text.encode("gbk"))
    assert statement.cash == ()
    assert statement.whole


def test_the_recorded_statement_gives_its_money_and_says_that_its_lots_are_cut_off(shared_data: Path) -> None:
    files = sorted((shared_data / "settlement").glob("*.txt"))
    if not files:
        pytest.skip("no recorded statement")
    statement = read_statement((shared_data / "settlement" / "mtm_simnow_20210901_excerpt_gbk.txt").read_bytes())
    assert (statement.head.client, statement.head.first_day) == ("000001", 20210901)
    assert statement.head.layout is Layout.BY_DAY
    assert statement.amount("客户权益") == D("19995085.19")
    assert statement.amount("风险度") == D("42.47")
    assert len(statement.funds) == 27
    assert len(statement.detail) == 7
    assert {row.flag for row in statement.detail} == {HedgeFlag.SPECULATION}, "交易 is what CFFEX calls 投机"
    for row in statement.detail:
        sign = 300 * (1 if row.side is Side.BUY else -1)
        assert row.floating_profit == (row.settlement - row.open_price) * sign
        assert row.day_profit == (row.settlement - row.previous_settlement) * sign
    assert not statement.whole
    assert {section.part: section.whole for section in statement.sections} == {
        Part.FUNDS: True, Part.DETAIL: False, Part.SUMMARY: False,
    }  # fmt: skip


# --- what is no statement ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\n\r\n", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "你好".encode("utf-16"), b"|a|b|\n" * 9],
)
def test_what_is_no_statement_is_refused_with_one_sentence(data: bytes) -> None:
    with pytest.raises(UserError, match="结算单") as refused:
        read_statement(data)
    assert "\n" not in refused.value.message
    assert not isinstance(refused.value, ImpossibleStatementError), "it is nobody's"


Change = Callable[[str], str]


def swap(old: str, new: str, count: int = -1) -> Change:
    return lambda text: text.replace(old, new, count)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (swap("套保|", "一般|", 1), "第 36 行的投/保“一般”读不懂"),
        (swap("平昨|", "平前|", 1), "开平“平前”读不懂"),
        (swap("   卖|", " 买卖|", 1), "买/卖“买卖”读不懂"),
        (swap("上期所|", "上交所|", 1), "交易所“上交所”读不懂"),
        (swap("|20250703|     上期所", "|20250732|     上期所", 1), "成交日期“20250732”读不懂"),
        (swap("|3205.000|      12|", "|32o5.000|      12|"), "成交价“32o5.000”读不懂"),
        (swap("|      12|", "|    1.5|", 1), "手数“1.5”读不懂"),
        (
            lambda text: text.replace("手数|      成交额", "个数|      成交额").replace("Lots", "Count"),
            "没有“手数”一列",
        ),
        (swap("10008", "10007"), "成交序号 10007（rb2510）出现两次：第 36 行和第 37 行"),
        (swap("客户号 Client ID：", "编号："), "没有客户号"),
        (swap("日期 Date：20250703", "日期 Date：20250231"), "没有客户号（Client ID）和日期（Date）"),
        (swap("日期 Date：20250703", "日期 Date：20250703-20250701"), "日期“20250703-20250701”读不懂"),
        (lambda text: text + text, "第 91 行又是一张结算单的开头"),
        (lambda text: text + text[text.index("资金状况") :], "第 87 行又是一份资金状况（第一份在第 8 行）"),
        (lambda text: text + text[text.index("成交记录") :], "又出现一份成交记录"),
        (lambda text: text + "客户号 Client ID： 7\r\n", "又是一张结算单的开头"),
        (swap("交割保证金 Delivery Margin：                0.00", "手续费：8.00"), "手续费出现两次"),
        (swap("某某食品", "某" * 5000), "超过 4000 个字符"),
    ],
)
def test_a_statement_that_cannot_be_read_is_refused_by_line_and_word(day: Day, change: Change, says: str) -> None:
    text = change(print_text(day))
    assert text != print_text(day)
    with pytest.raises(UserError) as refused:
        read_statement(text.encode("gbk"))
    assert says in refused.value.message
