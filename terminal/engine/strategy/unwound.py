"""Say when stopping a paused roll must open nothing of far any more: what it lacks is a person's business by then.

A stop winds down: far catches up with near first, in the turn of the stop itself, so nobody can say a second time that
it must not. Once near is over its people were told to open what lacks themselves, or to resume the roll. Before that
far lots beside the roll's own that cover what it lacks were most probably opened by a person. In both cases the stop is
that person's word that the roll has no more to do; who wants far opened by the roll resumes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.parameters.strategy import RollSettings
from terminal.engine.alert.roll_watch import far_cover
from terminal.engine.sentences.marks import covered_words
from terminal.strategies.roll.last_days import rests_unmatched
from terminal.strategies.roll.memory import RollMemory

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow


def unwound(look: Look, account: AccountState, row: StrategyRow) -> str:
    """Return in a clause why a paused roll is stopped at once although far lacks lots; "" where it is not so."""
    settings, memory = row.settings, row.memory
    if row.status is not StrategyStatus.PAUSED or not isinstance(settings, RollSettings):
        return ""
    if not isinstance(memory, RollMemory):
        return ""
    if rests_unmatched(settings, memory, look):
        return "近月已过最后交易日，远月没有补的请人工补"
    cover = far_cover(account, row)
    return "" if cover is None else f"{covered_words(cover)}，不是来补的请人工补"
