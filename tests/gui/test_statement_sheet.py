"""结算单核对: the rows that differ, sorted, copied as text, and what is said where there is none."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from terminal.domain.fact.statement import DifferingRow, Outcome, StatementResult, Subject
from terminal.domain.ids import AccountId
from terminal.domain.words.risk import Level, Scope
from terminal.engine.screen import LinkState
from terminal.engine.statement.line import StatementLine
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.parts.rows import Tone
from terminal.widgets.statement.sheet import COLUMNS, StatementSheet
from tests.gui.control_desk import account_line, alert, link
from tests.gui.desk import ACCOUNT, DAY, NOW, Desk

PRICE: Final = DifferingRow(
    subject=Subject.POSITION,
    what="rb2505 多 套保",
    outcome=Outcome.DIFFERS,
    field="结算价",
    ours="3225",
    theirs="3231.000",
    yuan=Decimal(1200),
    cause="结算价暂估，到后请重新对账",
)
GONE: Final = DifferingRow(
    subject=Subject.TRADE,
    what="rb2505 买开 2 手 3211（编号 777）",
    outcome=Outcome.OURS_ONLY,
    field="整笔",
    ours="64220.00",
    theirs="",
    yuan=Decimal(-64_220),
)
SIDE: Final = DifferingRow(
    subject=Subject.TRADE,
    what="rb2505 卖平 1 手 3240（编号 778）",
    outcome=Outcome.DIFFERS,
    field="投保",
    ours="投机",
    theirs="套保",
)
EQUITY: Final = DifferingRow(
    subject=Subject.FUNDS,
    what="客户权益",
    outcome=Outcome.DIFFERS,
    field="客户权益",
    ours="1000.00",
    theirs="2200.00",
    yuan=Decimal(1200),
    follows=True,
    cause="由别的差异引起",
)
RESULT: Final = StatementResult(
    trading_day=DAY,
    digest="ab" * 32,
    matched=9,
    ours_only=1,
    theirs_only=0,
    field_differences=2,
    following=1,
    rows=(GONE, PRICE, SIDE, EQUITY),
    not_compared=("持仓明细：断在第 40 行。",),
)
LINE: Final = StatementLine(
    account=ACCOUNT, result=RESULT, sentence="相符 9 项，差异 3 处", by="李薇", at=NOW, stands=True
)
AGREES: Final = StatementResult(
    trading_day=20_250_103,
    digest="cd" * 32,
    matched=9,
    ours_only=0,
    theirs_only=0,
    field_differences=0,
    following=0,
)
EARLIER: Final = msgspec.structs.replace(LINE, result=AGREES, sentence="相符 9 项，没有差异", stands=False)

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)


def opened(desk: Desk, *lines: StatementLine) -> StatementSheet:
    desk.mailbox.post_link(link())
    desk.mailbox.post_account(account_line())
    if lines:
        desk.mailbox.post_statements(ACCOUNT, lines)
    desk.window.show()
    desk.window.drain()
    desk.window.activateWindow()
    QTest.keySequence(desk.window, QKeySequence("Shift+F6"))
    sheet = desk.window.statements.sheet
    assert sheet is not None
    assert sheet.isVisible()
    return sheet


def items(sheet: StatementSheet) -> list[str]:
    rows = sheet.ledger.rows
    return [rows.cell(place, 1).text for place in range(rows.rowCount())]


def test_it_shows_kind_both_values_the_yuan_and_the_cause_of_each_row(desk: Desk) -> None:
    sheet = opened(desk, LINE, EARLIER)
    rows = sheet.ledger.rows
    assert [rows.cell(1, at).text for at in range(len(COLUMNS))] == [
        "持仓",
        "rb2505 多 套保 · 结算价",
        "◆ 不符",
        "3225",
        "3231.000",
        "+1,200.00",
        "结算价暂估，到后请重新对账",
    ]
    assert [rows.cell(0, at).text for at in range(2, 6)] == ["← 只在我方", "64220.00", "—", "−64,220.00"]
    assert rows.cell(3, 1).tone is Tone.DIM  # it follows from others
    assert sheet.days.currentText() == f"{ACCOUNT} 华东铜业 · 2025-01-06 · 不符 3 处 · 只平仓"
    assert sheet.sentence.text() == LINE.sentence
    assert "没有核对：持仓明细：断在第 40 行。" in sheet.more.text()
    assert "李薇 01-06 10:00 交来" in sheet.more.text()


def test_a_column_sorts_the_rows_and_what_has_no_yuan_stands_last(desk: Desk) -> None:
    sheet = opened(desk, LINE, EARLIER)
    given = items(sheet)
    sheet.ledger.grid.sortByColumn(5, Qt.SortOrder.AscendingOrder)
    assert items(sheet) == [given[0], given[1], given[3], given[2]]
    sheet.ledger.grid.sortByColumn(5, Qt.SortOrder.DescendingOrder)
    assert items(sheet)[-1] == given[2]


def test_all_of_it_or_what_is_marked_is_copied_as_text(desk: Desk) -> None:
    sheet = opened(desk, LINE, EARLIER)
    QTest.mouseClick(sheet.copy_button, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == f"{ACCOUNT} 华东铜业 · 2025-01-06 · 不符 3 处 · 只平仓"
    table = [line.split("\t") for line in lines if "\t" in line]
    assert [len(cells) for cells in table] == [len(COLUMNS)] * 5
    assert table[0] == [str(column.title) for column in COLUMNS]
    assert table[1][5] == "-64,220.00"
    # When one row is marked, that one alone is copied, by the key too.
    sheet.ledger.grid.selectRow(1)
    sheet.activateWindow()
    sheet.ledger.grid.setFocus()
    QTest.keySequence(sheet.ledger.grid, QKeySequence("Ctrl+C"))
    marked = [line for line in QGuiApplication.clipboard().text().splitlines() if "\t" in line]
    assert len(marked) == 2
    assert "结算价" in marked[1]


def test_another_day_is_looked_at_and_stays_while_news_come(desk: Desk) -> None:
    sheet = opened(desk, LINE, EARLIER)
    sheet.days.setCurrentIndex(1)
    assert items(sheet) == []
    assert sheet.ledger.empty.isVisible()
    assert sheet.ledger.empty.title.text() == "没有差异"
    newest = msgspec.structs.replace(LINE, result=msgspec.structs.replace(RESULT, trading_day=20_250_107))
    desk.mailbox.post_statements(ACCOUNT, (newest, LINE, EARLIER))
    desk.window.drain()
    assert sheet.days.currentText().endswith("2025-01-03 · 全部相符")
    assert sheet.days.count() == 3


def test_what_is_marked_stays_marked_while_news_come(desk: Desk) -> None:
    sheet = opened(desk, LINE, EARLIER)
    mark = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    sheet.ledger.grid.selectionModel().select(sheet.ledger.rows.index(2, 0), mark)
    desk.mailbox.post_account(account_line(name="华东铜业二部"))
    desk.mailbox.post_link(link())
    desk.window.drain()
    assert sheet.days.currentText().startswith(f"{ACCOUNT} 华东铜业二部")
    assert sheet.ledger.chosen() == [2]


def test_before_any_it_says_how_to_begin_and_of_an_account_taken_away_nothing_stays(desk: Desk) -> None:
    sheet = opened(desk)
    assert sheet.ledger.empty.title.text() == "还没有对过结算单"
    assert "--hand-in" in sheet.ledger.empty.next_step.text()
    assert not sheet.copy_button.isEnabled()
    desk.mailbox.post_statements(ACCOUNT, (LINE,))
    desk.window.drain()
    assert len(items(sheet)) == 4
    desk.mailbox.post_taken([ACCOUNT])
    desk.window.drain()
    assert items(sheet) == []
    assert sheet.days.count() == 0


def test_cut_off_an_empty_sheet_does_not_say_that_there_is_none(desk: Desk) -> None:
    sheet = opened(desk)
    desk.mailbox.post_link(link(LinkState.OFFLINE))
    desk.window.drain()
    assert sheet.ledger.empty.title.text() == "没有连上运行器"


def test_the_alert_leads_to_it_in_the_bar_and_in_the_list(desk: Desk) -> None:
    desk.window.show()
    other = msgspec.structs.replace(
        LINE, account=AccountId("B"), result=msgspec.structs.replace(RESULT, trading_day=20_250_107)
    )
    desk.mailbox.post_statements(AccountId("B"), (other,))
    desk.mailbox.post_statements(ACCOUNT, (LINE,))
    plain = alert("a", Level.ORANGE)
    ours = msgspec.structs.replace(alert("level:statement", Level.RED), of_statement=True)
    bar = desk.window.risk_bar
    desk.mailbox.post_alerts((plain,))
    desk.window.drain()
    assert not bar.differences_button.isVisible()
    desk.mailbox.post_alerts((ours, plain))
    desk.window.drain()
    QTest.mouseClick(bar.differences_button, Qt.MouseButton.LeftButton)
    sheet = desk.window.statements.sheet
    assert sheet is not None
    assert sheet.days.currentText().startswith(ACCOUNT)
    sheet.close()
    QTest.keySequence(desk.window, QKeySequence("F10"))
    see = [one for one in bar.list.findChildren(QPushButton) if one.text() == "看差异"]
    assert len(see) == 1
    QTest.mouseClick(see[0], Qt.MouseButton.LeftButton)
    assert not bar.list.isVisible()
    again = desk.window.statements.sheet
    assert again is not None
    assert again.isVisible()


def test_the_ribbon_says_which_day_and_how_many(desk: Desk) -> None:
    desk.window.show()
    stopped = msgspec.structs.replace(account_line(reds=(Scope(),)), unreconciled="2025-01-06 的结算单与账有 3 处不符")
    desk.mailbox.post_link(link())
    desk.mailbox.post_account(stopped)
    desk.window.drain()
    assert "风险级别红色" in desk.window.ribbon.summary()
    assert "2025-01-06 的结算单与账有 3 处不符，新开仓被禁止，平仓可以" in desk.window.ribbon.summary()


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
def test_every_control_has_a_name_and_nothing_is_cut_in_either_dress(desk: Desk, qtbot: QtBot, scheme: Scheme) -> None:
    desk.window._look.wear(scheme)
    sheet = opened(desk, LINE, EARLIER)
    qtbot.waitExposed(sheet)
    for control in (sheet.days, sheet.copy_button, sheet.ledger.grid, sheet):
        assert control.accessibleName()
    for label in sheet.findChildren(QLabel):
        if label.isVisible() and label.text():
            assert label.height() >= label.heightForWidth(label.width()) or not label.wordWrap()
    sheet.resize(sheet.minimumSize())
    assert sheet.copy_button.isVisible()
