from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from terminal.app import Desk, Seat, check_seat, desk_work
from terminal.domain.commands import CancelAll, CommandBody
from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId, CommandId, PersonId
from terminal.engine.mailbox import LatestMailbox
from terminal.engine.unread import Unread
from terminal.shell.desk.last_run import MARK, LastRun
from terminal.shell.desk.link import Link, LinkHand
from terminal.widgets.dress.look import Look
from terminal.widgets.dress.tokens import Scheme
from tests.e2e.own_runner import card_of, home, run
from tests.e2e.processes import OFFSCREEN, ROOT, eventually, is_running

pytestmark = pytest.mark.xdist_group("desks with a runner")

FIRST_PICTURE: Final = """
import json, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from terminal.app import Desk, Seat, desk_work

heavy = {"numpy", "pandas", "pyqtgraph", "sqlalchemy", "websockets", "cryptography", "keyring", "asyncio", "QuantLib"}
application = QApplication([])
seat = Seat(person="trader", data=Path(sys.argv[1]))
desk = Desk(application, lambda mailbox: desk_work(seat, mailbox), keeps_layout=True)
seen = {}

def painted():
    seen["at first picture"] = sorted(heavy & set(sys.modules))

def furnished():
    seen["afterwards"] = sorted({"numpy", "pyqtgraph"} & set(sys.modules))
    application.quit()

desk.window.painted.disconnect()
desk.window.painted.connect(painted)
desk.window.painted.connect(desk.window.furnish)
desk.window.painted.connect(furnished)
desk.open()
application.exec()
desk.close()
print(json.dumps(seen))
"""

# A desk as `run` opens it; when two strategies are seen running, it is asked to close and answers as it was told to.
CLOSING: Final = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from terminal.app import Desk, Seat, desk_work
from terminal.domain.words.terms import Term
from terminal.engine.screen import LinkState
from terminal.runner.card import read_card
from terminal.runner.places import runner_folder
from terminal.widgets.window.leaving_box import LeavingBox

data, answers = Path(sys.argv[1]), [Term[name] for name in sys.argv[2].split(",")]
application = QApplication([])
seat = Seat(person="trader", data=data)
desk = Desk(application, lambda mailbox: desk_work(seat, mailbox), embedded=True, keeps_layout=True)
window = desk.window
state = {"live": False, "basis": None}
take = window.take

def watched(drained):
    take(drained)
    if drained.link is not None and drained.link.state is LinkState.LIVE:
        state["live"] = True

window.take = watched

def look():
    running = [name for name, card in window._cards.items() if card.status.value in ("RUNNING", "WINDING")]
    if not state["live"] or len(running) < 2:
        return
    timer.stop()
    card = read_card(runner_folder(data, "sample"))
    state.update(
        pid=card.pid,
        strategies=sorted([name, one.version] for name, one in window._cards.items()),
        trades=sorted(line.trade for line in window.orders.trades.lines.values()),
        account=window.top.accounts.currentData(),
        basis=window.basis.isVisible(),
    )
    for answer in answers:
        if answer is Term.KEEP_RUNNING:
            window.basis.close()
        assert not window.close()
        box = window.findChildren(LeavingBox)[-1]
        next(one for one in box.buttons() if one.text() == answer).click()
        state[answer.name] = window.isVisible()
    application.exit(0)

timer = QTimer()
timer.setInterval(30)
timer.timeout.connect(look)
timer.start()
desk.open()
application.exec()
desk.close()
print(json.dumps(state))
"""


# A desk as a person opens it: without a screen the command line makes a picture of it instead.
WINDOW: Final = """
import sys
from pathlib import Path
from terminal.app import Seat, main
seat = Seat(person=sys.argv[2], data=Path(sys.argv[1]))
sys.exit(main(seat, screenshot=None, after=None, started=None))
"""

# A program that is asked to end while it comes up; that it would go on shows as 77.
EARLY_SIGNAL: Final = """
import signal
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from terminal.app import _EndOnTrouble
# before
application = QApplication([])
ends = _EndOnTrouble(application, print)
signal.raise_signal(signal.SIGTERM)
QTimer.singleShot(300, lambda: application.exit(77))
print(application.exec(), ends.code)
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    with home(tmp_path / "home") as folder:
        yield folder


@pytest.fixture(scope="module")
def attended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose runner is up and ready."""
    with home(tmp_path_factory.mktemp("attended")) as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "terminal", "runner", "--embedded", folder / "runner" / "sample", "sample", "1.0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=OFFSCREEN,
        )  # fmt: skip
        with process:
            assert process.stdout is not None
            assert process.stdout.readline().strip().endswith("行情 样例行情")
            yield folder
            process.terminate()


def test_the_first_picture_stands_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    ended = run("-c", FIRST_PICTURE, str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {"at first picture": [], "afterwards": ["numpy"]}  # the chart comes with a basis


def test_the_command_line_keeps_a_picture_and_says_one_line(attended: Path, tmp_path: Path) -> None:
    picture = tmp_path / "desk.png"
    words = ("run", "--data", str(attended), "--screenshot", str(picture), "--after", "6")
    ended = run("-m", "terminal", *words)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("衡舵 · 样例行情 · 账户 SAMPLE-1 ")
    assert len(ended.stdout.splitlines()) == 1
    assert "离屏运行 6 秒" in ended.stderr
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1440, 900)
    colours = {image.pixelColor(x, y).name() for x in range(0, 1440, 7) for y in range(0, 900, 7)}
    assert len(colours) > 20


def test_a_picture_that_cannot_be_written_is_said_and_is_a_failure(attended: Path, tmp_path: Path) -> None:
    words = ("run", "--data", str(attended), "--screenshot", str(tmp_path / "none" / "desk.png"), "--after", "0.5")
    ended = run("-m", "terminal", *words)
    assert ended.returncode == 1
    assert "画面写不进" in ended.stderr


def test_a_closed_desk_leaves_its_runner_or_stops_it_and_the_next_one_finds_what_was(data: Path) -> None:
    first = desk(data, "STAY,KEEP_RUNNING")
    assert (first["STAY"], first["KEEP_RUNNING"]) == (True, False)
    assert len(first["strategies"]) >= 2
    card = card_of(data)
    assert card is not None
    assert card.pid == first["pid"]
    assert is_running(card.pid)
    second = desk(data, "STOP_RUNNER")
    assert second["pid"] == first["pid"]
    assert second["account"] == first["account"]
    assert [one for one in second["strategies"] if one in first["strategies"]] == first[
        "strategies"
    ]  # one more may have begun
    assert set(first["trades"]) <= set(second["trades"])
    assert (first["basis"], second["basis"]) == (True, False)  # the panel was closed when the first desk left
    eventually(lambda: not is_running(first["pid"]), "the end of the runner")
    assert card_of(data) is None


def desk(data: Path, answers: str) -> dict[str, Any]:
    ended = run("-c", CLOSING, str(data), answers)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_desk_that_is_asked_to_end_by_a_signal_does_so_in_order_and_leaves_its_runner(
    attended: Path, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WINDOW, str(attended), "operator"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=OFFSCREEN,
    )  # fmt: skip
    with process:
        eventually(lambda: list(attended.glob("desk/*/operator/running.json")), "the desk's own files")
        process.send_signal(number)
        assert process.wait(timeout=30) == 128 + number
    assert not list(attended.glob("desk/*/operator/running.json"))
    card = card_of(attended)
    assert card is not None
    assert is_running(card.pid)


def test_a_desk_that_was_killed_says_so_when_it_is_opened_again(attended: Path) -> None:
    words = ("run", "--data", str(attended), "--profile", "supervisor")
    with subprocess.Popen(
        [sys.executable, "-c", WINDOW, str(attended), "supervisor"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=OFFSCREEN,
    ) as first:  # fmt: skip
        eventually(lambda: list(attended.glob("desk/*/supervisor/running.json")), "a desk that is open")
        first.kill()
    # A picture is nobody who reads it, and leaves it to the next one who does.
    picture = run("-m", "terminal", *words, "--after", "5", "--screenshot", str(attended / "again.png"))
    assert picture.returncode == 0, picture.stderr
    assert "工作台上次没有正常关闭" not in picture.stdout
    seat, mailbox = Seat(person=PersonId("supervisor"), data=attended), LatestMailbox()
    last_run = LastRun(seat.folder)
    link = Link(lambda: desk_work(seat, mailbox, None, last_run), mailbox, last_run.fail)
    link.start()
    told = eventually(lambda: mailbox.drain().notices, "what the window says first")
    link.stop()
    last_run.end()
    assert "工作台上次没有正常关闭" in told[0]
    assert "发件箱里没有指令在等回答" in told[0]
    assert not (seat.folder / MARK).exists()


def test_a_recording_that_is_none_is_told_with_its_sentence(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = tmp_path / "torn.csv"
    torn.write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    mailbox = LatestMailbox()
    seat = Seat(person=PersonId("trader"), market=f"replay:{torn}", data=data)
    link = Link(lambda: desk_work(seat, mailbox), mailbox)
    link.start()
    eventually(lambda: link.failed, "the link's failure")
    link.stop()
    trouble = mailbox.drain().trouble
    assert trouble is not None
    assert "torn.csv 第 1 行" in trouble


@pytest.mark.parametrize("market", ["foo", "sample:1", "replay:", "replay:nowhere.csv"])
def test_an_unknown_market_is_refused_before_a_window_opens(market: str) -> None:
    with pytest.raises(UserError, match=r"请写 sample 或 replay|请核对 --market"):
        check_seat(Seat(person=PersonId("trader"), market=market))


@pytest.mark.parametrize("runner", ["host:7802", "http://host"])
def test_an_address_that_is_no_runner_is_refused_before_a_window_opens(runner: str) -> None:
    with pytest.raises(UserError, match="wss://"):
        check_seat(Seat(person=PersonId("trader"), runner=runner))


@pytest.mark.parametrize("runner", ["ws://127.0.0.1:99999", "wss://a:port", "ws://[::1"])
def test_a_runner_whose_port_is_none_is_refused_in_a_sentence(runner: str) -> None:
    with pytest.raises(UserError, match="不是地址"):
        check_seat(Seat(person=PersonId("trader"), runner=runner))


class Waiting:
    """A work that waits until it is ended, and notes what it was asked."""

    def __init__(self, trouble: str = "", *, refusal: str = "") -> None:
        self.stop_runner = False
        self.refusal = refusal
        self.was_let_in = False
        self.farewell = ""
        self.asked: list[CommandBody] = []
        self.unread = Unread()
        self.starts = 0
        self._trouble = trouble

    async def run(self) -> None:
        if self._trouble:
            raise UserError(self._trouble)
        await asyncio.Event().wait()

    def send(self, command: CommandId, body: CommandBody, pressed: int) -> None:
        self.asked.append(body)

    def preview(self, request: int, body: CommandBody, *, split_close: bool) -> None:
        self.asked.append(body)

    def start_runner(self) -> None:
        self.starts += 1

    def keep_unread(self, unread: Unread) -> None:
        self.unread = unread


def test_an_error_on_the_link_is_told_through_the_mailbox() -> None:
    mailbox = LatestMailbox()
    link = Link(lambda: Waiting("行情打不开，请检查网络。"), mailbox)
    link.start()
    link.stop()
    assert link.failed
    assert mailbox.drain().trouble == "行情打不开，请检查网络。"


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (Waiting(refusal="口令或令牌不对，运行器没有放行。"), "hengduo: 口令或令牌不对，运行器没有放行。\n"),
        (Waiting("行情打不开，请检查网络。"), "hengduo: 行情打不开，请检查网络。\n"),
        (Waiting(), ""),
    ],
)
def test_a_desk_that_never_got_in_says_why_when_it_is_closed_and_fails(
    look: Look, capsys: pytest.CaptureFixture[str], work: Waiting, told: str
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    desk = Desk(application, lambda _: work)
    desk.link.start()
    eventually(desk.link._begun.is_set, "the link's loop")
    assert desk.leave() == (1 if told else 0)
    assert capsys.readouterr().err == told
    desk.window.deleteLater()
    look.wear(Scheme.DARK)


def test_a_window_that_outlives_its_link_is_a_run_until_it_is_closed(look: Look, tmp_path: Path) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    last_run = LastRun(tmp_path)
    desk = Desk(application, lambda _: Waiting("行情打不开，请检查网络。"), last_run=last_run)
    last_run.begin()
    desk.link.start()
    eventually(lambda: desk.link.is_over, "a link that ended")
    assert (tmp_path / MARK).exists()
    desk.leave()
    assert not (tmp_path / MARK).exists()
    desk.window.deleteLater()
    look.wear(Scheme.DARK)


def test_a_signal_that_comes_before_the_window_goes_live_ends_it_all_the_same() -> None:
    ended = run("-c", EARLY_SIGNAL)
    assert (ended.returncode, ended.stdout) == (0, "143 143\n"), ended.stderr


def test_a_desk_that_was_told_to_outlive_its_terminal_does() -> None:
    hung = "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    ended = run("-c", EARLY_SIGNAL.replace("# before", hung).replace("SIGTERM)", "SIGHUP)"))
    assert (ended.returncode, ended.stdout) == (0, "77 0\n"), ended.stderr


def test_what_a_desk_shows_unread_is_handed_over_to_be_kept_before_its_link_ends(look: Look) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    work = Waiting()
    desk = Desk(application, lambda _: work)
    desk.link.start()
    eventually(desk.link._begun.is_set, "the link's loop")
    desk.mailbox.post_notice("本机副本已损坏")
    desk.window.drain()
    desk.leave()
    assert [one.sentences for one in work.unread.messages] == [("本机副本已损坏",)]
    desk.window.deleteLater()
    look.wear(Scheme.DARK)


def test_the_link_ends_when_it_is_told_to_and_does_what_was_asked_before() -> None:
    work = Waiting()
    mailbox = LatestMailbox()
    link = Link(lambda: work, mailbox)
    hand, wish = LinkHand(link, mailbox), CancelAll(account=AccountId("A"))
    hand.send(wish)  # before there is a link nothing is done, now or later, and that is said
    (early,) = mailbox.drain().results
    assert (early.code, early.sentence) == ("OFFLINE", "没有发送：本程序还在打开，请稍候再下达。")
    link.start()
    eventually(lambda: _is_asked(link, work), "the link's loop")
    assert work.asked[0] != wish
    hand.send(wish)
    hand.preview(wish)
    link.stop(stop_runner=True)
    assert work.asked[-2:] == [wish, wish]
    assert work.stop_runner
    assert not link.failed
    hand.send(wish)
    assert work.asked[-2:] == [wish, wish]


def _is_asked(link: Link, work: Waiting) -> bool:
    link.post(lambda one: work.asked.append(CancelAll(account=AccountId("probe"))))
    return bool(work.asked)
