"""Put in order what only two persons can release: kill switches that stand, and red levels.

What waits for this person's confirmation comes first, then what they may ask for, then what they have asked for. So of
two persons who each do what they are shown, one always has something to do until nothing stands any more: what one has
asked for is behind what the other asked, at both of their desks.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId
from terminal.domain.words.risk import Scope
from terminal.domain.words.terms import Term
from terminal.engine.screen import LinkState
from terminal.widgets.account.title import account_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terminal.engine.screen import AccountLine, LinkLine, ReleaseAsk, ReleaseBar

RELEASING: Final = frozenset({Role.RISK, Role.CHECKER, Role.TRADER})

Place = tuple[AccountId, Scope]


class Move(IntEnum):
    """Name what this person can do about a latch, the most urgent first."""

    CONFIRM = 0
    ASK = 1
    WAIT = 2
    BARRED = 3  # has the role, and could only be refused
    LOOK_ON = 4


class Latch(NamedTuple):
    """Hold one kill switch or red level and who has asked to release it."""

    place: Place
    name: str  # of the account, with its code
    is_kill: bool
    asked: ReleaseAsk | None
    move: Move
    barred: tuple[str, ...] = ()  # who may take no part in the release, by name
    why_not: str = ""  # why this person could not release it now
    why: str = ""  # it is red

    @property
    def sentence(self) -> str:
        """Return what stands, where, and what it forbids."""
        what = f"{Term.KILL}中" if self.is_kill else "风险级别红色"
        return f"{what} {self.name}{_scope(self.place[1])}{f'：{self.why}' if self.why else ''}"

    @property
    def who(self) -> str:
        """Return who can release it, and who cannot."""
        if self.move is Move.BARRED:
            return self.why_not
        others = f"（{'、'.join(self.barred)} 的开仓与此有关，不能参与）" if self.barred else ""
        if self.asked is None:
            return f"两人可解除{others}"
        if self.asked.lapsed:
            return f"{self.asked.name} 的解除申请无人确认，已失效；两人可重新申请解除{others}"
        return "您已申请解除，等另一人确认" if self.move is Move.WAIT else f"{self.asked.name} 已申请解除，等第二人确认"


def latches(lines: Iterable[AccountLine], link: LinkLine | None) -> list[Latch]:
    """Return everything that stands, in the order in which this person should see it."""
    found = []
    for line in lines:
        asks = {ask.scope: ask for ask in line.release_asks}
        bars = {bar.scope: bar for bar in line.release_bars}
        for scope in dict.fromkeys((*line.killed, *line.reds)):
            ask, bar = asks.get(scope), bars.get(scope)
            found.append(
                Latch(
                    place=(line.account, scope),
                    name=account_title(line.account, line.name),
                    is_kill=scope in line.killed,
                    asked=ask,
                    move=_move(line, link, ask, bar),
                    barred=() if bar is None else bar.names,
                    why_not="" if bar is None else bar.why_not,
                    why=line.unreconciled if scope == Scope() else "",
                )
            )
    return sorted(found, key=lambda one: (one.move, not one.is_kill, one.place[0], _scope(one.place[1])))


def _move(line: AccountLine, link: LinkLine | None, ask: ReleaseAsk | None, bar: ReleaseBar | None) -> Move:
    if ask is not None and ask.lapsed:
        ask = None
    if link is not None and ask is not None and ask.person == link.person:
        return Move.WAIT
    if link is None or link.state is not LinkState.LIVE or not RELEASING & set(link.roles.get(line.account, ())):
        return Move.LOOK_ON
    if bar is not None and bar.why_not:
        return Move.BARRED
    return Move.ASK if ask is None else Move.CONFIRM


def _scope(scope: Scope) -> str:
    if scope.strategy is not None:
        return f" 策略 {scope.strategy}"
    return f" {Term.INSTRUMENT} {scope.instrument}" if scope.instrument is not None else ""
