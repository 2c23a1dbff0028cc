"""Hold what a person has not read yet: what came while the desk was away, and messages to be read once."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import msgspec

from terminal.domain.ids import AccountId, ConfirmationId
from terminal.domain.words.risk import Level


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """Say in sentences what came while a desk was away for so many seconds, the most important first.

    `since` (UTC ns) is told of a desk that was closed: nobody saw its seconds counted.
    """

    seconds: int
    sentences: tuple[str, ...]
    confirmations: frozenset[ConfirmationId] = frozenset()  # of this person, whose outcome the sentences say
    since: int | None = None
    accounts: frozenset[AccountId] = frozenset()  # that the sentences are about


class MessageKind(StrEnum):
    """Say what a message is about: this desk itself, what was decided, or what came while the desk was away."""

    DESK = "desk"
    DECIDED = "decided"
    ABSENCE = "absence"


class Message(msgspec.Struct, frozen=True):
    """Hold one message that a person must have read once: a word, how its line begins, its sentences."""

    kind: MessageKind
    word: str
    begins: str
    sentences: tuple[str, ...]
    level: Level
    confirmation: ConfirmationId | None = None
    accounts: frozenset[AccountId] = frozenset()  # that it is about; an older program named none

    def tells_of(self, accounts: Collection[AccountId]) -> bool:
        """Return whether this is, or may be, about one of these accounts; what happened to the desk itself is not."""
        if self.kind is MessageKind.DESK:
            return False
        if self.accounts or self.confirmation is None:
            return not self.accounts or not self.accounts.isdisjoint(accounts)
        return self.confirmation.rpartition("-C")[0] in accounts

    @property
    def line(self) -> str:
        """Return the whole on one line."""
        return f"{self.begins}{(' ' if self.kind is MessageKind.DESK else '；').join(self.sentences)}"


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a person has not read yet, in the order it came, and how many absences are only counted."""

    messages: tuple[Message, ...] = ()
    passed_over: int = 0

    def without(self, accounts: Collection[AccountId]) -> Unread:
        """Return what is left without some accounts; an absence that was about others too is only counted."""
        left = tuple(one for one in self.messages if not one.tells_of(accounts))
        gone = [one for one in self.messages if one.tells_of(accounts) and one.kind is MessageKind.ABSENCE]
        counted = sum(not one.accounts or bool(one.accounts.difference(accounts)) for one in gone)
        return Unread(messages=left, passed_over=self.passed_over + counted)
