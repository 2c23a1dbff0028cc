"""Carry a reversal (反手) from its close to its opening: nothing is opened before the close has ended (C8).

What is opened is what the closing orders filled, once, through the gate, in the turn that heard of the last of them or
as soon as the exchange's answers and the message rate let it out. A restart finds the state in the facts and goes on
after the barrier. Whatever keeps the opening from going out stops the reversal, and a person decides: the gate's no or
its wish for a second person, a kill switch, another holder of the account, the end of the trading day. The rest of a
close is never sent again by itself either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.facts import ReversalBegan, ReversalMoved, ReversalOpened, Role
from terminal.domain.orders.order import Cause, Origin
from terminal.domain.orders.reversal import ReversalEvent, ReversalState
from terminal.domain.words.risk import Verdict
from terminal.engine.book.reversals import progress
from terminal.engine.book.scopes import is_killed
from terminal.engine.orders.gate import verdict_of
from terminal.engine.orders.intents import record, refuse, room_for_messages
from terminal.engine.reversal.plan import judge_close, judge_open, opening_orders
from terminal.engine.reversal.wording import ends
from terminal.engine.wording import person_name

if TYPE_CHECKING:
    from terminal.domain.ids import ConfirmationId, DeviceId, OrderId, PersonId, ReversalId
    from terminal.domain.orders.reversal import Reversal
    from terminal.engine.book.reversals import Progress
    from terminal.engine.books.reversal import ReversalRow
    from terminal.engine.look import Look
    from terminal.engine.reversal.plan import Foreseen
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

TAG: Final = "reversal:"  # of an order's cause, before the reversal's name


def cause_of(name: ReversalId, person: PersonId, device: DeviceId, reason: str) -> Cause:
    """Return the cause of a reversal's orders."""
    tag = f"{TAG}{name}"
    return Cause(origin=Origin.MANUAL, person=person, device=device, tag=tag, reason=reason or f"反手 {name}")


def start(
    turn: Turn,
    look: Look,
    account: AccountState,
    wanted: Reversal,
    cause: Cause,
    found: Foreseen,
    confirmation: ConfirmationId | None,
) -> ReversalId:
    """Send the closes that were foreseen and state that a reversal began; return its name."""
    name = account.reversals.next_name(account.account)
    person, device = cause.person, cause.device
    closes = send_closes(
        turn, look, account, found, cause_of(name, person, device, cause.reason), confirmation=confirmation
    )
    turn.say(
        ReversalBegan(
            account=account.account,
            reversal=name,
            wanted=wanted,
            closes=closes,
            person=person,
            device=device,
            confirmation=confirmation,
        )
    )
    return name


def send_closes(
    turn: Turn,
    look: Look,
    account: AccountState,
    found: Foreseen,
    cause: Cause,
    *,
    confirmation: ConfirmationId | None = None,
) -> tuple[OrderId, ...]:
    """Record the closes; each changes what the next one meets, and the first the gate holds back is the last."""
    sent: list[OrderId] = []
    for one in found.closes:
        findings = judge_close(look, one.terms, cause, approved=confirmation is not None, fellows=len(sent))
        if verdict_of(findings) >= Verdict.CONFIRM2:
            refuse(turn, one.terms, cause, findings)
            break
        sent.append(record(turn, look, account, one.terms, cause, findings, confirmation))
    return tuple(sent)


def advance(turn: Turn, look: Look) -> None:
    """Take every reversal as far as it goes now."""
    for account in look.state.accounts.values():
        for row in account.reversals.rows.values():
            if row.stands:
                advance_one(turn, look, account, row)


def advance_one(turn: Turn, look: Look, account: AccountState, row: ReversalRow) -> None:
    """Take one reversal as far as it goes now."""
    found = progress(account.orders, row)
    match row.state:
        case ReversalState.CLOSING if not found.closing:
            _open(turn, look, account, row, found)
        case ReversalState.OPENING if not found.opening:
            if found.opened == row.lots:
                _move(turn, account, row, ReversalEvent.COMPLETE)
            else:
                _move(turn, account, row, ReversalEvent.STOP, row.note or _shortfall(account, row, found))
        case ReversalState.UNFINISHED if found.opened == row.lots:
            _move(turn, account, row, ReversalEvent.COMPLETE)
        case _:
            pass


def _open(turn: Turn, look: Look, account: AccountState, row: ReversalRow, found: Progress) -> None:
    name = row.wanted.terms.instrument
    barred = _shortfall(account, row, found) if not found.due else _barred(account, row)
    if barred:
        _move(turn, account, row, ReversalEvent.STOP, barred)
        return
    ready = account.linked and account.barrier.passed and look.columns.quote(name) is not None
    if not ready or not room_for_messages(turn, account.account, name):
        return
    cause = cause_of(row.reversal, row.person, row.device, "")
    sent: list[OrderId] = []
    note = ""
    for one in opening_orders(look, account, row.wanted, found.due):
        approved = row.confirmation is not None
        findings = judge_open(look, one.terms, cause, found.due, approved=approved, fellows=len(sent))
        if verdict_of(findings) >= Verdict.CONFIRM2:
            refuse(turn, one.terms, cause, findings)
            note = max(findings, key=lambda finding: finding.verdict).sentence.rstrip("。")
            break
        sent.append(record(turn, look, account, one.terms, cause, findings, row.confirmation))
    if not sent:
        _move(turn, account, row, ReversalEvent.STOP, f"没有开仓：{note}")
        return
    turn.say(ReversalOpened(account=account.account, reversal=row.reversal, opens=tuple(sent), note=note))


def _barred(account: AccountState, row: ReversalRow) -> str:
    if row.run_day < account.trading_day:
        return "平仓已了结，当日没有等到可以开仓的时候"
    killed = any(account.orders[one].killed for one in row.closes)
    if killed or is_killed(account, None, row.wanted.terms.instrument):
        return "已一键停止，没有开仓"
    holder = account.holder
    if holder is not None and holder[0] != row.person:
        return f"账户已由 {person_name(account, holder[0])} 接管，没有开仓"
    if Role.TRADER not in account.roles(row.person):
        return f"{person_name(account, row.person)} 已没有下单权限，没有开仓"
    return ""


def _shortfall(account: AccountState, row: ReversalRow, found: Progress) -> str:
    closes, opens = [account.orders[one] for one in row.closes], [account.orders[one] for one in row.opens]
    words = []
    if found.closed < row.lots:
        how = ends(closes)
        words.append(f"平仓只成交 {found.closed} 手{f'，其余{how}' if how else ''}")
    if found.opened < found.closed and opens:
        how = ends(opens)
        words.append(f"开仓只成交 {found.opened} 手{f'，其余{how}' if how else ''}")
    return "；".join(words)


def _move(turn: Turn, account: AccountState, row: ReversalRow, event: ReversalEvent, reason: str = "") -> None:
    turn.say(ReversalMoved(account=account.account, reversal=row.reversal, event=event, person=None, reason=reason))
