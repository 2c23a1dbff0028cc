from __future__ import annotations

import errno
from pathlib import Path

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
