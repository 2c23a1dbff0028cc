"""Let a person order by hand (下单): the fields, the answer before sending, and one button that says what it sends.

States of the ticket, each with what it allows:

- *barred*: no link, no account, or somebody else holds it. Nothing is sent; 接管 is offered where it helps.
- *submitted*: the same already waits for a second person. Nothing is sent until a field is another, or it is decided.
- *unfinished*: a field is missing. Nothing is sent or asked.
- *asking*: the terms are whole and the answer about exactly them is not there yet. Nothing is sent.
- *refused*: the answer forbids it. Nothing is sent.
- *ready*: the button sends exactly the orders the answer spoke of, and the answer is used up by it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal

from terminal.domain.orders.order import Offset, OrderTerms
from terminal.domain.words.risk import Verdict
from terminal.domain.words.terms import Term
from terminal.widgets.parts.panel import Panel
from terminal.widgets.parts.sight import bring_into_sight, is_seen
from terminal.widgets.ticket import block as blocks
from terminal.widgets.ticket.block import Block
from terminal.widgets.ticket.condition import Wait, fields_of
from terminal.widgets.ticket.draft_box import DraftBox
from terminal.widgets.ticket.edit import ticket_of
from terminal.widgets.ticket.foot import TicketFoot
from terminal.widgets.ticket.form import TicketForm
from terminal.widgets.ticket.inquiry import Inquiry
from terminal.widgets.ticket.market import TicketMarket, moves
from terminal.widgets.ticket.meaning import TicketMeaning
from terminal.widgets.ticket.once import UNANSWERED, Once
from terminal.widgets.ticket.scroll import TicketBody
from terminal.widgets.ticket.send_guard import FocusWatch, SendGuard, stopwatch
from terminal.widgets.ticket.standing import TicketStanding

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from terminal.domain.ids import AccountId, ConditionalId, ConfirmationId, InstrumentId
    from terminal.domain.orders.order import HedgeFlag, Side
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.engine.conditional.line import ConditionalLine
    from terminal.engine.screen import AccountLine, ApprovalCard, Document, Hand, LinkLine, Preview, ResultLine
    from terminal.widgets.dress.look import Look
    from terminal.widgets.ticket.fields import Ticket
    from terminal.widgets.ticket.inquiry import Meant

ASKING: Final = "正在核算…"


class OrderTicket(Panel):
    """Let a person order by hand. `picked` tells the contract chosen, `clock` counts ms from anywhere."""

    picked = Signal(str)

    def __init__(self, look: Look, hand: Hand, *, clock: Callable[[], int] | None = None) -> None:
        super().__init__("order_ticket", Term.ORDER_TICKET, look)
        self._hand = hand
        self._guard = SendGuard(clock or stopwatch())
        self._inquiry = Inquiry(hand, self)
        self._once = Once()
        self._market = TicketMarket()
        self.form, self.drafts, self.foot = TicketForm(), DraftBox(look, hand), TicketFoot(hand)
        self.answer, self.results = self.foot.answer, self.foot.results
        self.send_button, self.take_button = self.foot.send_button, self.foot.take_button
        self.draft_button, self.reason = self.foot.draft_button, self.foot.reason
        self.editing, self.rewaiting = self.foot.editing, self.foot.rewaiting
        self._standing = TicketStanding(self.form, self.foot, self._guard, self._inquiry)
        self._meaning = TicketMeaning(self.form, self.editing, self.rewaiting)
        for offered in (self.foot.groups, self.foot.settings):
            self.title.add(offered)
        self.body.addWidget(TicketBody(self.form, self.drafts, self.foot))
        FocusWatch(self._guard, self)
        self._connect()
        self._render()

    # --- what the window tells ----------------------------------------------------------------------------------------

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts that can be ordered."""
        self._market.list(instruments)
        self.form.offer(instruments, self._standing.trading_day)
        self.drafts.show_instruments(self._market.instruments)
        self.foot.settings.show_instruments(instruments)
        self._show_contract()

    def show_quotes(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes; a price that moved with them is asked about."""
        self._market.quote(quotes)
        name = self.form.ticket.instrument
        if name is not None and self.form.instrument is not None and moves(name, quotes):
            before = self.form.price_now
            self._market.show_quote(self.form)
            if self.form.price_now != before:
                self._changed()

    def show_account(self, account: AccountId | None) -> None:
        """Order for this account from now on."""
        if self._standing.show_account(account):
            self._changed()

    def show_link(self, link: LinkLine) -> None:
        """Take how the desk stands to its runner."""
        (self._changed if self._standing.show_link(link) else self._render)()

    def show_account_line(self, line: AccountLine) -> None:
        """Take how an account stands."""
        if line.trading_day != self._standing.trading_day:
            self._standing.trading_day = line.trading_day
            self.form.offer(self._market.listed, line.trading_day)
        if self._standing.show_line(line):
            self._changed()

    def show_previews(self, previews: dict[int, Preview]) -> None:
        """Take the answer to the latest question; others are dropped."""
        if self._inquiry.take(previews):
            self._render()

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take what became of orders that wait for a second person."""
        self.results.show_approvals(cards)
        self._watch_once(lambda: self._once.show_approvals(cards))
        self.editing.show_approvals(cards)

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of what was sent from here."""
        self.take_button.show_results(results)
        self.results.take(results)
        self._watch_once(lambda: self._once.show_results(results))
        self.editing.show_results(results)
        self._meaning.show_results(results)

    def show_conditionals(self, lines: dict[ConditionalId, ConditionalLine]) -> None:
        """Take what became of conditional orders."""
        self.results.show_conditionals(lines)
        self.rewaiting.show_lines(lines)

    def show_documents(self, documents: dict[str, Document]) -> None:
        """Take the person's drafts and settings."""
        self.drafts.show_documents(documents)
        self.foot.settings.show_documents(documents)

    def fill(
        self,
        instrument: InstrumentId,
        side: Side | None = None,
        offset: Offset | None = None,
        price: Decimal | None = None,
        lots: int | None = None,
        *,
        flag: HedgeFlag | None = None,
        take_keyboard: bool = True,
    ) -> None:
        """Fill the fields, what is `None` stays; never sends. The keyboard goes to the lots, unless it may not."""
        self.drafts.keep_ticket()
        if offset is not None:
            self.rewaiting.leave()
            self.form.waits.show_wait(Wait())  # a close by a click waits for nothing that was meant for another order
        usual = self.form.usual_of(self._market.of(instrument)[0])
        self._fill(self.form.ticket.filled(instrument, usual, side, offset, price, lots, flag))
        if offset is Offset.CLOSE_TODAY and self.form.ticket.offset is not offset:
            self.results.remark(blocks.ONE_BOOK)
        if take_keyboard:
            self.form.lots.setFocus(Qt.FocusReason.OtherFocusReason)

    def edit(self, card: ApprovalCard) -> None:
        """Fill in an order of this person's that waits, to be replaced by what the fields will say."""
        if card.terms is None or card.account != self._account:
            self.results.remark(f"▲ 要修改的委托属于账户 {card.account}：请先在窗口上方选择这个账户")
            return
        self.drafts.keep_ticket()
        before = self._leave_edits() or self.form.ticket
        self.form.waits.show_wait(Wait())  # what is edited goes out with a yes, not with a condition
        self._fill(ticket_of(card.terms))
        self.editing.begin(card, before)
        self._begin_anew("")
        self.form.lots.setFocus(Qt.FocusReason.OtherFocusReason)

    def edit_waiting(self, line: ConditionalLine) -> None:
        """Fill in a conditional order that waits or is paused, to be replaced by what the fields will say."""
        fields = fields_of(line.wanted)
        if fields is None or line.account != self._account:
            why = blocks.NOT_HERE if fields is None else f"属于账户 {line.account}：请先在窗口上方选择这个账户"
            self.results.remark(f"▲ {Term.CONDITIONAL_ORDERS} {line.conditional} {why}")
            return
        self.drafts.keep_ticket()
        before = self._leave_edits() or self.form.ticket
        self._fill(fields[0])
        self.form.waits.show_wait(fields[1])
        self.rewaiting.begin(line, before)
        self._begin_anew("")
        self.form.lots.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask(self) -> None:
        """Ask now what the order would do, if its terms are whole."""
        meant = self._meant()
        self._inquiry.ask(None if meant is None else self._meaning.wish(meant))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear the ticket on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            self.clear()
        else:
            super().keyPressEvent(event)

    def clear(self) -> None:
        """Empty the fields, with an undo; flag and time condition stay. What is edited is left, and nothing else."""
        if (unedited := self._leave_edits()) is not None:
            self.form.waits.show_wait(Wait())
            self._fill(unedited)
            return
        before, emptied = self.form.ticket, self.form.emptied()
        self.form.waits.show_wait(Wait())
        self._fill(emptied)
        self.results.clear()
        if before != emptied:
            self.drafts.offer_undo("已清空", lambda: self._fill(before), of_ticket=True)
        self.form.finder.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- putting together ---------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self._inquiry.due.connect(self.ask)
        self.form.changed.connect(self._take_typed)
        self.foot.settings.changed.connect(self.form.take_settings)
        self.foot.groups.clicked.connect(lambda: self.foot.ask_for_group(self.form))
        self.form.picked.connect(self._pick)
        self.form.finder.searched.connect(self._look_for_another)
        for walked in (self.form, self.reason):
            walked.walked.connect(self._guard.note_press)
            walked.finished.connect(lambda: self.send_button.setFocus(Qt.FocusReason.TabFocusReason))
        self.send_button.keyed.connect(lambda: self._send(allowed=self._guard.allows_key()))
        self.send_button.clicked.connect(lambda: self._send(allowed=self._guard.allows_click()))
        self.take_button.left.connect(lambda: self.form.finder.setFocus(Qt.FocusReason.OtherFocusReason))
        self.take_button.answered.connect(self.results.tell_taking)
        for edited, over in ((self.editing, self.editing.decided), (self.rewaiting, self.rewaiting.overtaken)):
            over.connect(lambda block: self._once.hold((self._account, self.form.says), block))
            edited.ended.connect(self._begin_anew)
        self.foot.offer.chosen.connect(self.form.waits.choose)
        self.foot.offer.dropped.connect(self.clear)
        self.take_button.warned.connect(self.results.warn_of_taking)
        self.draft_button.clicked.connect(self._save_draft)
        self.drafts.loaded.connect(self._load)
        self.drafts.sent.connect(self.results.expect_draft)

    # --- what happens -------------------------------------------------------------------------------------------------

    def _load(self, draft: Ticket) -> None:
        before = self.form.ticket
        self._fill(draft)
        if before.instrument is not None and before != draft:
            self.drafts.offer_undo("已载入草稿", lambda: self._fill(before), of_ticket=True)

    def _leave_edits(self) -> Ticket | None:
        return self.editing.leave() or self.rewaiting.leave()

    def _begin_anew(self, why: str) -> None:
        # What was answered of one kind of wish allows no other kind, and no press on its way was meant for it.
        self._guard.note_change()
        self._inquiry.forget()
        self.results.remark(why)
        self._changed()

    def _pick(self, instrument: str) -> None:
        self.drafts.keep_ticket()
        self.results.forget_remark()
        self._show_contract()
        self._changed()
        self.picked.emit(instrument)

    def _fill(self, ticket: Ticket) -> None:
        self.results.forget_remark()
        self.form.ticket = ticket
        self.form.finder.show_instrument(self._market.of(ticket.instrument)[0])
        self._show_contract()
        self._changed()

    def _show_contract(self) -> None:
        self._market.show_contract(self.form)
        self._render()

    def _watch_once(self, take: Callable[[], None]) -> None:
        before = self._once.block
        take()
        if self._once.block != before:
            if self._once.block is None and before != UNANSWERED:
                self._guard.note_change()
            self._changed()

    def _changed(self) -> None:
        self._once.note((self._account, self.form.says))
        self._render()
        self._inquiry.ask_soon()

    def _take_typed(self) -> None:
        self.drafts.keep_ticket()
        self._changed()

    def _look_for_another(self) -> None:
        self.drafts.keep_ticket()
        self._inquiry.forget()  # a press that leaves the field, and so puts the chosen contract back, sends nothing
        self._changed()

    @property
    def _account(self) -> AccountId | None:
        return self._standing.account

    def _block(self) -> Block | None:
        form = self.form
        return (
            self._standing.barred
            or blocks.unfinished(
                form.ticket, form.instrument, form.price_now, form.finder.search, named=form.finder.named
            )
            or self._once.block
            or self._meaning.block(self._account)
        )

    def _meant(self) -> Meant | None:
        return None if self._block() else self._meaning.meant(self._account)

    def _send(self, *, allowed: bool) -> None:
        if not allowed:
            if self._guard.is_unsettled and not self._block():
                self.results.remark(blocks.JUST_CHANGED)
            return
        if self._once.is_habit((self._account, self.form.says), self._guard.now):
            self.results.remark(blocks.JUST_SENT)
            return
        meant = self._meant()
        answer = self._inquiry.answer(meant)
        if meant is None or answer is None or self._meaning.refused(answer, meant):
            if meant is not None and answer is None:
                self.results.remark(blocks.JUST_MOVED)
            return  # any other reason is on the button and above it already
        if not is_seen(self):
            bring_into_sight(self)
            self._guard.note_change()
            self.results.remark(blocks.UNSEEN)
            return
        sent = {self._hand.send(body): title for body, title in self._meaning.bodies(answer, meant, self.reason.text)}
        self.reason.clear()
        self._meaning.sent(meant, sent)
        self._once.sent((self._account, self.form.says), sent, at=self._guard.now)
        self._inquiry.forget()
        self.results.expect(sent, meant.account)
        if self.editing.isHidden() and isinstance(meant, OrderTerms) and self.form.revert():
            self._guard.note_change()  # no press on its way was meant for that
            if meant.offset is Offset.OPEN:  # a default is no change of a person's: it arms nothing by itself
                self._once.sent((self._account, self.form.says), sent, at=self._guard.now)
        if self.send_button.hasFocus():  # it may be armed again in a moment: one more Enter sends nothing by mere habit
            self.form.lots.setFocus(Qt.FocusReason.OtherFocusReason)
        self._changed()

    def _save_draft(self) -> None:
        if self.draft_button.isEnabled() and self._guard.allows_click():
            self.drafts.save(self.form.ticket)

    # --- showing ------------------------------------------------------------------------------------------------------

    def _render(self) -> None:
        line = self._standing.line
        self.reason.show_about((self._account, self.form.ticket.instrument))
        for edited in (self.editing, self.rewaiting):
            edited.show_about(self._account, self.form.ticket.instrument)
        self.title.note(f"{line.name or line.account}" if line else "")
        block = self._block()
        if block is None:
            block = self._show_answer()
        else:
            self.answer.say("", block.sentence)
            self.foot.offer.show_about(None)
        self.draft_button.setEnabled(self.form.ticket.instrument is not None and self.form.finder.search is None)
        # While the answer to a price that moved is under way the button keeps its words: it would flicker.
        meant, latest = (None, None) if block else (self._meant(), self._inquiry.latest)
        words = "" if meant is None or latest is None else self._meaning.words(latest, meant)
        self.foot.show_sending(block.short if block else words, "blocked" if block else self.form.ticket.side.value)

    def _show_answer(self) -> Block | None:
        meant = self._meant()
        answer = self._inquiry.answer(meant)
        if answer is not None:
            self.answer.show_answer(answer)
            self.reason.show_needed(needed=answer.verdict is Verdict.CONFIRM2 and self.editing.isHidden())
        elif self._inquiry.speaks_of(meant):
            answer = self._inquiry.latest  # the price has moved: what was said of the one before stays until the next
        self.foot.offer.show_about(None if self._meaning.waits else answer)
        if meant is None or answer is None:
            self.answer.say(ASKING, "")
            return Block(ASKING, ASKING)
        return self._meaning.refused(answer, meant)
