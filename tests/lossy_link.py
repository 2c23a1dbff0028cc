"""Carry frames between two ends in virtual time, and lose, double, reorder, delay or hold them as a seed says."""

from __future__ import annotations

import re
from collections import deque
from heapq import heappop, heappush
from random import Random

import msgspec

from terminal.sync.desk_session import DeskSession
from terminal.sync.runner_session import CarryOut, RunnerSession

MS = 1_000_000
STAMP = re.compile(rb'"utc":\d+')


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """Say how bad a link is: shares of frames, and the longest delay."""

    loss: float = 0.0
    twice: float = 0.0
    overtake: float = 0.0
    alter: float = 0.0  # a record's bytes, so that only its hash tells
    slowest_ms: int = 20


SOUND = Faults()


class Pipe:
    """Carry frames one way."""

    def __init__(self, luck: Random) -> None:
        self._luck = luck
        self._on_their_way: list[tuple[int, int, bytes]] = []
        self._count = 0
        self._last = 0
        self.held_until = 0
        self.is_closed = False  # nothing more comes in

    def send(self, frame: bytes, now: int, faults: Faults) -> None:
        luck = self._luck
        if self.is_closed or luck.random() < faults.loss:
            return
        if b'"type":"EVT"' in frame and luck.random() < faults.alter:
            frame = STAMP.sub(b'"utc":1', frame, count=1)
        for _ in range(2 if luck.random() < faults.twice else 1):
            due = max(now + luck.randrange(MS, (faults.slowest_ms + 1) * MS), self.held_until)
            if luck.random() >= faults.overtake:
                due = self._last = max(due, self._last)
            self._count += 1
            heappush(self._on_their_way, (due, self._count, frame))

    def hold(self, until: int) -> None:
        """Keep everything back until a moment, as a half-open link does."""
        self.held_until = until
        late = [(max(due, until), count, frame) for due, count, frame in self._on_their_way]
        self._on_their_way = sorted(late)
        self._last = max(self._last, until)

    def arrived(self, now: int) -> list[bytes]:
        found = []
        while self._on_their_way and self._on_their_way[0][0] <= now:
            found.append(heappop(self._on_their_way)[2])
        return found

    @property
    def is_over(self) -> bool:
        """Return whether the other end has gone and everything it said is here."""
        return self.is_closed and not self._on_their_way


class Connection:
    """Hold both ends of one connection; each learns of the other's end in its own time."""

    def __init__(self, number: int, luck: Random, desk: DeskSession, runner: RunnerSession) -> None:
        self.number = number
        self.up, self.down = Pipe(luck), Pipe(luck)
        self.desk: DeskSession | None = desk
        self.runner: RunnerSession | None = runner
        self.inbox: deque[bytes] = deque()
        self.waiting: tuple[int, CarryOut] | None = None  # a command whose turn comes later: the runner is busy

    def cut_at_desk(self) -> None:
        self.desk = None
        self.up.is_closed = True

    def cut_at_runner(self) -> None:
        self.runner = None
        self.waiting = None
        self.inbox.clear()
        self.down.is_closed = True
