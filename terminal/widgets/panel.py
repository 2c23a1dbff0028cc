"""Frame a panel of the desk: a dock with a title that says how much is in it, and the controls that belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from terminal.domain.terms import Term
from terminal.widgets.elided import Elided
from terminal.widgets.icons import Sign, icon

if TYPE_CHECKING:
    from terminal.widgets.look import Look

TITLE_HEIGHT: Final = 34
PADDING: Final = 12
LEAST_BODY: Final = 62  # pixels high; what needs more scrolls
LEAST_NOTE: Final = 40  # pixels: a unit of measure, whole


class PanelTitle(QFrame):
    """Stand above a panel: name, note, controls, and the two buttons every panel has."""

    def __init__(self, dock: QDockWidget, name: str, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelTitle")
        self._look = look
        self._note = Elided("panelNote", keeps=LEAST_NOTE)  # it gives way before a control does
        title = QLabel(name)
        title.setObjectName("panelName")
        self.float_button = _button(f"{Term.FLOAT}：{name}")
        self.float_button.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self.close_button = _button(f"{Term.CLOSE_PANEL}：{name}")
        self.close_button.clicked.connect(dock.close)
        self._controls = QHBoxLayout()
        self._controls.setSpacing(6)
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING, 0, 6, 0)
        row.setSpacing(8)
        row.addWidget(title)
        row.addWidget(self._note)
        row.addStretch(1)
        row.addLayout(self._controls)
        row.addWidget(self.float_button)
        row.addWidget(self.close_button)
        look.changed.connect(self._draw_icons)
        self._draw_icons()

    def note(self, text: str) -> None:
        """Say how much is in the panel."""
        self._note.say(text)

    def add(self, control: QWidget) -> None:
        """Add a control before the panel's own buttons."""
        self._controls.addWidget(control)

    def sizeHint(self) -> QSize:
        """Return the title's height; a fixed height alone would be cut off by the dock."""
        return QSize(super().sizeHint().width(), TITLE_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the least size; a narrow dock may cut the note."""
        return QSize(120, TITLE_HEIGHT)

    def _draw_icons(self) -> None:
        colour = self._look.tokens.text_2
        self.float_button.setIcon(icon(Sign.FLOAT, colour))
        self.close_button.setIcon(icon(Sign.CLOSE, colour))


class PanelScroll(QScrollArea):
    """Let a panel be lower than what stands in it: several of them, one below the other, must fit on a small screen."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        self._inner = inner
        self.setObjectName("panelScroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inner)

    def minimumSizeHint(self) -> QSize:
        """Return the width of what is held, and a height that shows it is there."""
        held = self._inner.minimumSizeHint()
        return QSize(held.width(), min(held.height(), LEAST_BODY))

    def sizeHint(self) -> QSize:
        """Return what is held wishes for."""
        return self._inner.sizeHint()


class Panel(QDockWidget):
    """Hold one panel; `key` names it in saved layouts and never changes."""

    def __init__(self, key: str, name: str, look: Look) -> None:
        super().__init__(name)
        self.setObjectName(key)
        self.setAccessibleName(name)
        self.title = PanelTitle(self, name, look)
        self.setTitleBarWidget(self.title)
        self.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)
        body = QFrame()
        body.setObjectName("panelBody")
        self.body = QVBoxLayout(body)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self.setWidget(PanelScroll(body))


def _button(name: str) -> QToolButton:
    made = QToolButton()
    made.setAccessibleName(name)
    made.setToolTip(name)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
