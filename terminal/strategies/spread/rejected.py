"""Keep of which legs the exchange rejected the latest order, and with what words, until it takes one.

Nothing but its answer tells that the exchange would not take an order. A leg whose order it rejected is tried again at
its own pace, but nothing else that could be sent stands back for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import OrderAccepted, OrderCancelled, OrderFilled, OrderRejected
from terminal.strategies.spread.told_plans import refused_by

if TYPE_CHECKING:
    from terminal.domain.fact.facts import AccountFact
    from terminal.strategies.spread.memory import SpreadMemory


def fold_rejected(memory: SpreadMemory, fact: AccountFact, scope: str) -> None:
    """Take what the exchange answered to an order of a scope."""
    match fact:
        case OrderRejected():
            memory.rejected[scope] = refused_by("交易所", fact.text)
        case OrderAccepted() | OrderFilled() | OrderCancelled():
            memory.rejected.pop(scope, None)
        case _:
            pass
