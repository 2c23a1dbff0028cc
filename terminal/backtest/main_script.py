"""Give, beside a plan's commands, those that bring strategies from one main contract to the next.

What is to be done follows from the state alone: a strategy that trades the old contract is paused; what it holds is
rolled by a roll that takes it along; what holds nothing changes its contract; who trades the new one goes on. A grid
or a spread that is on its way out (stop, bounds) is let out of the old one. Of a spread leg after leg goes, each as its
own main contract changes; where two change together it goes on once both are there. Each
command is given again later while it has not led on: a contract may not be quoted yet, a level may forbid it. What
waits for a second person is not: nobody approves by himself. Who has not arrived at the end says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.backtest.months.turns import (
    FOLLOWED,
    Turn,
    is_leaving,
    net_of,
    roll_name,
    roll_of,
    standing_of,
    stands_on,
    turned,
)
from terminal.backtest.words import KINDS, STATUSES
from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import CommandId
from terminal.domain.quiet import NEVER
from terminal.engine.records.forgetting import OVER
from terminal.shell.plans.script import PlanScript
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.backtest.months.turns import Followed, Pace
    from terminal.domain.fact.facts import CommandDone
    from terminal.domain.ids import AccountId, DeviceId, PersonId, StrategyId
    from terminal.engine.state import AccountState, State, StrategyRow

AGAIN: Final = 5 * SECOND_NS  # the first wait; each one after a refusal is twice as long as the one before
LONGEST: Final = 300 * SECOND_NS
PARKED: Final = "CONFIRM2"


class Follower:
    """Bring one strategy from turn to turn."""

    def __init__(
        self,
        account: AccountId,
        strategy: StrategyId,
        person: PersonId,
        device: DeviceId,
        turns: list[Turn],
        seed: int,
        *,
        pace: Pace,
    ) -> None:
        self._account, self._strategy = account, strategy
        self._person, self._device, self._seed = person, device, seed
        self._turns, self._turn, self._pace = turns, 0, pace
        self._paused = False  # by us, so that it is let go on
        self._said: tuple[str, int] = "", 0  # the latest command, and when
        self._wait, self._parked = AGAIN, False
        self._trouble = ""  # why the latest command was refused, or waits
        self._begun = False  # the turn's day has come
        self._given: set[CommandId] = set()
        self.due = turns[0].begins if turns else NEVER

    def step(self, at: int, state: State) -> c.Command | None:
        """Return the next command, if one is to be given now; `due` says when to ask again."""
        account = state.accounts.get(self._account)
        row = None if account is None else account.strategies.get(self._strategy)
        if account is None or row is None:
            self.due = at + AGAIN
            return None
        if row.status in OVER or not isinstance(row.settings, FOLLOWED):
            self.due = NEVER
            return None
        self.due, self._begun = at + 1, True
        turn = self._turns[self._turn]
        if not stands_on(row.settings, turn.old):
            return self._go_on(at, row)
        if is_leaving(row):
            self.due = at + AGAIN  # it goes on selling what it holds, and ends
            return None
        if row.status is StrategyStatus.RUNNING:
            self._paused = True
            return self._command(at, c.PauseStrategy(account=self._account, strategy=self._strategy))
        if row.status is not StrategyStatus.PAUSED or not strategy_of(row.settings).settled(row.settings, row.memory):
            return None
        return self._move(at, account, row, row.settings, turn)

    def hear(self, done: CommandDone) -> None:
        """Take the answer to a command of its own."""
        if done.ok and done.code != PARKED:
            return
        self._trouble = done.sentence
        self._parked = done.code == PARKED
        self._wait = min(2 * self._wait, LONGEST)

    def is_mine(self, command: CommandId) -> bool:
        """Return whether a command is of this one."""
        return command in self._given

    def trouble(self, state: State) -> str:
        """Return why it has not arrived at the main contract of the day, a sentence; "" where it has."""
        account = state.accounts.get(self._account)
        row = None if account is None else account.strategies.get(self._strategy)
        if not self._begun or account is None or row is None:
            return ""
        turn, why = self._turns[self._turn], self._trouble
        if row.status not in OVER and isinstance(row.settings, FOLLOWED) and stands_on(row.settings, turn.old):
            roll = account.strategies.get(self._roll)
            waits = f"策略{STATUSES[row.status.value]}，它的单还没有了结，移仓没有开始"
            if is_leaving(row):
                waits = f"{KINDS[strategy_of(row.settings).kind]}正在原合约上平仓结束，不再换月"
            why = standing_of(roll) if roll is not None else why or waits
        return f"策略 {self._strategy} 还没有换到 {turn.new}：{why}" if why else ""

    @property
    def _roll(self) -> StrategyId:
        return roll_name(self._strategy, self._turn)

    def _move(
        self, at: int, account: AccountState, row: StrategyRow, settings: Followed, turn: Turn
    ) -> c.Command | None:
        name, net = self._roll, net_of(row, turn.old)
        roll = account.strategies.get(name)
        if not net and (roll is None or roll.status in OVER):
            new = turned(settings, turn, at)
            change = c.ChangeStrategy(
                account=self._account, strategy=self._strategy, base_version=row.version, settings=new
            )
            return self._command(at, change)
        if roll is None:
            wanted = roll_of(settings, self._strategy, net, turn, self._pace)
            return self._command(at, c.StartStrategy(account=self._account, strategy=name, settings=wanted))
        if roll.status in OVER:  # it was stopped, or could not take it along: a person's task, as everywhere
            self.due = NEVER
        return None

    def _go_on(self, at: int, row: StrategyRow) -> c.Command | None:
        nothing_between = self._turn + 1 < len(self._turns) and self._turns[self._turn + 1].begins <= at
        if self._paused and not nothing_between and row.status is StrategyStatus.PAUSED:
            return self._command(at, c.ResumeStrategy(account=self._account, strategy=self._strategy))
        self._paused = self._paused and nothing_between
        self._said, self._turn = ("", 0), self._turn + 1
        self._wait, self._parked, self._trouble, self._begun = AGAIN, False, "", False
        self.due = max(self._turns[self._turn].begins, at + 1) if self._turn < len(self._turns) else NEVER
        return None

    def _command(self, at: int, body: c.CommandBody) -> c.Command | None:
        kind, said_at = self._said
        if kind == type(body).__name__ and (self._parked or at < said_at + self._wait):
            self.due = max(said_at + self._wait, at + 1)
            return None
        self._said = type(body).__name__, at
        name = CommandId(f"plan-{self._seed}-main-{self._strategy}-{len(self._given) + 1}")
        self._given.add(name)
        return c.Command(command=name, person=self._person, device=self._device, at=at, body=body)


class MainScript(PlanScript):
    """Give a plan's commands, and those of its followers."""

    def __init__(self, seed: int, plan: PlanScript, followers: list[Follower]) -> None:
        super().__init__(seed, plan.entries, plan.series, plan.known, plan.unbidden)
        self._followers = followers
        self._state: State | None = None  # the one that is folded, as it stands whenever it is looked at

    @property
    def next_at(self) -> int:
        """Return when the next command is due, UTC ns."""
        return min(super().next_at, *(one.due for one in self._followers), NEVER)

    def due(self, at: int, state: State) -> list[c.Command]:
        """Return the commands whose time has come."""
        self._state = state
        found = super().due(at, state)
        said = (one.step(at, state) for one in self._followers if at >= one.due)
        return found + [command for command in said if command is not None]

    def heard(self, done: CommandDone) -> None:
        """Take what a command was answered."""
        super().heard(done)
        for one in self._followers:
            if one.is_mine(done.command):
                one.hear(done)

    @property
    def troubles(self) -> list[str]:
        """Return for each strategy that has not arrived at its main contract why not, a sentence each."""
        if self._state is None:
            return []
        found = [one.trouble(self._state) for one in self._followers]
        return [trouble for trouble in found if trouble]
