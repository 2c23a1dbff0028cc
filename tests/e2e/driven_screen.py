"""Give a test a screen of its own, with a window manager, and the hands at its mouse and keyboard."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from tests.e2e.processes import OFFSCREEN, ended, eventually

TOOLS = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "import": "imagemagick"}
MISSING = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
needs_a_screen = pytest.mark.skipif(bool(MISSING), reason=f"no screen to drive: apt install {' '.join(MISSING)}")


class Screen:
    """A private X display with a window manager, and the hands at its keyboard."""

    def __init__(self, display: str) -> None:
        self.pid = 0
        self.environment = {**OFFSCREEN, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}

    def do(self, *words: str) -> str:
        ended = subprocess.run(
            ["xdotool", *words], capture_output=True, text=True, timeout=30, check=False, env=self.environment
        )
        return ended.stdout.strip()

    def windows(self, name: str = "") -> list[str]:
        """Return the windows of the program in sight; a list of candidates is one of its own."""
        return self.do("search", "--all", "--onlyvisible", "--pid", str(self.pid), "--name", name).splitlines()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.do("key", "--clearmodifiers", key)

    def picture(self, file: Path) -> QImage:
        subprocess.run(["import", "-window", "root", str(file)], check=True, timeout=30, env=self.environment)
        return QImage(str(file))

    @contextmanager
    def held(self, *keys: str) -> Iterator[None]:
        self.do(*(word for key in keys for word in ("keydown", key)))
        try:
            yield
        finally:
            self.do(*(word for key in reversed(keys) for word in ("keyup", key)))


@contextmanager
def driven_screen(width: int = 1440, height: int = 900) -> Iterator[Screen]:
    with ExitStack() as stack:
        # Without `-noreset` the first look that ends before the window manager has come takes the server down under it.
        size = f"{width}x{height}x24"
        words = ["Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
        server = stack.enter_context(
            ended(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
        )
        assert server.stdout is not None
        made = Screen(f":{server.stdout.readline().strip()}")
        quiet = subprocess.DEVNULL
        manager = subprocess.Popen(["openbox"], env=made.environment, text=True, stdout=quiet, stderr=quiet)
        stack.enter_context(ended(manager))
        # Before any window is there to manage; without a manager there are none.
        eventually(lambda: made.do("get_num_desktops") not in {"", "0"}, "the window manager")
        yield made
