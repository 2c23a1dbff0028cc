"""Say whether the contracts of a person's own rule go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.parameters.spread_formula import mixed_currencies
from terminal.domain.products.instrument import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.products.instrument import Instrument


def contracts_fault(contracts: Sequence[Instrument]) -> str | None:
    """Return in one sentence why a rule cannot see all of these at once, or `None`; one alone always does.

    Their prices are compared, so they are counted in one currency. Spot has no quotes on two sides.
    """
    if len(contracts) == 1:
        return None
    spot = next((one.id for one in contracts if one.kind is Kind.SPOT), None)
    return f"{spot} 是现货，自编策略只看合约；请换成合约。" if spot else mixed_currencies(contracts)
