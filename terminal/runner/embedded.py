"""Find the runner of this machine, or start it, and wait until it answers.

Two desks may look at once and both start one; the journal's lock lets one of them live, and both desks find its card.
A runner that lives and does not answer may trade all the same: it is waited for, however long, and none is started
beside it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from terminal.domain.errors import BEFORE_WORDS, UserError
from terminal.runner.card import CARD_FILE, Card, answers
from terminal.runner.living_card import living_card
from terminal.runner.starting import LOG_FILE, Started, start
from terminal.store.owner import is_owned, owner_of
from terminal.sync.client import FIRST_PAUSE, LONGEST_UNHEARD

START_SECONDS: Final = 30.0  # after which a start is said to take long
CARD_SECONDS: Final = 120.0  # after which what owns a folder and has no card is not said to be starting any more
LOOK_SECONDS: Final = 0.03
GRACE_SECONDS: Final = 3.0  # after our own child gave up: another one may just be writing its card

Say = Callable[[str], None]


async def find_or_start(data: Path, *, market: str, speed: float, started: Started | None, say: Say) -> Card:
    """Return the card of the runner in a folder, starting one where none lives and none was `started` already.

    While one lives, or still starts, and does not answer, `say` hears which process that is and for how long. A runner
    that was started and has ended is a `UserError`.
    """
    child, gave_way = started, False
    silent, starting, ended = _Wait(), _Wait(), _Wait()
    try:
        while True:
            is_over = child is not None and child.poll() is not None  # first: what owns the folder then is another one
            card = await asyncio.to_thread(living_card, data)
            if card is not None:
                silent.begin()
                starting.forget()
                if await asyncio.to_thread(answers, card):
                    return card
                say(f"运行器进程 {card.pid} 已 {silent.seconds:.0f} 秒没有应答，可能仍在交易；会一直重试")
                child = None if is_over else child
                ended.forget()
                await asyncio.sleep(silent.next_pause())
                continue
            silent.forget()
            if child is not None and not is_over:
                await _starts(starting, str(child.pid), data, say)
            elif await asyncio.to_thread(is_owned, data):
                ended.forget()
                if not gave_way:  # ours gave way to it: should it go, one more is started, and no third
                    child, gave_way = None, child is not None
                await _starts(starting, owner_of(data), data, say)
            elif child is None:
                child = start(data, market=market, speed=speed)
                starting.forget()
            else:
                ended.begin()
                if ended.seconds > GRACE_SECONDS:
                    raise UserError(f"本机运行器没有起来：{_last_words(data)}")
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        if child is not None and child.poll() is None:
            child.returncode = 0  # it is meant to outlive this process, and is not to be warned of as forgotten


class _Wait:
    """Count the seconds of a wait, and the pauses between its looks: they grow as those of a desk that calls."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._since: float | None = None
        self._pause = FIRST_PAUSE

    def begin(self) -> None:
        if self._since is None:
            self._since = time.monotonic()

    @property
    def seconds(self) -> float:
        return 0.0 if self._since is None else time.monotonic() - self._since

    def next_pause(self) -> float:
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_UNHEARD)
        return pause


async def _starts(wait: _Wait, process: str, data: Path, say: Say) -> None:
    wait.begin()
    if wait.seconds < START_SECONDS:
        await asyncio.sleep(LOOK_SECONDS)
        return
    if wait.seconds < CARD_SECONDS:
        say(f"运行器进程 {process} 正在启动，已 {wait.seconds:.0f} 秒；会一直等到它起来")
    else:
        say(
            f"进程 {process} 占着数据目录 {data} 已 {wait.seconds:.0f} 秒，没有写出 {CARD_FILE}，可能仍在交易；"
            f"请看其中的 {LOG_FILE}，若没有进展，请结束这个进程后重新打开；在此之前会一直等它"
        )
    await asyncio.sleep(wait.next_pause())


def _last_words(data: Path) -> str:
    try:
        lines = (data / LOG_FILE).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    last = lines[-1].removeprefix(BEFORE_WORDS) if lines else "没有留下日志"
    return f"{last}（日志在 {data / LOG_FILE}）"
