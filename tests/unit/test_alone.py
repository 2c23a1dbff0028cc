"""Whoever promises seconds has the machine to itself."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.alone import turn

SOON = 0.2  # seconds in which what may begin has begun


class Runs:
    """Run turns in threads, each until it is told to end; each opens the files anew, as another process does."""

    def __init__(self, folder: Path) -> None:
        self.files = {"gate_file": folder / "gate", "floor_file": folder / "floor"}
        for file in self.files.values():
            file.touch()
        self._ends: list[threading.Event] = []

    def begin(self, *, alone: bool) -> tuple[threading.Event, threading.Event]:
        """Return what says that a turn has begun, and what ends it."""
        begun, end = threading.Event(), threading.Event()

        def play() -> None:
            with turn(alone=alone, **self.files):
                begun.set()
                end.wait(20)

        self._ends.append(end)
        threading.Thread(target=play).start()
        return begun, end


@pytest.fixture
def runs(tmp_path):
    runs = Runs(tmp_path)
    yield runs
    for end in runs._ends:
        end.set()


def test_one_alone_waits_for_all_others_and_lets_none_begin_before_it_has_ended(runs):
    (first, end_first), (second, end_second) = runs.begin(alone=False), runs.begin(alone=False)
    assert first.wait(5)
    assert second.wait(5)
    alone, end_alone = runs.begin(alone=True)
    assert not alone.wait(SOON)
    third, end_third = runs.begin(alone=False)
    end_first.set()
    assert not alone.wait(SOON)
    assert not third.wait(SOON)  # or there would always be one, and the one alone would wait for ever
    end_second.set()
    assert alone.wait(5)
    assert not third.wait(SOON)
    end_alone.set()
    assert third.wait(5)
    end_third.set()


@pytest.mark.xdist_group("probe")
def test_tests_that_belong_together_go_to_one_worker(request: pytest.FixtureRequest) -> None:
    # The name of a group is put to the name of its tests, and tests of one name of group go to one worker: where a
    # release of pytest or xdist loses it, files are built twice and windows fight for one screen, and nothing says so.
    grouped = getattr(request.config.option, "loadgroup", False)  # only a worker under --dist loadgroup
    assert request.node.nodeid.endswith("@probe") == grouped
