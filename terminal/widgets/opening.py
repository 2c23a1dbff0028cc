"""Say that the desk is opening, until its panels are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from terminal.widgets.empty_state import EmptyState
from terminal.widgets.icons import Sign

if TYPE_CHECKING:
    from terminal.widgets.look import Look


def opening_place(look: Look) -> QWidget:
    """Return what stands in the middle of the window at its first picture."""
    place = QWidget()
    EmptyState(place, look, sign=Sign.GRID, title="正在打开工作台", text="行情、持仓与策略马上就来。", next_step="")
    return place
