"""Put the panels into one window and let the mailbox flow into them, once per frame.

The window knows the mailbox and its panels; it knows no market, no engine and no thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMessageBox, QStatusBar, QVBoxLayout, QWidget

from terminal import __version__
from terminal.domain.ids import AccountId, ProductId
from terminal.domain.terms import Term
from terminal.widgets.basis_panel import BasisPanel
from terminal.widgets.basis_table import BasisTable
from terminal.widgets.position_grid import PositionGrid
from terminal.widgets.quote_list import QuoteList
from terminal.widgets.ribbon import Ribbon
from terminal.widgets.status_line import StatusLine
from terminal.widgets.tokens import Scheme
from terminal.widgets.top_bar import PRODUCT, TopBar

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QPaintEvent, QShowEvent

    from terminal.engine.mailbox import Book, Drained, Mailbox
    from terminal.engine.screen import Hand
    from terminal.widgets.basis_tracks import Tracks
    from terminal.widgets.look import Look

FRAME_MS: Final = 33
SIZE: Final = QSize(1440, 900)
STATUS_HEIGHT: Final = 26
LAYOUT_VERSION: Final = 1
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
        self.top, self.ribbon, self.status = TopBar(look), Ribbon(look), StatusLine(look)
        self.positions, self.quotes = PositionGrid(look), QuoteList(look)
        self.basis, self.basis_table = BasisPanel(look), BasisTable(look)
        self.panels = (self.positions, self.quotes, self.basis, self.basis_table)
        self._stack_top()
        self._set_up_status()
        self._place_panels()
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
        if drained.market is not None:
            self.setWindowTitle(f"{PRODUCT} · {drained.market.name}")
            self.top.show_market(drained.market.name)
            self.status.show_market(drained.market.name)
            for panel in self.panels:
                panel.show_instruments(drained.market.instruments)
        if drained.quotes:
            self.quotes.show_quotes(drained.quotes)
            self.positions.show_quotes(drained.quotes)
        if drained.books:
            self._take_books(drained.books)
        if drained.clock is not None:
            self._at = drained.clock.at
            self.quotes.show_day(drained.clock.trading_day)
        self.status.show_clock(drained.clock)
        changed = self._tracks.take(drained.basis) if self._tracks else set()
        self.basis.show_changed(changed)
        if drained.clock is not None:
            self.basis.show_now(self._at)
        self.basis_table.show_changed(changed, self._at)
        if drained.trouble is not None:
            self._tell_trouble(drained.trouble)
        for grid in (self.positions.grid, self.quotes.grid, self.basis_table.grid):
            grid.flush()

    def summary(self) -> str:
        """Return one line about account, positions and market, for whoever has no screen."""
        return " · ".join(
            text
            for text in (
                self.windowTitle(),
                self.top.summary(),
                self.positions.summary(),
                self.quotes.summary(),
                self.status.summary(),
                self.ribbon.text.text(),
            )
            if text
        )

    def restore_layout(self) -> None:
        """Bring every panel back to where it first stood."""
        self.restoreState(self._default_layout, LAYOUT_VERSION)
        self._share_room()

    def showEvent(self, event: QShowEvent) -> None:
        """Share the room among the panels when the window's size is known."""
        super().showEvent(event)
        if not self._was_painted:
            self._share_room()
            self.quotes.grid.setFocus()

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
        """Stop draining."""
        self.hold()
        super().closeEvent(event)

    # --- putting together ---------------------------------------------------------------------------------------------

    def _stack_top(self) -> None:
        stack = QWidget()
        column = QVBoxLayout(stack)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.ribbon)
        self.setMenuWidget(stack)

    def _set_up_status(self) -> None:
        bar = QStatusBar()
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(STATUS_HEIGHT)
        bar.addWidget(self.status, 1)
        self.setStatusBar(bar)

    def _place_panels(self) -> None:
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self.addDockWidget(left, self.positions)
        self.addDockWidget(right, self.basis)
        self.splitDockWidget(self.positions, self.quotes, Qt.Orientation.Vertical)
        self.splitDockWidget(self.basis, self.basis_table, Qt.Orientation.Vertical)

    def _share_room(self) -> None:
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self.resizeDocks([self.positions, self.basis], [936, 498], across)
        self.resizeDocks([self.positions, self.quotes], [360, 440], down)
        self.resizeDocks([self.basis, self.basis_table], [440, 360], down)

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
        for panel in self.panels:
            view.addAction(panel.toggleViewAction())
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

    def _take_books(self, books: dict[AccountId, Book]) -> None:
        fresh = books.keys() - self._books.keys()
        self._books |= books
        if fresh:
            self._account = self._account or min(self._books)
            self.top.show_accounts(tuple(sorted(self._books)), self._account)
        if self._account in books:
            self._show_book()

    def _look_at(self, account: AccountId) -> None:
        if account in self._books:
            self._account = account
            self._show_book()

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
