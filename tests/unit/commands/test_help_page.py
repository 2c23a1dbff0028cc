from __future__ import annotations

import re

import pytest

from terminal.commands import main
from terminal.commands.help_page import NEVER_FIRST, WIDEST, wrapped
from terminal.commands.verbs import MORE, SAID, VERBS
from terminal.domain.words.columns_text import width

CHINESE = re.compile("[一-鿿]")


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")


def test_every_verb_says_what_it_does() -> None:
    assert list(SAID) == list(VERBS)
    assert set(MORE) <= set(VERBS)


@pytest.mark.parametrize("verb", [[], *([verb] for verb in VERBS)], ids=lambda verb: "".join(verb) or "none")
def test_a_page_of_help_is_chinese_and_stands_straight(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([*verb, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(" ".join(["用法：hengduo", *verb]))
    assert max(map(width, lines)) <= WIDEST
    headings = [line for line in lines if line and not line.startswith(" ")][1:]
    assert set(headings) <= {"参数：", "选项：", "动词：", "一个动词的说明：hengduo 动词 --help"}
    told = [part for line in lines if (part := re.split(r"\s{2,}", line.strip())) and line.startswith("  -")]
    assert [part for part in told if not CHINESE.search(part[-1])] == []


def test_a_line_breaks_between_chinese_letters_and_never_before_a_comma() -> None:
    assert list(wrapped("甲乙丙丁，戊己 one two", 8)) == ["甲乙丙丁，", "戊己 one", "two"]
    assert [line[0] for line in wrapped("一二三，四五六。七八九；" * 4, 6) if line[0] in NEVER_FIRST] == []
