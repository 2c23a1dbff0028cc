"""Keep what a person's own rule holds, and what it asked for last, of each of its contracts."""

from __future__ import annotations

import msgspec

from terminal.domain.fact.facts import AccountFact, StrategyMarked
from terminal.domain.fact.marks import Chased, Finished, OwnAimed
from terminal.domain.fact.own_marks import OwnShortened, OwnUnseen
from terminal.domain.parameters.own import OwnSettings
from terminal.strategies.children import Ledger, take
from terminal.strategies.legs import Leg, fold_chase

SCOPE = "aim"  # the place, and the tag, of all its orders of the first contract; a name follows for any other


class OwnMemory(msgspec.Struct, tag="own_memory"):
    """Hold what the facts say: lots held by its own fills, and the lots and the reason stated last.

    `others` are as much of the other contracts of a rule of several, by the code's names: a roll changes none.
    """

    ledger: Ledger = msgspec.field(default_factory=Ledger)
    leg: Leg = msgspec.field(default_factory=Leg)
    net: int = 0
    aim: int = 0
    reason: str = ""
    over: bool = False
    others: dict[str, Held] = {}
    unseen: OwnUnseen | None = None  # that it is shown no prices, while it holds
    since: int = 0  # from when on it is shown prices after a restart that found no earlier ones; 0: it has enough

    def of(self, name: str) -> OwnMemory | Held:
        """Return what is known of a contract; the first one has no name."""
        return self.others.get(name, NOTHING_HELD) if name else self


class Held(msgspec.Struct):
    """Hold the same of one contract beside the first."""

    leg: Leg = msgspec.field(default_factory=Leg)
    net: int = 0
    aim: int = 0
    reason: str = ""


NOTHING_HELD = Held()  # of a contract no fact has named; only read


def scope_of(name: str) -> str:
    """Return the scope, and the tag, of a contract's orders."""
    return f"{SCOPE}:{name}" if name else SCOPE


def fold_own(settings: OwnSettings, memory: OwnMemory, fact: AccountFact, tag: str, at: int) -> None:
    """Take one fact into the memory."""
    if not isinstance(fact, StrategyMarked):
        filled = take(memory.ledger, fact, tag, at)
        if filled:
            held = _part(memory, tag.removeprefix(SCOPE).removeprefix(":"))
            held.net += filled
            held.leg.chases = 0
        return
    match fact.mark:
        case OwnAimed(lots=lots, reason=reason, contract=contract):
            held = _part(memory, contract if isinstance(contract, str) else "")
            held.aim, held.reason, held.leg.chases = lots, reason, 0
        case Chased(leg=place):
            name = settings.contracts[place].name
            fold_chase(memory.ledger, _part(memory, name).leg, scope_of(name), fact.mark)
        case OwnUnseen():
            memory.unseen = fact.mark if fact.mark.why else None
        case OwnShortened():
            memory.since = fact.mark.since
        case Finished():
            memory.over = True
        case _:
            pass


def _part(memory: OwnMemory, name: str) -> OwnMemory | Held:
    return memory.others.setdefault(name, Held()) if name else memory
