from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal import __main__ as entry
from terminal.commands import main
from terminal.domain.errors import UserError


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ([], ["run"]),
        (["--market", "sample"], ["run", "--market", "sample"]),
        (["doctor", "--json"], ["doctor", "--json"]),
        (["--help"], ["--help"]),
        (["--version"], ["--version"]),
    ],
)
def test_a_line_without_a_verb_means_the_desk(given: list[str], understood: list[str]) -> None:
    assert main.with_verb(given) == understood


def test_a_user_error_is_one_line_on_standard_error_and_code_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def doctor() -> None:
        raise UserError("plan.toml:3: unknown key `lost`; did you mean `lots`?")

    monkeypatch.setattr("terminal.commands.doctor.doctor", doctor)
    assert main.main(["doctor"]) == main.USER_ERROR
    assert capsys.readouterr().err == "hengduo: plan.toml:3: unknown key `lost`; did you mean `lots`?\n"


def test_an_interrupt_ends_with_code_130_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def doctor() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("terminal.commands.doctor.doctor", doctor)
    assert main.main(["doctor"]) == main.INTERRUPTED
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "number"),
    [(None, 0), (0, 0), (3, 3), ("what is wrong", 1)],
    ids=["none", "zero", "three", "text"],
)
def test_an_exit_becomes_the_number_the_process_ends_with(code: int | str | None, number: int) -> None:
    assert main.exit_code(SystemExit(code)) == number


@pytest.mark.parametrize("given", [[], ["run"]])
def test_a_line_with_nothing_to_parse_is_not_parsed(given: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_desk() -> int:
        opened.append("desk")
        return 3

    monkeypatch.setattr("terminal.commands.desk.open_desk", open_desk)
    monkeypatch.setattr("terminal.commands.verbs.assemble", lambda names: pytest.fail("nothing was to be parsed"))
    assert main.main(given) == 3
    assert opened == ["desk"]


@pytest.fixture
def open_mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_mask")
def test_what_any_verb_writes_is_nobody_elses_business(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def write(_: object) -> int:
        (tmp_path / "written").touch()
        return 3

    monkeypatch.setattr(main, "main", write)
    with pytest.raises(SystemExit) as end:
        entry.main()
    assert end.value.code == 3
    assert stat.S_IMODE((tmp_path / "written").stat().st_mode) == 0o600
