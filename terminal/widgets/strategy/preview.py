"""Show what starting or changing a strategy would do, before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from terminal.domain.words.risk import Verdict
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.parts.bounded import Bounded
from terminal.widgets.parts.line_break import whole_moments
from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.toned import mark
from terminal.widgets.strategy.status import BLOCKING

if TYPE_CHECKING:
    from terminal.engine.screen import Preview

# Shape, word and colour of each verdict.
VERDICTS: Final = {
    Verdict.ALLOW: ("●", "可以", "good"),
    Verdict.WARN: ("▲", "提醒", "warn"),
    Verdict.CONFIRM2: ("▲", "需复核", "check"),
    Verdict.LOCK: ("■", "限制开仓", "bad"),
    Verdict.DENY: ("■", "拒绝", "bad"),
}
LEAST: Final = 88  # pixels of text: the verdict and what changes stay in sight, the rest scrolls
MOST: Final = 156
TWO_LINES: Final = 40


class PreviewBox(QFrame):
    """Hold the answer to a preview: verdict, sentence, money, details and findings."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("strategyPreview")
        self._read: tuple[int, Verdict] | None = None  # which answer is shown from its beginning
        self.verdict, self.sentence = QLabel(), QLabel()
        self.verdict.setObjectName("strategyPill")
        self.sentence.setWordWrap(True)
        self.money = QLabel()
        self.money.setObjectName("strategyFact")
        self.lines = QLabel()
        self.lines.setObjectName("strategyFact")
        self.lines.setWordWrap(True)
        self.lines.setAlignment(Qt.AlignmentFlag.AlignTop)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.verdict, alignment=Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.sentence, 1)
        inner = QWidget()
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(4)
        inside.addLayout(head)
        inside.addWidget(self.lines)  # a change is named first; what it costs stands in the sentence already
        inside.addWidget(self.money)
        self.details = Bounded(inner, name=f"{Term.PREVIEW}明细", least=LEAST, most=MOST)
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING, 7, PADDING, 7)
        column.addWidget(self.details)
        self.hide()

    def wait(self) -> None:
        """Say that the answer is not there yet."""
        self._show("○", "预览中", "dim", "正在询问运行器…")
        self.money.hide()
        self.lines.hide()

    def show_preview(self, preview: Preview) -> None:
        """Show an answer."""
        self._show(*VERDICTS[preview.verdict], preview.sentence)
        refused = preview.verdict in BLOCKING  # what it would have been is no matter: its form needs the room more
        money = [
            f"{caption} {figures.number(value)} 元"
            for caption, value in (
                (Term.STRATEGY_VALUE, preview.value),
                (Term.MARGIN, preview.margin),
                (Term.COMMISSION, preview.fee),
            )
            if value is not None and not refused
        ]
        self.money.setText(" · ".join(money))
        self.money.setVisible(bool(money))
        findings = [
            "{} {}：{}".format(*VERDICTS[finding.verdict][:2], finding.sentence)
            for finding in sorted(preview.findings, key=lambda finding: -finding.verdict)
        ]
        lines = "\n".join((*findings, *(() if refused else preview.details)))
        self.lines.setText(whole_moments(lines))
        self.lines.setVisible(bool(lines))
        if (preview.request, preview.verdict) != self._read:  # not with each price: it would scroll away what is read
            self._read = (preview.request, preview.verdict)
            self.details.verticalScrollBar().setValue(0)

    def _show(self, shape: str, word: str, tone: str, sentence: str) -> None:
        self.verdict.setText(f"{shape} {word}")
        mark(self.verdict, "state", tone)
        self.sentence.setText(whole_moments(sentence))
        self.setAccessibleName(f"{Term.PREVIEW}：{word}，{sentence}")
        self.show()


class ConflictBox(QFrame):
    """Show both values of every field two people changed; a person takes one side, nothing is overwritten before."""

    def __init__(self, mine: QWidget, latest: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("strategyConflict")
        self.sentence, self.table = QLabel(), QLabel()
        self.sentence.setWordWrap(True)
        self.table.setWordWrap(True)
        self.table.setTextFormat(Qt.TextFormat.RichText)
        head = QHBoxLayout()
        head.setSpacing(6)
        # Bounded, for a label that wraps would have every layout around ask for its height.
        head.addWidget(Bounded(self.sentence, name="两处都改了", least=TWO_LINES, most=TWO_LINES), 1)
        for button in (mine, latest):
            head.addWidget(button, alignment=Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING, 7, PADDING, 7)
        column.setSpacing(5)
        column.addLayout(head)
        # Nobody may have to scroll to see what they choose between: other parts of the panel give way.
        self.values = Bounded(self.table, name="两边的参数", least=MOST, most=MOST)
        column.addWidget(self.values)
        self.hide()

    def show_conflict(self, sentence: str, rows: tuple[tuple[str, str, str], ...]) -> None:
        """Show caption, my text and the latest text of each field."""
        self.sentence.setText(f"▲ {sentence}")
        head = ("", "我的", "最新")
        cells = "".join(
            "<tr>{}</tr>".format("".join(f"<td style='padding-right:18px'>{_plain(text)}</td>" for text in row))
            for row in (head, *rows)
        )
        self.table.setText(f"<table>{cells}</table>" if rows else "")
        self.table.setVisible(bool(rows))
        spoken = "；".join(f"{name} 我的 {one} 最新 {other}" for name, one, other in rows)
        self.setAccessibleName(f"{sentence}{spoken}")
        self.show()


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
