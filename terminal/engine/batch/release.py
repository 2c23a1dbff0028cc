"""Send the parts of batches as the message rate (control C8) lets them out: each account's part once, or never.

A part is an order by hand of the person who ordered the batch, and passes the same gate, alone: what another account
meets neither holds it up nor lets it pass. Its turn and what came of it are one transaction. What the market clock, a
cut or a restart kept from having its turn is dropped, and its fact says so: nothing is sent on a press of long ago.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain import commands as c
from terminal.domain.errors import InvariantError
from terminal.domain.fact.batch import BatchMoved
from terminal.domain.fact.facts import Role
from terminal.domain.ids import CommandId
from terminal.domain.orders.batch import PartState
from terminal.domain.orders.close_plan import close_orders
from terminal.domain.orders.order import Offset
from terminal.engine.books.batch import TAG
from terminal.engine.orders import position_wishes
from terminal.engine.orders.intents import room_for_messages
from terminal.engine.refused import Refused
from terminal.engine.wishes.desks import need_hold
from terminal.engine.wishes.latches import need
from terminal.engine.wishes.submit import submit

if TYPE_CHECKING:
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.books.batch import BatchRow
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, State
    from terminal.engine.turn import Turn

SECOND: Final = 1_000_000_000
# The most accounts of a group (100) at five messages a second are through in 20 s, when nobody else sends.
LONGEST_WAIT: Final = 25 * SECOND


def advance_batches(turn: Turn, look: Look) -> None:
    """Give every part that waits its turn, the oldest batch first, as far as the message rate goes now."""
    waiting = [(account, row) for account in look.state.accounts.values() for row in account.batches.waiting]
    for account, row in sorted(waiting, key=lambda one: (one[1].taken_at, one[1].batch)):
        if turn.at - row.taken_at > LONGEST_WAIT:
            why = f"按报撤频率等了 {(turn.at - row.taken_at) // SECOND} 秒没有轮到"
            move(turn, account, row, PartState.DROPPED, "EXPIRED", f"{why}，没有报出；需要时请单独下单。")
        elif room_for_messages(turn, account.account, row.terms.instrument):
            _send(turn, look, account, row)


def drop_waiting(turn: Turn, account: AccountState, code: str, why: str) -> int:
    """Say of the parts that wait in an account that nothing was sent, and why; return how many."""
    rows = account.batches.waiting
    for row in rows:
        move(turn, account, row, PartState.DROPPED, code, f"{why}，没有报出，也不会补报；需要时请重新下单。")
    return len(rows)


def move(turn: Turn, account: AccountState, row: BatchRow, state: PartState, code: str, sentence: str) -> None:
    """State what became of a part."""
    turn.say(BatchMoved(account=account.account, batch=row.batch, state=state, code=code, sentence=sentence))


def is_split(state: State, account: AccountState, terms: OrderTerms) -> bool:
    """Return whether a part is sent as a close of so many lots, in several orders or not at all."""
    instrument = state.tenant.instruments.get(terms.instrument)
    if instrument is None or terms.offset is not Offset.CLOSE:
        return False
    plan = close_orders(account.book, instrument, terms)
    return bool(plan.missing) or len(plan.orders) != 1


def single(state: State, account: AccountState, terms: OrderTerms) -> OrderTerms:
    """Return the one order of a part that is not split: a close names the day whose lots it closes."""
    if terms.offset is not Offset.CLOSE:
        return terms
    return close_orders(account.book, state.tenant.instruments[terms.instrument], terms).orders[0].terms


def _send(turn: Turn, look: Look, account: AccountState, row: BatchRow) -> None:
    try:
        code, sentence = _order(turn, look, account, row)
    except Refused as no:
        move(turn, account, row, PartState.REFUSED, no.code, no.sentence)
        return
    if code == "CONFIRM2":
        parked = next(reversed(account.pending))  # it was asked for last
        turn.say(
            BatchMoved(
                account=account.account,
                batch=row.batch,
                state=PartState.PARKED,
                code=code,
                sentence=sentence,
                confirmation=parked,
            )
        )
        return
    if not row.orders:
        raise InvariantError(f"batch {row.batch} says {sentence} of {account.account} and has no order there")
    move(turn, account, row, PartState.SENT, code, sentence)


def _order(turn: Turn, look: Look, account: AccountState, row: BatchRow) -> tuple[str, str]:
    body = c.ClosePosition(account=account.account, terms=row.terms, reason=row.reason)
    command = c.Command(command=CommandId(row.batch), person=row.person, device=row.device, at=row.taken_at, body=body)
    need(Role.TRADER in account.roles(row.person), command, "下单")
    need_hold(account, command)
    tag = f"{TAG}{row.batch}"

    def send(terms: OrderTerms, fellows: int) -> tuple[str, str]:
        return submit(turn, look, account, command, terms, row.reason, fellows=fellows, tag=tag)

    if is_split(look.state, account, row.terms):
        return position_wishes.carry_out(turn, look, account, command, body, send)
    return send(single(look.state, account, row.terms), 0)
