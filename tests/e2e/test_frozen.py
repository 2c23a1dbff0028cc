"""Build the folder a trader gets and start it where no Python and no environment is."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

import terminal
from terminal.commands.verbs import VERBS
from tests.conftest import ROOT
from tests.e2e import own_market as own
from tests.e2e.processes import eventually

pytestmark = [
    pytest.mark.xdist_group("frozen"),  # one worker builds, once
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folder is started as Linux starts it"),
]

KEYRING_TOOLS = ("gnome-keyring-daemon", "dbus-run-session")


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the frozen program; its folder goes after the last test, it is large."""
    place = tmp_path_factory.mktemp("frozen")
    folders = ["--distpath", str(place / "dist"), "--workpath", str(place / "build")]
    built = subprocess.run(
        [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=WARN", *folders, str(ROOT / "build.spec")],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=1_200,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    yield place / "dist" / "hengduo" / "hengduo"
    shutil.rmtree(place)


def start(program: Path, *words: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the frozen program with nothing of this environment: no PATH to a Python, no locale."""
    bare = {"HOME": str(home), "PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [str(program), *words],
        cwd=home,
        env=bare,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def processes_of(program: Path) -> dict[int, list[str]]:
    """Return the processes that run this program, with their words."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "exe").readlink() == program:
                found[int(process.name)] = (process / "cmdline").read_text(encoding="utf-8").split("\0")[1:-1]
    return found


def test_the_frozen_desk_starts_the_frozen_runner_and_kill_stops_it_trading(frozen: Path, tmp_path: Path) -> None:
    try:
        ended = start(frozen, "run", "--screenshot", "x.png", "--after", "30", home=tmp_path)
        runners = processes_of(frozen)
        killed = start(frozen, "kill", "--json", home=tmp_path)
    finally:
        for number in processes_of(frozen):
            os.kill(number, signal.SIGTERM)
    assert ended.returncode == 0, ended.stderr
    assert "样例行情" in ended.stdout
    assert "账户 SAMPLE" in ended.stdout or "账户 样例贸易" in ended.stdout
    assert "客户权益" in ended.stdout
    assert [words[:2] for words in runners.values()] == [["runner", "--embedded"]], runners
    assert killed.returncode == 0, killed.stderr
    assert json.loads(killed.stdout)["accounts"] == ["SAMPLE-1", "SAMPLE-2"]
    eventually(lambda: not processes_of(frozen), "no process is left behind")
    (log,) = tmp_path.rglob("runner.log")
    assert "Traceback" not in log.read_text(encoding="utf-8")
    assert "Traceback" not in ended.stderr
    assert "locale" not in ended.stderr
    picture = QImage(str(tmp_path / "x.png"))
    assert picture.width() >= 1024
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
    assert len(colours) > 20, "the picture is empty"


def test_the_frozen_command_line_answers_in_utf_8_without_a_locale(frozen: Path, tmp_path: Path) -> None:
    assert start(frozen, "--version", home=tmp_path).stdout == f"hengduo {terminal.__version__}\n"
    refused = start(frozen, "--market", "replay:absent", home=tmp_path)
    assert (refused.returncode, "找不到行情文件 absent" in refused.stderr) == (2, True), refused.stderr
    unknown = start(frozen, "dcotor", home=tmp_path)
    assert (unknown.returncode, "dcotor" in unknown.stderr) == (2, True), unknown.stderr
    assert "Traceback" not in unknown.stderr


def test_the_frozen_program_sweeps_in_processes_of_its_own(frozen: Path, tmp_path: Path) -> None:
    own.wave_tape(tmp_path / "AP010.csv", seconds=60)
    own.write_plan(tmp_path / "plan.toml", own.APPLE, own.GRID)
    (tmp_path / "sweep.toml").write_text("[vary.grid]\nstep = [1, 2]\nlines = [2, 4]\n", encoding="utf-8")
    words = ["backtest", "--tape", "AP010.csv", "--plan", "plan.toml", "--sweep", "sweep.toml", "--json"]
    alone, together = (start(frozen, *words, "--workers", workers, home=tmp_path) for workers in ("1", "2"))
    assert together.returncode == 0, together.stderr
    assert "Traceback" not in together.stderr
    assert together.stdout == alone.stdout
    assert [bool(point["figures"]) for point in json.loads(together.stdout)["points"]] == [True] * 4
    eventually(lambda: not processes_of(frozen), "no process is left behind")


def test_every_verb_and_every_resource_is_in_the_folder(frozen: Path, tmp_path: Path) -> None:
    listed = start(frozen, "--help", home=tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert [verb for verb in VERBS if verb not in listed.stdout] == []
    ours = {path.relative_to(ROOT / "resources") for path in (ROOT / "resources").rglob("*") if path.is_file()}
    inside = frozen.parent / "_internal" / "terminal" / "resources"
    assert ours == {path.relative_to(inside) for path in inside.rglob("*") if path.is_file()}


def test_nothing_that_the_desk_never_loads_is_in_the_folder(frozen: Path) -> None:
    names = [str(path.relative_to(frozen.parent)) for path in frozen.parent.rglob("*")]
    unwanted = ("Qml", "Quick", "Pdf", "irtualKeyboard", "virtualkeyboard", "libgtk", "pytest", "mypy", "hypothesis")
    research = ("numba", "llvmlite", "dask", "distributed")
    assert [name for name in names if any(word in name for word in (*unwanted, *research))] == []
    assert [name for name in names if name.endswith(".qm")] == [
        str(Path("_internal", "PySide6", "Qt", "translations", "qtbase_zh_CN.qm"))
    ]
    assert any("QtTest" in name for name in names)


def test_the_frozen_program_asks_the_keyring_in_a_child_of_its_own(frozen: Path, tmp_path: Path) -> None:
    ended = start(frozen, "keyring-child", "read", "wss://runner.example trader", home=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["state"] == "no_keyring"


@pytest.mark.skipif(
    any(shutil.which(name) is None for name in KEYRING_TOOLS),
    reason="no keyring to ask: apt-get install -y gnome-keyring dbus",
)
def test_the_frozen_program_finds_a_real_keyring(frozen: Path, tmp_path: Path) -> None:
    places = {name: str(tmp_path / name) for name in ("HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")}
    for place in places.values():
        Path(place).mkdir(mode=0o700)
    session = ["dbus-run-session", "--", sys.executable, "-m", "tests.e2e.keyring_session"]
    ended = subprocess.run(
        [*session, str(frozen), "keyring-child"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **places, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert ended.stdout.splitlines()[:3] == ["absent None", "kept None", "found 令牌-1"], ended.stderr
