"""A person starts this machine's runner again after it died; nothing else does."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from terminal.runner.places import runner_folder
from terminal.shell.desk.loss import NOT_STARTED, OWN_DOWN
from terminal.store.journal import JOURNAL_FILE
from tests.e2e.processes import eventually, journal_records
from tests.e2e.seated import Seated, seated
from tests.e2e.small_house import hengduo, kill_runner, runners_of

pytestmark = [
    pytest.mark.xdist_group("runner_vanishes"),
    # A runner is meant to outlive the desk that started it, and here that desk is this process.
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
]

SEEN_DOWN = 3.0  # seconds: whatever would start a runner by itself looks every second


def press(desk: Seated) -> None:
    QTest.mouseClick(desk.desk.window.ribbon.start_button, Qt.MouseButton.LeftButton)


def until_offered(desk: Seated, qtbot: QtBot) -> None:
    def offered() -> bool:
        desk.desk.window.drain()
        button = desk.desk.window.ribbon.start_button
        return button.isVisible() and button.isEnabled()

    qtbot.waitUntil(offered, timeout=60_000)


def test_a_runner_that_was_killed_goes_on_with_its_journal_when_a_person_has_it_started_and_not_before(
    market: str, qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    with seated(qtbot, data, market=market) as desk:
        desk.until("客户权益", "市场时钟 09:")
        button = desk.desk.window.ribbon.start_button
        assert not button.isVisible()
        for _ in range(2):  # a second time too: the child that this desk began with is no hindrance
            first = kill_runner(data, market).pid
            before = len(journal_records(runner_folder(data, market)))
            until_offered(desk, qtbot)
            assert OWN_DOWN in desk.summary()
            qtbot.wait(round(SEEN_DOWN * 1000))
            assert runners_of(data) == []
            press(desk)
            qtbot.waitUntil(lambda: "离线 " not in desk.summary(), timeout=60_000)
            assert not button.isVisible()
            (second,) = runners_of(data)
            assert second != first
            eventually(lambda: len(journal_records(runner_folder(data, market))) > before, "it goes on")  # noqa: B023
    (last,) = runners_of(data)
    os.kill(last, signal.SIGTERM)
    eventually(lambda: not runners_of(data), "the runner has ended")
    verified = hengduo("verify", str(runner_folder(data, market)))
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_start_that_leads_to_nothing_says_why_and_may_be_tried_again(
    market: str, qtbot: QtBot, tmp_path: Path
) -> None:
    data = tmp_path / "here"
    with seated(qtbot, data, market=market) as desk:
        desk.until("客户权益", "市场时钟 09:")
        kill_runner(data, market)
        until_offered(desk, qtbot)
        journal = runner_folder(data, market) / JOURNAL_FILE
        aside = tmp_path / "aside"
        aside.mkdir()
        for part in journal.parent.glob(f"{JOURNAL_FILE}*"):  # the log too: a killed runner's journal is whole in it
            part.rename(aside / part.name)
        journal.write_bytes(b"no database" * 100)
        press(desk)
        began = time.monotonic()
        told = desk.until(NOT_STARTED, str(journal))
        assert time.monotonic() - began < 30
        assert OWN_DOWN in told
        assert runners_of(data) == []
        for part in journal.parent.glob(f"{JOURNAL_FILE}*"):
            part.unlink()
        for part in aside.iterdir():
            part.rename(journal.parent / part.name)
        until_offered(desk, qtbot)
        press(desk)
        qtbot.waitUntil(lambda: "离线 " not in desk.summary(), timeout=60_000)
        assert len(runners_of(data)) == 1
