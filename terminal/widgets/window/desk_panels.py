"""Hold the panels of the desk, where they first stand, and the named arrangements a person can choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QWidget

from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.combination_quote import combinations_among, listed_line
from terminal.domain.words.terms import Term
from terminal.widgets.approval.panel import ApprovalPanel
from terminal.widgets.basis.panel import BasisPanel
from terminal.widgets.basis.table import BasisTable
from terminal.widgets.batch.batches import Batches
from terminal.widgets.orders.list import EVENTS, TRADES, WORKING, OrderList
from terminal.widgets.otc.contracts import OtcContracts
from terminal.widgets.parts.sight import bring_into_sight
from terminal.widgets.position.grid import PositionGrid
from terminal.widgets.position.option_strip import OptionStrip
from terminal.widgets.quote_list import QuoteList
from terminal.widgets.scan.panel import ScanPanel
from terminal.widgets.stock_form import StockDesk
from terminal.widgets.strategy.panel import StrategyPanel
from terminal.widgets.ticket.ticket import OrderTicket
from terminal.widgets.window.floating import FloatingPanels
from terminal.widgets.window.size_memory import SizeMemory

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from terminal.domain.ids import AccountId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.conditional.line import ConditionalLine
    from terminal.engine.mailbox import Drained
    from terminal.engine.screen import ApprovalCard, Hand
    from terminal.widgets.dress.look import Look
    from terminal.widgets.parts.panel import Panel

ACROSS: Final = (930, 504)  # pixels of 1440: what is held on the left, what is decided on the right
TAB: Final = Qt.FocusPolicy.TabFocus
LEFT_DOWN: Final = (420, 380)
RIGHT_DOWN: Final = (285, 515)


class Arrangement(NamedTuple):
    """Say which panel is in front of each group of tabs."""

    name: str
    lower_left: str
    upper_right: str
    lower_right: str
    view: int = WORKING  # of the order list, where that is in front


ARRANGEMENTS: Final = (
    Arrangement(Term.WATCHING, "order_list", "basis_chart", "order_ticket"),
    Arrangement(Term.ROLL, "order_list", "basis_chart", "strategies"),
    Arrangement(Term.REVIEWING, "order_list", "basis_table", "strategies", TRADES),  # what the day brought
    Arrangement(Term.APPROVALS, "quotes", "basis_table", "approvals"),
)


class DeskPanels:
    """Make every panel once; the window tells them what came."""

    def __init__(self, look: Look, hand: Hand) -> None:
        self.positions, self.quotes = PositionGrid(look, hand), QuoteList(look)
        self.orders = OrderList(look, hand)
        self.basis, self.basis_table = BasisPanel(look), BasisTable(look)
        self.strategies, self.ticket = StrategyPanel(look, hand), OrderTicket(look, hand)
        self.approvals = ApprovalPanel(look, hand)
        self.scanner = ScanPanel(look)
        self.options = OptionStrip(look, hand)
        self.batches = Batches(look, hand, self.ticket)
        self.otc = OtcContracts(look, hand, self.positions)
        self.stocks = StockDesk(self.positions, hand)
        self.positions.body.addWidget(self.options)
        self._join()

    @property
    def all(self) -> tuple[Panel, ...]:
        """Return every panel, in the order of the menu and of the function keys."""
        return (
            self.positions,
            self.orders,
            self.quotes,
            self.scanner,
            self.basis,
            self.basis_table,
            self.strategies,
            self.ticket,
            self.approvals,
        )

    def _join(self) -> None:
        # What is picked in one panel is looked at in another, or fills the ticket; nothing here sends.
        self.basis_table.picked.connect(lambda product: self.basis.select(ProductId(product)))
        self.basis.selected.connect(lambda product: self.basis_table.show_selected(ProductId(product)))
        self.quotes.picked.connect(lambda name: self.ticket.fill(InstrumentId(name), take_keyboard=False))
        self.positions.close_wanted.connect(self._fill_closing)
        self.quotes.price_picked.connect(self._fill_price)
        self.approvals.edit_wanted.connect(self._fill_edited)
        self.orders.waits.edit_wanted.connect(self._fill_waiting)
        self.ticket.foot.groups.wanted.connect(self.batches.open)
        self.scanner.draft_wanted.connect(self._fill_spread)

    def _fill_closing(self, name: str, side: Side, offset: Offset, lots: int, held: int, flag: HedgeFlag) -> None:
        self.bring(self.ticket)
        self.ticket.fill(InstrumentId(name), side.opposite, offset, lots=lots, flag=flag)
        there = {Offset.CLOSE_TODAY: Term.TODAY_LOTS, Offset.CLOSE_YESTERDAY: Term.YESTERDAY_LOTS}.get(offset)
        what = f"{name.partition('.')[2]} {there or Term.POSITIONS}"
        if not held:
            self.ticket.results.remark(f"▲ {name.partition('.')[2]} 没有{there}可平")
        elif lots < held:
            filled = f"只填可平的 {lots:,} 手" if lots else "没有可平的"
            busy = f"其余 {held - lots:,} 手" if lots else "全部"
            self.ticket.results.remark(f"▲ {what} {held:,} 手，{filled}；{busy}已在平仓委托里")

    def _fill_spread(self, settings: SpreadSettings) -> None:
        self.bring(self.strategies)
        self.strategies.fill(settings)

    def _fill_price(self, name: str, side: Side) -> None:
        self.bring(self.ticket)
        self.ticket.fill(InstrumentId(name), side)

    def _fill_edited(self, card: ApprovalCard) -> None:
        self.bring(self.ticket)
        self.ticket.edit(card)

    def _fill_waiting(self, line: ConditionalLine) -> None:
        self.bring(self.ticket)
        self.ticket.edit_waiting(line)

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Tell every panel what the market lists."""
        for panel in (self.positions, self.scanner, self.basis, self.basis_table, self.strategies):
            panel.show_instruments(instruments)
        listed = (*instruments, *map(listed_line, combinations_among(instruments)))
        for ordering in (self.orders, self.quotes, self.ticket, self.approvals):
            ordering.show_instruments(listed)
        self.otc.instruments = instruments

    def take(self, drained: Drained, account: AccountId | None) -> None:
        """Tell what stands beside the panels what came."""
        self.options.take(drained, account)
        self.scanner.take(drained)
        self.batches.take(drained)
        self.otc.take(drained, account)
        self.stocks.take(drained)

    def bring(self, panel: Panel) -> None:
        """Bring a panel to the front, and the keyboard to its first control."""
        bring_into_sight(panel)
        controls = panel.widget().findChildren(QWidget)
        first = next((one for one in controls if _takes_keys(one)), panel)
        first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def bring_main_screen(self) -> None:
        """Bring the first arrangement to the front, and the keyboard to the positions."""
        self.arrange(ARRANGEMENTS[0])
        self.bring(self.positions)

    def bring_orders(self) -> None:
        """Bring the orders to the front, the working ones unless all are looked at already."""
        if self.orders.view.index in (TRADES, EVENTS):
            self.orders.view.choose(WORKING)
        self.bring(self.orders)

    def bring_view(self, view: int) -> None:
        """Bring one view of the order list to the front."""
        self.orders.view.choose(view)
        self.bring(self.orders)

    def place(self, window: QMainWindow, bars: QWidget) -> None:
        """Put the panels where they first stand, and keep those that float off the bars."""
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        down = Qt.Orientation.Vertical
        window.addDockWidget(left, self.positions)
        window.addDockWidget(right, self.basis)
        window.splitDockWidget(self.positions, self.orders, down)
        window.splitDockWidget(self.basis, self.strategies, down)  # before the tabs: it would join a group of them
        window.tabifyDockWidget(self.orders, self.quotes)
        window.tabifyDockWidget(self.quotes, self.scanner)
        window.tabifyDockWidget(self.basis, self.basis_table)
        window.tabifyDockWidget(self.strategies, self.ticket)
        window.tabifyDockWidget(self.ticket, self.approvals)
        for panel in self.all:
            panel.show()  # in a window that stands Qt does so with the next event: a layout kept before has them closed
        for panel in (self.orders, self.basis, self.strategies):
            panel.raise_()
        self.floating = FloatingPanels(window, bars, self.all)
        self.sizes = SizeMemory(window, bars, self.all)

    def settle(self, window: QMainWindow, cover: QWidget) -> None:
        """Share the room when the docks know how large they are; what stood there covers them until then, and goes."""
        there = cover.geometry()
        cover.setParent(window)
        cover.setGeometry(there)
        cover.setAutoFillBackground(True)
        cover.setVisible(window.isVisible())  # else nobody sees how they stand

        def share() -> None:
            self.share_room(window)
            QTimer.singleShot(0, cover, uncover)  # when what wraps has asked for the height of its new width

        def uncover() -> None:
            cover.hide()
            cover.deleteLater()

        QTimer.singleShot(0, window, share)

    def share_room(self, window: QMainWindow) -> None:
        """Share the window's room among the panels."""
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        window.resizeDocks([self.positions, self.basis], list(ACROSS), across)
        window.resizeDocks([self.positions, self.orders], list(LEFT_DOWN), down)
        window.resizeDocks([self.basis, self.strategies], list(RIGHT_DOWN), down)

    def arrange(self, arrangement: Arrangement) -> None:
        """Bring the panels of an arrangement to the front."""
        by_name = {panel.objectName(): panel for panel in self.all}
        self.positions.show()
        for name in (arrangement.lower_left, arrangement.upper_right, arrangement.lower_right):
            by_name[name].show()
            by_name[name].raise_()
        if by_name[arrangement.lower_left] is self.orders:
            self.orders.view.choose(arrangement.view)


def _takes_keys(widget: QWidget) -> bool:
    # A scroll area takes the keyboard for scrolling only; what it holds is wanted.
    scrolls = isinstance(widget, QAbstractScrollArea) and not isinstance(widget, QAbstractItemView)
    return bool(widget.focusPolicy() & TAB) and widget.isVisible() and widget.isEnabled() and not scrolls
