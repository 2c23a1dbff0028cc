"""Fill the menus of the window, and give every panel its function key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QMessageBox

from terminal import __version__
from terminal.domain.words.otc_terms import OtcTerm
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term
from terminal.widgets.dress.tokens import Scheme
from terminal.widgets.orders.list import EVENTS, TRADES
from terminal.widgets.strategy.words import StrategyKind
from terminal.widgets.window.desk_panels import ARRANGEMENTS
from terminal.widgets.window.key_sheet import KeySheet
from terminal.widgets.window.top_bar import PRODUCT

if TYPE_CHECKING:
    from terminal.widgets.dress.look import Look
    from terminal.widgets.window.main import MainWindow

SCHEMES: Final = {Scheme.LIGHT: Term.LIGHT, Scheme.DARK: Term.DARK}
FUNCTION_KEYS: Final = {
    "positions": "F5",
    "order_list": "F7",
    "quotes": "F12",
    "scanner": "Shift+F12",
    "basis_chart": "F2",
    "basis_table": "Shift+F2",
    "strategies": "F3",
    "order_ticket": "F4",
    "approvals": "F11",
}


class WindowMenus(QObject):
    """Hold 文件, 视图 and 帮助 of a window, as long as it lives; `scheme_actions` are the two colour schemes."""

    def __init__(self, window: MainWindow, look: Look) -> None:
        super().__init__(window)
        self._window = window
        self._look = look
        self._sheet: KeySheet | None = None
        self.scheme_actions: dict[Scheme, QAction] = {}
        bar = window.top.menus
        file = bar.addMenu(f"{Term.FILE}(&F)")
        self._act(file, f"{Term.IMPORT_STATEMENT}…", window.statements.import_statement)
        self._act(file, f"{Term.GROUP_ORDER}…", window.ticket.foot.groups.click, "Ctrl+Shift+G")
        self._act(file, f"{TargetTerm.STATE_STOCK}…", window.panels.stocks.show, "Shift+F7")
        self._act(file, f"{Term.TICKET_SETTINGS}…", window.ticket.foot.settings.open, "Shift+F4")
        file.addSeparator()
        self._act(file, Term.QUIT, window.close, "Ctrl+Q")
        self.view = bar.addMenu(f"{Term.VIEW}(&V)")
        self._add_schemes()
        self.view.addSeparator()
        self._add_panels()
        self.view.addSeparator()
        for arrangement in ARRANGEMENTS:
            self._act(self.view, arrangement.name, partial(window.panels.arrange, arrangement))
        self.view.addSeparator()
        self._act(self.view, Term.RESTORE_LAYOUT, window.restore_layout)
        help_ = bar.addMenu(f"{Term.HELP}(&H)")
        self._act(help_, Term.KEY_LIST, self._list_keys, "Shift+F1")
        self._act(help_, f"{Term.ABOUT}{PRODUCT}", self._tell_about)

    def _act(self, menu: QMenu, text: str, act: Callable[[], object], key: str = "") -> QAction:
        action = QAction(text, self._window)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(act)
        menu.addAction(action)
        return action

    def _add_panels(self) -> None:
        panels = self._window.panels
        self._act(self.view, Term.MAIN_SCREEN, panels.bring_main_screen, "F1")
        self._act(self.view, Term.FUNDS, self._look_at_funds, "F6")
        self._act(self.view, Term.TRADES, partial(panels.bring_view, TRADES), "F8")
        self._act(self.view, Term.EVENTS, partial(panels.bring_view, EVENTS), "F9")
        self._act(self.view, Term.ALL_ALERTS, self._window.risk_bar.show_all, "F10")
        self._act(self.view, Term.STATEMENT_CHECK, self._window.statements.show_sheet, "Shift+F6")
        self._act(self.view, f"{Term.OPTION}{Term.FUTURE}{Term.CONVERT}", self._convert, "Shift+F3")
        self._act(self.view, f"{OtcTerm.OTC_CONTRACTS}…", panels.otc.open, "Shift+F5")
        self.view.addSeparator()
        for panel in panels.all:
            key = FUNCTION_KEYS[panel.objectName()]
            toggle = panel.toggleViewAction()
            toggle.setText(f"{panel.windowTitle()}\t{key}")  # shown there; the key brings, it never hides
            self.view.addAction(toggle)
            bring = panels.bring_orders if panel is panels.orders else partial(panels.bring, panel)
            QShortcut(QKeySequence(key), self._window).activated.connect(bring)

    def _convert(self) -> None:
        self._window.panels.bring(self._window.strategies)
        self._window.strategies.begin(StrategyKind.CONVERT)

    def _look_at_funds(self) -> None:
        self._window.activateWindow()
        self._window.top.accounts.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _add_schemes(self) -> None:
        group = QActionGroup(self._window)
        for scheme, name in SCHEMES.items():
            action = QAction(name, self._window)
            action.setCheckable(True)
            action.setData(scheme.value)
            group.addAction(action)
            self.view.addAction(action)
            self.scheme_actions[scheme] = action
        group.triggered.connect(lambda action: self._look.wear(Scheme(action.data())))
        self._look.changed.connect(self._mark_scheme)
        self._mark_scheme()

    def _mark_scheme(self) -> None:
        self.scheme_actions[self._look.scheme].setChecked(True)

    def _list_keys(self) -> None:
        if self._sheet is None:
            self._sheet = KeySheet(self._window)
            self._sheet.destroyed.connect(self._forget_sheet)
        self._sheet.show()
        self._sheet.raise_()
        self._sheet.activateWindow()

    def _forget_sheet(self) -> None:
        self._sheet = None

    def _tell_about(self) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(f"{Term.ABOUT}{PRODUCT}")
        box.setText(f"{PRODUCT} Hengduo {__version__}")
        box.setInformativeText("商品期货套期保值工作台。许可证 Apache-2.0；屏幕字体 HT Sans SC 依 OFL 1.1 发布。")
        box.addButton("知道了", QMessageBox.ButtonRole.AcceptRole)
        box.open()
