"""Take a checker's decision under a card, by chords and clicks that nobody makes by accident.

States: nothing is asked (why stands instead of buttons) · resting (the card has not been in sight for long enough) ·
armed (Alt+A approves, Alt+R asks for a reason, a second Alt+R gives it, Esc goes back) · sent. Enter and Space do
nothing in any of them: no button is a default, and Tab comes to none but the ready reasons. A held chord is one press,
however many cards it outlasts. Another card, or a window that comes to the front, rests anew, so a card that pops up
under a typing hand is not approved by what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from terminal.domain.ids import ConfirmationId
from terminal.domain.words.terms import Term
from terminal.widgets.parts.bounded import Bounded
from terminal.widgets.parts.buttons import Weight, button
from terminal.widgets.parts.held_key import HeldChord
from terminal.widgets.parts.reason_field import BACK, MISSING, ReasonField
from terminal.widgets.parts.rows import Tone
from terminal.widgets.parts.sight import bring_into_sight, is_seen
from terminal.widgets.parts.toned import show_text

ARM_MS: Final = 1_000
WIDE_EDGE, TIGHT_EDGE = 8, 4  # pixels above and below the buttons
REASONS: Final = (
    Term.REASON_PRICE.value,
    Term.REASON_LOTS.value,
    Term.REASON_PLAN.value,
    Term.REASON_TIMING.value,
    Term.REASON_OTHER.value,
)
GUIDE: Final = f"Alt+A {Term.APPROVE} · Alt+R {Term.REJECT}"
GUIDE_REASON: Final = f"再按 Alt+R {Term.REJECT} · Esc {BACK}"
GUIDE_MISSING: Final = f"{MISSING}（Tab 到原因，← → 移动，空格选定） · Esc {BACK}"


class DecisionBar(QFrame):
    """Hold the buttons, or why there are none. `arm_ms` is how long a card must have been in sight."""

    approved = Signal()
    rejected = Signal(str)
    withdrawn = Signal()
    edited = Signal()
    next_wanted = Signal()

    def __init__(self, owner: QDockWidget, *, arm_ms: int = ARM_MS) -> None:
        super().__init__()
        self.setObjectName("decisionBar")
        self._about: tuple[ConfirmationId, str] | None = None
        self._open = False  # a decision is asked for
        self._approvable = False
        self._said = ("", False)  # a sentence, and whether it warns
        self._lacking = False  # a rejection was pressed without a reason
        self.armed = False
        self._owner = owner
        self._seen = True  # by the panel's tab
        self._hidden = False  # something stood over the panel when it was last looked at
        self.text = QLabel()
        self.text.setObjectName("decisionText")
        self.text.setWordWrap(True)
        self.approve_button = button(f"{Term.APPROVE} Alt+A", Weight.MAIN, by_tab=False)
        self.reject_button = button(f"{Term.REJECT} Alt+R", Weight.DANGER, by_tab=False)
        self.edit_button = button(Term.MODIFY, name=f"{Term.MODIFY}，填入{Term.ORDER_TICKET}，不发送", by_tab=False)
        self.withdraw_button = button(Term.WITHDRAW, by_tab=False)
        self.next_button = button("下一项", name=f"看下一项{Term.WAITING}", by_tab=False)
        self.reason = ReasonField(Term.REJECT, codes=REASONS, by_tab=False)
        row = QHBoxLayout()
        row.setSpacing(6)
        # At the other end: where one has just been approved, a second click must not approve the next one.
        row.addWidget(self.next_button)
        row.addWidget(Bounded(self.text, name="复核提示", least=36, most=54), 1)
        for control in (self.edit_button, self.withdraw_button, self.reject_button, self.approve_button):
            row.addWidget(control)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(12, WIDE_EDGE, 12, WIDE_EDGE)
        column.setSpacing(8)
        column.addWidget(self.reason)
        column.addLayout(row)
        self.reason.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(arm_ms)
        self._timer.timeout.connect(self._arm)
        self._chord = HeldChord(self)
        self.approve_key = self._key(owner, "Alt+A", self._approve)
        self.reject_key = self._key(owner, "Alt+R", self._reject)
        self.approve_button.clicked.connect(self._approve)
        self.reject_button.clicked.connect(self._reject)
        self.withdraw_button.clicked.connect(self.withdrawn)
        self.edit_button.clicked.connect(self.edited)
        self.next_button.clicked.connect(self.next_wanted)
        self.reason.given.connect(self.rejected)
        self.reason.left.connect(self._leave)
        self.reason.judged.connect(self._judge)

    def ask(self, about: tuple[ConfirmationId, str], *, warning: str = "", approvable: bool = True) -> None:
        """Ask for a decision about a confirmation and its hash; what is `warning` is said beside the buttons."""
        if about != self._about or not self._open:
            self.reason.rest()
            self._open = True
            self._about = about
            self._rest()
        self._approvable = approvable
        self._said = (warning, True)
        self._offer()

    def tell(self, why: str, *, withdrawable: bool = False, editable: bool = False, warn: bool = False) -> None:
        """Say why nothing is asked; a maker may take back what is their own, and have an order say something else."""
        self._open = False
        self.armed = False
        self._timer.stop()
        self._about = None
        self.reason.rest()
        self._said = (why, warn)
        self._offer(withdrawable=withdrawable, editable=editable)

    @property
    def asks_reason(self) -> bool:
        """Return whether a rejection is being written."""
        return self.reason.isVisibleTo(self)

    def offer_next(self, waiting: int) -> None:
        """Offer to go on to what else waits."""
        self.next_button.setVisible(waiting > 0)
        self.next_button.setText(f"下一项（{waiting}）")

    def tighten(self, *, tight: bool) -> None:
        """Give the card above every pixel there is."""
        edge = TIGHT_EDGE if tight else WIDE_EDGE
        self._column.setContentsMargins(12, edge, 12, edge)

    def show_sight(self, *, seen: bool) -> None:
        """Take whether the panel lies in front: behind another tab Qt calls it visible all the same."""
        if seen is not self._seen:
            self._seen = seen
            self._rest()

    def showEvent(self, event: QShowEvent) -> None:
        """Count the time in sight from here."""
        super().showEvent(event)
        self._rest()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest: what is not in sight cannot be decided."""
        super().hideEvent(event)
        self._timer.stop()
        self.armed = False

    def changeEvent(self, event: QEvent) -> None:
        """Rest anew when the window comes to the front, for the card was not in sight before."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self._rest()

    def _key(self, owner: QWidget, keys: str, act: Callable[[], None]) -> QShortcut:
        made = QShortcut(QKeySequence(keys), owner)
        made.setAutoRepeat(False)
        made.activated.connect(lambda: act() if self._chord.takes() else None)
        return made

    def _rest(self) -> None:
        self.armed = False
        self._timer.stop()
        if self._open and self.isVisible():
            if self._seen:
                self._timer.start()
            self._offer()

    def _arm(self) -> None:
        was_hidden, self._hidden = self._hidden, not is_seen(self._owner)
        if self._hidden or was_hidden:
            self._timer.start()  # its time in sight begins when it is uncovered
            return
        self.armed = self._open and self._seen and self.isVisible()
        self._offer()

    def _is_read(self) -> bool:
        # A chord reaches a card that lies under a floating panel: it brings the card into sight and does no more.
        if is_seen(self._owner):
            return True
        if self._open and self.isVisible():
            bring_into_sight(self._owner)
            self._rest()
        return False

    def _offer(self, *, withdrawable: bool = False, editable: bool = False) -> None:
        asking = self.asks_reason
        text, warn = self._said
        guide = GUIDE if self._open else ""
        if asking:
            guide = GUIDE_REASON if self.reason.reason else GUIDE_MISSING
            text, warn = (f"▲ 没有{Term.REJECT}：{guide}", True) if self._lacking else (text, warn)
        show_text(self.text, text or guide, Tone.WARN if warn and text else Tone.PLAIN)
        self.approve_button.setVisible(self._open and not asking)
        self.reject_button.setVisible(self._open and not asking)
        self.approve_button.setEnabled(self.armed and self._approvable)
        self.reject_button.setEnabled(self.armed)
        self.withdraw_button.setVisible(withdrawable)
        self.edit_button.setVisible(editable)

    def _approve(self) -> None:
        if not self._is_read():
            return
        if self.armed and self._approvable and self._open and not self.asks_reason:
            self.approved.emit()

    def _reject(self) -> None:
        if not (self._is_read() and self.armed and self._open):
            return
        if self.asks_reason:
            self._lacking = not self.reason.reason
            self._offer()
            self.reason.give()
            return
        self._lacking = False
        self.reason.show()
        self.reason.ask()
        self._offer()

    def _judge(self) -> None:
        self._lacking = False
        if self.asks_reason:
            self._offer()

    def _leave(self) -> None:
        self.reason.rest()
        self._offer()
