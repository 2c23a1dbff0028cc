"""Say what closing, locking or unlocking a position would do: the very orders that would go out, or why none would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.commands import LockPosition, UnlockPosition
from terminal.domain.fact.facts import Role
from terminal.domain.words.risk import Verdict
from terminal.engine.orders.gate import verdict_of
from terminal.engine.orders.position_wishes import needs_second, planned, unasked_whole
from terminal.engine.previews.lock_cost import costs
from terminal.engine.previews.order import Answer, Asker, findings_of, held_elsewhere, may, no_role, plain, sum_of
from terminal.engine.refused import Refused
from terminal.engine.screen import Child, Preview
from terminal.engine.wording import order_title, yuan

if TYPE_CHECKING:
    from terminal.domain.orders.close_plan import PlannedOrder
    from terminal.engine.look import Look
    from terminal.engine.orders.position_wishes import PositionWish
    from terminal.engine.state import AccountState


def position_preview(look: Look, asker: Asker, request: int, body: PositionWish) -> Preview:
    """Return every order a wish about a position becomes now, with fee and margin, and what the gate says of them."""
    account = look.state.accounts.get(body.account)
    if account is None:
        return plain(request, Answer(Verdict.DENY, f"没有账户 {body.account}，不能报出。"))
    try:
        orders = planned(look, account, body)
    except Refused as no:
        return plain(request, Answer(Verdict.DENY, no.sentence))
    instrument = look.instrument(body.terms.instrument)
    parts = tuple(one.terms for one in orders)
    findings = findings_of(look, asker, instrument, parts, None)
    whole = unasked_whole(look, account, parts)
    if whole is not None:
        findings = (*findings, whole)
    barred = [no_role(asker, account, (Role.TRADER,), "下单"), held_elsewhere(asker, account)]
    if verdict_of(findings) is Verdict.CONFIRM2:
        barred.append(needs_second("").sentence)
    barred = [why for why in barred if why]
    verdict = Verdict.DENY if barred else verdict_of(findings)
    children = tuple(_child(look, account, one) for one in orders)
    fee = sum_of(child.fee for child in children)
    told = "手续费未知" if fee is None else f"手续费 {yuan(fee, 2)}"
    return Preview(
        request=request,
        verdict=verdict,
        sentence=f"{'；'.join(map(order_title, parts))} {told} · {may(verdict, barred)}",
        children=children,
        findings=findings,
        value=sum_of(instrument.value(part.price, part.lots) for part in parts),
        margin=sum_of(child.margin for child in children) if all(part.is_opening for part in parts) else None,
        fee=fee,
        details=tuple(costs(look, account, body, orders)) if isinstance(body, LockPosition | UnlockPosition) else (),
    )


def _child(look: Look, account: AccountState, order: PlannedOrder) -> Child:
    terms, instrument = order.terms, look.instrument(order.terms.instrument)
    margin = account.book.margin_of(instrument, terms.hedge_flag, terms.side, terms.lots, terms.price)
    return Child(terms=terms, fee=order.fee, margin=margin if terms.is_opening else None)
