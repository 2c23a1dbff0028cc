"""A checker reads both values of what is changed, however long they are: what is cut is agreed to unseen."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from terminal.engine.screen import Figure
from tests.gui.approval_panel.room import Room
from tests.gui.control_desk import card, cards

PAIRS = (
    Figure(name="最大套数", before="3 套", after="4 套", worse=True),
    Figure(name="移仓时机 1", before="距最后交易日不多于 5 天", after="距最后交易日不多于 6 天"),
    Figure(
        name="腿 2 i2505",
        before="追价加价 1 跳，对冲等待 同整个价差，最多追价 同整个价差",
        after="追价加价 9 跳，对冲等待 4 秒，最多追价 2 次",
    ),
)


@pytest.mark.parametrize("width", [420, 500])
def test_both_values_of_a_change_are_read_whole(room: Room, qtbot: QtBot, width: int) -> None:
    room.window.resize(width + 90, 900)
    room.field.hide()
    room.panel.setFixedWidth(width)
    room.panel.show_approvals(cards(replace(card(1), terms=None, figures=PAIRS)))
    qtbot.wait(20)
    table = room.panel.card.table
    labels = [one for one in table.findChildren(QLabel) if one.text()]
    told = "".join(label.text() for label in labels)
    assert all(one.before in told and one.after in told for one in PAIRS)
    for label in labels:
        assert label.width() >= (0 if label.wordWrap() else label.sizeHint().width()), label.text()
        assert label.height() >= (label.heightForWidth(label.width()) if label.wordWrap() else 0), label.text()
        assert label.visibleRegion().boundingRect() == label.rect(), label.text()
