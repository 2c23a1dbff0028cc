"""A hand pushes the panels about, one onto another and out of the window: whatever it does, the desk stays."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.driven_screen import Screen, driven_screen, needs_a_screen
from tests.e2e.own_runner import home, is_live
from tests.e2e.processes import ROOT, ended, eventually

pytestmark = [needs_a_screen, pytest.mark.xdist_group("window")]

DRAGS = 60
POSITIONS, STRATEGIES = (320, 115), (1000, 372)  # their titles in the layout of a first start at 1440 × 900


@pytest.fixture
def screen() -> Iterator[Screen]:
    with driven_screen() as made:
        yield made


def test_panels_pushed_onto_each_other_and_about_never_take_the_desk_down(screen: Screen, tmp_path: Path) -> None:
    chance = random.Random(1)
    with home(tmp_path / "home") as data, (tmp_path / "desk.log").open("w") as log:
        words = [sys.executable, "-m", "terminal", "run", "--data", str(data)]
        desk = subprocess.Popen(words, stdout=log, stderr=log, text=True, cwd=ROOT, env=screen.environment)
        with ended(desk):
            screen.pid = desk.pid
            eventually(lambda: screen.windows("样例行情"), "the window with its market")
            eventually(lambda: is_live(data), "the sample market is live")
            # A panel that floats, and another dragged onto it: Qt's own groups of floating panels died of this.
            screen.do("mousemove", *places(POSITIONS), "click", "--repeat", "2", "1")
            drag(screen, STRATEGIES, (250, 165))
            for _ in range(DRAGS):
                drag(screen, somewhere(chance), somewhere(chance))
                if desk.poll() is not None:
                    break
            assert desk.poll() is None, Path(log.name).read_text()
    assert Path(log.name).read_text() == ""


def drag(screen: Screen, start: tuple[int, int], end: tuple[int, int]) -> None:
    screen.do("mousemove", *places(start), "mousedown", "1", "mousemove", *places(end), "mouseup", "1")


def somewhere(chance: random.Random) -> tuple[int, int]:
    # Not on the corner of the window manager's own buttons, which would close the window.
    return chance.randrange(10, 1430), chance.randrange(60, 880)


def places(point: tuple[int, int]) -> tuple[str, str]:
    return str(point[0]), str(point[1])
