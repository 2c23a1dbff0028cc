"""Backtest from the command line: the same bytes whatever the process, one sentence for what cannot be used."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from tests import tapes
from tests.e2e import acceptance as a
from tests.e2e import own_market as own

FILES: Final = ("report.html", "report.json", "trades.csv")


def ground(folder: Path) -> tuple[Path, Path]:
    plan = own.write_plan(folder / "plan.toml", own.APPLE, own.GRID)
    return own.wave_tape(folder / "AP010.csv"), plan


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    tape, plan = ground(tmp_path)
    runs: list[tuple[bytes, ...]] = []
    for seed in (1, 2):  # sets and dicts come in another order in each
        out = tmp_path / str(seed)
        done = a.hengduo("backtest", "--tape", tape, "--plan", plan, "--out", out, "--json", hash_seed=seed)
        assert done.returncode == 0, done.stderr
        runs.append((done.stdout.encode(), *((out / name).read_bytes() for name in FILES)))
        assert {file.name for file in out.iterdir()} == set(FILES)
        assert "用时" in done.stderr
        assert "%" not in done.stderr  # progress is for a terminal
    assert runs[0] == runs[1]
    report = json.loads(runs[0][0])
    assert report["violations"] == []
    assert json.loads(runs[0][2]) == report
    rows = list(csv.DictReader(runs[0][3].decode("utf-8-sig").splitlines()))
    assert len(rows) == report["total"]["activity"]["fills"] > 10
    assert sum(Decimal(row["fee"]) for row in rows) == Decimal(report["total"]["activity"]["fees"])


def test_a_replay_gives_the_same_orders_and_fills(tmp_path: Path) -> None:
    tape, plan = ground(tmp_path)
    done = a.hengduo("backtest", "--tape", tape, "--plan", plan, "--out", tmp_path / "out", "--json")
    played = a.play(tape, plan, tmp_path / "data")
    report = json.loads(done.stdout)
    assert report["source"]["journal_head"] == played.summary.journal_head
    assert a.read_trades(tmp_path / "out" / "trades.csv") == played.trades


BARS: Final = b"datetime,open,high,low,close,volume\n2020-07-31 09:00:00,1,2,1,2,3\n"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("no tape", ("没有行情", "--tape")),
        ("a tape that is not there", ("找不到行情文件",)),
        ("minute bars", ("不是已知的录制格式", "ctp_full")),
        ("a torn tape", ("损坏或被截断",)),
        ("a plan that is not there", ("plan",)),
        ("a file for a folder", ("--out 不能用作目录",)),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(what: str, said: tuple[str, ...], tmp_path: Path) -> None:
    tape, plan = ground(tmp_path)
    out = tmp_path / "out"
    match what:
        case "a tape that is not there":
            tape = tmp_path / "nothing.csv"
        case "minute bars":
            tape.write_bytes(BARS)
        case "a torn tape":
            whole = tapes.tape_bytes(tapes.CTP_COLUMNS, tapes.ctp_day("AP010", "20200731", "20200730"))
            tape = tmp_path / "torn.csv.gz"
            tape.write_bytes(gzip.compress(whole)[:-40])
        case "a plan that is not there":
            plan = tmp_path / "no_plan.toml"
        case "a file for a folder":
            out.write_bytes(b"mine")
        case _:
            pass
    words = [] if what == "no tape" else ["--tape", str(tape)]
    done = a.hengduo("backtest", *words, "--plan", plan, "--out", out, "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    sentence = a.sentence_of(done.stderr)
    assert all(word in sentence for word in said), sentence
    if what == "a file for a folder":
        assert out.read_bytes() == b"mine"
