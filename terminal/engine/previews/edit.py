"""Say what an order by hand would do, on one contract or on a combination, also in the place of a waiting one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.products.combination import is_combination
from terminal.domain.words.risk import Verdict
from terminal.engine.confirmations.approval import stored_of
from terminal.engine.previews.combined import combined_preview
from terminal.engine.previews.order import Answer, Asker, order_preview, plain
from terminal.engine.wording import not_an_order

if TYPE_CHECKING:
    from terminal.domain.commands import EditOrder
    from terminal.domain.ids import ConfirmationId
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.screen import Preview


def asked_preview(
    look: Look,
    asker: Asker,
    request: int,
    terms: OrderTerms,
    *,
    split_close: bool,
    replaces: ConfirmationId | None = None,
) -> Preview:
    """Return what an order of these terms would do now; a close on a combination is never split."""
    if is_combination(terms.instrument):
        return combined_preview(look, asker, request, terms, replaces=replaces)
    return order_preview(look, asker, request, terms, split_close=split_close, replaces=replaces)


def edit_preview(look: Look, asker: Asker, request: int, body: EditOrder, *, split_close: bool) -> Preview:
    """Return what replacing a pending order would do now."""
    account = look.state.accounts.get(body.account)
    row = None if account is None else account.confirmations.get(body.confirmation)
    if row is None or row.state is not ConfirmationState.PENDING:
        return plain(request, Answer(Verdict.DENY, f"{body.confirmation} 不在待复核状态，不能修改。"))
    if row.confirmation.maker != asker.person:
        return plain(request, Answer(Verdict.DENY, "只有制单人可以修改待复核项。"))
    if stored_of(row).terms is None:
        return plain(request, Answer(Verdict.DENY, not_an_order(body.confirmation)))
    if body.terms.account != body.account:
        return plain(request, Answer(Verdict.DENY, "修改后的委托属于另一个账户，不能修改。"))
    old = body.confirmation
    found = asked_preview(look, asker, request, body.terms, split_close=split_close, replaces=old)
    then = "不变，不能改为" if found.verdict > Verdict.CONFIRM2 else "作废，改为"
    return msgspec.structs.replace(found, sentence=f"原复核 {old} {then} {found.sentence}")
