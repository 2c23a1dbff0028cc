"""Tell of a roll what it cannot tell itself: it is paused, or it does not know what others have traded.

A paused roll decides nothing, and near's last trading days go by all the same: what is left of near is told on each of
them as a running roll tells it (`last_days`), by the same mark, so that no day tells twice. One that winds down closes
nothing of near any more, and is told of likewise.

A paused roll whose near is over ends by itself where nothing is left to do (`strategies.roll.last_days`). Where far
lacks lots only its people can have them opened: they are told once, and it stays.

A roll that winds down goes on to open what far lacks, as soon as it can. Where the account holds far lots that are not
its own and cover that, a person has probably opened them by hand: then they would be opened a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.marks import NearExpires
from terminal.domain.fact.roll_marks import FarCovered, RollUnmatched
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Half, RollSettings
from terminal.domain.quiet import EVER, Quiet
from terminal.engine.alert.stating import state_mark
from terminal.engine.records.forgetting import OVER
from terminal.strategies.roll.last_days import lots_left, unmatched
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.sight import look as sight_of

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

SILENT = frozenset({StrategyStatus.PAUSED, StrategyStatus.WINDING})  # they close nothing of near


def tell_last_days_of_paused(turn: Turn, look: Look, account: AccountState) -> None:
    """State of each roll that rests, or winds down, what is left of near in its last trading days, once a day.

    And once near is over what a paused one lacks of far, once.
    """
    for row, (settings, memory) in look.each(account, _silent):
        near, lots = settings.near, _left(look, settings, memory)
        if lots and sight_of(look, near) is not None:
            days = look.days_to_expiry(near) or 0
            state_mark(
                turn, look, row, NearExpires(instrument=near, lots=lots, days=days, trading_day=look.trading_day)
            )
        state_mark(turn, look, row, _unmatched(look, row, settings, memory))


def quiet(look: Look, row: StrategyRow) -> Quiet | None:
    """Return that quotes alone tell nothing of a paused roll, `None` while something is still to be told today."""
    silent = _silent(row)
    return EVER if silent is None or not (_left(look, *silent) or _unmatched(look, row, *silent)) else None


def _silent(row: StrategyRow) -> tuple[RollSettings, RollMemory] | None:
    settings, memory = row.settings, row.memory
    if row.status not in SILENT or not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory):
        return None
    return settings, memory


def _left(look: Look, settings: RollSettings, memory: RollMemory) -> int:
    return 0 if settings.half is Half.FAR else lots_left(settings, memory, look)


def _unmatched(look: Look, row: StrategyRow, settings: RollSettings, memory: RollMemory) -> RollUnmatched | None:
    return unmatched(settings, memory, look) if row.status is StrategyStatus.PAUSED else None


def tell_far_covered(turn: Turn, look: Look, row: StrategyRow) -> None:
    """State that far lots beside a winding roll's own cover what it lacks, once for each number of them that lacks."""
    if row.status is not StrategyStatus.WINDING or not isinstance(row.memory, RollMemory):
        return
    if row.memory.closed - row.memory.opened == row.memory.covered:
        return  # told, or there is no lack; this is asked with every decision
    state_mark(turn, look, row, far_cover(turn.state.accounts[row.account], row))


def far_cover(account: AccountState, row: StrategyRow) -> FarCovered | None:
    """Return the mark that far lots beside a roll's own cover what it lacks, `None` where they do not."""
    found = _far_found(account, row)
    return None if found is None or found.there < found.lack else found


def far_by_hand(account: AccountState, row: StrategyRow) -> FarCovered | None:
    """Return the far lots that most probably a person has opened for a roll: all that it lacks, or nobody's lots."""
    found = _far_found(account, row)
    return None if found is None or (found.there < found.lack and found.there == found.claimed) else found


def _far_found(account: AccountState, row: StrategyRow) -> FarCovered | None:
    """Return what there is of far beside a roll's own, however little; `None` where it lacks none."""
    settings, memory = row.settings, row.memory
    if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory) or settings.half is Half.NEAR:
        return None
    lack = memory.closed - memory.opened
    if lack <= 0:
        return None
    there = far_beside(account, row, settings)
    claims = _claims(account, row, settings)
    return FarCovered(
        instrument=settings.far,
        lack=lack,
        there=there,
        claimed=min(sum(lots for _, lots in claims), there),
        strategies=tuple(other.strategy for other, _ in claims),
    )


def far_beside(account: AccountState, row: StrategyRow, settings: RollSettings) -> int:
    """Return the far lots on a roll's side that its account holds beside what the roll has opened itself."""
    position = account.book.position(settings.far, settings.hedge_flag)
    held = position.long if settings.side is Side.BUY else position.short
    own = row.lots.get(settings.far)
    return max(held - (0 if own is None else max(own.lots * settings.side.sign, 0)), 0)


def _claims(account: AccountState, row: StrategyRow, settings: RollSettings) -> list[tuple[StrategyRow, int]]:
    found = []
    for other in account.strategies.values():
        held = other.lots.get(settings.far)
        if other is row or other.status in OVER or held is None or other.settings.hedge_flag is not settings.hedge_flag:
            continue
        if held.lots * settings.side.sign > 0:
            found.append((other, abs(held.lots)))
    return found
