"""Readings of a stock go from the command line to the runner, and what is wrong with them is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.commands.main import USER_ERROR, main

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
