"""Send what people ask for, and never send it later by itself (SAFETY I18).

Every command is in the outbox, durably, before it is on the wire, and each has one id for ever; one that cannot be
stored is not sent, which is said, except one that only lowers risk. While the desk is not live nothing is taken at all
except a person's own documents, which wait. When a connection was cut before the answer came, orders are not sent
again: the facts that arrive after the reconnect show whether the runner carried them out, and if not, that is said; a
runner carries nothing out over a connection that has been replaced. Documents are sent again under the same id, a few
at a time, so that a long absence is no flood.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain import commands as c
from terminal.domain.ids import CommandId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.words.terms import Term
from terminal.engine.commands import account_of
from terminal.engine.confirmations.approval import approval_bytes
from terminal.engine.records.journal import JournalError
from terminal.engine.screen import ResultLine
from terminal.engine.wording import under_number
from terminal.sync import messages as m
from terminal.sync.age import APPROVING, LOWERING, ttl_ms
from terminal.sync.desk_session import command_frame
from terminal.sync.wire import encode

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from terminal.domain.fact.facts import CommandDone
    from terminal.domain.ids import AccountId, ConfirmationId, PersonId
    from terminal.engine.state import State
    from terminal.store.outbox import Outbox
    from terminal.sync.desk_session import DeskSession

ANSWER_WITHIN: Final = 5_000_000_000  # ns; after that the person is told that the answer is missing
SEND_AGAIN: Final = 10_000_000_000  # ns without an answer after which a document goes out once more, under its id
GRACE: Final = 2_000_000_000  # ns after a reconnect in which a late fact may still explain an old command

AT_ONCE: Final = 8  # documents sent between two looks: well below what a runner takes in a second

WAITING: Final = c.SaveDocument


NOT_ARRIVED: Final = "连接中断，指令没有送达，没有执行，也不会补发；需要时请重新下达。"
NOT_KNOWN: Final = (
    "这条指令是在更早的交易日下达的，它的回答已不在当前的账里，是否执行不明，也不会补发；请核对委托、成交与持仓。"
)
UNREADABLE: Final = (
    f"发件箱里有 {{}} 条没有回答的指令由旧版程序写成，本程序读不懂，不会再发；请在「{Term.EVENTS}」里核对结果。"
)


class _Open(msgspec.Struct):
    """Hold a command without an answer: when it was sent, and over which connection of this process."""

    frame: m.Cmd
    at: int
    connection: int
    is_unsure: bool = False  # the person was told so
    day: int = 0  # the account's trading day when it was sent or found in the outbox; 0 while that is not known

    @property
    def body(self) -> c.CommandBody:
        return self.frame.body


class Sending:
    """Own the outbox; link thread only. `tell` hears what became of each command."""

    def __init__(
        self, outbox: Outbox, person: PersonId, key: Ed25519PrivateKey, tell: Callable[[ResultLine], None]
    ) -> None:
        self._outbox = outbox
        self._person = person
        self._key = key
        self._tell = tell
        self._open: dict[CommandId, _Open] = {}
        self._given_up: dict[CommandId, _Open] = {}  # told as LOST; an answer after all would be told as well
        self._parked: dict[CommandId, ConfirmationId] = {}  # what own wishes wait under, until their answer is told
        self._heard: dict[CommandId, m.Result] = {}  # of wishes that wait: the wire does not say under what
        self._unstored: set[CommandId] = set()  # what went out while the outbox could not be written
        self._waiting: deque[m.Cmd] = deque()  # documents that were not sent over this connection yet
        self._session: DeskSession | None = None
        self._connection = 0
        self._live_since: int | None = None

    def last_seq(self) -> int:
        """Return the number of the last command."""
        return self._outbox.last_seq()

    def send(
        self, command: CommandId, body: c.CommandBody, *, pressed: int, session: DeskSession | None, why_not: str
    ) -> None:
        """Send a command now, or say why not; `why_not` is empty while the desk is live."""
        if why_not and not isinstance(body, WAITING):
            self._tell(ResultLine(command=command, body=body, ok=False, code="OFFLINE", sentence=why_not))
            return
        signed = self._signed(body)
        frames: list[m.Cmd] = []

        def made(number: int) -> bytes:
            frames.append(command_frame(command, number, signed, pressed_mono=pressed, ttl_ms=ttl_ms(body)))
            return encode(frames[-1])

        try:
            self._outbox.next(
                command,
                kind=str(body.__struct_config__.tag),
                is_order=not isinstance(body, WAITING),
                pressed_mono=pressed,
                ttl_ms=ttl_ms(body),
                frame=made,
            )
        except JournalError as problem:
            # Nothing leaves that is not on disk first, so that a restart knows what it may have done. What only lowers
            # risk is the exception (I22): it creates no order, done twice it is done once, and a desk that forgot it
            # shows what came of it all the same, by the runner's facts. A full disk must not stand before it.
            if not isinstance(body, LOWERING):
                self._tell(
                    ResultLine(command=command, body=body, ok=False, code="NOT_STORED", sentence=problem.in_place)
                )
                return
            self._unstored.add(command)
        self._open[command] = _Open(frames[-1], pressed, self._connection)
        is_early = session is not None and not session.is_timed
        if isinstance(body, WAITING) and (why_not or self._waiting or is_early):
            self._waiting.append(frames[-1])  # behind those that were written before it
        elif session is not None:
            session.send(frames[-1])

    def answer(self, result: m.Result) -> None:
        """Take a result from the wire; one that waits for a second person is told when the facts say under what."""
        if result.code == "CONFIRM2" and result.cmd_id in self._open and result.cmd_id not in self._parked:
            self._heard[result.cmd_id] = result
            return
        self._settle(result.cmd_id, ok=result.ok, code=result.code, sentence=result.sentence)

    def saw(self, done: CommandDone) -> None:
        """Take a result from the facts; the wire may have told it already, or never will."""
        self._settle(done.command, ok=done.ok, code=done.code, sentence=done.sentence)

    def saw_parked(self, command: CommandId, confirmation: ConfirmationId) -> None:
        """Take under what a wish waits for a second person, from the facts; its result follows."""
        if command in self._open or command in self._given_up:
            self._parked[command] = confirmation

    def welcomed(self, session: DeskSession, now: int, state: State) -> str:
        """Begin a connection: what may wait is sent again over it, once it is live, under the ids it has.

        `state` is what this desk knew before it: a command of an earlier process was sent on its day or before.
        Return what to say of those that were given up: an older program wrote them, and this one cannot read them.
        """
        self._session = session
        self._waiting.clear()
        given_up = 0
        for sent in self._outbox.unanswered():
            try:
                frame = msgspec.json.decode(sent.frame, type=m.Cmd)
            except msgspec.DecodeError:
                self._outbox.lost(sent.command)
                given_up += 1
                continue
            if not sent.is_order:
                self._waiting.append(frame)
            self._open.setdefault(frame.cmd_id, _Open(frame, now, self._connection, day=_day(state, frame.body)))
        self._connection += 1
        self._live_since = None
        return UNREADABLE.format(given_up) if given_up else ""

    def forget(self, accounts: Collection[AccountId]) -> None:
        """Erase what was sent for accounts that may not be seen any more, and what cannot be read any more."""

        def is_of(data: bytes) -> bool:
            try:
                return account_of(msgspec.json.decode(data, type=m.Cmd).body) in accounts
            except msgspec.DecodeError:
                return True

        self._outbox.forget(is_of)
        for sent in (self._open, self._given_up):
            for command in [name for name, one in sent.items() if account_of(one.body) in accounts]:
                del sent[command]  # nobody may be told of it any more, not even that it is lost

    def look(self, state: State, now: int, *, live: bool) -> None:
        """Say which answers are missing; once a reconnected desk has caught up, say which orders never arrived."""
        self._live_since = (now if self._live_since is None else self._live_since) if live else None
        if live:
            self._send_waiting(now)
        for command, sent in list(self._open.items()):
            sent.day = sent.day or _day(state, sent.body)
            if isinstance(sent.body, WAITING):
                if live and not self._waiting and now - sent.at > SEND_AGAIN:
                    self._waiting.append(sent.frame)
                continue
            if now - sent.at <= ANSWER_WITHIN:
                continue
            done = _done(state, command)  # it may have come inside a snapshot, where no fact is seen passing
            heard = self._heard.get(command)
            if done is not None:
                self._find(state, done)
            elif heard is not None:
                self._settle(command, ok=heard.ok, code=heard.code, sentence=heard.sentence)
            elif not sent.is_unsure:
                sent.is_unsure = True
                sentence = "还没有收到运行器的回答，结果不明；请勿重复下达，连接恢复后会有结论。"
                self._tell(ResultLine(command=command, body=sent.body, ok=False, code="UNANSWERED", sentence=sentence))
        if self._live_since is not None and now - self._live_since > GRACE:
            self._give_up(state)

    def _send_waiting(self, now: int) -> None:
        session = self._session
        if session is None or not session.is_timed:
            return  # the runner refuses what it cannot tell the age of
        for _ in range(min(AT_ONCE, len(self._waiting))):
            frame = self._waiting.popleft()
            sent = self._open.get(frame.cmd_id)
            if sent is not None:
                sent.at = now
                session.send(msgspec.structs.replace(frame, pressed_mono=now))

    def _give_up(self, state: State) -> None:
        # Everything the runner did over earlier connections is folded by now: what left no fact never arrived.
        for command, sent in list(self._open.items()):
            if sent.connection == self._connection or isinstance(sent.body, WAITING):
                continue
            done = _done(state, command)
            if done is not None:
                self._find(state, done)
                continue
            with suppress(JournalError):  # unmarked it is looked at once more by the next process, and never sent
                self._outbox.lost(command)
            self._given_up[command] = self._open.pop(command)
            # Answers are forgotten with their trading day: of an older command nothing is known here any more.
            is_of_today = sent.day == _day(state, sent.body)
            sentence = NOT_ARRIVED if is_of_today else NOT_KNOWN
            self._tell(ResultLine(command=command, body=sent.body, ok=False, code="LOST", sentence=sentence))

    def _find(self, state: State, done: CommandDone) -> None:
        # Found in a state, so nothing passed that says under what it waits: it is the one of one's own confirmations
        # that the recorded answer ends with. A number is never read out of the words.
        account = state.accounts.get(done.account) if done.account and done.code == "CONFIRM2" else None
        for name, row in account.confirmations.items() if account is not None else ():
            if row.confirmation.maker == self._person and done.sentence.endswith(under_number("", name)):
                self.saw_parked(done.command, name)
        self.saw(done)

    def _settle(self, command: CommandId, *, ok: bool, code: str, sentence: str) -> None:
        known = self._open.pop(command, None) or self._given_up.pop(command, None)
        number = self._parked.pop(command, None)
        self._heard.pop(command, None)
        if known is None:
            return  # somebody else's, or answered already
        if command in self._unstored or self._is_news(command, {"ok": ok, "code": code, "sentence": sentence}):
            self._tell(
                ResultLine(command=command, body=known.body, ok=ok, code=code, sentence=sentence, confirmation=number)
            )

    def _is_news(self, command: CommandId, result: dict[str, object]) -> bool:
        try:
            return self._outbox.answered(command, msgspec.json.encode(result))
        except JournalError:
            return True  # said now; the next process finds the answer among the facts and says it again

    def _signed(self, body: c.CommandBody) -> c.CommandBody:
        if not isinstance(body, APPROVING):
            return body
        wanted = ConfirmationEvent.APPROVE if isinstance(body, c.ApproveOrder) else ConfirmationEvent.REJECT
        signature = self._key.sign(approval_bytes(body.order_hash, wanted, self._person)).hex()
        return msgspec.structs.replace(body, signature=signature)


def _day(state: State, body: c.CommandBody) -> int:
    account = account_of(body)
    known = None if account is None else state.accounts.get(account)
    return 0 if known is None else known.trading_day


def _done(state: State, command: CommandId) -> CommandDone | None:
    homes = [account.commands for account in state.accounts.values()]
    homes += [person.commands for person in state.persons.values()]
    return next((home[command] for home in homes if command in home), None)
