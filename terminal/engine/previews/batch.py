"""Say what an order for a group of accounts would do, account by account (分组批量下单).

Each account's row is the answer about an order by hand of its own, from the same code: what its gate finds, its margin,
and the money that would be left. The whole may be sent while any account may; the others only say why not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain import commands as c
from terminal.domain.fact.facts import Role
from terminal.domain.orders.order import Offset
from terminal.domain.words.risk import Verdict
from terminal.engine.batch.line import AccountPreview
from terminal.engine.batch.release import is_split
from terminal.engine.batch.wishes import group_for, parts_of, rows_of, wrong_group
from terminal.engine.previews.order import Answer, Asker, order_preview, plain, sum_of
from terminal.engine.previews.position import position_preview
from terminal.engine.refused import Refused
from terminal.engine.screen import Preview

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.batch_commands import CancelBatch, SaveGroup, SubmitBatch
    from terminal.domain.orders.batch import BatchPart
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState

NONE_HERE = "分到 0 手，不报"


def batch_preview(look: Look, asker: Asker, request: int, body: SubmitBatch) -> Preview:
    """Return what an order for a group would do now in each of its accounts."""
    try:
        group = group_for(look.state, asker.person, body)
    except Refused as no:
        return plain(request, Answer(Verdict.DENY, no.sentence))
    parts = parts_of(look.state, asker.person, group, body.order.lots)
    rows = tuple(_row(look, asker, body, part) for part in parts)
    going = [row for row in rows if row.lots and row.verdict <= Verdict.CONFIRM2]
    second = sum(row.verdict is Verdict.CONFIRM2 for row in going)
    barred = sum(row.verdict > Verdict.CONFIRM2 for row in rows)
    lots = sum(row.lots for row in going)
    said = [f"{len(going)} 个账户可以报出，共 {lots:,} 手"]
    said += [f"其中 {second} 个需复核"] if second else []
    said += [f"{barred} 个不能报出"] if barred else []
    said += [f"{none} 个分到 0 手"] if (none := sum(not row.lots for row in rows)) else []
    worst = max((row.verdict for row in going), default=Verdict.DENY)
    return Preview(
        request=request,
        verdict=max(worst, Verdict.WARN) if barred else worst,
        sentence="，".join(said),
        margin=sum_of(row.margin for row in going) if body.order.offset is Offset.OPEN else None,
        fee=sum_of(row.fee for row in going),
        accounts=rows,
    )


def _row(look: Look, asker: Asker, body: SubmitBatch, part: BatchPart) -> AccountPreview:
    account = look.state.accounts.get(part.account)
    if account is None or part.code:
        return AccountPreview(
            account=part.account, name="", lots=part.lots, verdict=Verdict.DENY, sentence=part.sentence
        )
    if not part.lots:
        return AccountPreview(
            account=part.account, name=account.name, lots=0, verdict=Verdict.ALLOW, sentence=NONE_HERE
        )
    terms = body.order.terms(part.account, part.lots)
    if is_split(look.state, account, terms):
        found = position_preview(look, asker, 0, c.ClosePosition(account=part.account, terms=terms))
    else:
        found = order_preview(look, asker, 0, terms, split_close=True)
    return AccountPreview(
        account=part.account,
        name=account.name,
        lots=part.lots,
        verdict=found.verdict,
        sentence=found.sentence.rpartition(" · ")[2],
        findings=found.findings,
        margin=found.margin,
        fee=found.fee,
        available_after=_available_after(look, account, terms),
    )


def _available_after(look: Look, account: AccountState, terms: OrderTerms) -> Decimal | None:
    # At worst case, as control C6 reckons it: every working opening order and this one filled.
    profit = account.book.profit(look.columns.last_price)
    after = account.book.view_after(profit, look.instrument(terms.instrument), look.reckoned(terms))
    return None if after is None else after.available


def group_answer(look: Look, asker: Asker, body: SaveGroup) -> Answer:
    """Return what keeping a group would do now."""
    wrong = wrong_group(look.state, asker.person, body)
    if wrong is not None:
        return Answer(Verdict.DENY, wrong[1])
    return Answer(Verdict.ALLOW, f"{'保存' if body.members else '删除'}账户组“{body.name}”")


def cancel_answer(look: Look, asker: Asker, body: CancelBatch) -> Answer:
    """Return what cancelling a batch would do now."""
    try:
        rows = list(rows_of(look.state, asker.person, body.batch))
    except Refused as no:
        return Answer(Verdict.DENY, no.sentence)
    mine = [(account, row) for account, row in rows if {Role.TRADER, Role.RISK} & set(account.roles(asker.person))]
    working = sum(order in account.live for account, row in mine for order in row.orders)
    return Answer(Verdict.ALLOW, f"撤回本批 {len(mine)} 个账户里还在委托的 {working} 笔")
