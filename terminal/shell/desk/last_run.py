"""Know when a desk opens whether its last run was closed, and keep what is known of how it broke (UI 8).

Theory. A run leaves a mark in the desk's folder for as long as it goes on, and takes it away when it is closed: whoever
finds one finds a run that was killed, lost its power or broke. What broke it is written beside the mark: by Python
itself where the process dies of a signal such as a segmentation fault, by `fail` where an error of this program came
through. A run that failed leaves its mark however it ended after that.

What a run found it leaves as it is until it comes to tell of it: an opening that fails before has shown it to nobody,
and the next one has to. The mark stands for the desk, not for its link: a window goes on after a link that ended.

The report names files, lines and kinds of errors, never their words: those may quote what somebody typed (SAFETY I28).
What the disk refuses is not kept, and stops nobody: a desk must open and close on a full disk as well.
"""

from __future__ import annotations

import faulthandler
import os
import threading
import time
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TextIO

import msgspec

from terminal import __version__
from terminal.domain.days.calendar import show
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MARK: Final = "running.json"
REPORT: Final = "crash.txt"
KEPT: Final = "last-crash.txt"
CAUSES: Final = 8  # of one error, told in its report

NOTHING_LOST: Final = "委托、成交、持仓和策略都由运行器记着，没有丢失；只有没下达的填写内容要重新填"
# Of the outbox only: a wish that lowers risk goes out on a full disk as well, and is not in it.
NONE_OPEN: Final = "发件箱里没有指令在等回答"
UNKNOWN_OPEN: Final = f"不知道当时有没有指令在等回答：请在「{Term.ORDERS}」和「{Term.EVENTS}」里核对"
SOME_OPEN: Final = (
    f"当时有 {{}} 条指令还没有得到回答，不会补发：请在「{Term.ORDERS}」和「{Term.EVENTS}」里核对，再决定要不要重新下达"
)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Say which run goes on: since when (UTC ns), in which process, of which version."""

    since: int
    pid: int
    version: str


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what is known of a run that was not closed: since when it went (UTC ns, `None`: unknown), its report."""

    since: int | None
    report: Path | None

    def told(self, *, heard: int | None, unanswered: int | None) -> str:
        """Return the sentence for the person: what happened, what is lost, what to look at.

        `heard` is when the desk was last sure to be heard (UTC ns); `unanswered` counts the wishes, documents aside,
        that went out and had no answer, `None` where that is not known any more.
        """
        when = ""
        if self.since is not None:
            lived = f"，{_minute(heard)} 还连着运行器" if heard is not None and heard >= self.since else ""
            when = f"（{_minute(self.since)} 打开{lived}）"
        is_open = SOME_OPEN.format(unanswered) if unanswered else UNKNOWN_OPEN if unanswered is None else NONE_OPEN
        kept = "" if self.report is None else f"出错记录在 {self.report}，请交给维护人员。"
        return f"工作台上次没有正常关闭{when}：{is_open}；{NOTHING_LOST}。{kept}"


class LastRun:
    """Mark a desk's run in its folder: `begin`, then `take_over`, once each, then `end`. From any thread."""

    def __init__(self, folder: Path, utc: Callable[[], int] = time.time_ns) -> None:
        self._folder = folder
        self._utc = utc
        self._lock = threading.Lock()
        self._since: int | None = None  # when this run began; `None` while it has not
        self._has_failed = False
        self._is_over = False
        self._found: Broken | None = None  # what the run before left, while this one has not taken it over
        self._faults: TextIO | None = None  # where Python writes what a deadly signal met

    def begin(self) -> None:
        """Begin this run; what the one before left stays as it was. A desk that has ended begins no more.

        The caller holds a lock that no other process of this desk has: a mark that is found is of a dead one.
        """
        with self._lock:
            if self._is_over:
                return
            self._found = self._look()
            self._since = self._utc()
            self._mark()
            self._watch_faults()

    def take_over(self) -> Broken | None:
        """Return how the run before broke, `None` where it was closed or there was none; from here on it is forgotten.

        To be called when nothing can keep the caller from telling it.
        """
        with self._lock:
            if self._found is None or self._is_over:
                return None
            found, self._found = self._found, None
            self._leave_faults()
            kept = None
            with suppress(OSError):
                written = self._folder / REPORT
                if written.stat().st_size:
                    kept = written.replace(self._folder / KEPT)
            self._mark()
            self._watch_faults()
            return msgspec.structs.replace(found, report=kept)

    def fail(self, error: BaseException) -> None:
        """Keep what broke this run; before it began and where the disk refuses nothing is kept."""
        with self._lock:
            if self._since is None:
                return
            self._has_failed = True
            with suppress(OSError), (self._folder / REPORT).open("a", encoding="utf-8") as file:
                file.write(f"{show(self._utc())} {__version__}\n{''.join(_stacks(error))}")
            self._mark()  # it may have been taken away: the error came up while the desk ended

    def end(self) -> None:
        """Take the mark away, unless this run failed; once more does nothing."""
        with self._lock:
            self._is_over = True
            self._leave_faults()
            if self._since is not None and self._found is None and not self._has_failed:
                with suppress(OSError):
                    (self._folder / MARK).unlink(missing_ok=True)
                    (self._folder / REPORT).unlink(missing_ok=True)

    def _watch_faults(self) -> None:
        # Where somebody has asked Python for it already, it is written where they want it.
        if not faulthandler.is_enabled():
            with suppress(OSError):
                self._faults = (self._folder / REPORT).open("a", encoding="utf-8")
                faulthandler.enable(self._faults, all_threads=True)

    def _leave_faults(self) -> None:
        if self._faults is not None:
            faulthandler.disable()
            self._faults.close()
            self._faults = None

    def _mark(self) -> None:
        if self._found is not None:  # the mark that stands there says since when the one ran that is not told of yet
            return
        mark = Mark(since=self._since or 0, pid=os.getpid(), version=__version__)
        with suppress(OSError):
            (self._folder / MARK).write_bytes(msgspec.json.encode(mark))

    def _look(self) -> Broken | None:
        try:
            data = (self._folder / MARK).read_bytes()
        except OSError:
            return None
        since = None
        with suppress(msgspec.DecodeError):  # it was cut off: the power went as it was written
            since = msgspec.json.decode(data, type=Mark).since
        return Broken(since=since, report=None)


def _minute(at: int) -> str:
    return show(at)[:16]


def _stacks(error: BaseException) -> list[str]:
    lines: list[str] = []
    cause: BaseException | None = error
    for _ in range(CAUSES):
        if cause is None:
            break
        lines += [f"{type(cause).__module__}.{type(cause).__qualname__}\n", *traceback.format_tb(cause.__traceback__)]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return lines
