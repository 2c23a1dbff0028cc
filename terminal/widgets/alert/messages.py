"""Keep what a person must have read once: what happened to this desk, what was decided, what came while it was away.

Nothing here is lost to something more urgent, or to what comes later: a message stays until it was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.unread import Message, MessageKind, Unread
from terminal.widgets.parts.figures import day_and_clock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from terminal.domain.ids import AccountId, ConditionalId, ConfirmationId, OrderId
    from terminal.engine.conditional.line import ConditionalLine
    from terminal.engine.screen import ApprovalCard, OrderLine
    from terminal.engine.unread import Missed

CAREFUL: Final = "注意"
CAUGHT_UP: Final = "补报"
AWAY: Final = "离线期间："
MOST: Final = 40  # absences kept whole: a link that comes and goes all night must not fill the window
OUTCOMES: Final = {ConfirmationState.APPROVED: Level.NORMAL, ConfirmationState.CONSUMED: Level.NORMAL}


class Messages:
    """Hold what has not been read, in the order it came."""

    def __init__(self) -> None:
        self._unread: list[Message] = []
        self._passed_over = 0  # absences that are only counted
        self._waiting: set[ConfirmationId] = set()  # seen to wait: what was decided before is no news
        self._failed: set[OrderId] = set()  # told of
        self._triggered: set[ConditionalId] = set()  # likewise
        self.is_live = False  # else what comes is no news: what came while the desk was away is told together

    @property
    def unread(self) -> tuple[Message, ...]:
        """Return everything unread: the gravest first, of equals the newest, and what is only counted at the end.

        What has just happened is what a person is to see; an old sentence that nobody has taken away hides nothing.
        What came while the desk was away is as grave as a warning: a kill switch may be among it.
        """
        counted: tuple[Message, ...] = ()
        if self._passed_over:
            more = f"更早 {self._passed_over} 次离线期间的变化不再逐条列出，请看「{Term.EVENTS}」"
            counted = (Message(MessageKind.ABSENCE, CAUGHT_UP, "", (more,), Level.NORMAL),)
        newest = self._unread[::-1]
        return (*sorted(newest, key=_is_calm), *counted)

    @property
    def kept(self) -> Unread:
        """Return everything unread as it is kept for when this desk is opened again."""
        return Unread(messages=tuple(self._unread), passed_over=self._passed_over)

    @property
    def first(self) -> Message | None:
        """Return what is to be read first."""
        return next(iter(self.unread), None)

    @property
    def count(self) -> int:
        """Return how many sentences are unread."""
        return sum(len(one.sentences) for one in self.unread)

    def restore(self, unread: Unread) -> None:
        """Take what was unread when this desk was closed; it is older than all that is here."""
        self._unread[:0] = unread.messages
        self._passed_over += unread.passed_over

    def forget(self, accounts: Collection[AccountId]) -> None:
        """Take away what is about accounts that may not be seen any more."""
        left = self.kept.without(accounts)
        self._unread, self._passed_over = list(left.messages), left.passed_over

    def note(self, sentences: tuple[str, ...]) -> None:
        """Take what happened to this desk; what stands unread already is not said twice."""
        known = next((one for one in self._unread if one.kind is MessageKind.DESK), None)
        before = () if known is None else known.sentences
        fresh = tuple(one for one in dict.fromkeys(sentences) if one not in before)
        if known is not None:
            self._unread.remove(known)
        self._unread.append(Message(MessageKind.DESK, CAREFUL, "", before + fresh, Level.ORANGE))

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take cards: one that was seen to wait and is decided now is told to whoever asked for it."""
        for name, card in sorted(cards.items()):
            if card.state is ConfirmationState.PENDING:
                self._waiting.add(name)
            elif name in self._waiting:
                if card.state is not ConfirmationState.APPROVED:  # which goes on, to be carried out or not
                    self._waiting.discard(name)
                self._tell(card)

    def show_orders(self, orders: dict[OrderId, OrderLine]) -> None:
        """Take orders: one that came to nothing is told to whoever ordered it by hand."""
        for name, line in sorted(orders.items()):
            if line.told and name not in self._failed:
                self._failed.add(name)
                if self.is_live:
                    of = frozenset({line.terms.account})
                    told = Message(MessageKind.DECIDED, Term.ORDERS, "", (line.told,), Level.ORANGE, accounts=of)
                    self._unread.append(told)

    def show_conditionals(self, lines: dict[ConditionalId, ConditionalLine]) -> None:
        """Take conditional orders: one that was triggered, or lapsed, is told once to whose it is."""
        for name, line in sorted(lines.items()):
            if line.told and name not in self._triggered:
                self._triggered.add(name)
                if self.is_live:
                    of = frozenset({line.account})
                    word = Term.CONDITIONAL_ORDERS
                    self._unread.append(Message(MessageKind.DECIDED, word, "", (line.told,), line.level, accounts=of))

    def miss(self, missed: Missed) -> None:
        """Take what came while the desk was away; what it says of decisions need not be said beside it."""
        self._unread = [one for one in self._unread if one.confirmation not in missed.confirmations]
        self._waiting -= missed.confirmations
        begins = AWAY
        if missed.since is not None:
            begins = f"{AWAY.rstrip('：')}（本机时钟 {day_and_clock(missed.since)} 起）："
        elif missed.seconds and any(one.kind is MessageKind.ABSENCE for one in self._unread):
            begins = f"离线 {missed.seconds} s，期间："
        self._unread.append(
            Message(MessageKind.ABSENCE, CAUGHT_UP, begins, missed.sentences, Level.NORMAL, accounts=missed.accounts)
        )
        absences = [one for one in self._unread if one.kind is MessageKind.ABSENCE]
        if len(absences) > MOST:
            self._unread.remove(absences[0])
            self._passed_over += 1

    def read_all(self, seen: Iterable[Message]) -> None:
        """Take away what was seen, and of what happened to this desk the sentences that were."""
        for one in seen:
            grown = next((two for two in self._unread if two.kind == one.kind is MessageKind.DESK), None)
            if one in self._unread:
                self._unread.remove(one)
            elif grown is not None:
                rest = tuple(sentence for sentence in grown.sentences if sentence not in one.sentences)
                self._unread.remove(grown)
                self._unread += [replace(grown, sentences=rest)] if rest else []
            elif one in self.unread:
                self._passed_over = 0

    def _tell(self, card: ApprovalCard) -> None:
        if not card.told:
            return
        level = OUTCOMES.get(card.state, Level.ORANGE)
        of = frozenset({card.account})
        told = Message(MessageKind.DECIDED, Term.APPROVALS, "", (card.told,), level, card.confirmation, of)
        self._unread = [one for one in self._unread if one.confirmation != card.confirmation]
        self._unread.append(told)


def _is_calm(message: Message) -> bool:
    return message.level is Level.NORMAL and message.kind is not MessageKind.ABSENCE
