"""Hold the state: a fold of facts and of nothing else.

`State` has one part per stream. Market data is not here (it is on the tape), nor is anything a restart could not
rebuild from the journal. `canonical` gives the form that is hashed: the same facts give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.fact.control import Rest, StrategyStatus
from terminal.domain.fact.facts import CommandDone, Role
from terminal.domain.fact.way_marks import WayBarred
from terminal.domain.ids import (
    AccountId,
    CommandId,
    ConfirmationId,
    DeviceId,
    ExchangeId,
    InstrumentId,
    OrderId,
    PersonId,
    StockId,
    StrategyId,
    SysId,
    TaskId,
    TenantId,
    TradeId,
    WireKey,
)
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.kinds import reckoned
from terminal.domain.orders.order import ENDED, Cause, OrderState, OrderTerms, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import StrategySettings
from terminal.domain.products.instrument import Instrument
from terminal.domain.reports import Ended
from terminal.domain.stock import StockNote
from terminal.engine.books.batch import BatchBook
from terminal.engine.books.conditional import ConditionalBook
from terminal.engine.books.exercise import ExerciseBook
from terminal.engine.books.otc import OtcBook
from terminal.engine.books.reversal import ReversalBook
from terminal.engine.person import PersonState
from terminal.engine.standing import (
    AlertRow,
    Barrier,
    ConfirmationRow,
    KillRow,
    LetGo,
    LevelRow,
    LinkLoss,
    Refusal,
    RehearsedRow,
    StatementRow,
)
from terminal.risk.check import Recent
from terminal.strategies.table import StrategyMemory

FOLD_VERSION = 39

FillKey = tuple[int, ExchangeId, TradeId, SysId, Side]


# Orders and trades are the bulk of a snapshot. They stand in it by place, not by name, so that a desk that joins does
# not wait for names; and they hold no container that could hold them, so the collector need not look at each.
class OrderRow(msgspec.Struct, array_like=True, gc=False):
    """Hold one own order: what was recorded and how far it has come."""

    order: OrderId
    wire_key: WireKey
    reference: int
    terms: OrderTerms
    cause: Cause
    trading_day: int
    recorded_at: int
    state: OrderState = OrderState.RECORDED
    filled: int = 0
    exchange: ExchangeId | None = None
    sys_id: SysId | None = None
    confirmation: ConfirmationId | None = None
    cancel_at: int | None = None  # when a cancel was last recorded, market clock
    cancel_wanted: str = ""  # why a person wants a cancel that is still to be recorded
    cancel_reason: str = ""  # of the cancel recorded last, until the order has ended
    cancel_refused: bool = False  # the latest one was
    killed: bool = False  # it was working when a kill switch that covers it was pulled
    unknown_at: int | None = None
    absent_queries: int = 0  # complete queries since UNKNOWN that did not show it
    absent_since: int | None = None  # market clock of the first of them
    note: str = ""  # why it ended or is UNKNOWN, or why the exchange refused its cancel; as the fact says it
    heard_day: int = 0  # the account's trading day when it was last heard of
    reckoned_at: Decimal | None = None  # the price its margin is frozen at, where it is not that of its terms
    leg: LegOf | None = None  # where it is one leg of an order on a combination

    @property
    def reckoned(self) -> OrderTerms:
        """Return its terms at the price its margin is frozen at."""
        return reckoned(self.terms, self.reckoned_at)

    @property
    def ended(self) -> bool:
        """Return whether nothing more is expected of the order."""
        return self.state in ENDED

    @property
    def remaining(self) -> int:
        """Return the lots that may still fill."""
        return self.terms.lots - self.filled


class TradeRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Hold one fill by its key (SAFETY I8), with its price; contract, offset and cause are its order's.

    An account keeps it until the settlement after it was booked, which is the day whose money it moved: also one of an
    earlier day that came late. One of the day that a settlement opens stays for that day.
    """

    order: OrderId
    trading_day: int
    exchange: ExchangeId
    trade: TradeId
    sys_id: SysId
    side: Side
    lots: int
    price: Decimal
    fee: Decimal
    exchange_at: int


class StrategyLots(msgspec.Struct):
    """Hold what a strategy holds of one instrument: net lots and their cost since the last settlement."""

    lots: int = 0
    cost: Decimal = Decimal(0)  # sum of signed lots x price x multiplier, yuan


class RateHold(msgspec.Struct):
    """Hold how many orders of a strategy wait for room in the message rate, none once it is over; instants UTC ns."""

    instrument: InstrumentId  # of the first of them
    orders: int
    since: int
    said_at: int


class StrategyRow(msgspec.Struct):
    """Hold one strategy: settings, status, memory, and its own lots."""

    strategy: StrategyId
    account: AccountId
    settings: StrategySettings
    version: int
    memory: StrategyMemory
    status: StrategyStatus = StrategyStatus.RUNNING
    reason: str = ""
    then: Rest | None = None  # what a WINDING strategy winds down to
    task: TaskId | None = None
    envelope: ConfirmationId | None = None
    agreed: StrategySettings | None = None  # at the start, or the last a second person approved: sizes grow from there
    people: tuple[PersonId, ...] = ()  # who started it, changed it or let it go on: it acts for them
    lots: dict[InstrumentId, StrategyLots] = {}
    fees_today: Decimal = Decimal(0)
    messages: int = 0
    barred: dict[str, WayBarred] = {}  # what an own order keeps from being sent, by side and contract
    rate_held_day: int = 0  # on which it last said that its orders wait for room in the message rate
    rate_hold: RateHold | None = None  # how many do, or did when that was last said
    hedge_held_at: dict[InstrumentId, int] = {}  # when it last said that a hedge waits for that room, UTC ns
    refused: Refusal | None = None  # of its latest opening in a contract, while none has gone out there since
    expires_told: dict[InstrumentId, int] = {}  # on which trading day it was last told that a contract it holds ends
    ended: dict[InstrumentId, int] = {}  # signed lots it recorded of contracts that have ended since
    lots_taken: bool = False  # since it was resumed last, so that it trades for nothing it records
    heard_day: int = 0  # the account's trading day when a person or it itself last changed something
    bound_day: int = 0  # the account's trading day when a roll last took it along to another contract
    bound: tuple[InstrumentId, ...] = ()  # where rolls have taken it on that day
    carried_by: StrategyId | None = None  # the last roll that began to take it along
    passed_on: dict[StrategyId, int] = {}  # of a roll: the signed far lots it bound to whom it took along
    started_at: int = 0  # market clock, UTC ns
    limits_version: int = 0  # of the account when it was started: what it may be caught in was judged by those


class ExternalRow(msgspec.Struct):
    """Hold an order at the exchange that no intent of ours explains."""

    exchange: ExchangeId
    sys_id: SysId
    wire_key: WireKey
    terms: OrderTerms
    filled: int
    heard_day: int = 0  # the account's trading day when it was last seen to have changed


class Forgotten(msgspec.Struct):
    """Hold what is left of the rows an account has forgotten: their sums, which other sums still have to equal."""

    before: int = 0  # the trading day up to which, exclusive, everything that had ended is gone
    orders: dict[OrderState, int] = {}
    fills: int = 0
    net: dict[InstrumentId, int] = {}  # lots those orders bought less what they sold
    confirmations: int = 0


class MemberRow(msgspec.Struct):
    """Hold who has, or had, a part in an account: a name, and what they may do there now."""

    name: str
    roles: tuple[Role, ...]


class AccountState:
    """Hold everything folded from one account's stream."""

    def __init__(self, account: AccountId, name: str, investor: str, cash: Decimal, trading_day: int) -> None:
        self.account, self.name, self.investor = account, name, investor
        self.unit = ""  # 经营单位
        self.book = AccountBook(cash, trading_day)
        self.trading_day = trading_day
        self.members: dict[PersonId, MemberRow] = {}
        self.limits: Limits | None = None
        self.orders: dict[OrderId, OrderRow] = {}
        self.live: dict[OrderId, OrderRow] = {}
        self.by_wire: dict[WireKey, OrderId] = {}
        self.combined: set[WireKey] = set()  # by which the exchange knows orders on combinations, two legs each
        self.fills: dict[FillKey, OrderId] = {}
        self.trades: list[TradeRow] = []  # of the present day, in the order of the journal
        self.external: dict[tuple[ExchangeId, SysId], ExternalRow] = {}
        self.confirmations: dict[ConfirmationId, ConfirmationRow] = {}
        self.pending: dict[ConfirmationId, ConfirmationRow] = {}  # of these, those nobody has decided
        self.conditionals = ConditionalBook()
        self.reversals = ReversalBook()
        self.batches = BatchBook()
        self.exercises = ExerciseBook()
        self.otc = OtcBook()
        self.strategies: dict[StrategyId, StrategyRow] = {}
        self.levels: dict[str, LevelRow] = {}
        self.kills: dict[str, KillRow] = {}
        self.let_go: dict[str, LetGo] = {}  # of released kill switches whose own level still stands
        self.releases: dict[str, tuple[PersonId, int, str]] = {}  # who asked first, when, and why
        self.barrier = Barrier()
        self.linked = False
        self.link_loss: LinkLoss | None = None  # while it is down; `None` before it ever was up
        self.reference = 0
        self.refused: dict[str, int] = {}
        self.verdicts: dict[str, int] = {}
        self.commands: dict[CommandId, CommandDone] = {}
        self.settled_commands = 0  # the first of them: answered before the latest settlement
        self.forgotten = Forgotten()
        self.message_stamps: dict[ExchangeId, deque[int]] = {}
        self.recent: deque[Recent] = deque()
        self.refusals: deque[tuple[int, StrategyId | None]] = deque()
        self.cancels: dict[InstrumentId, int] = {}  # of the trading day, as the exchange counts them (control C12)
        self.alerts: int = 0
        self.open_alerts: dict[int, AlertRow] = {}  # raised and not yet acknowledged
        self.holder: tuple[PersonId, DeviceId] | None = None  # who took the account over, and where
        self.zombies: int = 0
        self.had_zombie = False  # an order proven absent came after all (SAFETY 2): some sums no longer hold
        self.quarantined: dict[str, int] = {}  # reports kept out of the books, and their trading day
        self.ended: dict[str, int] = {}  # positions that ended without a trade, and their trading day
        self.ends_aside: dict[str, Ended] = {}  # the word of such ends that could not be booked yet
        self.statements: dict[int, StatementRow] = {}  # the latest result by trading day
        self.refused_statements: list[str] = []  # the digests of the latest
        self.sandbox: list[RehearsedRow] = []  # full rounds on record, the oldest first
        self.filled_lots: dict[InstrumentId, tuple[int, int]] = {}  # bought, sold: the sum the book must equal

    @property
    def confirmations_asked(self) -> int:
        """Return how many confirmations were ever asked for."""
        return self.forgotten.confirmations + len(self.confirmations)

    @property
    def fills_booked(self) -> int:
        """Return how many fills were ever booked."""
        return self.forgotten.fills + len(self.fills)

    def roles(self, person: PersonId) -> tuple[Role, ...]:
        """Return what a person may do here; nothing, if they have no part in it."""
        known = self.members.get(person)
        return known.roles if known is not None else ()

    def canonical(self) -> dict[str, object]:
        """Return the account as plain values in a fixed order, for hashing."""
        return {
            "account": self.account,
            "unit": self.unit,
            "book": self.book.canonical(),
            "trading_day": self.trading_day,
            "members": self.members,
            "limits": self.limits,
            "orders": self.orders,
            "fills": sorted((*map(str, key), order) for key, order in self.fills.items()),
            "trades": self.trades,
            "external": [self.external[key] for key in sorted(self.external)],
            "confirmations": self.confirmations,
            "conditionals": self.conditionals,
            "reversals": self.reversals,
            "batches": self.batches,
            "exercises": self.exercises,
            "otc": self.otc,
            "strategies": self.strategies,
            "levels": self.levels,
            "kills": self.kills,
            "let_go": self.let_go,
            "releases": self.releases,
            "barrier": self.barrier,
            "link_loss": self.link_loss,
            "reference": self.reference,
            "refused": self.refused,
            "verdicts": self.verdicts,
            "commands": self.commands,
            "settled_commands": self.settled_commands,
            "forgotten": self.forgotten,
            "recent": list(self.recent),
            "refusals": list(self.refusals),
            "cancels": self.cancels,
            "messages": {exchange: list(stamps) for exchange, stamps in self.message_stamps.items()},
            "alerts": self.alerts,
            "open_alerts": list(self.open_alerts.values()),
            "holder": self.holder,
            "zombies": self.zombies,
            "had_zombie": self.had_zombie,
            "quarantined": self.quarantined,
            "ended": self.ended,
            "ends_aside": self.ends_aside,
            "statements": [row for _, row in sorted(self.statements.items())],
            "refused_statements": self.refused_statements,
            "sandbox": self.sandbox,
        }


class TenantState:
    """Hold everything folded from the tenant's stream."""

    def __init__(self) -> None:
        self.name, self.starts = TenantId(""), 0
        self.plan_sha256 = self.exchange = self.version = ""
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.spots: dict[InstrumentId, tuple[Decimal, int, str]] = {}  # price, stated at, source
        self.stocks: dict[StockId, tuple[StockNote, ...]] = {}  # by rising day

    def canonical(self) -> dict[str, object]:
        """Return the tenant as plain values in a fixed order, for hashing."""
        return {"instruments": self.instruments, "spots": self.spots, "stocks": self.stocks}


class State:
    """Hold the whole: one tenant, its accounts, its persons."""

    def __init__(self) -> None:
        self.tenant = TenantState()
        self.accounts: dict[AccountId, AccountState] = {}
        self.persons: dict[PersonId, PersonState] = {}
        self.folded = 0  # facts, since this object was made: whoever leans on a state sees that it moved

    def enrolled(self) -> list[PersonId]:
        """Return everybody who is known by a name."""
        return [person for person, kept in self.persons.items() if kept.name is not None]

    def has_answered(self, command: CommandId) -> bool:
        """Return whether a command of this id has been answered in any stream, and not been forgotten since."""
        return any(command in account.commands for account in self.accounts.values()) or any(
            command in person.commands for person in self.persons.values()
        )

    def roles_of(self, person: PersonId) -> dict[AccountId, tuple[Role, ...]]:
        """Return what a person may do, by account; accounts they have no part in are not named."""
        found = ((name, account.roles(person)) for name, account in self.accounts.items())
        return {name: roles for name, roles in found if roles}

    def state_hash(self) -> str:
        """Return the SHA-256 of the tenant and every account, hex; what persons keep for themselves is not in it."""
        return _hash(self._canonical(self.accounts.keys()))

    def visible_hash(self, accounts: Iterable[AccountId], persons: Iterable[PersonId]) -> str:
        """Return the SHA-256 of what somebody may see: the tenant, these accounts, what these persons keep; hex.

        Two states that were folded from these streams alone, or from more, give the same.
        """
        kept = {person: self.persons[person].canonical() for person in persons if person in self.persons}
        return _hash(self._canonical(accounts) | {"persons": kept})

    def _canonical(self, accounts: Iterable[AccountId]) -> dict[str, object]:
        return {
            "fold": FOLD_VERSION,
            "tenant": self.tenant.canonical(),
            "accounts": {name: self.accounts[name].canonical() for name in accounts if name in self.accounts},
        }


def _hash(form: dict[str, object]) -> str:
    return hashlib.sha256(msgspec.json.encode(form, order="deterministic")).hexdigest()
