"""Forget what a trading day has left behind, when the day after it is settled.

Without it the fold, and every snapshot of it, would grow by each order there ever was. The settlement is a fact, so
whoever folds the same records forgets the same rows at the same record, and states stay equal everywhere.

Kept is everything of the day just settled and of the one that begins: a report of an order that ended yesterday still
finds it, with the keys of its fills (SAFETY I8). Kept for as long as it takes is what is not over: orders that are live
or UNKNOWN, confirmations that wait, strategies, conditional orders and reversals that are not ended, an ended strategy
whose spot side people have not done, and whatever a kept row cites. An order ends only when every lot of it
is accounted for by the exchange's word, so that whatever past days tell of a forgotten one, at a login that has them
told once more, is a repeat. What a later day tells of it is not booked to nothing and not taken for another terminal's
order, but said (`answers`).

The name of a strategy that was forgotten is free again; levels and kill switches that stand against the name stay.

Kept for ever are the sums: lots the forgotten orders bought less sold (I9), how many there were, and how many
confirmations were asked for, which gives the next one its number. Repeated commands are answered from the journal,
which forgets nothing (I17). So are those of a person's own wishes, drafts and spot prices, of which no settlement
clears the answers: the fold keeps the last thousand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import OrderId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.words.risk import Level
from terminal.strategies.spread.memory import undone_spot

if TYPE_CHECKING:
    from terminal.domain.ids import WireKey
    from terminal.engine.state import AccountState, OrderRow

OVER = frozenset({StrategyStatus.STOPPED, StrategyStatus.FINISHED})
UNDECIDED = frozenset({ConfirmationState.PENDING, ConfirmationState.APPROVED})


def forget(account: AccountState, day: int) -> None:
    """Forget what had ended before trading day `day`, which has just been settled."""
    account.forgotten.before = day
    account.reversals.settle(day)
    account.batches.settle(day)
    _forget_orders(account, day)
    _forget_strategies(account, day)
    account.exercises.settle(day)
    _forget_confirmations(account, day)
    account.conditionals.settle(day)
    account.quarantined = {key: on for key, on in account.quarantined.items() if on >= day}
    account.ended = {key: on for key, on in account.ended.items() if on >= day}
    account.ends_aside = {key: one for key, one in account.ends_aside.items() if one.trading_day >= day}
    account.external = {key: row for key, row in account.external.items() if row.heard_day >= day}
    for name in [*account.commands][: account.settled_commands]:
        del account.commands[name]
    account.settled_commands = len(account.commands)


def order_id(account: AccountState, reference: int) -> OrderId:
    """Return the id of the order with a reference: an account counts its orders from 1."""
    return OrderId(f"{account.account}-{reference:08d}")


def forgotten_order(account: AccountState, wire_key: WireKey) -> OrderId | None:
    """Return which forgotten order a wire key that finds no order belongs to; `None` where it was never ours.

    A key names investor, trading day and reference; another terminal's never began with the same three.
    """
    investor, _, rest = wire_key.partition(f"{account.investor}/")
    day, _, session = rest.partition("/")
    reference = session.rpartition("/")[2]
    if investor or not (day.isdecimal() and reference.isdecimal()):
        return None
    is_ours = int(day) < account.forgotten.before and 0 < int(reference) <= account.reference
    return order_id(account, int(reference)) if is_ours else None


def _forget_orders(account: AccountState, day: int) -> None:
    sums, cited = account.forgotten, {trade.order for trade in account.trades} | account.reversals.orders
    for order, row in list(account.orders.items()):
        if not row.ended or row.heard_day >= day or order in cited or _is_awaited(account, row):
            continue
        del account.orders[order], account.by_wire[row.wire_key]
        account.combined.discard(row.wire_key)
        sums.orders[row.state] = sums.orders.get(row.state, 0) + 1
        if row.filled:
            name = row.terms.instrument
            sums.net[name] = sums.net.get(name, 0) + row.terms.side.sign * row.filled
    sums.net = {name: lots for name, lots in sums.net.items() if lots}
    booked = len(account.fills)
    account.fills = {key: order for key, order in account.fills.items() if order in account.orders}
    sums.fills += booked - len(account.fills)


def _is_awaited(account: AccountState, row: OrderRow) -> bool:
    # The exchange tells of both legs of a combination under one key: as long as one lives it finds the other by it.
    other = None if row.leg is None else account.orders.get(row.leg.other)
    return other is not None and not other.ended


def _forget_strategies(account: AccountState, day: int) -> None:
    cited = {row.cause.strategy for row in account.orders.values()}
    for name, row in list(account.strategies.items()):
        if (
            row.status in OVER
            and row.heard_day < day
            and name not in cited
            and not undone_spot(row.settings, row.memory)
        ):
            del account.strategies[name]
    for key, level in list(account.levels.items()):
        strategy = level.scope.strategy
        if level.level is Level.NORMAL and strategy is not None and strategy not in account.strategies:
            del account.levels[key]  # a raised one stays until its signal or two persons have brought it down


def _forget_confirmations(account: AccountState, day: int) -> None:
    cited = {row.confirmation for row in account.orders.values()}
    cited.update(row.envelope for row in account.strategies.values())
    cited.update(row.confirmation for row in account.reversals.rows.values())
    cited.update(row.confirmation for row in account.exercises.rows.values())
    for name, row in list(account.confirmations.items()):
        if row.state not in UNDECIDED and row.heard_day < day and name not in cited:
            del account.confirmations[name]
            account.forgotten.confirmations += 1
