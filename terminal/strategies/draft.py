"""Gather one decision: what a strategy states, cancels and orders now.

Every order of every strategy passes here, so what holds for all of them stands in one place: a scope that must wait
gets no order, nothing is opened while opening is closed, nothing is closed beyond what the account can close, and a
cancel goes only to an order the exchange is known to have (an UNKNOWN one is left alone until it is proven). What was
refused because it would trade with an own order is not wanted anew while one stands in its way; the engine is told what
waits so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.marks import StrategyMark
from terminal.domain.ids import AccountId, InstrumentId, OrderId, StrategyId
from terminal.domain.orders.intents import NOTHING, CancelWish, CombinedIntent, Decision, Intent, Waiting
from terminal.domain.orders.order import HedgeFlag, Side, TimeCondition
from terminal.strategies.children import SECOND, ChildState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from terminal.domain.products.combination import Combination
    from terminal.domain.view import View
    from terminal.strategies.children import Child, Ledger
    from terminal.strategies.sight import Sight

CANCEL_AGAIN = 30 * SECOND  # an unanswered or refused cancel is asked for again after this


class Draft:
    """Gather marks, cancels and intents; `decision` returns them."""

    def __init__(self, strategy: StrategyId, account: AccountId, flag: HedgeFlag, ledger: Ledger, view: View) -> None:
        self.strategy = strategy
        self.account = account
        self.flag = flag
        self.ledger = ledger
        self.view = view
        self.now = view.now
        self._marks: list[StrategyMark] = []
        self._cancels: list[CancelWish] = []
        self._intents: list[Intent] = []
        self._combined: list[CombinedIntent] = []
        self._waiting: list[Waiting] = []
        self._closing: dict[tuple[InstrumentId, Side], int] = {}
        self.most_openings: int | None = None  # of this decision; no bound

    @property
    def moves(self) -> bool:
        """Return whether anything is stated or ordered."""
        return bool(self._marks or self._intents or self._combined)

    def mark(self, mark: StrategyMark) -> None:
        """State something."""
        self._marks.append(mark)

    def cancel(self, scope: str, reason: str) -> None:
        """Want every working order of a scope cancelled."""
        for order, child in self.ledger.in_scope(scope):
            self.cancel_child(order, child, reason)

    def cancel_all(self, reason: str) -> None:
        """Want every working order of the strategy cancelled."""
        for order, child in self.ledger.children.items():
            self.cancel_child(order, child, reason)

    def cancel_child(self, order: OrderId, child: Child, reason: str) -> None:
        """Want one working order cancelled, unless that is under way or would be refused again."""
        if child.state is not ChildState.WORKING:
            return
        if child.cancel_at is not None:
            takes_cancels = self.view.session(child.instrument).cancels
            if self.now - child.cancel_at < CANCEL_AGAIN or (child.cancel_refused and not takes_cancels):
                return
        self._cancels.append(CancelWish(order=order, reason=reason))

    def may_order(self, scope: str, instrument: InstrumentId, *, closing: bool, hedges: bool = False) -> bool:
        """Return whether an order of a scope, or a hedge, may be attempted in a contract now."""
        if not self.ledger.ready(scope, self.now, closing=closing, hedges=hedges):
            return False
        return closing or (
            self._openings != self.most_openings and self.view.opening_allowed(self.account, self.strategy, instrument)
        )

    @property
    def _openings(self) -> int:
        return sum(not one.closing for one in self._intents)

    def closable(self, instrument: InstrumentId, side: Side) -> int:
        """Return the lots an order of a side may close, less what this decision closes already."""
        position = self.view.position(self.account, instrument, self.flag)
        whole = position.long_closable if side is Side.SELL else position.short_closable
        return max(whole - self._closing.get((instrument, side), 0), 0)

    def short_of_own(self, sight: Sight, side: Side, ticks: int, *, closing: bool) -> int:
        """Return a price in ticks, or the opposite one where one that goes further would meet an own order (C14).

        That own order may stand where the market is not: paying up is no need, and waiting for it may last for ever.
        """
        shown = sight.opposite(side)
        if shown is None or (ticks - shown.price) * side.sign <= 0:
            return ticks
        known = sight.instrument
        meets = self.view.whose_in_way(self.account, known.id, side, known.price(ticks), closing=closing)
        return shown.price if meets else ticks

    def order(
        self,
        sight: Sight,
        *,
        scope: str,
        tag: str,
        side: Side,
        closing: bool,
        lots: int,
        ticks: int,
        reason: str,
        time_condition: TimeCondition = TimeCondition.GFD,
        hedges: bool = False,
    ) -> bool:
        """Want an order, if it may be sent now, and return whether it may; one that hedges waits for no other one.

        It is of fewer lots where the account can close, or the exchange takes, only fewer, and pays up no further than
        own orders let it.
        """
        instrument = sight.instrument
        if closing:
            lots = min(lots, self.closable(instrument.id, side))
        if instrument.max_lots is not None:
            lots = min(lots, instrument.max_lots)
        if lots <= 0 or not sight.inside(ticks):
            return False
        price = instrument.price(self.short_of_own(sight, side, ticks, closing=closing))
        if self.view.way_barred(self.account, self.strategy, instrument.id, side, price, closing=closing):
            self._waiting.append(Waiting(instrument=instrument.id, side=side, price=price))
            return False  # wanted while its scope is still to wait after a failure, too
        if not self.may_order(scope, instrument.id, closing=closing, hedges=hedges):
            return False
        if closing:
            key = (instrument.id, side)
            self._closing[key] = self._closing.get(key, 0) + lots
        self._intents.append(
            Intent(
                instrument=instrument.id,
                side=side,
                closing=closing,
                lots=lots,
                price=price,
                time_condition=time_condition,
                tag=tag,
                reason=reason,
            )
        )
        return True

    def combination_meets_own(self, combination: Combination, side: Side, price: Decimal, *, closing: bool) -> bool:
        """Return whether a leg of an order on a combination could trade with an own one: the gate refuses it (C14).

        One that opens meets it up to the day's limit price on its side, one that closes as far as it may trade now.
        """
        if closing:
            return bool(self.view.combination_in_way(self.account, None, combination, side, price))
        legs = self._farthest(combination, side)
        return any(self.view.whose_in_way(self.account, *leg, closing=False) for leg in legs)

    def _farthest(self, combination: Combination, side: Side) -> list[tuple[InstrumentId, Side, Decimal]]:
        found = []
        for leg, way in zip(combination.legs, (side, side.opposite), strict=True):
            quote = self.view.quote(leg.id)
            bound = None if quote is None else quote.upper_limit if way is Side.BUY else quote.lower_limit
            if bound is not None:  # the gate refuses one without
                found.append((leg.id, way, leg.price(bound)))
        return found

    def _waits_for(self, combination: Combination, side: Side, price: Decimal, *, closing: bool) -> Sequence[Waiting]:
        # The legs for which such an order was refused today, and would be again.
        if closing:
            return self.view.combination_in_way(self.account, self.strategy, combination, side, price)
        legs = self._farthest(combination, side)
        held = [leg for leg in legs if self.view.way_barred(self.account, self.strategy, *leg, closing=False)]
        return [Waiting(instrument=name, side=way, price=worst) for name, way, worst in held]

    def order_combined(
        self,
        combination: Combination,
        *,
        scopes: tuple[str, str],
        tags: tuple[str, str],
        side: Side,
        closing: bool,
        lots: int,
        price: Decimal,
        reason: str,
    ) -> bool:
        """Want an order on a combination, immediate or cancel, if it may be sent now, and return whether it may.

        Scopes and tags are the first leg's and the second's. It is of fewer lots where the account can close, or the
        exchange takes, only fewer of either leg.
        """
        sides = (side, side.opposite)
        if closing:
            legs = zip(combination.legs, sides, strict=True)
            lots = min(lots, *(self.closable(leg.id, way) for leg, way in legs))
        sizes = (combination.max_lots, *(leg.max_lots for leg in combination.legs))
        lots = min([lots, *(most for most in sizes if most is not None)])
        both = zip(scopes, combination.legs, strict=True)
        held = self._waits_for(combination, side, price, closing=closing) if lots > 0 else ()
        self._waiting += held
        if lots <= 0 or held:
            return False
        if not all(self.may_order(scope, leg.id, closing=closing) for scope, leg in both):
            return False
        if closing:
            for leg, way in zip(combination.legs, sides, strict=True):
                self._closing[leg.id, way] = self._closing.get((leg.id, way), 0) + lots
        self._combined.append(
            CombinedIntent(
                combination=combination.id,
                side=side,
                closing=closing,
                lots=lots,
                price=price,
                time_condition=TimeCondition.FAK,
                tags=tags,
                reason=reason,
            )
        )
        return True

    def decision(self) -> Decision:
        """Return what was gathered."""
        if not (self._marks or self._cancels or self._intents or self._combined or self._waiting):
            return NOTHING
        return Decision(
            marks=tuple(self._marks),
            cancels=tuple(self._cancels),
            intents=tuple(self._intents),
            combined=tuple(self._combined),
            waiting=tuple(self._waiting),
        )
