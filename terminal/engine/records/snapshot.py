"""Put a state away as bytes and bring it back, so that folding goes on from there as from the original.

A snapshot is no second source of truth: it is what the fold of some streams had come to at a record, and whoever holds
it goes on folding that record's successors. It may hold less than its maker has (the accounts and persons of one
desk), never a different thing. What can be worked out from the rest (an order's place by its wire key) is not in it;
every running sum is, as it runs. Its fold is named inside: another program's fold is not continued.

What there may be many thousands of is encoded a few hundred at a time: encoding is one call into C, which no other
thread can interrupt, and a window stands still for as long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeVar, cast

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.books.form import BookForm
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.fact.facts import CommandDone, DeviceEnrolled
from terminal.domain.ids import (
    AccountId,
    CommandId,
    DeviceId,
    ExchangeId,
    InstrumentId,
    OrderId,
    PersonId,
    StockId,
    StrategyId,
    SysId,
    TenantId,
    TradeId,
)
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.products.instrument import Instrument
from terminal.domain.reports import Ended
from terminal.domain.stock import StockNote
from terminal.engine.books.batch import BatchBook, BatchOrderedRow, GroupRow
from terminal.engine.books.conditional import ConditionalBook
from terminal.engine.books.exercise import ExerciseBook
from terminal.engine.books.otc import OtcBook
from terminal.engine.books.reversal import ReversalBook
from terminal.engine.person import DocumentRow, PersonState
from terminal.engine.standing import (
    AlertRow,
    Barrier,
    ConfirmationRow,
    KillRow,
    LetGo,
    LevelRow,
    LinkLoss,
    RehearsedRow,
    StatementRow,
)
from terminal.engine.state import (
    FOLD_VERSION,
    AccountState,
    ExternalRow,
    Forgotten,
    MemberRow,
    OrderRow,
    State,
    StrategyRow,
    TenantState,
    TradeRow,
)
from terminal.risk.check import Recent


class SnapshotError(UserError):
    """Say in one sentence why a snapshot cannot be used; the streams themselves can be folded instead."""


class OtherFoldError(SnapshotError):
    """Say that a snapshot is whole, and of a program that folds otherwise; `by_whom` is part of a sentence."""

    def __init__(self, fold: int) -> None:
        age = "旧" if fold < FOLD_VERSION else "新"
        self.by_whom = f"由{age}版程序写成（折叠规则第 {fold} 版，本程序第 {FOLD_VERSION} 版）"
        super().__init__(f"快照{self.by_whom}，没有采用；它没有损坏，从日志重新折叠即可")


class _TenantForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: TenantId
    starts: int
    plan_sha256: str
    exchange: str
    version: str
    instruments: list[Instrument]
    spots: dict[InstrumentId, tuple[Decimal, int, str]]
    stocks: dict[StockId, tuple[StockNote, ...]]


class _AccountForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    account: AccountId
    name: str
    investor: str
    unit: str
    book: BookForm
    trading_day: int
    members: dict[PersonId, MemberRow]
    limits: Limits | None
    orders: list[OrderRow]
    live: list[OrderId]  # in the order in which they are looked at
    fills: list[tuple[int, ExchangeId, TradeId, SysId, Side, OrderId]]
    trades: list[TradeRow]
    external: list[ExternalRow]
    confirmations: list[ConfirmationRow]
    conditionals: ConditionalBook
    reversals: ReversalBook
    batches: BatchBook
    exercises: ExerciseBook
    otc: OtcBook
    strategies: list[StrategyRow]
    levels: dict[str, LevelRow]
    kills: dict[str, KillRow]
    let_go: dict[str, LetGo]
    releases: dict[str, tuple[PersonId, int, str]]
    barrier: Barrier
    linked: bool
    link_loss: LinkLoss | None
    reference: int
    refused: dict[str, int]
    verdicts: dict[str, int]
    commands: list[CommandDone]
    settled_commands: int
    forgotten: Forgotten
    message_stamps: dict[ExchangeId, list[int]]
    recent: list[Recent]
    refusals: list[tuple[int, StrategyId | None]]
    cancels: dict[InstrumentId, int]
    alerts: int
    open_alerts: list[AlertRow]
    holder: tuple[PersonId, DeviceId] | None
    zombies: int
    had_zombie: bool
    quarantined: dict[str, int]
    ended: dict[str, int]
    ends_aside: dict[str, Ended]
    statements: dict[int, StatementRow]
    refused_statements: list[str]
    sandbox: list[RehearsedRow]
    filled_lots: dict[InstrumentId, tuple[int, int]]


# What a form keeps under the same name and as it is.
_SAME: Final = (
    "unit",
    "trading_day",
    "members",
    "limits",
    "conditionals",
    "reversals",
    "batches",
    "exercises",
    "otc",
    "levels",
    "kills",
    "let_go",
    "releases",
    "barrier",
    "linked",
    "link_loss",
    "reference",
    "refused",
    "verdicts",
    "cancels",
    "alerts",
    "holder",
    "zombies",
    "had_zombie",
    "quarantined",
    "ended",
    "ends_aside",
    "statements",
    "refused_statements",
    "sandbox",
    "filled_lots",
    "trades",
    "settled_commands",
    "forgotten",
)


class _PersonForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    person: PersonId
    name: str | None
    devices: list[DeviceEnrolled]
    documents: dict[str, DocumentRow]
    groups: dict[str, GroupRow]
    batches: list[BatchOrderedRow]
    commands: list[CommandDone]


class _Head(msgspec.Struct):
    fold: int


class _Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fold: int
    tenant: _TenantForm
    accounts: list[_AccountForm]
    persons: list[_PersonForm]


AT_ONCE: Final = 500  # rows in one call: about a millisecond

Row = TypeVar("Row")

_ENCODER: Final = msgspec.json.Encoder(decimal_format="string")
_HEADS: Final = msgspec.json.Decoder(_Head)
_FORMS: Final = msgspec.json.Decoder(_Form)


def freeze(state: State, *, accounts: frozenset[AccountId] | None, persons: frozenset[PersonId]) -> bytes:
    """Return the tenant, these accounts (`None`: all) and what these persons keep, as bytes."""
    form = _Form(
        fold=FOLD_VERSION,
        tenant=_tenant_form(state.tenant),
        accounts=[_account_form(one) for name, one in state.accounts.items() if accounts is None or name in accounts],
        persons=[
            _PersonForm(
                person=name,
                name=one.name,
                devices=[*one.devices.values()],
                documents=one.documents,
                groups=one.groups,
                batches=[*one.batches.values()],
                commands=[*one.commands.values()],
            )
            for name, one in state.persons.items()
            if name in persons
        ],
    )
    return _ENCODER.encode(form)


def thaw(data: bytes) -> State:
    """Return the state that was frozen; bytes that are not a snapshot of this fold are a `SnapshotError`."""
    try:
        fold = _HEADS.decode(data).fold
        if fold != FOLD_VERSION:
            raise OtherFoldError(fold)
        return _state(_FORMS.decode(data))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise SnapshotError(f"快照读不出来（{error}），没有采用；请重新下载") from error
    except (InvariantError, KeyError, ArithmeticError) as error:
        raise SnapshotError(f"快照自相矛盾（{error}），没有采用；请重新下载") from error


# --- putting away ----------------------------------------------------------------------------------------------------


def _tenant_form(tenant: TenantState) -> _TenantForm:
    return _TenantForm(
        name=tenant.name,
        starts=tenant.starts,
        exchange=tenant.exchange,
        plan_sha256=tenant.plan_sha256,
        version=tenant.version,
        instruments=[*tenant.instruments.values()],
        spots=tenant.spots,
        stocks=tenant.stocks,
    )


def _in_pieces(rows: Sequence[Row]) -> list[Row]:
    # The elements of a list as raw text that is copied where the list is written: the same bytes as from one call.
    texts = (_ENCODER.encode(rows[start : start + AT_ONCE]) for start in range(0, len(rows), AT_ONCE))
    return cast("list[Row]", [msgspec.Raw(text[1:-1]) for text in texts])


def _account_form(account: AccountState) -> _AccountForm:
    return _AccountForm(
        account=account.account,
        name=account.name,
        investor=account.investor,
        book=account.book.form(),
        orders=_in_pieces([*account.orders.values()]),
        live=[*account.live],
        fills=_in_pieces([(*key, order) for key, order in account.fills.items()]),
        external=[*account.external.values()],
        confirmations=_in_pieces([*account.confirmations.values()]),
        strategies=[*account.strategies.values()],
        commands=_in_pieces([*account.commands.values()]),
        message_stamps={exchange: [*stamps] for exchange, stamps in account.message_stamps.items()},
        recent=[*account.recent],
        refusals=[*account.refusals],
        open_alerts=[*account.open_alerts.values()],
        **{name: getattr(account, name) for name in _SAME},
    )


# --- bringing back ---------------------------------------------------------------------------------------------------


def _state(form: _Form) -> State:
    state = State()
    tenant = state.tenant
    tenant.name, tenant.starts, tenant.plan_sha256 = form.tenant.name, form.tenant.starts, form.tenant.plan_sha256
    tenant.exchange, tenant.version = form.tenant.exchange, form.tenant.version
    tenant.instruments = {one.id: one for one in form.tenant.instruments}
    tenant.spots, tenant.stocks = form.tenant.spots, form.tenant.stocks
    for account in form.accounts:
        state.accounts[account.account] = _account(account, tenant.instruments)
    for kept in form.persons:
        person = state.persons[kept.person] = PersonState()
        person.name, person.devices = kept.name, {one.device: one for one in kept.devices}
        person.documents, person.commands = kept.documents, _by_command(kept.commands)
        person.groups, person.batches = kept.groups, {one.batch: one for one in kept.batches}
    return state


def _account(form: _AccountForm, instruments: Mapping[InstrumentId, Instrument]) -> AccountState:
    account = AccountState(form.account, form.name, form.investor, form.book.static, form.trading_day)
    for name in _SAME:
        setattr(account, name, getattr(form, name))
    account.book = AccountBook.of_form(form.book, instruments)
    account.orders = {row.order: row for row in form.orders}
    account.live = {order: account.orders[order] for order in form.live}
    account.by_wire = {row.wire_key: row.order for row in form.orders}
    account.combined = {row.wire_key for row in form.orders if row.leg is not None and row.leg.is_first}
    account.fills = {
        (day, exchange, trade, sys_id, side): order for day, exchange, trade, sys_id, side, order in form.fills
    }
    account.external = {(row.exchange, row.sys_id): row for row in form.external}
    account.confirmations = {row.confirmation.confirmation: row for row in form.confirmations}
    account.pending = {
        name: row for name, row in account.confirmations.items() if row.state is ConfirmationState.PENDING
    }
    account.strategies = {row.strategy: row for row in form.strategies}
    account.commands = _by_command(form.commands)
    account.message_stamps = {exchange: deque(stamps) for exchange, stamps in form.message_stamps.items()}
    account.recent = deque(form.recent)
    account.refusals = deque(form.refusals)
    account.open_alerts = {row.number: row for row in form.open_alerts}
    return account


def _by_command(done: Iterable[CommandDone]) -> dict[CommandId, CommandDone]:
    return {one.command: one for one in done}
