from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from terminal.domain.commands import CancelAll, CancelOrder
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.ids import AccountId, CommandId, InstrumentId, OrderId, TradeId
from terminal.domain.orders.order import ENDED, Offset, OrderState, OrderTerms, Side
from terminal.domain.products.instrument import Reference
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.screen import EventLine, LinkState, OrderLine, ResultLine, TradeLine
from terminal.widgets.dress.look import Look
from terminal.widgets.orders.columns import STATES, UNKNOWN_ADVICE
from terminal.widgets.orders.list import (
    EVENTS,
    ORDERS,
    TRADES,
    WORKING,
    OrderList,
)
from terminal.widgets.parts.empty_state import FETCHING, UNKNOWN
from terminal.widgets.parts.ledger import Ledger
from tests.gui import mouse
from tests.gui.control_desk import account_line, link
from tests.gui.desk import ACCOUNT, COPPER, DAY, NOW, ORE, REBAR, check_model
from tests.gui.hand import RecordingHand
from tests.gui.waiting_line import waiting_line

if TYPE_CHECKING:
    # The module looks for Qt when it is imported, before pytest-qt has chosen one.
    from pytestqt.modeltest import ModelTester

OTHER = AccountId("副账户")
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Stage:
    """Hold the panel in a window of its own, and its hand."""

    def __init__(self, look: Look, reference: Reference) -> None:
        self.hand = RecordingHand()
        self.panel = OrderList(look, self.hand)
        self.window = QMainWindow()
        self.window.resize(1000, 500)
        self.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.panel)
        self.panel.show_instruments(tuple(reference.instrument(name, DAY) for name in (REBAR, COPPER, ORE)))
        self.panel.show_account(ACCOUNT)

    def order(self, number: int, state: OrderState = OrderState.LIVE, **more: object) -> OrderLine:
        line = order(number, state, **more)
        self.panel.show_orders({line.order: line})
        return line

    def texts(self, view: int, term: Term) -> list[str]:
        rows = self.panel.grids[view].rows
        self.panel.grids[view].flush()
        column = [column.title for column in rows.columns].index(term)
        return [rows.cell(place, column).text for place in range(rows.rowCount())]

    def choose(self, view: int, place: int) -> None:
        self.panel.view.choose(view)
        grid = self.panel.grids[view]
        grid.setFocus()
        # `selectRow` would heed the modifier keys of the key sent last.
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        grid.selectionModel().setCurrentIndex(grid.rows.index(place, 0), flags)


def test_an_empty_list_claims_nothing_before_the_first_word_of_the_runner(look: Look, reference: Reference) -> None:
    stage = Stage(look, reference)
    for ledger in (stage.panel.working, stage.panel.orders, stage.panel.trades, stage.panel.events):
        assert ledger.empty.title.text() == FETCHING[0]
    stage.panel.show_link(link())
    assert stage.panel.working.empty.title.text() == "没有挂单"
    stage.panel.show_link(link(LinkState.OFFLINE))
    assert stage.panel.working.empty.title.text() == UNKNOWN[0]


def order(number: int, state: OrderState = OrderState.LIVE, **more: object) -> OrderLine:
    terms = OrderTerms(
        account=ACCOUNT, instrument=REBAR, side=Side.BUY, offset=Offset.OPEN, lots=5, price=Decimal(3215)
    )
    fields = {key: more.pop(key) for key in tuple(more) if key in OrderTerms.__struct_fields__}
    line = OrderLine(
        order=OrderId(f"o{number}"),
        terms=msgspec.structs.replace(terms, **fields),
        state=state,
        filled=0,
        recorded_at=NOW + number * SECOND_NS,
        trading_day=DAY,
        source="李",
    )
    return msgspec.structs.replace(line, **more)


def trade(number: int, *, account: AccountId = ACCOUNT) -> TradeLine:
    return TradeLine(
        account=account,
        order=OrderId("o1"),
        trade=TradeId(str(number)),
        instrument=ORE,
        side=Side.SELL,
        offset=Offset.CLOSE,
        lots=number,
        price=Decimal("1788.5"),
        fee=Decimal("1234.56"),
        at=NOW + number * SECOND_NS,
        trading_day=DAY,
        source="网格-铁矿",
    )


def event(
    number: int,
    *,
    account: AccountId | None = ACCOUNT,
    instrument: InstrumentId | None = None,
    level: Level = Level.NORMAL,
) -> EventLine:
    return EventLine(
        number=number,
        at=NOW,
        account=account,
        source="风控",
        instrument=instrument,
        sentence=f"第 {number} 件事",
        level=level,
    )


@pytest.fixture
def stage(qtbot: QtBot, look: Look, reference: Reference) -> Stage:
    made = Stage(look, reference)
    qtbot.addWidget(made.window)
    made.window.show()
    made.window.activateWindow()
    qtbot.waitExposed(made.window)
    return made


# --- what is shown --------------------------------------------------------------------------------------------------


def test_every_model_keeps_the_rules_of_qt(stage: Stage, qtmodeltester: ModelTester) -> None:
    for number, state in enumerate(OrderState):
        stage.order(number, state)
    stage.panel.show_trades((trade(1), trade(2)))
    stage.panel.show_events((event(1), event(2, instrument=REBAR)))
    waits = waiting_line()
    stage.panel.show_conditionals({waits.conditional: waits})
    for grid in stage.panel.grids:
        assert grid.rows.rowCount() > 0
        check_model(qtmodeltester, grid.rows)


def test_the_newest_order_stands_on_top_in_whatever_order_they_were_drained(stage: Stage) -> None:
    lines = {OrderId(f"o{number}"): order(number, lots=number) for number in (3, 1, 2)}
    stage.panel.show_orders(lines)
    stage.order(4, lots=4)
    assert stage.texts(ORDERS, Term.LOTS) == ["4", "3", "2", "1"]
    assert stage.texts(ORDERS, Term.TIME)[0] == "10:00:04"


def test_an_order_leaves_the_working_ones_when_it_ends_and_stays_among_all(stage: Stage) -> None:
    stage.order(1)
    stage.order(2)
    stage.order(1, OrderState.PARTIAL, filled=2)
    assert stage.texts(WORKING, Term.STATE) == ["● 排队中", "● 部分成交 2/5"]
    stage.order(1, OrderState.FILLED, filled=5)
    assert stage.texts(WORKING, Term.STATE) == ["● 排队中"]
    assert stage.texts(ORDERS, Term.STATE) == ["● 排队中", "◆ 全部成交"]


def test_every_state_has_a_word_and_a_shape_and_an_unknown_one_says_what_to_do(stage: Stage) -> None:
    for number, state in enumerate(OrderState):
        stage.order(number, state, note="断线" if state is OrderState.UNKNOWN else "")
    words = stage.texts(ORDERS, Term.STATE)
    assert len(set(words)) == len(words) == len(OrderState) == len(STATES)
    unknown = words.index("▲ 状态不明")
    assert stage.texts(ORDERS, Term.NOTE)[unknown] == f"断线；{UNKNOWN_ADVICE}"


def test_a_cancel_that_was_asked_for_is_told(stage: Stage) -> None:
    stage.order(1, cancel_asked=True)
    assert stage.texts(WORKING, Term.STATE) == ["● 撤单中"]


def test_trades_and_events_are_listed_newest_first_with_their_figures(stage: Stage) -> None:
    stage.panel.show_trades((trade(1), trade(2)))
    stage.panel.show_events((event(1), event(2, level=Level.ORANGE)))
    assert stage.texts(TRADES, Term.LOTS) == ["2", "1"]
    assert stage.texts(TRADES, Term.TRADE_PRICE) == ["1,788.5", "1,788.5"]
    assert stage.texts(TRADES, Term.COMMISSION) == ["1,234.56", "1,234.56"]
    assert stage.texts(EVENTS, Term.CONTENT) == ["▲ 第 2 件事", "第 1 件事"]


def test_orders_are_those_of_the_account_s_trading_day_and_what_is_still_active(stage: Stage) -> None:
    tomorrow = msgspec.structs.replace(account_line(), trading_day=DAY + 1)
    stage.order(1, OrderState.FILLED, lots=1)
    stage.order(2, OrderState.UNKNOWN, lots=2)
    stage.order(3, lots=3)
    stage.panel.show_accounts({ACCOUNT: account_line()})
    assert stage.texts(ORDERS, Term.LOTS) == ["3", "2", "1"]
    assert set(map(len, stage.texts(ORDERS, Term.TIME))) == {len("10:00:00")}
    stage.panel.show_accounts({ACCOUNT: tomorrow})
    stage.order(4, lots=4, trading_day=DAY + 1)
    stage.order(5, OrderState.CANCELLED, lots=5)  # of the day before, and told late
    assert stage.texts(ORDERS, Term.LOTS) == ["4", "3", "2"]
    for view in (ORDERS, WORKING):
        assert stage.texts(view, Term.TIME) == ["10:00:04", "01-06 10:00", "01-06 10:00"]
    stage.order(3, OrderState.EXPIRED, lots=3)
    assert stage.texts(ORDERS, Term.LOTS) == ["4", "2"]
    stage.panel.view.choose(ORDERS)
    assert stage.panel.count.text() == "2 行"


def test_orders_of_two_days_are_sorted_by_their_moment_and_not_by_its_text(stage: Stage) -> None:
    stage.panel.show_accounts({ACCOUNT: msgspec.structs.replace(account_line(), trading_day=DAY + 1)})
    for number, day in ((1, DAY), (2, DAY + 1), (3, DAY + 1)):
        stage.order(number, lots=number, trading_day=day, recorded_at=NOW + number * 6 * 3_600 * SECOND_NS)
    stage.panel.grids[ORDERS].rows.sort(0, Qt.SortOrder.AscendingOrder)
    assert stage.texts(ORDERS, Term.LOTS) == ["1", "2", "3"]


def test_a_desk_that_stayed_open_overnight_lists_the_trades_of_a_fresh_one(stage: Stage) -> None:
    old, new = trade(1), msgspec.structs.replace(trade(2), trading_day=DAY + 1)
    elsewhere = trade(3, account=OTHER)
    stage.panel.show_accounts({ACCOUNT: account_line()})
    stage.panel.show_trades((old, elsewhere))
    assert stage.texts(TRADES, Term.LOTS) == ["1"]
    stage.panel.show_accounts({ACCOUNT: msgspec.structs.replace(account_line(), trading_day=DAY + 1)})
    assert stage.texts(TRADES, Term.LOTS) == []
    assert stage.panel.trades.empty.isVisibleTo(stage.panel.grids[TRADES])
    stage.panel.show_trades((old, new))  # what was still on its way
    assert stage.texts(TRADES, Term.LOTS) == ["2"]
    stage.panel.show_account(None)
    assert stage.texts(TRADES, Term.LOTS) == ["2", "3"]  # that account has its day yet
    stage.panel.view.choose(TRADES)
    assert stage.panel.count.text() == "2 行"


def test_only_the_account_looked_at_is_shown_and_what_belongs_to_none_always(stage: Stage) -> None:
    stage.order(1)
    stage.order(2, account=OTHER)
    stage.panel.show_trades((trade(1), trade(2, account=OTHER)))
    stage.panel.show_events((event(1), event(2, account=OTHER), event(3, account=None)))
    lines = (waiting_line(1), waiting_line(2, account=OTHER))
    stage.panel.show_conditionals({one.conditional: one for one in lines})
    counts = {}
    for account in (ACCOUNT, OTHER, None):
        stage.panel.show_account(account)
        counts[account] = [grid.rows.rowCount() for grid in stage.panel.grids]
    assert counts == {ACCOUNT: [1, 1, 1, 2, 1], OTHER: [1, 1, 1, 2, 1], None: [2, 2, 2, 3, 2]}
    assert stage.texts(EVENTS, Term.CONTENT) == ["第 3 件事", "第 2 件事", "第 1 件事"]


def test_a_restart_begins_every_list_again(stage: Stage) -> None:
    stage.order(1)
    stage.panel.show_trades((trade(1),))
    stage.panel.show_events((event(1),))
    stage.panel.show_conditionals({waiting_line().conditional: waiting_line()})
    stage.panel.restart()
    assert [grid.rows.rowCount() for grid in stage.panel.grids] == [0, 0, 0, 0, 0]
    stage.panel.show_events((event(1),))
    assert stage.texts(EVENTS, Term.CONTENT) == ["第 1 件事"]


def test_an_empty_list_says_what_will_stand_there(stage: Stage) -> None:
    stage.panel.show_link(link())
    ledgers = (stage.panel.working, stage.panel.orders, stage.panel.trades, stage.panel.events)
    titles = [ledger.empty.title.text() for ledger in ledgers]
    assert titles == ["没有挂单", "今天还没有委托", "今天还没有成交", "还没有事件"]
    assert not any(ledger.empty.isHidden() for ledger in ledgers)
    stage.order(1)
    assert [ledger.empty.isHidden() for ledger in ledgers] == [True, True, False, False]
    stage.order(1, OrderState.CANCELLED)
    assert not stage.panel.working.empty.isHidden()


def test_beyond_the_limit_the_oldest_go_and_the_foot_says_so(stage: Stage) -> None:
    most = Ledger(stage.panel.events._shape, stage.panel.title._look, most=3)
    most.take((number, event(number)) for number in range(2))
    most.take((number, event(number)) for number in range(2, 5))
    assert [most.rows.row(place).line.number for place in range(most.rows.rowCount())] == [4, 3, 2]
    assert (most.dropped, len(most.lines)) == (2, 3)
    stage.panel.events.dropped = 1_234
    stage.panel.view.choose(EVENTS)
    assert stage.panel.count.text() == "0 行 · 只留最近的，更早的 1,234 行已不在这里"


def test_a_contract_listed_later_gets_its_name(stage: Stage, reference: Reference) -> None:
    stage.order(1, instrument=InstrumentId("SHFE.zn2502"), price=Decimal(24385))
    assert stage.texts(ORDERS, Term.INSTRUMENT) == ["SHFE.zn2502"]
    stage.panel.show_instruments((reference.instrument(InstrumentId("SHFE.zn2502"), DAY),))
    assert stage.texts(ORDERS, Term.INSTRUMENT) == ["沪锌2502"]


# --- cancelling -----------------------------------------------------------------------------------------------------


def double_click(stage: Stage, view: int, place: int) -> None:
    stage.panel.view.choose(view)
    grid = stage.panel.grids[view]
    spot = grid.visualRect(grid.rows.index(place, 1)).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    mouse.double_click(grid.viewport(), spot)


@pytest.mark.parametrize("view", [WORKING, ORDERS])
def test_a_double_click_cancels_an_active_order(stage: Stage, view: int) -> None:
    stage.order(1)
    stage.order(2)
    double_click(stage, view, 1)
    assert stage.hand.sent == [CancelOrder(account=ACCOUNT, order=OrderId("o1"))]
    assert stage.panel.told.text() == "○ 撤单 螺纹钢2505 5 手：已发出，等待回答"


@pytest.mark.parametrize("state", sorted(ENDED))
def test_a_double_click_on_an_order_that_has_ended_sends_nothing(stage: Stage, state: OrderState) -> None:
    stage.order(1, state)
    double_click(stage, ORDERS, 0)
    assert stage.hand.sent == []
    assert "已经结束" in stage.panel.told.text()


def test_delete_cancels_every_selected_order_that_is_active(stage: Stage) -> None:
    stage.order(1)
    stage.order(2, OrderState.FILLED)
    stage.order(3, OrderState.UNKNOWN)
    stage.choose(ORDERS, 0)
    stage.panel.grids[ORDERS].selectAll()
    QTest.keyClick(stage.panel.grids[ORDERS], Qt.Key.Key_Delete)
    assert stage.hand.sent == [CancelOrder(account=ACCOUNT, order=OrderId(name)) for name in ("o3", "o1")]


def test_the_arrow_keys_mark_the_only_order_there_is_and_delete_cancels_it(stage: Stage) -> None:
    stage.order(1)
    grid = stage.panel.grids[WORKING]
    grid.setFocus(Qt.FocusReason.ShortcutFocusReason)  # as a function key brings the keyboard
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    assert stage.hand.sent == []
    assert stage.panel.told.text() == "▲ 先在「全部挂单」或「委托」里选中一行，才知道撤哪一笔"
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert stage.panel.working.chosen() == [OrderId("o1")]
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    assert stage.hand.sent == [CancelOrder(account=ACCOUNT, order=OrderId("o1"))]


def test_the_first_arrow_marks_the_row_the_keyboard_is_on_and_the_next_moves_on(stage: Stage) -> None:
    stage.order(1)
    stage.order(2)
    grid = stage.panel.grids[WORKING]
    grid.setFocus(Qt.FocusReason.ShortcutFocusReason)
    marked = []
    for _ in range(2):
        QTest.keyClick(grid, Qt.Key.Key_Down)
        marked.append(stage.panel.working.chosen())
    assert marked == [[OrderId("o2")], [OrderId("o1")]]


def test_delete_in_a_list_of_what_is_over_says_where_to_cancel(stage: Stage) -> None:
    stage.panel.show_trades((trade(1),))
    stage.choose(TRADES, 0)
    QTest.keyClick(stage.panel.grids[TRADES], Qt.Key.Key_Delete)
    assert "先在「全部挂单」或「委托」里选中一行" in stage.panel.told.text()


def test_cancelling_does_not_move_on_to_a_neighbour_when_the_selected_order_ends(stage: Stage) -> None:
    for number, name in enumerate((REBAR, COPPER, ORE)):
        stage.order(number, instrument=name)
    stage.choose(WORKING, 1)
    stage.order(1, OrderState.FILLED, instrument=COPPER)
    QTest.keyClick(stage.panel.grids[WORKING], Qt.Key.Key_Delete)
    QTest.keyClick(stage.panel.grids[WORKING], Qt.Key.Key_Delete, CONTROL)
    assert stage.hand.sent == []
    assert stage.panel.working.rows.rowCount() == 2


def test_a_selected_order_stays_selected_while_newer_ones_push_it_down(stage: Stage) -> None:
    stage.order(1)
    stage.choose(WORKING, 0)
    stage.order(2)
    QTest.keyClick(stage.panel.grids[WORKING], Qt.Key.Key_Delete)
    assert stage.hand.sent == [CancelOrder(account=ACCOUNT, order=OrderId("o1"))]


def test_control_delete_cancels_the_contract_of_the_row_from_every_list(stage: Stage) -> None:
    stage.order(1, instrument=COPPER)
    stage.panel.show_trades((trade(1),))
    stage.panel.show_events((event(1, instrument=REBAR), event(2, account=None)))
    for view, place in ((WORKING, 0), (ORDERS, 0), (TRADES, 0), (EVENTS, 1), (EVENTS, 0)):
        stage.choose(view, place)
        QTest.keyClick(stage.panel.grids[view], Qt.Key.Key_Delete, CONTROL)
    assert stage.hand.sent == [CancelAll(account=ACCOUNT, instrument=name) for name in (COPPER, COPPER, ORE, REBAR)]
    assert stage.panel.told.text() == "▲ 先选一行，才知道撤哪个合约"


def test_control_shift_delete_cancels_everything_of_the_account(stage: Stage) -> None:
    stage.choose(WORKING, 0)
    QTest.keyClick(stage.panel.grids[WORKING], Qt.Key.Key_Delete, CONTROL | SHIFT)
    assert stage.hand.sent == [CancelAll(account=ACCOUNT)]
    stage.panel.show_account(None)
    stage.panel.cancel_all.click()
    assert len(stage.hand.sent) == 1
    assert "先选账户" in stage.panel.told.text()


def test_what_became_of_a_cancel_is_told_in_the_foot(stage: Stage) -> None:
    line = stage.order(1)
    stage.choose(WORKING, 0)
    stage.panel.cancel.click()
    body = CancelOrder(account=ACCOUNT, order=line.order)
    stage.panel.show_results(
        (
            ResultLine(
                command=CommandId("c1"), body=body, ok=False, code="NOT_WORKING", sentence="o1 不在可撤委托中。"
            ),
            ResultLine(command=CommandId("other"), body=body, ok=True, code="OK", sentence="别处的"),
        )
    )
    assert stage.panel.told.text() == "■ 撤单 螺纹钢2505 5 手：o1 不在可撤委托中。"


def test_the_foot_says_the_whole_sentence_of_the_row(stage: Stage) -> None:
    stage.order(1, OrderState.UNKNOWN)
    stage.choose(ORDERS, 0)
    assert stage.panel.told.text() == f"▲ 状态不明 {UNKNOWN_ADVICE}"


def test_the_foot_says_nothing_of_a_row_that_is_out_of_sight(stage: Stage) -> None:
    stage.order(1, OrderState.UNKNOWN)
    stage.choose(ORDERS, 0)
    stage.panel.view.choose(TRADES)
    assert stage.panel.told.text() == ""
    stage.panel.grids[ORDERS].clearSelection()
    stage.panel.view.choose(ORDERS)
    assert "状态不明" in stage.panel.told.text()


# --- copying and naming ---------------------------------------------------------------------------------------------


def test_the_selected_rows_are_copied_as_csv_with_plain_numbers(stage: Stage) -> None:
    stage.panel.show_trades((trade(1), trade(2), trade(3)))
    stage.choose(TRADES, 1)
    QTest.keyClick(stage.panel.grids[TRADES], Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == (
        "时间,合约,买卖,开平,成交价,手数,手续费,来源,成交编号\n10:00:02,铁矿石2505,卖,平,1788.5,2,1234.56,网格-铁矿,2\n"
    )


@pytest.mark.parametrize("kind", [QAbstractButton, QAbstractItemView])
def test_every_control_of_the_list_has_a_name(stage: Stage, kind: type[QWidget]) -> None:
    for view in (WORKING, ORDERS, TRADES, EVENTS):
        stage.panel.view.choose(view)
    controls = [
        one for one in stage.panel.findChildren(kind) if not one.isHidden() and not one.objectName().startswith("qt_")
    ]
    nameless = []
    for control in controls:
        face = QAccessible.queryAccessibleInterface(control)
        if face is None or not face.text(QAccessible.Text.Name):
            nameless.append(f"{type(control).__name__} {control.objectName()}")
    assert controls
    assert nameless == []
