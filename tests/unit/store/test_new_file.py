from __future__ import annotations

import errno
import os
from pathlib import Path
from stat import S_IMODE

import pytest

from terminal.domain.errors import UserError
from terminal.store.new_file import must_be_free, new_file, replace_all


def test_a_file_that_stands_is_refused_before_and_after_the_work(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text("mine")
    with pytest.raises(UserError, match=r"--out .*plan\.toml：这个名字已有，不覆盖它，请换一个文件名。"):
        must_be_free("--out", plan)
    with pytest.raises(UserError, match="这个名字已有"), new_file("结果写不成", plan) as partial:
        partial.write_text("theirs")
    assert plan.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [plan]


def test_a_link_that_leads_nowhere_is_taken_too(tmp_path: Path) -> None:
    link = tmp_path / "out.json"
    link.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(UserError, match="这个名字已有"):
        must_be_free("--out", link)


def test_a_folder_that_is_not_there_is_named_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--csv .*：没有文件夹 .*nowhere，请先建好"):
        must_be_free("--csv", tmp_path / "nowhere" / "days.csv")


def test_asking_leaves_nothing_behind(tmp_path: Path) -> None:
    must_be_free("--csv", tmp_path / "days.csv")
    assert list(tmp_path.iterdir()) == []


def test_work_that_breaks_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), new_file("结果写不成", tmp_path / "days.csv") as partial:  # noqa: PT012 — the block is what is tested
        partial.write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_files_that_belong_together_are_replaced_all_or_none(tmp_path: Path) -> None:
    replace_all(tmp_path, {"report.html": b"old", "trades.csv": b"old"})
    (tmp_path / "report.json").mkdir()
    with pytest.raises(UserError, match=r"写不进去：.*report\.json：这里要的是文件，已有同名的目录"):
        replace_all(tmp_path, {"report.html": b"new", "report.json": b"new", "trades.csv": b"new"})
    assert (tmp_path / "report.html").read_bytes() == b"old"
    assert (tmp_path / "trades.csv").read_bytes() == b"old"
    (tmp_path / "report.json").rmdir()
    replace_all(tmp_path, {"report.html": b"new", "report.json": b"new", "trades.csv": b"new"})
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {
        "report.html": b"new", "report.json": b"new", "trades.csv": b"new",
    }  # fmt: skip


def test_a_file_of_the_user_beside_it_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "days.csv.part"
    mine.write_text("a download that is under way")
    must_be_free("--csv", tmp_path / "days.csv")
    with new_file("结果写不成", tmp_path / "days.csv") as partial:
        partial.write_text("rows")
    assert mine.read_text() == "a download that is under way"
    assert sorted(tmp_path.iterdir()) == [tmp_path / "days.csv", mine]


def test_two_that_write_the_same_name_do_not_spoil_each_other(tmp_path: Path) -> None:
    days = tmp_path / "days.csv"
    with new_file("结果写不成", days) as first:
        first.write_text("first")
        must_be_free("--csv", days)
        with pytest.raises(UserError, match="这个名字已有"), new_file("结果写不成", days) as second:  # noqa: PT012 — the block is what is tested
            second.write_text("second")
            days.write_text("somebody else's")
        days.unlink()
    assert days.read_text() == "first"
    assert list(tmp_path.iterdir()) == [days]


def test_a_report_that_is_open_elsewhere_brings_the_others_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_all(tmp_path, {"report.html": b"old", "trades.csv": b"old"})
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        # As Windows refuses to replace a table that a spreadsheet has open.
        if target.name == "trades.csv":
            raise PermissionError(errno.EACCES, "", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UserError, match=r"写不进去：.*trades\.csv：没有权限。请检查目录的权限，或换一个目录。"):
        replace_all(tmp_path, {"new.json": b"new", "report.html": b"new", "trades.csv": b"new"})
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"report.html": b"old", "trades.csv": b"old"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
@pytest.mark.parametrize(("mask", "rights"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_a_new_file_has_the_rights_of_any_new_file(tmp_path: Path, mask: int, rights: int) -> None:
    before = os.umask(mask)
    try:
        with new_file("结果写不成", tmp_path / "days.csv") as partial:
            partial.write_text("rows")
        replace_all(tmp_path, {"report.html": b"new"})
    finally:
        os.umask(before)
    assert {one.name: S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {
        "days.csv": rights, "report.html": rights,
    }  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
@pytest.mark.parametrize("rights", [0o600, 0o640, 0o664, 0o444])
def test_a_file_that_is_replaced_keeps_its_rights(tmp_path: Path, rights: int, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report.html"
    report.write_bytes(b"old")
    report.chmod(rights)
    replace_all(tmp_path, {"report.html": b"new"})
    assert (report.read_bytes(), S_IMODE(report.stat().st_mode)) == (b"new", rights)

    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if target.name == "trades.csv":
            raise PermissionError(errno.EACCES, "", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UserError, match="写不进去"):
        replace_all(tmp_path, {"report.html": b"newer", "trades.csv": b"newer"})
    assert (report.read_bytes(), S_IMODE(report.stat().st_mode)) == (b"new", rights)


def test_a_report_that_is_a_link_is_written_where_it_leads(tmp_path: Path) -> None:
    folder, shared = tmp_path / "report", tmp_path / "shared"
    folder.mkdir()
    shared.mkdir()
    (shared / "page.html").write_bytes(b"old")
    (folder / "report.html").symlink_to(shared / "page.html")
    (folder / "trades.csv").symlink_to(shared / "not yet.csv")
    replace_all(folder, {"report.html": b"new", "trades.csv": b"new"})
    assert {one.name: one.read_bytes() for one in shared.iterdir()} == {"page.html": b"new", "not yet.csv": b"new"}
    assert (folder / "report.html").is_symlink()
    # And one that leads to itself is refused.
    (folder / "report.json").symlink_to(folder / "report.json")
    with pytest.raises(UserError, match=r"report\.json：符号链接绕成了圈。"):
        replace_all(folder, {"report.json": b"new"})
    (folder / "report.json").unlink()
    assert sorted(one.name for one in folder.iterdir()) == ["report.html", "trades.csv"]


def test_a_name_too_long_is_refused_in_a_sentence_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--csv 写不成：.*：路径太长。请换一个较短的文件名或目录。"):
        must_be_free("--csv", tmp_path / ("沙盘" * 60 + ".csv"))
    with pytest.raises(UserError, match=r"--csv 写不成：.*：路径太长。"):
        must_be_free("--csv", tmp_path / ("沙盘" * 60) / "days.csv")


@pytest.mark.parametrize("asked", ["exists", "is_dir"])
def test_a_folder_that_may_not_be_entered_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    def refuse(self: Path, **_: object) -> bool:
        # As the system refuses anybody but the administrator, whom tests may run as.
        raise PermissionError(errno.EACCES, "", str(self))

    monkeypatch.setattr(Path, asked, refuse)
    with pytest.raises(UserError, match=r"--csv 写不成：.*days\.csv：没有权限。"):
        must_be_free("--csv", tmp_path / "days.csv")
