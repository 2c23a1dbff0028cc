"""The verb, over a journal on disk: 0 when all agrees, 1 on a difference, 2 and a sentence on bad input."""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from terminal.commands.main import main
from terminal.reports.reconcile.result import Outcome, Reconciliation
from terminal.store.journal import SqliteJournal
from tests.broker import Day
from tests.printed_statement import Style, print_statement
from tests.told_days import DAYS, TENANT, three_days


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Day]]:
    data = tmp_path_factory.mktemp("told")
    with closing(SqliteJournal(data, TENANT)) as journal:
        return data, three_days(journal)[1]


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main(["reconcile", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def write(folder: Path, data: bytes) -> Path:
    path = folder / "statement.txt"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("style", [Style(), Style(by_day=False, encoding="utf-8", end="\n")])
def test_a_day_that_agrees_ends_with_zero(
    told: tuple[Path, list[Day]], tmp_path: Path, capsys: pytest.CaptureFixture[str], style: Style
) -> None:
    data, days = told
    for day in days:
        code, out, err = run(capsys, write(tmp_path, print_statement(day, style=style)), "--data", data)
        assert (code, err) == (0, "")
        assert "全部相符" in out
        assert "不符" not in out


def test_a_difference_ends_with_one_and_its_sentence(
    told: tuple[Path, list[Day]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, days = told
    path = write(tmp_path, print_statement(days[2]).replace(b"  23004.00", b"  23005.00"))
    code, out, err = run(capsys, path, "--data", data, "--account", "HEDGE")
    assert (code, err) == (1, "")
    assert "资金的保证金占用：我方 23004.00，结算单第 13 行 23005.00，差 +1.00 元。" in out


def test_json_is_one_object_with_every_row(
    told: tuple[Path, list[Day]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, days = told
    code, out, _ = run(capsys, write(tmp_path, print_statement(days[2])), "--data", data, "--json")
    found = msgspec.json.decode(out, type=Reconciliation)
    assert code == 0
    assert found.agrees
    assert (found.account, found.trading_day, found.differences) == ("HEDGE", DAYS[2], 0)
    assert {row.outcome for row in found.rows} == {Outcome.MATCHED}


def test_a_cut_statement_ends_with_one_though_nothing_differs(
    told: tuple[Path, list[Day]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, days = told
    printed = print_statement(days[2])
    path = write(tmp_path, printed[: printed.index("持仓明细".encode("gbk"))])
    code, out, _ = run(capsys, path, "--data", data)
    assert code == 1
    assert "差异 0 处" in out
    assert "没有核对（3）" in out


def test_what_cannot_be_true_is_an_object_too_for_whoever_has_to_tell_others(
    told: tuple[Path, list[Day]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, days = told
    path = write(tmp_path, print_statement(days[2]).replace(b"   57.66  \r", b"   57.67  \r"))
    code, out, err = run(capsys, path, "--data", data, "--json")
    said = msgspec.json.decode(out)
    assert code == 2
    assert said["account"] == "HEDGE"
    assert said["refusal"]["digest"] == sha256(path.read_bytes()).hexdigest()
    assert (said["refusal"]["file"], said["refusal"]["trading_day"]) == ("statement.txt", DAYS[2])
    assert err == f"hengduo: {said['refusal']['reason']}\n"
    # Of whom nobody knows, nobody can be told; and what is no statement concerns nobody else.
    path.write_bytes(path.read_bytes().replace(b"90010001", b"90019999"))
    code, out, err = run(capsys, path, "--data", data, "--json")
    assert (code, msgspec.json.decode(out)["account"]) == (2, "HEDGE"), "the only account there is"
    code, out, err = run(capsys, path, "--data", data, "--json", "--account", "X")
    assert (code, out) == (2, "")
    assert "结算单不平" in err
    assert "没有登记：日志里没有账户 X" in err
    code, out, err = run(capsys, write(tmp_path, b"hello"), "--data", data, "--json")
    assert (code, out) == (2, "")


def test_bad_input_ends_with_two_and_one_sentence(
    told: tuple[Path, list[Day]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, days = told
    good = print_statement(days[2])
    unbalanced = good.replace(b"   57.66  \r", b"   57.67  \r")
    assert unbalanced != good
    empty = tmp_path / "empty"
    empty.mkdir()
    cases = [
        ((write(tmp_path, good), "--data", empty), "没有 journal.db"),
        ((tmp_path / "absent.txt", "--data", data), "读不出来"),
        ((tmp_path, "--data", data), "读不出来"),
        ((tmp_path / "statement.txt", "--data", data, "--account", "X"), "没有账户 X"),
    ]
    for words, sentence in cases:
        code, out, err = run(capsys, *words)
        assert (code, out) == (2, "")
        assert sentence in err
        assert err.count("\n") == 1
    for content, sentence in (
        (unbalanced, "结算单不平"),
        (b"", "不是一张交易结算单"),
        (good.replace(b"20250703", b"20250704"), "没有结算"),
    ):
        code, out, err = run(capsys, write(tmp_path, content), "--data", data)
        assert (code, out) == (2, "")
        assert sentence in err
        assert err.count("\n") == 1
