"""Put the panels into one window and let the mailbox flow into them, once per frame.

The window knows the mailbox and its panels; it knows no market, no engine and no thread.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QStatusBar, QVBoxLayout, QWidget

from terminal import __version__
from terminal.domain.ids import AccountId, InstrumentId, ProductId
from terminal.domain.terms import Term
from terminal.engine.state import StrategyStatus
from terminal.widgets.closing import ask_before_closing
from terminal.widgets.desk_panels import ARRANGEMENTS, DeskPanels
from terminal.widgets.ribbon import Ribbon
from terminal.widgets.risk_bar import RiskBar
from terminal.widgets.status_line import StatusLine
from terminal.widgets.tokens import Scheme
from terminal.widgets.top_bar import PRODUCT, TopBar

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QPaintEvent, QShowEvent

    from terminal.domain.ids import StrategyId
    from terminal.engine.mailbox import Book, Drained, Mailbox, Market
    from terminal.engine.screen import AccountLine, Hand, LinkLine, StrategyCard
    from terminal.widgets.basis_tracks import Tracks
    from terminal.widgets.look import Look
    from terminal.widgets.panel import Panel

FRAME_MS: Final = 33
SIZE: Final = QSize(1440, 900)
STATUS_HEIGHT: Final = 26
LAYOUT_VERSION: Final = 2
FUNCTION_KEYS: Final = ("F5", "F7", "F6", "F2", "F12", "F3", "F4", "F11")  # of the panels, in their order
DECIDING: Final = frozenset({StrategyStatus.RUNNING, StrategyStatus.WINDING})
SCHEMES: Final = {Scheme.LIGHT: Term.LIGHT, Scheme.DARK: Term.DARK}


class MainWindow(QMainWindow):
    """Show the desk. `painted` tells that the first picture stands; only then may anything heavy be imported."""

    painted = Signal()

    def __init__(self, look: Look, mailbox: Mailbox, hand: Hand, *, embedded: bool = False) -> None:
        super().__init__()
        self._hand = hand
        self._embedded = embedded
        self.stop_runner = False  # what the person said when the last strategies were still running
        self._look = look
        self._mailbox = mailbox
        self._was_painted = False
        self._tracks: Tracks | None = None
        self._books: dict[AccountId, Book] = {}
        self._lines: dict[AccountId, AccountLine] = {}
        self._cards: dict[StrategyId, StrategyCard] = {}
        self._account: AccountId | None = None
        self._at = 0
        self.setWindowTitle(PRODUCT)
        self.setAccessibleName(PRODUCT)
        self.resize(SIZE)
        self.setDockNestingEnabled(True)
        self.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        self.top, self.ribbon, self.status = TopBar(look, hand), Ribbon(look, hand), StatusLine(look)
        self.risk_bar = RiskBar(look, hand)
        self.panels = panels = DeskPanels(look, hand)
        self.positions, self.quotes, self.orders = panels.positions, panels.quotes, panels.orders
        self.basis, self.basis_table = panels.basis, panels.basis_table
        self.strategies, self.ticket, self.approvals = panels.strategies, panels.ticket, panels.approvals
        self._stack_top()
        self._set_up_status()
        panels.place(self)
        self._default_layout = self.saveState(LAYOUT_VERSION)
        self._set_up_menus()
        self._connect()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.drain)

    def furnish(self) -> None:
        """Bring in what is too heavy for the first picture, and begin to drain the mailbox."""
        from terminal.widgets.basis_chart import BasisChart  # noqa: PLC0415  # pyqtgraph comes after the first picture
        from terminal.widgets.basis_tracks import Tracks  # noqa: PLC0415  # as above, numpy

        self._tracks = Tracks()
        self.basis.furnish(BasisChart(self._look), self._tracks)
        self.basis_table.furnish(self._tracks)
        self._timer.start()

    def hold(self) -> None:
        """Drain no more by itself; `drain` still does."""
        self._timer.stop()

    def drain(self) -> None:
        """Take what came and repaint what changed."""
        self.take(self._mailbox.drain())

    def take(self, drained: Drained) -> None:
        """Show what was drained."""
        if drained.restarted:
            for part in (self.ribbon, self.approvals, self.strategies, self.orders):
                part.restart()
        if drained.market is not None:
            self._take_market(drained.market)
        if drained.link is not None:
            self._take_link(drained.link)
        self._take_lines(drained)
        if drained.quotes:
            for panel in (self.quotes, self.positions, self.ticket, self.strategies):
                panel.show_quotes(drained.quotes)
        if drained.books:
            self._take_books(drained.books)
        self._take_answers(drained)
        self._take_time(drained)
        if drained.notices:
            self.ribbon.note(drained.notices)
        if drained.trouble is not None:
            self._tell_trouble(drained.trouble)
        for grid in (self.positions.grid, self.quotes.grid, self.basis_table.grid, *self.orders.grids):
            grid.flush()

    def _take_market(self, market: Market) -> None:
        self.setWindowTitle(f"{PRODUCT} · {market.name}")
        self.top.show_market(market.name)
        self.status.show_market(market.name)
        self.panels.show_instruments(market.instruments)

    def _take_link(self, link: LinkLine) -> None:
        for part in (self.top, self.status, self.ribbon, self.ticket, self.strategies, self.approvals):
            part.show_link(link)

    def _take_lines(self, drained: Drained) -> None:
        if drained.accounts:
            self._lines |= drained.accounts
            self.ribbon.show_accounts(drained.accounts)
            self._show_line()
        if drained.orders:
            self.orders.show_orders(drained.orders)
        if drained.trades:
            self.orders.show_trades(drained.trades)
        if drained.events:
            self.orders.show_events(drained.events)
        if drained.strategies:
            self._cards |= drained.strategies
            self.strategies.show_strategies(drained.strategies)
        if drained.approvals:
            self.approvals.show_approvals(drained.approvals)
        if drained.alerts is not None:
            self.risk_bar.show_alerts(drained.alerts)

    def _take_answers(self, drained: Drained) -> None:
        if drained.results:
            for part in (self.top, self.ribbon, self.approvals, self.risk_bar):
                part.show_results(drained.results)
            for panel in (self.ticket, self.strategies, self.orders):
                panel.show_results(drained.results)
        if drained.previews:
            self.ticket.show_previews(drained.previews)
            self.strategies.show_previews(drained.previews)
        if drained.documents:
            self.ticket.show_documents(drained.documents)

    def _take_time(self, drained: Drained) -> None:
        clock = drained.clock
        if clock is not None:
            self._at = clock.at
            self.quotes.show_day(clock.trading_day)
            self.approvals.show_now(clock.at)
            self.risk_bar.show_now(clock.at)
        self.status.show_clock(clock)
        changed = self._tracks.take(drained.basis) if self._tracks else set()
        self.basis.show_changed(changed)
        if clock is not None:
            self.basis.show_now(self._at)
        self.basis_table.show_changed(changed, self._at)

    def summary(self) -> str:
        """Return one line about account, positions and market, for whoever has no screen."""
        return " · ".join(
            text
            for text in (
                self.windowTitle(),
                self.top.summary(),
                self.positions.summary(),
                self.quotes.summary(),
                self.strategies.summary(),
                self.approvals.summary(),
                self.risk_bar.summary(),
                self.status.summary(),
                self.ribbon.text.text(),
            )
            if text
        )

    def restore_layout(self) -> None:
        """Bring every panel back to where it first stood."""
        self.restoreState(self._default_layout, LAYOUT_VERSION)
        self.panels.share_room(self)

    def showEvent(self, event: QShowEvent) -> None:
        """Share the room among the panels when the window's size is known."""
        super().showEvent(event)
        if not self._was_painted:
            self.panels.share_room(self)
            self.positions.grid.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell of the first picture once Qt has finished it."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def end(self) -> None:
        """Close without asking."""
        self._embedded = False
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop draining; where strategies run on a runner of this desk's own, ask first what becomes of them."""
        running = [card.strategy for card in self._cards.values() if card.status in DECIDING]
        if self._embedded and running:
            event.ignore()
            ask_before_closing(self, running, self.end, self._stop_and_leave)
            return
        self.hold()
        super().closeEvent(event)

    def _stop_and_leave(self) -> None:
        self.stop_runner = True
        self.end()

    # --- putting together ---------------------------------------------------------------------------------------------

    def _stack_top(self) -> None:
        stack = QWidget()
        column = QVBoxLayout(stack)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.risk_bar)
        column.addWidget(self.ribbon)
        self.setMenuWidget(stack)

    def _set_up_status(self) -> None:
        bar = QStatusBar()
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(STATUS_HEIGHT)
        bar.addWidget(self.status, 1)
        self.setStatusBar(bar)

    def _set_up_menus(self) -> None:
        file = self.top.menus.addMenu(f"{Term.FILE}(&F)")
        leave = QAction(Term.QUIT, self)
        leave.setShortcut(QKeySequence(QKeySequence.StandardKey.Quit))
        leave.triggered.connect(self.close)
        file.addAction(leave)
        view = self.top.menus.addMenu(f"{Term.VIEW}(&V)")
        group = QActionGroup(self)
        self.scheme_actions: dict[Scheme, QAction] = {}
        for scheme, name in SCHEMES.items():
            action = QAction(name, self)
            action.setCheckable(True)
            action.setChecked(scheme is self._look.scheme)
            action.setData(scheme.value)
            group.addAction(action)
            view.addAction(action)
            self.scheme_actions[scheme] = action
        group.triggered.connect(lambda action: self._look.wear(Scheme(action.data())))
        view.addSeparator()
        for panel, key in zip(self.panels.all, FUNCTION_KEYS, strict=True):
            view.addAction(panel.toggleViewAction())
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.activated.connect(partial(self._bring, panel))
        view.addSeparator()
        for arrangement in ARRANGEMENTS:
            choice = QAction(arrangement.name, self)
            choice.triggered.connect(partial(self.panels.arrange, arrangement))
            view.addAction(choice)
        view.addSeparator()
        restore = QAction(Term.RESTORE_LAYOUT, self)
        restore.triggered.connect(self.restore_layout)
        view.addAction(restore)
        about = QAction(f"{Term.ABOUT}{PRODUCT}", self)
        about.triggered.connect(self._tell_about)
        self.top.menus.addMenu(f"{Term.HELP}(&H)").addAction(about)

    def _connect(self) -> None:
        self.top.account.connect(lambda name: self._look_at(AccountId(name)))
        self.positions.by_trade.connect(self._show_view)
        self.basis_table.picked.connect(lambda product: self.basis.select(ProductId(product)))
        self.basis.selected.connect(lambda product: self.basis_table.show_selected(ProductId(product)))
        self.quotes.picked.connect(lambda name: self.ticket.fill(InstrumentId(name), take_keyboard=False))
        self.approvals.attention.connect(self._attend)

    def _bring(self, panel: Panel) -> None:
        panel.show()
        panel.raise_()
        panel.setFocus()

    def _attend(self, confirmation: str) -> None:
        # Shown, not focused: whoever is typing goes on typing.
        del confirmation
        self.approvals.show()
        self.approvals.raise_()
        QApplication.alert(self)

    def _take_books(self, books: dict[AccountId, Book]) -> None:
        fresh = books.keys() - self._books.keys()
        self._books |= books
        if fresh:
            self._account = self._account or min(self._books)
            self.top.show_accounts(tuple(sorted(self._books)), self._account)
            self._show_account()
        if self._account in books:
            self._show_book()

    def _look_at(self, account: AccountId) -> None:
        if account in self._books:
            self._account = account
            self._show_account()
            self._show_book()

    def _show_account(self) -> None:
        for panel in (self.orders, self.strategies, self.ticket):
            panel.show_account(self._account)
        self._show_line()

    def _show_line(self) -> None:
        line = self._lines.get(self._account) if self._account else None
        self.top.show_account(line)
        self.status.show_account(line)
        if line is not None:
            self.ticket.show_account_line(line)
            self.strategies.show_account_line(line)

    def _show_view(self, by_trade: bool) -> None:  # noqa: FBT001  # a signal's argument
        self.top.show_view(by_trade=by_trade)
        self._show_book()

    def _show_book(self) -> None:
        book = self._books.get(self._account) if self._account else None
        self.top.show_book(book)
        self.positions.show_book(book)

    def _tell_trouble(self, sentence: str) -> None:
        self.ribbon.say(sentence)
        self.status.stop("见上方提示")
        self.top.show_stopped()
        self.quotes.empty.say("没有行情", "市场没有打开，或已经停止。", "请按窗口上方的提示处理，然后重新打开本程序。")

    def _tell_about(self) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(f"{Term.ABOUT}{PRODUCT}")
        box.setText(f"{PRODUCT} Hengduo {__version__}")
        box.setInformativeText("商品期货套期保值工作台。许可证 Apache-2.0；屏幕字体 HT Sans SC 依 OFL 1.1 发布。")
        box.open()
