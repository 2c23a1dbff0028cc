"""A link that has ended says so, whatever ended it, and answers every wish at once."""

from __future__ import annotations

import asyncio
import threading

import pytest

from terminal.domain.commands import CancelAll, Kill
from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId, DeviceId, PersonId
from terminal.domain.words.risk import Scope
from terminal.engine.mailbox import LatestMailbox
from terminal.engine.screen import LinkLine, LinkState
from terminal.shell.desk.link import KILL_THERE, STOPPED, Link, LinkHand

WISH = CancelAll(account=AccountId("A"))
KILL = Kill(account=AccountId("A"), scope=Scope(), reason="停")
LIVE = LinkLine(
    state=LinkState.LIVE,
    sentence="已连接本机运行器",
    runner="本机运行器",
    person=PersonId("zhao"),
    person_name="赵",
    device=DeviceId("d"),
    latency_ms=2.0,
    may_order=True,
)
FULL = "本机副本写不进去：/data/replica.db：磁盘（或给日志的空间）已满。请腾出空间后重新启动"


class Broken:
    """A work that is live, and then ends as a test says; `at_wish` is raised by every wish."""

    def __init__(self, mailbox: LatestMailbox, end: BaseException | None, *, at_wish: Exception | None = None) -> None:
        self.stop_runner = False
        self.farewell = ""
        self.refusal = ""
        self.was_let_in = True
        self.end = end
        self.at_wish = at_wish
        self.asked: list[object] = []
        self.may_end = threading.Event()
        self.mailbox = mailbox

    async def run(self):
        self.mailbox.post_link(LIVE)
        if self.at_wish is not None:
            await asyncio.Event().wait()
        await asyncio.to_thread(self.may_end.wait, 10)
        if self.end is not None:
            raise self.end

    def send(self, command, body, pressed):
        self.asked.append(body)
        if self.at_wish is not None:
            raise self.at_wish

    def preview(self, request, body, *, split_close):
        self.asked.append(body)

    def start_runner(self):
        self.asked.append("start")

    def keep_unread(self, unread):
        self.asked.append(unread)


def ended(end, *, at_wish=None):
    mailbox = LatestMailbox()
    work = Broken(mailbox, end, at_wish=at_wish)
    link = Link(lambda: work, mailbox)
    hand = LinkHand(link, mailbox)
    link.start()
    link._begun.wait(10)
    return mailbox, work, link, hand


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        (UserError(FULL), FULL),
        (KeyError("O1"), STOPPED),
        (asyncio.CancelledError(), STOPPED),
        (SystemExit(3), STOPPED),
        (None, STOPPED),
    ],
)
def test_whatever_ends_the_link_the_window_is_told_that_it_ended_and_every_wish_is_answered(end, sentence, capsys):
    mailbox, work, link, hand = ended(end)
    work.may_end.set()
    link._thread.join(10)
    # Then the line that stands is no live one, and says why.
    drained = mailbox.drain()
    assert drained.link is not None
    assert (drained.link.state, drained.link.sentence) == (LinkState.ENDED, sentence)
    assert (drained.link.may_order, drained.link.latency_ms, drained.link.person) == (False, None, "zhao")
    assert (drained.trouble, link.trouble, link.failed) == (sentence, sentence, True)
    # And what is pressed now is answered at once; a kill switch with the place where it still can be pulled.
    order, kill = hand.send(WISH), hand.send(KILL)
    first, second = mailbox.drain().results
    assert (first.command, first.ok, first.code, first.sentence) == (order, False, "OFFLINE", f"没有发送：{sentence}")
    assert (second.command, second.sentence) == (kill, f"没有发送：{sentence}{KILL_THERE}")
    assert "hengduo kill" in second.sentence
    assert work.asked == []


def test_a_work_that_cannot_be_made_answers_wishes_as_well(capsys):
    mailbox = LatestMailbox()

    def make():
        raise UserError(FULL)

    link = Link(make, mailbox)
    hand = LinkHand(link, mailbox)
    link.start()
    link._thread.join(10)
    hand.send(WISH)
    drained = mailbox.drain()
    assert (drained.trouble, [one.sentence for one in drained.results]) == (FULL, [f"没有发送：{FULL}"])


def test_a_wish_that_breaks_the_program_is_answered_and_ends_the_link_where_all_can_see(capsys):
    mailbox, _, link, hand = ended(None, at_wish=KeyError("O1"))
    first = hand.send(KILL)
    link._thread.join(10)
    second = hand.send(WISH)
    drained = mailbox.drain()
    assert [(one.command, one.code) for one in drained.results] == [(first, "UNANSWERED"), (second, "OFFLINE")]
    assert "不知道有没有送出" in drained.results[0].sentence
    assert drained.results[0].sentence.endswith(KILL_THERE)
    assert drained.link is not None
    assert drained.link.state is LinkState.ENDED
    assert "KeyError" in capsys.readouterr().err


def test_a_wish_pressed_while_the_loop_winds_down_is_answered_once(capsys):
    mailbox, work, link, hand = ended(UserError(FULL))
    pressed = []
    work.may_end.set()
    while link._thread.is_alive():
        pressed.append(hand.send(WISH))
    results = mailbox.drain().results
    while more := mailbox.drain().results:
        results += more
    answered = [one.command for one in results]
    assert len(answered) == len(set(answered))
    assert len(answered) + len(work.asked) == len(pressed)
    assert link._posted == {}


def test_a_link_that_was_asked_to_end_is_no_trouble():
    mailbox, _, link, _ = ended(None, at_wish=KeyError("unused"))
    link.stop()
    drained = mailbox.drain()
    assert (drained.trouble, link.failed, link.trouble) == (None, False, "")
    assert drained.link == LIVE


class Polite:
    """A work that takes its time to say good-bye, and notes whether it was let."""

    def __init__(self):
        self.stop_runner = False
        self.farewell = ""
        self.refusal = ""
        self.was_let_in = True
        self.is_leaving = threading.Event()
        self.may_go = threading.Event()
        self.has_said_all = False

    async def run(self):
        try:
            await asyncio.Event().wait()
        finally:
            self.is_leaving.set()
            await asyncio.to_thread(self.may_go.wait, 10)
            self.has_said_all = True

    def send(self, command, body, pressed):
        raise AssertionError("nobody presses")

    def preview(self, request, body, *, split_close):
        raise AssertionError("nobody asks")

    def start_runner(self):
        raise AssertionError("nobody presses")

    def keep_unread(self, unread):
        raise AssertionError("nothing is shown")


def test_whoever_asks_a_link_to_end_does_not_wait_and_asking_again_does_not_cut_its_good_bye_short():
    work = Polite()
    link = Link(lambda: work, LatestMailbox())
    assert link.is_over
    link.start()
    link.ask_to_end(stop_runner=True)
    assert work.is_leaving.wait(10)
    assert not link.is_over
    assert "可能仍在交易" in link.farewell
    link.ask_to_end()
    work.may_go.set()
    link._thread.join(10)
    assert link.is_over
    assert (work.has_said_all, work.stop_runner, link.farewell) == (True, True, "")


def test_a_link_that_is_still_coming_up_when_it_is_asked_to_end_ends_when_it_is_up():
    may_come_up = threading.Event()
    mailbox = LatestMailbox()

    def make():
        may_come_up.wait(10)
        return Broken(mailbox, None, at_wish=KeyError("unused"))

    link = Link(make, mailbox)
    link.start()
    link.ask_to_end()  # returns, though there is nothing to be asked yet
    LinkHand(link, mailbox).send(WISH)
    (answer,) = mailbox.drain().results
    assert (answer.code, answer.sentence) == ("OFFLINE", "没有发送：本程序正在退出。")
    may_come_up.set()
    link._thread.join(10)
    assert (link.is_over, link.failed) == (True, False)
