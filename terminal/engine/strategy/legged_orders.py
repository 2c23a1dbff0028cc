"""Work out the orders that would bring a spread's legs to a state it can be caught in, at the worst price."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.orders.close_plan import PlannedOrder, close_orders, lock_orders
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.engine.book.claims import counted_lots
from terminal.engine.wording import short
from terminal.strategies.spread.balance import active_leg, closing_lots
from terminal.strategies.spread.hedge_ladder import dearest_quote, most_chases, worst_price

if TYPE_CHECKING:
    from terminal.domain.ids import StrategyId
    from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def held_lots(account: AccountState, strategy: StrategyId, settings: SpreadSettings) -> tuple[int, ...]:
    """Return the signed lots a strategy has traded of each leg so far; none before it has started."""
    row = account.strategies.get(strategy)
    return tuple(0 if row is None else counted_lots(row, leg.instrument) for leg in settings.legs)


def orders_to(
    look: Look,
    account: AccountState,
    settings: SpreadSettings,
    leg: int,
    lots: int,
    *,
    held: int,
    chases: int | None = None,
) -> tuple[PlannedOrder, ...]:
    """Return the orders that bring a leg from what it holds to these lots: a close first, then what is opened.

    The price is the worst that the chases come to, so many or all of them, and the dearest at which the active leg may
    rest: a sale binds more margin the dearer it is. There are none where there is no price.
    """
    if lots == held:
        return ()
    side = Side.BUY if lots > held else Side.SELL
    one, known = settings.legs[leg], look.instrument(settings.legs[leg].instrument)
    quote = look.quote(known.id)
    leads = leg == active_leg(settings)
    if chases is None:
        chases = 0 if leads else most_chases(settings, leg)
    price = None if quote is None else worst_price(known, quote, one, side, chases)
    if leads and quote is not None and price is not None and side is Side.SELL:
        price = dearest_quote(known, quote, settings, price)
    if price is None:
        return ()  # the start itself is refused while a leg has no price
    closes = closing_lots(one, held, lots - held)
    opens = abs(lots - held) - closes
    wish = OrderTerms(
        account=account.account,
        instrument=known.id,
        side=side,
        offset=Offset.CLOSE,
        lots=closes,
        price=price,
        hedge_flag=settings.hedge_flag,
    )
    closing = close_orders(account.book, known, wish).orders if closes else ()
    opening = lock_orders(account.book, known, msgspec.structs.replace(wish, lots=opens)) if opens else ()
    return (*closing, *opening)


def holds_words(leg: SpreadLeg, lots: int, lack: int) -> str:
    """Return how a leg stands in a state: its own lots, of a leg that closes those it has closed, and what it lacks."""
    missing = f"（缺 {abs(lack)} 手）" if lack else ""
    if leg.closes:
        return f"{short(leg.instrument)} 已平 {abs(lots)} 手{missing}"
    said = f"{'多' if lots > 0 else '空'} {abs(lots)} 手" if lots else "无"
    return f"{short(leg.instrument)} {said}{missing}"
