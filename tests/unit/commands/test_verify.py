"""The auditor's verb, over journals that the real engine wrote."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from terminal.commands.verify import verify
from terminal.domain.orders.order import Side
from terminal.store.journal import JOURNAL_FILE, SqliteJournal
from terminal.store.verify import Verification
from tests.engine_world import CHECKER, ONE, TENANT, I, World

LARGE = 100  # lots of iron ore, 8.3 million yuan: needs a second person


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with closing(SqliteJournal(tmp_path, TENANT)) as journal:
        world = World(journal)
        world.buy(2, 3500)
        world.order(Side.BUY, LARGE, 830, instrument=I)
        world.decide(CHECKER, world.parked)
    return tmp_path


def run(*words: str) -> tuple[int, str, str]:
    app = typer.Typer()
    app.command()(verify)
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.stdout, result.stderr


def flip(file: Path, what: bytes) -> None:
    data = bytearray(file.read_bytes())
    place = data.index(what)
    data[place] ^= 1
    file.write_bytes(data)


def test_a_whole_journal_ends_with_zero_and_its_counts(data: Path) -> None:
    code, out, err = run(str(data))
    assert (code, err) == (0, "")
    assert "订单 2　意图 2" in out
    assert "ALLOW 1 CONFIRM2_PARKED 1 WARN 1" in out
    assert "缺依据 0" in out


def test_json_is_one_object_on_standard_output(data: Path) -> None:
    code, out, _ = run(str(data), "--json")
    found = msgspec.json.decode(out, type=Verification)
    assert code == 0
    assert found.ok
    assert found.wall_s is not None
    assert (found.orders, found.orphans) == (2, 0)


def test_a_flipped_byte_ends_with_one_and_names_the_record(data: Path) -> None:
    flip(data / JOURNAL_FILE, b'"order_accepted"')
    code, out, err = run(str(data))
    assert code == 1
    assert f"流 account:{ONE} 第 " in out
    assert f"流 account:{ONE} 第 " in err
    code, out, _ = run(str(data), "--json")
    found = msgspec.json.decode(out, type=Verification)
    assert code == 1
    assert found.first_bad is not None
    assert found.first_bad.stream == f"account:{ONE}"


def test_heads_written_down_elsewhere_are_compared(data: Path) -> None:
    _, out, _ = run(str(data), "--json")
    heads = data / "heads.json"
    heads.write_text(out, encoding="utf-8")
    assert run(str(data), "--heads", str(heads))[0] == 0
    for left in data.glob(f"{JOURNAL_FILE}*"):
        left.unlink()
    with closing(SqliteJournal(data, TENANT)) as journal:
        World(journal)
    code, out, _ = run(str(data), "--heads", str(heads))
    assert code == 1
    assert "截断" in out
