"""Say of what nothing is heard that it is not known: orders and requests without an answer, and all of a lost link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.facts import LinkLost, OrderUnknown
from terminal.domain.orders.order import OrderState
from terminal.engine.exchange import exercises as exercise_answers
from terminal.engine.orders.intents import other_over

if TYPE_CHECKING:
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

REPORT_WITHIN: Final = 3 * 1_000_000_000
NOT_ANSWERED: Final = frozenset({OrderState.RECORDED, OrderState.SENT})


def lose_silent(turn: Turn, account: AccountState) -> bool:
    """Mark what has not been answered for 3 s; return whether the exchange has to be asked."""
    silent = [
        row for row in account.live.values() if row.state in NOT_ANSWERED and turn.at - row.recorded_at > REPORT_WITHIN
    ]
    for row in silent:
        turn.say(OrderUnknown(account=account.account, order=row.order, why="3 秒内没有回报"))
    return exercise_answers.lose_silent(turn, account) or bool(silent)


def lose_link(turn: Turn, account: AccountState, why: str) -> None:
    """Say that the link is gone, and mark what was on its way."""
    turn.say(LinkLost(account=account.account, why=why))
    for row in list(account.live.values()):
        # An order UNKNOWN already is lost anew: absence counts from the death of the session it went to (SAFETY 2).
        if row.state in NOT_ANSWERED or row.state is OrderState.UNKNOWN:
            turn.say(OrderUnknown(account=account.account, order=row.order, why=why))
    exercise_answers.lose(turn, account, why)


def is_doubtful(account: AccountState) -> bool:
    """Return whether an order or a request is UNKNOWN, or of a combination only one leg's trades have been told."""
    if not (account.live or account.exercises.rows):  # as mostly, and it is asked every second
        return False
    unknown = OrderState.UNKNOWN
    for row in account.live.values():
        if row.state is unknown:
            return True
    return _half_told(account) or exercise_answers.is_doubtful(account)


def _half_told(account: AccountState) -> bool:
    # Both legs trade together: where one has ended, what is missing of the other is on its way, or lost.
    return bool(account.combined) and any(other_over(account, row) is not None for row in account.live.values())
