from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from terminal.engine.records.journal import JournalError
from terminal.store.journal import JOURNAL_FILE, SqliteJournal
from terminal.store.verify import verify
from tests.contract import journal_facts as make
from tests.e2e.journal_kills import Summary

ROOT = Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="these tests kill forked writers and mount disks")


def test_a_hundred_kills_lose_no_acknowledged_turn_and_tear_none(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.e2e.journal_kills", str(tmp_path), "100", "20200821"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found = msgspec.json.decode(done.stdout, type=Summary)
    assert (found.rounds, found.lost, found.torn) == (100, 0, 0)
    assert found.killed_while_writing >= 50
    assert found.stored >= found.acknowledged > 100
    judged = verify(tmp_path)
    assert judged.ok, judged.sentence
    assert judged.orders == found.stored


def test_another_process_is_refused_and_the_lock_ends_with_its_owner(tmp_path: Path) -> None:
    text = (
        "import sys; from pathlib import Path; from terminal.store.journal import SqliteJournal\n"
        "SqliteJournal(Path(sys.argv[1]), 'house')"
    )
    program = [sys.executable, "-c", text, str(tmp_path)]
    with closing(SqliteJournal(tmp_path, make.TENANT)):
        refused = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert f"正由进程 {os.getpid()} 使用" in refused.stderr
    assert subprocess.run(program, cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=False)


def fill_up(journal: SqliteJournal) -> None:
    for number in range(1, 5_000):
        make.say(journal, make.recorded(number), make.sent(number), make.filled(number, number), batch=number)


def test_a_full_disk_is_one_sentence_and_nothing_acknowledged_is_lost(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(512 * 1024))
    with closing(SqliteJournal(small_disk, make.TENANT)) as journal:
        with pytest.raises(JournalError, match=r"交易停止.*磁盘.*已满.*腾出空间"):
            fill_up(journal)
        turns = journal.cursor()
        assert turns is not None
    filler.unlink()
    assert verify(small_disk).ok
    with closing(SqliteJournal(small_disk, make.TENANT)) as journal:
        assert journal.cursor() == turns
        assert len(list(journal.replay())) == 3 * turns
        make.say(journal, make.recorded(turns + 1))


def test_a_disk_with_no_room_for_a_journal_is_one_sentence(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(1020 * 1024))
    with pytest.raises(JournalError, match="满"):
        SqliteJournal(small_disk, make.TENANT)


def test_a_read_only_disk_is_one_sentence_but_can_be_verified(small_disk: Path) -> None:
    with closing(SqliteJournal(small_disk, make.TENANT)) as journal:
        make.a_small_day(journal)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(JournalError, match=r"只读"):
        SqliteJournal(small_disk, make.TENANT)
    assert verify(small_disk).ok


def test_a_disk_error_while_writing_is_one_sentence_and_the_journal_stays_valid(tmp_path: Path) -> None:
    # A limit on the size of a file stands for a disk that refuses: writes beyond it fail in the middle of a turn.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        make.say(journal, make.recorded(1_000_000))
        log = (tmp_path / f"{JOURNAL_FILE}-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (log + 100_000, hard))
        try:
            with pytest.raises(JournalError, match="交易停止"):
                fill_up(journal)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        turns = journal.cursor()
        assert turns is not None
        with pytest.raises(JournalError, match="没有完成"):
            make.say(journal, make.recorded(1_000_001))
    assert verify(tmp_path).ok
    with closing(SqliteJournal(tmp_path, make.TENANT)) as journal:
        assert journal.cursor() in (turns, turns + 1)  # the turn that failed may have reached the disk, whole
