"""Say what the fields of the ticket mean as a whole: which wish is asked about, and what a press sends of its answer.

Four kinds: an order at once, another order in the place of one that waits for a second person, an order that waits for
a condition, and another in the place of one that does. A question and its answer belong together by what was meant: the
terms, or the whole conditional wish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.commands import EditConditional, EditOrder, PlaceConditional, SubmitOrder
from terminal.engine.conditional.wording import release_text
from terminal.widgets.ticket import block as blocks
from terminal.widgets.ticket.block import Block
from terminal.widgets.ticket.condition import conditional
from terminal.widgets.ticket.fields import verb

if TYPE_CHECKING:
    from terminal.domain.commands import CommandBody
    from terminal.domain.ids import AccountId, CommandId
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.screen import Preview, ResultLine
    from terminal.widgets.ticket.edit import TicketEdit
    from terminal.widgets.ticket.form import TicketForm
    from terminal.widgets.ticket.inquiry import Meant
    from terminal.widgets.ticket.rewait import TicketRewait


WAITING: Final = (PlaceConditional, EditConditional)


class TicketMeaning:
    """Read the form; an order that is edited cannot wait for a condition besides."""

    def __init__(self, form: TicketForm, editing: TicketEdit, rewaiting: TicketRewait) -> None:
        self._form, self._editing, self._rewaiting = form, editing, rewaiting
        self._placed: PlaceConditional | None = None  # the same again by mere habit would be a second one
        self._unanswered: CommandId | None = None

    @property
    def waits(self) -> bool:
        """Return whether the order is to wait for a condition."""
        return self._form.waits.wait.waits and self._editing.isHidden()

    def block(self, account: AccountId | None) -> Block | None:
        """Return what is missing or wrong about the condition, or about the order that is edited."""
        made = self._conditional(account) if self.waits else None
        if self._rewaiting.edits:
            bar = self._rewaiting.block(None if isinstance(made, Block) else made, waits=self.waits)
            return bar or (made if isinstance(made, Block) else None)
        if made is not None and made == self._placed:
            return Block("条件单已提交", "同样的条件单刚刚提交；确实要再来一张，请改动任意一栏，再改回来。")
        self._placed = None  # the fields say something else: whoever comes back to it means it
        if not self.waits:
            return self._editing.block(self._form.terms(account))
        return made if isinstance(made, Block) else None

    def meant(self, account: AccountId | None) -> Meant | None:
        """Return what the fields mean for an account, `None` while they are not whole."""
        if not self.waits:
            return self._form.terms(account)
        made = self._conditional(account)
        return None if made is None or isinstance(made, Block) else self._rewaiting.wish(made)

    def wish(self, meant: Meant) -> SubmitOrder | EditOrder | PlaceConditional | EditConditional:
        """Return the wish to be asked about."""
        return meant if isinstance(meant, WAITING) else self._editing.wish(meant)

    def refused(self, answer: Preview, meant: Meant) -> Block | None:
        """Return why an answer lets nothing be sent."""
        if isinstance(meant, WAITING):
            return blocks.refused(answer)
        orders = blocks.orders_of(answer, meant)
        if not orders:
            return blocks.refused(answer) or Block("无可平仓", "没有可平的持仓。")
        return blocks.refused(answer) or self._editing.splits(orders)

    def bodies(self, answer: Preview, meant: Meant, reason: str) -> list[tuple[CommandBody, str]]:
        """Return exactly the commands an answer spoke of, each with its title."""
        if isinstance(meant, WAITING):
            return [(meant, f"{self._rewaiting.title()} {release_text(meant.wanted.release)}")]
        orders: tuple[OrderTerms, ...] = blocks.orders_of(answer, meant)
        return [(self._editing.wish(one, reason), self._editing.title(one)) for one in orders]

    def words(self, answer: Preview, meant: Meant) -> str:
        """Return what the send button reads."""
        if isinstance(meant, WAITING):
            release = meant.wanted.release
            offset = self._form.ticket.offset
            return f"{self._rewaiting.title()} · {verb(release.side, offset)} {release.lots} 手"
        return self._editing.words(blocks.orders_of(answer, meant), answer)

    def sent(self, meant: Meant, commands: dict[CommandId, str]) -> None:
        """Note what was sent."""
        if isinstance(meant, WAITING):
            # What replaces one that waits would be a second one, were it placed by the same fields.
            placed = PlaceConditional(account=meant.account, wanted=msgspec.structs.replace(meant.wanted, reason=""))
            self._placed, self._unanswered = placed, next(iter(commands))
            self._rewaiting.sent(commands)
        else:
            self._editing.sent(commands)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of it; after a no the same may be sent again."""
        self._rewaiting.show_results(results)
        for line in results:
            if line.command == self._unanswered and line.code != "UNANSWERED":
                self._unanswered = None
                self._placed = self._placed if line.ok else None

    def _conditional(self, account: AccountId | None) -> PlaceConditional | Block | None:
        form = self._form
        if account is None or form.instrument is None:
            return None
        made = conditional(form.waits.wait, form.ticket, form.instrument)
        return made if isinstance(made, Block) else PlaceConditional(account=account, wanted=made)
