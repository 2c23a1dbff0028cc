"""Say what placing or steering a conditional order (条件单) would do, and what its release would meet if it came now.

The gate's findings of this moment are told and bar nothing: it is asked again at the release. What only says that the
exchange is closed now is left out, for that is why one waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from terminal.domain import commands as c
from terminal.domain.days.calendar import show
from terminal.domain.fact.facts import Role
from terminal.domain.orders.conditional import AnyOf
from terminal.domain.products.fees import fees_known
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.terms import Term
from terminal.engine.conditional.attached import edit_fault, guard_fault
from terminal.engine.conditional.fault import fault, times
from terminal.engine.conditional.release import orders_of
from terminal.engine.conditional.sight import differences_now, release_price, seen_parts
from terminal.engine.conditional.wishes import bar_to_steering, conflict, why_full, why_stopped
from terminal.engine.conditional.wording import STATES, conditional_text, guard_text
from terminal.engine.folds.conditional import EDITABLE
from terminal.engine.orders.gate import verdict_of
from terminal.engine.previews.order import Answer, Asker, findings_of, held_elsewhere, no_role, plain, sum_of
from terminal.engine.screen import Child, Preview
from terminal.engine.wording import yuan

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.orders.conditional import Conditional
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState

OF_THIS_MOMENT: Final = frozenset({"NOT_TRADING_NOW", "FEED_STALE", "NO_REFERENCE_PRICE", "QUOTE_OLD"})
STEERERS: Final = (Role.TRADER, Role.RISK)


def conditional_preview(
    look: Look, asker: Asker, request: int, account: AccountState, body: c.ConditionalWish
) -> Preview:
    """Return what a wish about a conditional order would do now."""
    match body:
        case c.PlaceConditional():
            return _place(look, asker, request, account, body.wanted, why_full(account))
        case c.GuardPosition():
            return _guard(look, asker, request, account, body)
        case c.EditConditional():
            row = account.conditionals.rows.get(body.conditional)
            if row is None or row.state not in EDITABLE:
                state = "不存在" if row is None else STATES[row.state]
                return plain(request, Answer(Verdict.DENY, f"条件单 {body.conditional} {state}，不能修改。"))
            moved = body.base_version != row.version
            bar = conflict(row, body.base_version, body.wanted) if moved else edit_fault(account, row, body.wanted)
            return _place(look, asker, request, account, body.wanted, bar)
        case c.PauseConditional() | c.ResumeConditional() | c.WithdrawConditional():
            return plain(request, _steer(asker, account, body))
        case _:
            assert_never(body)


def _steer(
    asker: Asker, account: AccountState, body: c.PauseConditional | c.ResumeConditional | c.WithdrawConditional
) -> Answer:
    row = account.conditionals.rows.get(body.conditional)
    if row is None:
        return Answer(Verdict.DENY, f"没有编号为 {body.conditional} 的条件单，请刷新列表。")
    resumes = isinstance(body, c.ResumeConditional)
    bars = [no_role(asker, account, (Role.TRADER,) if resumes else STEERERS, "撤条件单")]
    bars += [held_elsewhere(asker, account)] if resumes else []
    bar = next(filter(None, bars), "") or bar_to_steering(account, row, body)
    if bar:
        return Answer(Verdict.DENY, f"不能执行：{bar}")
    words = {c.PauseConditional: "暂停", c.ResumeConditional: "恢复等待", c.WithdrawConditional: "撤掉，不再报出"}
    return Answer(Verdict.ALLOW, f"条件单 {row.conditional} {words[type(body)]}")


def _place(look: Look, asker: Asker, request: int, account: AccountState, wanted: Conditional, bar: str) -> Preview:
    wrong = fault(look, wanted)
    if wrong:
        return plain(request, Answer(Verdict.DENY, wrong))
    due, end, never = times(look, wanted)
    bars = (no_role(asker, account, (Role.TRADER,), "下条件单"), held_elsewhere(asker, account))
    bar = next(filter(None, bars), "") or bar or why_stopped(account, wanted) or never
    until = "" if end is None else f"（到 {show(end)[:16]}）"
    title = f"{conditional_text(wanted, due)}{until}"
    if bar:
        return plain(request, Answer(Verdict.DENY, f"{title} · 不能提交：{bar.removesuffix('。')}"))
    parts = seen_parts(look, account, wanted, due)
    holds = any(parts) if isinstance(wanted.condition, AnyOf) else all(parts)
    price = release_price(look, account, wanted.release)
    terms: list[OrderTerms] = []
    short_of = "现在没有可比的行情，触发时按对手价定价" if price is None else ""
    if price is not None:
        terms, short_of = orders_of(look, account, wanted.release, price)
    instrument = look.instrument(wanted.release.instrument)
    found = findings_of(look, asker, instrument, tuple(terms), None)
    findings = tuple(one for one in found if one.code not in OF_THIS_MOMENT)
    fees = [account.book.fee(instrument, one, one.lots, one.price) if fees_known(instrument) else None for one in terms]
    margins = [
        account.book.margin_of(instrument, one.hedge_flag, one.side, one.lots, one.price) if one.is_opening else None
        for one in terms
    ]
    fee = sum_of(fees) if terms else None
    then = _then(findings, short_of, differences_now(look, account, wanted), fee)
    verdict = Verdict.WARN if holds or short_of or verdict_of(findings) > Verdict.ALLOW else Verdict.ALLOW
    return Preview(
        request=request,
        verdict=verdict,
        sentence=f"{title} · {then}{'；条件现已满足，一有新行情就会触发' if holds else ''}",
        children=tuple(
            Child(terms=one, fee=cost, margin=margin) for one, cost, margin in zip(terms, fees, margins, strict=True)
        ),
        findings=findings,
        value=sum_of(instrument.value(one.price, one.lots) for one in terms) if terms else None,
        margin=sum_of(margins) if terms and all(one.is_opening for one in terms) else None,
        fee=fee,
    )


def _guard(look: Look, asker: Asker, request: int, account: AccountState, body: c.GuardPosition) -> Preview:
    bar = guard_fault(account, body.exits, body.beside) or why_full(account, len(body.exits))
    if bar:
        return plain(request, Answer(Verdict.DENY, bar))
    found = [_place(look, asker, request, account, wanted, "") for wanted in body.exits]
    worst = max(found, key=lambda one: one.verdict)
    if worst.verdict is Verdict.DENY:
        return worst
    # Either may go out and never both: what one of them would meet is what there is to see.
    beside = "" if body.beside is None else f"，与 {body.beside} {Term.ONE_OF_TWO}"
    said = f"附在持仓上{beside}，随它减少、平完即止：{guard_text(body.exits)}"
    thens = dict.fromkeys(one.sentence.partition(" · ")[2] for one in found)
    return msgspec.structs.replace(worst, sentence=f"{said} · {'；'.join(thens)}")


def _then(findings: tuple[Finding, ...], short_of: str, now: str, fee: Decimal | None) -> str:
    worst = verdict_of(findings)
    would = {Verdict.CONFIRM2: "需复核", Verdict.LOCK: "会被拒（限制开仓）", Verdict.DENY: "会被拒"}.get(
        worst, "可以报出"
    )
    words = [f"若此刻触发：{would}"]
    if short_of:
        words.append(short_of)
    if now:
        words.append(now)
    if fee is not None:
        words.append(f"手续费 {yuan(fee, 2)}")
    return "，".join([*words, "触发时再检查一次风险"])
