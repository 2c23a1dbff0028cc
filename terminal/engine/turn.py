"""Gather what one engine turn decided.

A turn folds each fact as it is said, so that the second order of a burst sees the reservation of the first
(SAFETY I6). Nothing has happened outside yet: the shell appends the turn's facts in one transaction, and only then
carries the effects out. If the append fails the engine that folded them is thrown away and trading stops; a restart
folds the journal, where the turn never happened.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.fact.facts import CommandDone, Fact, PersonFact, TenantFact
from terminal.domain.ids import AccountId, DeviceId, PersonId
from terminal.engine.fold import Fold, apply
from terminal.engine.ports import WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.engine.records.journal import Actor, account_of

if TYPE_CHECKING:
    from terminal.engine.state import State

RUNNER: Final = Actor(PersonId("runner"), DeviceId("runner"))
ELSEWHERE: Final = "engine"


class Ask(msgspec.Struct, frozen=True):
    """Ask the exchange for a complete answer about an account."""

    account: AccountId
    query: int


Effect = WireOrder | WireCancel | WireExercise | WireWithdrawal | Ask


class Said(msgspec.Struct, frozen=True):
    """Hold one fact with what caused it and who acted."""

    fact: Fact
    cause: str
    actor: Actor


class Turn:
    """Collect facts and effects of one `receive`; `at` is the market clock, UTC ns, and `fold` folds as `apply` does.

    What comes along in other accounts than the `about` of a command is not caused by it as far as anybody there may
    know (SAFETY I25): its cause is `ELSEWHERE`. In the tenant's stream, which everybody reads, a command is named by
    its hash: who has the command finds the fact, and the fact does not lead to the command.
    """

    __slots__ = ("_fold", "about", "actor", "at", "cause", "effects", "said", "state")

    def __init__(self, state: State, at: int, cause: str, actor: Actor, fold: Fold = apply) -> None:
        self.state = state
        self.at = at
        self.cause = cause
        self.actor = actor
        self._fold = fold
        self.about: frozenset[AccountId] | None = None  # `None`: every account
        self.said: list[Said] = []
        self.effects: list[Effect] = []

    def say(self, fact: Fact, *, by: Actor | None = None) -> None:
        """State a fact, by the turn's actor or another one: fold it and keep it for the journal."""
        self._fold(self.state, fact, self.at)
        self.said.append(Said(fact, self._cause_of(fact), by or self.actor))

    def _cause_of(self, fact: Fact) -> str:
        if self.about is None or isinstance(fact, PersonFact | CommandDone):
            return self.cause
        if isinstance(fact, TenantFact):
            return f"cmd#{hashlib.sha256(self.cause.encode()).hexdigest()}"
        return self.cause if account_of(fact) in self.about else ELSEWHERE

    def do(self, effect: Effect) -> None:
        """Have an effect carried out once the turn is durable."""
        self.effects.append(effect)
