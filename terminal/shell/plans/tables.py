"""Name every table and key of a plan file, with its type and default; docs/plan.md says the same to people.

Numbers that are money or prices may be written as whole numbers, as text, or with a decimal point: TOML's text of a
number is taken exactly. What a table leaves out has the default that stands here.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

from terminal.domain.days.sessions import SessionId
from terminal.domain.fact.facts import Role
from terminal.domain.ids import (
    AccountId,
    ConfirmationId,
    DeviceId,
    ExchangeId,
    InstrumentId,
    OrderId,
    PersonId,
    ProductId,
    StrategyId,
    TenantId,
)
from terminal.domain.orders.cancel_line import CancelLine
from terminal.domain.orders.kinds import OrderKind
from terminal.domain.orders.order import HedgeFlag, Offset, PriceKind, Side, TimeCondition
from terminal.domain.parameters.own import OwnContract
from terminal.domain.products.instrument import Kind
from terminal.domain.products.product import FeeClass, MarginRelease, Match, PositionLimit
from terminal.shell.plans.tariff_tables import FeesTable, OptionTable, Table


class HeadTable(Table, frozen=True, kw_only=True):
    """Hold what stands above the first table."""

    seed: int
    tenant: TenantId
    about: str = ""


class PersonTable(Table, frozen=True, kw_only=True):
    """`[[person]]`: a person and what he or she may do, per account."""

    id: PersonId
    name: str = ""
    roles: dict[AccountId, tuple[Role, ...]]


class DeviceTable(Table, frozen=True, kw_only=True):
    """`[[device]]`: a person's device; its demo key follows from seed and id."""

    id: DeviceId
    person: PersonId


class AccountTable(Table, frozen=True, kw_only=True):
    """`[[account]]`: an account with its opening cash, yuan. `limits` is merged over `[limits]`."""

    id: AccountId
    name: str = ""
    investor: str = ""
    cash: Decimal
    hedge: bool = False
    unit: str = ""


class DayTable(Table, frozen=True, kw_only=True):
    """`[[instrument.day]]`: what the exchange said about one trading day and the recording does not, yuan."""

    trading_day: int | None = None
    pre_settlement: Decimal | None = None
    upper_limit: Decimal | None = None
    lower_limit: Decimal | None = None
    settlement: Decimal | None = None


class InstrumentTable(Table, frozen=True, kw_only=True):
    """`[[instrument]]`: fields of an instrument that replace the reference's; all of them where it has none."""

    id: InstrumentId
    kind: Kind | None = None
    name: str | None = None
    delivery_month: int | None = None
    expiry: int | None = None
    product: ProductId | None = None
    exchange: ExchangeId | None = None
    code: str | None = None
    product_name: str | None = None
    multiplier: Decimal | None = None
    tick: Decimal | None = None
    quote_unit: str | None = None
    lot_unit: str | None = None
    tonnes_per_lot: Decimal | None = None
    min_lots: int | None = None
    max_lots: int | None = None
    max_market_lots: int | None = None
    order_kinds: tuple[OrderKind, ...] | None = None
    cancel_line: CancelLine | None = None
    fee_class: FeeClass | None = None
    explicit_close_today: bool | None = None
    larger_side: bool | None = None
    match: Match | None = None
    margin_release: MarginRelease | None = None
    vat_rate: Decimal | None = None
    quote_taxed: bool | None = None
    last_day: str | None = None
    session: SessionId | None = None
    last_day_session: SessionId | None = None
    margin_rate: Decimal | None = None
    hedge_margin_rate: Decimal | None = None
    broker_margin_add: Decimal | None = None
    margin_by_lot: Decimal | None = None
    price_limit: Decimal | None = None
    position_limit: PositionLimit | None = None
    fees: FeesTable | None = None
    hedge_fees: FeesTable | None = None
    arbitrage_fees: FeesTable | None = None
    option: OptionTable | None = None
    trading_day: int | None = None
    pre_settlement: Decimal | None = None
    upper_limit: Decimal | None = None
    lower_limit: Decimal | None = None
    settlement: Decimal | None = None
    day: tuple[DayTable, ...] = ()


class SpreadTable(Table, frozen=True, kw_only=True):
    """`[[spread]]`: a spread to be priced at every batch; legs of instrument, price coefficient, lots per set."""

    name: str
    legs: tuple[tuple[InstrumentId, Decimal, int], ...]


class BasisTable(Table, frozen=True, kw_only=True):
    """`[[basis]]`: spot minus future (基差), yuan."""

    name: str
    spot: InstrumentId
    future: InstrumentId


class LevelWord(StrEnum):
    """Name the alarm levels as plans write them."""

    YELLOW = "YELLOW"
    ORANGE = "ORANGE"
    RED = "RED"


class AlarmTable(Table, frozen=True, kw_only=True):
    """`[[alarm]]`: ring when a spread or basis leaves its band; `instrument` is its first leg if left out."""

    account: AccountId
    spread: str
    instrument: InstrumentId | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    band: Decimal = Decimal(0)
    level: LevelWord = LevelWord.YELLOW
    cooldown_seconds: int = 60


class StrategyHead(Table, frozen=True, kw_only=True):
    """Hold the keys of `[[strategy]]` that are not its settings."""

    id: StrategyId
    kind: str
    at: str = "+0s"
    by: PersonId | None = None
    device: DeviceId | None = None


class TypedSpread(Table, frozen=True, kw_only=True):
    """Hold the keys that may stand in the place of a spread's legs."""

    formula: str
    ratio: str = ""


class FormulaTable(TypedSpread, frozen=True, kw_only=True):
    """Hold those of a `[[strategy]]`, with what its legs have beside their numbers."""

    active: str
    pay_up_ticks: int = 1


class OwnContracts(Table, frozen=True, kw_only=True):
    """Hold the key that stands in the place of `instrument` and `max_lots` where a rule is of several contracts."""

    contracts: tuple[OwnContract, ...]


MANUAL: Final = "manual"
"""`at` of a strategy that no clock starts; a command `start` does."""


class CommandTable(Table, frozen=True, kw_only=True, tag_field="do"):
    """`[[command]]`: what a person does at a time; `do` says what."""

    at: str
    by: PersonId
    device: DeviceId | None = None


class TermsTable(CommandTable, frozen=True, kw_only=True):
    """Hold the fields of an order."""

    account: AccountId
    instrument: InstrumentId
    side: Side
    offset: Offset
    lots: int
    price: Decimal
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    time_condition: TimeCondition = TimeCondition.GFD
    price_kind: PriceKind = PriceKind.LIMIT


class SubmitTable(TermsTable, frozen=True, kw_only=True, tag="submit"):
    """Send one order by hand."""

    reason: str = ""


class CancelTable(CommandTable, frozen=True, kw_only=True, tag="cancel"):
    """Cancel one order: `order`, or the account's oldest working one sent by hand (of `instrument`, if given)."""

    account: AccountId
    order: OrderId | None = None
    instrument: InstrumentId | None = None


class CancelAllTable(CommandTable, frozen=True, kw_only=True, tag="cancel_all"):
    """Cancel every working order of an account, or of one instrument in it."""

    account: AccountId
    instrument: InstrumentId | None = None


class DecisionTable(CommandTable, frozen=True, kw_only=True):
    """Hold a checker's decision; hash and signature are made from the state unless an attack states them."""

    account: AccountId
    confirmation: ConfirmationId | None = None
    order_hash: str | None = None
    signature: str | None = None
    copied_from: ConfirmationId | None = None


class ApproveTable(DecisionTable, frozen=True, kw_only=True, tag="approve"):
    """Approve `confirmation`, or the oldest pending one."""


class RejectTable(DecisionTable, frozen=True, kw_only=True, tag="reject"):
    """Reject `confirmation`, or the oldest pending one."""

    reason: str


class WithdrawTable(CommandTable, frozen=True, kw_only=True, tag="withdraw"):
    """Take back `confirmation`, or the oldest pending one."""

    account: AccountId
    confirmation: ConfirmationId | None = None


class EditTable(TermsTable, frozen=True, kw_only=True, tag="edit"):
    """Replace the order of `confirmation`, or of the oldest pending one, by another."""

    confirmation: ConfirmationId | None = None


class SteerTable(CommandTable, frozen=True, kw_only=True):
    """Name a strategy of the plan."""

    strategy: StrategyId


class StartTable(SteerTable, frozen=True, kw_only=True, tag="start"):
    """Start a strategy of the plan, usually one with `at = "manual"`."""


class PauseTable(SteerTable, frozen=True, kw_only=True, tag="pause"):
    """Pause a strategy."""


class ResumeTable(SteerTable, frozen=True, kw_only=True, tag="resume"):
    """Let a paused strategy decide again."""


class StopTable(SteerTable, frozen=True, kw_only=True, tag="stop"):
    """End a strategy."""


class LimitsTable(CommandTable, frozen=True, kw_only=True, tag="limits"):
    """Change some limits; `base_version` is the present version unless a conflict is to be shown."""

    account: AccountId
    base_version: int | None = None
    limits: dict[str, object]


class ScopeTable(CommandTable, frozen=True, kw_only=True):
    """Hold a scope: the whole account, one strategy, or one instrument."""

    account: AccountId
    strategy: StrategyId | None = None
    instrument: InstrumentId | None = None
    reason: str


class KillTable(ScopeTable, frozen=True, kw_only=True, tag="kill"):
    """Pull the kill switch."""


class ReleaseTable(ScopeTable, frozen=True, kw_only=True, tag="release"):
    """Ask for, or grant as the second person, the release of a kill switch or a red level."""


class CashTable(CommandTable, frozen=True, kw_only=True, tag="cash"):
    """Book cash in (positive) or out, yuan."""

    account: AccountId
    amount: Decimal
    reason: str


class QuoteTable(CommandTable, frozen=True, kw_only=True, tag="spot"):
    """State a spot price."""

    instrument: InstrumentId
    price: Decimal
    source: str


class CutTable(Table, frozen=True, kw_only=True, tag_field="do", tag="cut"):
    """Cut the link to the exchange for some seconds of market time."""

    at: str
    seconds: int


AnyPersonCommand = (
    SubmitTable
    | CancelTable
    | CancelAllTable
    | ApproveTable
    | RejectTable
    | WithdrawTable
    | EditTable
    | StartTable
    | PauseTable
    | ResumeTable
    | StopTable
    | LimitsTable
    | KillTable
    | ReleaseTable
    | CashTable
    | QuoteTable
)

HEAD_KEYS: Final = HeadTable.__struct_fields__

TOP_KEYS: Final = (
    *HEAD_KEYS,
    "person",
    "device",
    "account",
    "limits",
    "instrument",
    "spread",
    "basis",
    "alarm",
    "spot",
    "spot_series",
    "stock",
    "strategy",
    "group",
    "command",
)
