"""Make facts, turns and journals for the tests of the journal, its projections and its verifier."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from terminal.domain.fact.facts import (
    CommandDone,
    ConfirmationDecided,
    ConfirmationRequested,
    Fact,
    OrderAccepted,
    OrderFilled,
    OrderRecorded,
    OrderSent,
    PersonEnrolled,
)
from terminal.domain.ids import (
    AccountId,
    CommandId,
    ConfirmationId,
    DeviceId,
    ExchangeId,
    InstrumentId,
    OrderId,
    PersonId,
    StrategyId,
    SysId,
    TenantId,
    TradeId,
    WireKey,
)
from terminal.domain.orders.confirmation import Confirmation, ConfirmationEvent, Envelope, Stored
from terminal.domain.orders.order import Cause, Offset, OrderTerms, Origin, Side
from terminal.domain.words.risk import Finding
from terminal.engine.records.journal import Actor, Journal, Record, records_of

TENANT: Final = TenantId("house")
ACCOUNT: Final = AccountId("A1")
MAKER: Final = PersonId("trader")
CHECKER: Final = PersonId("supervisor")
DESK: Final = DeviceId("desk-1")
RUNNER: Final = Actor(PersonId("runner"), DeviceId("cloud"))
INSTRUMENT: Final = InstrumentId("DCE.i2101")
EXCHANGE: Final = ExchangeId("DCE")
DAY: Final = 20200821


class Said(msgspec.Struct, frozen=True):
    fact: Fact
    cause: str = "timer"
    actor: Actor = RUNNER


def turn(
    journal: Journal, *facts: Fact, utc: int = 1_598_000_000_000_000_000, cause: str = "timer"
) -> tuple[Record, ...]:
    sayings = [Said(fact, cause) for fact in facts]
    return records_of(sayings, journal.heads(), tenant=journal.tenant, epoch=journal.epoch, utc=utc)


def say(journal: Journal, *facts: Fact, batch: int | None = None, cause: str | None = None) -> None:
    told = cause or ("timer" if batch is None else f"batch:{batch}")
    journal.append(turn(journal, *facts, cause=told), batch=batch)


def terms(
    *,
    account: AccountId = ACCOUNT,
    side: Side = Side.BUY,
    offset: Offset = Offset.OPEN,
    lots: int = 2,
    price: str = "812.5",
) -> OrderTerms:
    return OrderTerms(account=account, instrument=INSTRUMENT, side=side, offset=offset, lots=lots, price=Decimal(price))


def by_hand(person: PersonId = MAKER) -> Cause:
    return Cause(origin=Origin.MANUAL, person=person, device=DESK, reason="锁定采购成本")


def by_strategy(name: str = "grid-1", version: int = 1) -> Cause:
    return Cause(
        origin=Origin.STRATEGY,
        person=RUNNER.person,
        device=RUNNER.device,
        strategy=StrategyId(name),
        parameter_version=version,
    )


def recorded(
    number: int,
    what: OrderTerms | None = None,
    *,
    cause: Cause | None = None,
    findings: tuple[Finding, ...] = (),
    confirmation: str | None = None,
) -> OrderRecorded:
    return OrderRecorded(
        order=OrderId(f"A1-{number:08d}"),
        wire_key=WireKey(f"broker/investor/{DAY}/1/s1/{number:08d}"),
        reference=number,
        terms=what or terms(),
        cause=cause or by_hand(),
        trading_day=DAY,
        findings=findings,
        confirmation=None if confirmation is None else ConfirmationId(confirmation),
    )


def sent(number: int) -> OrderSent:
    return OrderSent(account=ACCOUNT, order=OrderId(f"A1-{number:08d}"))


def accepted(number: int) -> OrderAccepted:
    return OrderAccepted(
        account=ACCOUNT,
        order=OrderId(f"A1-{number:08d}"),
        exchange=EXCHANGE,
        sys_id=SysId(str(number)),
        exchange_at=1_598_000_000_000_000_001,
    )


def filled(
    number: int, trade: int, *, lots: int = 1, side: Side = Side.BUY, price: str = "812", is_last: bool = False
) -> OrderFilled:
    return OrderFilled(
        account=ACCOUNT,
        order=OrderId(f"A1-{number:08d}"),
        exchange=EXCHANGE,
        sys_id=SysId(str(number)),
        trade=TradeId(str(trade)),
        trading_day=DAY,
        side=side,
        instrument=INSTRUMENT,
        lots=lots,
        price=Decimal(price),
        fee=Decimal("1.62"),
        exchange_at=1_598_000_000_000_000_002,
        is_last=is_last,
    )


def done(command: str, *, account: AccountId | None = ACCOUNT, ok: bool = True) -> CommandDone:
    person = MAKER if account is None else None
    return CommandDone(account=account, person=person, command=CommandId(command), ok=ok, code="OK", sentence="已执行")


def enrolled(name: str) -> PersonEnrolled:
    return PersonEnrolled(person=PersonId(name), name=name)


def stored(what: OrderTerms | None = None, *, maker: PersonId = MAKER, envelope: Envelope | None = None) -> Stored:
    return Stored(
        tenant=TENANT,
        account=ACCOUNT,
        terms=what if envelope is None else None,
        strategy=None if envelope is None else StrategyId("roll-1"),
        envelope=envelope,
        cause=by_hand(maker),
        maker=maker,
        nonce="n1",
        created_at=1,
        expires_at=900_000_000_000,
        limits_version=1,
        reference_price=Decimal(812),
        level=0,
        position_sign=1,
    )


def requested(
    name: str, what: OrderTerms | None = None, *, maker: PersonId = MAKER, envelope: Envelope | None = None
) -> ConfirmationRequested:
    text = msgspec.json.encode(stored(what or terms(), maker=maker, envelope=envelope), order="deterministic")
    return ConfirmationRequested(
        confirmation=Confirmation(
            confirmation=ConfirmationId(name),
            account=ACCOUNT,
            order_hash=hashlib.sha256(text).hexdigest(),
            stored=text.decode(),
            maker=maker,
            maker_device=DESK,
            expires_at=900_000_000_000,
            why="超过单笔金额",
        ),
        findings=(),
    )


def decided(name: str, event: ConfirmationEvent, person: PersonId | None = None) -> ConfirmationDecided:
    return ConfirmationDecided(
        account=ACCOUNT,
        confirmation=ConfirmationId(name),
        decision=event,
        person=person,
        device=None if person is None else DESK,
    )


def approved(name: str, person: PersonId = CHECKER) -> ConfirmationDecided:
    return decided(name, ConfirmationEvent.APPROVE, person)


def consumed(name: str) -> ConfirmationDecided:
    return decided(name, ConfirmationEvent.CONSUME)


def a_small_day(journal: Journal) -> None:
    """Journal a little of everything: persons, a confirmed order, plain orders, fills, commands."""
    say(journal, enrolled("trader"), enrolled("supervisor"), done("c0", account=None), cause="start")
    say(journal, recorded(1), batch=3)
    say(journal, sent(1), accepted(1), filled(1, 11), cause="report:11")
    say(journal, filled(1, 12, is_last=True), batch=7, cause="report:12")
    say(journal, requested("k1", terms(lots=5)), done("c1"), cause="cmd:c1")
    say(journal, approved("k1"), done("c2"), cause="cmd:c2")
    say(journal, recorded(2, terms(lots=5), confirmation="k1"), consumed("k1"), cause="cmd:c2")
    say(journal, sent(2), accepted(2), filled(2, 13, lots=5, is_last=True), batch=9, cause="report:13")


def many_orders(journal: Journal, numbers: Iterable[int]) -> None:
    """Journal whole order lives, one turn each step."""
    for number in numbers:
        say(journal, recorded(number), batch=number)
        say(journal, sent(number), accepted(number), filled(number, number, lots=2, is_last=True))
