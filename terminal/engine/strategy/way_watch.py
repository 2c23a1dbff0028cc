"""State that a strategy waits for an own order to make way, for which one, and that it waits no longer.

What is held back, and why, stands in `in_the_way`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.marks import WayBarred
from terminal.engine.alert.stating import state_mark
from terminal.engine.strategy.in_the_way import key_of, stands_in_way, whose_words
from terminal.risk.self_match import SELF_MATCH
from terminal.strategies.children import SECOND

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId, OrderId
    from terminal.domain.orders.intents import Decision
    from terminal.domain.orders.order import Cause, OrderTerms, Side
    from terminal.domain.words.risk import Finding
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow, StrategyRow
    from terminal.engine.turn import Turn

UNWANTED: Final = 60 * SECOND  # a wait for something that is not wanted any more is over after this


def note_refusal(
    turn: Turn, look: Look, row: StrategyRow, terms: OrderTerms, cause: Cause, findings: tuple[Finding, ...]
) -> None:
    """State that a strategy waits for an own order to make way, where the gate has just refused it for that."""
    if any(finding.code == SELF_MATCH for finding in findings):
        _say(turn, look, row, terms.instrument, terms.side, terms.price, cause.tag, turn.at)


def look_at_ways(turn: Turn, look: Look, account: AccountState, row: StrategyRow, decision: Decision) -> None:
    """State which waits are over, and which are for another order now, by what the strategy has just wanted."""
    if not row.barred:  # as nearly always, and every decision comes here
        return
    wanted: dict[str, Decimal] = {}
    for wish in decision.waiting:
        wanted.setdefault(key_of(wish.instrument, wish.side), wish.price)
    for key, known in list(row.barred.items()):
        price = wanted.get(key, known.price)
        order = stands_in_way(look, account, known.instrument, known.side, price, closing=False)
        unwanted = key not in wanted and turn.at - known.since >= UNWANTED
        if order is None or unwanted or known.trading_day != account.trading_day:
            over = WayBarred(
                instrument=known.instrument,
                side=known.side,
                price=known.price,
                tag=known.tag,
                trading_day=account.trading_day,
                since=known.since,
            )
            state_mark(turn, look, row, over)
        elif _own(account, order) != known.order:
            _say(turn, look, row, known.instrument, known.side, price, known.tag, known.since)


def _say(
    turn: Turn, look: Look, row: StrategyRow, name: InstrumentId, side: Side, price: Decimal, tag: str, since: int
) -> None:
    account = turn.state.accounts[row.account]
    order = stands_in_way(look, account, name, side, price, closing=False)
    if order is None:
        return
    mark = WayBarred(
        instrument=name,
        side=side,
        price=price,
        tag=tag,
        trading_day=account.trading_day,
        since=since,
        why=whose_words(account, order),
        order=_own(account, order),
    )
    state_mark(turn, look, row, mark)


def _own(account: AccountState, order: OrderRow) -> OrderId | None:
    return order.order if order.terms.account == account.account else None
