"""A file of spot prices is stated row by row, each at its own time, as if people had stated them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from terminal.backtest.run import backtest
from terminal.domain.commands import QuoteSpot
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import SpotQuoted
from terminal.engine.records.journal import Record
from terminal.shell.plans.plan import Plan
from terminal.shell.plans.times import When
from tests.e2e import own_market
from tests.tapes import reference
from tests.unit.shell.plans.plans import CAST, HEAD, plan, plan_file, refusal

SERIES = '[[spot_series]]\nfile = "spot.csv"\ninstrument = "SPOT.AP.栖霞"\nsource = "示例：自编"\n'
FRIDAY = instant(20200731, 9)


def prices(folder: Path, *rows: str, header: str = "at,price") -> Path:
    path = folder / "spot.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def stated(read: Plan, at: int) -> list[tuple[When, Decimal]]:
    found = []
    for entry in read.script.series[0].begun(at):
        assert isinstance(entry.wish, QuoteSpot)
        found.append((entry.when, entry.wish.price))
    return found


def test_of_what_was_said_before_the_market_only_the_last_is_told_and_only_if_it_holds(tmp_path: Path) -> None:
    prices(tmp_path, "2020-07-30 09:30:00,6800", "2020-07-30 15:00:00,6810.5", "# 备注", "2020-07-31 09:00:20,6820")
    read = plan(tmp_path, HEAD, CAST, SERIES)
    later = (When(instant(20200731, 9, 0, 20), relative=False), Decimal(6820))
    assert stated(read, FRIDAY) == [(When(0, relative=True), Decimal("6810.5")), later]
    assert [entry.name for entry in read.script.series[0].begun(FRIDAY)] == ["F0-3", "F0-5"]
    tuesday = instant(20200804, 9)
    assert stated(read, tuesday) == [], "the price of Friday holds on Monday and no longer"
    assert stated(read, instant(20200803, 9)) == [(When(0, relative=True), Decimal(6820))]
    assert read.spots == ("SPOT.AP.栖霞",)


def test_a_backtest_hears_each_price_at_its_time(tmp_path: Path) -> None:
    prices(tmp_path, "2020-07-30 15:00:00,6810.5", "2020-07-31 09:00:20,6820", "2020-07-31 09:01:00,6790")
    tape = own_market.wave_tape(tmp_path / "AP010.csv.gz", seconds=120)
    read = plan(tmp_path, HEAD, CAST, own_market.APPLE, SERIES)
    ran = backtest([tape], plan=read, reference=reference())
    heard = [
        (entry.record.utc, entry.record.fact.price)
        for entry in ran.journal.replay()
        if isinstance(entry.record, Record) and isinstance(entry.record.fact, SpotQuoted)
    ]
    assert [price for _, price in heard] == [Decimal("6810.5"), 6820, 6790]
    assert [at for at, _ in heard][1:] == [instant(20200731, 9, 0, 20), instant(20200731, 9, 1, 0)]
    assert ran.passed > 0


def test_who_changes_the_file_changes_the_plan(tmp_path: Path) -> None:
    prices(tmp_path, "2020-07-31 09:00:20,6820")
    before = plan(tmp_path, HEAD, CAST, SERIES).sha256
    assert plan(tmp_path, HEAD, CAST, SERIES).sha256 == before
    prices(tmp_path, "2020-07-31 09:00:20,6820.01")
    assert plan(tmp_path, HEAD, CAST, SERIES).sha256 != before


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("2020-07-31,6800",), "现货文件 spot.csv 第 2 行：时间 2020-07-31 应写成上海时间"),
        (("2020-07-31 25:00:00,6800",), "第 2 行：没有 25:00:00 这个时刻。"),
        (("2020-07-31 09:00:00,6800", "2020-07-31 09:00:00,6801"), "第 3 行：时间应比上一行晚"),
        (("2020-07-31 09:00:00,0",), "第 2 行：price = “0”，应为正数。"),
        (("2020-07-31 09:00:00,6800.001",), "第 2 行：SPOT.AP.栖霞 现货价应为最小变动价位 0.01"),
        (("2020-07-31 09:00:00",), "第 2 行：应有 2 列，实有 1 列。"),
        (("2020-07-31 09:00:00,六千",), "应为数字"),
        (("2020-07-31 09:00:00,４７０００",), "应写半角数字"),
        (("1970-01-01 09:00:00,6800",), "第 2 行"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_line(rows: tuple[str, ...], said: str, tmp_path: Path) -> None:
    prices(tmp_path, *rows)
    assert said in refusal(plan_file(tmp_path, HEAD, CAST, SERIES))


def test_a_file_that_is_not_there_or_not_text_is_refused_where_it_is_named(tmp_path: Path) -> None:
    path = plan_file(tmp_path, HEAD, CAST, SERIES)
    line = path.read_text(encoding="utf-8").split("\n").index('file = "spot.csv"') + 1
    assert f"第 {line} 行：读不到 {tmp_path / 'spot.csv'}" in refusal(path)
    (tmp_path / "spot.csv").write_bytes(b"at,price\n\xff\xfe")
    assert f"第 {line} 行：{tmp_path / 'spot.csv'} 不是 UTF-8 文字" in refusal(path)
    prices(tmp_path, "2020-07-31 09:00:20,6820", header="time,price")
    assert "表头应为 at,price" in refusal(path)


def test_a_future_is_stated_by_nobody(tmp_path: Path) -> None:
    prices(tmp_path, "2020-07-31 09:00:20,6820")
    assert "不是现货" in refusal(plan_file(tmp_path, HEAD, CAST, SERIES.replace("SPOT.AP.栖霞", "CZCE.AP010")))
