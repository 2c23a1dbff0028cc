"""Put what far's half of a roll between accounts would open before the rules of its account, ahead of near's close.

The gate asks far's order when it comes; by then near is closed. So the rules are asked before: for the whole task when
it is started, approved or changed, and for what near may still run ahead while it goes. The price is the worst a chase
may come to. Automatic orders wait for nobody: what would need a second person counts as a no.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.close_plan import lock_orders
from terminal.domain.orders.order import Cause, Offset, OrderTerms, Origin, Side
from terminal.domain.parameters.strategy import Half
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.settings import WORDS
from terminal.engine.orders.gate import Parent, gather
from terminal.engine.reversal.plan import imagined
from terminal.engine.turn import RUNNER
from terminal.risk.day_loss import day_loss
from terminal.risk.hedge_bound import hedge_bound
from terminal.risk.margin_use import margin_use
from terminal.risk.order_size import order_size
from terminal.risk.position_limit import position_limit
from terminal.risk.standing import standing
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.sight import FARTHEST_TICKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terminal.domain.ids import StrategyId
    from terminal.domain.orders.close_plan import PlannedOrder
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.risk.check import Check

Rules = tuple["Callable[[Check], Finding | None]", ...]
AS_A_WHOLE: Rules = (order_size, position_limit, hedge_bound, margin_use)  # C2, C4, C5, C6
AT_ANY_TIME: Rules = (*AS_A_WHOLE, day_loss, standing)  # and C7, C18; the others pass by themselves


def why_not_opened(look: Look, account: AccountState, strategy: StrategyId, settings: RollSettings) -> str:
    """Return in one sentence why far's half could not open all it still may, and what helps; "" where it could."""
    if settings.half is not Half.FAR:
        return ""
    row = account.strategies.get(strategy)
    opened = row.memory.opened if row is not None and isinstance(row.memory, RollMemory) else 0
    lots, price = settings.lots - opened, look.columns.last_price(settings.far)
    if lots < 1 or price is None:
        return ""
    parent = Parent(settings.lots, look.instrument(settings.far).value(price, settings.lots))
    orders = opening_orders(look, account, settings, lots)
    found = held_back(look, account, strategy, orders, AS_A_WHOLE, parent=parent, approved=True)
    if found is None:
        return ""
    return f"开远月共 {lots} 手过不了风控 {found.control}：{found.sentence}请减少{WORDS['lots']}，或先调整限额、资金。"


def opening_orders(look: Look, account: AccountState, settings: RollSettings, lots: int) -> tuple[PlannedOrder, ...]:
    """Return the orders that would open so many far lots at the worst price; none where no price is shown."""
    known, quote, side = look.instrument(settings.far), look.quote(settings.far), settings.side
    shown = None if quote is None else quote.ask if side is Side.BUY else quote.bid
    if quote is None or shown is None:
        return ()
    ticks = shown + side.sign * FARTHEST_TICKS
    if quote.upper_limit is not None:
        ticks = min(ticks, quote.upper_limit)
    if quote.lower_limit is not None:
        ticks = max(ticks, quote.lower_limit)
    wish = OrderTerms(
        account=account.account,
        instrument=known.id,
        side=side,
        offset=Offset.OPEN,
        lots=lots,
        price=known.price(ticks),
        hedge_flag=settings.hedge_flag,
    )
    return lock_orders(account.book, known, wish)


def held_back(
    look: Look,
    account: AccountState,
    strategy: StrategyId,
    orders: Sequence[PlannedOrder],
    rules: Rules,
    *,
    parent: Parent,
    approved: bool,
) -> Finding | None:
    """Return what the first of these rules says that would hold back the last of these orders, the others filled."""
    if not orders:
        return None
    there = look if len(orders) == 1 else imagined(look, account, orders[:-1])
    cause = Cause(origin=Origin.STRATEGY, person=RUNNER.person, device=RUNNER.device, strategy=strategy)
    check = gather(there, orders[-1].terms, cause, parent=parent, approved=approved)
    findings = (rule(check) for rule in rules)
    return next((one for one in findings if one is not None and one.verdict >= Verdict.CONFIRM2), None)
