"""Watch each turn as it becomes durable, and judge what single turns can show to be wrong.

These are rules about steps; what only the whole shows is judged by `check_all` and by the exchange's books. A zombie,
an order that comes after it was declared void, reserves and trades beyond every plan and target: SAFETY 2 admits it
and turns its account red, so those accounts are excused from the sums it upsets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from terminal.domain.days.calendar import Calendar
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, OrderId
from terminal.engine.check import check_all
from terminal.engine.receive import Engine
from terminal.engine.records.journal import Record
from terminal.engine.state import State
from terminal.engine.turn import RUNNER, Turn
from terminal.simulation.balance import judge_balance, judge_halves
from terminal.simulation.steps import Doubts, Releases, judge_step

_PROVEN = f.OrderAccepted | f.OrderRejected | f.OrderFilled | f.OrderCancelled | f.OrderExpired
_CHECK_EVERY = 16  # turns that said something, between two looks at the whole state


class Hearing(Protocol):
    """Be people who hear what became of what they asked for."""

    def hear(self, result: f.CommandDone, effects: int) -> None:
        """Take the result of a command."""


class Watcher:
    """Judge the turns of all lives of one world."""

    def __init__(self, calendar: Calendar, people: Hearing, blame: Callable[[str], None]) -> None:
        self._turns = 0
        self._calendar = calendar
        self._people = people
        self._blame = blame
        self._doubts = Doubts()
        self._releases = Releases()
        self._void: set[OrderId] = set()
        self._zombied: set[AccountId] = set()

    def told(self, turn: Turn, engine: Engine) -> None:
        """Take one turn that is durable and carried out: desks hear results only then."""
        if turn.cause.startswith("cmd:") and engine.result is not None:
            self._people.hear(engine.result, sum(said.actor.person != RUNNER.person for said in turn.said))

    def kept(self, records: Sequence[Record], state: State) -> None:
        """Take one turn that has become durable, and the state it made."""
        self._turns += 1
        for record in records:
            self._judge(record, records, state)
        if self._turns % _CHECK_EVERY == 0:
            self.look_at_all(state)

    def look_at_all(self, state: State) -> None:
        """Judge the whole state."""
        for fault in check_all(state):
            if not self._excused(fault):
                self._blame(fault)

    def day(self, state: State, at: int) -> None:
        """Judge that every account is in the trading day of an instant (I14)."""
        day = self._calendar.trading_day(at)
        for name, account in state.accounts.items():
            if account.trading_day != day or account.book.trading_day != day:
                self._blame(f"I14 account {name} is in {account.trading_day}, the exchange in {day}")

    def _judge(self, record: Record, turn: Sequence[Record], state: State) -> None:
        fact = record.fact
        found = [*judge_step(record, turn, state, self._calendar)]
        found += self._doubts.take(record)
        found += self._releases.take(record, state)
        if isinstance(fact, f.OrderVoided):
            self._void.add(fact.order)
        elif isinstance(fact, _PROVEN):
            if fact.order in self._void:
                self._zombied.add(fact.account)
            if record.cause != "report":
                found.append(f"I5 {fact.order} became {type(fact).__name__} by {record.cause}, not by the exchange")
            if isinstance(fact, f.OrderFilled) and fact.account not in self._zombied:
                found += judge_balance(state.accounts[fact.account], fact.order)
                found += judge_halves(state, state.accounts[fact.account], fact.order, self._zombied)
        for fault in found:
            self._blame(fault)

    def _excused(self, fault: str) -> bool:
        return any(fault.startswith(f"I9 {account}:") and "冻结" in fault for account in self._zombied) or (
            bool(self._zombied) and fault.startswith("I11 ")
        )
