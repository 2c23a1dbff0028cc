from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import shiboken6
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QComboBox, QDockWidget, QLabel, QWidget

from terminal.domain.commands import SubmitOrder
from terminal.domain.ids import AccountId, CommandId, InstrumentId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Side
from terminal.domain.words.scan_terms import ScanTerm
from terminal.domain.words.terms import Term
from terminal.engine.mailbox import LINES_PER_DRAIN, Clock, LatestMailbox
from terminal.engine.screen import ResultLine
from terminal.engine.unread import Missed
from terminal.widgets.dress.look import Look
from terminal.widgets.position.grid import BY_TRADE
from terminal.widgets.quote_list import EVERYTHING, SPOTS
from terminal.widgets.window.main import MainWindow
from terminal.widgets.window.opening import SIZE
from terminal.widgets.window.status_line import SILENT_MS
from tests.gui.control_desk import account_line, card
from tests.gui.desk import (
    ACCOUNT,
    COPPER,
    DAY,
    NOW,
    ORE,
    ORE_SPOT,
    REBAR,
    REBAR_SPOT,
    Desk,
    basis,
    book,
    check_model,
    line,
)
from tests.gui.hand import RecordingHand
from tests.gui.test_order_list import order, trade

if TYPE_CHECKING:
    # The module looks for Qt when it is imported, before pytest-qt has chosen one.
    from pytestqt.modeltest import ModelTester
    from pytestqt.qtbot import QtBot


def texts(desk: Desk, term: Term) -> list[str]:
    rows = desk.window.positions.rows
    column = next(place for place, column in enumerate(rows.columns) if column.title == term)
    return [rows.cell(place, column).text for place in range(rows.rowCount())]


def test_the_window_opens_with_its_panels_and_names_the_market(desk: Desk) -> None:
    docks = {dock.objectName(): dock.windowTitle() for dock in desk.window.findChildren(QDockWidget)}
    assert docks == {
        "positions": Term.POSITIONS,
        "order_list": Term.ORDERS_AND_EVENTS,
        "quotes": Term.QUOTES,
        "scanner": ScanTerm.SCANNER,
        "basis_chart": Term.BASIS_CHART,
        "basis_table": Term.BASIS_TABLE,
        "strategies": Term.STRATEGIES,
        "order_ticket": Term.ORDER_TICKET,
        "approvals": Term.APPROVALS,
    }
    assert all(dock.isVisible() for dock in desk.window.panels.all)
    desk.open_market()
    assert desk.window.windowTitle() == "衡舵 · 样例行情"
    assert desk.window.top.market.text() == "样例行情"


def test_every_model_of_the_window_keeps_the_rules_of_qt(desk: Desk, qtmodeltester: ModelTester) -> None:
    window = desk.window
    desk.open_market()
    for name in (REBAR, COPPER, ORE_SPOT):
        desk.quote(name, 3300, before=3290)
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 100), line(REBAR, Side.SELL, 3, -100)))
    desk.mailbox.post_basis(basis(REBAR_SPOT, REBAR, (3400, 3300)))
    desk.frames(20)
    for rows in (window.positions.rows, window.quotes.rows, window.basis_table.rows):
        assert rows.rowCount() > 0
        check_model(qtmodeltester, rows)


def test_a_new_trading_day_takes_the_trades_of_the_day_before_out_of_the_list(desk: Desk) -> None:
    rows = desk.window.orders.trades.rows
    desk.mailbox.post_account(account_line())
    desk.mailbox.post_trade(trade(1))
    desk.window.drain()
    assert rows.rowCount() == 1
    desk.mailbox.post_account(replace(account_line(), trading_day=DAY + 1))
    desk.window.drain()
    assert rows.rowCount() == 0


def test_without_positions_the_grid_says_so_and_what_to_do_next(desk: Desk) -> None:
    empty = desk.window.positions.empty
    assert empty.isVisible()
    assert (empty.title.text(), empty.next_step.text()) == ("正在取回…", "")  # nothing is known yet
    desk.mailbox.post_book(book())
    desk.window.drain()
    assert empty.title.text() == "尚无持仓"
    assert "下一步" in empty.next_step.text()
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 100)))
    desk.window.drain()
    assert not empty.isVisible()
    desk.mailbox.post_book(book())
    desk.window.drain()
    assert empty.isVisible()


def test_positions_are_shown_with_side_lots_prices_and_a_real_minus(desk: Desk) -> None:
    desk.open_market()
    long = line(REBAR, Side.BUY, 30, -1_234_567, last=3300, before=3322)
    desk.mailbox.post_book(book(long, line(COPPER, Side.SELL, 5, 8900, closable=2)))
    desk.window.drain()
    assert texts(desk, Term.INSTRUMENT) == ["螺纹钢2505", "沪铜2502"]
    assert texts(desk, Term.SIDE) == ["多", "空"]
    assert texts(desk, Term.LOTS) == ["30", "5"]
    assert texts(desk, Term.TODAY_LOTS) == ["30", "5"]
    assert texts(desk, Term.YESTERDAY_LOTS) == ["0", "0"]
    assert texts(desk, Term.CLOSABLE) == ["30", "2"]
    assert texts(desk, Term.POSITION_PROFIT) == ["−1,234,567", "+8,900"]
    assert texts(desk, Term.LAST) == ["3,300", "—"]
    assert texts(desk, Term.CHANGE_RATE) == ["−0.66%", "—"]
    assert texts(desk, Term.OPEN_PRICE) == ["3,215.5", "3,215.5"]
    assert desk.window.positions.summary() == "持仓 螺纹钢2505 多 30 手、沪铜2502 空 5 手"


@pytest.mark.parametrize("rows", [1, 60])
def test_all_columns_of_the_positions_stand_in_the_default_width(desk: Desk, rows: int) -> None:
    desk.open_market()
    names = [REBAR, *(InstrumentId(f"SHFE.rb{number}") for number in range(rows - 1))]
    desk.mailbox.post_book(book(*(line(name, Side.BUY, 3, -1_234_567) for name in names)))
    desk.window.drain()
    desk.window.resize(SIZE)  # the screen of the tests is smaller
    desk.window.restore_layout()
    QApplication.processEvents()
    grid = desk.window.positions.grid
    assert grid.verticalScrollBar().isVisible() is (rows > 1)
    hidden = [place for place in range(grid.rows.columnCount()) if grid.isColumnHidden(place)]
    titles = [grid.rows.headerData(place, Qt.Orientation.Horizontal) for place in hidden]
    assert titles == ["止损止盈"], "nothing is guarded"
    assert sum(grid.columnWidth(place) for place in range(grid.rows.columnCount())) <= grid.viewport().width()
    assert not grid.horizontalScrollBar().isVisible()


def test_the_ticket_hears_what_became_of_an_order_that_waited_for_a_second_person(desk: Desk) -> None:
    ticket = desk.window.ticket
    desk.open_market()
    waiting_card = card(1)
    assert waiting_card.terms is not None
    ticket.results.expect({CommandId("K-1"): "买开 螺纹钢2505 491 手"}, ACCOUNT)
    desk.mailbox.post_result(
        ResultLine(
            command=CommandId("K-1"),
            body=SubmitOrder(terms=waiting_card.terms),
            ok=True,
            code="CONFIRM2",
            sentence="需复核：单笔 491 手超过 300 手",
            confirmation=waiting_card.confirmation,
        )
    )
    desk.window.drain()
    assert "需复核" in ticket.results.text()
    desk.mailbox.post_approval(card(1, state=ConfirmationState.REJECTED, outcome="李薇 驳回：价格太高"))
    desk.window.drain()
    assert "李薇 驳回：价格太高" in ticket.results.text()


def test_a_spot_price_reaches_the_positions_of_its_product(desk: Desk) -> None:
    desk.open_market()
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 100, last=3300)))
    desk.window.drain()
    assert texts(desk, Term.BASIS) == ["—"]
    desk.mailbox.post_basis(basis(REBAR_SPOT, REBAR, (3412, 3305)))
    desk.window.drain()
    assert texts(desk, Term.BASIS) == ["+112"]  # of this contract's own price, not of the sample's


def test_one_key_flips_the_view_of_profit_and_the_totals_agree(desk: Desk) -> None:
    window = desk.window
    desk.mailbox.post_book(
        book(line(REBAR, Side.BUY, 3, 1000, trade_profit=-500), line(ORE, Side.SELL, 2, 20, trade_profit=70))
    )
    window.drain()
    assert window.top.profit.caption.text() == Term.POSITION_PROFIT
    assert window.top.profit.value.text() == "+1,020"
    assert window.top.closed.value.text() == "−86,340"
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert window.positions.view.index == BY_TRADE
    assert texts(desk, Term.FLOATING_PROFIT) == ["−500", "+70"]
    assert window.top.profit.caption.text() == Term.FLOATING_PROFIT
    assert window.top.profit.value.text() == "−430"
    assert window.top.closed.value.text() == "−60,340"
    assert "浮动盈亏 −430" in [label.accessibleName() for label in window.positions.foot.findChildren(QWidget)]


def test_the_account_is_shown_as_it_is_given(desk: Desk) -> None:
    top = desk.window.top
    assert top.equity.value.text() == "—"
    assert top.summary() == "尚无账户"
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, -2_000)))
    desk.window.drain()
    shown = {figure.caption.text(): figure.value.text() for figure in (top.equity, top.available, top.margin, top.risk)}
    assert shown == {"客户权益": "9,998,000", "可用": "9,698,000", "保证金": "300,000", "风险度": "3.0%"}
    assert top.closed.value.text() == "−86,340"
    assert top.accounts.currentText() == ACCOUNT


def test_the_account_is_picked_by_code_and_name_and_looked_at_by_its_code(desk: Desk) -> None:
    top, second = desk.window.top, AccountId("乙")
    desk.mailbox.post_account(account_line(name="样例贸易 · 策略"))
    desk.mailbox.post_book(book())
    desk.mailbox.post_book(book(account=second))
    desk.window.drain()
    desk.mailbox.post_account(account_line(account=second, name="样例贸易 · 套保"))  # a name may come after its money
    desk.window.drain()
    known = [top.accounts.itemText(place) for place in range(top.accounts.count())]
    assert sorted(known) == sorted([f"{ACCOUNT} 样例贸易 · 策略", "乙 样例贸易 · 套保"])
    seen: list[str] = []
    top.account.connect(seen.append)
    top.accounts.setCurrentIndex(top.accounts.findData(second))
    top.accounts.activated.emit(top.accounts.currentIndex())
    assert seen == [second]
    assert top.accounts.toolTip() == "乙 样例贸易 · 套保"
    assert top.summary().startswith("账户 乙 样例贸易 · 套保 ")


def test_another_account_can_be_looked_at(desk: Desk) -> None:
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 0), account=AccountId("乙")))
    desk.mailbox.post_book(book(line(COPPER, Side.BUY, 8, 0), account=AccountId("甲")))
    desk.window.drain()
    accounts = desk.window.top.accounts
    first = accounts.currentText()
    accounts.setCurrentIndex(1 - accounts.currentIndex())
    accounts.activated.emit(accounts.currentIndex())
    assert accounts.currentText() != first
    wanted = {"乙": ["3"], "甲": ["8"]}
    assert texts(desk, Term.LOTS) == wanted[accounts.currentText()]
    desk.mailbox.post_book(book(account=AccountId(first)))
    desk.window.drain()
    assert texts(desk, Term.LOTS) == wanted[accounts.currentText()]


def test_a_contract_is_listed_from_its_first_quote_to_its_last_trading_day(desk: Desk) -> None:
    quotes = desk.window.quotes
    desk.open_market()
    assert quotes.rows.rowCount() == 0
    assert quotes.empty.isVisible()
    desk.quote(COPPER, 7400, before=7390)
    desk.quote(REBAR, 3300, before=3290)
    assert [quotes.rows.cell(place, 0).text for place in range(2)] == ["螺纹钢2505", "沪铜2502"]
    assert not quotes.empty.isVisible()
    desk.mailbox.post_clock(Clock(at=NOW, trading_day=20_250_218, updates=2))  # cu2502 ended on 2025-02-17
    desk.window.drain()
    assert [quotes.rows.cell(place, 0).text for place in range(quotes.rows.rowCount())] == ["螺纹钢2505"]


def test_quotes_can_be_narrowed_to_spot(desk: Desk) -> None:
    quotes = desk.window.quotes
    desk.open_market()
    for name in (COPPER, REBAR, REBAR_SPOT):
        desk.quote(name, 3300)
    counts = {}
    for kind in (SPOTS, EVERYTHING):
        quotes.filter.choose(kind)
        counts[kind] = quotes.rows.rowCount()
    assert counts == {SPOTS: 1, EVERYTHING: 3}


def test_a_row_of_the_overview_selects_the_product_of_the_chart(desk: Desk) -> None:
    desk.open_market()
    desk.mailbox.post_basis(basis(REBAR_SPOT, REBAR, (3400, 3300)))
    desk.mailbox.post_basis(basis(ORE_SPOT, ORE, (800, 790)))
    desk.frames(20)
    assert desk.window.basis.products.currentText() == "螺纹钢"
    desk.window.basis_table.grid.selectRow(1)
    assert desk.window.basis.products.currentText() == "铁矿石"


def test_trouble_is_told_across_the_window_with_a_word_and_a_shape(desk: Desk) -> None:
    assert not desk.window.ribbon.isVisible()
    desk.mailbox.post_trouble("行情文件坏了，请重新取得。")
    desk.window.drain()
    assert desk.window.ribbon.isVisible()
    assert desk.window.ribbon.accessibleName() == "注意：行情文件坏了，请重新取得。"
    assert not desk.window.status.lamp.well
    assert desk.window.quotes.empty.title.text() == "没有行情"


def test_a_window_whose_desk_never_came_up_promises_no_login_and_asks_nobody_to_wait(desk: Desk) -> None:
    desk.mailbox.post_trouble("同一配置只能打开一个衡舵，请先关闭那一个。")
    desk.frames(2)
    shown = [label.text() for label in desk.window.findChildren(QLabel)]
    assert [text for text in shown if "登录…" in text or "稍候" in text] == []
    assert desk.window.basis.empty.title.text() == "没有连上运行器"
    assert desk.window.top.seat is not None
    assert desk.window.top.seat.person.text() == "未登录"


def test_a_notice_about_this_desk_stops_nothing_on_the_screen(desk: Desk) -> None:
    before = desk.window.status.state.text()
    desk.mailbox.post_notice("本机副本已损坏，已重新取回。")
    desk.window.drain()
    assert desk.window.ribbon.accessibleName() == "注意：本机副本已损坏，已重新取回。"
    assert "本机副本已损坏" in desk.window.summary()
    assert desk.window.status.state.text() == before


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)  # offscreen popup
def test_what_was_decided_and_what_came_meanwhile_reach_the_ribbon_from_the_mailbox(desk: Desk) -> None:
    desk.mailbox.post_approval(card(1))
    desk.window.drain()
    desk.mailbox.post_approval(
        card(1, state=ConfirmationState.REJECTED, told="李薇驳回 买开 TA505 190 手 @5694：价格不合适")
    )
    desk.mailbox.post_missed(Missed(seconds=5, sentences=("2 笔成交",)))
    desk.mailbox.post_missed(Missed(seconds=9, sentences=("3 笔成交",)))
    desk.window.drain()
    assert desk.window.ribbon.text.text() == "离线 9 s，期间：3 笔成交"  # of what warns, the newest
    assert desk.window.ribbon.more_button.text() == "未读 3 条"
    desk.window.ribbon.more_button.click()
    listed = [row.text.text() for row in desk.window.ribbon.list.rows]
    assert listed == ["3 笔成交", "2 笔成交", "李薇驳回 买开 TA505 190 手 @5694：价格不合适"]


def test_the_status_line_names_trading_day_and_market_clock(desk: Desk) -> None:
    status = desk.window.status

    def well() -> bool:
        return status.lamp.well

    assert not well()
    desk.mailbox.post_clock(Clock(at=NOW, trading_day=DAY, updates=10))
    desk.window.drain()
    assert well()
    assert (status.day.text(), status.clock.text()) == ("交易日 2025-01-06", "市场时钟 10:00:00")
    status.show_silence(SILENT_MS + 2_000)
    assert status.state.text() == "行情已静默 12 秒"
    assert not well()


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)  # said of each floating panel, offscreen
def test_a_closed_panel_comes_back_with_the_default_layout(desk: Desk) -> None:
    window = desk.window
    window.quotes.title.close_button.click()
    window.basis.title.float_button.click()
    assert not window.quotes.isVisible()
    assert window.basis.isFloating()
    window.restore_layout()
    assert window.quotes.isVisible()
    assert not window.basis.isFloating()


@pytest.mark.parametrize("kind", [QAbstractButton, QComboBox, QAbstractItemView])
def test_every_control_has_a_name_a_screen_reader_can_say(desk: Desk, kind: type[QWidget]) -> None:
    controls = [
        control
        for control in desk.window.findChildren(kind)
        if control.isVisibleTo(desk.window) and not control.objectName().startswith("qt_")
    ]
    assert controls
    nameless = []
    for control in controls:
        face = QAccessible.queryAccessibleInterface(control)
        if face is None or not face.text(QAccessible.Text.Name):
            nameless.append(f"{type(control).__name__} {control.objectName()} in {control.parent()}")
    assert nameless == []


def test_the_summary_is_one_line_about_account_positions_and_market(desk: Desk) -> None:
    desk.open_market()
    desk.quote(REBAR, 3300)
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 3, 100)))
    desk.mailbox.post_clock(Clock(at=NOW, trading_day=DAY, updates=10))
    desk.window.drain()
    assert desk.window.summary() == (
        "衡舵 · 样例行情 · 账户 主账户 客户权益 10,000,100 持仓盈亏 +100 保证金 300,000 可用 9,700,100 风险度 3.0%"
        " · 持仓 螺纹钢2505 多 3 手 · 1 个报价 · 尚无策略 · 没有告警 · 交易日 2025-01-06 市场时钟 10:00:00"
    )


def test_money_that_is_not_whole_is_rounded_for_the_screen_only(desk: Desk) -> None:
    given = book(line(REBAR, Side.BUY, 1, 0))
    money = replace(given.money, equity=Decimal("1003621.50"))
    desk.mailbox.post_book(type(given)(**{**{f: getattr(given, f) for f in given.__struct_fields__}, "money": money}))
    desk.window.drain()
    assert desk.window.top.equity.value.text() == "1,003,622"


class Windows(QObject):
    """Note every window that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


def test_no_part_of_the_window_stands_on_the_screen_as_a_window_of_its_own_while_it_is_built(
    qtbot: QtBot, look: Look, qapp: QApplication
) -> None:
    windows = Windows()
    qapp.installEventFilter(windows)
    window = MainWindow(look, LatestMailbox(), RecordingHand(), embedded=True, keeps_layout=True)
    window.show()
    window.furnish()
    window.hold()
    qtbot.waitExposed(window)
    qapp.removeEventFilter(windows)
    assert windows.shown == [window]
    window.end()
    shiboken6.delete(window)


def test_a_list_that_begins_anew_comes_in_portions_and_stands_as_if_it_had_come_at_once(desk: Desk) -> None:
    rows = desk.window.orders.orders.rows
    count = 2 * LINES_PER_DRAIN + 1
    desk.mailbox.post_account(account_line())
    desk.mailbox.post_order(order(0))
    desk.window.drain()
    with desk.mailbox.anew():
        desk.mailbox.post_account(account_line())
        for number in range(1, count + 1):
            desk.mailbox.post_order(order(number))
    shown = []
    for _ in range(4):
        desk.window.drain()
        shown.append(rows.rowCount())
    assert shown == [LINES_PER_DRAIN, 2 * LINES_PER_DRAIN, count, count]
    assert [rows.key(place) for place in range(count)] == [f"o{number}" for number in range(count, 0, -1)]
