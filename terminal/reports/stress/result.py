"""Hold what a stress test found. Amounts are yuan, prices per quotation unit, margin after a settlement at the end."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain.ids import AccountId, InstrumentId, ProductId
from terminal.reports.stress.reduction import Reduction


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what an account holds of a contract, at the price the scenarios start from.

    `delta_lots` are net lots, of an option times its delta; `None` where its price implies none. `tonnes` and `value`
    (yuan, of the underlying) are of those. `limit` is the first day's band; `None`: nobody knows it, so it never moves.
    """

    instrument: InstrumentId
    product: ProductId
    long: int
    short: int
    price: Decimal
    delta_lots: Decimal | None
    tonnes: Decimal | None
    value: Decimal | None
    limit: Decimal | None


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """Hold an account's money; `call` (追保) is what has to come in for the margin to be covered."""

    equity: Decimal  # 客户权益
    market_equity: Decimal  # 市值权益
    margin: Decimal
    available: Decimal
    risk_degree: Decimal
    call: Decimal


class AccountNow(msgspec.Struct, frozen=True, kw_only=True):
    """Hold an account as it is at the last settlement prices, its working orders gone, and what it holds."""

    account: AccountId
    name: str
    money: Money
    exposure: tuple[Exposure, ...]


class AccountAfter(msgspec.Struct, frozen=True, kw_only=True):
    """Hold an account after a scenario.

    `profit` is what 市值权益 has moved by, and of which product. `reductions` are what would be closed first, and
    `uncovered` is what would be missing still.
    """

    account: AccountId
    money: Money
    profit: Decimal
    products: dict[ProductId, Decimal]
    reductions: tuple[Reduction, ...]
    uncovered: Decimal


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a contract that moved: by how many limit days (`None`: an option), from and to which price, and its rate."""

    instrument: InstrumentId
    moves: int | None
    before: Decimal
    after: Decimal
    margin_rate: Decimal | None  # asked afterwards, without the broker's own; `None`: not raised


class BasisShift(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the basis (基差) of a spot price that people stated against the nearest month of its product."""

    spot: InstrumentId
    instrument: InstrumentId
    before: Decimal
    after: Decimal


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a scenario did; `group` adds the accounts up, and calls are not set off against each other.

    `unmoved` are contracts that it would have moved and whose band nobody knows; of those in `no_rule` nobody knows
    what days in a row do to band and margin.
    """

    scenario: str
    exits: bool
    group: Money
    profit: Decimal
    accounts: tuple[AccountAfter, ...]
    moved: tuple[Shift, ...]
    basis: tuple[BasisShift, ...]
    unmoved: tuple[InstrumentId, ...]
    no_rule: tuple[InstrumentId, ...]


class Stress(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a whole stress test of the books as a journal's last record left them."""

    records: int
    trading_day: int
    group: Money
    accounts: tuple[AccountNow, ...]
    outcomes: tuple[Outcome, ...]
