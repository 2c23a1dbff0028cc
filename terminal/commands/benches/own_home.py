"""Give a measured desk a home of its own, and end the runner it leaves behind there."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from terminal.commands.benches.places import ROOT
from terminal.runner.card import Card, read_card
from terminal.runner.places import runner_folder

LONGEST = 60.0
WHEN_STARTED = """
import os, sys
import terminal.runner.starting as starting
def open_desk(watch):
    # The window is watched from when the runner was started on: what watching brings in comes no earlier than it would.
    ahead = starting.start_ahead
    def then_watch(data, **words):
        started = ahead(data, **words)
        watch()
        return started
    starting.start_ahead = then_watch
    sys.argv = ["hengduo"]
    from terminal.__main__ import main
    main()
"""
"""The beginning of the text of a measured desk's process: bare `hengduo`, with something to watch its window by."""


@contextmanager
def own_home(compiled: str) -> Iterator[dict[str, str]]:
    """Yield the environment of an offscreen desk in an empty home; modules are kept compiled in `compiled`."""
    with TemporaryDirectory(prefix="hengduo-bench-") as home:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), home)
        yield (
            environment
            | homes
            | {
                "QT_QPA_PLATFORM": "offscreen",
                "PYTHONPYCACHEPREFIX": compiled,
                "PYTHONPATH": str(ROOT),
            }
        )
        _end_runner(runner_folder(Path(home) / "hengduo", "sample"))


def _end_runner(folder: Path) -> None:
    # A desk that ended early leaves a runner that is still coming up and has no card yet.
    card = _eventually_card(folder)
    if card is None:
        return
    with suppress(ProcessLookupError):
        os.kill(card.pid, signal.SIGTERM)
    until = time.monotonic() + LONGEST
    while read_card(folder) is not None and time.monotonic() < until:
        time.sleep(0.05)


def _eventually_card(folder: Path) -> Card | None:
    until = time.monotonic() + LONGEST
    while folder.exists() and time.monotonic() < until:
        card = read_card(folder)
        if card is not None:
            return card
        time.sleep(0.05)
    return None
