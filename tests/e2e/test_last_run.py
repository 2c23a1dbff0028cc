"""A desk's run that was not closed is told by the next one, with what is left to look at and what is not lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.errors import UserError
from terminal.domain.ids import CommandId, DeviceId, PersonId
from terminal.engine.mailbox import LatestMailbox
from terminal.shell.desk.last_run import KEPT, MARK, REPORT, LastRun
from terminal.shell.desk.link import Link
from terminal.shell.desk.work import DeskWork, Place
from terminal.store.outbox import Outbox
from terminal.store.reference import load_calendar
from tests.e2e.processes import ROOT, eventually

MORNING = instant(20210104, 9, 5)
NOTHING_OPEN = (
    "：发件箱里没有指令在等回答；委托、成交、持仓和策略都由运行器记着，没有丢失；只有没下达的填写内容要重新填。"
)
SECRET = "hunter2"

# A run that dies of a segmentation fault, as a broken library would have it.
FAULT = """
import faulthandler, sys
from pathlib import Path
from terminal.shell.desk.last_run import LastRun
run = LastRun(Path(sys.argv[1]), lambda: int(sys.argv[2]))
run.begin()
assert run.take_over() is None
faulthandler._sigsegv()
"""

# A window whose button does what this program did not foresee; it ends after that as it would when closed.
SLOT = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from terminal.app import _EndOnTrouble
from terminal.shell.desk.last_run import LastRun

def pressed():
    return 1 // 0

application, run = QApplication([]), LastRun(Path(sys.argv[1]), lambda: int(sys.argv[2]))
run.begin()
ends = _EndOnTrouble(application, run.fail)
QTimer.singleShot(0, pressed)
application.exec()
run.end()
sys.exit(ends.code)
"""


class Room:
    """Open desks of one folder that never find their runner."""

    def __init__(self, folder: Path, at: int = MORNING) -> None:
        self.folder = folder
        self.at = at
        self.mailbox = LatestMailbox()
        self.error: Exception | None = None  # what looking for the runner leads to
        self.last_run = LastRun(folder)  # of the desk that was opened last

    async def find(self, _: object) -> Place:
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()
        raise AssertionError

    def desk(self) -> Link:
        self.last_run = last_run = LastRun(self.folder, lambda: self.at)
        work = partial(
            DeskWork,
            folder=self.folder,
            person=PersonId("trader"),
            find=self.find,
            calendar=load_calendar,
            mailbox=self.mailbox,
            last_run=last_run,
        )
        return Link(work, self.mailbox, last_run.fail)

    def opened_and_closed(self) -> tuple[str, ...]:
        """Return what the next desk says of itself; it is closed in order, unless it breaks."""
        link = self.desk()
        link.start()
        eventually(lambda: link.is_over or bool(self.mailbox._unread), "a desk that is open")
        link.stop()
        self.last_run.end()
        return self.mailbox.drain().notices


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path / "desk")


def killed(room: Room, program: str) -> int:
    room.folder.mkdir(exist_ok=True)
    words = [sys.executable, "-c", program, str(room.folder), str(MORNING)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONFAULTHANDLER", None)
    return subprocess.run(words, env=environment, check=False, capture_output=True, timeout=60).returncode


def test_a_run_that_was_closed_says_nothing_and_leaves_nothing(room: Room) -> None:
    assert [room.opened_and_closed() for _ in range(3)] == [(), (), ()]
    assert not (room.folder / MARK).exists()
    assert not (room.folder / REPORT).exists()


def test_a_run_that_goes_on_is_marked_by_whoever_has_the_desk_and_by_nobody_else(room: Room) -> None:
    first = room.desk()
    mine = room.last_run
    first.start()
    eventually(lambda: bool(room.mailbox._unread), "the first one is open")
    marked = (room.folder / MARK).read_bytes()
    room.at += 60_000_000_000
    second = room.desk()
    second.start()
    eventually(lambda: second.is_over, "the second one was refused")
    assert "正由进程" in second.trouble
    second.stop()
    room.last_run.end()
    assert (room.folder / MARK).read_bytes() == marked
    first.stop()
    mine.end()
    assert not (room.folder / MARK).exists()


def test_a_crash_leaves_the_stacks_and_is_told_once(room: Room) -> None:
    assert killed(room, FAULT) == -signal.SIGSEGV
    room.at = MORNING + 60_000_000_000
    (told,) = room.opened_and_closed()
    kept = room.folder / KEPT
    assert told == (f"工作台上次没有正常关闭（2021-01-04 09:05 打开）{NOTHING_OPEN}出错记录在 {kept}，请交给维护人员。")
    assert "Segmentation fault" in kept.read_text(encoding="utf-8")
    assert room.opened_and_closed() == ()


def test_what_had_no_answer_is_counted_and_where_to_look_is_said(room: Room) -> None:
    # Given an order and a document that went out, and no answer
    room.opened_and_closed()
    box = Outbox(room.folder, new_device=DeviceId("d"))
    for name, is_order in (("c1", True), ("c2", False)):
        box.next(CommandId(name), kind="x", is_order=is_order, pressed_mono=1, ttl_ms=1, frame=lambda _: b"{}")
    box.close()
    # When the process dies
    assert killed(room, FAULT) == -signal.SIGSEGV
    # Then the one that may have done something is named: the document goes out again by itself.
    (told,) = room.opened_and_closed()
    assert "：当时有 1 条指令还没有得到回答，不会补发：请在「委托」和「事件」里核对，再决定要不要重新下达；" in told


def test_where_the_outbox_was_lost_nobody_claims_that_nothing_was_open(room: Room) -> None:
    room.opened_and_closed()
    assert killed(room, FAULT) == -signal.SIGSEGV
    for file in room.folder.glob("outbox.db*"):
        file.write_bytes(b"torn" * 4096)
    told, *_ = room.opened_and_closed()
    assert "：不知道当时有没有指令在等回答：请在「委托」和「事件」里核对；" in told
    assert "没有指令在等回答；" not in told.replace("有没有指令在等回答", "")


def test_an_opening_that_fails_leaves_the_crash_for_the_next_to_tell(room: Room) -> None:
    # Given a desk that died, and one after it that the disk did not let open
    assert killed(room, FAULT) == -signal.SIGSEGV
    blocked = room.folder / "replica.db"
    blocked.mkdir()
    room.at = MORNING + 60_000_000_000
    assert room.opened_and_closed() == ()
    assert room.mailbox.drain().notices == ()
    blocked.rmdir()
    # Then the next says when the one that died was opened, and has its report.
    (told,) = room.opened_and_closed()
    assert "（2021-01-04 09:05 打开）" in told
    assert "出错记录在" in told
    assert "Segmentation fault" in (room.folder / KEPT).read_text(encoding="utf-8")
    assert room.opened_and_closed() == ()


def test_an_error_of_this_program_in_such_an_opening_is_kept_beside_the_crash(room: Room) -> None:
    assert killed(room, FAULT) == -signal.SIGSEGV
    room.at = MORNING + 60_000_000_000
    failed = LastRun(room.folder, lambda: room.at)
    failed.begin()
    failed.fail(ValueError(SECRET))
    failed.end()
    (told,) = room.opened_and_closed()
    assert "（2021-01-04 09:05 打开）" in told
    written = (room.folder / KEPT).read_text(encoding="utf-8")
    assert written.index("Segmentation fault") < written.index("builtins.ValueError")


def test_a_desk_whose_end_came_before_its_link_leaves_no_mark(room: Room) -> None:
    room.folder.mkdir()
    late = LastRun(room.folder)
    late.end()
    late.begin()
    assert late.take_over() is None
    assert not (room.folder / MARK).exists()


def test_a_desk_that_is_closed_before_it_has_told_of_a_crash_leaves_it_to_the_next(room: Room) -> None:
    room.folder.mkdir()
    LastRun(room.folder, lambda: MORNING).begin()
    hasty = LastRun(room.folder)
    hasty.begin()
    hasty.end()
    assert hasty.take_over() is None  # its link comes to it too late
    hasty.end()
    assert "（2021-01-04 09:05 打开）" in room.opened_and_closed()[0]


def test_when_the_desk_was_last_heard_is_told_where_that_was_in_this_run(room: Room) -> None:
    room.folder.mkdir()
    LastRun(room.folder, lambda: MORNING).begin()
    again, minute = LastRun(room.folder, lambda: MORNING), 60_000_000_000
    again.begin()
    broken = again.take_over()
    assert broken is not None
    assert "（2021-01-04 09:05 打开，2021-01-04 09:25 还连着运行器）" in broken.told(
        heard=MORNING + 20 * minute, unanswered=0
    )
    assert "（2021-01-04 09:05 打开）" in broken.told(heard=MORNING - minute, unanswered=0)
    assert "（2021-01-04 09:05 打开）" in broken.told(heard=None, unanswered=0)


def test_a_mark_that_was_cut_off_is_one_all_the_same(room: Room) -> None:
    room.folder.mkdir()
    (room.folder / MARK).write_bytes(b'{"since": 16')
    assert room.opened_and_closed() == (f"工作台上次没有正常关闭{NOTHING_OPEN}",)


def test_an_error_of_this_program_is_kept_without_its_words(room: Room, capfd: pytest.CaptureFixture[str]) -> None:
    room.error = ValueError(f"no such token: {SECRET}")
    room.opened_and_closed()
    room.error = None
    (told,) = room.opened_and_closed()
    assert "出错记录在" in told
    written = (room.folder / KEPT).read_text(encoding="utf-8")
    assert "builtins.ValueError" in written
    assert "in find" in written
    assert SECRET not in written
    assert SECRET in capfd.readouterr().err


def test_an_error_that_closed_the_window_is_kept(room: Room) -> None:
    assert killed(room, SLOT) == 1
    (told,) = room.opened_and_closed()
    assert "出错记录在" in told
    assert "in pressed" in (room.folder / KEPT).read_text(encoding="utf-8")


def test_what_a_person_can_mend_is_no_crash(room: Room) -> None:
    room.error = UserError("运行器起不来。")
    link = room.desk()
    link.start()
    eventually(lambda: link.is_over, "a link that ended")
    assert (room.folder / MARK).exists()  # the window stands until somebody closes it, and may be killed until then
    room.last_run.end()
    assert not (room.folder / MARK).exists()
    room.error = None
    assert room.opened_and_closed() == ()


def test_a_disk_that_refuses_stops_no_desk(room: Room) -> None:
    room.folder.mkdir()
    (room.folder / MARK).mkdir()  # neither read nor written
    assert room.opened_and_closed() == ()
