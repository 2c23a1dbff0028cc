"""Run a desk's work on the link thread, and answer for it once that thread has ended.

Imported before the first picture is painted, so nothing heavy comes in with it.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol

from terminal.domain.commands import Kill
from terminal.domain.errors import UserError
from terminal.engine.screen import ResultLine
from terminal.shell.ids import new_command

if TYPE_CHECKING:
    import asyncio

    from terminal.domain.commands import CommandBody
    from terminal.domain.ids import CommandId
    from terminal.engine.mailbox import LatestMailbox
    from terminal.engine.unread import Unread

STOPPED: Final = "与运行器的连接意外停止，请重新打开本程序；详情见标准错误输出。"
STILL_OPENING: Final = "本程序还在打开，请稍候再下达。"
LEAVING: Final = "本程序正在退出。"
KILL_THERE: Final = "要停止交易，请在运行器所在的电脑上运行 hengduo kill。"

UNHEARD: Final = (
    "运行器没有回答，不知道它是否已经停止；它可能仍在交易。"
    "要它停止交易，请在这台电脑上运行 hengduo kill；或重新打开本程序看清现状。"
)
LONGEST_END: Final = 5.0
"""Seconds after which nobody waits any longer for a link that was asked to end."""

Instead = Callable[[str, str], object]
"""Hear a code and a sentence: why a wish was not carried out."""


class Work(Protocol):
    """Be what the link thread runs; the hand's wishes are carried out on its loop."""

    stop_runner: bool
    farewell: str  # why the runner was not stopped, where that was wanted; known at the end

    @property
    def refusal(self) -> str:
        """Return why the runner will not have this desk, or was never reached; empty otherwise. From any thread."""

    @property
    def was_let_in(self) -> bool:
        """Return whether a runner has ever let this desk in. From any thread."""

    async def run(self) -> None:
        """Run until cancelled."""

    def send(self, command: CommandId, body: CommandBody, pressed: int) -> None:
        """Send a command."""

    def preview(self, request: int, body: CommandBody, *, split_close: bool) -> None:
        """Ask what a command would do."""

    def start_runner(self) -> None:
        """Start this machine's runner again, once."""

    def keep_unread(self, unread: Unread) -> None:
        """Keep what is unread for when this desk is opened again."""


class Link:
    """Run the work on a thread of its own, on one asyncio loop.

    Whatever ends it without having been asked to is told through the mailbox, so that no screen goes on showing a live
    link; `report` hears an error of this program. Every wish is then answered at once, by `instead`: none is swallowed
    by a loop that is no more.
    """

    def __init__(
        self,
        make: Callable[[], Work],
        mailbox: LatestMailbox,
        report: Callable[[BaseException], object] = lambda _: None,
    ) -> None:
        self._make = make
        self._mailbox = mailbox
        self._report = report
        self._work: Work | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._begun = threading.Event()  # or already over
        self._posted: dict[int, Instead] = {}  # what the loop has not come to yet; whoever takes one out answers it
        self._numbers = count()
        self._is_asked_to_end = False
        self._stop_runner = False
        self._is_ending = False  # a second cancellation would cut the good-bye short
        self._broken_by: Exception | None = None  # what a wish led to
        self.failed = False
        self._ended_by = ""

    @property
    def trouble(self) -> str:
        """Return the sentence that says why this desk never got in or does not go on; empty where nothing failed."""
        return self._ended_by or (self._work.refusal if self._work is not None else "")

    @property
    def was_let_in(self) -> bool:
        """Return whether a runner has ever let this desk in."""
        return self._work is not None and self._work.was_let_in

    @property
    def farewell(self) -> str:
        """Return why the runner was not stopped, or whether that is unknown, after it was asked to."""
        if self._work is None or self._ended_by or self._thread.is_alive():
            return UNHEARD
        return self._work.farewell

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def post(self, act: Callable[[Work], object], instead: Instead = lambda _, __: None) -> None:
        """Have something done on the link thread; from any thread.

        Before its start and after its end nothing is: then `instead` hears a code and why, once, on whichever thread
        finds out.
        """
        loop, number = self._loop, next(self._numbers)
        self._posted[number] = instead
        if loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._do, number, act)
                return
        self._refuse(number)

    @property
    def is_over(self) -> bool:
        """Return whether the thread does not run, or not any more."""
        return not self._thread.is_alive()

    def ask_to_end(self, *, stop_runner: bool = False) -> None:
        """Ask the work to end, and go on at once; with `stop_runner` an embedded runner is asked to end as well.

        What was asked first stands. A link that is still coming up ends as soon as its work has begun.
        """
        if not self._is_asked_to_end:
            self._stop_runner, self._is_asked_to_end = stop_runner, True
            self.post(self._end)

    def stop(self, *, stop_runner: bool = False) -> None:
        """Ask the work to end and wait for it, but not for ever: for where no window stands that would stand still."""
        self.ask_to_end(stop_runner=stop_runner)
        if self._thread.is_alive():
            self._thread.join(timeout=LONGEST_END)

    def _end(self, work: Work) -> None:
        if self._is_ending or self._task is None:
            return
        self._is_ending, work.stop_runner = True, self._stop_runner
        self._task.cancel()

    def _do(self, number: int, act: Callable[[Work], object]) -> None:
        if self._work is None or self._ended_by:
            self._refuse(number)
            return
        instead = self._posted.pop(number)
        try:
            act(self._work)
        except Exception as error:  # noqa: BLE001  # the loop would write it to a console nobody reads, and go on
            instead("UNANSWERED", "本程序出错，不知道有没有送出；请勿重复下达，先在运行器那一边核对。")
            self._broken_by = error
            if self._task is not None:
                self._task.cancel()

    def _refuse(self, number: int) -> None:
        instead = self._posted.pop(number, None)
        if instead is not None:
            instead("OFFLINE", f"没有发送：{self._ended_by or (LEAVING if self._is_asked_to_end else STILL_OPENING)}")

    def _run(self) -> None:
        import asyncio

        try:
            asyncio.run(self._attend())
        except BaseException as error:  # noqa: BLE001  # the last stop of this thread: whatever it was is shown
            self._fail(error)
        finally:
            self._begun.set()
            for number in tuple(self._posted):  # posted behind the last turn of the loop, which is closed by now
                self._refuse(number)

    async def _attend(self) -> None:
        # What went wrong is told before the loop winds down: that waits for threads, which may take minutes.
        import asyncio

        try:
            self._work = work = self._make()
            self._task = asyncio.ensure_future(work.run())
            self._loop = asyncio.get_running_loop()
            if self._is_asked_to_end:
                self._loop.call_soon(self._end, work)  # behind its first step, which may have something to say
            self._begun.set()
            await self._task
        except asyncio.CancelledError:
            if self._broken_by is not None or not self._is_asked_to_end:
                self._fail(self._broken_by)
        except Exception as error:  # noqa: BLE001  # as above
            self._fail(error)
        else:
            if not self._is_asked_to_end:
                self._fail(None)

    def _fail(self, error: BaseException | None) -> None:
        if self.failed:
            return
        sentence = STOPPED
        if isinstance(error, UserError):
            sentence = error.message
        elif error is not None:
            traceback.print_exception(error)
            self._report(error)
        self._ended_by, self.failed = sentence, True
        self._mailbox.post_trouble(sentence)


class LinkHand:
    """Implement `engine.screen.Hand`: wishes of widgets go to the link thread with the moment of the press.

    `mailbox` takes the answers to what no link thread can answer any more.
    """

    def __init__(self, link: Link, mailbox: LatestMailbox) -> None:
        self._link = link
        self._mailbox = mailbox
        self._requests = 0

    def send(self, body: CommandBody) -> CommandId:
        """Send a command; its result comes through the mailbox."""
        command, pressed = new_command(), time.monotonic_ns()

        def instead(code: str, why: str) -> None:
            sentence = f"{why}{KILL_THERE}" if isinstance(body, Kill) else why
            self._mailbox.post_result(ResultLine(command=command, body=body, ok=False, code=code, sentence=sentence))

        self._link.post(lambda work: work.send(command, body, pressed), instead)
        return command

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        """Ask what a command would do; returns the number its answer will carry."""
        self._requests += 1
        request = self._requests
        self._link.post(lambda work: work.preview(request, body, split_close=split_close))
        return request
