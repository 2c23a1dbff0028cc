"""A file of stocks is stated row by row, each after its own day; what lies before the market is stated at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.ids import StockId
from terminal.domain.stock import MOST_AT_ONCE, StateStocks
from terminal.shell.plans.stock_series import read_stocks, together
from terminal.shell.plans.times import When
from tests.unit.shell.plans.plans import CAST, HEAD, plan, plan_file, refusal

SERIES = '[[stock]]\nfile = "ports.csv"\nseries = "港口库存"\nsource = "示例：自编"\n'


def ports(folder: Path, *rows: str, header: str = "day,tonnes") -> Path:
    path = folder / "ports.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def test_what_was_counted_before_the_market_is_stated_at_once_and_the_rest_on_its_evening(tmp_path: Path) -> None:
    ports(tmp_path, "2020-07-24,900", "20200730,1000.5", "# 备注", "2020-07-31,1100", "2020-08-03,1200")
    read = plan(tmp_path, HEAD, CAST, SERIES)
    (series,) = read.script.known
    first, *later = series.begun(instant(20200731, 9))
    assert isinstance(first.wish, StateStocks)
    assert first.when == When(0, relative=True)
    assert [(one.day, one.tonnes) for one in first.wish.readings] == [(20200724, 900), (20200730, Decimal("1000.5"))]
    assert [one.when for one in later] == [When(instant(day, 20), relative=False) for day in (20200731, 20200803)]
    assert len({one.name for one in (first, *later)}) == 3


def test_a_long_past_goes_into_as_few_commands_as_take_it() -> None:
    days = "\n".join(
        f"20{year}-{month:02}-{day:02},1" for year in (18, 19) for month in range(1, 13) for day in range(1, 29)
    )
    rows = read_stocks(f"day,tonnes\n{days}\n", file="f", series=StockId("港口"), source="人")
    found = list(together([one for _, one in rows]))
    assert [len(one.readings) for one in found] == [MOST_AT_ONCE, MOST_AT_ONCE, MOST_AT_ONCE, 672 - 3 * MOST_AT_ONCE]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (("2020-07-31,1", "2020-07-31,2"), "第 3 行：日期应比上一行晚"),
        (("2020-02-30,1",), "第 2 行：day = “2020-02-30”，应为日期"),
        (("2020-07-31,-1",), "第 2 行：tonnes = “-1”"),
        (("2020-07-31,",), "第 2 行：tonnes = “”，不能为空"),
        (("0001-01-01,1",), "第 2 行：日期 10101 超出交易日历"),
        ((), "只有表头"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(tmp_path: Path, rows: tuple[str, ...], why: str) -> None:
    ports(tmp_path, *rows)
    assert why in refusal(plan_file(tmp_path, HEAD, CAST, SERIES))


@pytest.mark.parametrize("key", ["港口库存", "示例：自编"])
def test_what_nobody_sees_is_in_no_name_and_no_source(tmp_path: Path, key: str) -> None:
    ports(tmp_path, "2020-07-31,1")
    for hidden in ("a\\nb", "a\\u202eb"):
        assert "看不见的字符" in refusal(plan_file(tmp_path, HEAD, CAST, SERIES.replace(key, hidden)))
