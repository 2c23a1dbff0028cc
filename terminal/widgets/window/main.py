"""Put the panels into one window and let the mailbox flow into them, once per frame.

The window knows the mailbox and its panels; it knows no market, no engine and no thread. It is painted first, with its
frame only, so that a person sees it come up at once; `furnish` brings in the panels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStatusBar, QVBoxLayout, QWidget

from terminal.widgets.alert.ribbon import Ribbon
from terminal.widgets.alert.risk_bar import RiskBar
from terminal.widgets.parts.keys import is_typed_outside_fields
from terminal.widgets.parts.steady_hand import SteadyHand
from terminal.widgets.statement.known import Statements
from terminal.widgets.window.closing import Leaving
from terminal.widgets.window.opening import first_size, least_size, opening_place
from terminal.widgets.window.shown_account import ShownAccount
from terminal.widgets.window.status_line import StatusLine
from terminal.widgets.window.top_bar import PRODUCT, TopBar

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QPaintEvent, QShowEvent

    from terminal.domain.ids import StrategyId
    from terminal.engine.mailbox import Drained, Mailbox, Market
    from terminal.engine.screen import Hand, LinkLine, StrategyCard
    from terminal.widgets.basis.tracks import Tracks
    from terminal.widgets.dress.look import Look
    from terminal.widgets.window.desk_panels import DeskPanels
    from terminal.widgets.window.layout import LayoutKeeper
    from terminal.widgets.window.window_menus import WindowMenus

FRAME_MS: Final = 33
SECOND: Final = 1_000_000_000
STATUS_HEIGHT: Final = 26


class MainWindow(QMainWindow):
    """Show the desk. `painted` tells that the first picture stands; only then may anything heavy be imported."""

    painted = Signal()
    panels: DeskPanels  # from `furnish` on
    menus: WindowMenus  # likewise

    def __init__(
        self, look: Look, mailbox: Mailbox, hand: Hand, *, embedded: bool = False, keeps_layout: bool = False
    ) -> None:
        super().__init__()
        self._hand = hand
        self.leaving = Leaving(self, look, embedded=embedded)
        self.leaving.left.connect(self.close)
        self._look = look
        self._wear()
        look.changed.connect(self._wear)  # before any part listens: it paints itself on the new ground
        self._mailbox = mailbox
        self._was_painted = False
        self._tracks: Tracks | None = None
        self._cards: dict[StrategyId, StrategyCard] = {}
        self._at = 0  # of the market clock
        self._offline_ns: int | None = None  # how far behind the shown clock is; `None` while the runner is heard
        self._since_clock = QElapsedTimer()
        self.setWindowTitle(PRODUCT)
        self.setAccessibleName(PRODUCT)
        self.resize(first_size())
        self.setMinimumSize(least_size())
        self.setDockNestingEnabled(True)
        self.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        self.top, self.ribbon, self.status = TopBar(look, hand), Ribbon(look, hand), StatusLine(look)
        self.risk_bar = RiskBar(look, hand)
        self.statements = Statements(self, look, hand)
        self.risk_bar.differences.connect(self.statements.show_sheet)
        self._keeps_layout = keeps_layout
        self.layout_keeper: LayoutKeeper | None = None
        self._is_furnished = False
        self._stack_top()
        self._set_up_status()
        self._opening = opening_place(look)
        self.setCentralWidget(self._opening)
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.drain)

    def furnish(self) -> None:
        """Bring in what is too heavy for the first picture, once, and begin to drain the mailbox."""
        if self._is_furnished:
            return
        self._is_furnished = True
        # None of these before the first picture: eight panels, their forms and numpy.
        from terminal.widgets.basis.tracks import Tracks  # noqa: PLC0415
        from terminal.widgets.window.desk_panels import DeskPanels  # noqa: PLC0415
        from terminal.widgets.window.layout import LayoutKeeper, onto_screen  # noqa: PLC0415
        from terminal.widgets.window.size_memory import FORMAT  # noqa: PLC0415
        from terminal.widgets.window.window_menus import WindowMenus  # noqa: PLC0415

        look, hand = self._look, self._hand
        self.panels = panels = DeskPanels(look, hand)
        self.positions, self.quotes, self.orders = panels.positions, panels.quotes, panels.orders
        self.basis, self.basis_table = panels.basis, panels.basis_table
        self.strategies, self.ticket, self.approvals = panels.strategies, panels.ticket, panels.approvals
        self.takeCentralWidget()
        panels.place(self, self.bars)
        self._default_layout, self._format = self.saveState(FORMAT), FORMAT
        if self._keeps_layout:
            self.layout_keeper = LayoutKeeper(self, look, hand)
            onto_screen(self)
        self.menus = WindowMenus(self, look)
        self._connect()
        panels.settle(self, self._opening)
        self.positions.grid.setFocus()
        self._tracks = Tracks()
        self.basis.furnish(self._tracks)
        self.basis_table.furnish(self._tracks)
        self._timer.start()
        if self.layout_keeper is not None:
            self.layout_keeper.start()

    def _wear(self) -> None:
        self.setStyleSheet(self._look.sheet)

    def hold(self) -> None:
        """Drain no more by itself; `drain` still does."""
        self._timer.stop()

    def drain(self) -> None:
        """Take what came and repaint what changed."""
        self.furnish()
        self.take(self._mailbox.drain())

    def take(self, drained: Drained) -> None:
        """Show what was drained."""
        if drained.restarted:
            for part in (self.ribbon, self.approvals, self.strategies, self.orders):
                part.restart()
            self._cards.clear()
        if drained.market is not None:
            self._take_market(drained.market)
        if drained.link is not None:
            self._take_link(drained.link)
        self._take_lines(drained)
        if drained.quotes:
            for panel in (self.quotes, self.ticket, self.strategies, self.positions):
                panel.show_quotes(drained.quotes)
        if drained.books:
            self._shown.take_books(drained.books)
        self._take_answers(drained)
        self._keep_layout(drained)
        self._take_time(drained)
        self.statements.take(drained)
        self.panels.take(drained, self._shown.account)
        self.ribbon.show_messages(drained)
        if drained.trouble is not None:
            self._tell_trouble(drained.trouble)
        for grid in (self.positions.grid, self.quotes.grid, self.basis_table.grid, *self.orders.grids):
            grid.flush()

    def _take_market(self, market: Market) -> None:
        self.setWindowTitle(f"{PRODUCT} · {market.name}")
        self.top.show_market(market.name)
        self.status.show_market(market.name)
        self.panels.ticket.form.waits.show_calendar(market.calendar)
        self.panels.show_instruments(market.instruments)
        if self._tracks is not None:
            self._tracks.show_market(market)

    def _take_link(self, link: LinkLine) -> None:
        for part in (self.top, self.status, self.ribbon, self.ticket, self.strategies, self.approvals):
            part.show_link(link)
        self.leaving.show_link(link)
        for shown in (self.positions, self.quotes, self.basis, self.risk_bar, self.orders):
            shown.show_link(link)
        self._offline_ns = max(self._offline_ns or 0, link.offline_s * SECOND) if link.is_old else None
        self._show_ages()

    def _take_lines(self, drained: Drained) -> None:
        if drained.accounts:
            self.top.show_names(drained.accounts)
            self.risk_bar.show_names(drained.accounts)
            self.ribbon.show_accounts(drained.accounts)
            self.orders.show_accounts(drained.accounts)
            self._shown.take_lines(drained.accounts)
        if drained.orders:
            self.orders.show_orders(drained.orders)
            self.ticket.results.show_orders(drained.orders)
        if drained.conditionals:
            self.orders.show_conditionals(drained.conditionals)
            self.ticket.show_conditionals(drained.conditionals)
        if drained.trades:
            self.orders.show_trades(drained.trades)
        if drained.events:
            self.orders.show_events(drained.events)
            self.basis.show_alarms(drained.events)
        if drained.strategies or drained.restarted:
            self._cards |= drained.strategies
            self.strategies.show_strategies(drained.strategies)
        if drained.approvals:
            self.approvals.show_approvals(drained.approvals)
            self.ticket.show_approvals(drained.approvals)
            self.ribbon.show_approvals(drained.approvals)
            self.strategies.show_approvals(drained.approvals)
        if drained.alerts is not None:
            self.risk_bar.show_alerts(drained.alerts)
            self.basis.show_alarms(drained.alerts)

    def _take_answers(self, drained: Drained) -> None:
        if drained.results:
            for part in (self.top, self.ribbon, self.approvals, self.risk_bar):
                part.show_results(drained.results)
            for panel in (self.ticket, self.strategies, self.orders, self.positions):
                panel.show_results(drained.results)
        if drained.previews:
            for asker in (self.ticket, self.strategies, self.positions):
                asker.show_previews(drained.previews)
        if drained.documents:
            self.ticket.show_documents(drained.documents)

    def _keep_layout(self, drained: Drained) -> None:
        keeper = self.layout_keeper
        if keeper is None:
            return
        keeper.show_results(drained.results)
        keeper.show_documents(drained.documents)
        if drained.link is not None:
            keeper.show_link(drained.link)  # last: what was told before the desk was live has been taken by now

    def _take_time(self, drained: Drained) -> None:
        clock = drained.clock
        if clock is not None:
            self._at = clock.at
            self._since_clock.start()
            self.quotes.show_day(clock.trading_day)
            self.positions.show_now(clock.at)
            self.approvals.show_now(clock.at)
            self.risk_bar.show_now(clock.at)
        self.status.show_clock(clock)
        changed = self._tracks.take(drained.basis) if self._tracks else set()
        for sample in {one.product: one for one in drained.basis}.values():
            self.positions.show_spot(sample)
        for history in drained.history.values():
            self.basis.take_history(history)
        self.basis.show_changed(changed)
        # The market's clock stands still for a desk that is cut off, and what it shows grows old all the same: also
        # when nothing tells the desk how long, as after the end of its link.
        if self._offline_ns is not None and self._since_clock.isValid():
            self._offline_ns = max(self._offline_ns, self._since_clock.nsecsElapsed())
        if clock is not None or self._offline_ns is not None:
            self._show_ages()
        self.basis_table.show_changed(changed, self._at, offline=self._offline_ns is not None)

    def _show_ages(self) -> None:
        self.basis.show_now(self._at + (self._offline_ns or 0), offline=self._offline_ns is not None)

    def summary(self) -> str:
        """Return one line about account, positions and market, for whoever has no screen."""
        self.furnish()
        panels = (self.positions, self.quotes, self.strategies, self.approvals)
        told = (part.summary() for part in (self.top, *panels, self.risk_bar, self.status, self.ribbon))
        return " · ".join(text for text in (self.windowTitle(), *told) if text)

    def restore_layout(self) -> None:
        """Bring every panel back to where it first stood."""
        self.restoreState(self._default_layout, self._format)
        self.panels.share_room(self)

    def showEvent(self, event: QShowEvent) -> None:
        """Share the room among the panels when the window's size is known."""
        super().showEvent(event)
        if not self._was_painted and self._is_furnished:
            self.panels.share_room(self)
            self.positions.grid.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell of the first picture once Qt has finished it."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Look for a contract when somebody types outside a field."""
        if not self._find(event):
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what was typed in a panel that floats: it is a window of its own, and keys end there."""
        return event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._find(event)

    def _find(self, event: QKeyEvent) -> bool:
        if not self._is_furnished or not is_typed_outside_fields(event):
            return False
        self.panels.bring(self.ticket)
        self.ticket.form.find_contract(event)
        event.accept()
        return True

    def end(self) -> None:
        """Close without asking."""
        self.leaving.leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop draining; where strategies run on a runner of this desk's own, ask first what becomes of them."""
        if self.leaving.asks(self._cards.values()):
            event.ignore()
            return
        if self.layout_keeper is not None:
            self.layout_keeper.save()
        self.hold()
        super().closeEvent(event)

    # --- putting together ---------------------------------------------------------------------------------------------

    def _stack_top(self) -> None:
        self.bars = stack = QWidget()
        column = QVBoxLayout(stack)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.risk_bar)
        column.addWidget(self.ribbon)
        self.setMenuWidget(stack)
        self.steady_hand = SteadyHand(self, stack)

    def _set_up_status(self) -> None:
        bar = QStatusBar()
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(STATUS_HEIGHT)
        bar.addWidget(self.status, 1)
        self.setStatusBar(bar)

    def _connect(self) -> None:
        self._shown = ShownAccount(self.top, self.status, self.panels)
        if self.top.kill is not None:
            self.top.kill.unreachable.connect(self.ribbon.miss_kill)
        self.approvals.attention.connect(self._attend)
        self.approvals.lost.connect(lambda why: self.ribbon.note((why,)))
        for panel in self.panels.all:
            panel.installEventFilter(self)

    def _attend(self, confirmation: str) -> None:
        # Shown, not focused: whoever is typing goes on typing.
        del confirmation
        self.approvals.show()
        self.approvals.raise_()
        QApplication.alert(self)

    def _tell_trouble(self, sentence: str) -> None:
        self.ribbon.say(sentence)
        self.status.stop("见上方提示")
        self.top.show_stopped()
        self.quotes.empty.say("没有行情", "市场没有打开，或已经停止。", "请按窗口上方的提示处理，然后重新打开本程序。")
