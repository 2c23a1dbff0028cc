"""Give the command line what it cannot use: one clear sentence, a failing exit, and nothing lost."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from terminal.commands.main import main
from tests import tapes
from tests.e2e import acceptance as a
from tests.e2e import own_market as own
from tests.e2e import recorded as r
from tests.e2e.newer_journal import newer_fact, newer_tables

KIB: Final = 1024
DISK: Final = 1024 * KIB

Saying = tuple[str, ...]


class Ground(NamedTuple):
    """Hold a good tape, a good plan, and a folder in which they were played."""

    tape: Path
    plan: Path
    data: Path


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("ground")
    plan = own.write_plan(
        folder / "plan.toml", own.APPLE, own.order("2020-07-31 09:00:00", "CZCE.AP010", "BUY OPEN", 2, "7010")
    )
    tape = tapes.write_tape(folder / "AP010.csv.gz", tapes.CTP_COLUMNS, tapes.ctp_day("AP010", "20200731", "20200730"))
    assert len(a.play(tape, plan, folder / "data").trades) == 1
    return Ground(tape, plan, folder / "data")


def contents(folder: Path) -> dict[str, str]:
    """Return what every file of a folder holds; locks and SQLite's shared memory hold nothing."""
    passing = ("owner.db", ".lock", "-shm", "-wal")
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.endswith(passing)
    }


# --- tapes ----------------------------------------------------------------------------------------------------------


def good_rows() -> bytes:
    return tapes.tape_bytes(tapes.CTP_COLUMNS, tapes.ctp_day("AP010", "20200731", "20200730"))


def swapped() -> bytes:
    lines = good_rows().splitlines(keepends=True)
    return b"".join([*lines[:3], lines[4], lines[3], *lines[5:]])


def flipped(packed: bytes) -> bytes:
    middle = len(packed) // 2
    return packed[:middle] + bytes([packed[middle] ^ 0x55]) + packed[middle + 1 :]


BAD_TAPES: Final[dict[str, tuple[str, Callable[[], bytes], Saying]]] = {
    "torn in a row": ("x.csv", lambda: good_rows()[:-60], ("第 8 行", "截断")),
    "torn in the last number": ("x.csv", lambda: good_rows()[:-2], ("第 8 行", "截断")),
    "torn before the first quote": ("x.csv", lambda: good_rows().splitlines(keepends=True)[0], ("没有可用的行情",)),
    "empty": ("x.csv", lambda: b"", ("空文件",)),
    "empty when unpacked": ("x.csv.gz", lambda: gzip.compress(b""), ("第 1 行", "不是已知的录制格式")),
    "packed and cut off": ("x.csv.gz", lambda: gzip.compress(good_rows())[:-40], ("损坏或被截断",)),
    "packed and flipped": ("x.csv.gz", lambda: flipped(gzip.compress(good_rows())), ("损坏或被截断",)),
    "unordered": ("x.csv", swapped, ("第 5 行", "时间倒流")),
    "of no known format": ("x.csv", lambda: b"when,what\n1,2\n", ("第 1 行", "不是已知的录制格式")),
    "no text": ("x.csv", lambda: bytes(range(256)) * 8, ("不是 UTF-8 文本",)),
    "a word for a price": (
        "x.csv", lambda: good_rows().replace(b"7001.00", b"dear", 1), ("第 3 行", "“dear”不是数字"),
    ),
    "of an unknown instrument": (
        "x.csv", lambda: good_rows().replace(b"AP010", b"QQ010"), ("第 2 行", "未知合约 QQ010"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_TAPES)
def test_a_bad_tape_is_named_with_its_line_and_the_folder_stays_as_it_was(
    what: str, ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, make, sayings = BAD_TAPES[what]
    bad = tmp_path / name
    bad.write_bytes(make())
    before = contents(ground.data)
    words = ["replay", "--tape", str(bad), "--plan", str(ground.plan), "--data", str(ground.data), "--json"]
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    sentence = a.sentence_of(said.err)
    assert all(word in sentence for word in (str(bad), *sayings)), sentence
    assert contents(ground.data) == before


@pytest.mark.parametrize("where", ["no.csv", "no/folder", "nothing*.csv", "."])
def test_a_tape_that_is_not_there_is_named(where: str, ground: Ground, tmp_path: Path) -> None:
    sentence = a.refused("replay", "--tape", tmp_path / where, "--plan", ground.plan, "--data", tmp_path / "data")
    assert str(tmp_path / where) in sentence
    assert "请" in sentence


def test_prices_that_are_none_are_counted_and_never_traded_on(tmp_path: Path) -> None:
    nothing = ("0.00", "N/A", "", "1.7976931348623157e+308", "-1.00", "nan")
    rows = [tapes.ctp_row("AP010", "20200731", "08:59:00", volume="0")]
    for second, text in enumerate(nothing, start=1):
        rows.append(tapes.ctp_row("AP010", "20200731", f"09:00:{second:02}", last=text, ask=text))
    rows.append(tapes.ctp_row("AP010", "20200731", "09:00:20", volume="101"))
    rows.append(tapes.ctp_row("AP010", "20200731", "09:00:21", last="7001.00", bid="0.00", bid_lots="0", volume="102"))
    tape = tapes.write_tape(tmp_path / "AP010.csv", tapes.CTP_COLUMNS, rows)
    asked = [own.order(f"2020-07-31 09:00:0{second}", "CZCE.AP010", "BUY OPEN", 1, "7002") for second in range(1, 7)]
    resting = own.order("2020-07-31 09:00:20", "CZCE.AP010", "SELL OPEN", 1, "6999")
    plan = own.write_plan(tmp_path / "plan.toml", own.APPLE, *asked, resting)
    played = a.play(tape, plan, tmp_path / "data")
    assert played.summary.absent | {"bid": 1, "ask": len(nothing), "last": len(nothing)} == played.summary.absent
    assert played.summary.refused == {"NO_REFERENCE_PRICE": len(nothing)}
    assert [(trade.side, str(trade.price)) for trade in played.trades] == [("SELL", "6999")]
    assert r.clock(played.trades[0].at) == "2020-07-31 09:00:20"


# --- plans ----------------------------------------------------------------------------------------------------------

BAD_PLANS: Final[dict[str, tuple[str, str, Saying]]] = {
    "negative lots": ("lots = 2", "lots = -2", ("手数应为正整数", "-2")),
    "no lots": ("lots = 2", "lots = 0", ("手数应为正整数",)),
    "lots in words": ("lots = 2", 'lots = "two"', ("lots 应为整数",)),
    "an unknown key": ("lots = 2", "lotz = 2", ("不认识的键 lotz", "lots")),
    "an unknown key at the top": ("seed = 7", "seed = 7\nspeed = 9", ("不认识的键 speed",)),
    "an unknown table": ("[limits]", "[limit]\n[limits]", ("不认识的键 limit",)),
    "an unknown instrument": ('instrument = "CZCE.AP010"', 'instrument = "CZCE.QQ010"', ("未知合约 QQ010",)),
    "terms of an unknown instrument": ('id = "CZCE.AP010"', 'id = "CZCE.QQ010"', ("未知合约 QQ010", "multiplier")),
    "an unknown account": ('account = "A"', 'account = "B"', ("没有账户 B",)),
    "an unknown person": ('by = "trader"', 'by = "nobody"', ("没有人员 nobody",)),
    "a negative limit": ("position_lots = 40", "position_lots = -40", ("不能为负", "-40")),
    "no such day": ("2020-07-31", "2020-07-32", ("没有 2020-07-32 这一天",)),
    "no TOML": ("lots = 2", "lots = = 2", ("不合 TOML 语法",)),
    "a key twice": ("lots = 2", "lots = 2\nlots = 3", ("写了两次",)),
}


@pytest.mark.parametrize("what", BAD_PLANS)
def test_a_bad_plan_is_named_with_its_line_and_the_folder_stays_as_it_was(
    what: str, ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, wrong, sayings = BAD_PLANS[what]
    text = ground.plan.read_text(encoding="utf-8")
    assert good in text
    plan = tmp_path / "plan.toml"
    plan.write_text(text.replace(good, wrong, 1), encoding="utf-8")
    # The line is where the wrong text ends: of a key written twice, the second.
    line = text[: text.index(good)].count("\n") + 1 + (wrong.count("\n") if "limit]" not in wrong else 0)
    before = contents(ground.data)
    words = ["replay", "--tape", str(ground.tape), "--plan", str(plan), "--data", str(ground.data), "--json"]
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    sentence = a.sentence_of(said.err)
    assert all(word in sentence for word in (f"{plan} 第 {line} 行", *sayings)), sentence
    assert contents(ground.data) == before


def test_a_plan_that_cannot_be_read_is_named(ground: Ground, tmp_path: Path) -> None:
    for bad in (tmp_path / "no.toml", tmp_path):
        sentence = a.refused("replay", "--tape", ground.tape, "--plan", bad, "--data", tmp_path / "data")
        assert f"读不到方案 {bad}" in sentence


def test_a_strategy_on_an_instrument_that_the_tape_lacks_is_refused_and_said(ground: Ground, tmp_path: Path) -> None:
    absent = own.GRID.replace("CZCE.AP010", "CZCE.AP101").replace('id = "grid"', 'id = "absent"')
    plan = own.write_plan(tmp_path / "plan.toml", own.APPLE, own.GRID, absent)
    played = a.play(ground.tape, plan, tmp_path / "data")
    (refused,) = [done.body["sentence"] for done in played.of("command_done") if not done.body["ok"]]
    assert "CZCE.AP101" in refused


def test_a_tape_with_none_of_the_plans_instruments_is_not_played(ground: Ground, tmp_path: Path) -> None:
    grid = own.GRID.replace("CZCE.AP010", "CZCE.AP101")
    plan = own.write_plan(tmp_path / "plan.toml", own.APPLE, grid)
    sentence = a.refused("replay", "--tape", ground.tape, "--plan", plan, "--data", tmp_path / "data")
    assert "方案用到 CZCE.AP101；行情里有 CZCE.AP010。" in sentence


def test_a_spread_on_an_instrument_that_the_tape_lacks_is_one_sentence(ground: Ground, tmp_path: Path) -> None:
    spread = '\n[[spread]]\nname = "far"\nlegs = [["CZCE.AP101", 1, 1], ["CZCE.AP010", -1, -1]]\n'
    plan = own.write_plan(tmp_path / "plan.toml", own.APPLE, spread)
    sentence = a.refused("replay", "--tape", ground.tape, "--plan", plan, "--data", tmp_path / "data")
    assert "far" in sentence
    assert "CZCE.AP101" in sentence


# --- places ---------------------------------------------------------------------------------------------------------


def test_folders_and_files_that_cannot_be_used_are_named_before_anything_is_played(
    ground: Ground, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    start = ("replay", "--tape", ground.tape, "--plan", ground.plan)
    for data in (file, file / "below"):
        assert f"--data 不能用作目录：{data}：" in a.refused(*start, "--data", data)
    for trades in (tmp_path, tmp_path / "no" / "trades.csv"):
        assert f"--trades {trades}" in a.refused(*start, "--data", tmp_path / "data", "--trades", trades)
    assert not (tmp_path / "data").exists()


def test_an_exchange_that_is_not_there_is_one_sentence(ground: Ground, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        free = taken.getsockname()[1]
    start = ("replay", "--plan", ground.plan, "--data", tmp_path / "data")
    sentence = a.refused(*start, "--exchange", f"127.0.0.1:{free}")
    assert f"连不上交易所 127.0.0.1:{free}" in sentence
    assert "hengduo exchange" in sentence
    for wrong in ("127.0.0.1", "127.0.0.1:70000", ":x"):
        assert f"--exchange {wrong} 应写成" in a.refused(*start, "--exchange", wrong)
    assert "没有行情" in a.refused(*start)


def test_a_port_in_use_is_one_sentence(ground: Ground, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        sentence = a.refused(
            "exchange",
            "--data",
            tmp_path,
            "--listen",
            where,
            "--market",
            f"replay:{ground.tape}",
            "--plan",
            ground.plan,
        )
    assert f"端口 {where} 已被占用" in sentence


def test_a_folder_of_another_market_or_house_is_refused_untouched(ground: Ground, tmp_path: Path) -> None:
    before = contents(ground.data)
    other = own.wave_tape(tmp_path / "other.csv.gz", seconds=60)
    assert "请换一个 --data 目录" in a.refused("replay", "--tape", other, "--plan", ground.plan, "--data", ground.data)
    plan = tmp_path / "plan.toml"
    plan.write_text(ground.plan.read_text(encoding="utf-8").replace('"OWN"', '"OTHER"'), encoding="utf-8")
    sentence = a.refused("replay", "--tape", ground.tape, "--plan", plan, "--data", ground.data)
    assert "属于 OWN，不属于 OTHER" in sentence
    after = contents(ground.data)
    assert {name: after[name] for name in before if not name.startswith("tape")} == {
        name: text for name, text in before.items() if not name.startswith("tape")
    }


# --- the journal ----------------------------------------------------------------------------------------------------


@pytest.fixture
def copy(ground: Ground, tmp_path: Path) -> Path:
    return shutil.copytree(ground.data, tmp_path / "copy")


def test_a_flipped_byte_of_the_journal_is_found_named_and_not_traded_on(ground: Ground, copy: Path) -> None:
    journal = copy / "journal.db"
    stored = bytearray(journal.read_bytes())
    place = stored.index(b'"price":"7002"') + 11
    stored[place] ^= 1  # 7002 becomes 7003 in the fill
    journal.write_bytes(stored)
    judged = a.hengduo("verify", copy)
    assert judged.returncode == 1
    named = a.sentence_of(judged.stderr, who="hengduo verify: ")
    assert "流 account:A 第" in named
    assert "损坏" in named
    assert a.refused("replay", "--tape", ground.tape, "--plan", ground.plan, "--data", copy) == named
    assert journal.read_bytes() == bytes(stored), "it is kept as evidence"


def test_a_journal_of_a_newer_program_is_refused_untouched(ground: Ground, copy: Path) -> None:
    newer_tables(copy / "journal.db")
    before = contents(copy)
    sentence = a.refused("replay", "--tape", ground.tape, "--plan", ground.plan, "--data", copy)
    assert "由更新的程序写成" in sentence
    assert "请升级" in sentence
    assert "更新的程序" in a.refused("verify", copy)
    assert contents(copy) == before


def test_a_fact_of_a_newer_program_stops_trading_but_not_the_verifier(ground: Ground, copy: Path) -> None:
    position = newer_fact(copy / "journal.db")
    sentence = a.refused("replay", "--tape", ground.tape, "--plan", ground.plan, "--data", copy)
    assert f"第 {position} 条" in sentence
    assert "margin_called" in sentence
    assert "新版本" in sentence
    judged = a.hengduo("verify", copy)
    assert judged.returncode == 0, judged.stderr
    assert "margin_called" in judged.stdout


def test_books_of_the_exchange_that_are_no_books_are_one_sentence(ground: Ground, copy: Path) -> None:
    (copy / "exchange" / "exchange.db").write_bytes(b"no database" * 1000)
    sentence = a.refused("replay", "--tape", ground.tape, "--plan", ground.plan, "--data", copy)
    assert "exchange.db" in sentence
