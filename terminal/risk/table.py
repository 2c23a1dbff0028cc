"""List every rule in the order of its control (SAFETY 5). The gate asks them all and keeps every finding."""

from __future__ import annotations

from collections.abc import Callable

from terminal.domain.words.risk import Finding
from terminal.risk.cancel_line import cancel_line
from terminal.risk.check import Check
from terminal.risk.combined_price import combined_price
from terminal.risk.day_loss import day_loss
from terminal.risk.duplicate import duplicate
from terminal.risk.hedge_bound import hedge_bound
from terminal.risk.hedged_twice import hedged_twice
from terminal.risk.left_bare import left_bare
from terminal.risk.margin_use import margin_use
from terminal.risk.message_rate import message_rate
from terminal.risk.order_kind import order_kind
from terminal.risk.order_size import order_size
from terminal.risk.position_limit import position_limit
from terminal.risk.price_collar import price_collar
from terminal.risk.quote_age import quote_age
from terminal.risk.repetition import repetition
from terminal.risk.self_match import self_match
from terminal.risk.session_guard import session_guard
from terminal.risk.standing import standing
from terminal.risk.strategy_lots import strategy_lots
from terminal.risk.tradable import tradable
from terminal.risk.working_orders import working_orders

RULES: tuple[Callable[[Check], Finding | None], ...] = (
    tradable,  # C1
    order_kind,  # C1
    combined_price,  # C1
    strategy_lots,  # C1b: ours
    left_bare,  # C1c: ours
    hedged_twice,  # C1e: ours
    order_size,  # C2
    price_collar,  # C3
    quote_age,  # C3b
    position_limit,  # C4
    hedge_bound,  # C5
    margin_use,  # C6
    day_loss,  # C7
    message_rate,  # C8
    duplicate,  # C9
    repetition,  # C10
    working_orders,  # C11
    cancel_line,  # C12
    self_match,  # C14
    session_guard,  # C15
    standing,  # C18
)
