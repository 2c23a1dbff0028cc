"""After an upgrade a desk finds its own runner of before and can end it; after a step back it says what is newer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.runner.places import runner_folder
from tests.e2e.newer_journal import newer_fact, newer_tables
from tests.e2e.own_runner import card_of
from tests.e2e.processes import OFFSCREEN, eventually, is_running, journal_records
from tests.e2e.seated import seated
from tests.e2e.small_house import hengduo, kill_runner, runners_of

pytestmark = [
    pytest.mark.xdist_group("runner_vanishes"),
    # A runner is meant to outlive the desk that started it, and here that desk is this process.
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
]
OLDER = "本机运行器的版本比本程序旧：策略照常运行"


@pytest.fixture
def older(market: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder = runner_folder(tmp_path / "here", market)
    folder.mkdir(parents=True)
    words = (sys.executable, "-m", "tests.e2e.older_program", "runner", "--embedded", str(folder), market, "1")
    with (tmp_path / "older.log").open("wb") as log, subprocess.Popen(words, env=OFFSCREEN, stderr=log) as runner:
        eventually(lambda: card_of(tmp_path / "here", market), "the older runner is ready")
        try:
            yield runner
        finally:
            runner.terminate()


def test_a_desk_ends_its_own_older_runner_and_goes_on_with_this_programs_over_the_same_journal(
    market: str, older: subprocess.Popen[bytes], qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    with seated(qtbot, data, market=market) as desk:
        desk.until(OLDER)
        ribbon = desk.desk.window.ribbon
        assert ribbon.start_button.isVisible()
        assert older.poll() is None
        before = len(journal_records(runner_folder(data, market)))
        # While it stands the window does not go without a question: that runner lives on.
        assert not desk.desk.window.close()
        assert desk.desk.window.leaving._box is not None
        desk.desk.window.leaving._box.reject()
        QTest.mouseClick(ribbon.start_button, Qt.MouseButton.LeftButton)
        assert older.wait(timeout=30) == 0  # it ended by itself, as at closing
        status = desk.desk.window.status
        qtbot.waitUntil(lambda: bool(desk.summary()) and "已同步" in status.runner.text(), timeout=60_000)
        desk.until("客户权益", "市场时钟 09:")
        assert OLDER not in desk.summary()
        (newer,) = runners_of(data)
        assert newer != older.pid
        assert not ribbon.start_button.isVisible()
        eventually(lambda: len(journal_records(runner_folder(data, market))) > before, "it goes on")
    os.kill(newer, signal.SIGTERM)
    eventually(lambda: not is_running(newer), "the runner has ended")
    verified = hengduo("verify", str(runner_folder(data, market)))
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_with_another_desk_there_the_runner_is_not_ended_and_that_is_said(
    market: str, older: subprocess.Popen[bytes], qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    with (
        seated(qtbot, data, market=market) as desk,
        seated(qtbot, data, market=market, person="supervisor") as other,
    ):
        other.until(OLDER, "另有 1 台工作台连着，请先关闭它们")
        desk.until("另有 1 台工作台连着，请先关闭它们")
        assert not desk.desk.window.ribbon.start_button.isVisible()
        desk.desk.link.post(lambda work: work.start_runner())  # as a press that was under way
        qtbot.wait(1000)
        assert older.poll() is None


@pytest.mark.parametrize(
    ("step_forward", "words"),
    [
        (newer_tables, ("由更新的程序写成（表结构 ", "没有动它；请升级衡舵后再打开")),
        (newer_fact, ("是更新版本写入的 margin_called，请用新版本打开，旧版本不交易",)),
    ],
)
def test_a_desk_whose_own_journal_is_of_a_newer_program_says_so_and_nothing_trades_on_it(
    step_forward: Callable[[Path], object], words: tuple[str, ...], market: str, qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    with seated(qtbot, data, market=market) as desk:
        desk.until("客户权益", "市场时钟 09:")
        assert desk.code() == 0
    kill_runner(data, market)
    folder = runner_folder(data, market)
    step_forward(folder / "journal.db")
    before = (folder / "journal.db").read_bytes()
    with seated(qtbot, data, market=market) as desk:
        assert "Traceback" not in desk.until("本机运行器没有起来：", *words)
        assert desk.code() == 1
    assert runners_of(data) == []
    assert (folder / "journal.db").read_bytes() == before
    assert "Traceback" not in (folder / "runner.log").read_text(encoding="utf-8")
