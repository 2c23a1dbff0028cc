"""Tell that a contract of which a strategy holds lots nears its last trading day, on each of its last three.

A roll tells it of near itself (`strategies.roll.last_days`, `roll_watch`), and of what it takes along. A conversion has
its own words, and what an execution or a target trades is not held for itself (`engine.book.claims`). Of the others the
engine tells it, running or paused: their lots leave the account that night, and of a spread the other legs stand alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import NearExpires
from terminal.domain.parameters.strategy import RollSettings
from terminal.domain.quiet import EVER, Quiet
from terminal.engine.alert.deadline_watch import tell_deadlines
from terminal.engine.alert.roll_watch import tell_last_days_of_paused
from terminal.engine.alert.stating import state_mark
from terminal.engine.book.claims import holds_own
from terminal.engine.records.forgetting import OVER
from terminal.strategies.last_days import last_days
from terminal.strategies.sight import look as sight_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.domain.ids import InstrumentId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyLots, StrategyRow
    from terminal.engine.turn import Turn


def tell_last_days(turn: Turn, look: Look, account: AccountState) -> None:
    """State once a trading day, once it trades, of each contract what a strategy holds of it in its last three."""
    tell_last_days_of_paused(turn, look, account)
    tell_deadlines(turn, look, account)
    for row, _ in look.each(account, _own):
        for name, lots, days in list(_untold(look, account, row)):
            if sight_of(look, name) is not None:
                mark = NearExpires(instrument=name, lots=lots, days=days, trading_day=look.trading_day)
                state_mark(turn, look, row, mark)


def quiet(look: Look, account: AccountState, row: StrategyRow) -> Quiet | None:
    """Return that quotes alone tell nothing of it, `None` while something is still to be told today."""
    return None if any(_untold(look, account, row)) else EVER


def _own(row: StrategyRow) -> dict[InstrumentId, StrategyLots] | None:
    return row.lots if row.lots and holds_own(row) else None


def _untold(look: Look, account: AccountState, row: StrategyRow) -> Iterator[tuple[InstrumentId, int, int]]:
    for name, held in (_own(row) or {}).items():
        days = last_days(look, name) if held.lots else None
        if days is None or row.expires_told.get(name) == look.trading_day or _is_rolled(account, row, name):
            continue
        yield name, abs(held.lots), days


def _is_rolled(account: AccountState, row: StrategyRow, name: InstrumentId) -> bool:
    # Whether a roll takes it along from this contract, once it begins: the roll tells what is left. It takes no lots of
    # the other side, or of another hedge flag, along.
    return any(
        isinstance(one.settings, RollSettings)
        and one.settings.near == name
        and row.strategy in one.settings.strategies
        and one.status not in OVER
        and row.lots[name].lots * one.settings.side.sign > 0
        and row.settings.hedge_flag is one.settings.hedge_flag
        for one in account.strategies.values()
    )
