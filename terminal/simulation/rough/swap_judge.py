"""Judge the orders of conversions (期权期货互转): what is given up is closed and what is taken opened, and back."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.domain.orders.order import OrderTerms
from terminal.domain.parameters.strategy import SpreadSettings


def swap_faults(settings: SpreadSettings, terms: OrderTerms) -> Iterator[str]:
    """Say where an order of a conversion would leave lots that stand against each other."""
    if settings.conversion is None:
        return
    leg = next(one for one in settings.legs if one.instrument == terms.instrument)
    forward = leg.lots * terms.side.sign > 0
    if terms.is_opening == (leg.closes == forward):
        way = "forward" if forward else "back"
        yield f"{way} as {terms.side} {terms.offset} of a leg that is {'given up' if leg.closes else 'taken'}"
