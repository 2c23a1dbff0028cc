"""Offer to order for a group of accounts what the ticket's fields say (账户组)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton

from terminal.domain.ids import AccountId
from terminal.domain.orders.batch import BatchOrder
from terminal.domain.words.terms import Term
from terminal.widgets.ticket import block as blocks

if TYPE_CHECKING:
    from terminal.widgets.ticket.form import TicketForm

NO_ACCOUNT: Final = AccountId("")
WAITS: Final = "条件单只下在一个账户；要为账户组下单，请先把条件清掉。"
EDITS: Final = "正在修改一笔等着的委托，它只属于一个账户；要为账户组下单，请先放弃修改（Esc）。"


class Asked(NamedTuple):
    """Hold what is to be ordered for a group, or why the ticket's fields are no order yet."""

    order: BatchOrder | None
    why_not: str


class GroupButton(QToolButton):
    """Tell with `wanted` what the fields mean when it is pressed; it sends nothing."""

    wanted = Signal(Asked)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("linkButton")
        self.setText(f"{Term.ACCOUNT_GROUP}…")
        self.setAccessibleName(Term.GROUP_ORDER)
        self.setToolTip("为一组账户各下一笔：先看每个账户的预览，再一次发送（Ctrl+Shift+G）")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def offer(self, form: TicketForm, *, edits: bool) -> None:
        """Tell what the fields mean now."""
        self.wanted.emit(asked(form, edits=edits))


def asked(form: TicketForm, *, edits: bool) -> Asked:
    """Return the order of the ticket's fields without an account."""
    block = blocks.unfinished(form.ticket, form.instrument, form.price_now, form.finder.search, named=form.finder.named)
    terms = form.terms(NO_ACCOUNT)
    if block is not None or terms is None:
        return Asked(None, "" if block is None else block.sentence)
    if edits or form.waits.wait.waits:
        return Asked(None, EDITS if edits else WAITS)
    order = BatchOrder(
        instrument=terms.instrument,
        side=terms.side,
        offset=terms.offset,
        lots=terms.lots,
        price=terms.price,
        hedge_flag=terms.hedge_flag,
        time_condition=terms.time_condition,
        price_kind=terms.price_kind,
    )
    return Asked(order, "")
