from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from terminal.widgets.dress.look import Look
from terminal.widgets.window import status_line
from terminal.widgets.window.status_line import StatusLine


def test_a_runner_that_counts_its_quotes_from_nothing_again_gives_no_rate_below_nothing(
    look: Look, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_line, "RATE_MS", 1)
    status = StatusLine(look)
    qtbot.addWidget(status)
    for updates in (0, 62_000, 40):
        qtbot.wait(5)
        status._take_rate(updates)
        assert (status.per_second or 0) >= 0
    assert status.rate.text().startswith("行情 0 ")
