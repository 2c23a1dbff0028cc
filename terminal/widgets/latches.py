"""Put in order what only two persons can release: kill switches that stand, and red levels.

What waits for this person's confirmation comes first, then what they may ask for, then what they have asked for. So of
two persons who each do what they are shown, one always has something to do until nothing stands any more: what one has
asked for is behind what the other asked, at both of their desks.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.facts import Role
from terminal.domain.ids import AccountId
from terminal.domain.risk_words import Scope
from terminal.domain.terms import Term
from terminal.engine.screen import LinkState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.engine.screen import AccountLine, LinkLine, ReleaseAsk

RELEASING: Final = frozenset({Role.RISK, Role.CHECKER, Role.TRADER})

Place = tuple[AccountId, Scope]


class Move(IntEnum):
    """Name what this person can do about a latch, the most urgent first."""

    CONFIRM = 0
    ASK = 1
    WAIT = 2
    LOOK_ON = 3


class Latch(NamedTuple):
    """Hold one kill switch or red level and who has asked to release it."""

    place: Place
    name: str  # of the account
    is_kill: bool
    asked: ReleaseAsk | None
    move: Move

    @property
    def sentence(self) -> str:
        """Return what stands, where, and what it forbids."""
        what = f"{Term.KILL}中" if self.is_kill else "风险级别红色"
        return f"{what} {self.name}{_scope(self.place[1])}"

    @property
    def who(self) -> str:
        """Return who can release it."""
        if self.asked is None:
            return "两人可解除"
        if self.asked.lapsed:
            return f"{self.asked.name} 的解除申请无人确认，已失效；两人可重新申请解除"
        return "您已申请解除，等另一人确认" if self.move is Move.WAIT else f"{self.asked.name} 已申请解除，等第二人确认"


def latches(lines: Iterable[AccountLine], link: LinkLine | None) -> list[Latch]:
    """Return everything that stands, in the order in which this person should see it."""
    found = []
    for line in lines:
        asks = {ask.scope: ask for ask in line.release_asks}
        for scope in dict.fromkeys((*line.killed, *line.reds)):
            ask = asks.get(scope)
            found.append(
                Latch(
                    place=(line.account, scope),
                    name=line.name or line.account,
                    is_kill=scope in line.killed,
                    asked=ask,
                    move=_move(line, link, ask),
                )
            )
    return sorted(found, key=lambda one: (one.move, not one.is_kill, one.place[0], _scope(one.place[1])))


def _move(line: AccountLine, link: LinkLine | None, ask: ReleaseAsk | None) -> Move:
    if ask is not None and ask.lapsed:
        ask = None
    if link is not None and ask is not None and ask.person == link.person:
        return Move.WAIT
    if link is None or link.state is not LinkState.LIVE or not RELEASING & set(link.roles.get(line.account, ())):
        return Move.LOOK_ON
    return Move.ASK if ask is None else Move.CONFIRM


def _scope(scope: Scope) -> str:
    if scope.strategy is not None:
        return f" 策略 {scope.strategy}"
    return f" {Term.INSTRUMENT} {scope.instrument}" if scope.instrument is not None else ""
