"""Be the script of a rough market: traders who start one kind of strategy, checkers who approve, who lift locks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import AccountId, ConfirmationId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.engine.look import Look
from terminal.engine.state import State
from terminal.simulation.cast import ACCOUNTS, SUPERVISOR, Keys
from terminal.simulation.checking import decision_of
from terminal.simulation.desk import Room
from terminal.simulation.luck import Luck, derived
from terminal.simulation.rough.changers import Changers
from terminal.simulation.rough.hedgers import Hedgers
from terminal.simulation.rough.rollers import Rollers
from terminal.simulation.rough.routes import routed
from terminal.simulation.rough.ruled import Ruled
from terminal.simulation.rough.swappers import Swappers
from terminal.simulation.rough.tighteners import Tighteners
from terminal.simulation.starting import Starters
from terminal.simulation.steering import Steerers

_ACTS = 0.25  # of the moments
_MOST = 2  # running per account


class Acting(Protocol):
    """Be people who do one thing at a time."""

    def act(self, room: Room) -> None:
        """Do one thing."""


def _starters_of(strategy: str, seed: int) -> Acting:
    match strategy:
        case "roll":
            return Rollers(Luck(derived(seed, "timings")))
        case "target":
            return Hedgers()
        case "own":
            return Ruled()
        case "swap":
            return Swappers()
        case "changed":
            return Changers()
        case _:
            return Starters({strategy: _MOST}, route=routed)


class Traders:
    """Implement `Script`."""

    def __init__(self, seed: int, keys: Keys, blame: Callable[[str], None], strategy: str) -> None:
        self.room = Room(Luck(seed), keys, blame)
        self._starters = _starters_of(strategy, seed)
        self._steerers = Steerers()
        self._tighteners = Tighteners(seed, strategy)
        self._sent: dict[str, c.Command] = {}
        self._decided: set[ConfirmationId] = set()

    def sit_down(self, state: State, look: Look) -> None:
        """Look at a runner that has just begun."""
        self.room.sit_down(state, look)

    def start(self, at: int) -> None:
        """Do nothing: these people know the market clock from the market."""

    def due(self, at: int, state: State) -> list[c.Command]:
        """Return what is asked for now."""
        room = self.room
        room.at = at
        room.repeat()
        room.do_what_is_due()
        self._steerers.look(room)
        self._tighteners.act(room)
        for account in ACCOUNTS:
            self._approve(account)
        if room.luck.chance(_ACTS):
            self._starters.act(room)
        said = room.said()
        self._sent = {command.command: command for command in said}
        return said

    def heard(self, done: CommandDone) -> None:
        """Do nothing: they hear with everybody."""

    def hear(self, result: CommandDone, effects: int) -> None:
        """Take the result of a command."""
        self.room.hear(self._sent[result.command], result, effects)

    def _approve(self, account: AccountId) -> None:
        for name, row in self.room.account(account).confirmations.items():
            if name not in self._decided and row.state is ConfirmationState.PENDING:
                self._decided.add(name)
                self.room.ask(SUPERVISOR, decision_of(self.room, row, SUPERVISOR, with_key_of=SUPERVISOR))
