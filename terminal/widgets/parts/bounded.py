"""Let something grow with its text only so far, then scroll: whatever is said, a panel stays as small as it may be.

Theory. A label that wraps makes every layout around it ask for the height of its text; what cannot have it pushes the
fields beside it out of sight, or the window beyond its screen. Here that ends: what is held keeps its text whole, and
the layout outside hears of a wished height, a least one, and of no height for a width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent


LARGE: Final = QRect(0, 0, 1_000, 1_000)
UNBROKEN: Final = "unbroken"
TWO_LINES: Final = "一\n二"  # a label's lines stand further apart than the font says: each begins at a whole pixel


def keep_whole(frame: QFrame) -> None:
    """Have what a frame holds be seen all or not at all: a caption without its value says nothing."""
    frame.setProperty(UNBROKEN, True)  # noqa: FBT003  # a value, no switch


def whole_lines(inner: QWidget, room: int) -> int:
    """Return the greatest height up to `room` that cuts no line of a label and no `keep_whole` frame in two.

    It is `room` where not one line fits.
    """
    lines = [line for label in inner.findChildren(QLabel) if label.isVisibleTo(inner) for line in _lines(label, inner)]
    if isinstance(inner, QLabel):
        lines = _lines(inner, inner)
    for block in inner.findChildren(QFrame):
        if block.property(UNBROKEN) and block.isVisibleTo(inner):
            top = block.mapTo(inner, QPoint(0, 0)).y()
            lines.append((top, top + block.height()))
    end = room
    while cut := [top for top, bottom in lines if top < end < bottom]:
        end = min(cut)
    return end if end > 0 else room


def _lines(label: QLabel, inner: QWidget) -> list[tuple[int, int]]:
    # Where the style draws them: one below the other, in the middle of the label or from its top.
    high = label.fontMetrics().boundingRect(LARGE, Qt.TextFlag.TextWordWrap, TWO_LINES).height() // 2
    count = max(1, label.height() // high)
    first = label.mapTo(inner, QPoint(0, 0)).y()
    if not label.alignment() & Qt.AlignmentFlag.AlignTop:
        first += (label.height() - count * high) // 2
    return [(first + place * high, first + (place + 1) * high) for place in range(count)]


class Bounded(QScrollArea):
    """Hold one widget, from `least` pixels high to `most`, as high as it needs to be in between."""

    def __init__(self, inner: QWidget, *, name: str, least: int, most: int) -> None:
        super().__init__()
        self._inner, self._least, self._most = inner, least, most
        self.setObjectName("bounded")
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Maximum)
        self._ending = QTimer(self)  # where the text ends is known once it is laid out
        self._ending.setSingleShot(True)
        self._ending.setInterval(0)
        self._ending.timeout.connect(self._end_with_a_line)
        self.setWidget(inner)
        inner.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)

    @property
    def natural(self) -> int:
        """Return the height that shows everything in the present width."""
        inner = self._inner
        width = self.width()
        high = inner.heightForWidth(width) if inner.hasHeightForWidth() else inner.sizeHint().height()
        if high > self._most and inner.hasHeightForWidth():
            high = inner.heightForWidth(width - self.verticalScrollBar().sizeHint().width())
        return high

    def sizeHint(self) -> QSize:
        """Return the height of what is held, up to the most."""
        return QSize(0, min(self.natural, self._most))

    def minimumSizeHint(self) -> QSize:
        """Return the least height, and less where less is held."""
        return QSize(0, min(self.natural, self._least))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for another height when the text breaks elsewhere."""
        super().resizeEvent(event)
        self._want_bar()
        self._ending.start()
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the height of what was said while nobody looked: a hidden label tells nobody of its new text."""
        super().showEvent(event)
        self._ask()

    def viewportEvent(self, event: QEvent) -> bool:
        """Ask for another height when a label without a layout around it says something else: the viewport hears it."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._ask()
        return super().viewportEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for another height when another text is held, and for none while it is hidden."""
        if watched is self._inner:
            if event.type() is QEvent.Type.LayoutRequest:
                self._ask()
            elif event.type() in {QEvent.Type.ShowToParent, QEvent.Type.HideToParent}:
                self._show_as_held()
                self.verticalScrollBar().setValue(0)  # what comes back is read from its beginning
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Be shown in a new parent as what is held is."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ParentChange:
            self._show_as_held()

    def _ask(self) -> None:
        self._ending.start()
        self.updateGeometry()
        self._want_bar()

    def _want_bar(self) -> None:
        # Left to itself a bar that was there stays: the room it takes makes the text too long to do without it.
        bars = Qt.ScrollBarPolicy
        fits = self.natural <= self.height()
        self.setVerticalScrollBarPolicy(bars.ScrollBarAlwaysOff if fits else bars.ScrollBarAsNeeded)

    def _end_with_a_line(self) -> None:
        # What is scrolled ends below a whole line: half of one can be read as another word, or as nothing.
        room = self.height()
        fits = self.natural <= room
        self.setViewportMargins(0, 0, 0, 0 if fits else room - whole_lines(self._inner, room))

    def _show_as_held(self) -> None:
        if self.parentWidget() is not None:  # without one, being shown would make it a window of its own
            self.setHidden(self._inner.isHidden())  # what is hidden takes no room
