"""Put what a roll would open of far before the rules of the account it opens it in, ahead of near's close.

The gate asks far's order when it comes; by then near is closed. So the rules are asked before: for the whole task when
it is started, approved or changed, and for what near may still run ahead while it goes. The price is the worst a chase
may come to. Automatic orders wait for nobody: what would need a second person counts as a no. Where one account holds
both, the near lots that far follows are imagined closed first: what they free, far may take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.close_plan import close_orders, lock_orders
from terminal.domain.orders.order import Cause, Offset, OrderTerms, Origin, Side
from terminal.domain.parameters.strategy import Half
from terminal.domain.words.risk import Finding, Verdict
from terminal.domain.words.settings import WORDS
from terminal.engine.orders.automatic import parent_of
from terminal.engine.orders.edge import outside
from terminal.engine.orders.gate import Parent, gather
from terminal.engine.orders.imagined import imagined
from terminal.engine.turn import RUNNER
from terminal.risk.day_loss import day_loss
from terminal.risk.hedge_bound import hedge_bound
from terminal.risk.margin_use import margin_use
from terminal.risk.order_size import order_size
from terminal.risk.position_limit import position_limit
from terminal.risk.self_match import self_match
from terminal.risk.standing import standing
from terminal.strategies.legs import NOT_OPENED
from terminal.strategies.roll.memory import FAR, NEAR, RollMemory
from terminal.strategies.sight import FARTHEST_TICKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terminal.domain.ids import StrategyId
    from terminal.domain.orders.close_plan import PlannedOrder
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.risk.check import Check

Rules = tuple["Callable[[Check], Finding | None]", ...]
AS_A_WHOLE: Rules = (order_size, position_limit, hedge_bound, margin_use)  # C2, C4, C5, C6
AT_ANY_TIME: Rules = (*AS_A_WHOLE, day_loss, standing)  # and C7, C18; the others pass by themselves


def why_not_opened(look: Look, account: AccountState, strategy: StrategyId, settings: RollSettings) -> str:
    """Return in one sentence why a roll could not open all it still may of far, and what helps; "" where it could."""
    if settings.half is Half.NEAR or settings.far_account is not None:
        return ""
    row = account.strategies.get(strategy)
    memory = row.memory if row is not None and isinstance(row.memory, RollMemory) else None
    closed, opened = (0, 0) if memory is None else (memory.closed, memory.opened)
    lots, price = settings.lots - opened, look.columns.last_price(settings.far)
    if lots < 1 or price is None:
        return ""
    parent = Parent(settings.lots, look.instrument(settings.far).value(price, settings.lots))
    near = () if settings.half is Half.FAR else closing_orders(look, account, settings, settings.lots - closed)
    orders = opening_orders(look, account, settings, lots)
    orders = (*near, *orders) if orders else ()
    found = held_back(look, account, strategy, orders, AS_A_WHOLE, parent=parent, approved=True)
    if found is None:
        return ""
    return f"开远月共 {lots} 手过不了风控 {found.control}：{found.sentence}请减少{WORDS['lots']}，或先调整限额、资金。"


def why_far_held(
    look: Look, account: AccountState, row: StrategyRow, settings: RollSettings, memory: RollMemory
) -> str:
    """Return the sentence that holds back what near, closed now, would have a roll in one account open; "" for none.

    While near rests, what it frees once it is filled is not known to the books: money and hedge were asked before.
    """
    ahead = memory.closed - memory.opened
    if ahead > 0:
        why = memory.refused or _barred(look, account, row, settings, ahead)
        if why:
            return why
    near = min(memory.batch_goal - memory.closed, settings.naked_lots - ahead)
    lots = near + ahead - abs(memory.ledger.reserved(FAR))
    rests = bool(memory.ledger.reserved(NEAR))
    if near < 1 or lots < 1:
        return ""
    first, last = (opening_orders(look, account, settings, lots, ticks=ticks) for ticks in (0, FARTHEST_TICKS))
    closes = () if rests or not last else closing_orders(look, account, settings, near)
    rules = tuple(rule for rule in AT_ANY_TIME if not rests or rule not in {hedge_bound, margin_use})
    parent, approved = parent_of(look, row, settings.far), row.envelope is not None
    found = held_back(look, account, row.strategy, first, (self_match,), parent=parent, approved=approved)
    found = found or held_back(look, account, row.strategy, (*closes, *last), rules, parent=parent, approved=approved)
    found = found or (outside(look, account, row, last[-1].terms) if last else None)
    return "" if found is None else f"{found.control}：{found.sentence}"


def is_barred(look: Look, row: StrategyRow, settings: RollSettings) -> bool:
    """Return whether nothing of far may be opened now, so that a roll does not even ask."""
    return not look.opening_allowed(row.account, row.strategy, settings.far)


def _barred(look: Look, account: AccountState, row: StrategyRow, settings: RollSettings, lack: int) -> str:
    # What far lacks is not asked of the gate while nothing may be opened: its sentence is told all the same.
    if not is_barred(look, row, settings):
        return ""
    orders = opening_orders(look, account, settings, lack, ticks=0)
    parent, approved = parent_of(look, row, settings.far), row.envelope is not None
    rules = (position_limit, standing)
    found = held_back(look, account, row.strategy, orders, rules, parent=parent, approved=approved)
    if found is None:
        return f"{look.instrument(settings.far).name}{NOT_OPENED}"
    return f"{found.control}：{found.sentence}"


def closing_orders(look: Look, account: AccountState, settings: RollSettings, lots: int) -> tuple[PlannedOrder, ...]:
    """Return the orders that would close so many near lots, or those there are; none where no price is shown."""
    known, quote, side = look.instrument(settings.near), look.quote(settings.near), settings.side.opposite
    ticks = None if quote is None else quote.ask if side is Side.BUY else quote.bid
    if ticks is None or lots < 1:
        return ()
    wish = OrderTerms(
        account=account.account,
        instrument=known.id,
        side=side,
        offset=Offset.CLOSE,
        lots=lots,
        price=known.price(ticks),
        hedge_flag=settings.hedge_flag,
    )
    return close_orders(account.book, known, wish).orders


def opening_orders(
    look: Look, account: AccountState, settings: RollSettings, lots: int, *, ticks: int = FARTHEST_TICKS
) -> tuple[PlannedOrder, ...]:
    """Return the orders that would open so many far lots so far beyond the opposite price; none where it is missing."""
    known, quote, side = look.instrument(settings.far), look.quote(settings.far), settings.side
    shown = None if quote is None else quote.ask if side is Side.BUY else quote.bid
    if quote is None or shown is None:
        return ()
    level = shown + side.sign * ticks
    if quote.upper_limit is not None:
        level = min(level, quote.upper_limit)
    if quote.lower_limit is not None:
        level = max(level, quote.lower_limit)
    wish = OrderTerms(
        account=account.account,
        instrument=known.id,
        side=side,
        offset=Offset.OPEN,
        lots=lots,
        price=known.price(level),
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
