"""Drive one desk: what a session says is stored, folded and shown; what people ask for is sent. Link thread only."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.facts import CommandDone, DocumentSaved, Role
from terminal.domain.ids import InstrumentId, ProductId, TenantId
from terminal.domain.view import Quote
from terminal.engine.mailbox import Clock, LatestMailbox, Market
from terminal.engine.screen import BasisHistory, Document, LinkLine, LinkState
from terminal.shell.desk.missed import Glance, glance, missed
from terminal.shell.picture.picture import Picture
from terminal.sync import messages as m
from terminal.sync.age import LOWERING
from terminal.sync.client import NOT_RUNNING
from terminal.sync.desk_session import Compare, DeskSession, Effect, Ended, Identity, Partial, Stage, Store, Swap

if TYPE_CHECKING:
    from terminal.domain.calendar import Calendar
    from terminal.domain.commands import CommandBody
    from terminal.domain.ids import CommandId
    from terminal.engine.journal import Record
    from terminal.shell.desk.copy import Copy
    from terminal.shell.desk.sending import Sending

SECOND: Final = 1_000_000_000
HISTORY: Final = 200_000  # samples of a basis asked for at once
RUNS_ON: Final = "策略由运行器执行，不因本机断线而停"
DOWN: Final = "运行器没有在运行：策略停着，已报出的挂单不会自动撤回"
OWN_SILENT: Final = "本机运行器没有回应"
OWN_DOWN: Final = "运行器没有在运行：策略与其中的模拟交易所都停着，挂单不会成交"
REFUSALS: Final = frozenset({"REFUSED", "NO_COMMON_VERSION", "OTHER_TENANT", "REVOKED", "SUPERSEDED"})


class DeskDriver:
    """Implement `sync.client.Driver`. `soon` asks for a flush of the screen and of the wire in a moment."""

    def __init__(
        self,
        *,
        copy: Copy,
        sending: Sending,
        identity: Identity,
        mailbox: LatestMailbox,
        calendar: Calendar,
        runner: str,
        soon: Callable[[], None],
        embedded: bool = False,  # a runner of this desk's own, whose exchange lives and dies with it
    ) -> None:
        self._copy = copy
        self._sending = sending
        self._identity = identity
        self._mailbox = mailbox
        self._runner = runner
        self._soon = soon
        self._embedded = embedded
        self.picture = Picture(mailbox, calendar, identity.person, identity.device)
        self.session: DeskSession | None = None
        self.welcome: m.Welcome | None = None
        self._partial: Partial | None = None
        self._tenant = TenantId("")
        self._away: Glance | None = None  # what was known when the link was lost
        self._lost_at: int | None = None
        self._silent_at = 0  # when a look last found an open link that said nothing
        self._missed: tuple[str, ...] = ()
        self._refusal = ""
        self._last_why = ""
        self._is_down = False  # nobody listens where the runner was
        self._now = 0
        self._told: LinkLine | None = None
        self._listed = 0  # instruments the screen knows
        self._chunks: dict[int, tuple[ProductId, list[bytes]]] = {}
        self._asked: set[ProductId] = set()
        self._requests = 0
        self.gateway = True
        self.show_copy()

    @property
    def refusal(self) -> str:
        """Return why this desk is not let in, or may not go on with what it keeps; empty otherwise."""
        return self._refusal or self._copy.unreadable

    # --- the connection ---------------------------------------------------------------------------------------------

    def open(self, now: int) -> DeskSession:
        """Return the session of a new connection."""
        self._now, self._is_down = now, False
        self.session = DeskSession(
            self._identity,
            tenant=self._tenant,
            heads=self._copy.heads(),
            last_device_seq=self._sending.last_seq(),
            partial=self._partial,
            now=now,
        )
        return self.session

    def take(self, effect: Effect, session: DeskSession) -> None:
        """Do what a session says."""
        match effect:
            case Store():
                for record in self._copy.take(effect.arrived):
                    self._saw(record)
                session.applied()
            case Swap():
                if self._copy.swap(effect):
                    self.show_copy()
                    if effect.reason:
                        self._mailbox.post_notice(self._copy.rebuilt)
                session.applied()
            case Compare():
                if not self._copy.unreadable and effect.check.visible_hash != self._copy.visible_hash():
                    session.redo(session.heard_at)
            case m.Welcome():
                self._welcomed(effect, session)
            case m.Quotes() | m.Result() | m.Previewed() | m.Chunk():
                self._answered(effect)
            case m.Reset() | m.Throttle() | Ended():
                pass  # a snapshot follows a RESET; a THROTTLE leaves its command unanswered, which is said anyway
            case _:
                assert_never(effect)
        self._partial = session.partial
        self._soon()

    def look(self, session: DeskSession | None, now: int) -> None:
        """Look at the clock: how the link stands, and which answers are missing."""
        self._now = now
        self._sending.look(self._copy.state, now, live=self._is_live)
        self._note_silence()
        self._settle_in()
        self.tell_link()
        self.picture.flush()

    def lost(self, code: str, sentence: str) -> None:
        """Hear that the connection is over, or could not be made."""
        session = self.session
        if session is not None:
            self._partial = session.partial  # its first parts need not come again
        if session is not None and session.welcome is not None:
            self._lost_at = session.heard_at
        elif self._lost_at is None:
            self._lost_at = self._now  # an attempt that failed is no new loss
        if self._away is None and self.welcome is not None:
            self._away = glance(self._copy.state)
        self.session = None
        self._refusal = sentence if code in REFUSALS else ""
        self._last_why, self._is_down = sentence, code == NOT_RUNNING
        self.tell_link()

    def found(self, identity: Identity, runner: str) -> None:
        """Learn how to be let in, and what the runner is called."""
        self._identity, self._runner = identity, runner
        self.tell_link()

    def leave(self, *, stop: bool) -> None:
        """Say good-bye; with `stop` the runner is asked to end as well."""
        if self.session is not None and self.session.stage not in {Stage.CLOSED, Stage.GREETING}:
            self.session.leave(stop=stop)

    # --- what people ask for ----------------------------------------------------------------------------------------

    def send(self, command: CommandId, body: CommandBody, pressed: int) -> None:
        """Send a command, or say why not."""
        self._now = max(self._now, pressed)
        self._sending.send(command, body, pressed=pressed, session=self.session, why_not=self._why_not(body))
        self._soon()

    def preview(self, request: int, body: CommandBody, *, split_close: bool) -> None:
        """Ask what a command would do; while the desk is not live nobody answers."""
        if self.session is not None and self._is_live:
            self.session.send(m.FetchPreview(request=request, body=body, split_close=split_close))
            self._soon()

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_copy(self) -> None:
        """Show the whole state anew."""
        records, self._copy.records = self._copy.records, []
        self.picture.restart(self._copy.state)
        for record in records:
            self.picture.saw(record.fact, record.utc, record.actor, record.cause)
        for person in self._copy.state.persons.values():
            for name, row in person.documents.items():
                self._mailbox.post_document(Document(name=name, version=row.version, body=row.body))
        self.picture.flush()

    def tell_link(self) -> None:
        """Post how the desk stands to its runner, if that has changed."""
        line = self._link_line()
        if line != self._told:
            self._told = line
            self._mailbox.post_link(line)

    def _saw(self, record: Record) -> None:
        fact = record.fact
        self.picture.saw(fact, record.utc, record.actor, record.cause)
        if isinstance(fact, CommandDone):
            self._sending.saw(fact)
        elif isinstance(fact, DocumentSaved):
            self._mailbox.post_document(Document(name=fact.name, version=fact.version, body=fact.body))

    def _answered(self, frame: m.Quotes | m.Result | m.Previewed | m.Chunk) -> None:
        match frame:
            case m.Quotes():
                self._quoted(frame)
            case m.Result():
                self._sending.answer(frame)
            case m.Previewed():
                self._mailbox.post_preview(frame.preview)
            case m.Chunk():
                self._chunk(frame)
            case _:
                assert_never(frame)

    def _welcomed(self, welcome: m.Welcome, session: DeskSession) -> None:
        self.welcome, self._tenant = welcome, welcome.tenant
        self._refusal, self._lost_at = "", None
        self._listed = 0
        self._asked.clear()
        self._chunks.clear()
        session.send(m.Sub())
        self._sending.welcomed(session, self._now)

    def _quoted(self, frame: m.Quotes) -> None:
        welcome = self.welcome
        if welcome is None:
            return
        self._list_market(welcome)
        changed: dict[InstrumentId, Quote] = {}
        for row in frame.quotes:
            name = welcome.universe[row.slot]
            changed[name] = quote = Quote(
                row.bid, row.ask, row.last, row.bid_lots, row.ask_lots, row.volume, row.open_interest,
                row.upper_limit, row.lower_limit, row.pre_settlement, row.exchange_at, row.received_at,
            )  # fmt: skip
            self._mailbox.post_quote(name, quote)
        self.gateway = frame.gateway
        self.picture.quotes(changed, frame.at, frame.trading_day)
        for sample in frame.basis:
            self._mailbox.post_basis(sample)
            if sample.product not in self._asked and self.session is not None:
                self._asked.add(sample.product)
                self._requests += 1
                self.session.send(
                    m.FetchBasis(request=self._requests, product=sample.product, before=sample.at, most=HISTORY)
                )
        self._mailbox.post_clock(Clock(at=frame.at, trading_day=frame.trading_day, updates=frame.updates))

    def _list_market(self, welcome: m.Welcome) -> None:
        known = self._copy.state.tenant.instruments
        if self._listed == len(welcome.universe):
            return
        listed = tuple(known[name] for name in welcome.universe if name in known)
        if len(listed) != self._listed:
            self._listed = len(listed)
            self._mailbox.post_market(Market(name=welcome.market, instruments=listed))

    def _chunk(self, chunk: m.Chunk) -> None:
        product, parts = self._chunks.setdefault(chunk.request, (chunk.product, []))
        if chunk.part != len(parts):
            del self._chunks[chunk.request]
            return
        parts.append(chunk.data)
        if not chunk.last:
            return
        del self._chunks[chunk.request]
        at, spot, future = array("q"), array("d"), array("d")
        for part in parts:
            raw = zlib.decompress(part)
            third = len(raw) // 3
            for column, start in ((at, 0), (spot, third), (future, 2 * third)):
                column.frombytes(raw[start : start + third])
        self._mailbox.post_history(BasisHistory(product=product, at=tuple(at), spot=tuple(spot), future=tuple(future)))

    # --- how the link stands ----------------------------------------------------------------------------------------

    @property
    def _is_live(self) -> bool:
        session = self.session
        return (
            session is not None
            and session.stage is Stage.LIVE
            and not session.is_stale(self._now)
            and not self._copy.unreadable
        )

    def _note_silence(self) -> None:
        # A link that was only held for a while is no new connection, and yet the person was away.
        session = self.session
        if session is None or session.stage is not Stage.LIVE or not session.is_stale(self._now):
            return
        self._silent_at = self._now
        if self._away is None:
            self._away = glance(self._copy.state)

    def _settle_in(self) -> None:
        # The first look after everything has come: what was different from when the link was lost. Behind a link that
        # was held, what was kept back comes in a burst, of which nobody says where it ends: a moment is given to it.
        if self._is_live and self._away is not None and self._now - self._silent_at >= SECOND:
            self._missed = missed(self._away, glance(self._copy.state))
            self._away = None

    def _why_not(self, body: CommandBody) -> str:
        session = self.session
        # What only lowers risk asks nothing of what this desk knows, only that the runner hears it.
        catching_up = session is not None and session.stage is Stage.CATCHING_UP and not session.is_stale(self._now)
        if self._is_live or (catching_up and isinstance(body, LOWERING)):
            return ""
        return self._copy.unreadable or f"{self._link_line().sentence}；没有发送，恢复后也不会自动补发。"

    def _link_line(self) -> LinkLine:
        session, welcome = self.session, self.welcome
        state, sentence, seconds = self._standing()
        roles = welcome.roles if welcome is not None else {}
        mine = self._copy.state.persons.get(self._identity.person)
        trip = session.trip if session is not None else None
        return LinkLine(
            state=state,
            sentence=sentence,
            runner=self._runner,
            person=self._identity.person,
            person_name=(mine.name if mine is not None else None) or self._identity.person,
            device=self._identity.device,
            roles=roles,
            latency_ms=None if trip is None else round(trip / 1_000_000, 1),
            offline_s=seconds,
            may_order=state is LinkState.LIVE and any(Role.TRADER in held for held in roles.values()),
            missed=self._missed,
            strategies=self._of_strategies if state is LinkState.OFFLINE else "",
        )

    @property
    def _of_strategies(self) -> str:
        # What is known of them: of a runner behind a cut way only that nothing here stops them.
        if self._is_down and self.session is None:
            return OWN_DOWN if self._embedded else DOWN
        return OWN_SILENT if self._embedded else RUNS_ON

    def _standing(self) -> tuple[LinkState, str, int]:
        session = self.session
        if self._refusal:
            return LinkState.REFUSED, self._refusal, 0
        if self._copy.unreadable:
            return LinkState.REFUSED, self._copy.unreadable, 0
        if session is None or session.stage in {Stage.GREETING, Stage.CLOSED}:
            if self.welcome is None:
                why = f"（{self._last_why}）" if self._last_why else ""
                return LinkState.CONNECTING, f"正在连接 {self._runner}{why}", 0
            seconds = (self._now - (self._lost_at or self._now)) // SECOND
            return LinkState.OFFLINE, f"离线 {seconds} 秒，{self._of_strategies}", seconds
        if session.is_stale(self._now):
            seconds = (self._now - session.heard_at) // SECOND
            return LinkState.OFFLINE, f"离线 {seconds} 秒，{self._of_strategies}", seconds
        if session.stage is Stage.CATCHING_UP:
            return LinkState.CATCHING_UP, "正在补齐离线期间的记录", 0
        return LinkState.LIVE, f"已连接{self._runner}", 0
