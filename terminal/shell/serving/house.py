"""Be the house of a living runner: everything the sessions of its desks ask for, from state, journal and columns."""

from __future__ import annotations

import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain import commands as c
from terminal.domain.errors import UserError
from terminal.domain.fact.facts import CommandDone
from terminal.domain.ids import AccountId, CommandId, InstrumentId, ProductId, StreamId, TenantId
from terminal.domain.words.risk import Verdict
from terminal.domain.words.typed_text import shown
from terminal.engine.commands import account_of, id_used
from terminal.engine.previews.command import preview
from terminal.engine.records.journal import Actor, Entry, Head
from terminal.engine.records.snapshot import freeze
from terminal.engine.screen import Preview
from terminal.engine.state import FOLD_VERSION
from terminal.shell.serving.basis_book import BasisBook
from terminal.shell.serving.door import Door, enrolment
from terminal.shell.serving.hashes import VisibleHashes
from terminal.shell.serving.quote_lane import QuoteLane
from terminal.shell.serving.tail import Tail
from terminal.sync import messages as m
from terminal.sync.age import AHEAD
from terminal.sync.house import Frozen, Guest
from terminal.sync.refusals import Refusals
from terminal.sync.texts import unfit_body
from terminal.sync.wire import encode

if TYPE_CHECKING:
    from terminal.shell.living import Living

SECOND: Final = 1_000_000_000
SNAPSHOTS_KEPT: Final = 4  # so that a desk that was cut in the middle goes on where it was
TOO_LATE: Final = "轮到时指令已过有效期，或连接已断开，没有执行；请确认后重新下达。"
NOT_LIVE: Final = "运行器刚启动，行情正在补放到现在，没有执行；请等行情正常走动后重新下达。"
TOO_LONG_TO_SHOW: Final = "项数太多，预览放不下，看不到会怎样；请减少项数后再看。"
OF_THEIR_OWN: Final = frozenset({"EXPIRED", "CONFLICT"})  # codes that are a status too; the others are DENIED


class RunnerHouse:
    """Implement `sync.house.House` over a living runner.

    `utc` is wall time in ns, shown and never decided by; `say` gets a line worth logging.
    """

    def __init__(
        self,
        living: Living,
        *,
        door: Door,
        tail: Tail,
        basis: BasisBook,
        name: str,
        app: str,
        utc: Callable[[], int],
        say: Callable[[str], None],
    ) -> None:
        self._say = say
        self._living = living
        self._runner = living.runner
        self._door = door
        self._tail = tail
        self.name = name
        self.app = app
        self.fold_version = FOLD_VERSION
        self.utc = utc
        self.refusals = Refusals(self._now())
        self._under_way: CommandId | None = None
        self._snapshots: OrderedDict[str, Frozen] = OrderedDict()
        self._passed_over: set[int] = set()
        self._lane = QuoteLane(living.engine)
        self._basis = basis
        self._lane.saw([], basis.now())  # at night the next batch that moves one of them may be hours away
        self._hashes = VisibleHashes(living.runner.state, living.monotonic)

    # --- what the runner's loop says --------------------------------------------------------------------------------

    def saw(self, slots: list[int]) -> None:
        """Note what a batch changed."""
        self._lane.saw(slots, self._basis.saw(slots))

    def publish(self) -> None:
        """Let the desks see the market up to now."""
        self._lane.publish()

    # --- what sessions ask ------------------------------------------------------------------------------------------

    @property
    def tenant(self) -> TenantId:
        """Return whose runner this is."""
        return self._runner.journal.tenant

    @property
    def epoch(self) -> int:
        """Return the epoch of the journal."""
        return self._runner.journal.epoch

    @property
    def market(self) -> str:
        """Return the market's name."""
        return self._runner.gateway.market

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        """Return the instrument of each slot of a QUOTE."""
        return self._living.engine.columns.universe

    @property
    def end(self) -> int:
        """Return the position of the journal's last record."""
        return self._tail.end

    def admit(self, hello: m.Hello) -> Guest | str:
        """Return who a desk is, or the sentence that refuses it."""
        return self._door.admit(hello, self._runner.state)

    async def settle_in(self, guest: Guest, hello: m.Hello) -> None:
        """Make the device of a guest known with its present key."""
        fact = enrolment(hello, self._runner.state)
        if fact is not None:
            await self._living.say((fact,), Actor(guest.person, guest.device), "hello")

    def heads(self) -> Mapping[StreamId, Head]:
        """Return where each stream ends."""
        return self._runner.journal.heads()

    def position_of(self, heads: Mapping[StreamId, m.HeadSaid], visible: frozenset[StreamId]) -> int | None:
        """Return the position up to which these heads are the journal's own; `None` when they are not."""
        journal = self._runner.journal
        if not heads:
            return 0
        for stream, head in heads.items():
            place = journal.place(stream, head.seq) if head.epoch == journal.epoch and head.seq > 0 else None
            if place is None or place[1].hex() != head.hash:
                return None
        nexts = [
            place[0]
            for stream in visible
            if (place := journal.place(stream, heads[stream].seq + 1 if stream in heads else 1)) is not None
        ]
        return min(nexts) - 1 if nexts else self.end

    def lag(self, position: int) -> tuple[int, int]:
        """Return how many records, and about how many bytes, follow a position."""
        return self._tail.lag(position)

    def entry(self, position: int) -> Entry:
        """Return the record at a position."""
        return self._tail.entry(position)

    def passes_over(self, entry: Entry) -> None:
        """Say once that a record is larger than a frame, and what desks get in its place."""
        if entry.position in self._passed_over:
            return
        self._passed_over.add(entry.position)
        record = entry.record
        self._say(
            f"{record.stream} 第 {record.seq} 条记录（{record.kind}）长 {len(entry.data)} 字节，一帧放不下："
            "对工作台改发快照越过它，状态是全的，记录仍在日志里"
        )

    def freeze(self, guest: Guest) -> Frozen:
        """Return a snapshot of what a guest may see, as of now; `UserError` after the journal broke.

        The state has then folded what was never recorded, and nobody may be shown that.
        """
        self._living.check()
        raw = freeze(self._runner.state, accounts=frozenset(guest.roles), persons=frozenset({guest.person}))
        data = zlib.compress(raw, 1)
        streams = guest.streams(self.tenant)
        frozen = Frozen(
            name=hashlib.sha256(data).hexdigest(),
            data=data,
            size=len(raw),
            position=self.end,
            heads={stream: head for stream, head in self.heads().items() if stream in streams},
            fold_version=self.fold_version,
            visible_hash=self._hashes.of(guest, self.end),
        )
        self._snapshots[frozen.name] = frozen
        while len(self._snapshots) > SNAPSHOTS_KEPT:
            self._snapshots.popitem(last=False)
        return frozen

    def frozen(self, name: str) -> Frozen | None:
        """Return a snapshot that was made a short while ago."""
        return self._snapshots.get(name)

    def visible_hash(self, guest: Guest) -> tuple[int, str]:
        """Return the fold's version and the hash of what a guest may see, as of now; "" while that is too costly.

        `UserError` after the journal broke, as for a snapshot.
        """
        self._living.check()
        return self.fold_version, self._hashes.of(guest, self.end)

    def quotes(self, since: int, instruments: tuple[InstrumentId, ...]) -> tuple[tuple[bytes, ...], int]:
        """Return the QUOTE frames with what changed after a tick of the lane, and the tick they go up to."""
        return self._lane.frames(since, instruments)

    def history(self, request: int, product: ProductId, before: int, most: int) -> Iterator[bytes]:
        """Yield the CHUNK frames of a basis history."""
        return self._basis.chunks(request, product, before, most)

    def preview(self, guest: Guest, asked: m.FetchPreview) -> Preview:
        """Say what a command would do now; of an account that may not be seen as of one that is not there."""
        account = account_of(asked.body)
        if account is not None and account not in guest.roles:
            return Preview(request=asked.request, verdict=Verdict.DENY, sentence=_no_account(account))
        wrong = "" if isinstance(asked.body, c.Kill) else unfit_body(asked.body)
        if wrong:
            return Preview(request=asked.request, verdict=Verdict.DENY, sentence=f"不能执行：{wrong}。")
        found = preview(
            self._living.engine.look,
            guest.person,
            guest.device,
            asked.request,
            asked.body,
            split_close=asked.split_close,
        )
        if len(encode(m.Previewed(preview=found))) > m.MAX_FRAME:  # old and new side by side, a word for each item
            return Preview(request=found.request, verdict=found.verdict, sentence=TOO_LONG_TO_SHOW)
        return found

    def answered(self, guest: Guest, command: CommandId) -> m.Result | None:
        """Return what the journal answers to a command of this name that comes again; `None` if it holds none."""
        first = self._runner.journal.command_result(command)
        if first is None:
            return None
        if not _is_for(first, guest):
            return _denied(command, "COMMAND_ID_USED", id_used(command))
        return m.Result(cmd_id=command, status="DUPLICATE", ok=first.ok, code=first.code, sentence=first.sentence)

    def is_under_way(self, command: CommandId) -> bool:
        """Return whether a command of this name is being carried out just now."""
        return self._under_way == command

    async def carry_out(
        self, guest: Guest, command: m.Cmd, still: Callable[[], bool], refused: m.Result | None = None
    ) -> m.Result:
        """Carry a command out, at most once, and return its result: for ever the answer to its name (SAFETY I17).

        One that its session has `refused` is only recorded.
        """
        first = self.answered(guest, command.cmd_id)
        if first is not None:
            return first
        if refused is not None:
            return await self._recorded(guest, refused)
        account = account_of(command.body)
        if account is not None and account not in guest.roles:
            return await self._recorded(guest, _denied(command.cmd_id, "UNKNOWN_ACCOUNT", _no_account(account)))
        try:
            is_live = await self._is_live_for(command, still)
            done = await self._in_turn(guest, command, still) if is_live else None
        except UserError as problem:
            return self._kept(guest, _denied(command.cmd_id, "STOPPED", problem.message))
        if not is_live:
            return await self._recorded(guest, _denied(command.cmd_id, "NOT_LIVE", NOT_LIVE))
        if done is None:
            return await self._came_too_late(guest, command.cmd_id)
        status = "OK" if done.ok else done.code if done.code in OF_THEIR_OWN else "DENIED"
        return m.Result(cmd_id=command.cmd_id, status=status, ok=done.ok, code=done.code, sentence=done.sentence)

    async def _is_live_for(self, command: m.Cmd, still: Callable[[], bool]) -> bool:
        # While a market's past is taken its hours pass in a blink: an order would meet prices nobody has seen, and what
        # waits for a second person would be over before they could look. A stop is good at any hour; a document is its
        # person's own. No other waits longer than an order may, for nothing of its desk is heard meanwhile.
        if isinstance(command.body, c.Kill | c.SaveDocument):
            return True
        latest = self._now() + m.ORDER_TTL_MS * SECOND // 1_000
        return await self._living.go_live(lambda: still() and self._now() <= latest)

    async def _in_turn(self, guest: Guest, command: m.Cmd, still: Callable[[], bool]) -> CommandDone | None:
        name, is_mine = command.cmd_id, False

        def may() -> bool:
            # A copy may have been refused while this one waited; whoever heard that must be able to rely on it. From
            # here on it is the other way round: a copy hears what becomes of this one.
            nonlocal is_mine
            is_mine = still() and self.refusals.first(guest.person, name) is None and self._is_new(name)
            if is_mine:
                self._under_way = name
            return is_mine

        look = self._living.engine.look
        wish = c.Command(
            command=name,
            person=guest.person,
            device=guest.device,
            at=max(look.now, self._living.engine.floor),
            body=command.body,
        )
        try:
            return await self._living.command(wish, may)
        finally:
            if is_mine:
                self._under_way = None

    async def _came_too_late(self, guest: Guest, command: CommandId) -> m.Result:
        first = self.answered(guest, command)  # of the one it is a copy of: that has had its turn meanwhile
        if first is not None:
            return first
        refused = self.refusals.first(guest.person, command)
        if refused is not None:
            return await self._recorded(guest, msgspec.structs.replace(refused, status="DUPLICATE"))
        late = m.Result(cmd_id=command, status="EXPIRED", ok=False, code="EXPIRED", sentence=TOO_LATE)
        return await self._recorded(guest, late)

    async def _recorded(self, guest: Guest, refused: m.Result) -> m.Result:
        # In the stream of the person, whatever account it names: they may see it, and nobody else learns of it. Where
        # nothing can be written down any more, nothing is answered either: `UserError`.
        name = refused.cmd_id
        done = CommandDone(
            account=None, person=guest.person, command=name, ok=False, code=refused.code, sentence=refused.sentence
        )
        self._kept(guest, refused)  # a copy that has its turn before this one is not carried out either
        actor = Actor(guest.person, guest.device)
        is_first = await self._living.say((done,), actor, f"cmd:{name}", lambda: self._is_new(name))
        self.refusals.drop(guest.person, name)
        return refused if is_first else self.answered(guest, name) or refused

    def _is_new(self, command: CommandId) -> bool:
        return self._runner.journal.command_result(command) is None

    def _kept(self, guest: Guest, refused: m.Result) -> m.Result:
        self.refusals.keep(guest.person, refused, self._now() + AHEAD)
        return refused

    def _now(self) -> int:
        return int(self._living.monotonic() * SECOND)


def _is_for(done: CommandDone, guest: Guest) -> bool:
    # Who uses the number of a command of a stream that is not theirs learns only that it is used.
    return done.account in guest.roles if done.account is not None else done.person == guest.person


def _no_account(account: AccountId) -> str:
    return f"没有账户 {shown(account)}。"  # the engine's own words for one that is not there


def _denied(command: CommandId, code: str, sentence: str) -> m.Result:
    return m.Result(cmd_id=command, status="DENIED", ok=False, code=code, sentence=sentence)


def entries_of(tail: Tail, wake: Callable[[], None]) -> Callable[[Sequence[Entry]], None]:
    """Return what a runner tells of its appends: the tail grows and the desks' writers wake."""

    def grew(entries: Sequence[Entry]) -> None:
        tail.grew(entries)
        wake()

    return grew
