"""Find the own orders that a closing order on a combination would meet (C14): it waits for them, or goes leg by leg.

What opens meets an own order up to the day's limit prices, so its legs are asked about one by one (`in_the_way`). What
closes meets one only where its leg may trade by what the other leg shows now (`risk/reach`), and an order on the same
combination only by the difference. So the gate judges a close, and this says the same beforehand.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terminal.domain.orders.intents import Waiting
from terminal.domain.orders.order import Side
from terminal.engine.folds.barred import key_of
from terminal.engine.orders.reach import implied_leg, implied_of
from terminal.risk.self_match import crossed_by

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.products.combination import Combination
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow, StrategyRow


def legs_in_way(
    look: Look, account: AccountState, row: StrategyRow | None, combination: Combination, side: Side, price: Decimal
) -> list[Waiting]:
    """Return the legs for which a closing order would be refused, each at the worst it may trade.

    With a strategy only those for which it waits already. `price` is the difference in yuan, first leg less second.
    """
    same, others = _working(look, combination)
    found = []
    for number, (leg, way) in enumerate(zip(combination.legs, (side, side.opposite), strict=True), 1):
        known = None if row is None else row.barred.get(key_of(leg.id, way))
        if row is not None and (known is None or known.trading_day != account.trading_day):
            continue
        quote = look.columns.quote(leg.id)
        bound = None if quote is None else quote.upper_limit if way is Side.BUY else quote.lower_limit
        if bound is None:
            continue  # the gate refuses it for that
        worst = leg.price(bound)
        derived = implied_leg(look, combination, side, number, price)
        at = worst if derived is None else derived.reach(way, worst)
        if crossed_by(leg.id, way, at, (others,), partial(implied_of, look)) is not None:
            found.append(Waiting(instrument=leg.id, side=way, price=at))
        elif number == 1 and any(_cross(one, side, price) for one in same):
            found.append(Waiting(instrument=leg.id, side=way, price=worst))
    return found


def _working(look: Look, combination: Combination) -> tuple[list[OrderRow], list[OrderRow]]:
    # All own working orders, those on the same combination apart.
    rows = [row for account in look.state.accounts.values() for row in account.live.values()]
    same = [row for row in rows if row.leg is not None and row.leg.combination == combination.id]
    return same, [row for row in rows if row.leg is None or row.leg.combination != combination.id]


def _cross(one: OrderRow, side: Side, price: Decimal) -> bool:
    leg = one.leg
    if leg is None or not leg.is_first or leg.side is side:
        return False
    return price >= leg.price if side is Side.BUY else price <= leg.price
