"""Start the runner of this machine: a detached process that outlives the desk which started it.

Nothing heavy is imported here, so that a desk can start its runner first of all and come up beside it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from terminal.domain.errors import UserError
from terminal.runner.card import is_deserted, read_card
from terminal.runner.places import runner_folder
from terminal.store.folder import words_of

LOG_FILE: Final = "runner.log"
LARGEST_LOG: Final = 4 * 1024 * 1024

Started = subprocess.Popen[bytes]


def start_ahead(data: Path | None, *, market: str, speed: float) -> Started | None:
    """Start the runner of a market, unless one may be there or the market cannot be opened: that is said later.

    Whether the one that may be there answers is not waited for: the first picture would wait with it.
    """
    kind, _, path = market.partition(":")
    folder = runner_folder(data, market)
    card = read_card(folder)
    may_run = card is not None and not is_deserted(card)
    if may_run or not (market == "sample" or (kind == "replay" and path and Path(path).exists())):
        return None
    return start(folder, market=market, speed=speed)


def program() -> list[str]:
    """Return how this program starts itself."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "terminal"]


def start(data: Path, *, market: str, speed: float) -> Started:
    """Start a runner over a folder; what keeps it from starting is a `UserError`."""
    words = [*program(), "runner", "--embedded", str(data), market, str(speed)]
    try:
        data.mkdir(parents=True, exist_ok=True)
        path = data / LOG_FILE
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  # this very program, with words of our own
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # it goes on when the desk and its terminal are gone
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
                | getattr(subprocess, "DETACHED_PROCESS", 0),
            )
    except OSError as problem:
        raise UserError(*words_of("本机运行器启动不了", data, problem)) from problem
