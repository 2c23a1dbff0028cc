"""Answer below the ticket before anything is sent: what will happen, what does it cost, may I."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from terminal.domain.orders.order import Offset, PriceKind
from terminal.domain.words.risk import Verdict
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.parts.bounded import Bounded, keep_whole
from terminal.widgets.parts.toned import mark
from terminal.widgets.ticket.fields import OFFSETS
from terminal.widgets.ticket.leg_rows import LegRows

if TYPE_CHECKING:
    from terminal.engine.screen import Child, Preview

# A shape, a word and a colour each: red also means up, so colour alone says nothing.
VERDICTS: Final = {
    Verdict.ALLOW: ("○", Term.MAY_BE_SENT, "allow"),
    Verdict.WARN: ("●", Term.REMINDED, "warn"),
    Verdict.CONFIRM2: ("▲", Term.NEEDS_APPROVAL, "confirm"),
    Verdict.LOCK: ("■", Term.OPENING_LOCKED, "deny"),
    Verdict.DENY: ("■", Term.DENIED, "deny"),
}
OLDEST_FIRST: Final = "（先昨后今）"  # of a close nobody split: the exchange keeps one book
LEAST_HEIGHT: Final = 68  # the box keeps its height while answers come and go
MOST: Final = 200  # pixels of text; more scrolls


class AnswerBox(QFrame):
    """Show a preview, or why there is none. Every reason stands once, on a line of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("answerBox")
        self.setMinimumHeight(LEAST_HEIGHT)
        self.word, self.sentence = QLabel(), _wrapped("answerText")
        self.word.setObjectName("answerWord")
        inner = QWidget()
        self.scrolled = Bounded(inner, name=Term.PREVIEW, least=LEAST_HEIGHT - 12, most=MOST)
        around = QVBoxLayout(self)
        around.setContentsMargins(10, 5, 10, 5)
        around.addWidget(self.scrolled, alignment=Qt.AlignmentFlag(0))
        around.addStretch(1)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        first = QHBoxLayout()
        first.setSpacing(10)
        first.addWidget(self.word, alignment=Qt.AlignmentFlag.AlignTop)
        first.addWidget(self.sentence, 1)
        column.addLayout(first)
        self.legs, self.detail = LegRows(), _wrapped("answerText")
        self._money = QFrame()
        keep_whole(self._money)
        self.values: dict[str, QLabel] = {}
        row = QHBoxLayout(self._money)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(18)
        for caption in (Term.CONTRACT_VALUE, Term.MARGIN, Term.COMMISSION, Term.TODAY_AND_YESTERDAY):
            row.addLayout(self._figure(caption))
        row.addStretch(1)
        self._findings = QVBoxLayout()
        self._findings.setSpacing(3)
        column.addLayout(self._findings)  # before the money, which the sentence says too: on a low screen that scrolls
        column.addWidget(self.legs)
        column.addWidget(self.detail)
        column.addWidget(self._money)
        self.findings: list[QLabel] = []
        self._tones: list[str] = []
        self.say("", "")

    def say(self, word: str, sentence: str) -> None:
        """Say why there is no answer."""
        self._show(word, sentence, "none")
        self._money.hide()
        self._show_legs(())
        self._show_findings(())

    def show_answer(self, preview: Preview) -> None:
        """Show an answer with its money and every finding."""
        shape, word, tone = VERDICTS[preview.verdict]
        findings = sorted(preview.findings, key=lambda one: -one.verdict)
        self._show(f"{shape} {word}", preview.sentence, tone, "".join(one.sentence for one in findings))
        self._money.setVisible(preview.verdict < Verdict.LOCK)  # what a refused order would cost is no matter
        legs = tuple(child for child in preview.children if child.terms.price_kind is PriceKind.LEG)
        self._show_legs(legs, preview.details)
        parts = () if legs else preview.children
        closing = [child.terms for child in parts if child.terms.offset is not Offset.OPEN]
        texts = {
            Term.CONTRACT_VALUE: figures.number(preview.value),
            Term.MARGIN: figures.number(preview.margin),
            Term.COMMISSION: figures.number(preview.fee, 2),
            Term.TODAY_AND_YESTERDAY: " · ".join(
                f"{OFFSETS[one.offset]} {one.lots}{OLDEST_FIRST if one.offset is Offset.CLOSE else ''}"
                for one in closing
            )
            or figures.ABSENT,
        }
        for caption, text in texts.items():
            self.values[caption].setText(text)
            self.values[caption].setAccessibleName(f"{caption} {text}")
        self._show_findings(
            tuple((f"{VERDICTS[one.verdict][0]} {one.sentence}", VERDICTS[one.verdict][2]) for one in findings)
        )

    def _show(self, word: str, sentence: str, tone: str, reasons: str = "") -> None:
        self.word.setText(word)
        self.word.setVisible(bool(word))
        self.sentence.setText(sentence)
        self.setAccessibleName(f"{word} {sentence} {reasons}".strip())
        for widget in (self, self.word):
            mark(widget, "verdict", tone)

    def _show_legs(self, legs: tuple[Child, ...], details: tuple[str, ...] = ()) -> None:
        self.legs.show_legs(legs)
        self.detail.setText("\n".join(details) if legs else "")
        self.detail.setVisible(bool(legs and details))

    def _show_findings(self, findings: tuple[tuple[str, str], ...]) -> None:
        tones = [tone for _, tone in findings]
        if tones != self._tones:  # not with each answer: a price that moves must not scroll away what is being read
            self._tones = tones
            self.scrolled.verticalScrollBar().setValue(0)
        while len(self.findings) < len(findings):
            label = _wrapped("answerFinding")
            self.findings.append(label)
            self._findings.addWidget(label)
        for place, label in enumerate(self.findings):
            text, tone = findings[place] if place < len(findings) else ("", "none")
            label.setText(text)
            mark(label, "verdict", tone)
            label.setVisible(bool(text))

    def _figure(self, caption: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        title, value = QLabel(caption), QLabel(figures.ABSENT)
        title.setObjectName("figureCaption")
        value.setObjectName("answerValue")
        self.values[caption] = value
        column.addWidget(title)
        column.addWidget(value)
        return column


def _wrapped(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
