"""Say what a session needs of the runner it stands in: the doors the server is given by its composition root."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import msgspec

from terminal.domain.fact.facts import Role
from terminal.domain.ids import AccountId, CommandId, DeviceId, InstrumentId, PersonId, ProductId, StreamId, TenantId
from terminal.engine.records.journal import Entry, Head
from terminal.engine.screen import Preview
from terminal.sync.messages import Cmd, FetchPreview, HeadSaid, Hello, Result
from terminal.sync.refusals import Refusals


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """Name who sits at a desk, as the runner knows it; nothing a desk says later changes it (SAFETY I25)."""

    person: PersonId
    device: DeviceId
    roles: dict[AccountId, tuple[Role, ...]]

    def streams(self, tenant: TenantId) -> frozenset[StreamId]:
        """Return the streams this guest may see."""
        accounts = (StreamId(f"account:{account}") for account in self.roles)
        return frozenset({StreamId(f"tenant:{tenant}"), StreamId(f"person:{self.person}"), *accounts})


class Frozen(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a snapshot of what a guest may see, compressed, and the journal position it stands at."""

    name: str  # SHA-256 of `data`
    data: bytes
    size: int
    position: int
    heads: dict[StreamId, Head]
    fold_version: int
    visible_hash: str


class House(Protocol):
    """Be the runner to its sessions. Everything here returns at once except the two that append."""

    @property
    def tenant(self) -> TenantId:
        """Return whose runner this is."""

    @property
    def refusals(self) -> Refusals:
        """Return what was refused and is not recorded (yet); one memory for all sessions."""

    @property
    def epoch(self) -> int:
        """Return the epoch of the journal."""

    @property
    def name(self) -> str:
        """Return what changes with each start of the runner."""

    @property
    def app(self) -> str:
        """Return the program's version."""

    @property
    def fold_version(self) -> int:
        """Return by which rules the program folds."""

    @property
    def market(self) -> str:
        """Return the market's name."""

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        """Return the instrument of each slot of a QUOTE."""

    @property
    def end(self) -> int:
        """Return the position of the journal's last record."""

    def utc(self) -> int:
        """Return the wall clock, ns, for display."""

    async def settle_in(self, guest: Guest, hello: Hello) -> None:
        """Make the device of a guest known with its present key, before anything else of it is heard."""

    def publish(self) -> None:
        """Let QUOTE frames go up to now; once per round of all desks."""

    def admit(self, hello: Hello) -> Guest | str:
        """Return who a desk is, or the sentence that refuses it."""

    def heads(self) -> Mapping[StreamId, Head]:
        """Return where each stream ends."""

    def position_of(self, heads: Mapping[StreamId, HeadSaid], visible: frozenset[StreamId]) -> int | None:
        """Return the position up to which these heads are the journal's own; `None` when they are not.

        Of the visible streams nothing up to it is missing; streams without a head have not begun.
        """

    def lag(self, position: int) -> tuple[int, int]:
        """Return how many records, and about how many bytes, follow a position."""

    def entry(self, position: int) -> Entry:
        """Return the record at a position."""

    def passes_over(self, entry: Entry) -> None:
        """Hear that a record is larger than a frame, so that desks get a snapshot in its place."""

    def freeze(self, guest: Guest) -> Frozen:
        """Return a snapshot of what a guest may see, as of now."""

    def frozen(self, name: str) -> Frozen | None:
        """Return a snapshot that was made a short while ago, to be resumed."""

    def visible_hash(self, guest: Guest) -> tuple[int, str]:
        """Return the fold's version and the hash of what a guest may see, as of now; "" when that must wait."""

    def quotes(self, since: int, instruments: tuple[InstrumentId, ...]) -> tuple[tuple[bytes, ...], int]:
        """Return the QUOTE frames with what changed after a tick of the lane, and the tick they go up to."""

    def history(self, request: int, product: ProductId, before: int, most: int) -> Iterator[bytes]:
        """Yield the CHUNK frames of a basis history, each made when it is asked for."""

    def preview(self, guest: Guest, asked: FetchPreview) -> Preview:
        """Say what a command would do now."""

    def answered(self, guest: Guest, command: CommandId) -> Result | None:
        """Return what the journal answers to a command of this name that comes again; `None` if it holds none."""

    def is_under_way(self, command: CommandId) -> bool:
        """Return whether a command of this name is being carried out just now."""

    async def carry_out(
        self, guest: Guest, command: Cmd, still: Callable[[], bool], refused: Result | None = None
    ) -> Result:
        """Carry a command out, at most once, and return its result; what its session `refused` is only recorded.

        `still` is asked when its turn has come: it may have waited until it was too old. A repeat is answered all the
        same, for the one before it has had its turn by then.
        """
