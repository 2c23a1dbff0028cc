"""Find the own orders on combinations (组合合约) that what a conditional order sends could trade with (control C14).

Nobody is there to take them back when a stop is triggered, so a close takes them back itself and waits for the proof;
what opens is refused. Only those of the same account: of another one's nothing may be cancelled here.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import SECOND_NS
from terminal.engine.orders.reach import implied_of
from terminal.engine.wording import BUY_SELL, short
from terminal.risk.self_match import crossed_by

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from terminal.domain.orders.conditional import Release
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow

WAITED: Final = 10 * SECOND_NS  # after it was triggered; then it goes before the gate, which refuses it aloud


def combinations_in_way(
    look: Look, account: AccountState, release: Release, price: Decimal | None
) -> tuple[OrderRow, ...]:
    """Return a leg of every own order on a combination that a close at this price could trade with; none for others."""
    if release.is_opening or price is None:
        return ()
    derived = partial(implied_of, look)
    return tuple(
        row
        for row in account.live.values()
        if row.leg is not None and crossed_by(release.instrument, release.side, price, ((row,),), derived) is not None
    )


def stops_on_legs(account: AccountState, legs: Sequence[OrderTerms]) -> tuple[str, ...]:
    """Return a sentence on each leg of a wished order on a combination against which conditional orders wait."""
    found = []
    for leg in legs:
        against = [
            row
            for row in account.conditionals.standing()
            if row.wanted.release.instrument == leg.instrument and row.wanted.release.side is leg.side.opposite
        ]
        for closing in (True, False):
            names = "、".join(row.conditional for row in against if row.wanted.release.is_opening is not closing)
            if names:
                name, way = short(leg.instrument), BUY_SELL[leg.side.opposite]
                then = (
                    "触发时若够得着这笔组合委托，先撤组合、撤成了才报，会晚一步"
                    if closing
                    else "触发时这笔组合委托还挂着，会因可能自成交被拒绝"
                )
                found.append(f"{name} 上有{way}{'平仓' if closing else '开仓'}的条件单 {names}：{then}")
    return tuple(found)
