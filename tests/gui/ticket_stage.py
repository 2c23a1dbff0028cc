"""Stand an order ticket in a window of its own, and press keys as fingers and machines do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMainWindow,
    QWidget,
)

from terminal.domain.fact.facts import Role
from terminal.domain.ids import DeviceId, PersonId
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.products.instrument import Reference
from terminal.domain.view import Quote
from terminal.domain.words.risk import Finding, Level, Verdict
from terminal.engine.screen import AccountLine, Child, LinkLine, LinkState, Preview
from terminal.widgets.dress.look import Look
from terminal.widgets.ticket.send_guard import REST_MS, SETTLE_MS
from terminal.widgets.ticket.ticket import OrderTicket
from tests.gui.desk import ACCOUNT, COPPER, DAY, NOW, ORE, ORE_SPOT, REBAR
from tests.gui.hand import RecordingHand

ME, HERE = PersonId("li"), DeviceId("PC-3")
LONG_AGO = 10_000
ENTER = Qt.Key.Key_Return
LINK = LinkLine(
    state=LinkState.LIVE,
    sentence="",
    runner="本机运行器",
    person=ME,
    person_name="李",
    device=HERE,
    roles={ACCOUNT: (Role.TRADER,)},
    may_order=True,
)
LINE = AccountLine(
    account=ACCOUNT,
    name="主账户",
    trading_day=DAY,
    linked=True,
    opening_allowed=True,
    why_closed="",
    level=Level.NORMAL,
)


def quote(bid: int | None, ask: int | None) -> Quote:
    return Quote(bid, ask, bid, 12, 7, 1234, 56_789, 3456, 3010, 3230, NOW, NOW)


class Stage:
    """Hold a ticket in a window of its own, its hand, and a clock that stands until it is moved."""

    def __init__(self, look: Look, reference: Reference) -> None:
        self.hand = RecordingHand()
        self.now = LONG_AGO
        self.ticket = OrderTicket(look, self.hand, clock=lambda: self.now)
        self.window = QMainWindow()
        self.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.ticket)
        self.elsewhere = QLineEdit()
        self.window.setCentralWidget(self.elsewhere)
        listed = tuple(reference.instrument(name, DAY) for name in (REBAR, COPPER, ORE, ORE_SPOT))
        self.ticket.show_instruments(listed)
        self.ticket.show_quotes({REBAR: quote(3214, 3215), COPPER: quote(7391, 7392), ORE: quote(1577, 1578)})
        self.ticket.show_link(LINK)
        self.ticket.show_account(ACCOUNT)
        self.ticket.show_account_line(LINE)

    def rest(self) -> None:
        self.now += REST_MS + SETTLE_MS

    def press(self, key: Qt.Key) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None
        self.rest()
        QTest.keyClick(focus, key)

    def fill(self, offset: Offset = Offset.OPEN, lots: int = 2, side: Side = Side.BUY) -> None:
        self.ticket.fill(REBAR, side, offset, None, lots)

    def answer(
        self, *children: OrderTerms, verdict: Verdict = Verdict.ALLOW, findings: tuple[Finding, ...] = ()
    ) -> Preview:
        """Ask, and answer the latest question."""
        self.ticket.ask()
        answered = self.preview(*children or (self.hand.asked[-1],), verdict=verdict, findings=findings)
        self.ticket.show_previews({answered.request: answered})
        return answered

    def preview(
        self, *children: OrderTerms, verdict: Verdict = Verdict.ALLOW, findings: tuple[Finding, ...] = ()
    ) -> Preview:
        return Preview(
            request=len(self.hand.asked),
            verdict=verdict,
            sentence="买开 螺纹钢2505 2 手 @3,215，可以发送。" if verdict is Verdict.ALLOW else "超出限仓。",
            children=tuple(Child(terms=one, fee=Decimal("6.43"), margin=Decimal(8359)) for one in children),
            findings=findings,
            value=Decimal(64_300),
            margin=Decimal(8359),
            fee=Decimal("6.43"),
        )

    def ready(self) -> None:
        self.fill()
        self.answer()
        self.ticket.send_button.setFocus()
        self.rest()


def hold(widget: QWidget, key: Qt.Key, times: int, between: Callable[[], None] = lambda: None) -> None:
    """Hold a key down: one press, and repeats until it is let go."""
    bare = Qt.KeyboardModifier.NoModifier
    for repeat in range(times):
        QCoreApplication.sendEvent(widget, QKeyEvent(QEvent.Type.KeyPress, key, bare, "", repeat > 0))
        between()
    QCoreApplication.sendEvent(widget, QKeyEvent(QEvent.Type.KeyRelease, key, bare, "", False))


def hold_unmarked(key: Qt.Key, times: int, between: Callable[[], None] = lambda: None) -> None:
    """Hold a key down as X tells of it on a busy machine: pairs of release and press at one instant, none marked."""
    for repeat in range(times):
        for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress)[not repeat :]:
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, "", False)
            event.setTimestamp(5_000 + 40 * repeat)
            focus = QApplication.focusWidget()
            assert focus is not None
            QCoreApplication.sendEvent(focus, event)
        between()
