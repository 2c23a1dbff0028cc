"""Put the desk together: window, mailbox, and the link thread that feeds it.

Two threads. The UI thread runs Qt and nothing else; it drains the mailbox every 33 ms. The link thread runs one stock
asyncio loop with the desk's side of the wire (`shell/desk`). A desk is always a client of a runner: of the one it is
told, or of one on this machine, which it finds or starts and leaves running when it goes.

The first window is painted before anything heavy is imported: the link thread starts, and pyqtgraph comes in, when
`MainWindow.painted` says so.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec
from PySide6.QtCore import QElapsedTimer, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from terminal.domain.errors import BEFORE_WORDS, UserError
from terminal.domain.ids import PersonId
from terminal.engine.mailbox import LatestMailbox
from terminal.shell.desk.last_run import LastRun
from terminal.shell.desk.link import LONGEST_END, Link, LinkHand, Work
from terminal.shell.desk.scheme_file import keep_scheme, last_scheme
from terminal.store.reference import resource_root
from terminal.widgets.dress.look import Look, add_fonts
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.window.main import FRAME_MS, MainWindow

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from terminal.engine.unread import Unread
    from terminal.runner.starting import Started
    from terminal.shell.desk.work import DeskWork, Find, Place, Seek

FONTS: Final = ("HTSansSC-Regular.otf", "HTSansSC-Bold.otf")
SHOT_SECONDS: Final = 8.0
BY_SIGNAL: Final = 128  # the code of a program that a signal ended is this and its number, as shells have it
GAVE_WAY: Final = -1
AFTER_ALL: Final = "本工作台已经离开，画面停在离开的时候；要接着看，请重新打开本程序。"
TOO_EARLY: Final = "到拍下画面时还没有连上运行器，画面里没有它的现状；请加大 --after 再试。"


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Say which desk this is: whose, on which runner or market, and where its files lie."""

    person: PersonId
    market: str = "sample"
    speed: float = 1.0
    runner: str = ""  # ws:// or wss://; empty: the runner of this machine
    data: Path | None = None
    token: str = ""  # of a remote runner, given for this session

    @property
    def folder(self) -> Path:
        """Return where this desk's files lie."""
        from terminal.runner.places import desk_folder

        return desk_folder(self.data, self.runner or self.market, self.person)

    def __repr__(self) -> str:
        return f"Seat({self.person}, {self.runner or self.market})"


def main(seat: Seat, *, screenshot: Path | None, after: float | None, started: Started | None) -> int:
    """Open the desk and return its exit code, `GAVE_WAY` where another window of this desk was there first. UI thread.

    With `screenshot` or `after` keep a picture of it after so many seconds and end. `started` is the runner that comes
    up for this desk, if one was started ahead.
    """
    check_seat(seat)
    qInstallMessageHandler(_pass_on)
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(["hengduo"])
    application.setApplicationName("hengduo")
    application.setApplicationDisplayName("")
    picture = screenshot is not None or after is not None  # which is not how somebody wants to work
    last_run = None if picture else LastRun(seat.folder)  # nobody would read there how the one before ended
    desk = Desk(
        application,
        lambda mailbox: desk_work(seat, mailbox, started, last_run),
        Scheme.DARK if picture else scheme_of(seat.folder),
        embedded=not seat.runner,
        keeps_layout=not picture,
        last_run=last_run,
    )
    if not seat.runner:
        desk.window.statements.importer.read_by(lambda statement: reconcile_words(seat, statement))
        # Behind `furnish`, which makes the panels.
        desk.window.painted.connect(lambda: desk.window.panels.scanner.search.read_by(lambda: scan_words(seat)))
    if not picture:
        desk.look.changed.connect(lambda: keep_scheme(seat.folder, desk.look.scheme))
    ends = _EndOnTrouble(application, desk.report)
    desk.window.painted.connect(lambda: _listen(desk, seat, gives_way=not picture))
    desk.open()
    if picture:
        seconds = SHOT_SECONDS if after is None else after
        desk.window.painted.connect(
            lambda: QTimer.singleShot(round(seconds * 1000), lambda: application.exit(desk.finish(screenshot)))
        )
    code = application.exec()
    if code == GAVE_WAY:
        desk.close()
        return code
    return desk.leave(ends.code or code)


def reconcile_words(seat: Seat, statement: Path) -> list[str]:
    """Return the command line that compares a statement with the journal of this desk's own runner."""
    from terminal.runner.places import runner_folder
    from terminal.runner.starting import program

    journal = runner_folder(seat.data, seat.market)
    return [*program(), "reconcile", str(statement.absolute()), "--data", str(journal), "--json"]


def scan_words(seat: Seat) -> list[str]:
    """Return the command line that scans what this desk's own runner has recorded."""
    from terminal.runner.places import runner_folder
    from terminal.runner.starting import program

    return [*program(), "scan", "--data", str(runner_folder(seat.data, seat.market)), "--json"]


def scheme_of(folder: Path) -> Scheme:
    """Return the colours a desk's window last wore; dark where it never wore any."""
    found = last_scheme(folder)
    return Scheme(found) if found in set(Scheme) else Scheme.DARK


def _listen(desk: Desk, seat: Seat, *, gives_way: bool) -> None:
    # Qt's network is not needed for the first picture.
    from terminal.widgets.window.first_window import FirstWindow

    first = FirstWindow(desk.window, seat.folder)
    desk.window.leaving.parting.connect(first.stand_down)
    if gives_way:
        first.second.connect(lambda: QApplication.exit(GAVE_WAY))  # `quit` would ask the person
    first.listen()


class Desk:
    """Hold the window and the link that feeds it. UI thread only."""

    def __init__(
        self,
        application: QApplication,
        work: Callable[[LatestMailbox], Work],
        scheme: Scheme = Scheme.DARK,
        *,
        embedded: bool = False,
        keeps_layout: bool = False,
        last_run: LastRun | None = None,
    ) -> None:
        add_fonts(tuple((resource_root() / "fonts" / name).read_bytes() for name in FONTS))
        self.mailbox = LatestMailbox()
        self._last_run = last_run
        self.link = Link(lambda: work(self.mailbox), self.mailbox, self.report)
        self.look = Look(application, scheme)
        hand = LinkHand(self.link, self.mailbox)
        self.window = MainWindow(self.look, self.mailbox, hand, embedded=embedded, keeps_layout=keeps_layout)
        self.window.painted.connect(self.link.start)
        self.window.painted.connect(self.window.furnish)
        self.window.painted.connect(collect_from_now_on)
        self.window.ribbon.unread_changed.connect(self._keep_unread)
        self.window.ribbon.start_button.wanted.connect(self._start_runner)
        self.window.leaving.stop_wanted.connect(self._stop_runner)
        self._since_stop, self._ending = QElapsedTimer(), QTimer(self.window)
        self._ending.setInterval(FRAME_MS)
        self._ending.timeout.connect(self._part_when_over)

    def open(self) -> None:
        """Show the window; the link starts when it is painted."""
        self.window.show()

    def close(self) -> None:
        """End the window and the link, in this order: nobody looks at a window that waits for a runner's last word."""
        self._ending.stop()
        self.window.end()
        self.link.stop()
        if self._last_run is not None:  # closed in order, even where the runner was too slow for a good-bye
            self._last_run.end()

    def report(self, error: BaseException) -> None:
        """Keep what broke this desk, where it keeps a record of its run; from any thread."""
        if self._last_run is not None:
            self._last_run.fail(error)

    def _keep_unread(self, unread: Unread) -> None:
        self.link.post(lambda work: work.keep_unread(unread))

    def _start_runner(self) -> None:
        self.link.post(lambda work: work.start_runner())

    def _stop_runner(self) -> None:
        # The window goes when the runner has answered: another desk may have come in while the person was asked. It
        # lives on until then, for a runner may be frozen.
        self.link.ask_to_end(stop_runner=True)
        self.window.leaving.wait(LONGEST_END)
        self._since_stop.start()
        self._ending.start()

    def _part_when_over(self) -> None:
        if self.link.is_over or self._since_stop.hasExpired(round(LONGEST_END * 1000)):
            self._ending.stop()
            farewell = self.link.farewell
            if farewell:
                self.mailbox.post_trouble(AFTER_ALL)  # the window stands until that is read, and is live no more
            self.window.leaving.part(farewell)

    def leave(self, code: int = 0) -> int:
        """End the link and the window and return the exit code: a desk that never got in did not do what it is for.

        Why is said on standard error as well: the window that showed it is gone. Whoever closes it while the first
        attempt is still under way has changed his mind, and nothing has failed.
        """
        trouble = self.link.trouble
        self.close()
        if trouble:
            print(f"{BEFORE_WORDS}{trouble}", file=sys.stderr)  # noqa: T201  # as every command says what stopped it
        return code or (1 if trouble else 0)

    def finish(self, picture: Path | None) -> int:
        """Keep a picture, print one line about what the desk shows, and return the exit code."""
        self.window.drain()
        print(self.window.summary())  # noqa: T201  # said to whoever has no screen
        if picture is not None and not self.window.grab().save(str(picture)):
            print(f"画面写不进 {picture}，请检查目录与扩展名（.png）。", file=sys.stderr)  # noqa: T201  # as above
            return 1
        if not self.link.trouble and not self.link.was_let_in:
            print(TOO_EARLY, file=sys.stderr)  # noqa: T201  # as above
        return 0 if self.link.was_let_in and not self.link.trouble else 1


def collect_from_now_on() -> None:
    """Collect garbage again after start-up, but leave alone what came in with it: modules and panels stay for good."""
    gc.freeze()
    gc.enable()


def _pass_on(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    del kind, context
    # The offscreen platform says so of every size hint and every menu; it means nothing.
    if not text.startswith("This plugin does not support"):
        print(f"Qt：{text}", file=sys.stderr)  # noqa: T201  # where Qt itself would have written it


class _EndOnTrouble:
    """End the program where Qt would go on: on Ctrl+C, when the system asks, and on an error inside a slot."""

    def __init__(self, application: QApplication, report: Callable[[BaseException], object]) -> None:
        self.code = 0
        self._application = application
        self._report = report
        # A system that shuts down asks by SIGTERM, a terminal that is closed by SIGHUP: a desk that Python let die of
        # them would count as crashed.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # which `nohup` asks for
            signal.signal(signal.SIGHUP, self._interrupt)
        sys.excepthook = self._fail

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._end(BY_SIGNAL + number)

    def _fail(self, kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, where)
        self._report(error)
        self._end(1)

    def _end(self, code: int) -> None:
        self.code = code
        self._application.exit(code)  # `quit` would ask the window first, and that may ask the person
        # Before the application goes round that does nothing: once more when it does.
        QTimer.singleShot(0, lambda: self._application.exit(code))


# --- the work of the link thread --------------------------------------------------------------------------------------


def check_seat(seat: Seat) -> None:
    """Refuse a market or runner nobody knows, now and not on the thread."""
    if seat.runner:
        if not seat.runner.startswith(("ws://", "wss://")):
            raise UserError(f"--runner {seat.runner} 应以 wss:// 开头（本机可用 ws://127.0.0.1:端口）。")
        try:
            _ = urlsplit(seat.runner).port
        except ValueError:
            raise UserError(f"--runner {seat.runner} 不是地址：端口应是 0 到 65535 的数。") from None
        return
    kind, _, path = seat.market.partition(":")
    if kind == "replay" and path:
        if not Path(path).exists() and not has_magic(path):
            raise UserError(f"找不到行情文件 {path}，请核对 --market replay:路径。")
    elif kind != "sample" or path:
        raise UserError(f"不认识的行情 {seat.market}，请写 sample 或 replay:路径。")


def desk_work(
    seat: Seat, mailbox: LatestMailbox, started: Started | None = None, last_run: LastRun | None = None
) -> DeskWork:
    """Return the work of a seat's link thread; made on that thread, where everything heavy is imported."""
    from terminal.runner.places import base_folder, runner_folder
    from terminal.shell.desk.work import DeskWork
    from terminal.store.reference import load_calendar

    own = base_folder(seat.data) if seat.runner else runner_folder(seat.data, seat.market)
    return DeskWork(
        folder=seat.folder,
        person=seat.person,
        find=_finder(seat, mailbox, started),
        calendar=lambda: load_calendar(data=own),
        mailbox=mailbox,
        seek=_seeker(seat),
        embedded=not seat.runner,
        last_run=last_run,
    )


def _seeker(seat: Seat) -> Seek:
    from terminal.runner.remote import seek_embedded, seek_remote

    if seat.runner:
        return lambda refused: seek_remote(
            seat.runner, seat.person, data=seat.data, token=seat.token, is_refused=refused
        )
    return lambda _: seek_embedded(data=seat.data, market=seat.market)


def _finder(seat: Seat, mailbox: LatestMailbox, started: Started | None) -> Find:
    from terminal.runner.remote import find_embedded, find_remote

    if seat.runner:
        return lambda _: find_remote(
            seat.runner, seat.person, data=seat.data, token=seat.token, say=mailbox.post_notice
        )
    ahead = [started]  # for the first look: when a person has it started again, this one is dead

    def find(say: Callable[[str], None]) -> Awaitable[Place]:
        child = ahead.pop() if ahead else None
        return find_embedded(data=seat.data, market=seat.market, speed=seat.speed, started=child, say=say)

    return find
