"""Say what became of what the ticket sent: accepted, waiting for the supervisor, refused and why, or not known yet.

What waits for a second person is followed to its end, whatever is sent meanwhile and also when it was sent before this
program began: every order of this person's that waits has its line. What came of it stays through the next order sent.
An order that was accepted is followed to its end as well: filled, taken back, refused by the exchange. Only the account
that is ordered for is told of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from terminal.domain.commands import EditOrder, PlaceConditional, SaveDocument, SubmitOrder
from terminal.domain.orders.conditional import ConditionalState
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderState
from terminal.domain.words.terms import Term
from terminal.engine.conditional.wording import STATES as STATES_OF_WAITING
from terminal.widgets.orders.columns import STATES
from terminal.widgets.orders.conditional_columns import SHAPES
from terminal.widgets.parts.toned import mark

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, CommandId, ConditionalId, ConfirmationId, OrderId, PersonId
    from terminal.engine.conditional.line import ConditionalLine
    from terminal.engine.screen import ApprovalCard, LinkLine, OrderLine, ResultLine


class Told(NamedTuple):
    """Hold one line and its tone: allow, sent, confirm or deny."""

    words: str
    tone: str


class Sent(NamedTuple):
    """Hold what a command was for: its words, and the account; a draft is of none."""

    words: str
    account: AccountId | None


NOTHING: Final = Told("", "")
LATEST_ORDERS: Final = 500  # kept: an order may be heard of before its answer, never so long before


class TicketResults(QWidget):
    """Hold a line for each thing that was sent: what was just decided, the latest batch, and what is older."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[CommandId, Sent] = {}
        self._lines: dict[CommandId, ResultLine] = {}
        self._cards: dict[ConfirmationId, ApprovalCard] = {}
        self._orders: dict[OrderId, OrderLine] = {}  # the latest, one of which an answer may be about
        self._conditionals: dict[ConditionalId, ConditionalLine] = {}
        self._order_of: dict[CommandId, OrderLine] = {}  # what was accepted, as it stands
        self._followed: dict[ConfirmationId, None] = {}  # own orders that waited, in the order they were seen
        self._over: set[ConfirmationId] = set()  # decided before the latest batch: the next one takes their place
        self._person: PersonId | None = None
        self._account: AccountId | None = None
        self._is_old: bool | None = None  # the link, once it was told of
        self._before_cut: frozenset[CommandId] = frozenset()
        self._remark = self._taking = NOTHING  # about the fields; about who holds the account
        self.labels: list[QLabel] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.hide()

    def show_person(self, person: PersonId, account: AccountId | None) -> None:
        """Take who sits here and which account is ordered for: whose waiting orders are followed."""
        if (person, account) != (self._person, self._account):
            self._person, self._account = person, account
            self._show()

    def expect(self, commands: dict[CommandId, str], account: AccountId) -> None:
        """Wait for the results of orders of this account, each with its title; what is over there makes room."""
        self._make_room()
        self._names |= {command: Sent(title, account) for command, title in commands.items()}
        self._remark = self._taking = NOTHING
        gone = {name for name in self._over if self._is_here(self._cards[name].account)}
        self._followed = {name: None for name in self._followed if name not in gone}
        self._over = self._over - gone | self._ended()
        self._show()

    def expect_draft(self, command: CommandId, what: str) -> None:
        """Wait for the result of keeping or removing a draft: of orders everything is still said."""
        done = {name for name, line in self._lines.items() if isinstance(line.body, SaveDocument)}
        self._names = {name: said for name, said in self._names.items() if name not in done}
        self._names[command] = Sent(what, None)
        self._lines = {name: line for name, line in self._lines.items() if name not in done}
        self._show()

    def take(self, results: tuple[ResultLine, ...]) -> None:
        """Take results; those of other commands are ignored."""
        own = {line.command: line for line in results if line.command in self._names}
        if own:
            self._lines |= own
            self._followed |= {line.confirmation: None for line in own.values() if line.confirmation is not None}
            self._remark = NOTHING
            self._show()

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take what became of orders that waited for a second person."""
        orders = {name: card for name, card in cards.items() if card.terms is not None}
        self._cards |= orders
        self._followed |= {name: None for name, card in orders.items() if self._is_own_and_waits(card)}
        if orders:
            self._show()

    def show_orders(self, orders: dict[OrderId, OrderLine]) -> None:
        """Take how orders stand: what was accepted here is followed to its end."""
        self._orders = {name: line for name, line in self._orders.items() if name not in orders} | orders
        for name in list(self._orders)[:-LATEST_ORDERS]:
            del self._orders[name]
        followed = {command: orders.get(line.order) for command, line in self._order_of.items()}
        self._order_of |= {command: line for command, line in followed.items() if line is not None}
        if self._names:
            self._show()

    def show_conditionals(self, lines: dict[ConditionalId, ConditionalLine]) -> None:
        """Take how orders that wait stand: what was placed here is followed as well."""
        self._conditionals |= lines
        for name in list(self._conditionals)[:-LATEST_ORDERS]:
            del self._conditionals[name]
        if self._names:
            self._show()

    def remark(self, text: str) -> None:
        """Say why a press sent nothing, or not quite what it seems; the next result takes its place."""
        self._remark = Told(text, "confirm")
        self._show()

    def forget_remark(self) -> None:
        """Say a remark no more: the fields it was about are others."""
        self._remark = NOTHING
        self._show()

    def tell_taking(self, result: ResultLine) -> None:
        """Say what became of taking the account over, until something is sent or somebody else takes it."""
        sign, tone = ("●", "allow") if result.ok else ("■", "deny")
        self._taking = Told(f"{sign} {Term.TAKE_OVER}{'' if result.ok else ' 未执行'}：{result.sentence}", tone)
        self._show()

    def warn_of_taking(self, words: str) -> None:
        """Say what taking the account over costs, while it is asked for."""
        self._taking = Told(f"▲ {words}", "confirm") if words else NOTHING
        self._show()

    def forget_taking(self) -> None:
        """Say no more of a taking-over: somebody else holds the account."""
        self._taking = NOTHING
        self._show()

    @property
    def answered(self) -> frozenset[CommandId]:
        """Return what has been answered."""
        return frozenset(self._lines)

    def show_link(self, link: LinkLine) -> None:
        """Take how the desk stands to its runner: what was carried out before a cut is not known to stand after it."""
        was_old, self._is_old = self._is_old, link.is_old
        if link.is_old and was_old is False:
            self._before_cut = self.answered
        elif was_old and not link.is_old:
            self.forget_done(self._before_cut)  # while the desk was away it may have come to an end

    def forget_done(self, of: frozenset[CommandId]) -> None:
        """Say no more of what was carried out of these: since then others may have ordered, and cancelled, here."""
        for command, line in list(self._lines.items()):
            if command in of and line.ok and line.code != "CONFIRM2":
                del self._names[command], self._lines[command]
                self._order_of.pop(command, None)
        self._show()

    def clear(self) -> None:
        """Say no more of what is over; what is under way or waits is still told."""
        self._remark = self._taking = NOTHING
        self._make_room()
        ended = self._ended()
        self._followed = {name: None for name in self._followed if name not in ended}
        self._over -= ended
        self._show()

    def text(self) -> str:
        """Return all that is said, a line each."""
        return "\n".join(label.text() for label in self.labels if label.text())

    # --- inside -------------------------------------------------------------------------------------------------------

    def _is_own_and_waits(self, card: ApprovalCard) -> bool:
        return card.state is ConfirmationState.PENDING and card.maker == self._person

    def _is_here(self, account: AccountId | None) -> bool:
        return account is None or self._account in {None, account}

    def _make_room(self) -> None:
        over = {name for name in self._lines if self._is_here(self._names[name].account)}
        self._names = {name: sent for name, sent in self._names.items() if name not in over}
        self._lines = {name: line for name, line in self._lines.items() if name not in over}
        self._order_of = {name: line for name, line in self._order_of.items() if name not in over}

    def _ended(self) -> set[ConfirmationId]:
        known = [self._cards[name] for name in self._followed if name in self._cards]
        over = [card for card in known if card.state is not ConfirmationState.PENDING]
        return {card.confirmation for card in over if self._is_here(card.account)}

    def _show(self) -> None:
        news, older = self._of_earlier()
        here = [command for command, sent in self._names.items() if self._is_here(sent.account)]
        latest = [self._told(self._names[command].words, self._lines.get(command)) for command in here]
        lines = [self._remark, self._taking, *news, *latest, *older]
        shown = [line for line in lines if line.words]
        while len(self.labels) < len(shown):
            self.labels.append(_label())
            self._column.addWidget(self.labels[-1])
        for place, label in enumerate(self.labels):
            told = shown[place] if place < len(shown) else NOTHING
            if label.text() != told.words:
                label.setText(told.words)
                label.setAccessibleName(told.words)
            mark(label, "verdict", told.tone)
            label.setVisible(bool(told.words))
        self.setVisible(bool(shown))

    def _of_earlier(self) -> tuple[list[Told], list[Told]]:
        # What was decided since the last order stands on top; what still waits at the end; of both the latest first.
        latest, ended = {line.confirmation for line in self._lines.values()}, self._ended()
        names = [name for name in reversed(self._followed) if name in self._cards and name not in latest]
        names = [
            name for name in names if self._is_here(self._cards[name].account) and not _is_edited(self._cards[name])
        ]
        names.sort(key=lambda name: name not in ended)
        news = [name for name in names if name in ended - self._over]
        return (
            [_fate(self._cards[name].title, self._cards[name]) for name in news],
            [_fate(self._cards[name].title, self._cards[name]) for name in names if name not in news],
        )

    def _told(self, title: str, line: ResultLine | None) -> Told:
        if line is not None and line.ok and isinstance(line.body, SubmitOrder):
            order = self._order_of.get(line.command) or self._found(line, line.body)
            if order is not None:
                self._order_of[line.command] = order
                return _stand(title, line, order)
        if line is not None and line.ok and isinstance(line.body, PlaceConditional):
            placed = next((one for name, one in self._conditionals.items() if f" {name} " in line.sentence), None)
            if placed is not None and placed.state is not ConditionalState.WAITING:
                return _ended(title, placed)
        return _told(title, line, self._cards)

    def _found(self, line: ResultLine, body: SubmitOrder) -> OrderLine | None:
        # The recorded answer ends with the order's number, which is never read out of the words.
        named = (one for one in self._orders.values() if line.sentence.endswith(f" {one.order}"))
        return next((one for one in named if one.terms == body.terms), None)


def last_part(name: ConfirmationId | ConditionalId) -> str:
    """Return the number of a confirmation or conditional order without the account it belongs to, as people say it."""
    return name.rpartition("-")[2]


def _is_edited(card: ApprovalCard) -> bool:
    # Its person wrote another one in its place, which has a line of its own.
    return card.state is ConfirmationState.SUPERSEDED


def _label() -> QLabel:
    label = QLabel()
    label.setObjectName("ticketResult")
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _told(name: str, line: ResultLine | None, cards: dict[ConfirmationId, ApprovalCard]) -> Told:
    if line is None:
        return Told(f"○ {name}：已发出，等待回答", "sent")
    if line.code == "UNANSWERED":
        return Told(f"▲ {name}：还没有回答，先别重发。{line.sentence}", "confirm")
    if not line.ok:
        return Told(f"■ {name} 未执行：{line.sentence}", "deny")
    card = cards.get(line.confirmation) if line.confirmation is not None else None
    if card is not None:
        return _fate(name, card)  # why it waits was said before it was submitted, and is on the card
    if line.code == "CONFIRM2" and isinstance(line.body, SubmitOrder | EditOrder):
        return Told(f"▲ {name}：等待主管复核。{line.sentence}", "confirm")
    return Told(f"● {name}：{line.sentence}", "allow")


def _stand(name: str, line: ResultLine, order: OrderLine) -> Told:
    sign, word, _ = STATES[order.state]
    part = f"，成交 {order.filled} 手" if order.filled else ""
    match order.state:
        case OrderState.REJECTED:
            return Told(f"{sign} {name}：{order.note or word}", "deny")
        case OrderState.FILLED:
            return Told(f"● {name}：{line.sentence}，{word}", "allow")
        case OrderState.PARTIAL:
            return Told(f"● {name}：{line.sentence}{part}", "allow")
        case OrderState.CANCELLED | OrderState.EXPIRED | OrderState.VOID:
            why = f"（{order.note}）" if order.note else ""
            return Told(f"{sign} {name}：{line.sentence}，{word}{part}{why}", "deny" if order.told else "sent")
        case OrderState.UNKNOWN:
            return Told(f"{sign} {name}：{line.sentence}，{word}，先别重发", "confirm")
        case _:
            return Told(f"● {name}：{line.sentence}", "allow")


def _ended(name: str, line: ConditionalLine) -> Told:
    tones = {ConditionalState.RELEASED: "allow", ConditionalState.FAILED: "deny"}
    what = f"{name}（{line.conditional.rpartition('-')[2]}）：{STATES_OF_WAITING[line.state]}"
    return Told(f"{SHAPES[line.state][0]} {what}{f'，{line.note}' if line.note else ''}", tones.get(line.state, "sent"))


def _fate(what: str, card: ApprovalCard) -> Told:
    name = f"{what}（{last_part(card.confirmation)}）"
    if card.state is ConfirmationState.PENDING:
        return Told(f"▲ {name}：等待主管复核", "confirm")
    if card.state is ConfirmationState.APPROVED:
        return Told(f"○ {name}：{card.outcome}", "sent")
    if card.ended is not None and card.ended is not OrderState.FILLED:
        return Told(
            f"{STATES[card.ended][0]} {name}：{card.outcome}", "deny" if card.ended is OrderState.REJECTED else "sent"
        )
    if _is_edited(card):
        return Told(f"○ {name}：{card.outcome}", "sent")
    sent = card.state is ConfirmationState.CONSUMED
    return Told(f"{'●' if sent else '■'} {name}：{card.outcome}", "allow" if sent else "deny")
