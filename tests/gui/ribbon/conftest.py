"""Give tests an open ribbon and its hand."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from terminal.widgets.look import Look
from terminal.widgets.ribbon import Ribbon
from tests.gui.hand import RecordingHand
from tests.gui.ribbon.shown import opened


@pytest.fixture
def hand() -> RecordingHand:
    return RecordingHand()


@pytest.fixture
def ribbon(qtbot: QtBot, look: Look, hand: RecordingHand) -> Ribbon:
    return opened(qtbot, look, hand)
