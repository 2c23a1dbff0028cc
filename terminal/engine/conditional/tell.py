"""State what becomes of a conditional order (条件单), and alert its account: one wording of either fact for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import AlertRaised, ConditionalMoved
from terminal.domain.words.risk import Level

if TYPE_CHECKING:
    from terminal.domain.ids import PersonId
    from terminal.domain.orders.conditional import ConditionalEvent
    from terminal.engine.books.conditional import ConditionalRow
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


def say_moved(
    turn: Turn,
    account: AccountState,
    row: ConditionalRow,
    event: ConditionalEvent,
    reason: str,
    *,
    person: PersonId | None = None,
    code: str = "",
) -> None:
    """State a step of its life; `person` is `None` where time or the engine decided."""
    turn.say(
        ConditionalMoved(
            account=account.account,
            conditional=row.conditional,
            event=event,
            person=person,
            code=code,
            reason=reason,
        )
    )


def say_alert(turn: Turn, account: AccountState, row: ConditionalRow, code: str, sentence: str) -> None:
    """Alert everybody of the account, at orange, about the contract it sends."""
    turn.say(
        AlertRaised(
            account=account.account,
            level=Level.ORANGE,
            code=code,
            instrument=row.wanted.release.instrument,
            sentence=sentence,
        )
    )
