"""Say which commands of a plan wait for the exchange to say what an account holds, and which wait behind those.

A trading day begins with its first batch, and with a barrier: orders of that very moment, which on bars is the only
one of a day at which the market is open, are meant for after it, and so is letting an account open again. What the plan
says of the same account after such a command is meant for after it, so it waits as well; pulling the kill switch waits
for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.batch_commands import SubmitBatch
from terminal.domain.commands import ApproveOrder, Kill, LockPosition, Release, SubmitOrder
from terminal.domain.orders.order import Offset
from terminal.engine.commands import about

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terminal.domain.commands import Command
    from terminal.domain.ids import AccountId
    from terminal.engine.state import State


def ready(commands: Sequence[Command], state: State) -> Iterator[Command]:
    """Yield those of a plan's commands of one moment, in its order, that need not wait any longer."""
    waited_for: set[AccountId] = set()
    for command in commands:
        touched = about(state, command)
        if isinstance(command.body, Kill) or not (touched & waited_for or _waits(command, state)):
            yield command
        else:
            waited_for |= touched


def _waits(command: Command, state: State) -> bool:
    # Whether it would be refused in one of its accounts only because the exchange has not yet said what that one holds.
    match command.body:
        case SubmitOrder(terms=terms) if terms.offset is Offset.OPEN:
            pass
        case SubmitBatch(order=order) if order.offset is Offset.OPEN:
            pass
        case LockPosition() | ApproveOrder() | Release():
            pass
        case _:
            return False
    known = (state.accounts.get(name) for name in about(state, command))
    return any(one is not None and one.linked and not one.barrier.passed for one in known)
