from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from terminal.domain.ids import PersonId
from terminal.shell.tokens import TokenAnswer, Tokens, TokenState
from tests.conftest import ROOT

ADDRESS = "wss://runner.example:7800"
TRADER = PersonId("trader")
PATIENT = 60  # seconds: a busy machine is no failure where the limit is not what is tested
ABSENT = [name for name in ("gnome-keyring-daemon", "dbus-run-session") if shutil.which(name) is None]


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the child see the tests; return where a backend leaves what it saw."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("HENGDUO_TEST_SEEN", str(tmp_path / "seen"))
    return tmp_path / "seen"


def backend(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"tests.e2e.keyring_backends.{name}")


def kept(tokens: Tokens) -> TokenAnswer:
    return asyncio.run(tokens.keep(ADDRESS, TRADER, "secret-token"))


@pytest.mark.skipif(bool(ABSENT), reason=f"{ABSENT} absent: apt-get install -y gnome-keyring dbus")
def test_a_real_keyring_keeps_a_token_for_the_next_start_and_forgets_it(tmp_path: Path) -> None:
    places = {name: str(tmp_path / name) for name in ("HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")}
    for place in places.values():
        Path(place).mkdir(mode=0o700)
    outside = {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND"}
    environment = {name: value for name, value in os.environ.items() if name not in outside}
    ended = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-m", "tests.e2e.keyring_session"],
        cwd=ROOT,
        env={**environment, **places, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert ended.stdout.splitlines() == [
        "absent None",
        "kept None",
        "found 令牌-1",
        "absent None",
        "kept None",
        "found 令牌-2",
        "forgotten None",
        "absent None",
        "absent None",
        "kept None",
        "locked None",
    ], ended.stderr
    on_disk = [path.read_bytes() for path in tmp_path.rglob("*.keyring")]
    assert on_disk
    assert "令牌".encode() not in b"".join(on_disk)


def test_a_keyring_that_hangs_is_left_in_time_and_the_token_lives_for_the_session(
    seen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend(monkeypatch, "Hanging")
    tokens = Tokens(limit_seconds=6)
    answer = kept(tokens)
    assert answer.state is TokenState.TIMEOUT
    assert answer.has_failed
    assert "下次启动需要重新登录" in answer.sentence
    with pytest.raises(ProcessLookupError):
        os.kill(int(seen.read_text(encoding="utf-8")), 0)
    assert asyncio.run(tokens.read(ADDRESS, TRADER)).token == "secret-token"


@pytest.mark.usefixtures("seen")
def test_a_desk_waits_three_seconds_for_a_keyring_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    backend(monkeypatch, "Hanging")
    began = time.monotonic()
    # As the desk asks: its own child, its own limit. On a busy machine that process begins and ends late.
    answer = asyncio.run(asyncio.wait_for(Tokens().read(ADDRESS, TRADER), 8))
    assert time.monotonic() - began > 2.5
    assert answer.state is TokenState.TIMEOUT
    assert "3 秒内没有回答" in answer.sentence


@pytest.mark.parametrize(
    ("name", "state", "words"),
    [
        ("Locked", TokenState.LOCKED, "被锁住"),
        ("Dying", TokenState.FAILED, "exit 7"),
    ],
)
def test_a_keyring_that_cannot_be_read_is_a_sentence(
    seen: Path, monkeypatch: pytest.MonkeyPatch, name: str, state: TokenState, words: str
) -> None:
    backend(monkeypatch, name)
    answer = asyncio.run(Tokens(limit_seconds=PATIENT).read(ADDRESS, TRADER))
    assert (answer.state, answer.token) == (state, None)
    assert words in answer.sentence


def test_what_a_keyring_raises_never_shows_the_token(seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend(monkeypatch, "Bursting")
    answer = kept(Tokens(limit_seconds=PATIENT))
    assert (answer.state, answer.detail) == (TokenState.FAILED, "ValueError")
    assert "secret-token" not in f"{answer!r}{answer.sentence}"
    assert "secret-token" not in repr(TokenAnswer(state=TokenState.FOUND, token="secret-token"))


def test_a_keyring_of_plain_text_is_taken_for_none(seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend(monkeypatch, "PlainText")
    answer = kept(Tokens(limit_seconds=PATIENT))
    assert answer.state is TokenState.NO_KEYRING
    assert "只在本次运行中有效" in answer.sentence
    assert not seen.exists()


def test_without_a_session_bus_there_is_no_keyring_and_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    assert kept(Tokens(limit_seconds=PATIENT)).state is TokenState.NO_KEYRING


def test_the_token_is_in_no_argument_and_in_no_environment(seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend(monkeypatch, "Seeing")
    assert kept(Tokens(limit_seconds=PATIENT)).state is TokenState.KEPT
    text = seen.read_text(encoding="utf-8")
    assert "secret-token" not in text
    told = json.loads(text)
    assert (told["service"], told["name"]) == ("hengduo", f"{ADDRESS} {TRADER}")


def test_a_program_that_cannot_be_started_is_a_sentence(tmp_path: Path) -> None:
    answer = kept(Tokens(child=[str(tmp_path / "absent")]))
    assert answer.state is TokenState.FAILED
    assert "密钥环出错" in answer.sentence
