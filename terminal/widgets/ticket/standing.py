"""Know for which account the ticket orders, and whether it may now: the link, the account's line, and who holds it.

Each change of who may order rests the send button and forgets the answer: a press on its way was meant for what stood
there before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.widgets.account.holding import is_mine
from terminal.widgets.ticket import block as blocks

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId
    from terminal.engine.screen import AccountLine, LinkLine
    from terminal.widgets.ticket.block import Block
    from terminal.widgets.ticket.foot import TicketFoot
    from terminal.widgets.ticket.form import TicketForm
    from terminal.widgets.ticket.inquiry import Inquiry
    from terminal.widgets.ticket.send_guard import SendGuard


class TicketStanding:
    """Hold it, and tell the fields and the foot; each `show_*` returns whether the order has to be asked about anew."""

    def __init__(self, form: TicketForm, foot: TicketFoot, guard: SendGuard, inquiry: Inquiry) -> None:
        self._form, self._foot, self._guard, self._inquiry = form, foot, guard, inquiry
        self._lines: dict[AccountId, AccountLine] = {}
        self._link: LinkLine | None = None
        self._standing: tuple[object, ...] | None = None
        self.account: AccountId | None = None
        self.trading_day = 0

    @property
    def line(self) -> AccountLine | None:
        """Return how the account stands, `None` until it is known."""
        return self._lines.get(self.account) if self.account else None

    @property
    def barred(self) -> Block | None:
        """Return why this desk may order nothing at all."""
        return blocks.barred(self._link, self.account, self.line)

    def show_account(self, account: AccountId | None) -> bool:
        """Order for this account from now on."""
        if account == self.account:
            return False
        self.account = account
        self._stand()
        return True

    def show_link(self, link: LinkLine) -> bool:
        """Take how the desk stands to its runner."""
        before, self._link = self._link, link
        self._form.show_link(link)
        self._foot.take_button.show_link(link)
        self._stand()
        self._foot.results.show_link(link)
        return before is None or (before.may_order, before.state) != (link.may_order, link.state)

    def show_line(self, line: AccountLine) -> bool:
        """Take how an account stands."""
        before, self._lines[line.account] = self._lines.get(line.account), line
        if line == before or line.account != self.account:
            return False
        self._stand()
        return True

    def _stand(self) -> None:
        line, results = self.line, self._foot.results
        before, now = self._standing, blocks.standing(self._link, line)
        self._foot.take_button.show_account(line)
        self._form.show_account(line)
        if self._link is not None:
            results.show_person(self._link.person, self.account)
        if now is None or now == before:
            return
        self._standing = now
        if before is None:
            return
        self._guard.note_change()
        self._inquiry.forget()
        if line is not None and now[:3] != before[:3]:
            results.forget_done(results.answered)
            if not is_mine(self._link, line):
                results.forget_taking()
