"""Say who sits here and who holds the account, and let a trader take it over (接管).

Taking is two presses on one button: the first asks, the second within five seconds does it. Nothing pops up, and a
single slip does nothing.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from terminal.domain.commands import TakeAccount
from terminal.domain.facts import Role
from terminal.domain.ids import AccountId, CommandId
from terminal.domain.terms import Term
from terminal.engine.screen import AccountLine, Hand, LinkLine, LinkState, ResultLine
from terminal.widgets.buttons import button
from terminal.widgets.elided import Elided
from terminal.widgets.holding import holder_tip, holder_words, is_mine
from terminal.widgets.toned import mark

CONFIRM_MS: Final = 5_000
ROLES: Final = {
    Role.TRADER: Term.ROLE_TRADER,
    Role.CHECKER: Term.ROLE_CHECKER,
    Role.RISK: Term.ROLE_RISK,
    Role.ADMIN: Term.ROLE_ADMIN,
    Role.VIEWER: Term.ROLE_VIEWER,
}


class Seat(QWidget):
    """Hold the person, the account's holder and the button. `confirm_ms` is how long the first press asks."""

    def __init__(self, hand: Hand, *, confirm_ms: int = CONFIRM_MS) -> None:
        super().__init__()
        self._hand = hand
        self._link: LinkLine | None = None
        self._line: AccountLine | None = None
        self._asked: AccountId | None = None
        self._sent: dict[CommandId, AccountId] = {}
        self._refused = ""
        self.person, self.holder = Elided("seatName"), Elided("seatHolder")
        self.take_button = button(Term.TAKE_OVER)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(confirm_ms)
        self._timer.timeout.connect(self._withdraw_question)
        names = QVBoxLayout()
        names.setContentsMargins(0, 8, 0, 8)
        names.setSpacing(0)
        names.addWidget(self.person)
        names.addWidget(self.holder)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addLayout(names)
        row.addWidget(self.take_button)
        self.take_button.clicked.connect(self._press)
        self._show()

    def show_link(self, link: LinkLine) -> None:
        """Take who sits here."""
        self._link = link
        self._show()

    def show_account(self, line: AccountLine | None) -> None:
        """Take how the account looked at stands."""
        if line is None or self._line is None or line.account != self._line.account:
            self._asked, self._refused = None, ""
        elif line.holder != self._line.holder:
            self._refused = ""
        self._line = line
        self._show()

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of a taking-over."""
        for result in results:
            if result.code != "UNANSWERED" and self._sent.pop(result.command, None) is not None:
                self._refused = "" if result.ok else result.sentence
                self._show()

    @property
    def _may_take(self) -> bool:
        link, line = self._link, self._line
        if link is None or line is None or link.state is not LinkState.LIVE or is_mine(link, line):
            return False
        return Role.TRADER in link.roles.get(line.account, ())

    def _show(self) -> None:
        self.person.say(self._person())
        self.holder.say(self._refused or self._holder())
        self.holder.setToolTip(self._refused or (holder_tip(self._line) if self._line else ""))
        mark(self.holder, "tone", "warn" if self._refused else "")
        account = self._line.account if self._line else ""
        sent = account in self._sent.values()
        if not self._may_take:
            self._asked = None
        self.take_button.setVisible(self._may_take)
        self.take_button.setEnabled(not sent)
        asking = self._asked is not None
        self.take_button.setText("已送出" if sent else f"再按一次{Term.TAKE_OVER}" if asking else Term.TAKE_OVER)
        self.take_button.setAccessibleName(f"{self.take_button.text()} {account}".strip())
        self.setAccessibleName(f"{self.person.text()}，{self.holder.text()}")

    def _person(self) -> str:
        link = self._link
        if link is None:
            return (
                "未登录"  # also for ever: a window whose desk never came up has trouble to tell, and nobody to wait for
            )
        roles = link.roles.get(self._line.account, ()) if self._line else ()
        words = "、".join(word for role, word in ROLES.items() if role in roles)
        return f"{link.person_name} · {words}" if words else link.person_name

    def _holder(self) -> str:
        link, line = self._link, self._line
        if line is None:
            return ""
        return holder_words(link, line)

    def _press(self) -> None:
        line = self._line
        if line is None or not self._may_take:
            return
        if self._asked != line.account:
            self._asked = line.account
            self._timer.start()
        else:
            self._asked = None
            self._timer.stop()
            self._refused = ""
            self._sent[self._hand.send(TakeAccount(account=line.account))] = line.account
        self._show()

    def _withdraw_question(self) -> None:
        self._asked = None
        self._show()
