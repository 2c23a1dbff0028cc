"""End a trading day for an account when the calendar says so, whatever process or machine clock does (SAFETY I14)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.facts import DaySettled

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


def roll(turn: Turn, look: Look, account: AccountState) -> bool:
    """Settle the account's day if the market clock has left it; return whether it did."""
    day = look.trading_day
    if day <= account.trading_day:
        # Earlier: the exchange came back behind our journal and shows a day again that was settled here already.
        return False
    prices: dict[InstrumentId, Decimal] = {}
    provisional: list[InstrumentId] = []
    for name in sorted({name for name, _ in account.book.positions()}):
        price = _settlement(look, name, account.trading_day, day)
        if price is None:
            price = look.columns.last_price(name)
            provisional.append(name)
        if price is not None:
            prices[name] = price
    turn.say(
        DaySettled(
            account=account.account,
            trading_day=account.trading_day,
            next_day=day,
            prices=prices,
            provisional=tuple(provisional),
        )
    )
    return True


def _settlement(look: Look, name: InstrumentId, old: int, new: int) -> Decimal | None:
    # The settlement of the old day, or what the new day calls its previous settlement: the same number, said later.
    columns = look.columns
    ticks = columns.settled.get((name, old))
    slot = columns.slot_of.get(name)
    if ticks is None and slot is not None and columns.days[slot].trading_day == new:
        ticks = columns.days[slot].pre_settlement
    return None if ticks is None else look.instrument(name).price(ticks)
