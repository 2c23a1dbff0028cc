"""Put the desk together: window, mailbox, and the link thread that feeds it.

Two threads. The UI thread runs Qt and nothing else; it drains the mailbox every 33 ms. The link thread runs one stock
asyncio loop with the work it is given, a coroutine over the mailbox: `market_work` here, which runs engine, gate and
sim exchange over a market against the wall clock. A remote runner takes its place by being another `Work`.

The first window is painted before anything heavy is imported: the link thread starts, and pyqtgraph comes in, when
`MainWindow.painted` says so.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from terminal.domain.calendar import instant
from terminal.domain.errors import UserError
from terminal.domain.ids import InstrumentId
from terminal.engine.mailbox import LatestMailbox
from terminal.store.reference import resource_root
from terminal.widgets.look import Look, add_fonts
from terminal.widgets.main_window import MainWindow
from terminal.widgets.tokens import Scheme

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from terminal.domain.instrument import Instrument, Reference
    from terminal.shell.runner import Runner

Work = Callable[[LatestMailbox], Awaitable[None]]
Opened = tuple["Runner", int]  # what runs, and from when on it is live (UTC ns)

FONTS: Final = ("HTSansSC-Regular.otf", "HTSansSC-Bold.otf")
SEED: Final = 20_260_105
PAST_DAYS: Final = 5  # trading days of the sample market that have already been when the window opens
LIVE_HOUR: Final = 9  # the sample market goes live when the day session of its next day opens
LONGEST_WAIT: Final = 1.0  # seconds; breaks and nights of a market that brings its own clock are no longer than this
TELL_EVERY: Final = 0.1  # seconds
BREATH: Final = 12  # batches of the past between two tellings; about a second of market time
SHOT_SECONDS: Final = 8.0
INTERRUPTED: Final = 130


def main(*, market: str, speed: float, screenshot: Path | None, after: float | None) -> int:
    """Open the desk; with `screenshot` or `after` keep a picture of it after so many seconds and end. UI thread."""
    work = market_work(market, speed)
    qInstallMessageHandler(_pass_on)
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(["hengduo"])
    application.setApplicationName("hengduo")
    application.setApplicationDisplayName("")
    desk = Desk(application, work)
    ends = _EndOnTrouble(application)
    desk.open()
    if screenshot is not None or after is not None:
        seconds = SHOT_SECONDS if after is None else after
        desk.window.painted.connect(
            lambda: QTimer.singleShot(round(seconds * 1000), lambda: application.exit(desk.finish(screenshot)))
        )
    code = application.exec()
    desk.close()
    return ends.code or code


class Desk:
    """Hold the window and the link that feeds it. UI thread only."""

    def __init__(self, application: QApplication, work: Work, scheme: Scheme = Scheme.DARK) -> None:
        add_fonts(tuple((resource_root() / "fonts" / name).read_bytes() for name in FONTS))
        self.mailbox = LatestMailbox()
        self.link = Link(work, self.mailbox)
        self.look = Look(application, scheme)
        self.window = MainWindow(self.look, self.mailbox)
        self.window.painted.connect(self.link.start)
        self.window.painted.connect(self.window.furnish)

    def open(self) -> None:
        """Show the window; the link starts when it is painted."""
        self.window.show()

    def close(self) -> None:
        """End the link and the window."""
        self.link.stop()
        self.window.close()

    def finish(self, picture: Path | None) -> int:
        """Keep a picture, print one line about what the desk shows, and return the exit code."""
        self.window.drain()
        print(self.window.summary())  # noqa: T201  # said to whoever has no screen
        if picture is not None and not self.window.grab().save(str(picture)):
            print(f"画面写不进 {picture}，请检查目录与扩展名（.png）。", file=sys.stderr)  # noqa: T201  # as above
            return 1
        return 1 if self.link.failed else 0


class Link:
    """Run the work on a thread of its own, on one asyncio loop. What ends it early is told through the mailbox."""

    def __init__(self, work: Work, mailbox: LatestMailbox) -> None:
        self._work = work
        self._mailbox = mailbox
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._begun = threading.Event()  # or already over
        self.failed = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def post(self, act: Callable[[], object]) -> None:
        """Have something done on the link thread; from any thread. Before its start and after its end nothing is."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop closed in between
                self._loop.call_soon_threadsafe(act)

    def stop(self) -> None:
        """Ask the work to end and wait for it."""
        if self._thread.is_alive():
            self._begun.wait()
            self.post(lambda: self._task.cancel() if self._task else None)
            self._thread.join(timeout=5)

    def _run(self) -> None:
        try:
            asyncio.run(self._attend())
        except UserError as error:
            self.failed = True
            self._mailbox.post_trouble(error.message)
        except Exception:  # noqa: BLE001  # the last stop of this thread: whatever it was is shown, not swallowed
            self.failed = True
            traceback.print_exc()
            self._mailbox.post_trouble("行情连接意外停止，请重新打开本程序；详情见标准错误输出。")
        finally:
            self._begun.set()

    async def _attend(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.ensure_future(self._work(self._mailbox))
        self._begun.set()
        with suppress(asyncio.CancelledError):
            await self._task


def _pass_on(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    del kind, context
    # The offscreen platform says so of every size hint and every menu; it means nothing.
    if not text.startswith("This plugin does not support"):
        print(f"Qt：{text}", file=sys.stderr)  # noqa: T201  # where Qt itself would have written it


class _EndOnTrouble:
    """End the program where Qt would go on: on Ctrl+C, and on an error inside a slot."""

    def __init__(self, application: QApplication) -> None:
        self.code = 0
        self._application = application
        signal.signal(signal.SIGINT, self._interrupt)
        sys.excepthook = self._fail

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.code = INTERRUPTED
        self._application.quit()

    def _fail(self, kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, where)
        self.code = 1
        self._application.exit(1)


# --- the work of the link thread --------------------------------------------------------------------------------------


def market_work(market: str, speed: float) -> Work:
    """Return the work that runs a market; an unknown market is a `UserError`, now and not on the thread."""
    kind, _, path = market.partition(":")
    if kind == "sample" and not path:
        return lambda mailbox: _run(mailbox, _open_sample, speed)
    if kind == "replay" and path:
        if not Path(path).exists() and not has_magic(path):
            raise UserError(f"找不到行情文件 {path}，请核对 --market replay:路径。")
        return lambda mailbox: _run(mailbox, lambda reference: _open_replay(Path(path), reference), speed)
    raise UserError(f"不认识的行情 {market}，请写 sample 或 replay:路径。")


async def _run(mailbox: LatestMailbox, open_market: Callable[[Reference], Opened], speed: float) -> None:
    from terminal.shell.live import run_live
    from terminal.shell.telling import Teller
    from terminal.store.reference import load_reference

    reference = load_reference()
    runner, live_from = open_market(reference)
    teller = Teller(mailbox, reference.calendar, runner.gateway.market)
    try:
        await run_live(runner, teller, live_from=live_from, speed=speed)
    finally:
        await runner.gateway.close()
        runner.journal.close()
    mailbox.post_trouble(f"{runner.gateway.market}已播放完毕，画面停在最后一刻。重新打开程序可以再看一遍。")


def _open_sample(reference: Reference) -> Opened:
    from terminal.gateways.sample.market import SampleMarket
    from terminal.runner.demo import sample_runner

    calendar = reference.calendar
    # The market has its own clock; the machine's only chooses among the days the calendar knows.
    known = calendar.trading_days(calendar.first, calendar.last)
    latest = calendar.begins_at(known[-2 * PAST_DAYS])
    day = calendar.trading_day(min(max(time.time_ns(), calendar.begins_at(known[1])), latest))
    first = known[max(1, known.index(day) - PAST_DAYS)]
    source = SampleMarket(seed=SEED, reference=reference, start=calendar.begins_at(first))
    return sample_runner(source, reference), instant(day, LIVE_HOUR)


def _open_replay(files: Path, reference: Reference) -> Opened:
    from terminal.gateways.replay.open import read_recording
    from terminal.runner.demo import quote_runner

    def resolve(symbol: str, on: int) -> Instrument:
        return reference.instrument(InstrumentId(symbol), on) if "." in symbol else reference.find(symbol, on)

    recording = read_recording([files], instruments=resolve, calendar=reference.calendar)
    return quote_runner(recording, reference), int(recording.at[0])
