"""导入结算单: compared in a process of its own, handed in as this person's wish; nothing is lost and all is said."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from terminal.app import Seat, reconcile_words
from terminal.domain.commands import HandInStatement, RefuseStatement
from terminal.domain.ids import AccountId, PersonId
from terminal.store.journal import SqliteJournal
from terminal.widgets.parts import errand
from terminal.widgets.statement.compare import StatementImport
from tests.gui.control_desk import link
from tests.gui.desk import Desk
from tests.gui.hand import RecordingHand
from tests.gui.test_statement_sheet import AGREES
from tests.printed_statement import print_statement
from tests.told_days import DAYS, TENANT, three_days

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
SLOW = "import time; time.sleep(60)"


@pytest.fixture
def hand() -> RecordingHand:
    return RecordingHand()


def importer(hand: RecordingHand, *words: str) -> StatementImport:
    made = StatementImport(hand)
    made.read_by(lambda statement: [sys.executable, *words, str(statement)])
    return made


def test_a_statement_is_compared_with_the_journal_and_its_result_sent_as_a_wish(
    hand: RecordingHand, qtbot: QtBot, tmp_path: Path
) -> None:
    # Given the journal of this machine's runner, and a statement in which one figure differs
    seat = Seat(person=PersonId("zhao"), data=tmp_path)
    folder = tmp_path / "runner" / "sample"
    folder.mkdir(parents=True)
    journal = SqliteJournal(folder, TENANT)
    _, days = three_days(journal)
    journal.close()
    path = tmp_path / "结算单.txt"
    path.write_bytes(print_statement(days[2]).replace(b"  23004.00", b"  23005.00"))
    made = StatementImport(hand)
    made.read_by(lambda statement: reconcile_words(seat, statement))
    # When it is imported
    made.start(path)
    assert made.is_comparing
    made.start(path)  # a second one is not begun meanwhile
    qtbot.waitUntil(lambda: not made.is_comparing, timeout=60_000)
    # Then the wish holds what was found, and until it is answered nothing else is begun.
    (body,) = hand.sent
    assert isinstance(body, HandInStatement)
    assert (body.account, body.result.trading_day, body.result.differences) == ("HEDGE", DAYS[2], 1)
    assert body.result.rows[0].field == "保证金占用"
    assert made.runs
    made.show_results(hand.answer(sentence="账户转为只平仓。"))
    assert (made.runs, made.is_bad, made.sentence) == (False, False, "结算单.txt：账户转为只平仓。")
    # And one that the runner refuses is said to be.
    path.write_bytes(print_statement(days[2]))
    made.start(path)
    qtbot.waitUntil(lambda: not made.is_comparing, timeout=60_000)
    made.show_results(hand.answer(ok=False, code="NO_ROLE", sentence="没有权限。"))
    assert (made.is_bad, made.sentence) == (True, "结算单.txt：没有权限。")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("-c", "import sys; sys.exit('不是一张交易结算单。')"), "核对的结果读不懂"),  # ends with 1 and no object
        (("-c", "import sys; print('结算单不平。', file=sys.stderr); sys.exit(2)"), "x.txt：结算单不平。"),
        (("-c", "import os; os._exit(9)"), "没有核对成"),
    ],
)
def test_what_could_not_be_compared_says_why_and_sends_nothing(
    hand: RecordingHand, qtbot: QtBot, words: tuple[str, ...], sentence: str
) -> None:
    made = importer(hand, *words)
    made.start(Path("x.txt"))
    qtbot.waitUntil(lambda: not made.is_comparing, timeout=30_000)
    assert made.is_bad
    assert sentence in made.sentence
    assert hand.sent == []


def test_one_that_cannot_be_true_is_said_here_and_told_to_every_desk(
    hand: RecordingHand, qtbot: QtBot, tmp_path: Path
) -> None:
    # Given a statement of this account whose balance does not follow from what moved it
    seat = Seat(person=PersonId("zhao"), data=tmp_path)
    folder = tmp_path / "runner" / "sample"
    folder.mkdir(parents=True)
    journal = SqliteJournal(folder, TENANT)
    _, days = three_days(journal)
    journal.close()
    path = tmp_path / "结算单.txt"
    good = print_statement(days[2])
    path.write_bytes(good.replace(b"   57.66  \r", b"   57.67  \r"))
    made = StatementImport(hand)
    made.read_by(lambda statement: reconcile_words(seat, statement))
    # When it is imported
    made.start(path)
    qtbot.waitUntil(lambda: not made.is_comparing, timeout=60_000)
    # Then the person reads why at once, and the wish has it for everybody else.
    assert made.is_bad
    assert made.sentence.startswith("结算单.txt：结算单不平：")
    (body,) = hand.sent
    assert isinstance(body, RefuseStatement)
    assert (body.account, body.refusal.file, body.refusal.trading_day) == ("HEDGE", "结算单.txt", DAYS[2])
    assert body.refusal.digest == sha256(path.read_bytes()).hexdigest()
    assert body.refusal.reason in made.sentence
    made.show_results(hand.answer(sentence="账户不变。"))
    assert (made.runs, made.is_bad) == (False, True)
    assert made.sentence.startswith("结算单.txt：结算单不平：")
    assert made.sentence.endswith("请核对原件。账户不变。")
    # And of the next one that agrees nothing of it is left.
    path.write_bytes(good)
    made.start(path)
    qtbot.waitUntil(lambda: not made.is_comparing, timeout=60_000)
    made.show_results(hand.answer(sentence="全部相符。"))
    assert (made.is_bad, made.sentence) == (False, "结算单.txt：全部相符。")


def test_a_program_that_is_not_there_is_said(hand: RecordingHand, qtbot: QtBot) -> None:
    made = StatementImport(hand)
    made.read_by(lambda statement: ["/nowhere/hengduo", str(statement)])
    made.start(Path("x.txt"))
    qtbot.waitUntil(lambda: not made.is_comparing, timeout=30_000)
    assert "启动不了" in made.sentence


def test_what_takes_long_says_so_and_can_be_given_up(
    hand: RecordingHand, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errand, "PATIENCE_MS", 0)
    made = importer(hand, "-c", SLOW)
    made.start(Path("x.txt"))
    qtbot.waitUntil(lambda: made.sentence.startswith("正在核对 x.txt"), timeout=30_000)
    made.cancel()
    assert (made.runs, made.sentence) == (False, "已取消，x.txt 没有核对。")
    assert hand.sent == []


def test_the_sheet_offers_it_where_the_runner_is_of_this_machine_and_says_why_not_elsewhere(desk: Desk) -> None:
    desk.window.show()
    desk.mailbox.post_link(link())
    desk.window.drain()
    statements = desk.window.statements
    statements.import_statement()
    sheet = statements.sheet
    assert sheet is not None
    assert not sheet.import_button.isEnabled()
    assert "运行器不在这台机器上" in sheet.progress.text()
    statements.importer.read_by(lambda statement: [sys.executable, "-c", SLOW, str(statement)])
    assert sheet.import_button.isEnabled()
    assert not sheet.progress.isVisible()
    statements.importer.start(Path("x.txt"))
    assert not sheet.import_button.isEnabled()
    assert sheet.give_up_button.isVisible()
    sheet.give_up_button.click()
    assert not sheet.give_up_button.isVisible()
    assert sheet.progress.text() == "已取消，x.txt 没有核对。"


def test_the_answer_comes_by_the_mailbox_also_when_the_sheet_was_closed_meanwhile(desk: Desk, qtbot: QtBot) -> None:
    desk.mailbox.post_link(link())
    statements = desk.window.statements
    found = msgspec.json.encode({"account": "A", "result": AGREES}).decode()
    statements.importer.read_by(lambda _: [sys.executable, "-c", f"print({found!r})"])
    statements.importer.start(Path("x.txt"))
    qtbot.waitUntil(lambda: bool(desk.hand.sent), timeout=30_000)
    assert desk.hand.sent == [HandInStatement(account=AccountId("A"), result=AGREES)]
    for one in desk.hand.answer(sentence="全部相符。"):
        desk.mailbox.post_result(one)
    desk.window.drain()
    assert not statements.importer.runs
    statements.show_sheet()
    assert statements.sheet is not None
    assert statements.sheet.progress.text() == "x.txt：全部相符。"
