"""Build the little that the judges of a simulation look at: one account with its orders, and records."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.fact.facts import Fact
from terminal.domain.ids import (
    AccountId,
    DeviceId,
    ExchangeId,
    InstrumentId,
    OrderId,
    PersonId,
    StrategyId,
    StreamId,
    SysId,
    TenantId,
    TradeId,
    WireKey,
)
from terminal.domain.orders.order import Cause, Offset, OrderState, OrderTerms, Origin, Side
from terminal.engine.records.journal import Actor, Record
from terminal.engine.state import AccountState, OrderRow, State

SECOND = 1_000_000_000
DAY = 20250310
T, A = TenantId("T"), AccountId("A")
IRON, STEEL = InstrumentId("DCE.i2509"), InstrumentId("SHFE.rb2510")
DCE, ONE, TRADE = ExchangeId("DCE"), SysId("1"), TradeId("1")
ORDER, KEY, OTHER_KEY = OrderId("o"), WireKey("k"), WireKey("other")
TRADER, RISK, OTHER = PersonId("trader"), PersonId("risk"), PersonId("other")
DEVICE = DeviceId("d")
STRATEGY, OTHER_STRATEGY = StrategyId("s"), StrategyId("t")
ACTOR = Actor(TRADER, DEVICE)
CAUSE = Cause(origin=Origin.STRATEGY, person=TRADER, device=DEVICE, strategy=STRATEGY)
TERMS = OrderTerms(account=A, instrument=IRON, side=Side.BUY, offset=Offset.OPEN, lots=2, price=Decimal(800))


def row(key: WireKey = KEY, terms: OrderTerms = TERMS, state: OrderState = OrderState.RECORDED) -> OrderRow:
    return OrderRow(
        order=OrderId(f"o-{key}"),
        wire_key=key,
        reference=1,
        terms=terms,
        cause=CAUSE,
        trading_day=DAY,
        recorded_at=0,
        state=state,
    )


def one_account() -> tuple[State, AccountState]:
    state = State()
    account = state.accounts[A] = AccountState(A, "a", "1", Decimal(0), DAY)
    account.barrier.passed = account.linked = True
    return state, account


def record(fact: Fact, second: int = 0, person: PersonId = TRADER) -> Record:
    return Record(
        tenant=T,
        stream=StreamId("account:A"),
        epoch=1,
        seq=1,
        utc=second * SECOND,
        kind="",
        cause="report",
        actor=Actor(person, DEVICE),
        fact=fact,
    )
