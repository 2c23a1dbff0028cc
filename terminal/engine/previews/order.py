"""Say what an order would do: its parts, their costs, and every finding of the real gate.

A close of so many lots is split over today's and yesterday's the way the exchange wants it. Each part will come as an
order of its own and is judged as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

from terminal.domain.fact.facts import Role
from terminal.domain.ids import ConfirmationId, DeviceId, PersonId
from terminal.domain.orders.close_plan import close_orders
from terminal.domain.orders.offset import closable
from terminal.domain.orders.order import Cause, HedgeFlag, Offset, OrderTerms, Origin
from terminal.domain.products.fees import ZERO, fees_known
from terminal.domain.products.margin import margin_rate
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.settings import FLAGS
from terminal.engine.book.claims import claims_on
from terminal.engine.confirmations.waiting import why_full
from terminal.engine.orders.gate import Parent, judge, verdict_of
from terminal.engine.screen import Child, Preview
from terminal.engine.wording import OFFSETS, order_title, place_name, plain_percent, short, yuan
from terminal.risk.strategy_lots import taking

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


class Asker(NamedTuple):
    """Hold who asks, at which device."""

    person: PersonId
    device: DeviceId


class Answer(NamedTuple):
    """Hold a verdict with its sentence; an order and a strategy add their figures."""

    verdict: Verdict
    sentence: str


def plain(request: int, answer: Answer) -> Preview:
    """Return a verdict and its sentence as a preview without figures."""
    return Preview(request=request, verdict=answer.verdict, sentence=answer.sentence)


# --- who may ---------------------------------------------------------------------------------------------------


def no_role(asker: Asker, account: AccountState, wanted: Iterable[Role], what: str) -> str:
    """Return that a person has none of the roles an act needs; "" when they have."""
    if set(wanted) & set(account.roles(asker.person)):
        return ""
    return f"{asker.person} 没有{what}权限"


def held_elsewhere(asker: Asker, account: AccountState) -> str:
    """Return that another desk holds the account (接管); "" while nobody or this one does."""
    holder = account.holder
    if holder is None or holder == asker:
        return ""
    return f"账户 {account.account} 由 {place_name(account, *holder)} 持有，先接管才能操作"


# --- orders ----------------------------------------------------------------------------------------------------


def order_preview(
    look: Look,
    asker: Asker,
    request: int,
    terms: OrderTerms,
    *,
    split_close: bool,
    replaces: ConfirmationId | None = None,
) -> Preview:
    """Return what an order of these terms would do now, in the place of a pending one where it replaces one."""
    account = look.state.accounts.get(terms.account)
    instrument = look.state.tenant.instruments.get(terms.instrument)
    if account is None or instrument is None:
        what = f"账户 {terms.account}" if account is None else f"合约 {terms.instrument}"
        return plain(request, Answer(Verdict.DENY, f"没有{what}，不能报出。"))
    if terms.lots < 1:
        return plain(request, Answer(Verdict.DENY, f"{order_title(terms)}：手数应为正整数。"))
    children, short_of = _children(look, account, instrument, terms, split_close=split_close)
    parts = tuple(child.terms for child in children)
    findings = findings_of(look, asker, instrument, parts, replaces)
    barred = [
        reason
        for reason in (
            no_role(asker, account, (Role.TRADER,), "下单"),
            held_elsewhere(asker, account),
            short_of,
            no_room(asker, account, findings) if replaces is None else "",
        )
        if reason
    ]
    verdict = Verdict.DENY if barred else verdict_of(findings)
    value = instrument.value(look.reckoned(terms).price, terms.lots)
    margin = sum_of(child.margin for child in children) if terms.is_opening else None
    whole = sum(part.lots for part in parts) == terms.lots  # a close that cannot be sent whole has no fee to show
    fee = sum_of(child.fee for child in children) if whole else None
    costs = _costs(instrument, terms, parts, value, margin, fee)
    return Preview(
        request=request,
        verdict=verdict,
        sentence=f"{costs} · {may(verdict, barred)}",
        children=children,
        findings=findings,
        value=value,
        margin=margin,
        fee=fee,
    )


def no_room(asker: Asker, account: AccountState, findings: tuple[Finding, ...]) -> str:
    """Return that this person has as much waiting for a second person as may wait; "" while there is room."""
    return why_full(account, asker.person) if verdict_of(findings) is Verdict.CONFIRM2 else ""


def _children(
    look: Look, account: AccountState, instrument: Instrument, terms: OrderTerms, *, split_close: bool
) -> tuple[tuple[Child, ...], str]:
    """Return the orders a wish becomes, and why it is too much; a close that is too large closes what it can."""
    book = account.book
    if terms.is_opening:
        return (_child(look, account, instrument, terms),), ""
    if not split_close or terms.offset is not Offset.CLOSE:
        position = book.position(terms.instrument, terms.hedge_flag)
        there = closable(instrument, position, terms.side, terms.offset)
        return (_child(look, account, instrument, terms),), "" if terms.lots <= there else _too_much(terms, there)
    plan = close_orders(book, instrument, terms)
    children = tuple(Child(terms=one.terms, fee=one.fee, margin=None) for one in plan.orders)
    other = "、".join(f"{FLAGS[flag]} {lots} 手" for flag, lots in plan.elsewhere)
    hint = f"；另有{other}，投保标志不同，不能一起平" if other else ""
    return children, _too_much(terms, plan.lots) + hint if plan.missing else ""


def _too_much(terms: OrderTerms, there: int) -> str:
    side = "多头" if terms.position_side.sign > 0 else "空头"
    said = f"{short(terms.instrument)} {side}可平 {there:,} 手，要平 {terms.lots:,} 手，超出 {terms.lots - there:,} 手"
    return f"{said}；请减少手数或先撤平仓单"


def _child(look: Look, account: AccountState, instrument: Instrument, terms: OrderTerms) -> Child:
    known, price = fees_known(instrument), look.reckoned(terms).price
    return Child(
        terms=terms,
        fee=account.book.fee(instrument, terms, terms.lots, price) if known else None,
        margin=account.book.margin_of(instrument, terms.hedge_flag, terms.side, terms.lots, price)
        if terms.is_opening
        else None,
    )


def findings_of(
    look: Look, asker: Asker, instrument: Instrument, parts: tuple[OrderTerms, ...], replaces: ConfirmationId | None
) -> tuple[Finding, ...]:
    """Return every finding about the orders a wish becomes: each comes by itself, so each is its own parent."""
    cause = Cause(origin=Origin.MANUAL, person=asker.person, device=asker.device)
    found: dict[Finding, None] = {}
    for part in parts:
        parent = Parent(part.lots, instrument.value(look.reckoned(part).price, part.lots))
        found.update(dict.fromkeys(judge(look, part, cause, parent=parent, approved=False, replaces=replaces)))
    if len(parts) > 1:
        found.update(dict.fromkeys(_taking(look, parts)))
    return tuple(found)


def _taking(look: Look, parts: tuple[OrderTerms, ...]) -> tuple[Finding, ...]:
    # Each piece was judged as if it came alone; together they may take what a strategy holds.
    claims = claims_on(look.state.accounts[parts[0].account], parts[0])
    lots = sum(part.lots for part in parts)
    if claims is None or max(part.lots for part in parts) > claims.free:
        return ()  # nobody's, or said of one piece already
    found = taking(claims, lots, f"{short(parts[0].instrument)} 平仓共 {lots} 手")
    return () if found is None else (found,)


def sum_of(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return a sum; `None` where one of them is not known."""
    whole = ZERO
    for amount in amounts:
        if amount is None:
            return None
        whole += amount
    return whole


def _costs(
    instrument: Instrument,
    terms: OrderTerms,
    parts: tuple[OrderTerms, ...],
    value: Decimal,
    margin: Decimal | None,
    fee: Decimal | None,
) -> str:
    split = ""
    if len(parts) > 1 or (parts and parts[0].offset is not terms.offset):
        split = f"（{' + '.join(f'{OFFSETS[part.offset]} {part.lots} 手' for part in parts)}）"
    words = [f"{order_title(terms)}{split}", f"合约价值 {yuan(value)}"]
    if terms.is_opening:
        words.append(
            "保证金未知" if margin is None else f"保证金({_margin_basis(instrument, terms.hedge_flag)}) {yuan(margin)}"
        )
    if sum(part.lots for part in parts) == terms.lots:
        words.append("手续费未知" if fee is None else f"手续费 {yuan(fee, 2)}")
    return " ".join(words)


def _margin_basis(instrument: Instrument, flag: HedgeFlag) -> str:
    rate, by_lot = margin_rate(instrument, flag), instrument.margin_by_lot
    words = [plain_percent(rate)] if rate else []
    return " + ".join([*words, f"每手 {yuan(by_lot)}"] if by_lot is not None else words)


def may(verdict: Verdict, barred: list[str]) -> str:
    """Return in words whether an order may go out."""
    # Why is in the findings, a sentence each; what bars an order is none of them.
    if barred:
        return f"不能报出：{'；'.join(why.removesuffix('。') for why in barred)}"
    match verdict:
        case Verdict.ALLOW:
            return "可以报出"
        case Verdict.WARN:
            return "可以报出，有提醒"
        case Verdict.CONFIRM2:
            return "需复核"
        case Verdict.LOCK | Verdict.DENY:
            return "不能报出"
        case _:
            assert_never(verdict)
