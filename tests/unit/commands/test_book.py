"""The verb: a ledger in, a line of figures out for each, one sentence and code 2 for what cannot be."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from terminal.commands.main import main
from tests.ledger_lines import cash, listed, settle, text_of, trade

GOOD = (listed(), cash("1000000"), trade("BUY", "OPEN", 20, 3210), settle(rb2510=3225))


def test_one_line_is_printed_for_each_line_until_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(text_of([*GOOD, cash("NaN"), cash(1)]), encoding="utf-8")
    assert main(["book", str(path), "--json"]) == 2
    told = capsys.readouterr()
    assert [json.loads(line)["do"] for line in told.out.splitlines()] == ["instrument", "cash", "trade", "settle"]
    assert told.err.startswith(f"hengduo: 账本 {path} 第 5 行：amount")
    assert told.err.count("\n") == 1


def test_a_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text_of(GOOD).encode()), encoding="ascii"))
    assert main(["book", "-", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["account"]["equity"] == "1002935.80"


def test_a_settled_day_is_the_statement_of_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(text_of(GOOD), encoding="utf-8")
    assert main(["book", str(path)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("第 1 日结算　共 4 行\n")
    assert re.search(r"^持仓盈亏 / 浮动盈亏 +3000\.00 +3000\.00$", told, re.MULTILINE)


def test_an_empty_ledger_is_said_to_be_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text("\n", encoding="utf-8")
    assert main(["book", str(path)]) == 0
    assert capsys.readouterr() == ("", f"账本 {path} 是空的：没有一行可记。\n")


def test_a_ledger_that_cannot_be_read_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path, tmp_path / "none.jsonl"):
        assert main(["book", str(path)]) == 2
        assert capsys.readouterr().err.startswith(f"hengduo: 读不到账本 {path}（")
