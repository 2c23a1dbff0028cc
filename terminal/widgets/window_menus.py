"""Fill the menus of the window, and give every panel its function key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QMenuBar, QMessageBox

from terminal import __version__
from terminal.domain.terms import Term
from terminal.widgets.desk_panels import ARRANGEMENTS, DeskPanels
from terminal.widgets.tokens import Scheme
from terminal.widgets.top_bar import PRODUCT

if TYPE_CHECKING:
    from terminal.widgets.look import Look

SCHEMES: Final = {Scheme.LIGHT: Term.LIGHT, Scheme.DARK: Term.DARK}
FUNCTION_KEYS: Final = {
    "positions": "F5",
    "order_list": "F7",
    "quotes": "F6",
    "basis_chart": "F2",
    "basis_table": "F12",
    "strategies": "F3",
    "order_ticket": "F4",
    "approvals": "F11",
}


class WindowMenus(QObject):
    """Hold 文件, 视图 and 帮助 of a window, as long as it lives; `scheme_actions` are the two colour schemes."""

    def __init__(
        self, window: QMainWindow, bar: QMenuBar, look: Look, panels: DeskPanels, restore: Callable[[], None]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._look = look
        self.scheme_actions: dict[Scheme, QAction] = {}
        file = bar.addMenu(f"{Term.FILE}(&F)")
        leave = QAction(Term.QUIT, window)
        leave.setShortcut(QKeySequence(QKeySequence.StandardKey.Quit))
        leave.triggered.connect(window.close)
        file.addAction(leave)
        self.view = bar.addMenu(f"{Term.VIEW}(&V)")
        self._add_schemes()
        self.view.addSeparator()
        for panel in panels.all:
            key = FUNCTION_KEYS[panel.objectName()]
            toggle = panel.toggleViewAction()
            toggle.setText(f"{panel.windowTitle()}\t{key}")  # shown there; the key brings, it never hides
            self.view.addAction(toggle)
            QShortcut(QKeySequence(key), window).activated.connect(partial(panels.bring, panel))
        self.view.addSeparator()
        for arrangement in ARRANGEMENTS:
            choice = QAction(arrangement.name, window)
            choice.triggered.connect(partial(panels.arrange, arrangement))
            self.view.addAction(choice)
        self.view.addSeparator()
        whole = QAction(Term.RESTORE_LAYOUT, window)
        whole.triggered.connect(restore)
        self.view.addAction(whole)
        about = QAction(f"{Term.ABOUT}{PRODUCT}", window)
        about.triggered.connect(self._tell_about)
        bar.addMenu(f"{Term.HELP}(&H)").addAction(about)

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

    def _tell_about(self) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(f"{Term.ABOUT}{PRODUCT}")
        box.setText(f"{PRODUCT} Hengduo {__version__}")
        box.setInformativeText("商品期货套期保值工作台。许可证 Apache-2.0；屏幕字体 HT Sans SC 依 OFL 1.1 发布。")
        box.open()
