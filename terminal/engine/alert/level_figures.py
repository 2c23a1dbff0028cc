"""Measure the signals of an account's levels that the state, the latest prices and its limits give by themselves.

The engine raises levels by them, and a desk says by them where a figure stands now, beside the one a level came with.
What is measured in time (an UNKNOWN order's age, a leg's) and what a strategy lost is not among them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.words.risk import Scope

if TYPE_CHECKING:
    from terminal.domain.parameters.limits import Limits
    from terminal.domain.view import AccountView
    from terminal.engine.standing import LevelRow
    from terminal.engine.state import AccountState, State

EVERYTHING = Scope()


def money_figures(money: AccountView, limits: Limits | None) -> list[tuple[str, Decimal]]:
    """Return the account's signals of money and what they show, in per cent."""
    found = [("risk_degree", money.risk_degree * 100)]
    if limits is not None and limits.day_loss_yuan:
        loss = max(money.commission - money.close_profit - money.position_profit, Decimal(0))
        name = "hedge_day_loss" if limits.is_hedge_account else "day_loss"
        found.append((name, loss / limits.day_loss_yuan * 100))
    return found


def position_figures(account: AccountState) -> list[tuple[Scope, Decimal]]:
    """Return how much of its limit each contract uses, in per cent; one that is gone still brings its level down."""
    limits = account.limits
    if limits is None:
        return []
    use: dict[Scope, Decimal] = {}
    for name, lots in account.book.largest_side().items():
        limit = limits.position_lots_by_instrument.get(name, limits.position_lots)
        if limit:
            use[Scope(instrument=name)] = Decimal(lots * 100) / limit
    for row in account.levels.values():
        if row.signal == "position_use" and row.level and row.scope.instrument is not None:
            use.setdefault(row.scope, Decimal(0))
    return list(use.items())


def cancel_figures(state: State, account: AccountState) -> list[tuple[Scope, Decimal]]:
    """Return how much of its exchange's line the cancels of each contract use, in per cent; accounts count together."""
    counted = {name for other in state.accounts.values() for name in other.cancels}
    for row in account.levels.values():
        if row.signal == "cancel_use" and row.level and row.scope.instrument is not None:
            counted.add(row.scope.instrument)
    found = []
    for name in sorted(counted):
        line = state.tenant.instruments[name].cancel_line
        if line is not None:
            count = sum(other.cancels.get(name, 0) for other in state.accounts.values())
            found.append((Scope(instrument=name), Decimal(count * 100) / line.cancels))
    return found


def figure_now(account: AccountState, row: LevelRow, money: AccountView) -> Decimal | None:
    """Return what the signal of a level shows now, `None` where that cannot be said from here."""
    if row.signal == "position_use":
        return next((value for scope, value in position_figures(account) if scope == row.scope), None)
    if row.scope != EVERYTHING:
        return None
    return dict(money_figures(money, account.limits)).get(row.signal)
