"""Run out of disk: one clear sentence, a failing exit, and with room again the same folder goes on."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pytest

from tests.e2e import acceptance as a
from tests.e2e import own_market as own

KIB: Final = 1024
DISK: Final = 1024 * KIB


class Wave(NamedTuple):
    """Hold a tape that swings and a plan that trades on it."""

    tape: Path
    plan: Path


@pytest.fixture(scope="module")
def wave(tmp_path_factory: pytest.TempPathFactory) -> Wave:
    folder = tmp_path_factory.mktemp("wave")
    tape = own.wave_tape(folder / "AP010.csv.gz", seconds=240)
    plan = own.write_plan(folder / "plan.toml", own.APPLE, own.GRID)
    return Wave(tape, plan)


def go_on(wave: Wave, data: Path) -> a.Played:
    """Play a stopped folder to its end; everything must agree, and what was recorded must still be there."""
    stopped = a.journal_rows(data) if (data / "journal.db").exists() else []
    if stopped:
        assert a.verify(data).orphans == 0
    played = a.play(wave.tape, wave.plan, data)
    assert played.rows[: len(stopped)] == stopped
    assert len(played.trades) > 50
    for check in (a.judge_exchange, a.judge_positions, a.judge_lines, a.judge_rates):
        check(played)
    assert a.verify(data).orphans == 0
    assert played.summary.unknown_orders == 0
    return played


def broken_disk(which: str, pages: int) -> list[str]:
    """Return a command line whose journal, or whose exchange's books, may have this many pages."""
    return [sys.executable, str(a.ROOT / "tests" / "e2e" / "broken_disk.py"), which, str(pages)]


@pytest.mark.parametrize(("which", "pages"), [("journal", 40), ("exchange", 25)])
def test_a_file_that_may_not_grow_stops_the_run_and_goes_on_when_it_may(
    which: str, pages: int, wave: Wave, tmp_path: Path
) -> None:
    words = ["replay", "--tape", str(wave.tape), "--plan", str(wave.plan), "--data", str(tmp_path / "data"), "--json"]
    done = subprocess.run(
        [*broken_disk(which, pages), *words], cwd=a.ROOT, env=a.environment(), capture_output=True, text=True,
        timeout=a.PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    sentence = a.sentence_of(done.stderr)
    assert f"{which}.db" in sentence
    assert "已满" in sentence, sentence
    assert "请" in sentence
    go_on(wave, tmp_path / "data")


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        words, cwd=a.ROOT, env=a.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_an_exchange_without_room_ends_and_the_runner_finds_its_successor(wave: Wave, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
    data = tmp_path / "data"
    market = ["--data", str(data / "exchange"), "--listen", where, "--market", f"replay:{wave.tape}"]
    words = ["exchange", *market, "--plan", str(wave.plan), "--json"]
    replay = a.command("replay", "--exchange", where, "--plan", wave.plan, "--data", data, "--json")
    with start(*broken_disk("exchange", 25), *words) as first:
        assert first.stdout is not None
        assert where in first.stdout.readline()
        with start(*replay) as runner:
            _, complained = first.communicate(timeout=a.PATIENCE)
            assert first.returncode == 2
            assert "exchange.db" in a.sentence_of(complained)
            with start(*a.command(*words)) as second:
                said, complained = runner.communicate(timeout=a.PATIENCE)
                second.terminate()
                second.communicate(timeout=a.PATIENCE)
    assert runner.returncode == 0, complained
    summary = msgspec.json.decode(said, type=a.Summary)
    played = a.Played(summary, [], a.journal_rows(data), data)
    assert len(played.of("link_lost")) == 2, "the start, and the end of the first exchange"
    assert summary.fills > 50
    a.judge_exchange(played)
    a.judge_lines(played)
    assert a.verify(data).orphans == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here (it needs root)")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=False)


def fill(disk: Path, *, leave: int) -> Path:
    """Leave this many bytes of a small disk."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    filler.write_bytes(bytes(free.f_bavail * free.f_frsize - leave))
    return filler


PARTS: Final = {  # what lies on the small disk, how much room it has, and the words of the sentence
    "journal": (300 * KIB, "日志写不进去，交易停止"),
    "exchange": (150 * KIB, "exchange.db"),
    "tape": (8 * KIB, "行情带写不进"),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_full_disk_is_one_sentence_and_with_room_again_the_run_goes_on(
    part: str, wave: Wave, small_disk: Path, tmp_path: Path
) -> None:
    room, words = PARTS[part]
    data = tmp_path / "data"
    if part == "journal":
        data = small_disk / "data"
        data.mkdir()
        for other in ("exchange", "tape"):
            (tmp_path / other).mkdir()
            (data / other).symlink_to(tmp_path / other)
    else:
        data.mkdir()
        (small_disk / part).mkdir()
        (data / part).symlink_to(small_disk / part)
    filler = fill(small_disk, leave=room)
    sentence = a.refused("replay", "--tape", wave.tape, "--plan", wave.plan, "--data", data, "--json")
    assert words in sentence
    assert "请" in sentence
    filler.unlink()
    subprocess.run(["mount", "-o", f"remount,size={8 * DISK}", str(small_disk)], check=True)
    go_on(wave, data)


def test_a_table_of_fills_that_finds_no_room_is_written_the_next_time(
    wave: Wave, small_disk: Path, tmp_path: Path
) -> None:
    filler = fill(small_disk, leave=4 * KIB)
    trades = small_disk / "trades.csv"
    words = ("replay", "--tape", wave.tape, "--plan", wave.plan, "--data", tmp_path / "data", "--trades", trades)
    done = a.hengduo(*words, "--json")
    assert done.returncode == 2, done.stderr
    assert msgspec.json.decode(done.stdout, type=a.Summary).fills > 50, "the summary is not lost with the table"
    sentence = a.sentence_of(done.stderr)
    assert f"成交表写不成：{trades}：磁盘已满。请腾出空间后再运行一次。成交都在日志里" in sentence
    assert [file.name for file in small_disk.iterdir()] == ["filler"], "no half of a table is left"
    filler.unlink()
    assert a.hengduo(*words).returncode == 0
    assert len(a.read_trades(trades)) > 50
