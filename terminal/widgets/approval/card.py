"""Show one confirmation (复核) so that a yes takes one glance: who wants what, why it stopped, and its consequence."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.kind_words import PRICE_KINDS
from terminal.domain.orders.order import Offset, OrderState, PriceKind, Side
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.terms import Term
from terminal.engine.screen import ApprovalCard
from terminal.engine.wording import CONFIRMATIONS
from terminal.widgets.approval.parts import Field, FigureTable, card_label
from terminal.widgets.orders.columns import STATES as ORDER_STATES
from terminal.widgets.parts import figures
from terminal.widgets.parts.icons import Sign, pixmap
from terminal.widgets.parts.rows import Tone
from terminal.widgets.parts.toned import show_text

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from terminal.widgets.dress.look import Look

SOON_NS: Final = 180 * SECOND_NS  # from here on the time left is said in orange
ROOMY: Final = 560  # from here on the reason and the maker have room beside a caption
WIDE: Final = 720  # from here on the words stand beside the table, not below it
BESIDE, BELOW = 18, 3  # pixels between the table and the words
EDGE, TIGHT = 5, 2  # pixels above and below all, and between the lines where every pixel counts
PADDING: Final = 12
UNSIGNED: Final = "（不在签名内）"  # the one sentence on the card that the hash does not cover
WHOSE_WORDS: Final = f"{Term.WHY_STOPPED}：运行器给出的说明。签名只对委托、策略参数或限额，以及制单人和时限"
SIDES: Final = {Side.BUY: "买", Side.SELL: "卖"}
OFFSETS: Final = {Offset.OPEN: "开", Offset.CLOSE: "平", Offset.CLOSE_TODAY: "平今", Offset.CLOSE_YESTERDAY: "平昨"}

APPROVED: Final = Term.PRICE_AT_APPROVAL
PRICES: Final = {
    ConfirmationState.REJECTED: Term.PRICE_AT_REJECTION,
    ConfirmationState.EXPIRED: Term.PRICE_AT_EXPIRY,
}


def state_word(card: ApprovalCard) -> str:
    """Return what became of a confirmation, in a few words; an order that ended unfilled was not executed."""
    if card.ended is None or card.ended is OrderState.FILLED:
        return CONFIRMATIONS[card.state]
    return f"{CONFIRMATIONS[ConfirmationState.APPROVED]}，{ORDER_STATES[card.ended][1]}"


def time_left(card: ApprovalCard, at: int) -> str:
    """Return how long a confirmation may still be decided, like `12:41`; begun seconds count."""
    seconds = max(0, -(-(card.expires_at - at) // SECOND_NS))
    return f"{seconds // 60}:{seconds % 60:02}"


def has_drifted(card: ApprovalCard) -> bool:
    """Return whether the price is further from the request's than an approval allows."""
    drift, allowed = card.drift_ticks, card.allowed_drift_ticks
    return drift is not None and allowed is not None and abs(drift) > allowed


class CardView(QFrame):
    """Hold the parts of one card; `show_card` fills them, `show_now` counts down."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("cardBody")
        self._look = look
        self._card: ApprovalCard | None = None
        self._old = False
        self._tight = False
        self._instruments: dict[InstrumentId, Instrument] = {}
        self.title, self.countdown = card_label("", "cardTitle", wrap=True), card_label("", "cardCountdown")
        self.maker = card_label("", "cardMaker", wrap=True, right=True)
        self.outcome_word, self.outcome = (
            card_label("", "cardOutcomeWord"),
            card_label("", "cardOutcomeText", wrap=True),
        )
        self.why = card_label("", "cardWhyText", wrap=True)
        self._warning, self._why_caption = QLabel(), card_label(Term.WHY_STOPPED, "cardWhyCaption")
        self.instrument, self.verb, self.lots = Field(Term.INSTRUMENT), Field(Term.SIDE), Field(Term.LOTS)
        self.price, self.last, self.drift = Field("委托价"), Field(Term.LAST), Field(Term.DRIFT)
        self.table = FigureTable(look)
        self.details, self.last_orders = card_label("", "cardText", wrap=True), card_label("", "cardText", wrap=True)
        self._captions = {
            self.details: card_label("明细", "cardCaption"),
            self.last_orders: card_label("最近委托", "cardCaption"),
        }
        self._captions[self.last_orders].setToolTip(f"{Term.MAKER}最近的委托，最新的在上")
        self._figures_caption = card_label(Term.BEFORE_AFTER, "cardCaption")
        self._outcome_box, self._why_box, self._facts = QFrame(), QFrame(), QFrame()
        self._lay_out()
        look.changed.connect(self._draw)
        self._draw()

    def show_instruments(self, instruments: tuple[Instrument, ...]) -> None:
        """Take the contracts' names and ticks."""
        self._instruments = {instrument.id: instrument for instrument in instruments}
        if self._card is not None:
            self.show_card(self._card, old=self._old)

    def show_card(self, card: ApprovalCard, *, old: bool = False) -> None:
        """Show a confirmation; one of before the link was cut has no price of now, and nothing counts down."""
        self._card, self._old = card, old
        show_text(self.title, card.title)
        self.maker.setText(
            f"{card.maker_name or card.maker} 提交 · {Term.ACCOUNT} {card.account} · {figures.clock(card.requested_at)}"
            f" · {card.confirmation}" + (f" · {Term.MAKERS_REASON}：{card.reason}" if card.reason else "")
        )
        self._show_outcome(card)
        why = f"{card.why}{UNSIGNED}" if card.why and card.is_whole else card.why
        self.why.setText(why)
        self._why_box.setVisible(bool(card.why))
        self._show_facts(card)
        self.table.show_figures(
            tuple(sorted(card.figures, key=lambda figure: not figure.worse))
        )  # the worse ones first
        stale = f" · {Term.STALE}" if old and card.state is ConfirmationState.PENDING else ""
        self._figures_caption.setText(f"{Term.BEFORE_AFTER}{stale}")
        self._show_captions()
        for label, lines in ((self.details, card.details), (self.last_orders, card.last_orders)):
            show_text(label, "\n".join(lines))
            label.setVisible(bool(lines))
            self._captions[label].setVisible(bool(lines))
        self._captions[self.details].setText("明细" if card.terms is None else "最坏情况")
        self.setAccessibleName(f"{Term.APPROVALS} {card.title}")
        self.setAccessibleDescription(f"{Term.WHY_STOPPED}：{why}")

    def show_now(self, at: int) -> None:
        """Count down; `at` is the market clock, 0 before it was heard: then nothing can be said of what is left."""
        card = self._card
        if card is None or card.state is not ConfirmationState.PENDING:
            show_text(self.countdown, "")
            return
        if not at:
            show_text(self.countdown, f"剩 {figures.ABSENT}", Tone.DIM)
            return
        left = card.expires_at - at
        tone = Tone.DIM if self._old or left <= 0 else Tone.WARN if left <= SOON_NS else Tone.PLAIN
        text = f"{Term.BEFORE_CUT if self._old else ''}剩 {time_left(card, at)}"
        show_text(self.countdown, text if left > 0 else CONFIRMATIONS[ConfirmationState.EXPIRED], tone)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the words beside the table where there is room."""
        super().resizeEvent(event)
        across = QBoxLayout.Direction.LeftToRight if self.width() >= WIDE else QBoxLayout.Direction.TopToBottom
        if self._halves.direction() is not across:
            self._halves.setDirection(across)
            self._halves.setSpacing(BESIDE if across is QBoxLayout.Direction.LeftToRight else BELOW)
        self._show_captions()

    def tighten(self, *, tight: bool) -> None:
        """Take no more room than the words need: the title says contract, side, lots and price already."""
        if tight is self._tight:
            return
        self._tight = tight
        for field in (self.instrument, self.verb, self.lots, self.price):
            field.setVisible(not tight)
        for field in (self.last, self.drift):
            field.lie(flat=tight)
        self.table.tighten(tight=tight)
        edge, gap = (TIGHT, TIGHT) if tight else (EDGE, BELOW)
        self._column.setContentsMargins(PADDING, edge, PADDING, edge)
        self._column.setSpacing(gap)
        self._facts_row.setContentsMargins(10, 0 if tight else 2, 10, 0 if tight else 2)
        self._why_row.setContentsMargins(10, 1 if tight else 3, 10, 1 if tight else 3)

    def _show_captions(self) -> None:
        # Where the panel is narrow, what an arrow and a warning sign say already gives its line to the maker.
        roomy, figures_told = self.width() >= ROOMY, self._card is not None and bool(self._card.figures)
        self._why_caption.setVisible(roomy)
        self._figures_caption.setVisible(figures_told and (roomy or self._figures_caption.text() != Term.BEFORE_AFTER))

    def _show_outcome(self, card: ApprovalCard) -> None:
        decided = card.state is not ConfirmationState.PENDING
        self._outcome_box.setVisible(decided)
        show_text(self.outcome_word, state_word(card))
        checker = card.checker_name or card.checker or ""
        by = f"{Term.CHECKER} {checker}" if checker and not card.outcome.startswith(checker) else ""
        show_text(self.outcome, " · ".join(part for part in (by, card.outcome) if part))

    def _show_facts(self, card: ApprovalCard) -> None:
        terms = card.terms
        self._facts.setVisible(terms is not None)
        if terms is None:
            return
        instrument = self._instruments.get(terms.instrument)
        self.instrument.show_value(instrument.name if instrument else terms.instrument)
        self.verb.show_value(f"{SIDES[terms.side]}{OFFSETS[terms.offset]}")
        self.lots.show_value(f"{figures.number(terms.lots)} 手")
        price, kind = _price(terms.price, instrument), terms.price_kind
        self.price.show_value(price if kind is PriceKind.LIMIT else f"{PRICE_KINDS[kind]} 至 {price}")
        if card.state is ConfirmationState.PENDING:
            self._show_live(card, instrument)
        else:
            self._show_decided(card, instrument)

    def _show_live(self, card: ApprovalCard, instrument: Instrument | None) -> None:
        old = self._old
        self.last.caption.setText(f"{Term.LAST} · {Term.STALE}" if old else Term.LAST)
        self.last.show_value(_price(card.price, instrument), Tone.DIM if old or card.price is None else Tone.PLAIN)
        self.last.show()
        self._show_drift(card, instrument, old=old)

    def _show_decided(self, card: ApprovalCard, instrument: Instrument | None) -> None:
        # What stood still when it was decided is no price of now; what was withdrawn or voided has none.
        self.last.setVisible(card.decided_price is not None)
        was_approved = card.state is ConfirmationState.EXPIRED and card.checker is not None  # and not used any more
        self.last.caption.setText(APPROVED if was_approved else PRICES.get(card.state, APPROVED))
        self.last.show_value(_price(card.decided_price, instrument))
        if card.decided_price is not None or card.reference_price is None:
            self._show_drift(card, instrument, old=False)
        else:
            self.drift.caption.setText(Term.REFERENCE_PRICE)
            self.drift.show_value(_price(card.reference_price, instrument))

    def _show_drift(self, card: ApprovalCard, instrument: Instrument | None, *, old: bool) -> None:
        allowed = card.allowed_drift_ticks
        limit = f"（允许 ±{allowed}）" if allowed is not None else ""
        # Ticks from where: without the price they are counted from, none of them can be judged.
        since = (
            f"（{Term.REFERENCE_PRICE} {_price(card.reference_price, instrument)}）"
            if card.reference_price is not None
            else ""
        )
        self.drift.caption.setText(f"{Term.DRIFT}{since}")
        if card.drift_ticks is None:
            self.drift.show_value(f"{figures.ABSENT}{limit}", Tone.DIM)
        else:
            text = f"{figures.signed(card.drift_ticks)} 跳{limit}"
            self.drift.show_value(text, Tone.DIM if old else Tone.WARN if has_drifted(card) else Tone.PLAIN)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.title, 1)
        head.addWidget(self.countdown, alignment=Qt.AlignmentFlag.AlignTop)
        self._box(self._outcome_box, "cardOutcome", self.outcome_word, self.outcome)
        self._why_row = self._box(self._why_box, "cardWhy", self._warning, self._why_caption, self.why)
        self._why_box.setToolTip(WHOSE_WORDS)
        self._facts.setObjectName("cardFacts")
        facts = self._facts_row = QHBoxLayout(self._facts)
        facts.setContentsMargins(10, 2, 10, 2)
        facts.setSpacing(14)
        for fact in (self.instrument, self.verb, self.lots, self.price, self.last, self.drift):
            facts.addWidget(fact)
        facts.addStretch(1)
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._halves.setSpacing(BELOW)
        left, words = QVBoxLayout(), QGridLayout()
        left.addWidget(self.table)
        words.setHorizontalSpacing(10)
        words.setVerticalSpacing(3)
        words.setColumnStretch(1, 1)
        for row, label in enumerate((self.details, self.last_orders)):
            words.addWidget(self._captions[label], row, 0, Qt.AlignmentFlag.AlignTop)
            words.addWidget(label, row, 1)
        right = QVBoxLayout()
        right.addLayout(words)
        for half in (left, right):
            half.setSpacing(0)
            half.addStretch(1)
            self._halves.addLayout(half, 1)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(PADDING, EDGE, PADDING, EDGE)
        column.setSpacing(BELOW)
        column.addLayout(head)
        column.addWidget(self._outcome_box)
        column.addWidget(self._why_box)
        column.addWidget(self._facts)
        who = QHBoxLayout()
        who.setSpacing(10)
        who.addWidget(self._figures_caption, alignment=Qt.AlignmentFlag.AlignTop)
        who.addWidget(self.maker, 1)
        column.addLayout(who)
        column.addLayout(self._halves)
        column.addStretch(1)

    def _box(self, box: QFrame, name: str, *parts: QLabel) -> QHBoxLayout:
        box.setObjectName(name)
        row = QHBoxLayout(box)
        row.setContentsMargins(10, 3, 10, 3)
        row.setSpacing(8)
        for part in parts:
            last = part is parts[-1]
            row.addWidget(part, 1 if last else 0, Qt.AlignmentFlag(0) if last else Qt.AlignmentFlag.AlignTop)
        return row

    def _draw(self) -> None:
        self._warning.setPixmap(
            pixmap(Sign.TRIANGLE, self._look.tokens.orange, size=14, ratio=self.devicePixelRatioF())
        )


def _price(price: Decimal | None, instrument: Instrument | None) -> str:
    if price is None:
        return figures.ABSENT
    return figures.number(price, figures.decimals(instrument.tick if instrument else price))
