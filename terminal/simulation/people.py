"""Be the script of a world: what its people ask for in each moment."""

from __future__ import annotations

from collections.abc import Callable

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone
from terminal.engine.look import Look
from terminal.engine.state import State
from terminal.simulation import hands
from terminal.simulation.cast import ACCOUNTS, MAKERS, VISITOR, Keys
from terminal.simulation.checking import Checkers
from terminal.simulation.desk import SECOND, Room
from terminal.simulation.guarders import Guarders
from terminal.simulation.luck import Luck, derived
from terminal.simulation.reversers import Reversers
from terminal.simulation.sharing import Sharers
from terminal.simulation.starting import Starters
from terminal.simulation.steering import Steerers
from terminal.simulation.waiters import Waiters


class People:
    """Implement `Script`: each moment's commands, and those whose answer was never heard."""

    def __init__(self, seed: int, keys: Keys, blame: Callable[[str], None]) -> None:
        self.room = Room(Luck(seed), keys, blame)
        self.calm = False
        self._checkers = Checkers()
        self._starters = Starters()
        self._steerers = Steerers()
        self._sharers = Sharers(derived(seed, "sharing"))
        self._waiters = Waiters(derived(seed, "waiting"))
        self._reversers = Reversers(derived(seed, "reversing"))
        self._guarders = Guarders(derived(seed, "guarding"))
        self._sent: dict[str, c.Command] = {}

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
        if not self.calm:
            self._checkers.look(room)
            self._act()
            self._sharers.act(room)
            self._waiters.act(room)
            self._reversers.act(room)
            self._guarders.act(room)
        said = room.said()
        self._sent = {command.command: command for command in said}
        return said

    def heard(self, done: CommandDone) -> None:
        """Do nothing: they hear with everybody."""

    def hear(self, result: CommandDone, effects: int) -> None:
        """Take the result of a command."""
        self.room.hear(self._sent[result.command], result, effects)

    def _act(self) -> None:
        room, luck = self.room, self.room.luck
        draw = luck.random()
        if draw < 0.06:
            self._order(large=False)
        elif draw < 0.075:
            self._order(large=True)
        elif draw < 0.12:
            self._starters.act(room)
        elif draw < 0.14:
            self._steerers.act(room)

    def _order(self, *, large: bool) -> None:
        room, luck = self.room, self.room.luck
        account = luck.one_of(ACCOUNTS)
        terms = hands.by_hand(luck, room.look, room.state, account, large=large)
        if terms is None:
            return
        person = VISITOR if luck.chance(0.02) else luck.one_of(MAKERS)
        late = 4 * SECOND if luck.chance(0.03) else 0
        room.ask(person, c.SubmitOrder(terms=terms, reason="人工委托"), late=late)
        if luck.chance(0.05):
            room.ask(person, c.SubmitOrder(terms=terms, reason="再按一次"))  # a double click is another command
