"""Keep what the fills of a round paid, leg by leg: what going back would lose is reckoned from it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.facts import OrderFilled

if TYPE_CHECKING:
    from terminal.domain.fact.facts import AccountFact


class Paid(msgspec.Struct):
    """Hold the signed lots a leg has traded in the round, and what they came to: signed lots times price."""

    lots: int = 0
    value: Decimal = Decimal(0)

    @property
    def price(self) -> Decimal | None:
        """Return what a lot was paid on average, what was given back since with its loss; `None` of no lots."""
        return self.value / self.lots if self.lots else None


def fold_paid(paid: dict[str, Paid], scope: str, fact: AccountFact) -> None:
    """Take a fill of a leg; nothing else is paid."""
    if not isinstance(fact, OrderFilled):
        return
    one, lots = paid.setdefault(scope, Paid()), fact.side.sign * fact.lots
    one.lots += lots
    one.value += lots * fact.price
