"""Tell whether a panel can really be seen, and bring it into sight: what nobody sees is neither sent nor signed.

Theory. Qt calls a panel visible that lies behind the tab of another, and one that a floating panel stands over. What
stands over a window is known of windows of this program only: those that belong to it always do, and among panels that
float the active one is on top. Menus and hints are no cover: they come by the hand that reads below them, and go again.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

PASSING: Final = frozenset({Qt.WindowType.Popup, Qt.WindowType.ToolTip, Qt.WindowType.SplashScreen})


def is_seen(widget: QWidget) -> bool:
    """Return whether a widget lies in front in its window and no other window of the program reaches over it."""
    return _is_in_front(widget) and not covers(widget)


def is_read(panel: QDockWidget) -> bool:
    """Return whether a panel is seen; one that is not is brought into sight, and the press that asked does no more."""
    seen = is_seen(panel)
    if not seen:
        bring_into_sight(panel)
    return seen


def covers(widget: QWidget) -> list[QWidget]:
    """Return the windows that stand over a widget."""
    own = widget.window()
    there = _place(widget)
    return [
        one
        for one in _windows()
        if one.isVisible()
        and not one.isMinimized()
        and one.windowType() not in PASSING
        and one.frameGeometry().intersects(there)
        and (_belongs(one, own) or (_root(one) is _root(own) and not _belongs(own, one) and not own.isActiveWindow()))
        and one is not own
    ]


def bring_into_sight(panel: QDockWidget) -> None:
    """Raise a panel and move aside what stands over it; a panel there is no other room for goes back to its dock."""
    panel.show()
    panel.raise_()
    if panel.isFloating():
        panel.activateWindow()
    own, there = panel.window(), _place(panel)
    for one in covers(panel):
        if not _belongs(one, own):
            continue  # it floats beside this one, which is on top now
        screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        wanted = aside(one.frameGeometry(), there, screens)
        if wanted is not None:
            one.move(wanted.topLeft())
        elif isinstance(one, QDockWidget):
            one.setFloating(False)
            panel.raise_()


def aside(frame: QRect, there: QRect, screens: Sequence[QRect]) -> QRect | None:
    """Return a frame moved beside a place, the shortest way that stays on the screen; `None` where there is no room."""
    ways = (
        QPoint(there.left() - frame.width(), frame.top()),
        QPoint(there.right() + 1, frame.top()),
        QPoint(frame.left(), there.bottom() + 1),
        QPoint(frame.left(), there.top() - frame.height()),
    )
    moved = [QRect(way, frame.size()) for way in ways]
    fit = [one for one in moved if any(screen.contains(one) for screen in screens)]
    return min(fit, key=lambda one: (one.topLeft() - frame.topLeft()).manhattanLength(), default=None)


def fitted(frame: QRect, screens: Sequence[QRect]) -> QRect:
    """Return a frame moved, and where it must be shrunk, onto the screen it has most of itself on."""

    def shared(screen: QRect) -> int:
        both = screen & frame
        return max(0, both.width()) * max(0, both.height())

    if not screens:
        return frame
    screen = max(screens, key=shared)
    width, height = min(frame.width(), screen.width()), min(frame.height(), screen.height())
    left = max(screen.left(), min(frame.left(), screen.left() + screen.width() - width))
    top = max(screen.top(), min(frame.top(), screen.top() + screen.height() - height))
    return QRect(left, top, width, height)


def _windows() -> list[QWidget]:
    # While Qt's list is turned into ours, a collection of garbage would delete windows that it still names.
    collects = gc.isenabled()
    gc.disable()
    try:
        return QApplication.topLevelWidgets()
    finally:
        if collects:
            gc.enable()


def _is_in_front(widget: QWidget) -> bool:
    # A dock behind another tab is put outside its window.
    own = widget.window()
    middle = widget.mapTo(own, widget.rect().center()) if widget is not own else own.rect().center()
    return widget.isVisible() and not own.isMinimized() and own.rect().contains(middle)


def _place(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())


def _belongs(window: QWidget, to: QWidget) -> bool:
    above = window.parentWidget()
    while above is not None:
        if above.window() is to:
            return True
        above = above.window().parentWidget()
    return False


def _root(window: QWidget) -> QWidget:
    above = window.parentWidget()
    return window if above is None else _root(above.window())
