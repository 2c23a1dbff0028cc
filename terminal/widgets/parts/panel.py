"""Frame a panel of the desk: a dock with a title that says how much is in it, and the controls that belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from terminal.domain.words.terms import Term
from terminal.widgets.parts.elided import Elided
from terminal.widgets.parts.icons import Sign, icon
from terminal.widgets.parts.sight import fitted
from terminal.widgets.parts.toned import mark

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from terminal.widgets.dress.look import Look

TITLE_HEIGHT: Final = 34
PADDING: Final = 12
LEAST_TITLE: Final = 120  # pixels wide
LEAST_BODY: Final = 62  # pixels high; what needs more scrolls
LEAST_NOTE: Final = 40  # pixels: a unit of measure, whole
STEP: Final = 40  # pixels a panel moves off its dock: one that stands where it was docked is not seen to float


class PanelTitle(QFrame):
    """Stand above a panel: name, note, controls, and the two buttons every panel has."""

    def __init__(self, dock: QDockWidget, name: str, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelTitle")
        self._look = look
        self._dock, self._name = dock, name
        self._turns = False  # a double click is under way
        self._note = Elided("panelNote", keeps=LEAST_NOTE)  # it gives way before a control does
        title = QLabel(name)
        title.setObjectName("panelName")
        self.float_button = _button(f"{Term.FLOAT}：{name}")
        self.float_button.clicked.connect(self._turn)
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
        look.changed.connect(self._show_floating)
        dock.topLevelChanged.connect(self._show_floating)
        self._show_floating()

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
        """Return the least size; a narrow dock may cut its title, a panel that floats has the room."""
        return QSize(super().minimumSizeHint().width() if self._dock.isFloating() else LEAST_TITLE, TITLE_HEIGHT)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Begin to float the panel, or to put it back."""
        event.accept()
        self._turns = True

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it: a window that goes away under a button held down never hears that it was let go."""
        if not self._turns:
            super().mouseReleaseEvent(event)
            return
        self._turns = False
        event.accept()
        QTimer.singleShot(0, self, self._turn)

    def _turn(self) -> None:
        dock = self._dock
        if dock.isFloating():
            dock.setFloating(False)
            dock.raise_()
            return
        docked = dock.mapToGlobal(QPoint(0, 0))
        dock.setFloating(True)
        frame = dock.frameGeometry()
        if (frame.topLeft() - docked).manhattanLength() < STEP:  # else it goes where it floated before
            dock.move(stepped_off(frame, dock.screen().availableGeometry()).topLeft())

    def _show_floating(self) -> None:
        floats = self._dock.isFloating() and self._dock.parentWidget() is not None  # else it is not placed yet
        name = f"{Term.PUT_BACK if floats else Term.FLOAT}：{self._name}"
        self.float_button.setAccessibleName(name)
        self.float_button.setToolTip(name)
        colour = self._look.tokens.text_2
        self.float_button.setIcon(icon(Sign.PUT_BACK if floats else Sign.FLOAT, colour))
        self.close_button.setIcon(icon(Sign.CLOSE, colour))
        for part in (self, self._dock.widget()):
            if part is not None:
                mark(part, "floats", "yes" if floats else "no")
        self.updateGeometry()


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


def stepped_off(frame: QRect, screen: QRect) -> QRect:
    """Return a frame a step away from where it stands, to the sides that have the room."""
    across = STEP if frame.right() + STEP <= screen.right() else -STEP
    down = STEP if frame.bottom() + STEP <= screen.bottom() else -STEP
    return fitted(frame.translated(across, down), [screen])


def _button(name: str) -> QToolButton:
    made = QToolButton()
    made.setAccessibleName(name)
    made.setToolTip(name)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
