"""Keep what a form says apart from what the runner holds, and never write one over the other silently.

A draft of a running strategy remembers the version it began from. When a newer version arrives there are four cases:
it says the same as the draft (nothing to choose), the draft changed nothing (it follows), it is what was sent from this
draft before it was edited further (the rest is written over it), or both changed: a conflict, which stands until a
person takes one side. What was sent counts as the ground of a draft only until the draft is put back. Taking one's own
means writing it over the *new* version, seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from terminal.domain.commands import ChangeStrategy
from terminal.domain.ids import StrategyId

if TYPE_CHECKING:
    from terminal.domain.commands import StartStrategy
    from terminal.domain.parameters.strategy import StrategySettings
    from terminal.engine.screen import StrategyCard


@dataclass
class Draft:
    """Hold one unsent draft; `card` is the strategy it changes, as of the version it began from.

    `own` names the fields somebody has set, `None` all of them. `settings` is `None` until a form has shown it.
    """

    card: StrategyCard | None = None
    settings: StrategySettings | None = None
    own: frozenset[str] | None = frozenset()
    name: str = ""  # typed; empty follows the suggestion
    latest: StrategyCard | None = None  # the newest card seen, of a changed strategy
    refused: bool = False  # the runner said CONFLICT, perhaps before the newer card came
    sent: list[tuple[int, StrategySettings]] = field(default_factory=list)  # over which version, answered or not
    done: int | None = None  # the version a change was made over: until its card is there, the next would be refused

    @classmethod
    def of(cls, card: StrategyCard) -> Draft:
        """Begin to change a strategy."""
        return cls(card=card, settings=card.settings, own=None, latest=card)

    @property
    def strategy(self) -> StrategyId | None:
        """Return which strategy is changed, `None` for a new one."""
        return self.card.strategy if self.card else None

    @property
    def given_name(self) -> StrategyId | None:
        """Return the name of the strategy changed, or the one typed; `None` where it is to be suggested."""
        return self.strategy or (StrategyId(self.name) if self.name else None)

    @property
    def dirty(self) -> bool:
        """Return whether a change of a strategy says something else than it began from."""
        return self.card is not None and self.settings != self.card.settings

    @property
    def conflict(self) -> bool:
        """Return whether a person has to choose first."""
        if self.card is None or self.latest is None:
            return False
        return self.refused or self.latest.version != self.card.version

    @property
    def may_rebase(self) -> bool:
        """Return whether the newer version has been seen."""
        return bool(self.card and self.latest and self.latest.version != self.card.version)

    @property
    def waits(self) -> bool:
        """Return whether one's own change is made and its version has not come yet."""
        return self.card is not None and self.card.version == self.done

    def meet(self, latest: StrategyCard) -> bool:
        """Take the newest card; return whether the draft follows it and the form must show it anew."""
        if self.card is None:
            return False
        self.latest = latest
        if latest.version == self.card.version:
            return False
        is_own = latest.version == self.card.version + 1 and (self.card.version, latest.settings) in self.sent
        if is_own and self.dirty:  # else it says what the older version said: written over, it would turn it round
            self.card, self.refused = latest, False
            return False
        if self.settings != latest.settings and self.dirty:
            return False
        follows = self.settings != latest.settings
        self.card, self.settings, self.refused = latest, latest.settings, False
        return follows

    def note_sent(self, body: StartStrategy | ChangeStrategy) -> None:
        """Remember what leaves, so that it is known again when it comes back as a version."""
        if isinstance(body, ChangeStrategy):
            self.sent.append((body.base_version, body.settings))

    def make(self, body: ChangeStrategy) -> None:
        """Hear that a change is made: what it was made over is not the newest version any more."""
        if self.card is not None and body.settings != self.card.settings:
            self.done = body.base_version

    def is_overtaken(self, body: ChangeStrategy) -> bool:
        """Return whether what refused a change was an earlier one from this draft."""
        own = self.card is not None and (body.base_version, self.card.settings) in self.sent
        return own and not self.conflict

    def refuse(self, base_version: int) -> None:
        """Hear that a change over this version was refused; where a side has been chosen since, that is over."""
        self.refused |= self.card is not None and self.card.version == base_version

    def use_mine(self) -> None:
        """Keep one's own settings, to be written over the newest version."""
        if self.may_rebase:
            self.card, self.refused = self.latest, False

    def use_latest(self) -> None:
        """Give one's own settings up for the newest ones."""
        if self.latest is not None:
            self.card, self.settings, self.refused = self.latest, self.latest.settings, False
            self.sent.clear()  # what is typed from here on is not typed on top of it


def free_name(prefix: str, taken: set[str]) -> str:
    """Return the first of prefix-1, prefix-2, … that is not taken.

    >>> free_name("网格-螺纹钢", {"网格-螺纹钢-1"})
    '网格-螺纹钢-2'
    """
    return next(name for number in range(1, len(taken) + 2) if (name := f"{prefix}-{number}") not in taken)
