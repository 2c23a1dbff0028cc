"""A statement that contradicts itself is refused with the two figures and where they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.errors import UserError
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.statement.read import ImpossibleStatementError, read_statement
from tests.broker import Day
from tests.printed_statement import Style, print_statement, print_text
from tests.told_days import TENANT, three_days

D = Decimal
DAY: Final = three_days(MemoryJournal(TENANT))[1][2]
BY_DAY, BY_TRADE = Style(), Style(by_day=False)


def line_of(text: str, words: str, after: str = "") -> int:
    place = text.index(words, text.index(after))
    return text[:place].count("\r\n") + 1


def with_funds(name: str, amount: str) -> Day:
    return replace(DAY, by_day=DAY.by_day | {name: D(amount)}, by_trade=DAY.by_trade | {name: D(amount)})


def refused(day: Day, style: Style = BY_DAY, change: Callable[[str], str] = str) -> str:
    text = change(print_text(day, style=style))
    with pytest.raises(ImpossibleStatementError, match="结算单不平") as error:
        read_statement(text.encode("gbk"))
    assert (error.value.client, error.value.trading_day) == ("90010001", DAY.day), "so that its account can be told"
    return error.value.message


def test_the_balance_at_the_end_must_follow_from_what_moved_it() -> None:
    said = refused(with_funds("期末结存", "1050075.94"))
    text = print_text(DAY)
    assert f"期末结存（第 {line_of(text, '期末结存')} 行）是 1050075.94" in said
    assert f"期初结存 1003233.59（第 {line_of(text, '期初结存')} 行）" in said
    assert f"手续费 57.66（第 {line_of(text, '手 续 费')} 行）" in said
    assert "算出的是 1050075.93" in said
    assert "1052525.92" in refused(with_funds("期末结存", "1052525.92"), BY_TRADE)


def test_the_profit_of_the_day_is_no_part_of_the_balance_by_the_trade() -> None:
    by_trade = print_text(DAY, style=BY_TRADE)
    assert read_statement(by_trade.encode("gbk")).whole
    assert "相加是 1052525.93" in refused(DAY, BY_TRADE, lambda text: text.replace("逐笔", "盯市"))


def test_the_equity_must_follow_from_the_balance() -> None:
    assert "客户权益（第 13 行）是 1050075.92" in refused(with_funds("客户权益", "1050075.92"))
    said = refused(with_funds("客户权益", "1052525.93"), BY_TRADE)
    assert "浮动盈亏 -2450.00（第 " in said
    assert "相加是 1050075.93" in said


def test_a_column_or_figure_that_is_not_printed_is_not_held_against_anything() -> None:
    text = print_text(DAY)
    assert read_statement(text.replace("客户权益 Client Equity：：", "别的 Other：：").encode("gbk")).whole
    without = text.replace("    盯市盈亏|", "    别的盈亏|").replace("Accum. P/L| MTM P/L", "Accum. P/L| Other PL")
    assert without != text
    statement = read_statement(without.encode("gbk"))
    assert [row.day_profit for row in statement.detail] == [None] * 3


def test_a_pledge_is_in_the_equity_and_not_in_the_balance() -> None:
    def pledge(text: str) -> str:
        text = text.replace("质 押 金 Pledge Amount：                0.00", "质 押 金 Pledge Amount：   1000.00")
        return text.replace("Client Equity：：          1050075.93", "Client Equity：：   1051075.93")

    assert read_statement(pledge(print_text(DAY)).encode("gbk")).whole


def test_premiums_deliveries_and_pledged_currency_are_in_the_balance() -> None:
    more = "权利金收入：10.00 权利金支出：3.00\r\n期权执行盈亏：5.00 交割盈亏：2.00\r\n"
    more += "行权手续费：1.00 交割手续费：0.50\r\n货币质入：100.00 货币质出：40.00\r\n"
    text = print_text(DAY).replace("权利金收入 Premium received：                0.00", "").replace(
        "客户权益 Client", more + "客户权益 Client"
    )  # fmt: skip
    total = D("1050075.93") + D("72.50")
    assert read_statement(text.replace("1050075.93", str(total)).encode("gbk")).amount("期末结存") == total
    assert f"算出的是 {total}" in refused(DAY, change=lambda _: text)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  38.46|", "  38.47|", "成交记录合计行（第 39 行）的手续费是 57.66，逐行（第 36 至 37 行）相加是 57.67"),
        ("18|576600.00|", "19|576600.00|", "成交记录合计行（第 39 行）的手数是 19，逐行（第 36 至 37 行）相加是 18"),
        ("576600.00|", "576600.01|", "成交额是 576600.01，逐行（第 36 至 37 行）相加是 576600.00"),
        ("|     -910.00", "|     -910.01", "平仓明细合计行（第 53 行）的平仓盈亏是 -1560.00"),
        ("| -690.00|", "| -690.01|", "持仓明细合计行（第 68 行）的盯市盈亏是 -1540.00"),
        ("共   3条", "共   4条", "持仓明细 Positions Detail的合计行（第 68 行）写共 4 条，表中是 3 条"),
        ("共   2条", "共   1条", "写共 1 条，表中是 2 条"),
    ],
)
def test_the_last_row_of_a_table_must_add_it_up(old: str, new: str, says: str) -> None:
    if old not in print_text(DAY):
        pytest.fail(f"nothing was changed: {old}")
    assert says in refused(DAY, change=lambda text: text.replace(old, new))


def coherent(name: str, amount: str, sign: int) -> Day:
    """Return a day whose summary has another figure, and balance and equity that follow from it."""
    delta = sign * (D(amount) - DAY.by_day[name])
    figures = {name: D(amount), "期末结存": DAY.by_day["期末结存"] + delta, "客户权益": DAY.by_day["客户权益"] + delta}
    return replace(DAY, by_day=DAY.by_day | figures)


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (coherent("手续费", "57.67", -1), "是 57.67，成交记录的手续费（第 36 至 37 行）相加是 57.66"),
        (coherent("平仓盈亏", "-1559.00", 1), "是 -1559.00，成交记录的平仓盈亏（第 36 至 37 行）相加是 -1560.00"),
        (coherent("出入金", "50001.00", 1), "是 50001.00，出入金明细的入金减出金（第 23 行）相加是 50000.00"),
        (coherent("持仓盯市盈亏", "-1541.00", 1), "是 -1541.00，持仓明细的盯市盈亏（第 64 至 66 行）相加是 -1540.00"),
        (replace(DAY, closed=DAY.closed[:1]), "平仓明细的平仓盈亏（第 50 行）相加是 -650.00"),
    ],
)
def test_the_rows_of_a_table_must_make_its_line_of_the_summary(day: Day, says: str) -> None:
    assert says in refused(day)


def test_the_summary_of_the_lots_must_agree_with_each_lot() -> None:
    def fewer(text: str) -> str:
        row = "|      rb|    rb2510|        8|"
        return text.replace(row, row.replace("8", "7")).replace("|          |        8|", "|          |        7|")

    said = refused(DAY, change=fewer)
    assert "持仓汇总第 79 行 rb2510 的买持是 7 手，持仓明细（第 64 至 66 行）相加是 8 手" in said


def test_lots_that_the_summary_forgets_are_found() -> None:
    def forget(text: str) -> str:
        start = text.index("|      rb|    rb2510|        8|")
        text = text[:start] + text[text.index("\r\n", start) + 2 :]
        last = text.rindex("共   1条")
        total = "共   0条|  |  0|  |  0|  |  |  |  0.00|  0.00|  |  0.00|  0.00|"
        return text[:last] + total + text[text.index("\r\n", last) :]

    assert "持仓汇总没有" in refused(DAY, change=forget)


@settings(max_examples=50)
@given(
    name=st.sampled_from(["期初结存", "出入金", "平仓盈亏", "持仓盯市盈亏", "手续费", "期末结存", "客户权益"]),
    cents=st.integers(-(10**9), 10**9).filter(bool),
)
def test_no_single_figure_of_the_balance_can_be_another(name: str, cents: int) -> None:
    day = with_funds(name, str(DAY.by_day[name] + D(cents) / 100))
    with pytest.raises(UserError, match="结算单不平"):
        read_statement(print_statement(day))
