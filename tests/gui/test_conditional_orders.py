"""The tab 条件单 of the order list: what each says, and what a person may do with it from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from terminal.domain.commands import PauseConditional, ResumeConditional, WithdrawConditional
from terminal.domain.ids import CommandId
from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.products.instrument import Reference
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.conditional.line import ConditionalLine
from terminal.engine.screen import LinkState, ResultLine
from terminal.widgets.alert.messages import Messages
from terminal.widgets.dress.look import Look
from terminal.widgets.orders.conditional_tab import EMPTY
from terminal.widgets.orders.list import CONDITIONALS, ORDERS, OrderList
from tests.gui.control_desk import account_line, link
from tests.gui.desk import ACCOUNT, COPPER, DAY, ORE, REBAR, check_model
from tests.gui.hand import RecordingHand
from tests.gui.waiting_line import waiting_line as line

if TYPE_CHECKING:
    # The module looks for Qt when it is imported, before pytest-qt has chosen one.
    from pytestqt.modeltest import ModelTester


class Stage:
    """Hold the panel in a window of its own, at the tab, and its hand."""

    def __init__(self, look: Look, reference: Reference) -> None:
        self.hand = RecordingHand()
        self.panel = OrderList(look, self.hand)
        self.window = QMainWindow()
        self.window.resize(1000, 500)
        self.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.panel)
        self.panel.show_instruments(tuple(reference.instrument(name, DAY) for name in (REBAR, COPPER, ORE)))
        self.panel.show_account(ACCOUNT)
        self.panel.view.choose(CONDITIONALS)
        self.tab = self.panel.waits

    def take(self, *lines: ConditionalLine) -> None:
        self.panel.show_conditionals({one.conditional: one for one in lines})
        self.tab.ledger.grid.flush()

    def text(self, term: Term, place: int = 0) -> str:
        rows = self.tab.ledger.rows
        column = [column.title for column in rows.columns].index(term)
        return rows.cell(place, column).text

    def choose(self, place: int) -> None:
        grid = self.tab.ledger.grid
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        grid.selectionModel().setCurrentIndex(grid.rows.index(place, 0), flags)


@pytest.fixture
def stage(qtbot: QtBot, look: Look, reference: Reference) -> Stage:
    made = Stage(look, reference)
    qtbot.addWidget(made.window)
    made.window.show()
    made.window.activateWindow()
    qtbot.waitExposed(made.window)
    return made


def test_an_empty_tab_says_what_belongs_there_and_how_to_place_one(stage: Stage) -> None:
    stage.panel.show_link(link())
    assert stage.tab.ledger.empty.title.text() == EMPTY[0]
    assert "条件" in stage.tab.ledger.empty.next_step.text()


def test_a_row_says_state_condition_what_it_sends_how_long_and_where_it_lives(stage: Stage) -> None:
    stage.take(line())
    assert stage.text(Term.STATE) == "● 等待"
    assert stage.text(Term.CONDITION) == "rb2505 最新价 ≤ 3190"
    assert stage.text(Term.WHAT_IT_SENDS) == "卖平 rb2505 5 手 @对手价−2 跳"
    assert (stage.text(Term.TIME_CONDITION), stage.text(Term.LIVES_IN)) == ("当日有效", "运行器")
    assert stage.tab.standing == 1


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (ConditionalState.PAUSED, "○ 暂停"),
        (ConditionalState.TRIGGERED, "▲ 已触发"),
        (ConditionalState.RELEASED, "◆ 已触发"),
        (ConditionalState.FAILED, "■ 触发未报"),
        (ConditionalState.WITHDRAWN, "◇ 已撤"),
        (ConditionalState.EXPIRED, "◇ 已失效"),
    ],
)
def test_each_state_has_its_shape_and_word(stage: Stage, state: ConditionalState, shown: str) -> None:
    stage.take(line(1, state))
    assert stage.text(Term.STATE) == shown


def test_its_buttons_stand_only_in_its_view_and_steer_what_is_chosen(stage: Stage) -> None:
    _, pause, resume, withdraw = stage.tab.buttons
    assert not pause.isHidden()
    assert stage.panel.cancel.isHidden()
    stage.take(line(1), line(2, ConditionalState.PAUSED))
    stage.choose(1)  # newest first: the older one
    pause.click()
    assert stage.hand.sent == [PauseConditional(account=ACCOUNT, conditional=line(1).conditional)]
    stage.choose(0)
    resume.click()
    withdraw.click()
    assert [type(one) for one in stage.hand.sent[1:]] == [ResumeConditional, WithdrawConditional]
    stage.panel.view.choose(ORDERS)
    assert pause.isHidden()
    assert not stage.panel.cancel.isHidden()


def test_what_does_not_fit_is_said_and_nothing_is_sent(stage: Stage) -> None:
    _, pause, resume, _ = stage.tab.buttons
    stage.take(line(1))
    pause.click()
    assert "先在「条件单」里选中一行" in stage.panel.told.text()
    stage.choose(0)
    resume.click()
    assert (stage.hand.sent, stage.panel.told.text()) == ([], "▲ 选中的条件单现在不能恢复")


def test_del_withdraws_the_chosen_and_the_answer_is_told(stage: Stage) -> None:
    stage.take(line(1))
    stage.choose(0)
    stage.panel.cancel_chosen()
    (sent,) = stage.hand.sent
    assert sent == WithdrawConditional(account=ACCOUNT, conditional=line(1).conditional)
    done = ResultLine(command=CommandId("c1"), body=sent, ok=True, code="OK", sentence="条件单 已撤")
    stage.panel.show_results((done,))
    assert stage.panel.told.text().startswith("● 撤回条件单")


def test_the_foot_tells_the_whole_of_the_row_the_keyboard_is_on(stage: Stage) -> None:
    stage.take(line(1, ConditionalState.FAILED, note="可平 0 手"))
    stage.choose(0)
    assert stage.panel.told.text().endswith("；可平 0 手")


def test_while_the_runner_is_not_heard_what_waits_is_of_before(stage: Stage) -> None:
    stage.panel.show_link(link())
    stage.take(line(1))
    stage.panel.show_link(link(LinkState.OFFLINE))
    stage.tab.ledger.grid.flush()
    assert stage.text(Term.STATE) == "○ 离线前等待"


def test_what_was_over_before_today_is_not_listed_and_what_stands_is(stage: Stage) -> None:
    stage.take(line(1, ConditionalState.EXPIRED), line(2))
    stage.panel.show_accounts({ACCOUNT: msgspec.structs.replace(account_line(), trading_day=DAY + 1)})
    assert list(stage.tab.ledger.lines) == [line(2).conditional]


def test_the_model_of_the_table_is_sound(stage: Stage, qtmodeltester: ModelTester) -> None:
    stage.take(line(1), line(2))
    check_model(qtmodeltester, stage.tab.ledger.rows)


def test_a_triggered_one_is_told_once_to_whose_it_is_and_only_while_it_is_news() -> None:
    messages = Messages()
    over = line(1, ConditionalState.RELEASED, told="条件单 已触发")
    failed = line(2, ConditionalState.FAILED, told="条件单 没有报出", level=Level.ORANGE)
    messages.show_conditionals({over.conditional: over})
    assert messages.count == 0  # of before this desk was live
    messages.is_live = True
    messages.show_conditionals({failed.conditional: failed})
    messages.show_conditionals({failed.conditional: failed})
    assert [(one.line, one.level) for one in messages.unread] == [("条件单 没有报出", Level.ORANGE)]


def test_keyboard_del_reaches_the_tab(stage: Stage) -> None:
    stage.take(line(1))
    stage.tab.ledger.grid.setFocus()
    stage.choose(0)
    QTest.keyClick(stage.tab.ledger.grid, Qt.Key.Key_Delete)
    assert [type(one) for one in stage.hand.sent] == [WithdrawConditional]


def test_one_that_waits_or_is_paused_is_opened_to_be_changed_and_no_other(stage: Stage) -> None:
    edit, *_ = stage.tab.buttons
    wanted: list[ConditionalLine] = []
    stage.tab.edit_wanted.connect(wanted.append)
    stage.take(line(1), line(2, ConditionalState.PAUSED), line(3, ConditionalState.RELEASED))
    edit.click()
    assert "先在「条件单」里选中一行" in stage.panel.told.text()
    stage.choose(0)
    edit.click()
    assert (wanted, "不能修改" in stage.panel.told.text()) == ([], True)
    stage.choose(1)
    edit.click()
    stage.choose(2)
    stage.tab.ledger.grid.setFocus()
    QTest.keyClick(stage.tab.ledger.grid, Qt.Key.Key_Return)
    assert [one.conditional for one in wanted] == [line(2).conditional, line(1).conditional]
    assert stage.hand.sent == []


def test_the_sentence_of_the_chosen_row_goes_with_what_it_becomes(stage: Stage) -> None:
    stage.take(line(1))
    stage.choose(0)
    assert "● 等待" in stage.panel.told.text()
    stage.take(line(1, ConditionalState.PAUSED, note="人工暂停"))
    assert "○ 暂停" in stage.panel.told.text()
    assert stage.panel.told.text().endswith("人工暂停")
