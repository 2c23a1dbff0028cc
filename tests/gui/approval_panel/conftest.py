"""Give tests a shown panel of confirmations."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from terminal.widgets.dress.look import Look
from tests.gui.approval_panel.room import Room


@pytest.fixture
def room(qtbot: QtBot, look: Look) -> Room:
    return Room(qtbot, look, arm_ms=1)
