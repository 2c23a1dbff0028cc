"""A window that is maximised and restored has the layout it had."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget

from terminal.widgets.window.size_memory import LEAST_USEFUL
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


def test_a_window_that_grows_again_to_another_size_gets_the_proportions_it_had(desk: Desk) -> None:
    desk.open_market()
    desk.window.panels.basis.raise_()
    come_to(desk, 1440, 875)
    panels = desk.window.panels
    desk.window.resizeDocks([panels.positions, panels.basis], [930, 500], Qt.Orientation.Horizontal)
    large = come_to(desk, 1440, 875)
    small = come_to(desk, 960, 600)
    share = large["positions"][0] / large["basis_chart"][0]
    assert small["positions"][0] / small["basis_chart"][0] < 0.9 * share  # the grid had to give more than its share
    back = come_to(desk, 1430, 870)
    assert abs(back["positions"][0] / back["basis_chart"][0] - share) < 0.05 * share
    assert abs(back["basis_chart"][1] - large["basis_chart"][1]) < 20


def test_a_panel_that_floated_while_the_window_was_small_comes_back_to_the_room_it_had(desk: Desk) -> None:
    desk.open_market()
    desk.window.panels.basis.raise_()
    come_to(desk, 1440, 875)
    panels = desk.window.panels
    desk.window.resizeDocks([panels.positions, panels.basis], [930, 500], Qt.Orientation.Horizontal)
    large = come_to(desk, 1440, 875)
    come_to(desk, 960, 600)
    basis = desk.window.panels.basis
    basis.setFloating(True)
    come_to(desk, 960, 600)
    come_to(desk, 1430, 870)
    beside = come_to(desk, 1430, 870)  # while it floats, the columns have their share again
    assert abs(beside["positions"][0] - large["positions"][0]) < 30
    basis.setFloating(False)
    basis.raise_()
    come_to(desk, 1430, 870)
    back = come_to(desk, 1430, 870)
    assert abs(back["basis_chart"][1] - large["basis_chart"][1]) < 20
    assert abs(back["positions"][0] - large["positions"][0]) < 20


def test_a_panel_that_is_docked_where_it_never_stood_has_room_to_be_of_use(desk: Desk) -> None:
    desk.open_market()
    desk.window.panels.basis.raise_()
    window, panels = desk.window, desk.window.panels
    come_to(desk, 1440, 875)
    panels.basis.setFloating(True)
    come_to(desk, 1440, 875)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, panels.basis)
    panels.basis.setFloating(False)
    window.resizeDocks([panels.basis], [10], Qt.Orientation.Vertical)
    assert come_to(desk, 1440, 875)["basis_chart"][1] >= LEAST_USEFUL
