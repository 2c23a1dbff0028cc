"""A runner that no longer answers, and may still trade, holds no window up: neither as it opens nor as it goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
from pytestqt.qtbot import QtBot

from terminal.runner.card import read_card
from terminal.runner.places import runner_folder
from terminal.widgets.window.leaving_box import LeavingBox
from terminal.widgets.window.waiting import Waiting
from tests.e2e.processes import OFFSCREEN, eventually, program
from tests.e2e.pulse import FROZEN_MS, Pulse
from tests.e2e.seated import seated
from tests.e2e.small_house import runners_of

pytestmark = [
    pytest.mark.xdist_group("runner_vanishes"),
    # A runner is meant to outlive the desk that started it, and here that desk is this process.
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
]

# Bare `hengduo run`, but whoever waits for the runner's answer waits for ever.
FIRST_PICTURE: Final = """
import os, sys
import terminal.runner.card
terminal.runner.card.PROBE_SECONDS = 3600
from terminal.widgets.window.main import MainWindow
paint = MainWindow.paintEvent
def told(self, event):
    print("PAINTED", flush=True)
    paint(self, event)
    os._exit(0)
MainWindow.paintEvent = told
from terminal.__main__ import main
main()
"""


@contextmanager
def frozen(data: Path) -> Iterator[int]:
    """Freeze the one runner under a folder until the block ends."""
    (runner,) = runners_of(data)
    os.kill(runner, signal.SIGSTOP)
    try:
        yield runner
    finally:
        with suppress(ProcessLookupError):
            os.kill(runner, signal.SIGCONT)


@contextmanager
def own_runner(data: Path, market: str, log: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the runner that desks over a folder share; it has its card when the block begins."""
    folder = runner_folder(data, market)
    with program("runner", "--embedded", str(folder), market, "1.0", log=log) as runner:
        eventually(lambda: read_card(folder), "the runner's card")
        yield runner


def test_the_first_picture_does_not_wait_for_a_runner_that_does_not_answer(market: str, tmp_path: Path) -> None:
    data = tmp_path / "here"
    with own_runner(data, market, tmp_path / "runner.log") as runner, frozen(data) as pid:
        assert pid == runner.pid
        desk = subprocess.run(
            [sys.executable, "-c", FIRST_PICTURE, "run", "--market", market, "--data", str(data), "--after", "99"],
            env=OFFSCREEN, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert desk.stdout == "PAINTED\n", desk.stderr
        assert runners_of(data) == [pid]  # nor was a second one started beside it


def test_a_window_that_stops_a_frozen_runner_lives_on_says_what_it_waits_for_and_at_last_what_to_do(
    market: str, qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    with seated(qtbot, data, market=market) as desk:
        desk.until("客户权益")
        window, said = desk.desk.window, set[str]()
        with frozen(data) as pid:
            pulse = Pulse()
            window.leaving.stop_wanted.emit()
            assert not window.close()

            def told() -> list[LeavingBox]:
                said.update(one.text.text() for one in window.findChildren(Waiting) if one.isVisible())
                return window.findChildren(LeavingBox)

            qtbot.waitUntil(lambda: bool(told()), timeout=30_000)
            pulse.end()
            (box,) = told()
            assert window.isVisible()
            assert pulse.longest_ms < FROZEN_MS
            assert any(text.startswith("正在等本机运行器停止，已等 ") for text in said)
            assert not any(one.isVisible() for one in window.findChildren(Waiting))
            assert "没有回答" in box.text()
            assert "可能仍在交易" in box.text()
            assert "hengduo kill" in box.text()
            assert runners_of(data) == [pid]
            box.buttons()[0].click()
            assert not window.isVisible()


def test_a_window_that_opens_on_a_frozen_runner_names_it_waits_and_is_on_it_when_it_breathes(
    market: str, qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    with (
        own_runner(data, market, tmp_path / "runner.log") as runner,
        frozen(data),
        seated(qtbot, data, market=market) as desk,
    ):
        told = desk.until(f"运行器进程 {runner.pid} 已 ", "没有应答，可能仍在交易", "暂不能下单")
        assert "请先停止它" not in told
        assert desk.desk.link.trouble == ""
        assert runners_of(data) == [runner.pid]
        os.kill(runner.pid, signal.SIGCONT)
        desk.until("客户权益", "市场时钟 09:")
        assert runners_of(data) == [runner.pid]


def test_a_window_that_opens_on_a_frozen_runner_starts_one_only_when_that_is_gone(
    market: str, qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    with (
        own_runner(data, market, tmp_path / "runner.log") as runner,
        frozen(data),
        seated(qtbot, data, market=market) as desk,
    ):
        desk.until(f"运行器进程 {runner.pid} 已 ")
        runner.kill()
        runner.wait()
        desk.until("客户权益", "市场时钟 09:")
        (other,) = runners_of(data)
        assert other != runner.pid
