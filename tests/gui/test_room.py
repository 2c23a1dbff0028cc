"""Whatever is shown, the window fits the screens people have, and no sentence takes the room of what is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Offset, Side
from terminal.domain.words.risk import Finding, Level, Scope, Verdict
from terminal.engine.mailbox import Clock
from terminal.engine.screen import Preview
from terminal.widgets.parts.panel import Panel
from tests.gui.control_desk import account_line, alert, card, link
from tests.gui.desk import DAY, NOW, REBAR, Desk, book, line
from tests.gui.strategy_panel.bench import card as strategy_card

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
SMALL = (1366, 740)  # of 768 lines: what a window manager leaves
LEAST = (1280, 700)
REASONS = (
    "螺纹钢2505（SHFE.rb2505）买入开仓 3332 手：超过交易所每次最大下单量 500 手，请分成几笔。",
    "螺纹钢2505（SHFE.rb2505）买入开仓 3332 手：价格 3999 高于涨停价 3547，请改到涨跌停价以内。",
    "螺纹钢2505（SHFE.rb2505）未了委托全部成交后多头 3360 手，超过持仓限额 500 手；请减少 2860 手，或先平仓、撤单。",
    "螺纹钢2505（SHFE.rb2505）买入开仓 3332 手：未了委托全部成交后可用 −812,030 元，资金不足；请减少手数或先撤单。",
    "螺纹钢2505（SHFE.rb2505）买入开仓 3332 手可能与账户 SAMPLE-1 的未了委托 A-17 自成交；请先撤那一笔，或改价。",
)


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()


def begin(desk: Desk) -> None:
    desk.open_market()
    desk.mailbox.post_link(link())
    desk.mailbox.post_account(account_line())
    desk.mailbox.post_book(book(line(REBAR, Side.BUY, 30, 100)))
    desk.mailbox.post_clock(Clock(at=NOW, trading_day=DAY, updates=1))
    desk.quote(REBAR, 3214)
    for number in range(3):
        running = strategy_card(strategy=f"网格-螺纹-{number}")  # each as wordy as a strategy gets
        desk.mailbox.post_strategy(running)
    desk.frames(2)
    desk.window.resize(*SMALL)
    desk.window.restore_layout()
    settle()


def findings(count: int) -> tuple[Finding, ...]:
    return tuple(
        Finding(control=f"C{place}", code="X", verdict=Verdict.DENY, value="1", limit="2", sentence=sentence)
        for place, sentence in enumerate(REASONS[:count])
    )


def show_ticket(desk: Desk, *, count: int = 5) -> None:
    ticket = desk.window.ticket
    desk.window.panels.bring(ticket)
    ticket.fill(REBAR, Side.BUY, Offset.OPEN, lots=3332)
    ticket.ask()
    request = len(desk.hand.foreseen)
    sentence = "买开 rb2505 3332 手 @3214 合约价值 ¥133,246,680 保证金(8%) ¥10,659,734 手续费 ¥13,324.67 · 不能报出"
    refusal = Preview(request=request, verdict=Verdict.DENY, sentence=sentence, findings=findings(count))
    desk.mailbox.post_preview(refusal)
    desk.frames(1)
    ticket.results.remark("\n".join(REASONS))
    settle()


def show_strategy_preview(desk: Desk) -> None:
    panel = desk.window.strategies
    desk.window.panels.bring(panel)
    settle()
    details = tuple(f"第 {place} 条线 {3292 - 10 * place}，挂买 2 手，成交后挂卖 2 手" for place in range(1, 25))
    panel.bench.view.preview.show_preview(
        Preview(
            request=1,
            verdict=Verdict.DENY,
            sentence="启动策略 价差-螺纹钢-1：" + "".join(REASONS),
            findings=findings(5),
            value=Decimal(665_400),
            margin=Decimal(53_232),
            details=details,
        )
    )
    panel.bench.view.conflict.show_conflict(REASONS[0], tuple((f"字段 {place}", "1", "2") for place in range(12)))
    panel.bench.view.say("".join(REASONS), "bad")
    settle()


def show_approvals(desk: Desk) -> None:
    for number in range(1, 8):
        state = ConfirmationState.PENDING if number < 7 else ConfirmationState.REJECTED
        desk.mailbox.post_approval(card(number, state=state))
    desk.window.panels.bring(desk.window.approvals)
    desk.frames(1)
    decision = desk.window.approvals.decision
    decision.armed = True
    decision.reject_button.setEnabled(True)
    decision.reject_button.click()
    decision.tell("".join(REASONS), warn=True)
    settle()


def raise_alarm(desk: Desk) -> None:
    desk.mailbox.post_alerts((alert("爆仓", Level.RED), alert("宽限", Level.ORANGE)))
    desk.mailbox.post_account(account_line(killed=(Scope(),)))
    desk.mailbox.post_notice("".join(REASONS))
    desk.frames(2)
    settle()


@dataclass(frozen=True)
class Room:
    least: tuple[int, int]
    size: tuple[int, int]


def room(desk: Desk) -> Room:
    window = desk.window
    whole = window.minimumSizeHint().expandedTo(window.bars.minimumSizeHint())
    return Room((whole.width(), whole.height()), (window.width(), window.height()))


def test_the_window_fits_a_small_screen_whatever_it_shows(desk: Desk) -> None:
    begin(desk)
    acts: tuple[Callable[[Desk], None], ...] = (show_strategy_preview, show_ticket, show_approvals, raise_alarm)
    for act in (*acts, *acts):  # the second time with everything said at once
        act(desk)
        now = room(desk)
        assert now.size == SMALL, act.__name__
        assert now.least[0] <= LEAST[0], act.__name__
        assert now.least[1] <= LEAST[1], act.__name__


def test_panels_stacked_by_hand_still_fit_a_small_screen(desk: Desk) -> None:
    begin(desk)
    raise_alarm(desk)
    window = desk.window
    for panel in (window.strategies, window.ticket, window.approvals):
        panel.setFloating(True)
        panel.setFloating(False)
    for above, below in ((window.basis, window.strategies), (window.strategies, window.ticket)):
        window.splitDockWidget(above, below, Qt.Orientation.Vertical)
    for act in (show_strategy_preview, show_ticket, show_approvals):
        act(desk)
        assert room(desk).least[1] <= LEAST[1], act.__name__
        assert room(desk).size == SMALL, act.__name__


def inside(widget: QWidget, frame: QWidget) -> bool:
    lies = QRect(widget.mapTo(frame.window(), QPoint(0, 0)), widget.size())
    return widget.isVisible() and QRect(frame.mapTo(frame.window(), QPoint(0, 0)), frame.size()).contains(lies)


def scroll_of(panel: Panel) -> QScrollArea:
    found = panel.widget()
    assert isinstance(found, QScrollArea)
    return found


@pytest.mark.parametrize("alarmed", [False, True])
def test_lots_price_and_button_stay_in_sight_beside_five_reasons(desk: Desk, *, alarmed: bool) -> None:
    begin(desk)
    if alarmed:
        raise_alarm(desk)
    show_ticket(desk)
    ticket = desk.window.ticket
    form = ticket.findChild(QScrollArea, "ticketScroll")
    assert form is not None
    for field in (ticket.form.lots, ticket.form.price):
        assert inside(field, form.viewport())
    for part in (ticket.send_button, ticket.answer.word):
        assert inside(part, scroll_of(ticket).viewport())
    assert ticket.answer.scrolled.verticalScrollBar().maximum() > 0  # the rest of the reasons is there to be read
    for label in ticket.answer.findings:
        assert label.height() >= label.heightForWidth(label.width())  # none is cut in half


def test_each_reason_stands_once_and_the_screen_reader_hears_every_one(desk: Desk) -> None:
    begin(desk)
    show_ticket(desk, count=2)
    ticket = desk.window.ticket
    texts = [ticket.answer.sentence.text(), *(label.text() for label in ticket.answer.findings)]
    for reason in REASONS[:2]:
        assert "\n".join(texts).count(reason) == 1
        assert reason in ticket.send_button.accessibleDescription()
    assert "。；" not in "".join(texts)
    assert not ticket.answer.values["合约价值"].isVisible()  # a refused order costs nothing


@pytest.mark.parametrize("named", ["strategies", "approvals"])
def test_the_buttons_of_a_panel_stay_in_sight_whatever_it_says(desk: Desk, named: str) -> None:
    begin(desk)
    window = desk.window
    if named == "strategies":
        show_strategy_preview(desk)
        window.strategies.bench.view.conflict.hide()
        settle()
        assert inside(window.strategies.bench.view.start_button, scroll_of(window.strategies).viewport())
    else:
        show_approvals(desk)
        assert inside(window.approvals.decision, scroll_of(window.approvals).viewport())


def test_a_reason_that_is_being_read_stays_in_sight_while_the_price_moves(desk: Desk) -> None:
    begin(desk)
    show_ticket(desk)
    ticket = desk.window.ticket
    bar = ticket.answer.scrolled.verticalScrollBar()
    bar.setValue(bar.maximum())
    desk.quote(REBAR, 3216)
    ticket.ask()
    refusal = Preview(
        request=len(desk.hand.foreseen),
        verdict=Verdict.DENY,
        sentence="买开 rb2505 3332 手 @3216 合约价值 ¥133,300,000 · 不能报出",
        findings=findings(5),
    )
    desk.mailbox.post_preview(refusal)
    desk.frames(1)
    settle()
    assert bar.value() > bar.maximum() // 2
    ticket.show_previews({refusal.request: refusal})
    ticket.ask()
    fewer = Preview(request=len(desk.hand.foreseen), verdict=Verdict.DENY, sentence="另一笔", findings=findings(4))
    ticket.show_previews({fewer.request: fewer})
    assert bar.value() == 0
