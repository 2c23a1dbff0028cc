"""Say what a reversal (反手) would do: the closes, what would be opened once they filled, and what is left then."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.facts import Role
from terminal.domain.words.risk import Verdict
from terminal.engine.book.reversals import progress
from terminal.engine.confirmations.waiting import why_full
from terminal.engine.orders.gate import verdict_of
from terminal.engine.previews.order import Answer, held_elsewhere, may, no_role, plain, sum_of
from terminal.engine.refused import Refused
from terminal.engine.reversal.plan import foresee
from terminal.engine.reversal.reversals import cause_of
from terminal.engine.reversal.wishes import bar_to_giving_up, find, manual, rest_of, wanted_of
from terminal.engine.reversal.wording import reversal_title, unfinished
from terminal.engine.screen import Child, Preview
from terminal.engine.wording import OFFSETS, both_sides, yuan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.orders.close_plan import PlannedOrder
    from terminal.domain.orders.reversal import Reversal
    from terminal.engine.look import Look
    from terminal.engine.previews.order import Asker
    from terminal.engine.reversal.plan import Foreseen
    from terminal.engine.state import AccountState


def reversal_preview(look: Look, asker: Asker, request: int, account: AccountState, body: c.ReversalWish) -> Preview:
    """Return what a wish about a reversal would do now."""
    try:
        match body:
            case c.ReversePosition():
                wanted = wanted_of(body)
                found = foresee(look, account, wanted, manual(asker.person, asker.device, ""))
            case c.FinishReversal():
                row = find(account, body.reversal)
                cause = cause_of(row.reversal, asker.person, asker.device, "")
                wanted, found = rest_of(look, account, row, body.price, cause)
            case c.GiveUpReversal():
                return plain(request, _giving_up(asker, account, body))
            case _:
                assert_never(body)
    except Refused as no:
        return plain(request, Answer(Verdict.DENY, no.sentence))
    return _whole(look, asker, request, account, wanted, found)


def _whole(look: Look, asker: Asker, request: int, account: AccountState, wanted: Reversal, found: Foreseen) -> Preview:
    if found.barred is not None and not found.findings:
        return plain(request, Answer(Verdict.DENY, f"{reversal_title(wanted.terms)} · 不能报出：{found.barred[1]}"))
    barred = [no_role(asker, account, (Role.TRADER,), "下单"), held_elsewhere(asker, account)]
    if found.second:
        barred.append(why_full(account, asker.person))
    barred = [why for why in barred if why]
    verdict = Verdict.DENY if barred else Verdict.CONFIRM2 if found.second else verdict_of(found.findings)
    instrument = look.instrument(wanted.terms.instrument)
    after = look if found.after is None else found.after
    there = after.state.accounts[account.account].book
    children = (
        *(Child(terms=one.terms, fee=one.fee, margin=None) for one in found.closes),
        *(
            Child(
                terms=one.terms,
                fee=one.fee,
                margin=there.margin_of(
                    instrument, one.terms.hedge_flag, one.terms.side, one.terms.lots, one.terms.price
                ),
            )
            for one in found.opens
        ),
    )
    fee = sum_of(child.fee for child in children)
    told = "手续费未知" if fee is None else f"手续费 {yuan(fee, 2)}"
    split = "，成交后 ".join(filter(None, (_lots(found.closes), _lots(found.opens))))
    asked = f"（{found.second.rstrip('。')}）" if found.second and verdict is Verdict.CONFIRM2 else ""
    return Preview(
        request=request,
        verdict=verdict,
        sentence=f"{reversal_title(wanted.terms)}（{split}） {told} · {may(verdict, barred)}{asked}",
        children=children,
        findings=found.findings,
        value=sum_of(instrument.value(one.price, one.lots) for one in found.terms),
        margin=sum_of(child.margin for child in children[len(found.closes) :]),
        fee=fee,
        details=tuple(_afterwards(look, account, wanted, found)),
    )


def _lots(orders: tuple[PlannedOrder, ...]) -> str:
    return " + ".join(f"{OFFSETS[one.terms.offset]} {one.terms.lots} 手" for one in orders)


def _afterwards(look: Look, account: AccountState, wanted: Reversal, found: Foreseen) -> Iterator[str]:
    # What is left once everything has filled at its own price: with the orders that work besides, at worst case.
    if found.after is None or not found.opens:
        return
    terms = wanted.terms
    there = found.after.state.accounts[account.account].book
    opened = msgspec.structs.replace(found.opens[0].terms, lots=sum(one.terms.lots for one in found.opens))
    held, left = (book.position(terms.instrument, terms.hedge_flag) for book in (account.book, there))
    long, short = left.long, left.short
    if opened.side.sign > 0:
        long += opened.lots
    else:
        short += opened.lots
    yield f"全部成交后 {both_sides(held.long, held.short)} → {both_sides(long, short)}"
    money = account.book.view(look.columns.last_price)
    after = there.view_after(there.profit(look.columns.last_price), look.instrument(terms.instrument), opened)
    if after is not None:
        bound, bound_after = (one.margin + one.frozen_margin for one in (money, after))
        yield f"保证金（含挂单） {yuan(bound)} → {yuan(bound_after)}"
        yield f"可用 {yuan(money.available)} → {yuan(after.available)}"


def _giving_up(asker: Asker, account: AccountState, body: c.GiveUpReversal) -> Answer:
    row = find(account, body.reversal)
    barred = no_role(asker, account, (Role.TRADER, Role.RISK), "放弃反手") or bar_to_giving_up(row)
    if barred:
        return Answer(Verdict.DENY, f"不能执行：{barred}")
    found = progress(account.orders, row)
    working = found.closing + found.opening
    told = f"，撤回还在委托的 {working} 手" if working else ""
    return Answer(Verdict.ALLOW, f"放弃这一项，不再开仓{told}：{unfinished(row, found)}")
