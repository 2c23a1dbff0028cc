"""Judge the orders of people's own rules (自编策略): each leads to what was stated last, and closes before it opens."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import OwnAimed
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import OrderTerms, Side
from terminal.domain.parameters.own import OwnSettings
from terminal.simulation.rough.tally import Tally


class OwnJudge:
    """Follow what every rule has stated that it aims at, and judge what is sent for it."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._aims: dict[tuple[StrategyId, str], int] = {}  # by what the code calls the contract; "" is the first

    def kept(self, fact: object) -> None:
        """Take what became durable."""
        match fact:
            case f.StrategyMarked(strategy=name, mark=OwnAimed(lots=lots, contract=contract)):
                self._aims[name, contract or ""] = lots
            case _:
                pass

    def faults(self, strategy: StrategyId, settings: OwnSettings, terms: OrderTerms) -> Iterator[str]:
        """Say what is wrong with an order on its way out; it is not in the tally yet."""
        contracts = {one.instrument: one.name for one in settings.contracts if one.max_lots}
        name = contracts.get(terms.instrument)
        if name is None:
            yield f"of {terms.instrument}, which it does not trade"
            return
        aim, net, side = self._aims.get((strategy, name), 0), self._tally.net(strategy, terms.instrument), terms.side
        if self._tally.working(strategy, terms.instrument, side.opposite):
            yield f"to {side} while it still has orders the other way"
        end = net + side.sign * (self._tally.working(strategy, terms.instrument, side) + terms.lots)
        turn = 0 if net * side.sign < 0 else aim  # what is held the other way is closed first
        most = min(aim, turn) if side is Side.BUY else max(aim, turn)
        if (end - most) * side.sign > 0:
            yield f"that leads from {net} to {end} lots, it holds {net} and aims at {aim}"
