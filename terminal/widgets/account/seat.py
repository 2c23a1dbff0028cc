"""Say who sits here and who holds the account, and let a trader take it over (接管)."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from terminal.domain.fact.facts import Role
from terminal.domain.words.terms import Term
from terminal.engine.screen import AccountLine, Hand, LinkLine, ResultLine
from terminal.widgets.account.holding import holder_tip, holder_words
from terminal.widgets.account.take_over import CONFIRM_MS, TakeOver
from terminal.widgets.parts.elided import Elided, Shortened
from terminal.widgets.parts.toned import mark

ROLES: Final = {
    Role.TRADER: Term.ROLE_TRADER,
    Role.CHECKER: Term.ROLE_CHECKER,
    Role.RISK: Term.ROLE_RISK,
    Role.ADMIN: Term.ROLE_ADMIN,
    Role.VIEWER: Term.ROLE_VIEWER,
}

NOBODY: Final = "未登录"
UNBOUNDED: Final = (1 << 24) - 1  # QWIDGETSIZE_MAX


class Seat(QWidget):
    """Hold the person, the account's holder and the button. `confirm_ms` is how long the first press asks."""

    def __init__(self, hand: Hand, *, confirm_ms: int = CONFIRM_MS) -> None:
        super().__init__()
        self._link: LinkLine | None = None
        self._line: AccountLine | None = None
        self._refused = self._warning = ""
        self.person, self.holder = Shortened("seatName"), Elided("seatHolder")
        self.take_button = TakeOver(hand, confirm_ms=confirm_ms)
        self._names = QWidget()
        names = QVBoxLayout(self._names)
        names.setContentsMargins(0, 8, 0, 8)
        names.setSpacing(0)
        names.addWidget(self.person)
        names.addWidget(self.holder)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._names)
        row.addWidget(self.take_button)
        self.take_button.left.connect(self.take_button.clearFocus)  # never on to what stands beside it
        self.take_button.left.connect(self._forget_refusal)
        self.take_button.answered.connect(self._take_answer)
        self.take_button.warned.connect(self._warn)
        self._show()

    def show_link(self, link: LinkLine) -> None:
        """Take who sits here."""
        self._link = link
        self.take_button.show_link(link)
        self._show()

    def show_account(self, line: AccountLine | None) -> None:
        """Take how the account looked at stands."""
        before = self._line
        if line is None or before is None or (line.account, line.holder) != (before.account, before.holder):
            self._refused = ""
        self._line = line
        self.take_button.show_account(line)
        self._show()

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of a taking-over."""
        self.take_button.show_results(results)

    def _forget_refusal(self) -> None:
        self._refused = ""
        self._show()

    def _warn(self, warning: str) -> None:
        # The button beside it is about to be pressed again: nothing pushes it away.
        self._names.setMaximumWidth(self._names.width() if warning else UNBOUNDED)
        self._warning = warning
        self._show()

    def _take_answer(self, result: ResultLine) -> None:
        self._refused = "" if result.ok else result.sentence
        self._show()

    def _show(self) -> None:
        self.person.say_either(*self._person())
        trouble = self._warning or self._refused
        self.holder.say(trouble or self._holder())
        self.holder.setVisible(bool(self.holder.text()))
        self.holder.setToolTip(trouble or (holder_tip(self._line) if self._line else ""))
        mark(self.holder, "tone", "warn" if trouble else "")
        self.setAccessibleName(f"{self.person.text()}，{self.holder.text()}")

    def _person(self) -> tuple[str, str]:
        link = self._link
        if link is None:
            # Also for ever: a window whose desk never came up has trouble to tell, and nobody to wait for.
            return NOBODY, NOBODY
        roles = link.roles.get(self._line.account, ()) if self._line else ()
        words = "、".join(word for role, word in ROLES.items() if role in roles)
        return f"{link.person_name} · {words}" if words else link.person_name, link.person_name

    def _holder(self) -> str:
        link, line = self._link, self._line
        if line is None:
            return ""
        return holder_words(link, line)
