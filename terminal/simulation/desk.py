"""Keep what the desks of a world asked and heard, and what their people mean to do next.

A desk keeps a command until it has heard the result (SAFETY 4): after a crash it sends it again under the same id, and
now and then it sends one again that was answered long ago. Neither may change anything (I17), and what a desk once
heard must stay true over every restart.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import AccountId, CommandId, PersonId
from terminal.engine.look import Look
from terminal.engine.state import AccountState, State
from terminal.simulation.cast import Keys, device_of
from terminal.simulation.luck import Luck

SECOND = 1_000_000_000
TRADE_TTL = 3 * SECOND
APPROVAL_TTL = 30 * SECOND
_TRADING = c.SubmitOrder | c.EditOrder
_APPROVING = c.ApproveOrder | c.RejectOrder

Act = Callable[["Room"], None]


LONG_AFTER = 1 << 62  # a trading day nobody forgets


class Room:
    """Hold what the people of a world share: the moment, their luck, their keys, their outbox, their intentions."""

    def __init__(self, luck: Luck, keys: Keys, blame: Callable[[str], None]) -> None:
        self.luck = luck
        self.keys = keys
        self.blame = blame
        self.at = 0
        self.asked = 0
        self.counts: dict[str, int] = {}
        self._state: State | None = None
        self._look: Look | None = None
        self._said: list[c.Command] = []
        self._outbox: dict[CommandId, c.Command] = {}
        self._answered: list[c.Command] = []
        self._heard: dict[CommandId, CommandDone] = {}
        self._heard_on: dict[CommandId, int] = {}  # the account's trading day
        self._agenda: list[tuple[int, int, Act]] = []
        self._intended = 0

    @property
    def state(self) -> State:
        """Return the state of the moment."""
        if self._state is None:
            raise LookupError("nobody has sat down yet")
        return self._state

    @property
    def look(self) -> Look:
        """Return the market of the moment."""
        if self._look is None:
            raise LookupError("nobody has sat down yet")
        return self._look

    def account(self, account: AccountId) -> AccountState:
        """Return an account as everybody sees it."""
        return self.state.accounts[account]

    def sit_down(self, state: State, look: Look) -> None:
        """Look at a runner that has just begun; what was heard before must still be true."""
        self._state, self._look = state, look
        for command, result in self._heard.items():
            found = _result(state, result)
            account = None if result.account is None else state.accounts[result.account]
            is_forgotten = account is not None and self._heard_on[command] < account.forgotten.before
            if found != result and not (found is None and is_forgotten):
                self.blame(f"I17 the result of {command} that was heard is not there after a restart")

    def count(self, what: str) -> None:
        """Count something that happened."""
        self.counts[what] = self.counts.get(what, 0) + 1

    # --- asking -----------------------------------------------------------------------------------------------------

    def ask(self, person: PersonId, body: c.CommandBody, *, late: int = 0) -> CommandId:
        """Have a person ask for something; `late` is how long ago the button was pressed, ns."""
        self.asked += 1
        name = CommandId(f"cmd-{self.asked:06d}")
        command = c.Command(command=name, person=person, device=device_of(person), at=self.at - late, body=body)
        self._outbox[name] = command
        self._said.append(command)
        return name

    def later(self, seconds: float, act: Act) -> None:
        """Mean to do something after so much market time."""
        self._intended += 1
        heappush(self._agenda, (self.at + int(seconds * SECOND), self._intended, act))

    def do_what_is_due(self) -> None:
        """Do what was meant for now."""
        while self._agenda and self._agenda[0][0] <= self.at:
            heappop(self._agenda)[2](self)

    def repeat(self) -> None:
        """Send again what has had no answer, and by chance something that had one."""
        self._said.extend(self._outbox.values())
        if self._answered and self.luck.chance(0.01):
            self._said.append(self.luck.one_of(self._answered[-40:]))
            self.count("commands_repeated")

    def said(self) -> list[c.Command]:
        """Return what was asked since the last time."""
        said, self._said = self._said, []
        return said

    # --- hearing ----------------------------------------------------------------------------------------------------

    def hear(self, command: c.Command, result: CommandDone, effects: int) -> None:
        """Take a result; `effects` counts the facts the command led to now, 0 when it only told the first result."""
        name = command.command
        self._outbox.pop(name, None)
        before = self._heard.get(name)
        if before is not None:
            if before != result or effects:
                self.blame(f"I17 command {name} took effect again")
            return
        self._heard[name] = result
        known = None if self._state is None or result.account is None else self._state.accounts.get(result.account)
        self._heard_on[name] = LONG_AFTER if known is None else _answered_on(known, name)
        self._answered.append(command)
        if effects:
            self._judge(command, result)

    def _judge(self, command: c.Command, result: CommandDone) -> None:
        age = self.at - command.at
        body = command.body
        if result.ok and (
            (isinstance(body, _TRADING) and age > TRADE_TTL) or (isinstance(body, _APPROVING) and age > APPROVAL_TTL)
        ):
            self.blame(f"I18 command {command.command} was carried out {age / SECOND:.0f} s after it was made")
        if result.ok and isinstance(body, _APPROVING):
            maker = self.account(body.account).confirmations[body.confirmation].confirmation.maker
            if maker == command.person:
                self.blame(f"I24 {command.person} decided on the own order {body.confirmation}")


def _answered_on(account: AccountState, command: CommandId) -> int:
    # A desk may hear today, by asking again, what was answered before the latest settlement.
    is_settled = command in [*account.commands][: account.settled_commands]
    return account.forgotten.before if is_settled else account.trading_day


def _result(state: State, heard: CommandDone) -> CommandDone | None:
    if heard.account is not None:
        return state.accounts[heard.account].commands.get(heard.command)
    kept = state.persons.get(heard.person) if heard.person is not None else None
    return None if kept is None else kept.commands.get(heard.command)
