"""Open the window: how large it first is, and what it says until its panels are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from terminal.widgets.parts.empty_state import EmptyState
from terminal.widgets.parts.icons import Sign

if TYPE_CHECKING:
    from terminal.widgets.dress.look import Look

TITLE_ROOM: Final = QSize(8, 44)  # of the screen, for the frame a window manager puts around
SIZE: Final = QSize(1440, 900)
LEAST: Final = QSize(960, 600)  # the bars whole, with the gravest figures, and the ticket down to its button
UNSEEN: Final = frozenset({"offscreen", "minimal"})  # platforms whose screen nobody looks at, of any size


def first_size() -> QSize:
    """Return how large the window first is: never larger than the screen has room for."""
    screen = QGuiApplication.primaryScreen()
    if screen is None or QGuiApplication.platformName() in UNSEEN:
        return SIZE
    return SIZE.boundedTo(screen.availableGeometry().size() - TITLE_ROOM)


def least_size() -> QSize:
    """Return how small the window may be made: never larger than the screen has room for."""
    return LEAST.boundedTo(first_size())


def opening_place(look: Look) -> QWidget:
    """Return what stands in the middle of the window at its first picture."""
    place = QWidget()
    EmptyState(place, look, sign=Sign.GRID, title="正在打开工作台", text="行情、持仓与策略马上就来。", next_step="")
    return place
