"""Edit an order that waits for a second person: the ticket sends another one in its place, and says so while it does.

It ends with the answer that the other one was taken, with Esc, with another contract, and when the first one is decided
meanwhile: then the fields stay as they are, and would be a new order. Nothing of it is sent by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from terminal.domain.commands import EditOrder, SubmitOrder
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.words.terms import Term
from terminal.engine.wording import order_title
from terminal.widgets.parts.elided import Elided
from terminal.widgets.ticket.block import Block, button_text
from terminal.widgets.ticket.fields import KINDS, PriceMode, Ticket
from terminal.widgets.ticket.results import last_part

if TYPE_CHECKING:
    from collections.abc import Collection

    from terminal.domain.ids import AccountId, CommandId, ConfirmationId, InstrumentId
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.screen import ApprovalCard, Preview, ResultLine


def ticket_of(terms: OrderTerms) -> Ticket:
    """Return the fields of an order that was submitted, at its own price."""
    return Ticket(
        instrument=terms.instrument,
        side=terms.side,
        offset=terms.offset,
        lots=terms.lots,
        mode=next((mode for mode, kind in KINDS.items() if kind is terms.price_kind), PriceMode.FIXED),
        price=terms.price,
        hedge_flag=terms.hedge_flag,
        time_condition=terms.time_condition,
    )


class TicketEdit(Elided):
    """Hold which order is edited, as one line; `ended` tells why it is not any more, "" where that is told already.

    `decided` tells that somebody decided on it first.
    """

    ended = Signal(str)
    decided = Signal(object)  # the `Block` that stands in the place of what was to be sent

    def __init__(self) -> None:
        super().__init__("ticketEdit")
        self._card: ApprovalCard | None = None
        self._sent: CommandId | None = None
        self._before = Ticket()
        self.setContentsMargins(8, 3, 8, 3)
        self.hide()

    def begin(self, card: ApprovalCard, before: Ticket) -> None:
        """Edit the order of a card; `before` is what the fields said, and will when it is left."""
        self._card, self._sent, self._before = card, None, before
        # The reason is the runner's to take over; it is no field of an edit.
        reason = "理由照旧" if card.reason else "没有写过理由"
        self.say(f"正在修改 {last_part(card.confirmation)}（Esc 放弃；{reason}）：{card.title}")
        whole = f"Esc 放弃修改，{card.confirmation} 照旧等待。{reason}{f'：{card.reason}' if card.reason else ''}"
        self.setToolTip(f"{self.text()}\n{whole}")
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(whole)
        self.show()

    def leave(self) -> Ticket | None:
        """Edit no more; return what the fields said before, `None` where nothing was edited."""
        if self._card is None:
            return None
        self._end("")
        return self._before

    def wish(self, terms: OrderTerms, reason: str = "") -> SubmitOrder | EditOrder:
        """Return what these terms are to do: stand in the place of the order edited, or be a new one."""
        if self._card is None:
            return SubmitOrder(terms=terms, reason=reason)
        return EditOrder(account=self._card.account, confirmation=self._card.confirmation, terms=terms)

    def words(self, orders: tuple[OrderTerms, ...], answer: Preview | None = None) -> str:
        """Return what orders do, and whose place they take; the answer says whether they go to a second person."""
        if self._card is None:
            return button_text(orders, answer)
        return f"{Term.MODIFY} {last_part(self._card.confirmation)} · {button_text(orders, None)}"

    def title(self, terms: OrderTerms) -> str:
        """Return what an order is called once it was sent."""
        title = order_title(terms)
        return title if self._card is None else f"{Term.MODIFY} {last_part(self._card.confirmation)} · {title}"

    def sent(self, commands: Collection[CommandId]) -> None:
        """Note what was sent of it."""
        if self._card is not None:
            self._sent = next(iter(commands))

    def block(self, terms: OrderTerms | None) -> Block | None:
        """Return why these terms cannot take the place of the order edited now."""
        if self._card is None:
            return None
        name = last_part(self._card.confirmation)
        if self._sent is not None:
            return Block("等待回答", f"{name} 的修改已送出，还没有回答。")
        if terms == self._card.terms:
            return Block("没有改动", f"和 {name} 一样，没有改动；改好任意一栏再送出，Esc 放弃修改。")
        return None

    def splits(self, orders: tuple[OrderTerms, ...]) -> Block | None:
        """Return why orders that have to be several cannot take the place of one."""
        if self._card is None or len(orders) <= 1:
            return None
        return Block("要分两笔", "这样要分成平今、平昨两笔，一项复核只能改成一笔；请选平今或平昨。")

    def show_about(self, account: AccountId | None, instrument: InstrumentId | None) -> None:
        """Take what the fields are about: another contract is another order, and so is one of another account."""
        card = self._card
        terms = None if card is None else card.terms
        if card is not None and terms is not None and (account, instrument) != (terms.account, terms.instrument):
            self._end(f"▲ 不再修改 {last_part(card.confirmation)}：换了合约或账户，它照旧等待")

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of it; after a no the order edited waits on, and so does the ticket."""
        for line in results:
            if line.command == self._sent and line.code != "UNANSWERED":
                self._sent = None
                if line.ok:
                    self._end("")

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take what became of what waits: what has been decided is edited no more."""
        card = None if self._card is None else cards.get(self._card.confirmation)
        if card is None or card.state is ConfirmationState.PENDING:
            return
        if card.state is ConfirmationState.SUPERSEDED and self._sent is not None:
            return  # by what was sent from here: its answer says so
        name = last_part(card.confirmation)
        self.decided.emit(
            Block("已有结果", f"{name} 已有结果，修改没有生效；要另下一笔新的，请先改动任意一栏，再改回来。")
        )
        self._end(f"▲ {name} 已有结果：{card.outcome.rstrip('。')}；修改没有生效")

    def _end(self, why: str) -> None:
        self._card = self._sent = None
        self.hide()
        self.ended.emit(why)
