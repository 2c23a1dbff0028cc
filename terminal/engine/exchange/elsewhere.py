"""Tell of an order of another terminal that trades what a strategy is about to trade itself: it would be twice (J2).

Nobody saw a preview there, and what the order fills is not booked here: the strategy goes on as if it were not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import AlertRaised
from terminal.domain.words.risk import Level
from terminal.engine.book.lacking import lacking_of, made_up
from terminal.engine.wording import order_title
from terminal.risk.hedged_twice import HEDGED_TWICE, twice_words

if TYPE_CHECKING:
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


def tell_twice(turn: Turn, account: AccountState, terms: OrderTerms) -> None:
    """Raise the alert, where strategies of the account lack lots on the side of an order that was not sent here."""
    lacking = {name: legs for name, row in account.strategies.items() if (legs := lacking_of(account, row))}
    lacked = made_up(account, terms, lacking)
    if not lacked:
        return
    turn.say(
        AlertRaised(
            account=account.account,
            level=Level.ORANGE,
            code=HEDGED_TWICE,
            instrument=terms.instrument,
            sentence=f"其他终端的委托 {order_title(terms)}：{twice_words(terms, lacked)}。",
        )
    )
