from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from terminal.domain.errors import UserError
from terminal.store.reference import load_calendar, load_reference, read_resource, resource_root


def copied(target: Path) -> Path:
    with_source = Path(str(resource_root()))
    for folder in ("calendar", "reference"):
        shutil.copytree(with_source / folder, target / folder)
    return target


def test_the_packaged_tables_load() -> None:
    reference = load_reference()
    assert len(reference.products()) >= 80
    assert reference.calendar.trading_days(20260101, 20261231)


def test_another_root_gives_the_same_reference(tmp_path: Path) -> None:
    root = copied(tmp_path)
    assert load_reference(root=root).products() == load_reference().products()
    assert load_calendar(root=root).sessions == load_calendar().sessions


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "reference" / "fees.csv").unlink()
    with pytest.raises(UserError, match=r"resources/reference/fees\.csv"):
        load_reference(root=root)


def test_a_table_that_is_no_text_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "calendar" / "holidays.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"resources/calendar/holidays\.csv"):
        load_calendar(root=root)


def test_a_wrong_row_is_named_with_file_and_line(tmp_path: Path) -> None:
    root = copied(tmp_path)
    table = root / "reference" / "margins.csv"
    table.write_text(table.read_text(encoding="utf-8") + "DCE.i,2026-01-01,9,,test\n", encoding="utf-8")
    lines = len(table.read_text(encoding="utf-8").splitlines())
    with pytest.raises(UserError, match=rf"resources/reference/margins\.csv 第 {lines} 行：margin_rate"):
        load_reference(root=root)


def test_every_row_names_its_source() -> None:
    for name in ("products", "order_sizes", "margins", "price_limits", "fees", "taxes"):
        text = read_resource(f"reference/{name}.csv")
        assert all(line.rstrip().rpartition(",")[2] for line in text.splitlines() if line[0] != "#")
