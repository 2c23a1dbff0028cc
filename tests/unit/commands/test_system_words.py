"""What the system refuses, and what is no JSON, is said in the person's language: what, where, why."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import msgspec
import pytest

from terminal.commands.main import main
from terminal.domain.errors import UserError
from terminal.domain.words.malformed import json_said
from terminal.domain.words.system import system_said
from terminal.store.verify import read_heads

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("code", [errno.ENOENT, errno.EACCES, errno.EISDIR, errno.EFBIG, errno.ENOSPC, errno.ELOOP])
def test_what_a_person_meets_has_words_of_ours(code: int) -> None:
    said = system_said(OSError(code, os.strerror(code), "a file"))
    assert not any(letter.isascii() and letter.isalpha() for letter in said), said


def test_what_has_none_is_told_in_the_systems_own() -> None:
    assert system_said(OSError(errno.ENODEV, os.strerror(errno.ENODEV))) == os.strerror(errno.ENODEV)
    assert system_said(OSError("nothing but words")) == "nothing but words"
    assert system_said(ValueError("no file at all")) == "no file at all"


@pytest.mark.parametrize(
    "words",
    [
        ("backtest", "--tape", "FOLDER", "--plan", "FOLDER"),
        ("replay", "--tape", "FOLDER", "--plan", "FOLDER", "--data", "FOLDER/data"),
        ("sandbox", "--result", "FOLDER"),
        ("book", "FOLDER"),
    ],
)
def test_a_folder_given_for_a_file_is_refused_without_a_word_of_english(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.replace("FOLDER", str(tmp_path)) for word in words]) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path}" in said
    assert "（这是目录，不是文件）" in said


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"plain text", "第 1 行第 1 个字节处不合 JSON 语法："),
        (b'{\n  "rounds": [,]}', "第 2 行第 14 个字节处不合 JSON 语法："),
        (b'{\n"rounds":', "第 2 行第 10 个字节处不合 JSON 语法："),
        (b"[1]", "内容对不上："),
    ],
)
def test_what_is_no_json_is_told_with_its_place_and_the_librarys_words_behind(raw: bytes, said: str) -> None:
    with pytest.raises(msgspec.DecodeError) as refused:
        msgspec.json.decode(raw, type=dict[str, list[int]])
    assert json_said(raw, refused.value).startswith(said)


def test_a_result_and_a_file_of_heads_that_are_none_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "result.json"
    file.write_bytes(b"plain text")
    assert main(["sandbox", "--result", str(file)]) == 2
    assert f"{file} 不是本程序写的沙盘结果（第 1 行第 1 个字节处不合 JSON 语法：" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"链头文件 .*result\.json 读不出来（第 1 行第 1 个字节处不合 JSON 语法："):
        read_heads(file)
    with pytest.raises(UserError, match=r"链头文件 .* 读不出来（这是目录，不是文件）"):
        read_heads(tmp_path)
