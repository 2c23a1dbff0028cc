"""The page for whoever writes another client names every message and every code that ends a connection."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from terminal.engine import changes
from terminal.risk import limits
from terminal.sync import messages as m

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
FRAMES = sorted({*get_args(m.FromDesk), *get_args(m.FromRunner)}, key=lambda kind: str(kind.__struct_config__.tag))
TAGS = [kind.__struct_config__.tag for kind in FRAMES]


@pytest.mark.parametrize("tag", TAGS)
def test_every_message_is_on_the_page(tag: str) -> None:
    assert re.search(rf"\b{tag}\b", PAGE), f"docs/protocol.md does not name {tag}"


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: str(frame.__struct_config__.tag))
def test_every_field_of_every_message_is_in_its_row(frame: type[m.Frame]) -> None:
    tag = frame.__struct_config__.tag
    (row,) = re.findall(rf"^\| {tag} \|.*$", PAGE, re.MULTILINE)
    own = [name for name in frame.__struct_fields__ if name not in m.Frame.__struct_fields__]
    assert own
    assert [name for name in own if name not in re.findall(r"\w+", row)] == []


def test_every_code_that_ends_a_connection_is_on_the_page() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "terminal" / "sync").glob("*.py"))
    codes = set(re.findall(r'\.close\("([A-Z_]+)"', source)) | set(re.findall(r'_end\(\s*"([A-Z_]+)"', source))
    assert codes
    assert [code for code in sorted(codes) if code not in PAGE] == []


def test_a_snapshot_too_answers_who_asks_for_records() -> None:
    # test_record_lane.py holds the runner to the same three cases.
    (said,) = re.findall(r"接得上时以新一轮的 `EVT` 作答.*?从 0 起。", PAGE, re.DOTALL)
    assert [one for one in ("要了快照", "链头对不上", "落后太多", "`RESET`") if one not in said] == []
    assert "每个 `FETCH_JOURNAL` 都有" not in PAGE


def test_the_page_says_how_much_of_a_conflict_stands_in_its_sentence() -> None:
    assert f"策略最多 {changes.SHOWN} 项，限额最多 {limits.SHOWN} 项" in PAGE
    assert f"限额的一个值最多写 {limits.LONGEST_SHOWN} 个字" in PAGE
    assert "文稿的内容对运行器是不透明的" in PAGE
