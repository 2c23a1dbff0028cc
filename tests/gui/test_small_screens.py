"""On the screens people have, what a decision needs is in sight beside the button that makes it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QImage, QRegion
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import Offset, Side
from terminal.domain.view import Quote
from terminal.domain.words.risk import Level, Verdict
from terminal.domain.words.terms import Term
from terminal.engine.mailbox import Clock
from terminal.engine.screen import ApprovalCard, Child, Figure, LinkState, Preview
from terminal.strategies.roll.cost import RollCost, cost_sentence
from terminal.widgets.alert.level_mark import LevelMark
from terminal.widgets.basis.panel import LEGEND
from terminal.widgets.dress.look import HEADER, Look, font
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.parts.cells import PADDING
from terminal.widgets.parts.elided import WholeOrNothing
from terminal.widgets.parts.panel import Panel
from terminal.widgets.parts.steady_combo import EDGE
from terminal.widgets.strategy.bench_view import ROW
from terminal.widgets.strategy.panel import LEAST_CARDS, ONE_CARD
from tests.gui.control_desk import account_line, alert, card, link
from tests.gui.desk import DAY, NOW, ORE, REBAR, REBAR_SPOT, Desk, basis, book, line
from tests.gui.strategy_panel.bench import card as strategy_card
from tests.gui.test_order_list import order

SAMPLE = AccountId("SAMPLE-1")
LEAST, SMALL, USUAL = (1280, 700), (1366, 740), (1440, 872)  # without the frame a window manager puts around
WIDE_QUOTE = Quote(3214, 3215, 3214, 12_345, 1079, 1234, 56_789, 3456, 3010, 3230, NOW, NOW)


def stand(desk: Desk, panel: Panel, size: tuple[int, int]) -> None:
    desk.open_market()
    desk.mailbox.post_link(link())
    desk.mailbox.post_account(account_line())
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 30, 100)))
    desk.mailbox.post_clock(Clock(at=NOW, trading_day=DAY, updates=1))
    desk.mailbox.post_quote(REBAR, WIDE_QUOTE)
    desk.frames(2)
    desk.window.resize(*size)
    desk.window.restore_layout()
    desk.window.panels.bring(panel)
    QApplication.processEvents()


def scroll_of(panel: Panel) -> QScrollArea:
    found = panel.widget()
    assert isinstance(found, QScrollArea)
    return found


def in_sight(widget: QWidget, frame: QWidget) -> bool:
    """Return whether all of a widget lies inside a frame, and is shown."""
    lies = QRect(widget.mapTo(frame.window(), QPoint(0, 0)), widget.size())
    holds = QRect(frame.mapTo(frame.window(), QPoint(0, 0)), frame.size())
    return widget.isVisible() and holds.contains(lies)


@pytest.mark.parametrize("instrument", [REBAR, ORE])
def test_every_field_of_the_ticket_is_in_sight_on_a_small_screen(desk: Desk, instrument: InstrumentId) -> None:
    ticket = desk.window.ticket
    stand(desk, ticket, SMALL)
    ticket.fill(instrument, Side.SELL, Offset.CLOSE, lots=30)
    QApplication.processEvents()
    scroll = ticket.findChild(QScrollArea, "ticketScroll")
    assert scroll is not None
    controls = [button for button in ticket.form.findChildren(QAbstractButton) if button.isVisibleTo(ticket.form)]
    for widget in (*controls, *ticket.form.strip.values, ticket.form.flags, ticket.form.times):
        assert in_sight(widget, scroll.viewport()), widget.accessibleName() or widget.objectName()
    assert len(controls) > 10
    assert not scroll.horizontalScrollBar().isVisible()


def test_what_an_order_does_stands_beside_the_button_that_sends_it_on_a_small_screen(desk: Desk) -> None:
    ticket = desk.window.ticket
    stand(desk, ticket, SMALL)
    ticket.fill(REBAR, Side.SELL, Offset.CLOSE, lots=30)
    ticket.ask()
    terms = desk.hand.asked[-1]
    parts = tuple(
        Child(terms=replace(terms, offset=offset, lots=lots), fee=None, margin=None)
        for offset, lots in ((Offset.CLOSE_TODAY, 10), (Offset.CLOSE_YESTERDAY, 20))
    )
    sentence = "卖平 螺纹钢2505 30 手 @3214 合约价值 ¥964,200 手续费 ¥96.42 · 可以报出"
    request = len(desk.hand.foreseen)
    answer = Preview(request=request, verdict=Verdict.WARN, sentence=sentence, children=parts, value=Decimal(964_200))
    ticket.show_previews({request: answer})
    QApplication.processEvents()
    scroll = ticket.findChild(QScrollArea, "ticketScroll")
    assert scroll is not None
    split = ticket.answer.values[Term.TODAY_AND_YESTERDAY]
    assert split.text() == "平今 10 · 平昨 20"
    for widget in (ticket.answer.word, ticket.answer.sentence, split, ticket.send_button):
        assert in_sight(widget, ticket)
        assert not scroll.isAncestorOf(widget)  # a taller form does not push it out of sight
    assert ticket.send_button.text() == "卖平今 10 手 + 卖平昨 20 手"


@pytest.mark.parametrize("size", [LEAST, SMALL, USUAL])
@pytest.mark.parametrize(
    "begins", ["", "已停止（人工停止）；", "小节休息；", "收尾：还有委托未了，平衡后停止；小节休息；"]
)
def test_what_a_roll_cost_is_read_whole_on_its_card(desk: Desk, size: tuple[int, int], begins: str) -> None:
    money = (Decimal("-141.25"), Decimal("-131.25"), Decimal(-10), Decimal("11234.56"), Decimal("-1234567.89"))
    cost = cost_sentence(RollCost(money[0], *money))
    told = f"{begins}移仓 rb2510 → rb2601 多 1200 手，第 12 批，已移 1200 手，{cost}，挂单 2 笔"
    stand(desk, desk.window.strategies, size)
    desk.mailbox.post_strategy(strategy_card(strategy="移仓-螺纹", sentence=told))
    desk.frames(2)
    (view,) = desk.window.strategies.cards.views.values()
    lines = view.sentence.text().split("\n")
    assert "".join(lines) == told
    assert len(lines) <= (4 if begins else 3)
    assert max(view.sentence.fontMetrics().horizontalAdvance(line) for line in lines) <= view.sentence.width()
    assert view.sentence.height() == len(lines) * view.sentence.fontMetrics().lineSpacing()


@pytest.mark.parametrize("size", [LEAST, SMALL, USUAL])
def test_what_a_card_says_of_today_is_read_whole_beside_what_the_strategy_holds(
    desk: Desk, size: tuple[int, int]
) -> None:
    stand(desk, desk.window.strategies, size)
    held = {REBAR: 1200, ORE: -1200}
    earned = Decimal("-1234567.89")
    desk.mailbox.post_strategy(
        strategy_card(lots=held, working=12, fees_today=Decimal("11234.56"), profit_today=earned)
    )
    desk.frames(2)
    QApplication.processEvents()
    (view,) = desk.window.strategies.cards.views.values()
    lines = view.facts.text().split("\n")
    assert "".join(lines).replace(" ", "") == "rb2505+1,200、i2505−1,200手·挂单12·今日手续费11,235"
    assert max(map(view.facts.fontMetrics().horizontalAdvance, lines)) <= view.facts.width()
    assert view.facts.height() == len(lines) * view.facts.fontMetrics().lineSpacing()
    assert view.profit.text() == "今日 −1,234,568"
    assert view.profit.fontMetrics().horizontalAdvance(view.profit.text()) <= view.profit.width()


def test_every_column_of_a_position_stands_on_a_small_screen_without_scrolling(desk: Desk) -> None:
    stand(desk, desk.window.ticket, SMALL)
    grid = desk.window.positions.grid
    assert not grid.horizontalScrollBar().isVisible()
    last = grid.rows.columnCount() - 1
    assert grid.columnViewportPosition(last) + grid.columnWidth(last) <= grid.viewport().width()


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_an_approval_says_why_it_stopped_who_wants_it_and_what_gets_worse_without_scrolling(
    desk: Desk, size: tuple[int, int]
) -> None:
    panel = desk.window.approvals
    figures = tuple(
        Figure(name=name, before="¥9,824,386", after="¥9,510,687", worse=name == "保证金（含挂单）")
        for name in ("持仓 rb2505", "保证金（含挂单）", "可用", "风险度（含挂单）", "净敞口", "限仓占用")
    )
    why = "螺纹钢2505（SHFE.rb2505）买入开仓 183 手：价值 5,219,160.00 元，超过复核线 5,000,000.00 元；需由另一人复核。"
    stand(desk, panel, size)
    desk.mailbox.post_notice("行情服务已更换")  # the ribbon takes its height from the card
    title = "买开 rb2505 491 手 @3215"
    desk.mailbox.post_approval(replace(card(1), title=title, figures=figures, why=why))
    desk.frames(2)
    QApplication.processEvents()
    view, sight = panel.card, panel.card_area.viewport()
    worse = [mark for mark in view.table.findChildren(LevelMark) if mark.accessibleName() == "保证金（含挂单） 变差"]
    parts = [view.title, view.countdown, view.why, view.last, view.drift, view.maker, view.table, *worse]
    assert len(worse) == 1
    assert "@3215" in view.title.text()  # a low card says contract, side, lots and price once
    for part in parts:
        assert in_sight(part, sight), part.accessibleName() or part.objectName()
    assert view.drift.value.text() == "+2 跳（允许 ±9）"
    assert view.drift.caption.text() == "价格漂移（参考价 3,214）"


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
@pytest.mark.parametrize("waiting", [1, 4])
@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_the_table_and_the_worst_case_are_on_the_card_without_scrolling_under_an_alert_and_a_message(
    desk: Desk, look: Look, size: tuple[int, int], waiting: int, scheme: Scheme
) -> None:
    panel = desk.window.approvals
    look.wear(scheme)
    stand(desk, panel, size)
    desk.mailbox.post_alerts((alert("保证金", Level.ORANGE),))
    desk.mailbox.post_notice("行情服务已更换")
    for number in range(1, waiting + 1):
        desk.mailbox.post_approval(replace(whole_card(number), drift_ticks=12))
    desk.frames(2)
    for _ in range(20):  # the texts break anew where the bars came in
        QApplication.processEvents()
    view, sight = panel.card, panel.card_area.viewport()
    assert desk.window.risk_bar.isVisible()
    assert desk.window.ribbon.isVisible()
    parts: list[QWidget] = [view.title, view.countdown, view.why, view.last, view.drift, view.table, view.maker]
    for part in (*parts, view.details):
        assert in_sight(part, sight), f"{part.accessibleName() or part.objectName()} {part.geometry()} {sight.size()}"
    assert panel.decision.text.text() == "漂移 +12 跳，此刻批准会作废"
    assert panel.decision.text.visibleRegion().boundingRect().size() == panel.decision.text.size()
    if waiting > 1:  # of several it is said which one this is, and the others are at hand
        assert panel.picker.isVisible() or panel.lists.isVisible()


def test_the_reasons_for_a_rejection_and_its_buttons_have_room_in_the_panel_of_a_small_screen(desk: Desk) -> None:
    panel = desk.window.approvals
    stand(desk, panel, SMALL)
    desk.mailbox.post_approval(whole_card(1))
    desk.frames(2)
    room = panel.width()
    panel.decision.reason.show()
    for _ in range(5):
        QApplication.processEvents()
    assert panel.width() == room
    asked = panel.decision.reason
    for part in (*asked.findChildren(QAbstractButton), asked.edit):
        assert in_sight(part, panel), part.accessibleName()


@pytest.mark.parametrize("waiting", [1, 4])
def test_the_maker_s_last_orders_are_on_the_card_without_scrolling_on_a_usual_screen(desk: Desk, waiting: int) -> None:
    panel = desk.window.approvals
    stand(desk, panel, USUAL)
    for number in range(1, waiting + 1):
        desk.mailbox.post_approval(whole_card(number))
    desk.frames(2)
    QApplication.processEvents()
    assert panel.lists.isVisible() or waiting == 1  # one item is told by its card, several are chosen among
    assert in_sight(panel.card.last_orders, panel.card_area.viewport())


def whole_card(number: int) -> ApprovalCard:
    """Return a card with all that is ever on one, as long as it gets."""
    figures = tuple(
        Figure(name=name, before="¥9,824,386", after="¥9,510,687", worse=name == "保证金（含挂单）")
        for name in (
            *("持仓 TA505（不含挂单）", "保证金（含挂单）", "可用"),
            *("风险度（含挂单）", "限仓占用（含挂单 107 手）", "当日盈亏"),
        )
    )
    return replace(
        card(number),
        title=f"买开 TA505 {182 + number} 手 @5704",
        figures=figures,
        why="PTA505（CZCE.TA505）买入开仓 183 手：价值 5,219,160.00 元，超过复核线 5,000,000.00 元；需由另一人复核。",
        details=("若跌停 5420：本单 −¥259,860，账户当日盈亏 −¥246,649（其他合约按现价）",),
        last_orders=tuple(f"买开 TA505 {lots} 手 @5704 部分成交，成交 3 手" for lots in range(181, 186)),
    )


@pytest.mark.parametrize("size", [SMALL, USUAL])
def test_the_basis_panel_cuts_no_button_no_figure_and_no_age_on_a_small_screen(
    desk: Desk, size: tuple[int, int]
) -> None:
    panel = desk.window.basis
    stand(desk, panel, size)
    desk.mailbox.post_basis(basis(REBAR_SPOT, REBAR, (79_070, 78_650)))
    desk.frames(2)
    desk.mailbox.post_link(link(LinkState.OFFLINE, sentence="离线"))
    desk.mailbox.post_clock(Clock(at=NOW + 45 * SECOND_NS, trading_day=DAY, updates=1))
    desk.frames(2)
    for label, text in ((panel.mean, "−1,408.2"), (panel.deviation, "−10.5σ"), (panel.rank, "100%")):
        label.setText(text)
    panel.products.addItem(
        "线型低密度聚乙烯"
    )  # the longest name makes the box wide, once another theme dresses it anew
    panel.products.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    QApplication.processEvents()
    legs = (panel.spot, panel.future)
    assert [leg.badge.text() for leg in legs] == ["过期 · 45 秒前"] * 2
    for button in panel.spans.buttons():
        assert button.width() >= button.sizeHint().width(), f"{button.text()} is cut"
        assert in_sight(button, panel.title)
    figures = (panel.value, panel.mean, panel.deviation, panel.rank)
    for label in (*figures, *(leg.price for leg in legs), *(leg.badge for leg in legs)):
        assert label.width() >= label.sizeHint().width(), f"{label.text()} is cut"
        assert in_sight(label, panel.widget()), label.text()
    assert in_sight(panel.legend, panel.widget())
    unit = panel.title.findChild(QLabel, "panelNote")
    assert unit is not None
    assert unit.width() >= unit.fontMetrics().horizontalAdvance("元/吨")


def under_two_bars(desk: Desk) -> None:
    desk.mailbox.post_alerts((alert("保证金", Level.ORANGE),))
    desk.mailbox.post_notice("行情服务已更换")
    desk.frames(2)
    for _ in range(20):  # the texts break anew where the bars came in
        QApplication.processEvents()


def test_the_basis_stands_whole_with_its_axis_under_an_alert_and_a_message(desk: Desk) -> None:
    panel = desk.window.basis
    stand(desk, panel, SMALL)
    desk.mailbox.post_basis(basis(REBAR_SPOT, REBAR, (3260, 3214)))
    under_two_bars(desk)
    assert scroll_of(panel).verticalScrollBar().maximum() == 0


@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.DENY])
def test_a_preview_its_button_and_a_row_of_the_form_stand_without_scrolling_the_panel_under_a_bar(
    desk: Desk, verdict: Verdict
) -> None:
    panel, view = desk.window.strategies, desk.window.strategies.bench.view
    for number in range(3):
        desk.mailbox.post_strategy(strategy_card(strategy=f"网格-螺纹-{number}"))
    stand(desk, panel, SMALL)
    desk.mailbox.post_notice("行情服务已更换")
    desk.frames(2)
    view.preview.show_preview(Preview(request=1, verdict=verdict, sentence="启动策略，" * 30, details=("一行",) * 9))
    for _ in range(20):
        QApplication.processEvents()
    assert scroll_of(panel).verticalScrollBar().maximum() == 0
    for part in (view.preview, view.start_button, view.preview_button):
        assert in_sight(part, panel)
    assert view.stack.height() >= 50  # a caption and its field
    view.preview.hide()
    for _ in range(20):
        QApplication.processEvents()
    assert panel.cards.height() > LEAST_CARDS  # which gave way for the preview only


def test_four_rows_of_a_strategys_form_stand_beside_three_cards_on_the_usual_screen(desk: Desk) -> None:
    panel, view = desk.window.strategies, desk.window.strategies.bench.view
    for number in range(3):
        desk.mailbox.post_strategy(strategy_card(strategy=f"网格-螺纹-{number}"))
    stand(desk, panel, USUAL)
    for _ in range(20):
        QApplication.processEvents()
    assert view.stack.height() >= 4 * ROW
    assert panel.cards.height() >= ONE_CARD  # a card stays whole, and the next one shows that there are more


def test_names_in_the_top_bar_and_titles_of_columns_are_whole_on_a_small_screen(desk: Desk) -> None:
    stand(desk, desk.window.ticket, SMALL)
    person = "样例交易员"
    desk.mailbox.post_link(replace(link(), person_name=person))
    desk.mailbox.post_account(account_line(account=SAMPLE, name="样例贸易 · 策略"))
    money = book(line(REBAR, Side.BUY, 30, 20_000), account=SAMPLE)
    desk.mailbox.post_book(money)
    desk.frames(2)
    top = desk.window.top
    top.accounts.setCurrentIndex(top.accounts.findData(SAMPLE))
    top.accounts.activated.emit(top.accounts.currentIndex())
    QApplication.processEvents()
    option = QStyleOptionComboBox()
    top.accounts.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    field = top.accounts.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, top.accounts)
    assert top.accounts.currentText() == "SAMPLE-1 样例贸易 · 策略"
    assert top.accounts.fontMetrics().horizontalAdvance(top.accounts.currentText()) <= field.width() - EDGE
    assert top.seat is not None
    for shown in (top.seat.person, top.seat.holder):
        assert shown.painted.startswith((person, "账户"))
        assert shown.fontMetrics().horizontalAdvance(shown.painted) <= shown.width()
    assert top.seat.person.toolTip() == top.seat.person.text()  # what there is no room for
    for grid in (desk.window.positions.grid, desk.window.orders.working.grid):
        for place in range(grid.model().columnCount()):
            if grid.isColumnHidden(place):
                continue  # that of the guards, while nothing is guarded
            title = grid.model().headerData(place, Qt.Orientation.Horizontal)
            wide = QFontMetrics(font(HEADER)).horizontalAdvance(title)
            assert grid.columnWidth(place) - 2 * PADDING >= wide, title


def test_working_orders_that_scroll_do_so_one_way_only(desk: Desk) -> None:
    stand(desk, desk.window.ticket, SMALL)
    for number in range(40):
        desk.mailbox.post_order(order(number))
    desk.frames(2)
    grid = desk.window.orders.working.grid
    assert grid.rows.rowCount() == 40
    grid.doItemsLayout()
    QApplication.processEvents()
    assert grid.verticalScrollBar().isVisible()
    assert not grid.horizontalScrollBar().isVisible()
    assert scroll_of(desk.window.orders).verticalScrollBar().maximum() == 0


def test_the_buttons_that_send_and_decide_stay_where_they_are_when_bars_come_and_go(desk: Desk) -> None:
    window = desk.window
    for panel, buttons in (
        (window.ticket, (window.ticket.send_button,)),
        (window.approvals, (window.approvals.decision.approve_button, window.approvals.decision.reject_button)),
    ):
        stand(desk, panel, SMALL)
        desk.mailbox.post_approval(whole_card(1))
        desk.frames(2)
        QApplication.processEvents()
        before = [QRect(one.mapTo(window, QPoint(0, 0)), one.size()) for one in buttons]
        under_two_bars(desk)
        assert window.risk_bar.height() > 30
        assert [QRect(one.mapTo(window, QPoint(0, 0)), one.size()) for one in buttons] == before
        desk.mailbox.post_alerts(())
        desk.frames(2)
        QApplication.processEvents()
        assert [QRect(one.mapTo(window, QPoint(0, 0)), one.size()) for one in buttons] == before


def test_a_legend_without_room_for_all_of_it_paints_nothing(qtbot: QtBot) -> None:
    legend = WholeOrNothing("readoutLegend")
    legend.say(LEGEND)
    qtbot.addWidget(legend)
    legend.ensurePolished()
    whole = legend.fontMetrics().horizontalAdvance(legend.text())
    for width, painted in ((whole, True), (whole - 1, False)):
        legend.resize(width, 20)
        picture = QImage(legend.size(), QImage.Format.Format_ARGB32)
        picture.fill(0)
        legend.render(picture, QPoint(), QRegion(), QWidget.RenderFlag(0))
        assert any(picture.pixel(x, y) for x in range(width) for y in range(20)) is painted
