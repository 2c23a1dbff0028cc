"""Hold what one call of a spread's `decide` shares, and order its active leg."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.order import Side, TimeCondition
from terminal.strategies.grid.stage import Stage
from terminal.strategies.last_days import last_day_of
from terminal.strategies.sight import EDGE
from terminal.strategies.spread.balance import active_leg, closing_lots
from terminal.strategies.spread.hedge_ladder import edge_time, resting_edge_time
from terminal.strategies.spread.memory import goal_of, scope_of

if TYPE_CHECKING:
    from terminal.domain.fact.marks import HedgeRefused
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import View
    from terminal.strategies.draft import Draft
    from terminal.strategies.sight import Sight
    from terminal.strategies.spread.memory import SpreadMemory
    from terminal.strategies.spread.route import Way


class Moment:
    """Hold settings, memory, view and draft of one decision."""

    def __init__(self, settings: SpreadSettings, memory: SpreadMemory, view: View, draft: Draft) -> None:
        self.settings = settings
        self.memory = memory
        self.view = view
        self.draft = draft
        self.lead = active_leg(settings)
        self.edge = edge_time(settings, memory.hedged_ms) + EDGE
        # The leg a closing waits for to let it follow, and for whose order.
        self.hedge_barred: tuple[int, str] | None = None
        self.foreseen: HedgeRefused | None = None  # what the gate would refuse of the slice wanted
        self.resting_edge = resting_edge_time(settings, memory.hedged_ms) + EDGE

    @property
    def net(self) -> int:
        """Return the signed lots of the active leg."""
        return self.memory.legs[self.lead].net

    @property
    def opens_nothing(self) -> bool:
        """Return whether it is the last trading day of a leg: what is opened then leaves its other legs alone.

        A conversion is bought to be held, or for what it turns into: it may be finished on that day.
        """
        if self.settings.conversion is not None:
            return False
        return last_day_of(self.view, (leg.instrument for leg in self.settings.legs if leg.lots)) is not None

    def goal_of(self, sets: int) -> int:
        """Return which lots the active leg has after so many sets more, as far as they may be had today."""
        stage = Stage.FLATTENING if self.opens_nothing else self.memory.stage
        return goal_of(self.settings, self.net, sets, stage)

    @property
    def goal(self) -> int:
        """Return the goal of the round under way, as far as it may be reached today."""
        goal = self.memory.goal
        if not self.opens_nothing:
            return goal
        return max(min(self.net, 0), min(goal, max(self.net, 0)))

    def hedges_ready(self, direction: int) -> bool:
        """Return whether every other leg may be ordered as soon as the active one has traded; 1 buys that, -1 sells."""
        legs, memory = self.settings.legs, self.memory
        for place, leg in enumerate(legs):
            if place == self.lead or not leg.lots:
                continue
            way = direction if (leg.lots > 0) == (legs[self.lead].lots > 0) else -direction
            closing = closing_lots(leg, memory.legs[place].net, way) > 0
            if not memory.ledger.ready(scope_of(place), self.view.now, closing=closing, hedges=True):
                return False
        return True

    def tag(self, leg: int, round_number: int | None = None) -> str:
        """Return the tag of a leg's orders in this round, or in another one."""
        return f"round:{self.memory.round if round_number is None else round_number}:{scope_of(leg)}"

    def rest(self, sight: Sight, side: Side, lots: int, ticks: int, reason: str, round_number: int) -> bool:
        """Order the active leg at a price of its own, to rest; return whether it may be sent."""
        return self.draft.order(
            sight,
            scope=scope_of(self.lead),
            tag=self.tag(self.lead, round_number),
            side=side,
            closing=closing_lots(self.settings.legs[self.lead], self.net, side.sign * lots) > 0,
            lots=lots,
            ticks=ticks,
            reason=reason,
        )

    def active(self, sight: Sight, side: Side, lots: int, reason: str, round_number: int | None = None) -> bool:
        """Order the active leg at the displayed opposite price, immediate or cancel; return whether it may be sent.

        On a way out it goes further through that price for each such order that filled nothing.
        """
        ticks = sight.through(side, self.memory.misses)
        closes = closing_lots(self.settings.legs[self.lead], self.net, side.sign * lots)
        if ticks is None or lots < 1:
            return False
        return self.draft.order(
            sight,
            scope=scope_of(self.lead),
            tag=self.tag(self.lead, round_number),
            side=side,
            closing=closes > 0,
            lots=closes or lots,
            ticks=ticks,
            reason=reason,
            time_condition=TimeCondition.FAK,
        )

    def combined(self, way: Way, signed: int, reason: str, round_number: int | None = None) -> bool:
        """Order both legs as one, so many lots of the active leg (negative sells); return whether it may be sent."""
        combination = way.combination
        if combination is None or not signed:
            return False
        places = [place for leg in combination.legs for place in self._places(leg.id)]
        closes = closing_lots(self.settings.legs[self.lead], self.net, signed)
        return self.draft.order_combined(
            combination,
            scopes=(scope_of(places[0]), scope_of(places[1])),
            tags=(self.tag(places[0], round_number), self.tag(places[1], round_number)),
            side=way.side,
            closing=closes > 0,
            lots=closes or abs(signed),
            price=way.price,
            reason=reason,
        )

    def _places(self, instrument: InstrumentId) -> list[int]:
        return [place for place, leg in enumerate(self.settings.legs) if leg.instrument == instrument]
