"""The unit of an account is told from the command line; what is wrong with it is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.commands.main import USER_ERROR, main


@pytest.mark.parametrize(("name", "why"), [("长" * 41, "最多 40 个字"), ("套保部", "没有 journal.db")])
def test_a_unit_that_cannot_be_told_is_one_sentence(
    name: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["unit", "A1", name, "--data", str(tmp_path)]) == USER_ERROR
    said = capsys.readouterr()
    assert why in said.err
    assert said.out == ""
