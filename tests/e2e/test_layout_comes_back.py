"""A window on a real screen, opened again and again: the same size is the same layout, maximised or not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.driven_screen import Screen, driven_screen, needs_a_screen
from tests.e2e.processes import ROOT

pytestmark = [needs_a_screen, pytest.mark.xdist_group("window")]


@pytest.fixture
def screen() -> Iterator[Screen]:
    with driven_screen(1920, 1080) as made:
        yield made


@pytest.mark.parametrize("first", ["maximised", "larger", "barred"])
def test_a_window_that_is_opened_again_has_the_layout_it_was_closed_with(screen: Screen, first: str) -> None:
    words = [sys.executable, "-m", "tests.e2e.reopened_window", first]
    child = subprocess.run(
        words, env=screen.environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert child.returncode == 0, child.stderr
    before, arranged, *again, back = (json.loads(line) for line in child.stdout.splitlines())
    assert arranged["maximised"] == (first == "maximised")
    assert arranged["panels"] != before["panels"]
    assert again == [arranged] * 4
    assert back == before, "the other size has its layout, too"
