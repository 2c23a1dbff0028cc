"""Drive one desk: what a session says is stored, folded and shown; what people ask for is sent. Link thread only."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.errors import UserError
from terminal.domain.fact.facts import CommandDone, ConfirmationRequested, DocumentSaved, Role
from terminal.domain.ids import CommandId, TenantId
from terminal.engine.mailbox import LatestMailbox
from terminal.engine.screen import Document, LinkLine, LinkState
from terminal.shell.desk.canvas import Canvas
from terminal.shell.desk.copy import UnusableError
from terminal.shell.desk.loss import Loss
from terminal.shell.desk.only_looks import OnlyLooks
from terminal.shell.desk.own_disk import of_own_disk
from terminal.shell.desk.prices import Prices
from terminal.shell.desk.taken import forget_taken
from terminal.shell.picture.picture import Picture
from terminal.sync import messages as m
from terminal.sync.age import LOWERING
from terminal.sync.desk_session import DeskSession, Identity, Stage
from terminal.sync.effects import Compare, Effect, Ended, Partial, Store, Swap
from terminal.sync.history import HistoryPart

if TYPE_CHECKING:
    from terminal.domain.commands import CommandBody
    from terminal.domain.days.calendar import Calendar
    from terminal.engine.records.journal import Record
    from terminal.engine.screen import EventLine
    from terminal.shell.desk.absence import Absence
    from terminal.shell.desk.copy import Copy
    from terminal.shell.desk.sending import Sending

SECOND: Final = 1_000_000_000


class DeskDriver:
    """Implement `sync.client.Driver`. `soon` asks for a flush of the screen and of the wire in a moment."""

    def __init__(
        self,
        *,
        copy: Copy,
        sending: Sending,
        absence: Absence,
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
        self.loss = Loss(embedded=embedded)
        self._canvas = Canvas(Picture(mailbox, calendar, identity.person, identity.device))
        self.session: DeskSession | None = None
        self.welcome: m.Welcome | None = None
        self.stop_answer: tuple[str, str] | None = None  # code and sentence, after `ask_to_stop`
        self._partial: Partial | None = None
        self._tenant = TenantId("")
        self._absence = absence
        self._lost_at: int | None = None
        self._is_unsure = False  # of what is folded here: something did not fit on top of it
        self._now = 0
        self._told: LinkLine | None = None
        self._looks = OnlyLooks(copy, self._canvas, self.loss)
        self._prices = Prices(mailbox, calendar, self._canvas)
        self.show_copy()

    @property
    def refusal(self) -> str:
        """Return why this desk is not or was never let in, or may not go on with what it keeps; empty otherwise."""
        return self.loss.refusal or self._may_only_look or self.loss.never_in(self._runner)

    @property
    def is_turned_away(self) -> bool:
        """Return whether the runner will not have this desk until a person has mended something."""
        return bool(self.loss.refusal)

    @property
    def _may_only_look(self) -> str:
        return self._looks.why(self.session.others if self.session is not None else None)

    # --- the connection ---------------------------------------------------------------------------------------------

    def open(self, now: int) -> DeskSession:
        """Return the session of a new connection."""
        self._now = now
        self.loss.answered()
        self._absence.opened(now)
        if self._canvas.unshown:
            self.show_copy()  # perhaps what could not be shown is over
        self.session = DeskSession(
            self._identity,
            tenant=self._tenant,
            heads=self._copy.heads(),
            last_device_seq=self._sending.last_seq(),
            partial=self._partial,
            now=now,
        )
        return self.session

    def take(self, effect: Effect, session: DeskSession) -> Ended | None:
        """Do what a session says, or return why the connection cannot go on."""
        try:
            self._absence.watch(self._copy.state, session, session.heard_at)
            self._carry_out(effect, session)
        except UserError as problem:
            # Of this desk's own disk. It goes on to be heard: a kill switch must not depend on what is stored here.
            self._absence.begin(self._copy.state, session.heard_at)
            self._copy.leave_behind(of_own_disk(problem))
            self._looks.disk.failed(session.heard_at)
            self.show_copy()
            if isinstance(effect, Store | Swap):
                session.applied()
        except UnusableError as problem:
            # The state may be another one now. The next connection asks for a snapshot: it has the record folded.
            self._is_unsure = True
            self.show_copy()
            return session.refuse(f"{problem}，没有保存")
        except Exception as problem:  # noqa: BLE001  # whatever came, it ends one connection and not this program
            traceback.print_exception(problem)
            if isinstance(effect, Store | Swap):  # the state may be another one now than the screen has, as above
                self._is_unsure = True
                self.show_copy()
            return session.refuse(f" {type(effect).__name__} 本程序处理不了（详情见标准错误输出）")
        return None

    def _carry_out(self, effect: Effect, session: DeskSession) -> None:
        if isinstance(effect, Store | Swap):
            self._absence.secure()
        match effect:
            case Store():
                self._copy.take(effect.arrived, self._saw)
                session.applied()
            case Swap():
                if effect.reason and not self._is_unsure:
                    self._absence.forget_earlier()  # it was not this desk that asked to begin anew
                if self._copy.swap(effect):
                    self._is_unsure = False
                    self.show_copy()
                    if effect.reason:
                        self._mailbox.post_notice(self._copy.rebuilt)
                session.applied()
            case Compare():
                if not self._copy.unreadable and effect.check.visible_hash != self._copy.visible_hash():
                    self._is_unsure = True
                    session.redo(session.heard_at)
            case m.Welcome():
                self._welcomed(effect, session)
            case m.Quotes() | m.Result() | m.Previewed() | HistoryPart() | m.Throttle():
                self._answered(effect)
            case m.Reset() | Ended():
                pass  # a snapshot follows a RESET
            case _:
                assert_never(effect)
        self._partial = session.partial
        self._prices.look(session, live=self._is_live)
        self._soon()

    def look(self, session: DeskSession | None, now: int) -> None:
        """Look at the clock: how the link stands, and which answers are missing."""
        self._now = now
        self._sending.look(self._copy.state, now, live=self._is_live)
        if session is not None:
            self._absence.watch(self._copy.state, session, now)
            self._prices.look(session, live=self._is_live)
            self._prices.older_basis.look(now)
            if self._is_heard and self._looks.may_resume(now):
                self._resume(session, now)
        self._settle_in()
        if self._is_live:
            self._absence.hear()
        self.flush()
        if not self._is_unsure:
            self._copy.compact()

    def lost(self, code: str, sentence: str) -> None:
        """Hear that the connection is over, or could not be made."""
        session = self.session
        if session is not None:
            self._partial = session.partial  # its first parts need not come again
            if session.is_asked_to_stop:
                self.stop_answer = code, sentence
        if session is not None and session.welcome is not None:
            self._lost_at = session.heard_at
        elif self._lost_at is None:
            self._lost_at = self._now  # an attempt that failed is no new loss
        if self.welcome is not None:
            self._absence.begin(self._copy.state, self._now if self._lost_at is None else self._lost_at)
        self.session = None
        self._copy.part()
        self.loss.lost(code, sentence)
        self.tell_link()

    def found(self, identity: Identity, runner: str) -> None:
        """Learn how to be let in, and what the runner is called."""
        self._identity, self._runner = identity, runner
        self.tell_link()

    def leave(self, *, stop: bool) -> None:
        """Say good-bye; with `stop` the runner is asked to end as well."""
        if self._is_live:
            self._absence.hear(at_least_every=0)
        if self.session is not None and self.session.stage not in {Stage.CLOSED, Stage.GREETING}:
            self.session.leave(stop=stop)

    @property
    def may_restart(self) -> bool:
        """Return whether this desk may end the runner it is connected to, of another version, and start its own."""
        return self._looks.own_is_other and self._is_heard and self.session is not None and not self.session.others

    def ask_to_stop(self) -> None:
        """Ask the runner to end; `stop_answer` says what it answered when the connection is over."""
        self.stop_answer = None
        if self.session is not None:
            self.session.ask_to_stop()
            self._soon()

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
        self._canvas.begin(self._copy.state, self._copy.past)
        for person in self._copy.state.persons.values():
            for name, row in person.documents.items():
                self._mailbox.post_document(Document(name=name, version=row.version, body=row.body))
        self._canvas.flush()

    def flush(self) -> None:
        """Post what has changed on the screen."""
        self._canvas.flush()
        self.tell_link()

    def tell_link(self) -> None:
        """Post how the desk stands to its runner, if that has changed."""
        line = self._link_line()
        if line != self._told:
            self._told = line
            self._mailbox.post_link(line)

    def _saw(self, record: Record, line: EventLine | None) -> None:
        fact = record.fact
        self._canvas.saw(fact, line, self._copy.past)
        self._absence.saw(fact)
        if isinstance(fact, CommandDone):
            self._sending.saw(fact)
        elif isinstance(fact, ConfirmationRequested):
            self._sending.saw_parked(CommandId(record.cause.removeprefix("cmd:")), fact.confirmation.confirmation)
        elif isinstance(fact, DocumentSaved):
            self._mailbox.post_document(Document(name=fact.name, version=fact.version, body=fact.body))

    def _answered(self, frame: m.Quotes | m.Result | m.Previewed | HistoryPart | m.Throttle) -> None:
        match frame:
            case m.Quotes():
                self._prices.take(frame, self._copy.state.tenant.instruments)
            case m.Result():
                self._sending.answer(frame)
            case m.Previewed():
                self._mailbox.post_preview(frame.preview)
            case HistoryPart() | m.Throttle():  # what else was turned away is said anyway: it stays unanswered
                self._prices.older_basis.hear(frame, self._now)
            case _:
                assert_never(frame)

    def _welcomed(self, welcome: m.Welcome, session: DeskSession) -> None:
        self.welcome, self._tenant = welcome, welcome.tenant
        self._lost_at = None
        self._prices.welcomed(welcome, session)
        try:
            if self._copy.greet(welcome.fold_version):
                self.show_copy()
        finally:  # what was on its way belongs to the connection before, also where the copy cannot be read yet
            self._begin(session)
        self._forget_taken(welcome)  # last: whatever the disk answers, this desk is heard

    def _begin(self, session: DeskSession) -> None:
        self.loss.welcomed(fits=self._copy.other_fold is None)
        if self._is_unsure:
            session.redo(self._now)
        if given_up := self._sending.welcomed(session, self._now, self._copy.state):
            self._mailbox.post_notice(given_up)

    def _resume(self, session: DeskSession, now: int) -> None:
        try:
            self._copy.resume()
            if self.welcome is not None:
                self._forget_taken(self.welcome)
        except UserError as problem:
            self._copy.leave_behind(of_own_disk(problem))
            self._looks.disk.failed(now)
            return
        self._looks.disk.works()
        session.resume(self._copy.heads(), now)
        if self._is_unsure:
            session.redo(now)
        self.show_copy()

    def _forget_taken(self, welcome: m.Welcome) -> None:
        if forget_taken(welcome, self._copy, self._absence, self._sending, self._mailbox):
            self.show_copy()

    # --- how the link stands ----------------------------------------------------------------------------------------

    @property
    def _is_live(self) -> bool:
        session = self.session
        return (
            session is not None
            and session.stage is Stage.LIVE
            and not session.is_stale(self._now)
            and not self._may_only_look
        )

    @property
    def _is_heard(self) -> bool:
        if (session := self.session) is None or session.stage not in {Stage.CATCHING_UP, Stage.LIVE}:
            return False
        return not session.is_stale(self._now)

    def _settle_in(self) -> None:
        # The first look after everything has come: what is different from when the desk was last heard.
        found = self._absence.end(self._copy.state, self._identity.person, self._now) if self._is_live else None
        if found is not None:
            self._mailbox.post_missed(found)

    def _why_not(self, body: CommandBody) -> str:
        # What only lowers risk asks nothing of what this desk knows, only that the runner hears it.
        if self._is_live or (self._is_heard and isinstance(body, LOWERING)):
            return ""
        line = self._link_line()
        return line.sentence if line.is_heard else f"{line.sentence.rstrip('。')}；没有发送，恢复后也不会自动补发。"

    def _link_line(self) -> LinkLine:
        session, welcome = self.session, self.welcome
        state, sentence, seconds = self._standing()
        roles = welcome.roles if welcome is not None else {}
        mine = self._copy.state.persons.get(self._identity.person)
        return LinkLine(
            state=state,
            sentence=sentence,
            runner=self._runner,
            person=self._identity.person,
            person_name=(mine.name if mine is not None else None) or self._identity.person,
            device=self._identity.device,
            roles=roles,
            latency_ms=None if session is None or session.trip is None else round(session.trip / 1_000_000, 1),
            offline_s=seconds,
            may_order=state is LinkState.LIVE and any(Role.TRADER in held for held in roles.values()),
            is_heard=state is LinkState.REFUSED and self._is_heard,
            short=self._looks.short if state is LinkState.REFUSED and self._is_heard else "",
            others=session.others if session is not None else None,
            strategies=self.loss.of_strategies(connected=session is not None) if state is LinkState.OFFLINE else "",
            may_start=(self.may_restart and not self.loss.is_starting)
            or (state is LinkState.OFFLINE and self.loss.may_start(connected=session is not None)),
        )

    def _standing(self) -> tuple[LinkState, str, int]:
        session = self.session
        if self.loss.refusal:
            return LinkState.REFUSED, self.loss.refusal, 0
        if session is None or not self._is_heard:  # whatever else is wrong here: nobody has refused this desk
            return self._unheard()
        if self._may_only_look:
            return LinkState.REFUSED, self._may_only_look, self._looks.seconds(self._now)
        self._looks.ended()
        if session.stage is Stage.CATCHING_UP:
            return LinkState.CATCHING_UP, "正在补齐离线期间的记录", 0
        return LinkState.LIVE, f"已连接{self._runner}", 0

    def _unheard(self) -> tuple[LinkState, str, int]:
        session = self.session
        if self.welcome is None:
            return LinkState.CONNECTING, self.loss.connecting(self._runner, also=self._may_only_look), 0
        was_heard = session.heard_at if session is not None and session.welcome is not None else self._lost_at
        seconds = max(0, self._now - (was_heard or self._now)) // SECOND
        known = self.loss.of_strategies(connected=session is not None)
        return LinkState.OFFLINE, f"离线 {seconds} 秒，{known}", seconds
