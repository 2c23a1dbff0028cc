"""Keep of which legs the gate has refused the hedge, which of them wait for an own order, and which hold the day back.

The theory. While a refused hedge is missing, the active leg stands back. Where the leg breaks of it, the spread trades
no more on that trading day, or until it is resumed: what refused the hedge mostly stands there still, and each round
would cost another broken leg. Each leg counts by itself, with its own reason, and people are told of each.

A leg that was refused for nothing but an own order in its way (C14) is free again once nothing stands there any more,
as long as it lacks lots. That frees no other leg, and none that was refused for something else as well: the day ends
with the last of them.

Of what the exchange rejects nothing but its answer tells: its words are kept until it takes an order of that leg. Such
a leg is tried again at its own pace, but nothing else that could be sent stands back for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.facts import OrderAccepted, OrderCancelled, OrderFilled, OrderRejected
from terminal.domain.words.risk import Verdict
from terminal.strategies.grid.hindered import SELF_MATCH
from terminal.strategies.spread.told_plans import refused_by

if TYPE_CHECKING:
    from terminal.domain.fact.facts import AccountFact
    from terminal.domain.words.risk import Finding
    from terminal.strategies.spread.memory import SpreadMemory


class Refusals(msgspec.Struct):
    """Hold it by the legs' places, in order.

    `why` is what the gate said of each hedge that is missing since, and not yet stated. `otherwise` are those it
    refused for more than an own order. `waiting` are those that last waited for nothing else; of a closing, those that
    wait now. `held` broke of it on the trading day `day`.
    """

    why: list[tuple[int, str]] = []
    otherwise: list[int] = []
    waiting: list[int] = []
    held: list[int] = []
    day: int = 0

    def holds(self, trading_day: int) -> bool:
        """Return whether the active leg stands back: a hedge is missing, or one broke its leg on this trading day."""
        return bool(self.why) or self.holds_day(trading_day)

    def holds_day(self, trading_day: int, place: int | None = None) -> bool:
        """Return whether a leg, any one or that in a place, broke of a refused hedge on a trading day."""
        return self.day == trading_day and (bool(self.held) if place is None else place in self.held)

    def frees_itself(self, place: int) -> bool:
        """Return whether the spread goes on once the own order in a leg's way is gone: no other leg holds it back."""
        return {place, *self.held} <= set(self.waiting)

    # --- what the facts say ---

    def refuse(self, place: int, findings: tuple[Finding, ...]) -> None:
        """Take that the gate has refused a hedge."""
        self._miss(place, worst_sentence(findings))
        _drop(self.waiting, place)  # that it waits is said right after the refusal
        if any(one.code != SELF_MATCH and one.verdict > Verdict.WARN for one in findings):
            _put(self.otherwise, place)

    def wait(self, place: int, why: str) -> None:
        """Take that a leg lacks lots of a hedge that waits for an own order."""
        if all(missing != place for missing, _ in self.why):
            self._miss(place, why)
        if place not in self.otherwise:
            _put(self.waiting, place)

    def wait_closing(self, place: int) -> None:
        """Take that the hedge of a closing waits: it holds nothing back, as a closing asks about the way itself."""
        self._found(place)
        _put(self.waiting, place)

    def free(self, place: int) -> None:
        """Take that nothing stands in the way of a leg any more."""
        if place in self.waiting:
            self.hedged(place)
            _drop(self.waiting, place)
            _drop(self.held, place)

    def followed(self, place: int) -> None:
        """Take that the hedge of a closing waits no longer."""
        _drop(self.waiting, place)

    def hedged(self, place: int) -> None:
        """Take that a leg lacks nothing, though its hedge was refused for a moment."""
        self._found(place)
        _drop(self.otherwise, place)

    def hold(self, place: int, trading_day: int) -> None:
        """Take that a leg broke of its refused hedge, and that this was stated."""
        self._found(place)
        if self.day != trading_day:
            self.day, self.held = trading_day, []
        _put(self.held, place)

    def end_round(self) -> None:
        """Take that the round is over: nothing is lacking any more, and no way that becomes free frees the day."""
        for places in (self.why, self.otherwise, self.waiting):
            places.clear()

    def _miss(self, place: int, why: str) -> None:
        self._found(place)
        self.why = sorted([*self.why, (place, why)])

    def _found(self, place: int) -> None:
        self.why = [one for one in self.why if one[0] != place]


def fold_rejected(memory: SpreadMemory, fact: AccountFact, scope: str) -> None:
    """Take what the exchange answered to an order of a scope."""
    match fact:
        case OrderRejected():
            memory.rejected[scope] = refused_by("交易所", fact.text)
        case OrderAccepted() | OrderFilled() | OrderCancelled():
            memory.rejected.pop(scope, None)
        case _:
            pass


def worst_sentence(findings: tuple[Finding, ...]) -> str:
    """Return the sentence of what weighs most in a refusal, "" where none is known."""
    worst = max(findings, key=lambda finding: finding.verdict, default=None)
    return "" if worst is None else worst.sentence


def _put(places: list[int], place: int) -> None:
    if place not in places:
        places.append(place)
        places.sort()


def _drop(places: list[int], place: int) -> None:
    if place in places:
        places.remove(place)
