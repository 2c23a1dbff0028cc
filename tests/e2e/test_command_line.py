from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import terminal
from terminal.commands import doctor


def run(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=60, check=False, cwd=cwd)


def test_the_version_is_printed_without_opening_a_desk() -> None:
    ended = run("-m", "terminal", "--version")
    assert (ended.returncode, ended.stdout) == (0, f"hengduo {terminal.__version__}\n"), ended.stderr


def test_an_unknown_verb_ends_with_code_two_and_names_it() -> None:
    ended = run("-m", "terminal", "dcotor")
    assert ended.returncode == 2
    assert "dcotor" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", ["../x", "", "..", "a/b", "x" * 65])
def test_a_person_whose_name_is_a_path_is_refused_before_any_folder_is_made(name: str, tmp_path: Path) -> None:
    ended = run("-m", "terminal", "run", "--data", str(tmp_path), "--profile", name)
    assert ended.returncode == 2
    assert ("请改 --profile" if name else "--profile 后面是空的") in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_starts_without_the_heavy_packages() -> None:
    heavy = "{'numpy', 'pandas', 'pyqtgraph', 'PySide6', 'sqlalchemy', 'asyncio', 'typer', 'pydantic', 'QuantLib'}"
    way = "terminal.commands.main, terminal.commands.desk, terminal.runner.starting"  # to the start of the runner
    ended = run("-c", f"import sys, {way}; print(sorted({heavy} & set(sys.modules)))")
    assert ended.stdout.strip() == "[]", ended.stdout + ended.stderr


def test_the_doctor_runs_from_its_file_alone_with_the_standard_library(tmp_path: Path) -> None:
    alone = shutil.copy(doctor.__file__, tmp_path / "doctor.py")
    ended = run("-I", "-S", str(alone), "--json", cwd=tmp_path)
    assert ended.stderr == ""
    answer = json.loads(ended.stdout)
    assert ended.returncode == (0 if answer["ok"] else 1)
    assert "Python" in {finding["name"] for finding in answer["findings"]}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the libraries are Linux libraries")
def test_the_doctor_inside_the_environment_finds_its_packages_and_what_qt_needs() -> None:
    ended = run("-m", "terminal", "doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(ended.stdout)["findings"]}
    assert findings["依赖包"]["status"] == "fine"
    assert findings["Qt 系统库"]["status"] == "fine"
