"""Say in one line across the window what stands above everything else, and what to do.

One thing is said at a time, the most urgent first: a kill switch that was pulled and went nowhere, one that stands,
trouble that ends the session (nobody connects any more, so that a count of seconds would say nothing), a desk that is
cut off, a red level that two persons may release, and last the messages, the gravest and then the newest first: what
happened to this desk itself, what became of what its person had asked for, what came while it was away. Messages stay
until they have been read, and behind something more urgent a button says how many there are and opens them; the others
go when they are over. Only under a kill switch a second line says what trouble there is besides: whoever sits at a
stopped account must still be able to read why nothing answers, and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QElapsedTimer, QPoint, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from terminal.domain.commands import Release
from terminal.domain.ids import AccountId, CommandId, ConfirmationId
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.screen import AccountLine, ApprovalCard, Hand, LinkLine, LinkState, ResultLine
from terminal.engine.unread import Message, Missed, Unread
from terminal.widgets.alert.latches import Latch, Move, Place, latches
from terminal.widgets.alert.level_mark import LevelMark
from terminal.widgets.alert.message_list import UNREAD, MessageList
from terminal.widgets.alert.messages import CAREFUL, Messages
from terminal.widgets.alert.trouble_line import TroubleLine
from terminal.widgets.parts.buttons import button
from terminal.widgets.parts.elided import Elided
from terminal.widgets.parts.empty_state import BEHIND_MARK
from terminal.widgets.parts.reason_field import ReasonField
from terminal.widgets.parts.toned import mark
from terminal.widgets.window.start_again import StartAgain

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from terminal.engine.mailbox import Drained
    from terminal.widgets.dress.look import Look

HEIGHT: Final = 38
PATIENCE_MS: Final = 3_000  # how long a connection may take before it is said
COUNT_MS: Final = 500
READ: Final = "知道了"
NEXT: Final = "下一处"
STOPPED: Final = "停止"
CALM_MS: Final = 600  # what comes to stand where another was read cannot be read by the same double click
BESIDE: Final = 330  # pixels of a line that its word and buttons take
GROUNDS: Final = {Level.RED: "red", Level.ORANGE: "orange", Level.NORMAL: "calm"}


class Said(NamedTuple):
    """Hold what the ribbon says."""

    word: str
    sentence: str
    level: Level
    released: Place | None = None  # what the release button would release
    of_several: bool = False  # the next one can be asked for
    why_not: str = ""  # why this person could not release it
    message: Message | None = None  # it goes when it was read

    @property
    def is_message(self) -> bool:
        """Return whether this goes when it was read."""
        return self.message is not None


class Ribbon(QFrame):
    """Stay hidden until there is a sentence; shape, word and colour say what it is.

    Without a `hand` nothing can be released from here. `patience_ms` is how long a connection may take, `calm_ms` how
    long a message stands before it can be read away. `unread_changed` tells what is to be kept for another day.
    """

    unread_changed = Signal(object)

    def __init__(
        self, look: Look, hand: Hand | None = None, *, patience_ms: int = PATIENCE_MS, calm_ms: int = CALM_MS
    ) -> None:
        super().__init__()
        self.setObjectName("ribbon")
        self._hand = hand
        self._patience_ms = patience_ms
        self._link: LinkLine | None = None
        self._accounts: dict[AccountId, AccountLine] = {}
        self._trouble = ""
        self._missed_kill = ""
        self._messages = Messages()
        self._kept = Unread()  # told last
        self._calm_ms, self._since_other = calm_ms, QElapsedTimer()
        self._asked: dict[CommandId, Place] = {}
        self._refused: dict[Place, str] = {}
        self._chosen: Place | None = None  # which latch is shown, where a person has chosen one
        self._said: Said | None = None
        self._since = QElapsedTimer()  # since the link last changed its state, or last counted
        self._count = QTimer(self)
        self._count.setInterval(COUNT_MS)
        self._count.timeout.connect(self._show)
        self._shape = LevelMark(look, Level.ORANGE)
        self._word = QLabel()
        self._word.setObjectName("ribbonWord")
        self.text = Elided("ribbonText")
        self.release_button = button(Term.RELEASE, name=f"{Term.RELEASE}{Term.KILL}")
        self.next_button = button(NEXT, name=f"{NEXT}，看另一处停止或红色级别")
        self.more_button = button(UNREAD)
        self.read_button = button(READ, name=f"{READ}，收起这句话")
        self.under = TroubleLine(look)
        self.start_button = StartAgain()
        self.list = MessageList(self, look, calm_ms=calm_ms)
        self.reason = ReasonField(Term.RELEASE)
        self._lay_out()
        self.hide()

    def show_messages(self, drained: Drained) -> None:
        """Take what a person must have read, the oldest first: what was unread when this desk was last closed."""
        if drained.unread is not None:
            self._messages.restore(drained.unread)
        self._messages.show_orders(drained.orders)
        self._messages.show_conditionals(drained.conditionals)
        if drained.missed:
            self.show_missed(drained.missed)
        if drained.notices:
            self.note(drained.notices)
        if drained.taken:  # last: what came before may be about them, and what comes after is not
            self._messages.forget(drained.taken)
        self._messages.is_live = self._link is not None and self._link.state is LinkState.LIVE
        if drained.unread is not None or drained.orders or drained.conditionals or drained.taken:
            self._show()

    def say(self, sentence: str) -> None:
        """Show a sentence about trouble; it stays."""
        self._trouble = sentence
        self._show()

    def note(self, sentences: tuple[str, ...]) -> None:
        """Show sentences about what happened to this desk; it goes on, and they stay until they have been read."""
        self._messages.note(sentences)
        self._show()

    def show_missed(self, absences: tuple[Missed, ...]) -> None:
        """Show what came while the desk was away, until it has been read; of several absences each."""
        for missed in absences:
            self._messages.miss(missed)
        self._show()

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Show what became of what this person had asked for, until it has been read."""
        self._messages.show_approvals(cards)
        self._show()

    def miss_kill(self, sentence: str) -> None:
        """Say that a kill switch was pulled and went nowhere, until the runner is heard again."""
        self._missed_kill = sentence
        self._show()

    def show_link(self, link: LinkLine) -> None:
        """Take how the desk stands to its runner."""
        before = self._link.state if self._link else None
        if link.state is not before or link.state is LinkState.OFFLINE:
            self._since.start()
        self._link = link
        self.start_button.show_link(link)
        if link.state is LinkState.LIVE or link.is_heard:
            self._missed_kill = ""
        if link.state in {LinkState.LIVE, LinkState.REFUSED}:
            self._count.stop()
        elif not self._count.isActive():
            self._count.start()
        self._show()

    def show_accounts(self, accounts: dict[AccountId, AccountLine]) -> None:
        """Take how accounts stand; the ones not named stand as before."""
        self._accounts |= accounts
        self._show()

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of a release."""
        for result in results:
            place = self._asked.pop(result.command, None) if result.code != "UNANSWERED" else None
            if place is None:
                continue
            if not result.ok:
                self._refused[place] = result.sentence
            elif self._chosen == place:
                self._chosen = None  # it is another's turn there; what else stands may be this person's
            self._show()

    def restart(self) -> None:
        """Forget how accounts stood; they are told anew."""
        self._accounts = {}
        self._show()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        first = QWidget()
        first.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column.addWidget(first)
        column.addWidget(self.under)
        row = QHBoxLayout(first)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        for widget in (self._shape, self._word, self.text):
            row.addWidget(widget)
        row.addStretch(1)
        pressed = (self.start_button, self.next_button, self.release_button, self.more_button, self.read_button)
        for control in (self.reason, *pressed):
            row.addWidget(control)
            control.hide()
        self.reason.setFixedWidth(420)
        self.release_button.clicked.connect(self._ask_reason)
        self.next_button.clicked.connect(self._show_next)
        self.more_button.clicked.connect(self._open_list)
        self.read_button.clicked.connect(self._dismiss)
        self.list.read.connect(self._dismiss_all)
        self.reason.given.connect(self._release)
        self.reason.left.connect(self._leave)

    # --- what is said -------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        standing = latches(self._accounts.values(), self._link)
        killed = any(one.is_kill for one in standing)
        stopped = self._about_missed_kill() or (self._latched(standing) if killed else None)
        said = stopped or self._about_trouble() or self._cut() or self._latched(standing) or self._about_message()
        before, self._said = self._said, said
        if before is None or said is None or before.released != said.released:
            self.reason.rest()
        if before is not None and before.is_message and said is not None and before.sentence != said.sentence:
            self._since_other.start()  # a press that was meant for the one before reads nothing away
        # Messages wait among the unread: under a switch stands only what stands as well.
        under = None if stopped is None else self._about_trouble() or self._cut()
        self.under.say(*((under.word, under.sentence, under.level) if under else ("", "", Level.NORMAL)))
        self.setVisible(said is not None)
        self.list.show_messages(self._messages.unread)
        self._tell_unread()
        if said is None:
            self.text.say("")
            return
        for widget in (self, self._word):
            mark(widget, "level", GROUNDS[said.level])
        self._shape.show_level(said.level)
        self._word.setText(said.word)
        self.text.say(said.sentence)
        asking = self.reason.isVisibleTo(self)
        self.release_button.setVisible(said.released is not None and not asking)
        self.release_button.setEnabled(not said.why_not)
        self.release_button.setToolTip(said.why_not)
        self.release_button.setAccessibleDescription(said.why_not)
        self.next_button.setVisible(said.of_several and not asking)
        self.read_button.setVisible(said.is_message)
        self._show_more()
        self.setAccessibleName(f"{said.word}：{self.summary()}")

    def summary(self) -> str:
        """Return what is said as one text."""
        return "；".join(text for text in (self.text.text(), self.under.said) if text)

    def _tell_unread(self) -> None:
        kept = self._messages.kept
        if kept != self._kept:
            self._kept = kept
            self.unread_changed.emit(kept)

    def _show_more(self) -> None:
        said, count = self._said, self._messages.count
        is_whole = said is not None and said.is_message and count == 1
        too_wide = said is not None and self.text.fontMetrics().horizontalAdvance(said.sentence) > self.width() - BESIDE
        self.more_button.setText(f"{UNREAD} {count} 条")
        self.more_button.setAccessibleName(f"{UNREAD} {count} 条，打开全部")
        self.more_button.setVisible(count > 0 and (too_wide or not is_whole))

    def _latched(self, standing: list[Latch]) -> Said | None:
        if not standing:
            return None
        shown = next((one for one in standing if one.place == self._chosen), standing[0])
        more = f"，另有 {len(standing) - 1} 处" if len(standing) > 1 else ""
        sentence = f"{self._as_of()}{shown.sentence}{more}，新开仓被禁止，平仓可以 · {shown.who}"
        under_way = shown.place in self._asked.values()
        if under_way:
            sentence = f"{sentence} · {Term.RELEASE}已送出"
        elif shown.place in self._refused:
            sentence = f"{sentence} · {self._refused[shown.place]}"
        offered = self._hand is not None and shown.move in {Move.CONFIRM, Move.ASK, Move.BARRED} and not under_way
        return Said(
            STOPPED if shown.is_kill else Term.RED,
            sentence,
            Level.RED,
            shown.place if offered else None,
            of_several=len(standing) > 1,
            why_not=shown.why_not if shown.move is Move.BARRED else "",
        )

    def _as_of(self) -> str:
        # What stood when the runner was last heard is no news of now.
        link = self._link
        if link is None or link.state is LinkState.LIVE:
            return ""
        if link.is_behind:
            return f"{BEHIND_MARK}："
        if link.is_heard:
            return "画面可能不是最新："
        offline = f"{Term.OFFLINE} {link.offline_s + self._waited // 1000} s"
        return f"{offline if link.state is LinkState.OFFLINE else '没有连上运行器'}，{Term.BEFORE_CUT}："

    @property
    def _waited(self) -> int:
        return self._since.elapsed() if self._since.isValid() else 0

    def _cut(self) -> Said | None:
        link = self._link
        if link is None:
            return None
        waited = self._waited
        match link.state:
            case LinkState.OFFLINE:
                seconds = link.offline_s + waited // 1000
                sentence = f"{Term.OFFLINE} {seconds} s · {link.strategies} · 不能下单"
                return Said(CAREFUL, sentence, Level.RED)
            case LinkState.REFUSED:
                return Said(CAREFUL, link.sentence, Level.RED)
            case LinkState.CONNECTING | LinkState.CATCHING_UP if waited >= self._patience_ms:
                what = "正在连接" if link.state is LinkState.CONNECTING else "正在补齐记录"
                more = f" · {link.sentence}" if link.sentence else ""
                return Said(CAREFUL, f"{what} {waited // 1000} s{more} · 暂不能下单", Level.ORANGE)
            case _:
                return None

    def _about_missed_kill(self) -> Said | None:
        return Said(STOPPED, self._missed_kill, Level.RED) if self._missed_kill else None

    def _about_trouble(self) -> Said | None:
        return Said(CAREFUL, self._trouble, Level.ORANGE) if self._trouble else None

    def _about_message(self) -> Said | None:
        first = self._messages.first
        return None if first is None else Said(first.word, first.line, first.level, message=first)

    # --- what a person does -------------------------------------------------------------------------------------------

    def _show_next(self) -> None:
        places = [one.place for one in latches(self._accounts.values(), self._link)]
        shown = places.index(self._chosen) if self._chosen in places else 0
        self._chosen = places[(shown + 1) % len(places)] if places else None
        self._show()

    def _ask_reason(self) -> None:
        if self._said is not None:
            self._chosen = self._said.released  # what comes meanwhile does not take the question away
        self.next_button.hide()
        self.release_button.hide()
        self.reason.show()
        self.reason.ask()

    def _leave(self) -> None:
        self.reason.rest()
        self._show()

    def _release(self, reason: str) -> None:
        if self._hand is None or self._said is None or self._said.released is None:
            return
        account, scope = self._chosen = self._said.released
        self._refused.pop((account, scope), None)
        command = self._hand.send(Release(account=account, scope=scope, reason=reason))
        self._asked[command] = (account, scope)
        self._leave()

    def _open_list(self) -> None:
        self.list.show_messages(self._messages.unread)
        self.list.open_at(self.mapToGlobal(QPoint(self.width() - 12, self.height())))

    def _dismiss(self) -> None:
        if self._since_other.isValid() and self._since_other.elapsed() < self._calm_ms:
            return
        if self._said is not None and self._said.message is not None:
            self._messages.read_all((self._said.message,))
        self._show()

    def _dismiss_all(self, seen: tuple[Message, ...]) -> None:
        self._messages.read_all(seen)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the list where the line has no room for all of it."""
        super().resizeEvent(event)
        self._show_more()
