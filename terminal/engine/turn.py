"""Gather what one engine turn decided.

A turn folds each fact as it is said, so that the second order of a burst sees the reservation of the first
(SAFETY I6). Nothing has happened outside yet: the shell appends the turn's facts in one transaction, and only then
carries the effects out. If the append fails the engine that folded them is thrown away and trading stops; a restart
folds the journal, where the turn never happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.facts import Fact
from terminal.domain.ids import AccountId
from terminal.engine.fold import apply
from terminal.engine.journal import Actor
from terminal.engine.ports import WireCancel, WireOrder

if TYPE_CHECKING:
    from terminal.engine.state import State


class Ask(msgspec.Struct, frozen=True):
    """Ask the exchange for a complete answer about an account."""

    account: AccountId
    query: int


Effect = WireOrder | WireCancel | Ask


class Said(msgspec.Struct, frozen=True):
    """Hold one fact with what caused it and who acted."""

    fact: Fact
    cause: str
    actor: Actor


class Turn:
    """Collect facts and effects of one `receive`; `at` is the market clock, UTC ns."""

    __slots__ = ("actor", "at", "cause", "effects", "said", "state")

    def __init__(self, state: State, at: int, cause: str, actor: Actor) -> None:
        self.state = state
        self.at = at
        self.cause = cause
        self.actor = actor
        self.said: list[Said] = []
        self.effects: list[Effect] = []

    def say(self, fact: Fact) -> None:
        """State a fact: fold it and keep it for the journal."""
        apply(self.state, fact, self.at)
        self.said.append(Said(fact, self.cause, self.actor))

    def do(self, effect: Effect) -> None:
        """Have an effect carried out once the turn is durable."""
        self.effects.append(effect)
