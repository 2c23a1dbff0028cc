"""What keeps the system from making a folder is one sentence in the person's language, with what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.domain.errors import UserError
from terminal.runner.starting import start
from terminal.store.database import trouble
from terminal.store.folder import RESTART, make_folder
from terminal.store.journal import SqliteJournal
from terminal.store.replica import Replica
from tests.contract import journal_facts as make

MAKERS: dict[str, Callable[[Path], object]] = {
    "desk": Replica,
    "journal": lambda folder: SqliteJournal(folder, make.TENANT),
    "runner": lambda folder: start(folder, market="sample", speed=1.0),
    "any": lambda folder: make_folder("目录建不成", folder),
}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    ("code", "what", "remedy"),
    [
        (errno.EROFS, "磁盘是只读的", "换一个可写的目录"),
        (errno.EACCES, "没有权限", "检查目录的权限"),
        (errno.ENOSPC, "磁盘已满", "腾出空间"),
        (errno.ENAMETOOLONG, "路径太长", "较短的目录"),
        (errno.ENODEV, os.strerror(errno.ENODEV), "检查路径"),  # one without words of its own
    ],
)
def test_a_folder_that_cannot_be_made_says_why_and_what_to_do(
    maker: str, code: int, what: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "new"

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), str(folder))

    monkeypatch.setattr(Path, "mkdir", fail)
    with pytest.raises(UserError) as refused:
        MAKERS[maker](folder)
    said = refused.value.message
    assert f"：{folder}：{what}。" in said
    assert remedy in said
    assert "Errno" not in said


@pytest.mark.parametrize(
    ("code", "then"),
    [(errno.EROFS, RESTART), (errno.ENOSPC, RESTART), (errno.EDQUOT, RESTART), (errno.EACCES, ""), (errno.EIO, "")],
)
def test_only_a_program_that_ends_over_a_full_or_locked_disk_is_to_be_started_again(code: int, then: str) -> None:
    told = trouble("本机副本写不进去", Path("replica.db"), OSError(code, os.strerror(code)))
    assert told.message == told.in_place + then == str(told)
    assert RESTART not in told.in_place


def test_the_option_that_named_it_is_the_one_to_change(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UserError) as refused:
        make_folder("--out 不能用作目录", tmp_path / "taken" / "report", "--out")
    assert "（--out）" in refused.value.message
    assert "--data" not in refused.value.message
