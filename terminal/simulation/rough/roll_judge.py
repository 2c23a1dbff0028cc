"""Judge each step of a roll, in one account or between two: far opens only what near has closed, near never runs ahead.

What is under way counts, in both accounts. So no order of either half may bring the two further apart than the limit
of the settings, whatever fills first.
"""

from __future__ import annotations

from collections.abc import Iterator

from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import OrderTerms
from terminal.domain.parameters.strategy import RollSettings
from terminal.simulation.rough.tally import Tally, names_of


def roll_faults(tally: Tally, strategy: StrategyId, settings: RollSettings, terms: OrderTerms) -> Iterator[str]:
    """Say what is wrong with an order of a roll on its way out; it is not in the tally yet."""
    near, far = names_of(strategy, settings)
    closed, opened = abs(tally.net(near, settings.near)), abs(tally.net(far, settings.far))
    is_far = terms.instrument == settings.far
    coming = tally.working(far if is_far else near, terms.instrument, terms.side) + terms.lots
    if is_far:
        if opened + coming > closed:
            yield f"that may open {opened + coming} lots of far, {closed} of near are closed"
    elif closed + coming - opened > settings.naked_lots:
        most = settings.naked_lots
        yield f"that may close {closed + coming} lots of near, {opened} of far are open and {most} may lag"
