from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtGui import QImage

from terminal.app import Link, market_work
from terminal.domain.errors import UserError
from terminal.engine.mailbox import Drained, LatestMailbox

OFFSCREEN: Final = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}

FIRST_PICTURE: Final = """
import json, sys
from PySide6.QtWidgets import QApplication
from terminal.app import Desk, market_work

heavy = {"numpy", "pandas", "pyqtgraph", "sqlalchemy"}
application = QApplication([])
desk = Desk(application, market_work("sample", 1.0))
seen = {}

def painted():
    seen["at first picture"] = sorted(heavy & set(sys.modules))

def furnished():
    seen["afterwards"] = sorted({"pyqtgraph"} & set(sys.modules))
    application.quit()

desk.window.painted.disconnect()
desk.window.painted.connect(painted)
desk.window.painted.connect(desk.window.furnish)
desk.window.painted.connect(furnished)
desk.open()
application.exec()
desk.close()
print(json.dumps(seen))
"""


def run(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=90, check=False, cwd=cwd, env=OFFSCREEN
    )


def test_the_first_picture_stands_before_anything_heavy_is_imported() -> None:
    ended = run("-c", FIRST_PICTURE)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {"at first picture": [], "afterwards": ["pyqtgraph"]}


def test_the_command_line_keeps_a_picture_and_says_one_line(tmp_path: Path) -> None:
    picture = tmp_path / "desk.png"
    ended = run("-m", "terminal", "run", "--screenshot", str(picture), "--after", "4")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("衡舵 · 样例行情 · ")
    assert len(ended.stdout.splitlines()) == 1
    assert "离屏运行 4 秒" in ended.stderr
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1440, 900)
    colours = {image.pixelColor(x, y).name() for x in range(0, 1440, 7) for y in range(0, 900, 7)}
    assert len(colours) > 20


def test_a_picture_that_cannot_be_written_is_said_and_is_a_failure(tmp_path: Path) -> None:
    ended = run("-m", "terminal", "run", "--screenshot", str(tmp_path / "none" / "desk.png"), "--after", "0.5")
    assert ended.returncode == 1
    assert "画面写不进" in ended.stderr


def test_a_recording_that_is_none_ends_with_its_sentence(tmp_path: Path) -> None:
    torn = tmp_path / "torn.csv"
    torn.write_text("a,b\n1,2\n", encoding="utf-8")
    ended = run("-m", "terminal", "--market", f"replay:{torn}", "--after", "2", cwd=tmp_path)
    assert ended.returncode == 1
    assert "torn.csv 第 1 行" in ended.stdout


@pytest.mark.parametrize("market", ["foo", "sample:1", "replay:", "replay:nowhere.csv"])
def test_an_unknown_market_is_refused_before_a_window_opens(market: str) -> None:
    with pytest.raises(UserError, match=r"请写 sample 或 replay|请核对 --market"):
        market_work(market, 1.0)


def test_an_error_on_the_link_is_told_through_the_mailbox() -> None:
    async def fail(mailbox: LatestMailbox) -> None:
        del mailbox
        raise UserError("行情打不开，请检查网络。")

    mailbox = LatestMailbox()
    link = Link(fail, mailbox)
    link.start()
    link.stop()
    assert link.failed
    assert mailbox.drain().trouble == "行情打不开，请检查网络。"


def test_the_link_ends_when_it_is_told_to() -> None:
    async def wait(mailbox: LatestMailbox) -> None:
        mailbox.post_trouble("begun")
        await asyncio.Event().wait()

    mailbox = LatestMailbox()
    link = Link(wait, mailbox)
    link.start()
    link.stop()
    assert not link.failed
    link.post(lambda: None)


def test_the_sample_market_brings_its_past_before_it_goes_live() -> None:
    mailbox = LatestMailbox()
    samples = 0

    async def play() -> Drained:
        nonlocal samples
        task = asyncio.ensure_future(market_work("sample", 1.0)(mailbox))
        while True:
            await asyncio.sleep(0)
            drained = mailbox.drain()
            samples += len(drained.basis)
            # Hours before the day session are past: played at once.
            if samples > 5_000:
                task.cancel()
                return drained

    asyncio.run(asyncio.wait_for(play(), 30))
    assert samples > 5_000
