"""Let a person order by hand (下单): the fields, the answer before sending, and one button that says what it sends.

States of the ticket, each with what it allows:

- *barred*: no link, no account, or somebody else holds it. Nothing is sent; 接管 is offered where it helps.
- *submitted*: the same already waits for a second person. Nothing is sent until a field is another, or it is decided.
- *unfinished*: a field is missing. Nothing is sent or asked.
- *asking*: the terms are whole and the answer about exactly them is not there yet. Nothing is sent.
- *refused*: the answer forbids it. Nothing is sent.
- *ready*: the button sends exactly the orders the answer spoke of, and the answer is used up by it.

Each change of who may order rests the button for a second: a press on its way was meant for what stood there before.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from terminal.domain.commands import SubmitOrder
from terminal.domain.order import Offset
from terminal.domain.risk_words import Verdict
from terminal.domain.terms import Term
from terminal.engine.wording import order_title
from terminal.widgets.draft_box import DraftBox
from terminal.widgets.holding import is_mine
from terminal.widgets.panel import Panel
from terminal.widgets.send_guard import SendGuard, stopwatch
from terminal.widgets.sight import bring_into_sight, is_seen
from terminal.widgets.ticket_block import Block, barred, button_text, orders_of, refused, standing, unfinished
from terminal.widgets.ticket_fields import Ticket
from terminal.widgets.ticket_foot import TicketFoot
from terminal.widgets.ticket_form import TicketForm
from terminal.widgets.ticket_inquiry import Inquiry
from terminal.widgets.ticket_once import Once
from terminal.widgets.ticket_scroll import TicketBody
from terminal.widgets.toned import mark

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from terminal.domain.ids import AccountId, CommandId, ConfirmationId, InstrumentId
    from terminal.domain.instrument import Instrument
    from terminal.domain.order import HedgeFlag, OrderTerms, Side
    from terminal.domain.view import Quote
    from terminal.engine.screen import AccountLine, ApprovalCard, Document, Hand, LinkLine, Preview, ResultLine
    from terminal.widgets.look import Look

ASK_MS: Final = 80  # from a change to the question; more changes meanwhile are asked about together
ASK_AGAIN_MS: Final = 2_000  # an account moves without the ticket: the answer on show is asked for anew
ASKING: Final = "正在核算…"
UNSEEN: Final = "▲ 没有发送：下单面板刚才被挡住，看清后再按一次"
JUST_CHANGED: Final = "▲ 没有发送：能否下单刚刚变了，看清后再按一次"
ONE_BOOK: Final = "▲ 这家交易所不分今昨：平仓先平昨仓，还有昨仓时平不到今仓"


class OrderTicket(Panel):
    """Let a person order by hand. `picked` tells the contract chosen, `clock` counts ms from anywhere."""

    picked = Signal(str)

    def __init__(self, look: Look, hand: Hand, *, clock: Callable[[], int] | None = None) -> None:
        super().__init__("order_ticket", Term.ORDER_TICKET, look)
        self._hand = hand
        self._guard = SendGuard(clock or stopwatch())
        self._inquiry = Inquiry(hand)
        self._once = Once()
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._listed: tuple[Instrument, ...] = ()
        self._quotes: dict[InstrumentId, Quote] = {}
        self._account: AccountId | None = None
        self._lines: dict[AccountId, AccountLine] = {}
        self._link: LinkLine | None = None
        self._answered: frozenset[CommandId] = frozenset()  # before the link was cut
        self._trading_day = 0
        self._standing: tuple[object, ...] | None = None
        self.form, self.drafts, self.foot = TicketForm(), DraftBox(look, hand), TicketFoot(hand)
        self.answer, self.results = self.foot.answer, self.foot.results
        self.send_button, self.take_button = self.foot.send_button, self.foot.take_button
        self.draft_button = self.foot.draft_button
        self.body.addWidget(TicketBody(self.form, self.drafts, self.foot))
        self._soon, self._again = QTimer(self), QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(ASK_MS)
        self._again.setInterval(ASK_AGAIN_MS)
        self._connect()
        self._again.start()
        self._render()

    # --- what the window tells ----------------------------------------------------------------------------------------

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts that can be ordered."""
        self._listed = instruments
        self._instruments = {one.id: one for one in instruments}
        self.form.finder.offer(instruments, self._trading_day)
        self.drafts.show_instruments(self._instruments)
        self._show_contract()

    def show_quotes(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes; a price that moved with them is asked about."""
        self._quotes |= quotes
        name = self.form.ticket.instrument
        if name is not None and name in quotes and self.form.instrument is not None:
            before = self.form.price_now
            self.form.show_quote(quotes[name])
            if self.form.price_now != before:
                self._changed()

    def show_account(self, account: AccountId | None) -> None:
        """Order for this account from now on."""
        if account != self._account:
            self._account = account
            self._stand()
            self._changed()

    def show_link(self, link: LinkLine) -> None:
        """Take how the desk stands to its runner."""
        before, self._link = self._link, link
        self.form.show_link(link)
        self.take_button.show_link(link)
        self._stand()
        if before is not None and link.is_old and not before.is_old:
            self._answered = self.results.answered
        if before is not None and before.is_old and not link.is_old:
            self.results.forget_done(self._answered)  # while the desk was away it may have come to an end
        if before is None or (before.may_order, before.state) != (link.may_order, link.state):
            self._changed()
        else:
            self._render()

    def show_account_line(self, line: AccountLine) -> None:
        """Take how an account stands."""
        before = self._lines.get(line.account)
        self._lines[line.account] = line
        if line.trading_day != self._trading_day:
            self._trading_day = line.trading_day
            self.form.finder.offer(self._listed, line.trading_day)
        if line != before and line.account == self._account:
            self._stand()
            self._changed()

    def show_previews(self, previews: dict[int, Preview]) -> None:
        """Take the answer to the latest question; others are dropped."""
        if self._inquiry.take(previews):
            self._render()

    def show_approvals(self, cards: dict[ConfirmationId, ApprovalCard]) -> None:
        """Take what became of orders that wait for a second person."""
        self.results.show_approvals(cards)
        self._watch_once(lambda: self._once.show_approvals(cards))

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of what was sent from here."""
        self.take_button.show_results(results)
        self.results.take(results)
        self._watch_once(lambda: self._once.show_results(results))

    def show_documents(self, documents: dict[str, Document]) -> None:
        """Take the person's drafts."""
        self.drafts.show_documents(documents)

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
        self._fill(self.form.ticket.filled(instrument, side=side, offset=offset, price=price, lots=lots, flag=flag))
        if offset is Offset.CLOSE_TODAY and self.form.ticket.offset is not offset:
            self.results.remark(ONE_BOOK)
        if take_keyboard:
            self.form.lots.setFocus(Qt.FocusReason.OtherFocusReason)

    def find_contract(self, typed: QKeyEvent) -> None:
        """Begin to look for a contract with a letter that was typed elsewhere."""
        self.form.finder.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.form.finder.begin(typed)

    def ask(self) -> None:
        """Ask now what the order would do, if its terms are whole."""
        self._soon.stop()
        terms = self._terms()
        if terms is not None:
            self._inquiry.ask(terms)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear the ticket on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            self.clear()
        else:
            super().keyPressEvent(event)

    def clear(self) -> None:
        """Empty the fields, with an undo; flag and time condition stay as they were chosen."""
        before = self.form.ticket
        emptied = Ticket(hedge_flag=before.hedge_flag, time_condition=before.time_condition)
        self._fill(emptied)
        self.results.clear()
        if before != emptied:
            self.drafts.offer_undo("已清空", lambda: self._fill(before), of_ticket=True)
        self.form.finder.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- putting together ---------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self._soon.timeout.connect(self.ask)
        self._again.timeout.connect(self._ask_again)
        self.form.changed.connect(self._take_typed)
        self.form.picked.connect(self._pick)
        self.form.finder.searched.connect(self._look_for_another)
        self.form.walked.connect(self._guard.note_press)
        self.form.finished.connect(lambda: self.send_button.setFocus(Qt.FocusReason.TabFocusReason))
        self.send_button.keyed.connect(lambda: self._send(allowed=self._guard.allows_key()))
        self.send_button.clicked.connect(lambda: self._send(allowed=self._guard.allows_click()))
        self.take_button.left.connect(lambda: self.form.finder.setFocus(Qt.FocusReason.OtherFocusReason))
        self.take_button.answered.connect(self.results.tell_taking)
        self.take_button.warned.connect(self.results.warn_of_taking)
        self.draft_button.clicked.connect(self._save_draft)
        self.drafts.loaded.connect(self._load)
        self.drafts.sent.connect(self.results.expect_draft)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._note_focus)

    def _note_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        self._guard.follow(inside=now is not None and self.isAncestorOf(now))

    # --- what happens -------------------------------------------------------------------------------------------------

    def _load(self, draft: Ticket) -> None:
        before = self.form.ticket
        self._fill(draft)
        if before.instrument is not None and before != draft:
            self.drafts.offer_undo("已载入草稿", lambda: self._fill(before), of_ticket=True)

    def _pick(self, instrument: str) -> None:
        self.drafts.keep_ticket()
        self.results.forget_remark()
        self._show_contract()
        self._changed()
        self.picked.emit(instrument)

    def _fill(self, ticket: Ticket) -> None:
        self.results.forget_remark()
        self.form.ticket = ticket
        self.form.finder.show_instrument(self._instruments.get(ticket.instrument) if ticket.instrument else None)
        self._show_contract()
        self._changed()

    def _show_contract(self) -> None:
        name = self.form.ticket.instrument
        known = self._instruments.get(name) if name else None
        self.form.show_instrument(known, self._quotes.get(name) if name else None)
        self._render()

    def _stand(self) -> None:
        line = self._line
        before, now = self._standing, standing(self._link, line)
        self.take_button.show_account(line)
        if self._link is not None:
            self.results.show_person(self._link.person, self._account)
        if now is None or now == before:
            return
        self._standing = now
        if before is None:
            return
        self._guard.note_change()
        self._inquiry.forget()
        if line is not None and now[:3] != before[:3]:
            self.results.forget_done(self.results.answered)
            if not is_mine(self._link, line):
                self.results.forget_taking()

    def _watch_once(self, take: Callable[[], None]) -> None:
        before = self._once.block
        take()
        if self._once.block != before:
            if self._once.block is None:
                self._guard.note_change()
            self._changed()

    def _changed(self) -> None:
        self._once.note((self._account, self.form.ticket))
        self._render()
        if not self._soon.isActive():
            self._soon.start()  # not restarted: a price that never rests is still asked about

    def _take_typed(self) -> None:
        self.drafts.keep_ticket()
        self._changed()

    def _look_for_another(self) -> None:
        self.drafts.keep_ticket()
        self._inquiry.forget()  # a press that leaves the field, and so puts the chosen contract back, sends nothing
        self._changed()

    def _ask_again(self) -> None:
        if self.isVisible():
            self.ask()

    @property
    def _line(self) -> AccountLine | None:
        return self._lines.get(self._account) if self._account else None

    def _block(self) -> Block | None:
        form = self.form
        return (
            barred(self._link, self._account, self._line)
            or unfinished(form.ticket, form.instrument, form.price_now, form.finder.search, named=form.finder.named)
            or self._once.block
        )

    def _terms(self) -> OrderTerms | None:
        instrument, price = self.form.instrument, self.form.price_now
        if self._account is None or instrument is None or price is None or self._block():
            return None
        return self.form.ticket.terms(self._account, instrument.id, price)

    def _ready(self) -> tuple[OrderTerms, ...]:
        # Empty unless there is an answer about exactly what the fields say now, and it allows sending.
        terms = self._terms()
        answer = self._inquiry.answer(terms)
        return () if terms is None or answer is None or refused(answer) else orders_of(answer, terms)

    def _send(self, *, allowed: bool) -> None:
        if not allowed:
            if self._guard.is_unsettled and not self._block():
                self.results.remark(JUST_CHANGED)
            return
        orders = self._ready()
        if not orders:
            terms = self._terms()
            if terms is not None and self._inquiry.answer(terms) is None:
                self.results.remark("▲ 没有发送：行情或合约刚变，正在重新核算；看清后再按一次")
            return  # any other reason is on the button and above it already
        if not is_seen(self):
            bring_into_sight(self)
            self._guard.note_change()
            self.results.remark(UNSEEN)
            return
        for_approval = self._inquiry.latest is not None and self._inquiry.latest.verdict is Verdict.CONFIRM2
        sent = {self._hand.send(SubmitOrder(terms=one)): order_title(one) for one in orders}
        self._once.sent((self._account, self.form.ticket), sent, for_approval=for_approval)
        self._inquiry.forget()
        self.results.expect(sent, orders[0].account)
        self._changed()

    def _save_draft(self) -> None:
        if self.draft_button.isEnabled() and self._guard.allows_click():
            self.drafts.save(self.form.ticket)

    # --- showing ------------------------------------------------------------------------------------------------------

    def _render(self) -> None:
        line = self._line
        self.title.note(f"{line.name or line.account}" if line else "")
        block = self._block()
        if block is None:
            block = self._show_answer()
        else:
            self.answer.say("", block.sentence)
        self.draft_button.setEnabled(self.form.ticket.instrument is not None and self.form.finder.search is None)
        text = block.short if block else self._what_is_sent()
        self.send_button.setText(text)
        self.send_button.setAccessibleName(f"{Term.SEND}：{text}")
        self.send_button.setAccessibleDescription(self.answer.accessibleName())
        mark(self.send_button, "side", "blocked" if block else self.form.ticket.side.value)

    def _show_answer(self) -> Block | None:
        terms = self._terms()
        answer = self._inquiry.answer(terms)
        if answer is not None:
            self.answer.show_answer(answer)
        elif self._inquiry.speaks_of(terms):
            answer = self._inquiry.latest  # the price has moved: what was said of the one before stays until the next
        if terms is None or answer is None:
            self.answer.say(ASKING, "")
            return Block(ASKING, ASKING)
        if not orders_of(answer, terms):
            return refused(answer) or Block("无可平仓", "没有可平的持仓。")
        return refused(answer)

    def _what_is_sent(self) -> str:
        # While the answer to a price that moved is under way the button keeps its words: it would flicker.
        terms, answer = self._terms(), self._inquiry.latest
        return "" if terms is None or answer is None else button_text(orders_of(answer, terms), answer)
