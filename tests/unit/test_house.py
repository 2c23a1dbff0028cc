from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent.parent
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS: Final = ("requirements.lock", "requirements-dev.lock")
PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)")
OURS: Final = (
    "terminal",
    "tests",
    "tools",
    "resources",
    "docs",
    ".ci",
    "Makefile",
    "README.md",
    "pyproject.toml",
    *LOCKS,
)

# Which existing rooms each contract of forbidden imports must name.
PURE: Final = {"engine", "strategies", "risk", "hedge", "domain"}
QT: Final = {"widgets", "app"}
ENTRY: Final = {"commands", "__main__", "__init__"}


def requirements(lock: str) -> list[str]:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pins(lock: str) -> set[tuple[str, str]]:
    found = [PIN.match(line) for line in requirements(lock)]
    return {(canonical(match[1]), match[2]) for match in found if match}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def named(dependencies: list[str]) -> set[str]:
    return {canonical(re.split(r"[^A-Za-z0-9._-]", dependency, maxsplit=1)[0]) for dependency in dependencies}


def rooms() -> set[str]:
    return {
        path.stem for path in (ROOT / "terminal").iterdir() if (path / "__init__.py").exists() or path.suffix == ".py"
    }


def sources_of(start: str) -> set[str]:
    contracts: list[dict[str, Any]] = PROJECT["tool"]["importlinter"]["contracts"]
    modules = next(entry["source_modules"] for entry in contracts if entry["name"].startswith(start))
    return {module.split(".")[1] for module in modules}


def sources() -> Iterator[Path]:
    return (ROOT / "terminal").rglob("*.py")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_contains_no_address_and_no_option(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert re.findall(r".*(?:://|index-url|find-links|trusted-host| @ ).*", text) == []
    assert [line for line in requirements(lock) if line.startswith("-")] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_of_a_lock_is_pinned_and_hashed(lock: str) -> None:
    assert requirements(lock)
    assert [line for line in requirements(lock) if not PIN.match(line) or "--hash=sha256:" not in line] == []


def test_every_package_of_the_project_is_in_its_lock() -> None:
    groups = PROJECT["dependency-groups"]
    run = named(PROJECT["project"]["dependencies"]) | named(groups["build"])
    assert run - {name for name, _ in pins("requirements.lock")} == set()
    extras = named([one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra])
    assert (named(groups["dev"]) | extras) - {name for name, _ in pins("requirements-dev.lock")} == set()


def test_the_development_lock_contains_the_run_time_lock_pin_for_pin() -> None:
    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


def test_nothing_of_the_development_group_is_installed_for_the_desk() -> None:
    installed = {name for name, _ in pins("requirements.lock")}
    extras = named([one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra])
    assert (named(PROJECT["dependency-groups"]["dev"]) | extras) & installed == set()


def test_the_oldest_python_is_the_same_everywhere() -> None:
    from terminal.commands.doctor import OLDEST_PYTHON

    oldest = ".".join(str(part) for part in OLDEST_PYTHON)
    assert PROJECT["project"]["requires-python"] == f">={oldest}"
    assert PROJECT["tool"]["mypy"]["python_version"] == oldest
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"


def test_every_ignored_rule_gives_its_reason_on_its_line() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.split("[tool.ruff.lint]")[1].split("[tool.ruff.lint.flake8-tidy-imports]")[0]
    codes = re.findall(r'^    "[A-Z]+[0-9]*",.*$', section, flags=re.MULTILINE)
    assert codes
    assert [line for line in codes if not re.search(r"# \S+ \S+", line)] == []


def test_every_existing_room_stands_in_the_contracts_that_concern_it() -> None:
    existing = rooms() - ENTRY
    assert existing - QT - {"reports"} - sources_of("Qt lives") == set()
    assert existing & PURE - sources_of("The pure floors") == set()


def test_no_import_contract_has_an_exception() -> None:
    assert [entry["name"] for entry in PROJECT["tool"]["importlinter"]["contracts"] if "ignore_imports" in entry] == []


def test_no_file_is_longer_than_four_hundred_lines_and_no_function_than_sixty() -> None:
    long = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        if len(text.splitlines()) > 400:
            long.append(f"{name}: {len(text.splitlines())} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 60:
                    long.append(f"{name}:{node.lineno} {node.name}: {length} lines")
    assert not long, "\n".join(long)


def test_no_test_file_is_longer_than_five_hundred_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "tests").rglob("*.py")}
    assert lengths
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > 500} == {}


def test_no_room_holds_more_files_than_can_be_looked_over() -> None:
    rooms = Counter(path.parent.relative_to(ROOT).as_posix() for path in sources() if path.stem != "__init__")
    assert {room: files for room, files in rooms.items() if files > 36} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "helpers", "common", "misc", "manager"}
    assert [path for path in sources() if path.stem in empty or path.parent.name in empty] == []


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    place = re.compile(r"(?<![\w.~$}/])/(?:work|root|home|Users)/")
    kinds = {".py", ".toml", ".md", ".lock", ".spec", ".json", ".csv", ".txt", ""}
    paths = [path for name in OURS for path in (ROOT / name, *(ROOT / name).rglob("*"))]
    texts = [path for path in paths if path.is_file() and path.suffix in kinds and path != Path(__file__)]
    found = [path for path in texts if place.search(path.read_text(encoding="utf-8", errors="replace"))]
    assert [str(path.relative_to(ROOT)) for path in found] == []


def test_the_readme_names_the_two_commands_and_the_makefile_has_them() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in ("run", "test"):
        assert f"make {command}" in readme
        assert re.search(rf"^{command}:", makefile, flags=re.MULTILINE)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
