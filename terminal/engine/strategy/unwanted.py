"""Say which working orders are not wanted any more, and why: it follows from the state, so a restart forgets none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import DECIDING
from terminal.domain.orders.order import Origin
from terminal.domain.words.risk import Level
from terminal.engine.book.scopes import is_killed, worst_level
from terminal.engine.exercise.kill import withdraw_stopped
from terminal.engine.orders.intents import (
    BY_STRATEGY,
    cancel_order,
    is_cancellable,
    may_be_cancelled,
    room_for_messages,
)
from terminal.engine.strategy.winding import RESTED

if TYPE_CHECKING:
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow
    from terminal.engine.turn import Turn


def cancel_unwanted(turn: Turn, look: Look) -> bool:
    """Cancel what is not wanted any more, requests about options too; return whether every cancel found room (C8)."""
    found_room = True
    for account in look.state.accounts.values():
        withdraw_stopped(turn, account)
        if not account.linked or not account.live:
            continue
        for row in list(account.live.values()):
            why = unwanted(look, account, row)
            if not why or not is_cancellable(turn, row):
                continue
            if room_for_messages(turn, account.account, row.terms.instrument):
                cancel_order(turn, row, why)
            else:
                found_room = False
    return found_room


def unwanted(look: Look, account: AccountState, row: OrderRow) -> str:
    """Return why a working order is to be cancelled now; empty if it may work on."""
    why = _locked(account, row)
    if why and may_be_cancelled(look, row):
        return why
    # A person's wish is sent once, so it waits for the exchange to take cancels.
    wish = row.cancel_wanted
    return wish if wish and look.session(row.terms.instrument).cancels else ""


def may_be_unwanted(account: AccountState) -> bool:
    """Return whether there is a reason to cancel a working order, now or once its exchange takes cancels."""
    for row in account.live.values():  # noqa: SIM110  # a generator costs more than the few orders there are
        if row.cancel_wanted or _locked(account, row):
            return True
    return False


def _locked(account: AccountState, row: OrderRow) -> str:
    strategy, terms = row.cause.strategy, row.terms
    # A reducing close sent after the kill is how people get out of a position: it stays (SAFETY I22).
    if row.killed or (account.kills and terms.is_opening and is_killed(account, strategy, terms.instrument)):
        return "一键停止撤单"
    if row.cause.origin is not Origin.STRATEGY or strategy is None:
        return ""
    if account.levels and terms.is_opening and worst_level(account, strategy, terms.instrument) is Level.RED:
        return "风险级别红色撤单"
    owner = account.strategies.get(strategy)
    if owner is not None and owner.status not in DECIDING:
        return f"{BY_STRATEGY}：策略{RESTED[owner.status]}"
    return ""
