"""State that a strategy waits for an own order to make way, for which one, and that it waits no longer.

What is held back, and why, stands in `in_the_way`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from terminal.domain.fact.control import DECIDING
from terminal.domain.fact.facts import StrategyMarked
from terminal.domain.fact.way_marks import WayBarred
from terminal.engine.alert.stating import state_mark
from terminal.engine.folds.barred import key_of
from terminal.engine.orders.in_the_way import stands_in_way, whose_words
from terminal.engine.strategy.room import tell_room
from terminal.risk.self_match import SELF_MATCH, crossed_by
from terminal.strategies.children import SECOND
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import OrderId
    from terminal.domain.orders.intents import Decision
    from terminal.domain.orders.order import Cause, OrderTerms
    from terminal.domain.words.risk import Finding
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow, StrategyRow
    from terminal.engine.turn import Turn

UNWANTED: Final = 60 * SECOND  # a wait for something that is not wanted any more is over after this


def note_refusal(
    turn: Turn, look: Look, row: StrategyRow, terms: OrderTerms, cause: Cause, findings: tuple[Finding, ...]
) -> bool:
    """State that a strategy waits for an own order to make way, if the gate has just refused it for that; return so.

    One that the refusal has paused decides nothing any more, and waits for nothing.
    """
    if row.status not in DECIDING or all(finding.code != SELF_MATCH for finding in findings):
        return False
    _begin(turn, look, row, terms, cause.tag)
    return True


def waits_too(turn: Turn, look: Look, row: StrategyRow, terms: OrderTerms, tag: str) -> bool:
    """State that an order waits like one that was refused a moment ago; return whether an own one stands in its way.

    The gate is not asked about it: it would refuse it too, and the third refusal pauses a strategy (C10).
    """
    account, closing = turn.state.accounts[row.account], not terms.is_opening
    if stands_in_way(look, account, terms.instrument, terms.side, terms.price, closing=closing) is None:
        return False
    _begin(turn, look, row, terms, tag)
    return True


def look_at_ways(turn: Turn, look: Look, account: AccountState, row: StrategyRow, decision: Decision) -> None:
    """State which waits are over, and which are for another order now, by what the strategy has just wanted.

    A wait that was no leg's when it began is stated again once it is: then people are told of it. One for room in the
    message rate is over as well where nothing is wanted any more.
    """
    if row.rate_hold is not None and not (decision.intents or decision.combined):
        tell_room(turn, look, account, row, ())
    if not row.barred:  # as nearly always, and every decision comes here
        return
    wanted: dict[str, Decimal] = {}
    for wish in decision.waiting:
        wanted.setdefault(key_of(wish.instrument, wish.side), wish.price)
    for key, known in list(row.barred.items()):
        price = wanted.get(key, known.price)
        order = _in_way(look, account, known, price)
        unwanted = turn.at - _last_wanted(look, row, key, turn.at, wanted=key in wanted) >= UNWANTED
        if order is None or unwanted or known.trading_day != account.trading_day:
            over = WayBarred(
                instrument=known.instrument,
                side=known.side,
                price=known.price,
                tag=known.tag,
                trading_day=account.trading_day,
                since=known.since,
                free=order is None and _in_way(look, account, known, known.price) is None,
            )
            look.wanted.pop((row.account, row.strategy, key), None)
            state_mark(turn, look, row, over)
        elif _own(account, order) != known.order or (key in wanted and not known.told and _naked(row)):
            again = replace(known, price=price, why=whose_words(account, order), order=_own(account, order))
            _say(turn, look, row, again, told=known.told or (key in wanted and _naked(row)))


def _begin(turn: Turn, look: Look, row: StrategyRow, terms: OrderTerms, tag: str) -> None:
    account = turn.state.accounts[row.account]
    order = stands_in_way(look, account, terms.instrument, terms.side, terms.price, closing=False)
    if order is None:
        return
    look.wanted[row.account, row.strategy, key_of(terms.instrument, terms.side)] = turn.at
    mark = WayBarred(
        instrument=terms.instrument,
        side=terms.side,
        price=terms.price,
        tag=tag,
        trading_day=account.trading_day,
        since=turn.at,
        why=whose_words(account, order),
        order=_own(account, order),
    )
    _say(turn, look, row, mark, told=_naked(row))


def _say(turn: Turn, look: Look, row: StrategyRow, mark: WayBarred, *, told: bool) -> None:
    # People are told once of each wait, however many orders stand in its way one after the other.
    if mark.told:
        turn.say(StrategyMarked(account=row.account, strategy=row.strategy, at=turn.at, mark=mark))
    else:
        state_mark(turn, look, row, replace(mark, told=told))


def _naked(row: StrategyRow) -> bool:
    return strategy_of(row.settings).naked_lots(row.settings, row.memory) > 0


def _last_wanted(look: Look, row: StrategyRow, key: str, now: int, *, wanted: bool) -> int:
    # A book that blinks, and a price that comes and goes, end no wait. After a restart it counts from the first look.
    place = row.account, row.strategy, key
    if wanted:
        look.wanted[place] = now
    return look.wanted.setdefault(place, now)


def _in_way(look: Look, account: AccountState, known: WayBarred, price: Decimal) -> OrderRow | None:
    # The order that was named, for as long as it stands there: prices that move to and fro meet now it, now another.
    named = None if known.order is None else account.live.get(known.order)
    same = None if named is None else crossed_by(known.instrument, known.side, price, ((named,),))
    return same or stands_in_way(look, account, known.instrument, known.side, price, closing=False)


def _own(account: AccountState, order: OrderRow) -> OrderId | None:
    return order.order if order.terms.account == account.account else None
