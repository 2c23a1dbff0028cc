"""Show what waits for a second person (复核), the card of one of them, and what became of the others.

The card in sight changes only when a person chooses another one. When its confirmation is decided it stays while others
wait, and says what became of it; a new one that comes in meanwhile stands in the list and is announced by `attention`.
Where nothing waits, an empty state says so and what became of that one: its card is among what has been decided. What
is decided on is always one of the list in sight: whoever reads what has been decided goes on reading, with nothing to
press.

Where the room is short it is the card's: of what waits the list is then the card itself, and `picker` says which of
how many it is and offers the others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget

from terminal.domain.ids import ConfirmationId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.terms import Term
from terminal.engine.screen import ApprovalCard, Hand, LinkLine, LinkState, ResultLine
from terminal.widgets.approval.answers import Answers
from terminal.widgets.approval.card import WIDE, CardView, has_drifted
from terminal.widgets.approval.columns import DECIDED_COLUMNS, WAITING_COLUMNS, WaitingRow, decided_of, waiting_of
from terminal.widgets.approval.decision_bar import ARM_MS, DecisionBar
from terminal.widgets.approval.empty import empty_over, empty_words
from terminal.widgets.approval.permission import why_barred
from terminal.widgets.approval.picker import ApprovalPicker
from terminal.widgets.approval.wishes import approval, rejection, withdrawal
from terminal.widgets.parts import figures
from terminal.widgets.parts.cells import ROW_HEIGHT
from terminal.widgets.parts.empty_state import unknown
from terminal.widgets.parts.grid import HEADER_HEIGHT, Grid
from terminal.widgets.parts.panel import TITLE_HEIGHT, Panel
from terminal.widgets.parts.rows import Rows
from terminal.widgets.parts.segments import Segments

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from terminal.domain.commands import ApproveOrder, RejectOrder, WithdrawOrder
    from terminal.widgets.dress.look import Look

WAITING, DECIDED = range(2)
MOST_ROWS: Final = 5  # of the list before it scrolls
LEAST_ROWS: Final = 2  # a list of one row of several shows nothing to choose from
LIST_SHARE: Final = 0.22  # of the panel's height at most
TIGHT: Final = 500  # pixels: in a lower and narrow panel the card and the buttons come nearer to each other
SENT: Final = "已送出，等待运行器回答…"


class ApprovalPanel(Panel):
    """Hold list, card and decision.

    `attention` tells that one came which this person may decide, `lost` why a decision made here did not count, where
    its card is not in sight, `edit_wanted` the card of an order that its maker wants to be another one.
    """

    attention = Signal(str)
    lost = Signal(str)
    edit_wanted = Signal(ApprovalCard)

    def __init__(self, look: Look, hand: Hand, *, arm_ms: int = ARM_MS) -> None:
        super().__init__("approvals", Term.APPROVALS, look)
        self._hand = hand
        self._link: LinkLine | None = None
        self._cards: dict[ConfirmationId, ApprovalCard] = {}
        self._announced: set[ConfirmationId] = set()
        self._seen: set[ConfirmationId] = set()  # were pending at some time
        self._answers = Answers()
        self._at = 0
        self._second = -1
        self._listing = False
        self._in_front = True  # of the tabs it shares its place with
        self._stood: tuple[Hashable, ...] = ()  # which row was last scrolled to, of what list
        self.shown: ConfirmationId | None = None
        self.waiting: Rows[WaitingRow] = Rows(WAITING_COLUMNS, self)
        self.decided: Rows[ApprovalCard] = Rows(DECIDED_COLUMNS, self)
        self.waiting_grid = Grid(self.waiting, look, name=Term.WAITING)
        self.decided_grid = Grid(self.decided, look, name=Term.DECIDED)
        self.lists = QStackedWidget()
        self.lists.addWidget(self.waiting_grid)
        self.lists.addWidget(self.decided_grid)
        self.card = CardView(look)
        self.card_area = QScrollArea()
        self.decision = DecisionBar(self, arm_ms=arm_ms)
        self.which = Segments((Term.WAITING, Term.DECIDED), name=Term.APPROVALS)
        self.picker = ApprovalPicker()
        self.title.add(self.picker)
        self.title.add(self.which)
        self._lay_out()
        self.empty = empty_over(self.card_area, look)
        self._connect()
        self._refresh()

    def restart(self) -> None:
        """Forget the cards; they are told anew. What was announced is not announced again."""
        self._cards = {}
        self._refresh()

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take cards; the ones not named stand as before."""
        self._cards |= cards
        if self.decision.asks_reason and self.shown is not None and self.shown not in self._pending():
            self._answers.outrun(self._cards[self.shown], cards.values())
        sight = self._cards.get(self.shown) if self.shown is not None else None
        fresh = [
            name for name, card in cards.items() if card.state is ConfirmationState.PENDING and name not in self._seen
        ]
        self._seen |= self._pending().keys()
        if sight is None and self._pending():
            self.which.choose(WAITING)
        # Of what waits the first to expire comes first; what is in front of nobody may still give way to one that is.
        over = sight is None or (fresh and (sight.state is not ConfirmationState.PENDING or not self._in_front))
        if over and self.which.index == WAITING:
            first = self._pending()
            if fresh and (unread := self._answers.refused(self.shown)):
                self.lost.emit(unread)
            self.shown = next((name for name in first if name in fresh and self._in_front), next(iter(first), None))
        self._refresh()
        for name, card in cards.items():
            if card.may_decide and card.state is ConfirmationState.PENDING and name not in self._announced:
                self._announced.add(name)
                self.attention.emit(name)

    def show_link(self, link: LinkLine) -> None:
        """Take who sits here and whether the runner can be reached."""
        before, self._link = unknown(self._link), link
        if unknown(link) != before:
            self._refresh()
        self._show_decision()

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of a decision made here."""
        for confirmation in self._answers.take(results):
            if confirmation != self.shown or not self._in_front:
                self.lost.emit(self._answers.refused(confirmation))
        self._show_card()

    def show_now(self, at: int) -> None:
        """Count down by the market clock; cheap to call in every frame."""
        self._at = at
        self.card.show_now(at)
        second = at // 1_000_000_000
        if second != self._second:
            self._second = second
            for name, card in self._pending().items():
                self.waiting.put(name, WaitingRow(card, at, self._old))
            self._show_decision()
        self.waiting_grid.flush()
        self.decided_grid.flush()

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts' names and ticks."""
        self.card.show_instruments(instruments)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height between list and card."""
        super().resizeEvent(event)
        self._fit_list()

    def summary(self) -> str:
        """Return how much waits as one text, empty where nothing does."""
        count = len(self._pending())
        return f"{count} 项{Term.WAITING}" if count else ""

    # --- putting together ---------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.card_area.setObjectName("cardScroll")
        self.card_area.setFrameShape(QFrame.Shape.NoFrame)
        self.card_area.setWidgetResizable(True)
        self.card_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.card_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.card_area.setAccessibleName(f"{Term.APPROVALS}卡片")
        self.card_area.setWidget(self.card)
        self.body.addWidget(self.lists)
        self.body.addWidget(self.card_area, 1)
        self.body.addWidget(self.decision)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the row of the card in sight when its list has another size."""
        if event.type() is QEvent.Type.Resize and watched in (self.waiting_grid, self.decided_grid):
            self._scroll_to_shown()
        return super().eventFilter(watched, event)

    def _connect(self) -> None:
        self.visibilityChanged.connect(self._come_to_front)
        self.picker.picked.connect(lambda name: self._look_at(ConfirmationId(name)))
        self.which.chosen.connect(self._show_list)
        for grid in (self.waiting_grid, self.decided_grid):
            grid.selectionModel().currentRowChanged.connect(self._choose)
            grid.clicked.connect(self._choose)
            grid.installEventFilter(self)
        self.decision.approved.connect(lambda: self._send(approval))
        self.decision.rejected.connect(lambda reason: self._send(lambda card: rejection(card, reason)))
        self.decision.withdrawn.connect(lambda: self._send(withdrawal))
        self.decision.edited.connect(self._edit)
        self.decision.next_wanted.connect(self._go_on)

    # --- what is shown ------------------------------------------------------------------------------------------------

    @property
    def _old(self) -> bool:
        return self._link is not None and self._link.is_old

    def _pending(self) -> dict[ConfirmationId, ApprovalCard]:
        return waiting_of(self._cards.values())

    def _done(self) -> dict[ConfirmationId, ApprovalCard]:
        return decided_of(self._cards.values())

    def _shown_card(self) -> ApprovalCard | None:
        is_listed = self.which.index == DECIDED or self._pending()
        return self._cards.get(self.shown) if self.shown is not None and is_listed else None

    def _refresh(self) -> None:
        pending, done = self._pending(), self._done()
        waiting: dict[Hashable, WaitingRow] = {
            name: WaitingRow(card, self._at, self._old) for name, card in pending.items()
        }
        decided: dict[Hashable, ApprovalCard] = {card.confirmation: card for card in done.values()}
        # A list that loses its current row makes the next one current by itself; that is no choice of a person.
        self._listing = True
        self.waiting.replace(waiting)
        self.decided.replace(decided)
        self._listing = False
        self._mark_shown()
        mine = sum(card.may_decide for card in pending.values())
        of_before = f"{Term.BEFORE_CUT} " if self._old else ""
        waits = (
            f"{of_before}{len(pending)} 项{Term.WAITING}" + (f"，{mine} 项由您决定" if mine else "") if pending else ""
        )
        self.title.note(" · ".join(text for text in (waits, f"{Term.DECIDED} {len(done)} 项" if done else "") if text))
        self.setWindowTitle(f"{Term.APPROVALS} {len(pending)}" if pending else Term.APPROVALS)
        self._show_card()
        self.waiting_grid.flush()
        self.decided_grid.flush()

    def _mark_shown(self) -> None:
        self._listing = True
        for rows, grid in ((self.waiting, self.waiting_grid), (self.decided, self.decided_grid)):
            place = rows.place(self.shown)
            if place is None:
                grid.clearSelection()
                grid.setCurrentIndex(QModelIndex())
            else:
                grid.selectRow(place)
        self._listing = False
        stood = (self.shown, *(rows.place(self.shown) for rows in (self.waiting, self.decided)))
        if stood != self._stood:  # else whoever looks further down in the list is left there
            self._stood = stood
            self._scroll_to_shown()

    def _scroll_to_shown(self) -> None:
        for grid in (self.waiting_grid, self.decided_grid):
            grid.scrollTo(grid.currentIndex())

    def _show_card(self) -> None:
        card = self._shown_card()
        self.card.setVisible(card is not None)
        self.decision.setVisible(card is not None)
        self.empty.setVisible(card is None)
        if card is None:
            latest, lost = self._cards.get(self.shown) if self.shown else None, self._answers.refused(self.shown)
            words = empty_words(self._link, decided=self.which.index == DECIDED, latest=latest, lost=lost)
            self.empty.say(*words, warn=bool(lost))
        else:
            self.card.show_card(card, old=self._old)
            self.card.show_now(self._at)
        self._show_decision()
        self._fit_list()

    def _show_decision(self) -> None:
        self.picker.offer(self._pending(), self.shown, self._at)
        card = self._shown_card()
        if card is None:
            self.decision.tell("")
            return
        self.decision.offer_next(sum(name != self.shown for name in self._pending()))
        answer, refused = self._answers.of(card.confirmation), self._answers.refused(card.confirmation)
        if card.state is not ConfirmationState.PENDING:
            self.decision.tell(refused and f"▲ {refused}", warn=bool(refused))
        elif self._answers.waits(card.confirmation):
            self.decision.tell(answer.sentence if answer else SENT)
        elif answer is not None and answer.ok:
            self.decision.tell(answer.sentence)
        else:
            self._ask(card, refused)

    def _ask(self, card: ApprovalCard, refused: str) -> None:
        barred = why_barred(card, self._link, self._at)
        mine = self._link is not None and card.maker == self._link.person
        if barred:
            withdrawable = mine and self._link is not None and self._link.state is LinkState.LIVE
            editable = withdrawable and card.terms is not None
            self.decision.tell(refused or barred, withdrawable=withdrawable, editable=editable, warn=bool(refused))
            return
        void = f"此刻批准会作废：{card.void_now}" if card.void_now else ""
        if has_drifted(card):
            void = f"漂移 {figures.signed(card.drift_ticks)} 跳，此刻批准会作废"
        about = (card.confirmation, card.order_hash)
        self.decision.ask(about, warning=void or refused, approvable=not void)

    # --- what a person does -------------------------------------------------------------------------------------------

    def _show_list(self, which: int) -> None:
        self.lists.setCurrentIndex(which)
        self._fit_list()
        listed = self._listed()
        if self.shown not in listed:
            self._look_at(next(iter(listed), None))
        self._show_card()

    def _fit_list(self) -> None:
        # As high as the list in sight, where the card stands whole all the same: it is what a checker reads. A list
        # of nothing but the card's own item says nothing that is not on the card.
        tight = self.width() < WIDE and self.height() < TIGHT
        self.card.tighten(tight=tight)
        self.decision.tighten(tight=tight)
        rows = (self.waiting, self.decided)[self.lists.currentIndex()].rowCount()
        room = (int(self.height() * LIST_SHARE) - HEADER_HEIGHT) // ROW_HEIGHT
        beside = (self._room_for_both() - self._card_height() - HEADER_HEIGHT) // ROW_HEIGHT
        high = HEADER_HEIGHT + max(1, min(MOST_ROWS, rows, room, beside)) * ROW_HEIGHT
        self.lists.setMaximumHeight(high)
        self.lists.setMinimumHeight(min(high, HEADER_HEIGHT + ROW_HEIGHT))
        told = self.which.index == WAITING and self.shown is not None and self.shown in self._pending()
        is_card_only = told and beside < min(rows, LEAST_ROWS)
        self.lists.setVisible(rows > 0 and not is_card_only)
        self.picker.setVisible(is_card_only and rows > 1)

    def _room_for_both(self) -> int:
        # Reckoned from the panel: while it changes its size, what is inside still has the old one.
        decision = 0 if self.decision.isHidden() else self.decision.sizeHint().height()
        return self.height() - TITLE_HEIGHT - decision

    def _card_height(self) -> int:
        return 0 if self.card.isHidden() else self.card.heightForWidth(self.width())

    def _listed(self) -> dict[ConfirmationId, ApprovalCard]:
        return self._done() if self.which.index == DECIDED else self._pending()

    def _choose(self, index: QModelIndex) -> None:
        if self._listing or not index.isValid():
            return
        rows = self.waiting if index.model() is self.waiting else self.decided
        self._look_at(ConfirmationId(str(rows.key(index.row()))))

    def _look_at(self, confirmation: ConfirmationId | None) -> None:
        if confirmation != self.shown:
            if self.shown not in self._pending():
                self._answers.forget(self.shown)  # it has been read
            self.shown = confirmation
            self._mark_shown()
            self._show_card()
            self.card_area.verticalScrollBar().setValue(0)

    def _come_to_front(self, seen: bool) -> None:  # noqa: FBT001  # a signal's argument
        self._in_front = seen
        self.decision.show_sight(seen=seen)

    def _go_on(self) -> None:
        waiting = list(self._pending())
        at = waiting.index(self.shown) + 1 if self.shown in waiting else 0
        following = waiting[at % len(waiting)] if waiting else None
        if following is not None:
            self.which.choose(WAITING)
            self._look_at(following)

    def _send(self, wish: Callable[[ApprovalCard], ApproveOrder | RejectOrder | WithdrawOrder]) -> None:
        card = self._shown_card()
        if card is None or self._answers.waits(card.confirmation):
            return
        self._answers.expect(self._hand.send(wish(card)), card.confirmation)
        self._show_decision()

    def _edit(self) -> None:
        card = self._shown_card()
        if card is not None:
            self.edit_wanted.emit(card)
