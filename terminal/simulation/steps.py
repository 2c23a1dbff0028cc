"""State what must hold for single steps: facts that may only follow from certain others, in the same turn or before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from terminal.domain.days.calendar import Calendar
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, OrderId, PersonId
from terminal.domain.orders.conditional import TimeReached
from terminal.domain.orders.confirmation import ConfirmationEvent, Stored, stored_hash
from terminal.domain.orders.order import Origin
from terminal.domain.words.risk import Scope
from terminal.engine.conditional.late import GRACE_NS
from terminal.engine.records.journal import Actor, Record
from terminal.engine.state import AccountState, State

SECOND = 1_000_000_000


def judge_step(record: Record, turn: Sequence[Record], state: State, calendar: Calendar) -> Iterator[str]:
    """Say what is wrong with one fact among the facts of its turn."""
    fact = record.fact
    match fact:
        case f.BarrierPassed():
            if not _reconciled(turn, fact.account):
                yield f"I7 the barrier of {fact.account} passed without a complete answer that agrees"
        case f.DaySettled():
            last = [
                one.fact for one in turn if isinstance(one.fact, f.DaySettled) and one.fact.account == fact.account
            ][-1]
            if fact is last and calendar.trading_day(record.utc) != fact.next_day:  # before it: a day that was missed
                yield f"I14 day {fact.next_day} was begun on {calendar.trading_day(record.utc)}"
        case f.OrderRecorded():
            yield from _judge_order(fact, state)
        case f.ConditionalTriggered():
            yield from _judge_trigger(record, fact, state)
        case f.ConditionalReleased():
            made = {one.fact.order for one in turn if isinstance(one.fact, f.OrderRecorded)}
            if not set(fact.orders) <= made:
                yield f"I2 {fact.conditional} was let go apart from its orders"
        case f.ConfirmationDecided(decision=ConfirmationEvent.APPROVE):
            asked = state.accounts[fact.account].confirmations[fact.confirmation].confirmation
            if record.utc >= asked.expires_at:
                yield f"I23 {fact.confirmation} was approved after its time"
        case f.ConfirmationDecided(decision=ConfirmationEvent.CONSUME):
            yield from _judge_consumption(turn, fact, state)
        case _:
            pass


def _judge_trigger(record: Record, fact: f.ConditionalTriggered, state: State) -> Iterator[str]:
    account = state.accounts[fact.account]
    row = account.conditionals.rows[fact.conditional]
    if row.ends_at is not None and record.utc >= row.ends_at:
        yield f"I18 {fact.conditional} was triggered after its validity"
    waited = row.wanted.condition
    if isinstance(waited, TimeReached) and record.utc > row.due[0] + GRACE_NS:
        yield f"C12 {fact.conditional} was triggered long after its time"
    if row.wanted.release.is_opening and not account.barrier.passed:
        yield f"I7 {fact.conditional} opens and was triggered before the barrier was passed"


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
    row = state.accounts[fact.account].confirmations[fact.confirmation]
    asked = row.confirmation
    if stored_hash(asked.stored) != asked.order_hash:
        yield f"I23 {fact.confirmation} is not stored under the hash of what it says"
    stored = msgspec.json.decode(asked.stored, type=Stored)
    made = [record.fact for record in turn if isinstance(record.fact, f.OrderRecorded)]
    used = [order for order in made if order.confirmation == fact.confirmation]
    if stored.terms is not None and [order.terms for order in used] != [stored.terms]:
        yield f"I23 {fact.confirmation} was consumed by other terms than were approved"
    wanted = stored.reversal
    if wanted is not None:
        used_as = {msgspec.structs.replace(one.terms, offset=wanted.terms.offset, lots=1) for one in used}
        lots = sum(order.terms.lots for order in used)
        if used_as != {msgspec.structs.replace(wanted.terms, lots=1)} or lots > wanted.terms.lots:
            yield f"I23 {fact.confirmation} was consumed by another reversal than was approved"
    if stored.terms is not None and stored.reference_price is not None and row.reference_price is not None:
        tick = state.tenant.instruments[stored.terms.instrument].tick
        drift = abs(row.reference_price - stored.reference_price)
        if drift > max(5 * tick, stored.reference_price * 3 / 1000):
            yield f"I23 {fact.confirmation} was consumed although the price had moved by {drift}"


class Doubts:
    """Follow UNKNOWN orders: void only after two complete answers, and 30 s after the session is known dead."""

    def __init__(self) -> None:
        self._doubts: dict[OrderId, _Doubt] = {}

    def take(self, record: Record) -> Iterator[str]:
        """Take one record; say what is wrong with it."""
        fact, at = record.fact, record.utc
        match fact:
            case f.OrderUnknown():
                self._doubts[fact.order] = _Doubt(fact.account, at)
            case f.LinkLost():
                for doubt in self._doubts.values():
                    if doubt.account == fact.account:
                        doubt.begin(at)
            case f.Reconciled():
                for order in fact.absent:
                    self._doubts.setdefault(order, _Doubt(fact.account, at)).absent.append(at)
            case f.OrderVoided():
                yield from self._doubts.pop(fact.order, _Doubt(fact.account, at)).judge(fact.order, at)
            case _:
                pass


class _Doubt:
    def __init__(self, account: AccountId, at: int) -> None:
        self.account = account
        self.since = at
        self.absent: list[int] = []

    def begin(self, at: int) -> None:
        # The session the order may have gone to is known dead only now.
        self.since, self.absent = at, []

    def judge(self, order: OrderId, at: int) -> Iterator[str]:
        if at - self.since < 30 * SECOND:
            yield f"I5 {order} was declared void {(at - self.since) / SECOND:.0f} s after it was lost"
        elif len(self.absent) < 2 or self.absent[-1] - self.absent[0] < 5 * SECOND:
            yield f"I5 {order} was declared void without two complete answers 5 s apart"


class Releases:
    """Follow releases: two persons, the first of whom has asked, the second of whom acts, one of the risk desk."""

    def __init__(self) -> None:
        self._asked: dict[tuple[AccountId, Scope], PersonId] = {}

    def take(self, record: Record, state: State) -> Iterator[str]:
        """Take one record; say what is wrong with it."""
        fact = record.fact
        if isinstance(fact, f.ReleaseAsked):
            self._asked[fact.account, fact.scope] = fact.person
        elif isinstance(fact, f.KillReleased | f.LevelReleased):
            yield from self._judge(fact, record.actor, state.accounts[fact.account])

    def _judge(self, fact: f.KillReleased | f.LevelReleased, actor: Actor, account: AccountState) -> Iterator[str]:
        asked = self._asked.get((fact.account, fact.scope))
        roles = {*account.roles(fact.first), *account.roles(fact.second)}
        if fact.first == fact.second or f.Role.RISK not in roles:
            yield f"I21 {fact.account} was released by {fact.first} and {fact.second}"
        if (fact.first, fact.second) != (asked, actor.person):
            yield f"I21 {fact.account} was released for {fact.first} and {fact.second} by {asked} and {actor.person}"
