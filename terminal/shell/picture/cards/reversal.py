"""Work out what a reversal (反手) that waits for a second person would do to its account: before → after.

After means that the close and the opening have both filled at the price that was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.orders.close_plan import Take, close_orders
from terminal.domain.orders.order import Offset
from terminal.engine.orders.imagined import book_after
from terminal.engine.wording import OFFSETS, short
from terminal.shell.picture.cards.consequence import money_figures, position_figure

if TYPE_CHECKING:
    from terminal.domain.orders.close_plan import ClosePlan
    from terminal.domain.orders.reversal import Reversal
    from terminal.engine.screen import Figure
    from terminal.engine.state import AccountState
    from terminal.shell.picture.present import Present


def reversal_figures(present: Present, account: AccountState, wanted: Reversal) -> tuple[Figure, ...]:
    """Return what a reversal changes, ready to be read; what cannot be sent now has no after."""
    terms, plan = wanted.terms, _plan(present, account, wanted)
    if plan is None:
        return ()
    moved = {terms.side.opposite: -terms.lots, terms.side: terms.lots}
    position = position_figure(account, terms.instrument, moved)
    if plan.missing:
        return (position,)
    instruments = present.state.tenant.instruments
    there = book_after(account, instruments, plan.orders, present.at)
    opened = msgspec.structs.replace(terms, offset=Offset.OPEN)
    after = there.view_after(there.profit(present.mark), instruments[terms.instrument], opened)
    money = account.book.view(present.mark)
    return (position, *(() if after is None else money_figures(account, money, after)))


def reversal_details(present: Present, account: AccountState, wanted: Reversal) -> tuple[str, ...]:
    """Return the orders a reversal would become now, or why an approval would come to nothing."""
    terms, plan = wanted.terms, _plan(present, account, wanted)
    if plan is None:
        return ()
    if plan.missing:
        there = f"此刻 {short(terms.instrument)} 可平 {plan.lots:,} 手，不够反手的 {terms.lots:,} 手"
        return (f"{there}：批准后也报不出",)
    closes = " + ".join(f"{OFFSETS[one.terms.offset]} {one.terms.lots} 手" for one in plan.orders)
    return (f"先{closes}，成交多少再开多少，至多开 {terms.lots} 手；只问这一次复核",)


def _plan(present: Present, account: AccountState, wanted: Reversal) -> ClosePlan | None:
    known = present.state.tenant.instruments.get(wanted.terms.instrument)
    return None if known is None else close_orders(account.book, known, wanted.terms, take=Take(wanted.take))
