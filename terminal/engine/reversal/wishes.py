"""Carry out what people ask of reversals (反手): have one, go on with one that came to a stop, give one up.

Who may send an order may ask for one and go on with one, and holds the account for it; giving up lowers risk and asks
for no holder. What a second person has to see waits whole, once, close and opening in one stored object. What is gone
on with does not wait: it is refused where a second person would have to see it, and its orders can be sent singly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.facts import ReversalMoved, ReversalResumed
from terminal.domain.orders.close_plan import Take, close_orders
from terminal.domain.orders.order import Cause, Offset, Origin
from terminal.domain.orders.reversal import Reversal, ReversalEvent, ReversalState
from terminal.domain.words.typed_text import shown
from terminal.engine.book.reversals import progress
from terminal.engine.confirmations import approval
from terminal.engine.confirmations.waiting import need_room
from terminal.engine.orders.intents import cancel_order, room_for_messages, want_the_rest
from terminal.engine.refused import Refused
from terminal.engine.reversal.plan import against, foresee, foresee_rest
from terminal.engine.reversal.reversals import advance_one, cause_of, send_closes, start
from terminal.engine.reversal.wording import STATES, reversal_title, unfinished
from terminal.engine.wording import under_number

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import DeviceId, PersonId, ReversalId
    from terminal.engine.books.reversal import ReversalRow
    from terminal.engine.look import Look
    from terminal.engine.reversal.plan import Foreseen
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

GIVEN_UP = "放弃反手"


def carry_out(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.ReversalWish
) -> tuple[str, str]:
    """Carry out a wish about a reversal; whoever calls has looked at the person's right to it."""
    match body:
        case c.ReversePosition():
            return _begin(turn, look, account, command, body)
        case c.FinishReversal():
            return _finish(turn, look, account, command, body)
        case c.GiveUpReversal():
            return _give_up(turn, account, command, body)
        case _:
            assert_never(body)


def wanted_of(body: c.ReversePosition) -> Reversal:
    """Return what a command asks for; the offset of its terms does not matter."""
    return Reversal(terms=msgspec.structs.replace(body.terms, offset=Offset.CLOSE), take=body.take)


def manual(person: PersonId, device: DeviceId, reason: str) -> Cause:
    """Return the cause of what a person asks for, before it has a name."""
    return Cause(origin=Origin.MANUAL, person=person, device=device, reason=reason)


def _begin(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.ReversePosition
) -> tuple[str, str]:
    wanted, cause = wanted_of(body), manual(command.person, command.device, body.reason)
    found = foresee(look, account, wanted, cause)
    if found.barred:
        raise Refused(*found.barred)
    if found.second:
        need_room(account, command.person)
        stored = approval.describe(look, account, cause, wanted.terms)
        stored = msgspec.structs.replace(stored, terms=None, reversal=wanted)
        name = approval.park(turn, account, stored, found.findings, found.second)
        return "CONFIRM2", under_number(f"需复核：{found.second}", name)
    begun = start(turn, look, account, wanted, cause, found, None)
    return "OK", f"{begun} {reversal_title(wanted.terms)}：已报平仓单，成交后开仓"


def find(account: AccountState, reversal: ReversalId) -> ReversalRow:
    """Return a reversal, or raise `Refused`."""
    row = account.reversals.rows.get(reversal)
    if row is None:
        raise Refused("NO_REVERSAL", f"没有编号为 {shown(reversal)} 的反手，请刷新列表。")
    return row


def rest_of(
    look: Look, account: AccountState, row: ReversalRow, price: Decimal, cause: Cause
) -> tuple[Reversal, Foreseen]:
    """Return what going on with a reversal at a price would be now, or raise `Refused`."""
    if row.state is not ReversalState.UNFINISHED:
        raise Refused("NOT_UNFINISHED", f"反手 {row.reversal} {STATES[row.state]}，没有要继续的。")
    terms = msgspec.structs.replace(row.wanted.terms, price=price)
    wanted, found = msgspec.structs.replace(row.wanted, terms=terms), progress(account.orders, row)
    wish = msgspec.structs.replace(terms, lots=max(row.lots - found.closed, 1))
    there = close_orders(account.book, look.instrument(terms.instrument), wish, take=Take(wanted.take)).lots
    close = min(row.lots - found.closed, there)
    if not close and not found.due:
        what = f"{unfinished(row, found)}；没有可平的，也没有平掉而未开的"
        raise Refused("NOTHING_LEFT", f"{what}，不能继续；请看清持仓与委托，然后放弃这一项。")
    locked = against(look, account, terms, opened=found.opened, own=row.opens)
    if locked:
        what, advice = locked
        raise Refused("LOCKED", f"{what}，不是反手 {row.reversal} 开的，不能继续；请{advice}，或放弃这一项。")
    rest = foresee_rest(look, account, wanted, cause, close=close, opens=close + found.due)
    if rest.barred:
        raise Refused(*rest.barred)
    if rest.second:
        raise Refused("NEEDS_SECOND", f"{rest.second}继续反手不能等第二人复核，没有执行；请逐笔下单各自复核，再放弃。")
    return wanted, rest


def _finish(
    turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.FinishReversal
) -> tuple[str, str]:
    row = find(account, body.reversal)
    cause = cause_of(row.reversal, command.person, command.device, "")
    _, rest = rest_of(look, account, row, body.price, cause)
    closes = send_closes(turn, look, account, rest, cause)
    turn.say(
        ReversalResumed(
            account=account.account,
            reversal=row.reversal,
            price=body.price,
            closes=closes,
            person=command.person,
            device=command.device,
        )
    )
    advance_one(turn, look, account, row)
    done = "已报平仓单，成交后开仓" if closes else "已报开仓单" if row.state is ReversalState.OPENING else row.note
    return "OK", f"{row.reversal} 继续反手：{done or '等可以开仓的时候'}"


def bar_to_giving_up(row: ReversalRow) -> str:
    """Return why a reversal cannot be given up; empty if it can."""
    return "" if row.stands else f"反手 {row.reversal} {STATES[row.state]}，无需放弃。"


def _give_up(turn: Turn, account: AccountState, command: c.Command, body: c.GiveUpReversal) -> tuple[str, str]:
    row = find(account, body.reversal)
    barred = bar_to_giving_up(row)
    if barred:
        raise Refused("NOT_STANDING", barred)
    turn.say(
        ReversalMoved(
            account=account.account,
            reversal=row.reversal,
            event=ReversalEvent.GIVE_UP,
            person=command.person,
        )
    )
    working = [account.live[one] for one in (*row.closes, *row.opens) if one in account.live]
    free = (one for one in working if room_for_messages(turn, account.account, one.terms.instrument))
    sent = sum(cancel_order(turn, one, GIVEN_UP) for one in free)
    told = f"，{want_the_rest(turn, working, sent)}" if working else ""
    return "OK", f"已放弃反手 {row.reversal}，不再开仓{told}"
