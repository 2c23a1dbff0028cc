"""Say what travels between a desk and its runner: one declaration per message (SAFETY 4).

Every frame is one JSON object `{type, v, tenant, ...}` in one WebSocket text message. `docs/protocol.md` tells the
story for whoever writes another client; here stands the form. A field nobody knows is refused: fields may be added with
a default, and once a version of this program has been released only with a higher `PROTOCOL`.

Stamps called `mono` are nanoseconds of the sender's monotonic clock: they say nothing except to their sender, and to a
runner that has measured the offset by PING.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from terminal.domain.commands import CommandBody
from terminal.domain.fact.facts import Role
from terminal.domain.ids import (
    AccountId,
    CommandId,
    DeviceId,
    InstrumentId,
    PersonId,
    ProductId,
    StreamId,
    TenantId,
)
from terminal.engine.prices.basis import Basis
from terminal.engine.screen import Preview

PROTOCOL: Final = 1
OLDEST_PROTOCOL: Final = 1

MAX_FRAME: Final = 256 * 1024  # bytes
MAX_DEPTH: Final = 16
CREDIT_EVENTS: Final = 256
CREDIT_BYTES: Final = 1024 * 1024
SNAPSHOT_PART: Final = 180 * 1024  # bytes before base64, so that a part fits a frame
SNAPSHOT_BEYOND_EVENTS: Final = 10_000  # a desk that lags by more gets a snapshot instead
SNAPSHOT_BEYOND_BYTES: Final = 8 * 1024 * 1024

ORDER_TTL_MS: Final = 3_000
APPROVAL_TTL_MS: Final = 30_000
OTHER_TTL_MS: Final = 24 * 3_600_000

LATEST: Final = 4_102_444_800_000_000_000  # the year 2100: no instant of any market, and every clock can write it
Instant = Annotated[int, msgspec.Meta(ge=0, le=LATEST)]
"""A stamp of a market's clock, UTC ns, 0 while there is none yet; what is beyond it no calendar can place."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """Hold what every frame carries. `v` is the protocol it was written in."""

    v: int = PROTOCOL
    tenant: TenantId = TenantId("")


class HeadSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name where a stream ends for whoever speaks: epoch, seq, and the hash there in hex."""

    epoch: int
    seq: int
    hash: str


NAME_LENGTH: Final = 128
INVISIBLE_NOWHERE: Final = (
    r"^[^\x00-\x20\x7f-\xa0\xad\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb]*$"
)
Name = msgspec.Meta(min_length=1, max_length=NAME_LENGTH, pattern=INVISIBLE_NOWHERE)
"""Of people and devices: it goes into the journal and into logs, so no spaces, line ends or other invisible signs."""


class Hello(Frame, frozen=True, kw_only=True, tag="HELLO"):
    """Open a session; the first frame of a desk, within 5 s.

    `proof` is the loopback secret or a token. `public_key` is the device's Ed25519 key, raw, hex: approvals of this
    session are signed with it; an empty one asks only whether the proof is good, which BYE answers (PROVEN or REFUSED).
    `snapshot` and `parts` resume a snapshot whose first parts have come.
    """

    device: Annotated[DeviceId, Name]
    person: Annotated[PersonId, Name]
    proof: str
    public_key: str
    app: str
    protocol_min: int = OLDEST_PROTOCOL
    protocol_max: int = PROTOCOL
    heads: dict[StreamId, HeadSaid] = {}
    last_device_seq: int = 0
    snapshot: str = ""
    parts: int = 0


class Welcome(Frame, frozen=True, kw_only=True, tag="WELCOME"):
    """Take a desk in: agreed protocol, who it is, what it may see, the market, and how much it may be sent at once.

    A desk that folds by another `fold_version` neither folds nor trades on what follows (SAFETY 4).
    """

    protocol: int
    runner: str  # changes with each start of the runner
    app: str
    person: PersonId
    device: DeviceId
    roles: dict[AccountId, tuple[Role, ...]]
    heads: dict[StreamId, HeadSaid]
    market: str
    universe: tuple[InstrumentId, ...]  # QUOTE names instruments by their place here, or in UNIVERSE
    utc: int  # wall clock of the runner, ns, for display only
    credit_events: int = CREDIT_EVENTS
    credit_bytes: int = CREDIT_BYTES
    fold_version: int = 0  # of `engine.state`; 0: the runner is older than this field


MOST_INSTRUMENTS: Final = 1_000_000


class Universe(Frame, frozen=True, kw_only=True, tag="UNIVERSE"):
    """Name some of `of` instruments, from place `first` on, where WELCOME has no room for them and names none.

    They come before WELCOME, in order.
    """

    first: Annotated[int, msgspec.Meta(ge=0)]
    of: Annotated[int, msgspec.Meta(ge=1, le=MOST_INSTRUMENTS)]
    instruments: tuple[InstrumentId, ...]


class Cmd(Frame, frozen=True, kw_only=True, tag="CMD"):
    """Carry a wish. It takes effect at most once however often it arrives, and not at all once its time is over.

    The edited version (`base_ver` of SAFETY 4) stands in the bodies that edit something: `base_version`.
    """

    cmd_id: CommandId
    device_seq: int
    kind: str  # repeats the body's tag
    body: CommandBody
    pressed_mono: int
    ttl_ms: int


class Result(Frame, frozen=True, kw_only=True, tag="RESULT"):
    """Answer a command: `status` is OK, CONFLICT, DENIED, EXPIRED or DUPLICATE (then with the first answer's words)."""

    cmd_id: CommandId
    status: str
    ok: bool
    code: str
    sentence: str


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold one journal record, its exact bytes, and its hash in hex.

    The hash of the record before it is not sent: the receiver has it, and `hash` fits no other.
    """

    record: msgspec.Raw
    hash: str


class Evt(Frame, frozen=True, kw_only=True, tag="EVT"):
    """Carry records in the order of the journal; several share a frame when a desk catches up.

    Frames of one round are numbered from 0 without a gap, over all streams: facts of one stream may rest on those of
    another, so a desk applies no frame before the one in front of it. A round begins with HELLO (0) and with each
    FETCH_JOURNAL (the number it names); a FETCH_JOURNAL that finds nothing missing is answered by a frame without
    records.
    """

    round: int
    number: int
    events: tuple[Event, ...]


class Credit(Frame, frozen=True, kw_only=True, tag="CREDIT"):
    """Acknowledge what was applied durably, and so make room for more."""

    applied: dict[StreamId, int]


class SnapBegin(Frame, frozen=True, kw_only=True, tag="SNAP_BEGIN"):
    """Announce a snapshot: the fold of each stream up to `heads`, in `parts` parts.

    `snapshot` is the SHA-256 of the compressed bytes and names it. `visible_hash` is what the folded state must hash
    to; a desk with another `fold_version` shows the snapshot and trades nothing.
    """

    snapshot: str
    heads: dict[StreamId, HeadSaid]
    parts: int
    size: int  # bytes after decompression
    fold_version: int
    visible_hash: str


class SnapChunk(Frame, frozen=True, kw_only=True, tag="SNAP_CHUNK"):
    """Carry one part, numbered from 0."""

    snapshot: str
    part: int
    data: bytes


class SnapEnd(Frame, frozen=True, kw_only=True, tag="SNAP_END"):
    """Say that all parts are out; the receiver swaps it in at once or not at all."""

    snapshot: str


class Reset(Frame, frozen=True, kw_only=True, tag="RESET"):
    """Say that what the desk holds is not a part of this journal: keep it aside and begin from the next snapshot."""

    epoch: int
    reason: str


class Check(Frame, frozen=True, kw_only=True, tag="CHECK"):
    """Say what the visible state hashes to at these heads; a desk that is exactly there compares."""

    heads: dict[StreamId, int]
    fold_version: int
    visible_hash: str


class QuoteRow(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Hold one instrument's latest quote: its place in the universe, then `domain.view.Quote`; prices in ticks."""

    slot: Annotated[int, msgspec.Meta(ge=0)]
    bid: int | None
    ask: int | None
    last: int | None
    bid_lots: int
    ask_lots: int
    volume: int | None
    open_interest: int | None
    upper_limit: int | None
    lower_limit: int | None
    pre_settlement: int | None
    exchange_at: int
    received_at: int


class Quotes(Frame, frozen=True, kw_only=True, tag="QUOTE"):
    """Carry what changed on the market since the last such frame, conflated; also the heartbeat of the runner."""

    at: Instant  # market clock
    trading_day: int  # 0 while there is none yet
    updates: int  # quotes the runner has received since its start
    gateway: bool  # the link to the exchange is up
    quotes: tuple[QuoteRow, ...] = ()
    basis: tuple[Basis, ...] = ()
    basis_lost: bool = False  # samples since the last frame were passed over: the history has them


class Sub(Frame, frozen=True, kw_only=True, tag="SUB"):
    """Ask for the QUOTE lane: these instruments (none named: all), at most every so many milliseconds."""

    instruments: tuple[InstrumentId, ...] = ()
    every_ms: int = 200


class FetchBasis(Frame, frozen=True, kw_only=True, tag="FETCH_BASIS"):
    """Ask for the newest `most` samples of a product's basis before `before` (market clock)."""

    request: int
    product: ProductId
    before: int
    most: int = 100_000


class FetchJournal(Frame, frozen=True, kw_only=True, tag="FETCH_JOURNAL"):
    """Ask for the records after these heads again: something in between is missing or does not fit."""

    round: int  # the answer carries it, so that what was under way before is told from it
    heads: dict[StreamId, HeadSaid]
    snapshot: bool = False  # give a snapshot instead: asking again did not help


class FetchPreview(Frame, frozen=True, kw_only=True, tag="FETCH_PREVIEW"):
    """Ask what a command would do now."""

    request: int
    body: CommandBody
    split_close: bool = False


class Chunk(Frame, frozen=True, kw_only=True, tag="CHUNK"):
    """Carry one part of a basis history: columns, zlib-compressed little-endian int64 (stamps) and float64 (prices)."""

    request: int
    product: ProductId
    part: int
    last: bool
    data: bytes


class Previewed(Frame, frozen=True, kw_only=True, tag="PREVIEW"):
    """Answer a preview."""

    preview: Preview


class Ping(Frame, frozen=True, kw_only=True, tag="PING"):
    """Ask whether the other side lives; either side, every 5 s.

    A runner's says which EVT frame it sends next, so that a desk that lost the last one learns of it.
    """

    nonce: int
    mono: int
    round: int = 0
    number: int = 0


class Pong(Frame, frozen=True, kw_only=True, tag="PONG"):
    """Answer a PING with its nonce and stamp, and one's own."""

    nonce: int
    mono: int
    own_mono: int


class Bye(Frame, frozen=True, kw_only=True, tag="BYE"):
    """End the session: a machine-readable code and a sentence. After REFUSED nobody should try again soon."""

    code: str
    sentence: str


class Desks(Frame, frozen=True, kw_only=True, tag="DESKS"):
    """Say how many other desks are connected, at the greeting and whenever it changes.

    Only the runner of a desk's own says so, which ends with the last of them: elsewhere nobody is to know who is there.
    """

    others: int


class Throttle(Frame, frozen=True, kw_only=True, tag="THROTTLE"):
    """Say that the sender sends too much; what arrives meanwhile is not carried out."""

    sentence: str


FromDesk = Hello | Cmd | Credit | Sub | FetchBasis | FetchJournal | FetchPreview | Ping | Pong | Bye
FromRunner = (
    Universe
    | Welcome
    | Result
    | Evt
    | SnapBegin
    | SnapChunk
    | SnapEnd
    | Reset
    | Check
    | Quotes
    | Chunk
    | Previewed
    | Ping
    | Pong
    | Bye
    | Desks
    | Throttle
)
