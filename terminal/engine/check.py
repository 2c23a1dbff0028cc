"""Check that what must always hold does hold (SAFETY 1), over a folded state.

Each sentence names the invariant, so that a failing simulation says which promise broke. The fold itself already
refuses what a single fact can violate; here stands what only the whole shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.combined_order import belong, unlike
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.exercise import Choice, ExerciseState
from terminal.domain.orders.order import ENDED, Side
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.words.risk import Level, Scope
from terminal.engine.book.claims import counted_lots, only_trades
from terminal.engine.book.freeze import frozen_lots
from terminal.engine.book.reversals import progress
from terminal.engine.book.scopes import WHOLE_ACCOUNT
from terminal.engine.conditional.attached import guarded_by, guards, held, lots_of
from terminal.engine.folds.statement import closed_why
from terminal.engine.reversal.reversals import TAG
from terminal.engine.strategy.halves import unlike as unlike_halves
from terminal.risk.levels import STATEMENT_SIGNAL
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import ConfirmationId, DeviceId, OrderId, PersonId
    from terminal.engine.state import AccountState, State


FROZEN = "冻结"  # how the book names lots that closing orders hold


def check_all(state: State) -> list[str]:
    """Return a sentence for every invariant that does not hold; empty when all do."""
    return [
        *_devices(state),
        *unlike_halves(state),
        *(fault for account in state.accounts.values() for fault in (*_check(account), *_exercises(state, account))),
    ]


def _devices(state: State) -> list[str]:
    # Two persons who sign with one device are one person as far as anybody can tell.
    owners: dict[DeviceId, PersonId] = {}
    return [
        f"I24 device {device} belongs to {owners[device]} and to {person}"
        for person, kept in state.persons.items()
        for device in kept.devices
        if owners.setdefault(device, person) != person
    ]


def _check(account: AccountState) -> list[str]:
    # A zombie order takes lots nobody kept for it: its account is red for that, and is not broken by it as well.
    return [
        *(
            f"I9 {account.account}: {fault}"
            for fault in account.book.check()
            if not (account.had_zombie and FROZEN in fault)
        ),
        *_live_orders(account),
        *_legs(account),
        *_fills(account),
        *_positions(account),
        *([] if account.had_zombie else beyond_targets(account)),
        *_approvals(account),
        *_reversals(account),
        *([] if account.had_zombie else _guards(account)),
        *_holder(account),
        *_statements(account),
    ]


def _live_orders(account: AccountState) -> list[str]:
    found = []
    for order, row in account.orders.items():
        if (row.state in ENDED) == (order in account.live):
            found.append(f"I10 {order} is {row.state} and {'still' if order in account.live else 'not'} live")
        if account.by_wire.get(row.wire_key) != order:
            found.append(f"I2 {order} is not found by its wire key")
        if row.filled > row.terms.lots:
            found.append(f"I8 {order} filled {row.filled} of {row.terms.lots} lots")
    return found


def _legs(account: AccountState) -> list[str]:
    found = []
    for order, row in account.orders.items():
        if row.leg is None:
            continue
        other = account.orders.get(row.leg.other)
        if other is None:
            # Each leg is forgotten by itself, and none before its day is settled or while the other one lives.
            if not row.ended or row.trading_day >= account.forgotten.before:
                found.append(f"I2 {order} is leg {row.leg.number} of {row.leg.combination}, {row.leg.other} is missing")
        elif row.leg.is_first:
            if not belong(row, other):
                found.append(f"I2 {order} is a first leg, {other.order} is not its second")
            elif names := unlike(row, other):
                found.append(f"I2 {order} and {other.order} are legs of one order and differ in {', '.join(names)}")
        elif not belong(other, row):
            found.append(f"I2 {order} is a second leg, {other.order} is not its first")
    return found


def _fills(account: AccountState) -> list[str]:
    found = [f"I8 fill {key} has no order" for key, order in account.fills.items() if order not in account.orders]
    traded: dict[OrderId, int] = {}
    for trade in account.trades:
        key = (trade.trading_day, trade.exchange, trade.trade, trade.sys_id, trade.side)
        if account.fills.get(key) != trade.order:
            found.append(f"I8 trade {key} of {trade.order} is no fill of it")
        traded[trade.order] = traded.get(trade.order, 0) + trade.lots
    for order, lots in traded.items():
        row = account.orders.get(order)
        if row is None or lots > row.filled:
            found.append(f"I8 {order} traded {lots} lots today and filled {0 if row is None else row.filled} in all")
    return found


def _positions(account: AccountState) -> list[str]:
    filled = dict(account.forgotten.net)
    for row in account.orders.values():
        if row.filled:
            name = row.terms.instrument
            filled[name] = filled.get(name, 0) + row.terms.side.sign * row.filled
    booked = {name: bought - sold for name, (bought, sold) in account.filled_lots.items()}
    held = account.book.net_lots()
    return [
        f"I9 {name}: orders filled {filled.get(name, 0)}, fills say {booked.get(name, 0)}, "
        f"the book holds {held.get(name, 0)}"
        for name in sorted({*filled, *booked, *held})
        if not filled.get(name, 0) == booked.get(name, 0) == held.get(name, 0)
    ]


def beyond_targets(account: AccountState) -> list[str]:
    """Return a sentence for every contract of which a strategy holds and wants more than its target (I11)."""
    found = []
    for row in account.strategies.values():
        whole = dict(strategy_of(row.settings).whole(row.settings))
        # By each side: what a conversion takes back it opens against what it closed, and holds less by it.
        # What a task has traded it has traded, also of a contract that has ended; a target keeps what there is.
        counts = only_trades(row.settings) and not isinstance(row.settings, TargetSettings)
        had = {name: one.lots for name, one in row.lots.items()}
        if counts:
            had |= {name: counted_lots(row, name) for name in row.ended}
        reach = {name: [lots, -lots] for name, lots in had.items()}
        for order in account.live.values():
            if order.cause.strategy == row.strategy and order.terms.is_opening:
                sides = reach.setdefault(order.terms.instrument, [0, 0])
                sides[order.terms.side is Side.SELL] += order.remaining
        found += [
            f"I11 strategy {row.strategy} holds and wants {lots} lots of {name}, its target is {whole.get(name, 0)}"
            for name, sides in reach.items()
            if (lots := max(sides)) > whole.get(name, 0)
        ]
    return found


def _approvals(account: AccountState) -> list[str]:
    found = []
    used: dict[ConfirmationId, str] = {}  # by one order, both legs of it, or by one reversal with all of its orders
    for row in account.orders.values():
        if row.confirmation is None:
            continue
        found += _given(account, row.order, row.confirmation)
        one = row.order if row.leg is None else row.leg.wire_key  # both legs of a combination are one order
        user = row.cause.tag if row.cause.tag.startswith(TAG) else one
        if row.cause.task is None and used.setdefault(row.confirmation, user) != user:
            found.append(f"I23 {row.confirmation} was used by {used[row.confirmation]} and {user}")
    for request, asked in account.exercises.rows.items():
        if asked.confirmation is not None:
            found += _given(account, request, asked.confirmation)
            if used.setdefault(asked.confirmation, request) != request:
                found.append(f"I23 {asked.confirmation} was used by {used[asked.confirmation]} and {request}")
    return found


def _given(account: AccountState, what: str, confirmation: ConfirmationId) -> list[str]:
    approval = account.confirmations.get(confirmation)
    if approval is None or approval.state is not ConfirmationState.CONSUMED:
        return [f"I23 {what} cites {confirmation}, which was not consumed"]
    if approval.checker is None or approval.checker == approval.confirmation.maker:
        return [f"I24 {confirmation} was not approved by another person"]
    return []


def _guards(account: AccountState) -> list[str]:
    found = []
    rows = account.conditionals.rows
    for name, row in rows.items():
        # One that is over may have left its place to another one.
        other = rows.get(row.other) if row.stands and row.other is not None else None
        if other is not None and other.other != name:
            found.append(f"C13 {name} is one of two with {row.other}, which is not with it")
    for what in {guarded_by(row.wanted.release) for row in rows.values() if row.attached and row.stands}:
        # An order that a guard has sent cannot give way where it is not cancelled: what stands does.
        lots = sum(lots_of(account, [one for one in group if one.stands]) for group in guards(account, what))
        if lots > held(account, what):
            found.append(f"C13 {lots} lots of {what.instrument} are guarded, {held(account, what)} are held")
    return found


def _reversals(account: AccountState) -> list[str]:
    found = []
    for name, row in account.reversals.rows.items():
        missing = [order for order in (*row.closes, *row.opens) if order not in account.orders]
        if missing:
            found.append(f"C8 {name} names {missing}, which are forgotten")
            continue
        come = progress(account.orders, row)
        if come.sent > come.closed:
            found.append(f"C8 {name} opened {come.sent} lots of {come.closed} closed ones")
    return found


def _exercises(state: State, account: AccountState) -> list[str]:
    rows = account.exercises.rows
    if not account.exercises.may_come:
        return []
    found = [
        f"I10 request {row.request} of {row.trading_day} is over on that very day"
        for row in rows.values()
        if row.state is ExerciseState.OVER and row.trading_day >= account.trading_day
    ]
    pulled = min((kill.at for kill in account.kills.values() if kill.scope == Scope()), default=None)
    found += [
        f"I21 request {row.request} was made under the kill switch"
        for row in rows.values()
        if row.wish.choice is Choice.EXERCISE and pulled is not None and row.asked_at > pulled
    ]
    wanted = frozen_lots(state.tenant.instruments, account)
    kept = {order: lots for order, lots in account.book.reserved().items() if order not in account.live}
    if kept != wanted:
        found.append(f"I6 {account.account} reserves {kept} for exercises that bring {wanted}")
    return found


def _statements(account: AccountState) -> list[str]:
    # Close-only is that red level: whoever reads one of the two alone, as the verifier does, must not err.
    row = account.levels.get(f"{WHOLE_ACCOUNT}|{STATEMENT_SIGNAL}")
    red, why = row is not None and row.level is Level.RED, closed_why(account)
    if red == bool(why):
        return []
    return [f"I21 {account.account} is {'' if red else 'not '}red for its statements: {why or 'none differs'}"]


def _holder(account: AccountState) -> list[str]:
    if account.holder is None or account.holder[0] in account.members:
        return []
    return [f"I25 {account.account} is held by {account.holder[0]}, who has no part in it"]
