"""Readings of a stock go from the command line to the runner, and what is wrong with them is one sentence."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from terminal.commands.main import USER_ERROR, main
from terminal.domain.days.calendar import natural_day
from terminal.domain.ids import StockId
from terminal.domain.stock import MOST_AT_ONCE
from terminal.runner.statement_box import StatementBox
from terminal.store.journal import SqliteJournal
from tests.engine_world import NEXT_NIGHT, RB, World, run
from tests.sync_rig import Rig
from tests.told_days import TENANT

WORDS = ["--series", "港口库存", "--source", "示例：自编"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ([], "请写一个文件，或写 --day 与 --tonnes"),
        (["--day", "2020-08-21", "--tonnes", "x"], "tonnes = “x”，应为数字"),
        (["--day", "8月21日", "--tonnes", "5"], "应为日期"),
        (["--day", "2020-08-21", "--tonnes", "5"], "没有 journal.db"),
        (["nowhere.csv"], "打不开"),
    ],
)
def test_what_cannot_be_handed_in_is_said(
    more: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stock", *more, "--data", str(tmp_path), *WORDS]) == USER_ERROR
    assert why in capsys.readouterr().err


def test_a_file_that_is_no_text_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ports.csv"
    file.write_bytes(b"day,tonnes\n2020-08-21,\xff\xfe\n")
    assert main(["stock", str(file), "--data", str(tmp_path), *WORDS]) == USER_ERROR
    assert "不是 UTF-8 文字" in capsys.readouterr().err


# Fewer days than a month has, so that each is one.
PAST = [f"20{year}-{month:02}-{day:02},1" for year in (18, 19) for month in range(1, 13) for day in range(1, 29)]


def handed_in(folder: Path, rows: list[str]) -> tuple[int, World]:
    """Hand in a file to the box of a runner that lives in the world of 2020; return how the command ended."""
    with closing(SqliteJournal(folder, TENANT)):
        file = folder / "ports.csv"
        file.write_text("\n".join(("day,tonnes", *rows)) + "\n", encoding="utf-8")
    world = World()
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    box = StatementBox(folder, Rig(world=world).living, lambda _: None)
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(main, ["stock", str(file), "--data", str(folder), *WORDS])
        while not ended.done():
            run(box.take())
            time.sleep(0.01)
    return ended.result(), world


def test_a_file_with_a_day_yet_to_come_is_refused_as_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    coming = natural_day(time.time_ns()) // 10_000 + 1
    code, world = handed_in(tmp_path, [*PAST[: MOST_AT_ONCE + 20], f"{coming}-01-04,1"])
    assert code == USER_ERROR
    assert f"ports.csv 第 {MOST_AT_ONCE + 22} 行：{coming}0104 还没有到" in capsys.readouterr().err
    assert world.state.tenant.stocks == {}


def test_a_later_part_that_the_runner_refuses_is_said_with_what_is_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A day that is past by this machine, and yet to come for the market the runner is in.
    code, world = handed_in(tmp_path, [*PAST[: MOST_AT_ONCE + 20], "2021-01-04,1"])
    assert code == USER_ERROR
    said = capsys.readouterr().err
    assert "20210104 还没有到" in said
    assert f"在这之前的 {MOST_AT_ONCE} 个数（到第 {MOST_AT_ONCE + 1} 行，20180804）已经登记" in said
    assert len(world.state.tenant.stocks[StockId(WORDS[1])]) == MOST_AT_ONCE


def test_a_file_of_many_parts_is_taken_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, world = handed_in(tmp_path, PAST)
    assert (code, capsys.readouterr().out.count("已登记")) == (0, 4)
    assert len(world.state.tenant.stocks[StockId(WORDS[1])]) == len(PAST)
