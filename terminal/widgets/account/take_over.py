"""Take an account over (接管), by two presses on one button wherever it stands.

The first press asks, the second within five seconds takes. Nothing pops up, and a single slip does nothing: neither a
double click nor a key that is held down counts as two. States of the button, each with what a press does:

- *offered* 接管: asks.
- *asking* 再按一次接管: takes; withdrawn by itself, by another account, and when the person may not take any more. What
  others have waiting for a second person, and would be void, is said meanwhile; on the button too, in no more room.
- *sent* 已送出: nothing, until the answer has come, or another holder, or neither for `PATIENCE_MS`: an answer may be
  lost on a link that stands, and taking an account twice is taking it once.

Where it keeps its place it is as wide in every state, and while it is hidden, so that nothing beside it comes under a
cursor that has just pressed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy

from terminal.domain.commands import TakeAccount
from terminal.domain.fact.facts import Role
from terminal.domain.words.terms import Term
from terminal.engine.screen import LinkState, ResultLine
from terminal.widgets.account.holding import is_mine
from terminal.widgets.parts.buttons import Weight, dress
from terminal.widgets.parts.held_key import HeldKey

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from terminal.domain.ids import AccountId, CommandId, DeviceId, PersonId
    from terminal.engine.screen import AccountLine, Hand, LinkLine

CONFIRM_MS: Final = 5_000
PATIENCE_MS: Final = 10_000  # twice what it takes until an answer is said to be missing
ASKING: Final = f"再按一次{Term.TAKE_OVER}"
SENT: Final = "已送出"
TIP: Final = "按两次，把账户接到这台终端：之后只有这里能下单"


Holder = tuple["PersonId | None", "DeviceId | None"]


class TakeOver(QPushButton):
    """Offer the account looked at; it is hidden from whoever may not take it, or has it.

    `confirm_ms` is how long the first press asks, `patience_ms` how long a taking waits for its answer; `unheld` says
    whether an account that nobody holds is offered too.
    `left` tells that the keyboard should go on elsewhere, before Qt brings it to whatever comes next; `answered` gives
    the `ResultLine` of a taking; `warned` what a second press costs others, and nothing once it is not asked for.
    """

    left = Signal()
    warned = Signal(str)
    answered = Signal(ResultLine)

    def __init__(
        self, hand: Hand, *, confirm_ms: int = CONFIRM_MS, patience_ms: int = PATIENCE_MS, unheld: bool = True
    ) -> None:
        super().__init__(Term.TAKE_OVER)
        self._hand, self._unheld, self._patience_ms = hand, unheld, patience_ms
        self._link: LinkLine | None = None
        self._line: AccountLine | None = None
        self._keeps_place = False
        self._warning = ""
        self._asked: AccountId | None = None
        self._sent: dict[CommandId, AccountId] = {}  # without an answer, however late it comes
        self._waits: dict[AccountId, tuple[CommandId, Holder]] = {}  # for it, and who held the account before
        self._held = HeldKey()
        dress(self, Weight.PLAIN, name=Term.TAKE_OVER)
        self.setToolTip(TIP)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(confirm_ms)
        self._timer.timeout.connect(self._withdraw_question)
        self.clicked.connect(self._press)
        self._show()

    def keep_place(self) -> None:
        """Keep the room for the longest words, also while hidden."""
        self._keeps_place = True
        stays = self.sizePolicy()
        stays.setRetainSizeWhenHidden(True)
        self.setSizePolicy(stays)

    def show_link(self, link: LinkLine) -> None:
        """Take who sits here."""
        self._link = link
        self._show()

    def show_account(self, line: AccountLine | None) -> None:
        """Take how the account looked at stands."""
        if line is None or self._line is None or line.account != self._line.account:
            self._asked = None
        self._line = line
        waits = self._waits.get(line.account) if line is not None else None
        if line is not None and waits is not None and waits[1] != _holder(line):
            del self._waits[line.account]
        self._show()

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of a taking."""
        for result in results:
            if result.code != "UNANSWERED" and result.command in self._sent:
                self._wait_no_more(result.command)
                del self._sent[result.command]
                self.answered.emit(result)

    def sizeHint(self) -> QSize:
        """Return room for the longest of its words, where it keeps its place."""
        hint, words = super().sizeHint(), self.fontMetrics()
        if self._keeps_place:
            longest = max(words.horizontalAdvance(text) for text in (Term.TAKE_OVER, ASKING, SENT))
            hint.setWidth(hint.width() - words.horizontalAdvance(self.text()) + longest)
        return hint

    def minimumSizeHint(self) -> QSize:
        """Return room for its present words: the words of an order that is very long come first."""
        return super().sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Space once per press of the key, however long it is held."""
        if event.key() != Qt.Key.Key_Space:
            super().keyPressEvent(event)
            return
        event.accept()
        if not self._held.repeats(event):
            self._press()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Keep Qt from clicking when Space is let go."""
        self._held.let_go(event)
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take a double click for the one press it is."""
        event.accept()

    @property
    def _may_take(self) -> bool:
        link, line = self._link, self._line
        if link is None or line is None or link.state is not LinkState.LIVE or is_mine(link, line):
            return False
        if line.holder is None and not self._unheld:
            return False
        return Role.TRADER in link.roles.get(line.account, ())

    def _show(self) -> None:
        account = self._line.account if self._line else ""
        sent = account in self._waits
        if not self._may_take:
            self._asked = None
        if self.hasFocus() and (sent or not self._may_take):
            self.left.emit()
        self.setVisible(self._may_take)
        self.setEnabled(not sent)
        self.setText(SENT if sent else self._question if self._asked is not None else Term.TAKE_OVER)
        self.setAccessibleName(f"{self.text()} {account}".strip())
        self._warn()

    @property
    def _voids(self) -> int:
        return self._line.parked_by_others if self._line is not None and self._asked is not None else 0

    @property
    def _question(self) -> str:
        return f"再按 · 作废 {self._voids} 项" if self._voids else ASKING

    def _warn(self) -> None:
        others = self._voids
        warning = f"{Term.TAKE_OVER}会作废他人 {others} 项待复核" if others else ""
        if warning != self._warning:
            self._warning = warning
            self.setAccessibleDescription(warning)
            self.warned.emit(warning)

    def _press(self) -> None:
        line = self._line
        if line is None or not self._may_take or line.account in self._waits:
            return
        if self._asked != line.account:
            self._asked = line.account
            self._timer.start()
        else:
            self._asked = None
            self._timer.stop()
            self.left.emit()
            command = self._hand.send(TakeAccount(account=line.account))
            self._sent[command] = line.account
            self._waits[line.account] = (command, _holder(line))
            QTimer.singleShot(self._patience_ms, self, lambda: self._wait_no_more(command))
        self._show()

    def _wait_no_more(self, command: CommandId) -> None:
        account = self._sent.get(command)
        if account is not None and self._waits.get(account, ("", None))[0] == command:
            del self._waits[account]
            self._show()

    def _withdraw_question(self) -> None:
        self._asked = None
        self._show()


def _holder(line: AccountLine) -> Holder:
    return line.holder, line.holder_device
