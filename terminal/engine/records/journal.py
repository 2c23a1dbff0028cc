"""Say what a record is and what every journal must offer.

One engine turn is one `append`: all of its records and guard rows and the market cursor, or nothing. When `append`
raises, the turn did not happen for this process; after a failing disk a restart may still find it, whole. An order of
such a turn was never sent, and a restart asks the exchange about it like about any other (SAFETY 2).

How records are chained stands in `chain`, what may exist only once in `guards`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, Protocol, TypeGuard, get_args

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.fact.facts import (
    AccountFact,
    CommandDone,
    ConfirmationRequested,
    Fact,
    OrderRecorded,
    OrderRefused,
    PersonFact,
    TenantFact,
)
from terminal.domain.ids import AccountId, CommandId, DeviceId, PersonId, StreamId, TenantId

_OF_ACCOUNT: Final = frozenset(get_args(AccountFact))
_ELSEWHERE: Final = frozenset({OrderRecorded, OrderRefused, ConfirmationRequested})  # their account stands deeper
RECORD_VERSION: Final = 2  # since the tenant's stream speaks of no person


class JournalError(UserError):
    """Say in one sentence why the journal could not be written or must not be trusted; trading stops."""


class Actor(msgspec.Struct, frozen=True):
    """Name the person and device behind a record; the runner itself acts for strategies and timers."""

    person: PersonId
    device: DeviceId


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one fact as it is journaled; the order of the fields is the order in the bytes.

    `utc` is ns of the clock the turn ran on. `cause` is short text: "cmd:ID", "batch:123", "report:...", "timer",
    "start". `kind` repeats the fact's tag, so that a reader can tell what it does not know.
    """

    v: int = RECORD_VERSION
    tenant: TenantId
    stream: StreamId
    epoch: int
    seq: int
    utc: int
    kind: str
    cause: str
    actor: Actor
    fact: Fact = msgspec.field(name="body")


class UnknownRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a record of a newer program: kept and forwarded as bytes; its account is not traded."""

    v: int
    tenant: TenantId
    stream: StreamId
    epoch: int
    seq: int
    utc: int
    kind: str
    cause: str
    actor: Actor
    body: msgspec.Raw


class Entry(msgspec.Struct, frozen=True):
    """Hold a stored record with its bytes, its hash, and its place among all records of the journal (from 1)."""

    position: int
    record: Record | UnknownRecord
    data: bytes
    hash: bytes


class Head(msgspec.Struct, frozen=True):
    """Hold where a stream ends."""

    epoch: int
    seq: int
    hash: bytes


class Saying(Protocol):
    """Describe a fact on its way into the journal."""

    @property
    def fact(self) -> Fact:
        """Return what happened."""

    @property
    def cause(self) -> str:
        """Return what made it happen."""

    @property
    def actor(self) -> Actor:
        """Return who acted."""


class Journal(Protocol):
    """Keep the facts; every implementation passes `tests/contract/test_journal.py`."""

    @property
    def tenant(self) -> TenantId:
        """Return whose facts these are."""

    @property
    def epoch(self) -> int:
        """Return the epoch every record is appended in."""

    def append(self, records: Sequence[Record], *, batch: int | None = None) -> Sequence[Entry]:
        """Store one turn durably, with the index of the market batch it finished, or raise `JournalError`.

        What is returned are the turn's records as they stand now: place, bytes and hash of each.
        """

    def read(self, stream: StreamId, after_seq: int = 0) -> Iterator[Entry]:
        """Yield one stream from the record after `after_seq` on; the chain is recomputed on the way."""

    def replay(self, after: int = 0) -> Iterator[Entry]:
        """Yield every stream in the order of appending, from the position after `after` on, recomputing the chains."""

    def heads(self) -> Mapping[StreamId, Head]:
        """Return where each stream ends now."""

    def place(self, stream: StreamId, seq: int) -> tuple[int, bytes] | None:
        """Return where a record of the present epoch stands among all, and its hash; `None` where there is none."""

    def cursor(self) -> int | None:
        """Return the index of the last market batch that was finished durably; `None` before the first."""

    def command_result(self, command: CommandId) -> CommandDone | None:
        """Return what a command led to when it first arrived (SAFETY I17)."""

    def close(self) -> None:
        """Give the journal up; appending afterwards is refused."""


# --- streams ---------------------------------------------------------------------------------------------------


def account_of(fact: AccountFact) -> AccountId:
    """Return the account whose stream a fact belongs to."""
    if type(fact) not in _ELSEWHERE:
        return fact.account  # type: ignore[union-attr]  # by its class
    if isinstance(fact, OrderRecorded | OrderRefused):
        return fact.terms.account
    if isinstance(fact, ConfirmationRequested):
        return fact.confirmation.account
    return fact.account


def is_of_account(fact: Fact) -> TypeGuard[AccountFact]:
    """Return whether a fact belongs to an account whatever it says; by its class, for asking one union is slow."""
    return type(fact) in _OF_ACCOUNT


def stream_of(fact: Fact, tenant: TenantId) -> StreamId:
    """Return the one stream a fact belongs to (SAFETY I15)."""
    if is_of_account(fact):
        return _of_account(account_of(fact))
    if isinstance(fact, TenantFact):
        return StreamId(f"tenant:{tenant}")
    if isinstance(fact, PersonFact):
        return StreamId(f"person:{fact.person}")
    if isinstance(fact, CommandDone):
        if fact.account is not None:
            return StreamId(f"account:{fact.account}")
        if fact.person is None:
            raise JournalError(f"指令 {fact.command} 的结果既不属于账户也不属于人员；什么也没有写入")
        return StreamId(f"person:{fact.person}")
    raise JournalError(f"{kind_of(fact)} 不属于任何流；什么也没有写入")


@cache
def _of_account(account: AccountId) -> StreamId:
    return StreamId(f"account:{account}")


def kind_of(fact: Fact) -> str:
    """Return the tag a fact is stored under."""
    return _tag_of(type(fact))


@cache
def _tag_of(kind: type[Fact]) -> str:
    return str(kind.__struct_config__.tag)


def records_of(
    sayings: Iterable[Saying], heads: Mapping[StreamId, Head], *, tenant: TenantId, epoch: int, utc: int
) -> tuple[Record, ...]:
    """Return a turn's facts as the records that follow `heads`."""
    last: dict[StreamId, int] = {}
    records = []
    for saying in sayings:
        fact = saying.fact
        stream = stream_of(fact, tenant)
        head = heads.get(stream)
        seq = last.get(stream, head.seq if head is not None else 0) + 1
        last[stream] = seq
        record = Record(
            tenant=tenant,
            stream=stream,
            epoch=epoch,
            seq=seq,
            utc=utc,
            kind=kind_of(fact),
            cause=saying.cause,
            actor=saying.actor,
            fact=fact,
        )
        records.append(record)
    return tuple(records)
