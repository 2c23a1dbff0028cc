"""Wrong rows of the holiday and session tables are refused with their place."""

from __future__ import annotations

import pytest

from terminal.domain.days.calendar import (
    parse_holidays,
)
from terminal.domain.days.dated import TableText
from terminal.domain.days.sessions import parse_exceptions, parse_sessions
from terminal.domain.errors import UserError


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("day,what\n2020-01-01,first\n", "各有一行"),
        ("day,what\n2020-01-01,first\n2020-12-31,last\n2020-02-30,closed\n", "第 4 行"),
        ("day,what\n2020-01-01,first\n2020-12-31,last\n2020-01-04,closed\n", "周末"),
        ("day,what\n2020-01-01,first\n2020-12-31,last\n2020-01-02,closed\n2020-01-02,closed\n", "重复"),
        ("day,what\n2020-01-01,first\n2020-01-01,first\n", "只能出现一次"),
        ("day,what\n2020-01-01,open\n", "first、last 或 closed"),
        ("day,what\n2020-01-01,first\n2020-12-31,last\n2021-01-04,closed\n", "不在"),
        ("day\n2020-01-01\n", "表头"),
        ("# nothing\n", "表是空的"),
        ("day,what\n2020-01-01\n", "应有 2 列"),
    ],
)
def test_a_wrong_holiday_table_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem) as refused:
        parse_holidays(text, file="holidays.csv")
    assert "holidays.csv" in refused.value.message


HEAD = "session,exchange,from,night,night_auction,day,day_auction,day_auction_after_night,source\n"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("A,SHFE,2016-01-01,,,0900-1130,0855-0859-0900,none,x", "以它的交易所开头"),
        ("DCE.A,SHFE,2016-01-01,,,0900-1130,0855-0859-0900,none,x", "以它的交易所开头"),
        ("SHFE.A@1,SHFE,2016-01-01,,,0900-1130,0855-0859-0900,none,x", "以它的交易所开头"),
        ("SHFE.A,SHFE,2016-01-01,,,0915-1130,0855-0859-0900,none,x", "时段开始的时刻"),
        ("SHFE.A,SHFE,2016-01-01,2100-2300,2055-2059-2130,0900-1130,0855-0859-0900,none,x", "时段开始的时刻"),
        ("SHFE.A,SHFE,2016-01-01,1600-2300,1555-1559-1600,0900-1130,0855-0859-0900,none,x", "17:00 之后"),
        ("SHFE.A,SHFE,2016-01-01,2100-0856,2055-2059-2100,0900-1130,0855-0859-0900,none,x", "集合竞价之前结束"),
        ("SHFE.A,SHFE,2016-01-01,2100-2300,,0900-1130,0855-0859-0900,none,x", "夜盘集合竞价"),
        ("SHFE.A,SHFE,2016-01-01,2100,2055-2059-2100,0900-1130,0855-0859-0900,none,x", "2100-2300"),
        ("SHFE.A,SHFE,2016-01-01,,,0900-1130 1030-1200,0855-0859-0900,none,x", "先后相接"),
        ("SHFE.A,SHFE,2016-01-01,,,0960-1130,0855-0859-0900,none,x", "四位数字"),
        ("SHFE.A,SHFE,2016-01-01,,,0900-1130,0855-0900,none,x", "申报、撮合、开盘"),
        ("SHFE.A,SHFE,2016-01-01,,,0900-1130,0859-0855-0900,none,x", "依次"),
        ("SHFE.A,SHFE,2016-01-01,,,0900-1130,0855-0859-0900,maybe,x", "none、auction 或 cancel"),
        ("SHFE.A,SHFE,2016-01-01,,,0900-1130,0855-0859-0900,none,", "不能为空"),
        (
            "SHFE.A,SHFE,2016-01-02,,,0900-1130,0855-0859-0900,none,x\nSHFE.A,SHFE,2016-01-01,,,0900-1130,0855-0859-0900,none,x",
            "先后排列",
        ),
    ],
)
def test_a_wrong_session_row_is_refused_with_its_place(row: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        parse_sessions(TableText(file="sessions.csv", text=HEAD + row))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("*,2020-02-03,2020-05-06,never,,x", "day_from 或 day_until"),
        ("*,2020-02-03,2020-02-03,day_until,,x", "不能为空"),
        ("*,2020-05-06,2020-02-03,no_night,,x", "不能早于"),
        ("*,2020-02-03,2020-02-03,night_from,,x", "不能为空"),
        ("*,2020-02-03,2020-02-03,night_from,9pm,x", "四位数字"),
    ],
)
def test_a_wrong_exception_row_is_refused_with_its_place(row: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        parse_exceptions("exchange,from,to,what,time,source\n" + row, file="exceptions.csv")
