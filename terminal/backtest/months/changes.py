"""List each change of a strategy's contract to another month, with what it moved and what it cost (换月).

A change is read from the facts, whoever asked for it: a roll that took the strategy along, or other settings while it
held nothing. What it cost is what the roll paid beyond the middle prices of its beginning, and its fees; a strategy
that went with others bears the share of its lots.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.backtest.report import MonthChange
from terminal.domain.fact.facts import Fact, StrategyChanged, StrategyMarked, StrategyStarted
from terminal.domain.fact.marks import Finished
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import GridSettings, RollSettings, SpreadSettings
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.roll.report import cost_of
from terminal.strategies.spread.rebound import turned

if TYPE_CHECKING:
    from terminal.backtest.owners.deeds import Owner
    from terminal.domain.fact.marks import MovedStrategy
    from terminal.domain.ids import AccountId, InstrumentId, StrategyId
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.state import State

CHANGING: Final = frozenset({StrategyStarted, StrategyChanged, StrategyMarked})  # the facts it is told by
ZERO: Final = Decimal(0)
_FEN: Final = Decimal("0.01")
_UNIT: Final = Decimal("0.0001")


class _Cost(NamedTuple):
    yuan: Decimal | None = ZERO
    per_tonne: Decimal | None = None


class MonthChanges:
    """Collect the changes of every strategy, oldest first."""

    def __init__(self) -> None:
        self._found: dict[Owner, list[MonthChange]] = {}
        self._settings: dict[Owner, StrategySettings] = {}

    def of(self, owner: Owner) -> tuple[MonthChange, ...]:
        """Return the changes of one strategy."""
        return tuple(self._found.get(owner, ()))

    def take(self, state: State, fact: Fact) -> None:
        """Take a fact that `state` has folded."""
        if isinstance(fact, StrategyStarted):
            self._settings[fact.account, fact.strategy] = fact.settings
        elif isinstance(fact, StrategyChanged):
            self._change(state, (fact.account, fact.strategy), fact.settings)
        elif isinstance(fact, StrategyMarked) and isinstance(fact.mark, Finished):
            for moved in fact.mark.moved:
                cost = _cost(state, fact.account, fact.strategy, moved)
                self._change(state, (fact.account, moved.strategy), moved.settings, fact.strategy, cost)

    def _change(
        self,
        state: State,
        owner: Owner,
        new: StrategySettings,
        roll: StrategyId | None = None,
        cost: _Cost | None = None,
    ) -> None:
        account, old = state.accounts[owner[0]], self._settings.get(owner)
        self._settings[owner] = new
        if old is None or owner[1] is None:
            return
        held = account.strategies[owner[1]].lots
        paid = _Cost() if cost is None else cost
        for near, far, apart, moved in _turns(old, new):
            lots = held[far].lots if far in held else 0
            change = MonthChange(
                trading_day=account.trading_day,
                near=near,
                far=far,
                lots=lots,
                apart=apart,
                moved=moved,
                cost=paid.yuan,
                per_tonne=paid.per_tonne,
                roll=roll,
            )
            self._found.setdefault(owner, []).append(change)


def _turns(
    old: StrategySettings, new: StrategySettings
) -> list[tuple[InstrumentId, InstrumentId, Decimal | None, Decimal | None]]:
    # Near and far, by how much far is dearer as the settings have it, and by how much the strategy's prices moved.
    if isinstance(old, SpreadSettings) and isinstance(new, SpreadSettings):
        places, moved = turned(old, new), new.buy_at - old.buy_at
        apart = moved / old.legs[places[0]].coefficient if len(places) == 1 else None
        return [(old.legs[one].instrument, new.legs[one].instrument, apart, moved) for one in places]
    if isinstance(old, GridSettings) and isinstance(new, GridSettings) and old.instrument != new.instrument:
        moved = new.anchor - old.anchor
        return [(old.instrument, new.instrument, moved, moved)]
    if isinstance(old, OwnSettings) and isinstance(new, OwnSettings):
        both = zip(old.contracts, new.contracts, strict=True)
        return [
            (one.instrument, other.instrument, other.before[-1].shift if other.before else None, None)
            for one, other in both
            if one.instrument != other.instrument
        ]
    return []


def _cost(state: State, account: AccountId, strategy: StrategyId, moved: MovedStrategy) -> _Cost:
    roll = state.accounts[account].strategies[strategy]
    held = state.accounts[account].strategies[moved.strategy].lots.get(moved.far)
    settings, memory = roll.settings, roll.memory
    if not isinstance(settings, RollSettings) or not isinstance(memory, RollMemory) or held is None or not held.lots:
        return _Cost()
    near = state.tenant.instruments[settings.near]
    cost = cost_of(settings, memory, near)
    if cost.slippage is None:
        return _Cost(None)
    share = Decimal(abs(held.lots)) / memory.closed
    yuan = cost.fees_yuan * share + near.value(cost.slippage, abs(held.lots))
    tonnes = None if cost.per_tonne is None else near.tonnes_per_lot
    per_tonne = yuan / (tonnes * abs(held.lots)) if tonnes else None
    return _Cost(yuan.quantize(_FEN), None if per_tonne is None else per_tonne.quantize(_UNIT))
