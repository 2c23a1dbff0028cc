"""What took the port of a runner that was killed is not taken for that runner, and is not told its secret."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.e2e.own_runner import card_of
from tests.e2e.processes import eventually, port_of, program, said
from tests.e2e.seated import seated
from tests.e2e.small_house import kill_runner, runners_of
from tests.e2e.test_start_again import press, until_offered

pytestmark = [
    pytest.mark.xdist_group("runner_vanishes"),
    # A runner is meant to outlive the desk that started it, and here that desk is this process.
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
]


def _listening(port: int) -> socket.socket | None:
    with suppress(OSError):  # a killed process gives its files up a moment after it is seen to be gone
        return socket.create_server(("127.0.0.1", port))
    return None


@contextmanager
def eavesdropper(port: int) -> Iterator[list[bytes]]:
    """Listen on a port, and keep what whoever connects says first."""
    heard: list[bytes] = []
    listening = eventually(lambda: _listening(port), "the port is free")
    listening.settimeout(0.1)
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            with suppress(OSError):
                there, _ = listening.accept()
                with there:
                    there.settimeout(2)
                    heard.append(there.recv(65536))

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield heard
    finally:
        over.set()
        thread.join()
        listening.close()


def test_a_desk_that_opens_starts_its_own_runner_where_another_one_has_the_old_port(
    market: str, qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    with seated(qtbot, data, market=market) as desk:
        desk.until("客户权益")
    dead = kill_runner(data, market)
    words = (
        "runner",
        "--json",
        "--data",
        str(tmp_path / "other"),
        "--market",
        market,
        "--listen",
        f"127.0.0.1:{dead.port}",
    )
    with program(*words, log=tmp_path / "other.log") as other:
        assert port_of(said(other)) == dead.port
        with seated(qtbot, data, market=market) as desk:
            desk.until("客户权益", "市场时钟 09:")
            assert desk.desk.link.trouble == ""
            own = card_of(data, market)
            assert own is not None
            assert runners_of(data) == [own.pid]
            assert own.port != dead.port
        assert "连接" not in (tmp_path / "other.log").read_text(encoding="utf-8")  # nobody knocked there as a desk


def test_an_open_desk_does_not_call_what_took_the_port_of_its_killed_runner_and_offers_to_start_it_again(
    market: str, qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    with seated(qtbot, data, market=market) as desk:
        desk.until("客户权益", "市场时钟 09:")
        dead = kill_runner(data, market)
        with eavesdropper(dead.port) as heard:
            until_offered(desk, qtbot)
            qtbot.wait(3000)  # longer than any pause between two calls
            assert heard == []
            press(desk)
            qtbot.waitUntil(lambda: "离线 " not in desk.summary(), timeout=60_000)
            own = card_of(data, market)
            assert own is not None
            assert runners_of(data) == [own.pid]
