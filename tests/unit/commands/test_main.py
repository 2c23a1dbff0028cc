from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

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
    "given", [["doctor", "--data", ""], ["doctor", "--data", " "], ["doctor", "--data="], ["scan", "--data", "x", ""]]
)
def test_an_option_with_an_empty_value_is_refused_and_named(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(given) == main.USER_ERROR
    assert f"{given[-1].strip() or given[-2]} 后面是空的" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["kept until the end", "written at once"])
def test_a_full_disk_under_standard_output_is_one_sentence(unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        code, said = _printed("print('a')", full, unbuffered)
    assert code == main.USER_ERROR
    assert said.startswith("hengduo: 标准输出写不进去（")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("print('a')", 0),
        ("print('a'); raise SystemExit(1)", 1),
        ("print('a' * 99_999); print('b' * 99_999)", main.CUT_SHORT),
        ("print('a', flush=True)", main.CUT_SHORT),
    ],
)
def test_a_reader_that_has_gone_is_no_fault_no_verdict_and_no_traceback(line: str, code: int) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as gone:
        assert _printed(line, gone, "") == (code, "")


def _handing_in(folder: Path, before: str = "", then: str = "None") -> str:
    """Return the line that hands in what was written earlier; a `given` in the folder says that it did."""
    kept = folder / "rounds.json"
    named = dict.fromkeys(("program", "market", "tape_sha256", "plan_sha256", "tables_sha256"), "x")
    kept.write_text(json.dumps({**named, "strategies": [], "rounds": []}), encoding="utf-8")
    return (
        f"from pathlib import Path; import terminal.commands.sandbox as verb; {before}"
        f"verb._hand_in = lambda *_: Path({str(folder / 'given')!r}).touch() or {then} or ['已登记。']; "
        f"verb.sandbox(result=Path({str(kept)!r}), hand_in=True, data=Path('x'))"
    )


def test_rounds_whose_reader_has_gone_are_handed_in_all_the_same_and_the_answer_is_seen(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as gone:
        assert _printed(_handing_in(tmp_path), gone, "") == (main.CUT_SHORT, "运行器：已登记。\n")
    assert (tmp_path / "given").exists()


def test_a_reader_that_leaves_before_the_answer_does_not_take_it_with_him(tmp_path: Path) -> None:
    leaves = "import os; reads, writes = os.pipe(); os.dup2(writes, 1); os.close(writes); "
    with Path(os.devnull).open("wb") as nowhere:
        code, said = _printed(_handing_in(tmp_path, leaves, then="os.close(reads)"), nowhere, "")
    assert (code, said) == (main.CUT_SHORT, "运行器：已登记。\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
def test_rounds_whose_result_the_disk_refuses_are_not_handed_in(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        code, said = _printed(_handing_in(tmp_path), full, "")
    assert code == main.USER_ERROR
    assert "标准输出写不进去" in said
    assert not (tmp_path / "given").exists()


def test_rounds_are_not_handed_in_once_somebody_has_interrupted(tmp_path: Path) -> None:
    line = _handing_in(tmp_path, "import signal; verb._lines = lambda _: signal.raise_signal(signal.SIGINT); ")
    with Path(os.devnull).open("wb") as nowhere:
        assert _printed(line, nowhere, "") == (main.INTERRUPTED, "")
    assert not (tmp_path / "given").exists()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("print('a', file=sys.stderr)", main.CUT_SHORT),
        ("from terminal.domain.errors import UserError; raise UserError('x')", main.USER_ERROR),
    ],
)
def test_a_reader_of_complaints_that_has_gone_is_no_traceback(line: str, code: int) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as gone:
        done = subprocess.run(_printing(line), stdout=subprocess.PIPE, stderr=gone, check=False)
    assert (done.returncode, done.stdout) == (code, b"\n" if code == main.CUT_SHORT else b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
def test_a_full_disk_under_standard_error_changes_no_code() -> None:
    line = "from terminal.domain.errors import UserError; raise UserError('x')"
    with Path("/dev/full").open("wb") as full:
        assert subprocess.run(_printing(line), stderr=full, check=False).returncode == main.USER_ERROR


def test_another_pipe_that_breaks_is_still_an_error_of_this_program() -> None:
    with Path(os.devnull).open("wb") as nowhere:
        code, said = _printed("raise BrokenPipeError(32, 'not ours')", nowhere, "")
    assert code == 1
    assert "BrokenPipeError" in said


def _printed(line: str, to: IO[bytes], unbuffered: str) -> tuple[int, str]:
    """Carry out, in a process of its own, a command line whose verb does one thing; its code and what it complained."""
    done = subprocess.run(
        _printing(line), stdout=to, stderr=subprocess.PIPE, check=False,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )  # fmt: skip
    return done.returncode, done.stderr.decode()


def _printing(line: str) -> list[str]:
    code = f"""
import sys
import terminal.commands.doctor as verb
def doctor():
    {line}
verb.doctor = doctor
from terminal.commands.main import main
sys.exit(main(["doctor"]))
"""
    return [sys.executable, "-c", code]


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
