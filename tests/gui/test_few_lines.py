"""A sentence that is cut into lines keeps the rules of Chinese print, and a date its time."""

from __future__ import annotations

from typing import Final

import pytest
from pytestqt.qtbot import QtBot

from terminal.widgets.parts.few_lines import FewLines
from terminal.widgets.parts.line_break import NEVER_FIRST

SENTENCE: Final = (
    "价差（近月减远月），低于 −12.5 时“买入”、“卖出”，到 2025-01-09 13:45:00 为止（含），其后撤单；止损 3150，平仓。"
)


@pytest.mark.usefixtures("look")
@pytest.mark.parametrize("first", range(60, 420, 90))
def test_no_line_begins_with_a_comma_and_no_date_loses_its_time(first: int, qtbot: QtBot) -> None:
    label = FewLines(9)
    qtbot.addWidget(label)
    label.say(SENTENCE)
    for width in range(first, first + 90):
        label.resize(width, 60)
        lines = label.text().split("\n")
        assert [line for line in lines if line[0] in NEVER_FIRST] == [], (width, lines)
        # Half a line that is empty would be worse: in the narrowest ones a time may stand alone.
        assert width < 180 or "2025-01-09\u00a013:45:00" in label.text(), (width, lines)
