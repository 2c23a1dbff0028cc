"""Say how things stand around what is asked for; it is kept with it, for a yes to be held against (SAFETY 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.products.combination import contracts_of
from terminal.engine.book.scopes import worst_level

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.words.risk import Level
    from terminal.engine.state import AccountState


def position_sign(account: AccountState, terms: OrderTerms | None) -> int:
    """Return whether an order's contract is held long (1), short (-1) or not (0).

    Of one on a combination it is that of the first leg and three times that of the second: each pair has its number.
    """
    if terms is None:
        return 0
    nets = [account.book.position(name, terms.hedge_flag).net for name in contracts_of(terms.instrument)]
    return sum(3**place * ((net > 0) - (net < 0)) for place, net in enumerate(nets))


def level_over(account: AccountState, strategy: StrategyId | None, terms: OrderTerms | None) -> Level:
    """Return the worst level that covers what is looked at, of a combination either of its legs."""
    names = (None,) if terms is None else contracts_of(terms.instrument)
    return max(worst_level(account, strategy, name) for name in names)
