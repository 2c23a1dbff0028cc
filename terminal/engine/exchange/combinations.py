"""Take the exchange's word how many lots of two legs it holds as one combination (组合持仓).

Its word is how many there are, never how many came or went: it may come twice, and a complete answer mends what was
lost. A gateway that tells of no combinations at all changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.facts import CombinationMoved

if TYPE_CHECKING:
    from terminal.domain.books.combined import Combined
    from terminal.domain.reports import CombinationTold, QueryAnswer
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


def take_combination(turn: Turn, account: AccountState, told: CombinationTold) -> None:
    """Take one; what is known already changes nothing."""
    _take(turn, account, told.combined, told.trading_day)


def reconcile_combinations(turn: Turn, account: AccountState, answer: QueryAnswer) -> None:
    """Take what a complete answer says: what it leaves out is no combination any more."""
    if answer.combinations is None:
        return
    told = {one.pair: one for one in answer.combinations}
    gone = [msgspec.structs.replace(one, lots=0) for one in account.book.combinations() if one.pair not in told]
    for one in (*gone, *told.values()):
        _take(turn, account, one, answer.trading_day)


def _take(turn: Turn, account: AccountState, combined: Combined, day: int) -> None:
    known = next((one.lots for one in account.book.combinations() if one.pair == combined.pair), 0)
    if known != combined.lots:
        turn.say(CombinationMoved(account=account.account, trading_day=day, combined=combined))
