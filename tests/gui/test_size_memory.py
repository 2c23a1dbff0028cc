"""A window that is maximised and restored has the layout it had."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget

from tests.gui.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


def come_to(desk: Desk, width: int, height: int) -> dict[str, tuple[int, int]]:
    """Resize the window, let everything come to rest, and return how large its panels are."""
    desk.window.resize(width, height)
    QApplication.processEvents()
    desk.window.panels.sizes.rest()
    QApplication.processEvents()
    return {panel.objectName(): (panel.width(), panel.height()) for panel in desk.window.panels.all if front(panel)}


def front(panel: QDockWidget) -> bool:
    return not panel.visibleRegion().isEmpty()


def test_a_window_that_comes_back_to_its_size_has_its_panels_as_they_were(desk: Desk) -> None:
    desk.open_market()
    small = come_to(desk, 1440, 875)
    large = come_to(desk, 1920, 1050)
    assert come_to(desk, 1440, 875) == small
    assert come_to(desk, 1920, 1050) == large
    # A separator that was dragged belongs to its size, and a tab that was chosen to none.
    panels = desk.window.panels
    desk.window.resizeDocks([panels.positions, panels.basis], [1300, 500], Qt.Orientation.Horizontal)
    panels.quotes.raise_()
    dragged = come_to(desk, 1920, 1050)
    assert dragged["positions"] != large["positions"]
    back = come_to(desk, 1440, 875)
    assert back["positions"] == small["positions"]
    assert "quotes" in back
    assert come_to(desk, 1920, 1050) == dragged


def test_a_panel_that_was_moved_stays_where_it_was_put_at_every_size(desk: Desk) -> None:
    desk.open_market()
    come_to(desk, 1440, 875)
    come_to(desk, 1920, 1050)
    window, panels = desk.window, desk.window.panels
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, panels.positions)
    come_to(desk, 1440, 875)
    assert window.dockWidgetArea(panels.positions) is Qt.DockWidgetArea.RightDockWidgetArea
    panels.orders.close()
    come_to(desk, 1920, 1050)
    come_to(desk, 1440, 875)
    assert not panels.orders.isVisible()
