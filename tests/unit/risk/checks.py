"""Build the `Check` of an order that every rule lets pass, to be changed one field at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple, TypedDict, Unpack

import msgspec

from terminal.domain.days.sessions import Phase, SessionAt
from terminal.domain.ids import (
    AccountId,
    DeviceId,
    ExchangeId,
    InstrumentId,
    OrderId,
    PersonId,
    ProductId,
    StrategyId,
)
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.order import Cause, HedgeFlag, Offset, OrderState, OrderTerms, Origin, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.product import Fee, FeeClass, Fees
from terminal.domain.view import AccountView, PositionView, Quote
from terminal.domain.words.risk import Finding, Level
from terminal.risk.check import Check, Claims, Lacked, Recent, Waiting, Working
from terminal.risk.price import is_price

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
OPEN, CLOSE = Offset.OPEN, Offset.CLOSE
SECOND: Final = 1_000_000_000
NOW: Final = 1_597_990_000 * SECOND  # 2020-08-21 14:06:40 in Shanghai
ACCOUNT, OTHER = AccountId("A1"), AccountId("A2")
GRID, ROLL = StrategyId("grid-1"), StrategyId("roll-1")

Rule = Callable[[Check], Finding | None]

REBAR = Instrument(
    id=InstrumentId("SHFE.rb2010"),
    kind=Kind.FUTURE,
    name="螺纹钢2010",
    product=ProductId("SHFE.rb"),
    exchange=ExchangeId("SHFE"),
    code="rb",
    product_name="螺纹钢",
    multiplier=D(10),
    tick=D(1),
    quote_unit="元/吨",
    lot_unit="手",
    tonnes_per_lot=D(10),
    min_lots=1,
    max_lots=500,
    fee_class=FeeClass.EXPLICIT,
    explicit_close_today=True,
    larger_side=True,
    margin_rate=D("0.09"),
    fees=Fees(open=Fee(by_value=D("0.0001")), close=Fee(by_value=D("0.0001")), close_today=Fee(by_lot=D(0))),
)

QUOTE = Quote(
    bid=3719,
    ask=3720,
    last=3720,
    bid_lots=120,
    ask_lots=80,
    volume=900_000,
    open_interest=1_200_000,
    upper_limit=4000,
    lower_limit=3400,
    pre_settlement=3700,
    exchange_at=NOW,
    received_at=NOW,
)

LIMITS = Limits(position_lots=100, day_loss_yuan=D(100_000), strategy_day_loss_yuan=D(50_000))

MONEY = AccountView(
    static_equity=D(10_000_000),
    equity=D(10_000_000),
    close_profit=D(0),
    position_profit=D(0),
    commission=D(0),
    margin=D(1_000_000),
    frozen_margin=D(0),
    frozen_commission=D(0),
    available=D(9_000_000),
)

POSITION = PositionView(6, 10, 3, 4, 1, 2, 0, 0)
EMPTY = PositionView(0, 0, 0, 0, 0, 0, 0, 0)

MANUAL = Cause(origin=Origin.MANUAL, person=PersonId("trader"), device=DeviceId("desk"))
AUTOMATIC = Cause(origin=Origin.STRATEGY, person=PersonId("runner"), device=DeviceId("runner"), strategy=GRID)


def session(phase: Phase = Phase.CONTINUOUS, *, orders: bool = True, left: int = 600 * SECOND) -> SessionAt:
    return SessionAt(
        trading_day=20200821, phase=phase, begins_at=NOW - 60 * SECOND, ends_at=NOW + left, orders=orders, cancels=True
    )


def terms(
    side: Side = BUY,
    offset: Offset = OPEN,
    lots: int = 2,
    price: str | int | Decimal = 3720,
    *,
    of: InstrumentId = REBAR.id,
    account: AccountId = ACCOUNT,
) -> OrderTerms:
    return OrderTerms(
        account=account,
        instrument=of,
        side=side,
        offset=offset,
        lots=lots,
        price=D(price),
        hedge_flag=HedgeFlag.SPECULATION,
    )


class Resting(NamedTuple):
    """Hold an own order that has not ended, nothing of it filled."""

    order: OrderId
    terms: OrderTerms
    state: OrderState
    cause: Cause
    leg: LegOf | None = None

    @property
    def remaining(self) -> int:
        """Return the lots that may still fill."""
        return self.terms.lots


def working(
    number: int, wanted: OrderTerms, state: OrderState = OrderState.LIVE, *, cause: Cause | None = None
) -> Resting:
    return Resting(OrderId(f"{wanted.account}-{number:08d}"), wanted, state, MANUAL if cause is None else cause)


def recent(wanted: OrderTerms, age: int, strategy: StrategyId | None = None) -> Recent:
    return Recent(NOW - age, OrderId("A1-00000001"), wanted, strategy)


class Changes(TypedDict, total=False):
    now: int
    terms: OrderTerms
    cause: Cause
    instrument: Instrument | None
    session: SessionAt | None
    opens_at: int | None
    quote: Quote | None
    feed_at: int
    limits: Limits | None
    reducing: bool
    hedges: Callable[[], bool]
    approved: bool
    parent_lots: int
    parent_value: Decimal | None
    position: PositionView
    money_after: AccountView | None
    worst_long: int
    worst_short: int
    worst_unhedged: int
    group_tonnes: dict[str, tuple[Decimal, Decimal]]
    working: list[Working]
    jointly: list[list[Working]]
    messages: list[deque[int]]
    recent: deque[Recent]
    fellows: int
    waiting: list[Waiting]
    refusals: deque[tuple[int, StrategyId | None]]
    day_loss: Decimal
    strategy_day_loss: Decimal
    level: Level
    killed: bool
    barrier_passed: bool
    owner: bool
    strategy_running: bool
    claims: Claims | None
    lacked: Lacked
    unreconciled: str


def opening(**changes: Unpack[Changes]) -> Check:
    """Return a manual buy-open of 2 lots at the best ask."""
    check = Check(
        now=NOW,
        terms=terms(),
        cause=MANUAL,
        instrument=REBAR,
        session=session(),
        opens_at=None,
        quote=QUOTE,
        feed_at=NOW,
        limits=LIMITS,
        has_price=True,
        reducing=False,
        approved=False,
        parent_lots=2,
        parent_value=D(74_400),
        position=POSITION,
        money_after=MONEY,
        worst_long=18,
        worst_short=7,
        worst_unhedged=18,
        group_tonnes={},
        working=[],
        jointly=[[]],
        messages=[deque()],
        recent=deque(),
        fellows=0,
        waiting=[],
        refusals=deque(),
        day_loss=D(0),
        strategy_day_loss=D(0),
        level=Level.NORMAL,
        killed=False,
        barrier_passed=True,
        owner=True,
        strategy_running=True,
    )
    return _changed(check, changes)


def automatic(**changes: Unpack[Changes]) -> Check:
    """Return the same order as a strategy's."""
    return _changed(opening(cause=AUTOMATIC), changes)


def reducing(**changes: Unpack[Changes]) -> Check:
    """Return a manual sell-close of 2 of yesterday's lots at the best bid."""
    return _changed(opening(terms=terms(SELL, CLOSE, price=3719), reducing=True), changes)


def _changed(check: Check, changes: Changes) -> Check:
    for name, value in changes.items():
        setattr(check, name, value)
    check.has_price = is_price(check.terms.price)
    return check


def limits(**changes: object) -> Limits:
    return msgspec.structs.replace(LIMITS, **changes)


def found(rule: Rule, check: Check) -> tuple[str, str]:
    """Return verdict and code of what a rule found, or two empty words."""
    finding = rule(check)
    return ("", "") if finding is None else (finding.verdict.name, finding.code)


PASS = ("", "")
