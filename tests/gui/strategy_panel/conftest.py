"""Give tests a shown strategy panel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from terminal.domain.products.instrument import Reference
from terminal.widgets.dress.look import Look
from terminal.widgets.strategy.panel import StrategyPanel
from tests.gui.desk import ACCOUNT
from tests.gui.strategy_panel.bench import RecordingHand, Seat, link


@pytest.fixture
def seat(qtbot: QtBot, look: Look, reference: Reference) -> Iterator[Seat]:
    hand = RecordingHand()
    window, panel = QMainWindow(), StrategyPanel(look, hand)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, panel)
    window.resize(500, 860)
    window.show()
    qtbot.waitExposed(window)
    panel.show_link(link())
    panel.show_account(ACCOUNT)
    seat = Seat(panel, hand, reference)
    seat.open_market()
    yield seat
    # A later loop would delete it, and there is none: a hundred dead panels would all change their scheme.
    window.close()
    shiboken6.delete(window)
