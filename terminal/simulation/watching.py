"""Watch each turn as it is told, and judge what a single turn can show to be wrong.

These are rules about steps; what only the whole shows is judged by `check_all` and by the exchange's books.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

import msgspec

from terminal.domain import facts as f
from terminal.domain.calendar import Calendar
from terminal.domain.confirmation import ConfirmationEvent, Stored
from terminal.domain.ids import AccountId, OrderId, PersonId
from terminal.domain.order import Origin
from terminal.domain.risk_words import Scope
from terminal.domain.strategy_settings import RollSettings, SpreadSettings
from terminal.engine.check import check_all
from terminal.engine.journal import Actor, Record
from terminal.engine.receive import RUNNER, Engine
from terminal.engine.state import AccountState, State, StrategyRow
from terminal.engine.turn import Turn
from terminal.simulation.people import People

SECOND = 1_000_000_000
_PROVEN = f.OrderAccepted | f.OrderRejected | f.OrderFilled | f.OrderCancelled | f.OrderExpired
_CHECK_EVERY = 16  # turns that said something, between two looks at the whole state


class Watcher:
    """Judge the turns of all lives of one world."""

    def __init__(self, calendar: Calendar, people: People, blame: Callable[[str], None]) -> None:
        self._turns = 0
        self._calendar = calendar
        self._people = people
        self._blame = blame
        self._doubts: dict[OrderId, Doubt] = {}
        self._asked: dict[tuple[AccountId, Scope], PersonId] = {}  # who asked for a release last
        self._void: set[OrderId] = set()
        self._zombied: set[AccountId] = set()

    def told(self, turn: Turn, engine: Engine) -> None:
        """Take one turn that is durable and carried out."""
        if turn.cause.startswith("cmd:") and engine.result is not None:
            self._people.hear(engine.result, sum(said.actor.person != RUNNER.person for said in turn.said))

    def kept(self, records: Sequence[Record], state: State) -> None:
        """Take one turn that has become durable, and the state it made."""
        self._turns += 1
        for record in records:
            for fault in self._judge(record, records, state):
                self._blame(fault)
        if self._turns % _CHECK_EVERY == 0:
            self.look_at_all(state)

    def look_at_all(self, state: State) -> None:
        """Judge the whole state."""
        for fault in check_all(state):
            if not self._excused(fault):
                self._blame(fault)

    def _excused(self, fault: str) -> bool:
        # A zombie order reserves and trades beyond every plan and target; its account is red (SAFETY 2).
        return any(fault.startswith(f"I9 {account}:") and "冻结" in fault for account in self._zombied) or (
            bool(self._zombied) and fault.startswith("I11 ")
        )

    def day(self, state: State, at: int) -> None:
        """Judge that every account is in the trading day of an instant (I14)."""
        day = self._calendar.trading_day(at)
        for name, account in state.accounts.items():
            if account.trading_day != day or account.book.trading_day != day:
                self._blame(f"I14 account {name} is in {account.trading_day}, the exchange in {day}")

    def _judge(self, record: Record, turn: Sequence[Record], state: State) -> Iterator[str]:
        fact, at = record.fact, record.utc
        match fact:
            case f.OrderUnknown():
                self._doubts[fact.order] = Doubt(fact.account, at)
            case f.LinkLost():
                for doubt in self._doubts.values():
                    if doubt.account == fact.account:
                        doubt.begin(at)
            case f.Reconciled():
                for order in fact.absent:
                    self._doubts.setdefault(order, Doubt(fact.account, at)).absent.append(at)
            case f.OrderVoided():
                self._void.add(fact.order)
                yield from self._doubts.pop(fact.order, Doubt(fact.account, at)).judge(fact.order, at)
            case f.BarrierPassed():
                if not _reconciled(turn, fact.account):
                    yield f"I7 the barrier of {fact.account} passed without a complete answer that agrees"
            case f.DaySettled():
                if self._calendar.trading_day(at) != fact.next_day:
                    yield f"I14 day {fact.next_day} was begun on {self._calendar.trading_day(at)}"
            case f.OrderRecorded():
                yield from _judge_order(fact, state)
            case f.ConfirmationDecided(decision=ConfirmationEvent.CONSUME):
                yield from _judge_consumption(turn, fact, state)
            case f.ReleaseAsked():
                self._asked[fact.account, fact.scope] = fact.person
            case f.KillReleased() | f.LevelReleased():
                yield from _judge_release(fact, self._asked.get((fact.account, fact.scope)), record.actor, state)
            case _:
                pass
        if isinstance(fact, _PROVEN) and record.cause != "report":
            yield f"I5 {fact.order} became {type(fact).__name__} by {record.cause}, not by the exchange's word"
        if isinstance(fact, _PROVEN) and fact.order in self._void:
            self._zombied.add(fact.account)
        if isinstance(fact, f.OrderFilled) and fact.account not in self._zombied:
            yield from _judge_balance(state.accounts[fact.account], fact.order)


class Doubt:
    """Hold since when an UNKNOWN order may be counted as absent, and when complete answers did not show it."""

    def __init__(self, account: AccountId, at: int) -> None:
        self.account = account
        self.since = at
        self.absent: list[int] = []

    def begin(self, at: int) -> None:
        """Count anew: the session it may have been sent in is known dead only now."""
        self.since, self.absent = at, []

    def judge(self, order: OrderId, at: int) -> Iterator[str]:
        """Say what is wrong with declaring the order void now (SAFETY 2)."""
        if at - self.since < 30 * SECOND:
            yield f"I5 {order} was declared void {(at - self.since) / SECOND:.0f} s after it was lost"
        elif len(self.absent) < 2 or self.absent[-1] - self.absent[0] < 5 * SECOND:
            yield f"I5 {order} was declared void without two complete answers 5 s apart"


def _reconciled(turn: Sequence[Record], account: AccountId) -> bool:
    facts = [record.fact for record in turn]
    return any(isinstance(fact, f.Reconciled) and fact.account == account and not fact.differences for fact in facts)


def _judge_order(fact: f.OrderRecorded, state: State) -> Iterator[str]:
    account = state.accounts[fact.terms.account]
    if fact.cause.origin is not Origin.MANUAL or account.limits is None:
        return
    value = state.tenant.instruments[fact.terms.instrument].value(fact.terms.price, fact.terms.lots)
    if value > account.limits.confirm_value_yuan and fact.confirmation is None:
        yield f"I19 {fact.order} of {value} yuan needed a second person"


def _judge_consumption(turn: Sequence[Record], fact: f.ConfirmationDecided, state: State) -> Iterator[str]:
    asked = state.accounts[fact.account].confirmations[fact.confirmation].confirmation
    if hashlib.sha256(asked.stored.encode()).hexdigest() != asked.order_hash:
        yield f"I23 {fact.confirmation} is not stored under the hash of what it says"
    stored = msgspec.json.decode(asked.stored, type=Stored)
    made = [record.fact for record in turn if isinstance(record.fact, f.OrderRecorded)]
    used = [order for order in made if order.confirmation == fact.confirmation]
    if stored.terms is not None and [order.terms for order in used] != [stored.terms]:
        yield f"I23 {fact.confirmation} was consumed by other terms than were approved"


def _judge_release(
    fact: f.KillReleased | f.LevelReleased, asked: PersonId | None, actor: Actor, state: State
) -> Iterator[str]:
    roles = {*state.tenant.roles(fact.first, fact.account), *state.tenant.roles(fact.second, fact.account)}
    if fact.first == fact.second or f.Role.RISK not in roles:
        yield f"I21 {fact.account} was released by {fact.first} and {fact.second}"
    if fact.first != asked or fact.second != actor.person:
        yield f"I21 {fact.account} was released in the name of {fact.first} and {fact.second} by {asked} and {actor.person}"


def _judge_balance(account: AccountState, order: OrderId) -> Iterator[str]:
    name = account.orders[order].cause.strategy
    row = account.strategies.get(name) if name is not None else None
    if row is None:
        return
    match row.settings:
        case SpreadSettings():
            lots, most = _unbalanced(row, row.settings), row.settings.naked_lots
        case RollSettings():
            lots, most = _ahead(row, row.settings), row.settings.naked_lots
        case _:
            return
    if lots > most:
        yield f"I12 {name} holds {lots} unbalanced lots, its limit is {most}"


def _unbalanced(row: StrategyRow, settings: SpreadSettings) -> int:
    nets = [held.lots if (held := row.lots.get(leg.instrument)) is not None else 0 for leg in settings.legs]
    lead = next(place for place, leg in enumerate(settings.legs) if leg.active)
    total = 0
    for net, leg in zip(nets, settings.legs, strict=True):
        exact = nets[lead] * leg.lots / settings.legs[lead].lots
        total += abs(int(exact) - net)
    return total


def _ahead(row: StrategyRow, settings: RollSettings) -> int:
    near, far = row.lots.get(settings.near), row.lots.get(settings.far)
    closed, opened = abs(near.lots) if near else 0, abs(far.lots) if far else 0
    return abs(closed - opened)
