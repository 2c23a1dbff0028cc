"""Give tests an open ribbon and its hand."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from terminal.widgets.alert.ribbon import Ribbon
from terminal.widgets.dress.look import Look
from tests.gui.hand import RecordingHand
from tests.gui.ribbon.shown import opened


@pytest.fixture
def hand() -> RecordingHand:
    return RecordingHand()


@pytest.fixture
def ribbon(qtbot: QtBot, look: Look, hand: RecordingHand) -> Ribbon:
    return opened(qtbot, look, hand)
