"""A small answer box is as high as its text needs, up to its bound; only beyond that it scrolls."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from terminal.domain.words.risk import Verdict
from terminal.engine.screen import Preview
from terminal.widgets.dress.look import Look
from terminal.widgets.parts.bounded import Bounded
from terminal.widgets.ticket.answer_box import AnswerBox

SHORT = "已记录。"
LONG = "解除需要两人，其中一人须为风控；您的申请已过十五分钟，请重新申请，再由另一人确认。" * 2
LEAST, MOST = 18, 140


class Box:
    """Hold a bounded text in a column that gives it the height it wishes."""

    def __init__(self, qtbot: QtBot, *, bare: bool) -> None:
        self.label = QLabel(SHORT)
        self.label.setWordWrap(True)
        inner: QWidget = self.label
        if not bare:
            inner = QWidget()
            around = QVBoxLayout(inner)
            around.setContentsMargins(0, 0, 0, 0)
            around.addWidget(self.label)
        self.bounded = Bounded(inner, name="提示", least=LEAST, most=MOST)
        self.window = QWidget()
        column = QVBoxLayout(self.window)
        column.addWidget(self.bounded)
        column.addStretch(1)
        self.window.resize(300, 400)
        qtbot.addWidget(self.window)
        self.window.show()
        self.settle()

    def settle(self) -> None:
        for _ in range(10):  # nothing may be left under way that would ask for a height by chance
            QApplication.processEvents()

    def say(self, text: str) -> int:
        self.label.setText(text)
        self.settle()
        return self.bounded.height()


@pytest.mark.parametrize("bare", [True, False])
def test_a_box_grows_and_shrinks_with_its_text(qtbot: QtBot, *, bare: bool) -> None:
    box = Box(qtbot, bare=bare)
    low = box.bounded.height()
    high = box.say(LONG)
    assert low < high == box.label.heightForWidth(box.bounded.width()) <= MOST
    assert box.bounded.verticalScrollBar().maximum() == 0
    assert box.say(SHORT) == low


@pytest.mark.parametrize("bare", [True, False])
def test_a_text_beyond_the_bound_scrolls(qtbot: QtBot, *, bare: bool) -> None:
    box = Box(qtbot, bare=bare)
    assert box.say(LONG * 8) == MOST
    assert box.bounded.verticalScrollBar().maximum() > 0


@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize("size", [12, 13])
def test_a_text_that_scrolls_ends_below_a_whole_line(qtbot: QtBot, size: int, *, bare: bool) -> None:
    box = Box(qtbot, bare=bare)
    box.label.setStyleSheet(f"font-size: {size}px;")
    high = box.say("一行\n" * 3 + "又一行") // 4
    box.say(LONG * 8)
    sight = box.bounded.viewport().height()
    assert sight % high == 0
    assert MOST - high < sight <= MOST
    box.say(SHORT)
    assert box.bounded.viewport().height() == box.bounded.height()


@pytest.mark.parametrize("bare", [True, False])
def test_what_was_said_behind_another_tab_has_its_height_when_it_is_seen(qtbot: QtBot, *, bare: bool) -> None:
    box = Box(qtbot, bare=bare)
    low = box.bounded.height()
    box.say(LONG)
    box.window.hide()
    box.settle()
    box.say(SHORT)
    box.window.show()
    box.settle()
    assert box.bounded.height() == low


@pytest.mark.parametrize("bare", [True, False])
def test_a_text_that_grows_where_there_is_no_more_room_scrolls(qtbot: QtBot, *, bare: bool) -> None:
    box = Box(qtbot, bare=bare)
    box.bounded.setFixedHeight(box.bounded.height())
    box.say(LONG)
    assert box.bounded.verticalScrollBar().maximum() > 0
    assert box.bounded.verticalScrollBar().isVisible()


@pytest.mark.parametrize("room", range(70, 130, 3))
def test_a_row_of_captions_and_values_is_seen_whole_or_not_at_all(qtbot: QtBot, look: Look, room: int) -> None:
    box = AnswerBox()
    qtbot.addWidget(box)
    box.show_answer(
        Preview(request=1, verdict=Verdict.CONFIRM2, sentence="原复核作废，改为买开 SR505 120 手 @6019 · 需复核" * 2)
    )
    box.setFixedSize(440, room)
    box.show()
    for _ in range(10):
        QApplication.processEvents()
    seen = {text: label.visibleRegion().boundingRect().height() for text, label in box.values.items()}
    captions = [one for one in box.findChildren(QLabel) if one.objectName() == "figureCaption" and one.isVisibleTo(box)]
    shown = [label.visibleRegion().boundingRect().height() for label in captions]
    whole = {label.height() for label in (*box.values.values(), *captions)}
    assert {*seen.values(), *shown} <= {0} or {*seen.values(), *shown} == whole
