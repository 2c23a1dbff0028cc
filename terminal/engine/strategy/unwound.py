"""Say when stopping a paused strategy must hedge nothing any more: what it lacks is a person's business by then.

A stop winds down: what lacks is hedged first, in the turn of the stop itself, so nobody can say a second time that it
must not. Of a roll, once near is over its people were told to open what lacks themselves, or to resume the roll. Before
that far lots beside the roll's own that cover what it lacks were most probably opened by a person, and so were lots
that no strategy records on the side of what a spread or a roll lacks, even where they are too few. In all these cases
the stop is that person's word that the strategy has no more to do; who wants it to hedge resumes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.parameters.strategy import RollSettings
from terminal.engine.alert.roll_watch import far_by_hand
from terminal.engine.book.by_hand import by_hand_words, hedged_by_hand
from terminal.engine.sentences.marks import covered_words
from terminal.strategies.roll.last_days import rests_unmatched
from terminal.strategies.roll.memory import RollMemory

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow

NOT_MEANT = "不是来补的请人工补"


def unwound(look: Look, account: AccountState, row: StrategyRow) -> str:
    """Return in a clause why a paused strategy is stopped at once although it lacks lots; "" where it is not so."""
    settings, memory = row.settings, row.memory
    if row.status is not StrategyStatus.PAUSED:
        return ""
    if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory):
        words = by_hand_words(hedged_by_hand(account, row))
        return f"{words}；{NOT_MEANT}" if words else ""
    if rests_unmatched(settings, memory, look):
        return "近月已过最后交易日，远月没有补的请人工补"
    cover = far_by_hand(account, row)
    return "" if cover is None else f"{covered_words(cover)}，{NOT_MEANT}"
