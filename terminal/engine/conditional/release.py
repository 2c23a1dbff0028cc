"""Let a conditional order go: once, through the gate, in the turn its condition held or as soon as nothing bars it.

`trigger` states that the condition held; that fact, and the intent or refusal it leads to, are one transaction. What
opens is triggered only when it could go out, so it is never between the two. A close may be: it waits until the
exchange has proven the cancels of other closes (撤原平仓单) and, for a while, of own orders on combinations that it
could trade with (`combined_way`), for a quote to price it by, or for room in the message rate; a restart finds it so
and goes on after the exchange's first complete answer. Past its validity or the trading day it fails.

What the gate wants a second person for is parked, piece by piece, and an alert says so; what it refuses is told by an
alert too. Nothing of one conditional order is ever asked for a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.facts import (
    ConditionalReleased,
    ConditionalTriggered,
    Role,
)
from terminal.domain.orders.close_plan import close_orders
from terminal.domain.orders.conditional import (
    TAG,
    CloseLots,
    ConditionalEvent,
    ConditionalState,
    Release,
    SendOrder,
    WhenShort,
)
from terminal.domain.orders.order import Cause, Offset, OrderTerms, Origin, Side
from terminal.domain.words.risk import Level, Verdict
from terminal.engine.book.scopes import is_killed, worst_level
from terminal.engine.conditional.attached import fellows, partner, void_parked, working_of
from terminal.engine.conditional.combined_way import WAITED, combinations_in_way
from terminal.engine.conditional.sight import release_price
from terminal.engine.conditional.tell import say_alert, say_moved
from terminal.engine.conditional.wording import release_text
from terminal.engine.confirmations import approval
from terminal.engine.confirmations.waiting import why_full
from terminal.engine.orders.gate import Parent, judge, verdict_of
from terminal.engine.orders.intents import (
    cancel_order,
    is_cancellable,
    may_be_cancelled,
    record,
    refuse,
    room_for_messages,
    tell_unasked,
)
from terminal.engine.orders.position_wishes import TOLD_LATER, unasked_whole
from terminal.engine.orders.whole_value import too_much
from terminal.engine.wording import person_name, short
from terminal.risk.order_size import is_emergency

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from terminal.domain.ids import ConfirmationId, OrderId
    from terminal.domain.words.risk import Finding
    from terminal.engine.books.conditional import ConditionalRow
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow
    from terminal.engine.turn import Turn

FAILED: Final = "CONDITIONAL_FAILED"  # the alert that one could not be sent
PARKED: Final = "CONDITIONAL_PARKED"  # the alert that one waits for a second person


def may_trigger(turn: Turn, look: Look, account: AccountState, row: ConditionalRow) -> bool:
    """Return whether a conditional order is looked at now.

    Nothing leaves over a dead link. What opens needs the barrier and no lock, and goes out in the turn it is triggered
    in. What closes needs the exchange's first complete answer: books that differ must not take a stop-loss away.
    """
    other = partner(account, row)
    if not account.linked or (other is not None and other.state is ConditionalState.TRIGGERED):
        return False  # one of two is enough: the other is on its way out
    if not row.wanted.release.is_opening:
        return account.barrier.passed or account.barrier.queries > 0
    name = row.wanted.release.instrument
    locked = is_killed(account, None, name) or worst_level(account, None, name) is Level.RED
    if not account.barrier.passed or locked or not room_for_messages(turn, account.account, name):
        return False
    return release_price(look, account, row.wanted.release) is not None


def trigger(turn: Turn, look: Look, account: AccountState, row: ConditionalRow, seen: str) -> None:
    """State that a condition held, take back the closes in its way, and let it go if nothing else is."""
    release = row.wanted.release
    clearing: list[OrderRow] = []
    for other in fellows(account, row):
        clearing += working_of(account, other)
        void_parked(turn, account, other, f"二择一的 {row.conditional} 已触发")
    if isinstance(release, CloseLots) and release.when_short is WhenShort.CANCEL_FIRST:
        clearing = _in_the_way(account, release, clearing, release.lots - _closable(look, account, release))
    turn.say(
        ConditionalTriggered(
            account=account.account,
            conditional=row.conditional,
            seen=seen,
            clearing=tuple(one.order for one in clearing),
        )
    )
    advance(turn, look, account, row)


def advance(turn: Turn, look: Look, account: AccountState, row: ConditionalRow) -> None:
    """Let a triggered one go if nothing is in its way any more; fail it when its time is over."""
    if row.state is not ConditionalState.TRIGGERED:
        return
    day_over = row.triggered_at is None or look.calendar.trading_day(row.triggered_at) < look.trading_day
    if day_over or (row.ends_at is not None and turn.at >= row.ends_at):
        _fail(turn, account, row, "TOO_LATE", "触发后当日（有效期内）没有等到可以报出的时候，请人工处理")
        return
    if not account.linked or not (account.barrier.passed or account.barrier.queries):
        return
    release = row.wanted.release
    price = release_price(look, account, release)
    if _waits(turn, look, account, row, price) or not look.session(release.instrument).orders:
        return  # also in a break: a price of its own waits for its end as any other
    if price is not None and room_for_messages(turn, account.account, release.instrument):
        _let_go(turn, look, account, row, price)


def _waits(turn: Turn, look: Look, account: AccountState, row: ConditionalRow, price: Decimal | None) -> bool:
    closes = [account.live[order] for order in row.clearing if order in account.live]
    combined = combinations_in_way(look, account, row.wanted.release, price)
    _take_back(turn, look, account, row, closes, "平仓单")
    _take_back(turn, look, account, row, combined, "可能与它自成交的组合委托")
    return bool(closes) or (bool(combined) and turn.at - (row.triggered_at or turn.at) < WAITED)


def _take_back(
    turn: Turn, look: Look, account: AccountState, row: ConditionalRow, working: Sequence[OrderRow], what: str
) -> None:
    for one in working:
        free = room_for_messages(turn, account.account, one.terms.instrument)
        if free and is_cancellable(turn, one) and may_be_cancelled(look, one):
            cancel_order(turn, one, f"条件单 {row.conditional} 先撤{what}")


def _in_the_way(account: AccountState, release: CloseLots, first: list[OrderRow], lacks: int) -> list[OrderRow]:
    # Those of the other one of two, then those of people and strategies; what other conditional orders let go is sent
    # by nobody again, so it is taken back only where the lots are not enough without it.
    others = _working_closes(account, release)
    for found in (first, first + [one for one in others if one not in first and not one.cause.tag.startswith(TAG)]):
        if sum(one.remaining for one in found) >= lacks:
            return found
    return others


def _working_closes(account: AccountState, release: CloseLots) -> list[OrderRow]:
    return [
        one
        for one in account.live.values()
        if one.terms.instrument == release.instrument
        and not one.terms.is_opening
        and one.terms.side is release.side
        and one.terms.hedge_flag is release.hedge_flag
    ]


def _closable(look: Look, account: AccountState, release: CloseLots) -> int:
    price = release_price(look, account, release) or look.instrument(release.instrument).tick
    wish = terms_of(account, release, price)
    return close_orders(account.book, look.instrument(release.instrument), wish).lots


def terms_of(account: AccountState, release: Release, price: Decimal) -> OrderTerms:
    """Return what is let go as the terms of one order at a price; a close of a position is still to be split."""
    return OrderTerms(
        account=account.account,
        instrument=release.instrument,
        side=release.side,
        offset=release.offset if isinstance(release, SendOrder) else Offset.CLOSE,
        lots=release.lots,
        price=price,
        hedge_flag=release.hedge_flag,
        time_condition=release.time_condition,
    )


def orders_of(look: Look, account: AccountState, release: Release, price: Decimal) -> tuple[list[OrderTerms], str]:
    """Return the orders it becomes now, and why it becomes none, or fewer lots than wanted; empty if all."""
    terms = terms_of(account, release, price)
    if isinstance(release, SendOrder):
        return [terms], ""
    plan = close_orders(account.book, look.instrument(release.instrument), terms)
    if not plan.missing:
        return [one.terms for one in plan.orders], ""
    there = f"{short(release.instrument)} 可平 {plan.lots} 手，少于要平的 {release.lots} 手"
    if release.when_short is WhenShort.FAIL or not plan.lots:
        return [], there
    return [one.terms for one in plan.orders], f"{there}，平可平的"


def _let_go(turn: Turn, look: Look, account: AccountState, row: ConditionalRow, price: Decimal) -> None:
    release = row.wanted.release
    if release.is_opening and Role.TRADER not in account.roles(row.person):
        _fail(turn, account, row, "NO_ROLE", f"{person_name(account, row.person)} 已没有下单权限")
        return
    terms, short_of = orders_of(look, account, release, price)
    if not terms:
        _fail(turn, account, row, "NOT_CLOSABLE", short_of)
        return
    name = release.instrument
    emergency = is_emergency(worst_level(account, None, name), killed=is_killed(account, None, name))
    whole = too_much(look, account, terms) if len(terms) > 1 else ""
    unasked = unasked_whole(look, account, terms) if emergency else None
    if unasked is not None:
        what = f"{unasked.sentence.removesuffix(TOLD_LATER)}。"
        tell_unasked(turn, terms[0], row.person, f"条件单 {row.conditional} {what}")
    gone = _Gone(row)
    for one in terms:
        gone.send(turn, look, account, one, why="" if emergency else whole)
    refused = "；".join(gone.refused)
    if not gone.orders and not gone.parked:
        _fail(turn, account, row, gone.code, refused)
        return
    note = "；".join(filter(None, (short_of, refused)))
    turn.say(
        ConditionalReleased(
            account=account.account,
            conditional=row.conditional,
            orders=tuple(gone.orders),
            confirmations=tuple(gone.parked),
            note=note,
        )
    )
    if gone.parked:
        what = f"条件单 {row.conditional} 已触发，{release_text(release)} 需复核（编号 {'、'.join(gone.parked)}）"
        say_alert(turn, account, row, PARKED, f"{what}，还没有报出；请复核人处理。")
    held = _held(account, release)
    left = f"{short_of}，现持有 {held:,} 手" if short_of and held > sum(one.lots for one in terms) else ""
    if gone.refused or left:
        why = "；".join(filter(None, (left, refused)))
        say_alert(turn, account, row, FAILED, f"条件单 {row.conditional} 已触发，只报出一部分：{why}")


def _held(account: AccountState, release: Release) -> int:
    held = account.book.position(release.instrument, release.hedge_flag)
    if release.side is Side.SELL:
        return held.long_today + held.long_yesterday
    return held.short_today + held.short_yesterday


class _Gone:
    """Collect what became of the pieces of one conditional order."""

    def __init__(self, row: ConditionalRow) -> None:
        reason = row.wanted.reason or f"条件单 {row.conditional}"
        self._cause = Cause(
            origin=Origin.MANUAL,
            person=row.person,
            device=row.device,
            tag=f"{TAG}{row.conditional}",
            reason=reason,
        )
        self.orders: list[OrderId] = []
        self.parked: list[ConfirmationId] = []
        self.refused: list[str] = []
        self.code = ""

    def send(self, turn: Turn, look: Look, account: AccountState, terms: OrderTerms, *, why: str) -> None:
        """Record one piece, park it (also for `why`, which is said of all together), or note why neither."""
        cause = self._cause
        parent = Parent(terms.lots, look.instrument(terms.instrument).value(terms.price, terms.lots))
        findings = judge(look, terms, cause, parent=parent, approved=False, fellows=len(self.orders))
        verdict = verdict_of(findings)
        if verdict > Verdict.CONFIRM2:
            refuse(turn, terms, cause, findings)
            worst = max(findings, key=lambda finding: finding.verdict)
            self._refuse(worst.code, worst.sentence)
        elif verdict is Verdict.CONFIRM2 or why:
            self._park(turn, look, account, terms, findings, why)
        else:
            self.orders.append(record(turn, look, account, terms, cause, findings, None))

    def _park(
        self,
        turn: Turn,
        look: Look,
        account: AccountState,
        terms: OrderTerms,
        findings: tuple[Finding, ...],
        why: str,
    ) -> None:
        full = why_full(account, self._cause.person)
        if full:
            self._refuse("TOO_MANY_PENDING", full)
            return
        told = "".join(finding.sentence for finding in findings if finding.verdict is Verdict.CONFIRM2)
        stored = approval.describe(look, account, self._cause, terms)
        self.parked.append(approval.park(turn, account, stored, findings, told or f"{why}。"))

    def _refuse(self, code: str, sentence: str) -> None:
        self.refused.append(sentence.removesuffix("。"))
        self.code = self.code or code


def _fail(turn: Turn, account: AccountState, row: ConditionalRow, code: str, why: str) -> None:
    say_moved(turn, account, row, ConditionalEvent.FAIL, why, code=code)
    what = f"条件单 {row.conditional} 已触发，没有报出 {release_text(row.wanted.release)}：{why}"
    say_alert(turn, account, row, FAILED, f"{what}；请看清现状，需要时人工下单。")
