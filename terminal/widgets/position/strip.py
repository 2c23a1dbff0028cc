"""Let a person do a verb with the chosen position: lots, price, what it would do, and one button that does it.

The strip opens below the grid and never sends by being opened. Its button sends exactly the wish that was last
answered, once; a price that follows the market is asked about anew with each move. When that is done the strip
closes, so that nothing is armed for a second time; what is refused stays to be read and mended.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Verdict
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.segments import Segments
from terminal.widgets.parts.send_button import SendButton
from terminal.widgets.parts.step_field import LOTS, PRICE, StepField
from terminal.widgets.parts.toned import mark
from terminal.widgets.position.guard_fields import GuardFields
from terminal.widgets.position.verbs import WORDS, Verb
from terminal.widgets.ticket.answer_box import AnswerBox
from terminal.widgets.ticket.block import JUST_MOVED
from terminal.widgets.ticket.fields import MODES, PriceMode, plain_price, typed, verb
from terminal.widgets.ticket.inquiry import ASK_AGAIN_MS, ASK_MS
from terminal.widgets.ticket.key_walk import KeyWalk
from terminal.widgets.ticket.send_guard import FocusWatch, SendGuard, stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.domain.commands import CommandBody
    from terminal.domain.ids import CommandId
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.engine.screen import Child, Hand, Preview, ResultLine
    from terminal.widgets.position.verbs import Chosen

ASKING: Final = "正在核算…"
UNANSWERED: Final = "已送出，等待回答…"
OFFERED: Final = (PriceMode.COUNTER, PriceMode.QUEUE, PriceMode.LAST, PriceMode.FIXED)


class PositionStrip(QFrame):
    """Hold one verb about one position; `done` tells what was carried out, in a sentence and its tone.

    Then, and when a person puts it away, it closes: `closed` tells that the keyboard goes back to the grid.
    """

    opened = Signal()
    done = Signal(str, str)
    closed = Signal()

    def __init__(self, hand: Hand, *, clock: Callable[[], int] | None = None) -> None:
        super().__init__()
        self.setObjectName("panelFoot")
        self._hand = hand
        self._guard = SendGuard(clock or stopwatch())
        self.chosen: Chosen | None = None
        self._instrument: Instrument | None = None
        self._quote: Quote | None = None
        self._barred = ""
        self._request: int | None = None
        self._asked: CommandBody | None = None
        self._answered: CommandBody | None = None
        self._answer: Preview | None = None
        self._sent: CommandId | None = None
        self._soon, self._again = QTimer(self), QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(ASK_MS)
        self._soon.timeout.connect(self.ask)
        self._again.setInterval(ASK_AGAIN_MS)
        self._again.timeout.connect(self.ask)
        self._keys = KeyWalk(self, walk=self._walk, choose=self._choose_by_key, offered=OFFERED)
        self._lay_out()
        self._connect()
        FocusWatch(self._guard, self)
        self.hide()

    # --- what the panel tells -----------------------------------------------------------------------------------------

    def open(self, chosen: Chosen, instrument: Instrument | None, quote: Quote | None, barred: str) -> None:
        """Open for a verb; nothing is sent by it."""
        self.chosen, self._instrument, self._quote, self._barred = chosen, instrument, quote, barred
        self._sent = None
        self._forget()
        self._guard.note_press()  # the press that opened it, held or bouncing, sends nothing
        self.title.setText(chosen.title)
        self.setAccessibleName(chosen.title)
        self.lots.setEnabled(chosen.verb is not Verb.FINISH and chosen.beside is None)
        guards = chosen.verb is Verb.GUARD
        for widget in (self.price, self._price_caption, self.modes):
            widget.setVisible(not guards)
        self.guard.setVisible(guards)
        self.sides.setVisible(chosen.verb is Verb.UNLOCK)
        self.guard.begin(instrument)
        self._show_last()
        self.remark.hide()
        self.show()
        self.opened.emit()
        self._again.start()
        self._show_fields()
        self._changed()
        first = self.price if chosen.verb is Verb.FINISH else self.guard.stop
        (self.lots if self.lots.isEnabled() else first).setFocus(Qt.FocusReason.OtherFocusReason)

    def close_strip(self) -> None:
        """Close it; nothing is sent, and what was sent is not taken back."""
        self.chosen = None
        self._forget()
        self._again.stop()
        self.hide()
        self.closed.emit()

    def show_barred(self, why: str) -> None:
        """Take why nothing can be ordered, empty where it can."""
        if why != self._barred:
            self._barred = why
            self._guard.note_change()
            self._forget()
            self._changed()

    def show_quote(self, quote: Quote) -> None:
        """Take the latest quote of the contract; a price that moved with it is asked about."""
        before, self._quote = self.price_now, quote
        self._show_last()
        if self.price_now != before:
            self._show_fields()
            self._changed()

    def show_previews(self, previews: dict[int, Preview]) -> None:
        """Take the answer to the latest question; others are dropped."""
        if self._request is not None and self._request in previews:
            self._answer, self._answered, self._request = previews[self._request], self._asked, None
            self._render()

    def show_results(self, results: tuple[ResultLine, ...]) -> None:
        """Take what became of what was sent."""
        for line in results:
            if line.command == self._sent and line.code != "UNANSWERED":
                self._sent = None
                tone = "confirm" if line.code == "CONFIRM2" else "allow" if line.ok else "deny"
                if line.ok:  # what was meant is done: the same is not armed a second time
                    self.close_strip()
                    self.done.emit(line.sentence, tone)
                    return
                self._say(line.sentence, tone)
                self._forget()
                self._changed()

    # --- putting together ---------------------------------------------------------------------------------------------

    @property
    def price_now(self) -> Decimal | None:
        """Return the price the orders would carry now."""
        if self.chosen is None or self._instrument is None:
            return None
        return self.chosen.ticket.price_at(self._quote, self._instrument)

    def ask(self) -> None:
        """Ask now what it would do, where it is whole and none of it is under way."""
        body = self._body()
        if body is not None and self._sent is None:
            self._asked = body
            self._request = self._hand.preview(body)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            self.close_strip()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        self.title = QLabel()
        self.title.setObjectName("stripName")
        self.lots, self.price = StepField(Term.LOTS, LOTS), StepField(Term.PRICE, PRICE)
        self.lots.setMaximumWidth(80)
        self.price.setMaximumWidth(110)
        self.modes = Segments(
            tuple(MODES[one].removesuffix("价") for one in OFFERED),
            name=Term.PRICE_MODE,
            tips=("D 对手价", "P 排队价", "L 最新价", "输入的价格，不跟行情"),
        )
        self.guard = GuardFields()
        self.sides = Segments(("平多", "平空"), name="平哪一边", tips=("平掉多头，留着空头", "平掉空头，留着多头"))
        self.answer, self.remark, self.pieces = AnswerBox(), QLabel(), QLabel()
        for label in (self.remark, self.pieces):
            label.setObjectName("ticketResult")
            label.setWordWrap(True)
        self.send_button, self.close_button = SendButton(), QPushButton(Term.FOLD)
        self.send_button.setObjectName("sendButton")
        self.close_button.setObjectName("quietButton")
        for button in (self.send_button, self.close_button):
            button.setAutoDefault(False)
        self.close_button.setAccessibleName(Term.FOLD)
        self.close_button.setToolTip("Esc：收起，从不发送")
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING, 6, PADDING, 8)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.title)
        row.addWidget(self.sides)
        captions = QLabel(Term.LOTS), QLabel(Term.PRICE)
        for label, field in zip(captions, (self.lots, self.price), strict=True):
            label.setObjectName("fieldCaption")
            label.setBuddy(field)
            row.addWidget(label)
            row.addWidget(field)
        self._price_caption = captions[1]
        row.addWidget(self.modes)
        row.addWidget(self.guard)
        row.addStretch(1)
        row.addWidget(self.close_button)
        row.addWidget(self.send_button)
        column.addLayout(row)
        told = QHBoxLayout()
        told.setSpacing(12)
        told.addWidget(self.answer, 3)
        told.addWidget(self.pieces, 2, Qt.AlignmentFlag.AlignTop)
        column.addLayout(told)
        column.addWidget(self.remark)

    def _connect(self) -> None:
        self.lots.stepped.connect(
            lambda steps: self._change(lots=max(1, (self.chosen.ticket.lots if self.chosen else 0) + steps))
        )
        self.lots.textEdited.connect(lambda text: self._change(lots=int(text or 0)))
        self.price.stepped.connect(self._step_price)
        self.price.textEdited.connect(self._type_price)
        self.modes.chosen.connect(self._choose_mode)
        self.close_button.clicked.connect(self.close_strip)
        self.send_button.keyed.connect(lambda: self._send(allowed=self._guard.allows_key()))
        self.send_button.clicked.connect(lambda: self._send(allowed=self._guard.allows_click()))
        self.guard.changed.connect(self._take_exits)
        self.sides.chosen.connect(lambda place: self._change(side=(Side.SELL, Side.BUY)[place]))
        self._keys.watch(self.lots, self.price, *self.modes.buttons(), *self.sides.buttons(), *self.guard.fields())

    def _walk(self, watched: QObject) -> None:
        self._guard.note_press()
        guards = self.chosen is not None and self.chosen.verb is Verb.GUARD
        walk: list[QWidget] = [self.lots, *(self.guard.fields() if guards else (self.price,)), self.send_button]
        if watched in self.sides.buttons():
            after = walk[0]
        else:
            after = walk[walk.index(watched) + 1] if watched in walk else walk[-1]
        after.setFocus(Qt.FocusReason.TabFocusReason)

    # --- what happens -------------------------------------------------------------------------------------------------

    def _body(self) -> CommandBody | None:
        price, chosen = self.price_now, self.chosen
        if chosen is None or self._barred or self._missing():
            return None
        if chosen.verb is Verb.GUARD:
            return chosen.guard()
        return None if price is None else chosen.body(price)

    def _missing(self) -> str:
        price, known = self.price_now, self._instrument
        if self.chosen is not None and not self.chosen.ticket.lots:
            return "没有可做的手数：手数还空着，或全部已在平仓委托里。"
        if self.chosen is not None and self.chosen.verb is Verb.GUARD and known is not None:
            return self.chosen.exits.missing(self.chosen.ticket.side, known)
        if price is None or known is None:
            return "没有价格：行情里没有这个价，请另选价格方式，或直接输入。"
        if price <= 0 or not known.on_grid(price):
            return f"{price:f} 不是最小变动价位 {known.tick.normalize():f} 的正整数倍，请改价。"
        return ""

    def _choose_by_key(self, mode: PriceMode) -> None:
        if self.chosen is not None and self.chosen.verb is not Verb.GUARD:
            self._change(mode=mode)

    def _take_exits(self) -> None:
        if self.chosen is not None:
            self.chosen = msgspec.structs.replace(self.chosen, exits=self.guard.exits)
            self.remark.hide()
            self._changed()

    def _show_last(self) -> None:
        quote, known = self._quote, self._instrument
        self.guard.last = None if quote is None or quote.last is None or known is None else known.price(quote.last)

    def _change(self, **fields: Side | PriceMode | int | Decimal | None) -> None:
        if self.chosen is not None:
            ticket = msgspec.structs.replace(self.chosen.ticket, **fields)
            self.chosen = msgspec.structs.replace(self.chosen, ticket=ticket)
            self.remark.hide()
            self._show_fields()
            self._changed()

    def _choose_mode(self, place: int) -> None:
        mode = OFFERED[place]
        if mode is PriceMode.FIXED:
            self._change(mode=mode, price=self.price_now)
            self.price.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self._change(mode=mode)

    def _step_price(self, steps: int) -> None:
        before = self.price_now
        if before is not None and self._instrument is not None:
            tick = self._instrument.tick
            self._change(mode=PriceMode.FIXED, price=max(tick, before + steps * tick))

    def _type_price(self, text: str) -> None:
        self._change(mode=PriceMode.FIXED, price=typed(text))

    def _forget(self) -> None:
        self._request = self._asked = self._answered = self._answer = None

    def _changed(self) -> None:
        self._render()
        if not self._soon.isActive():
            self._soon.start()

    def _send(self, *, allowed: bool) -> None:
        body, answer = self._body(), self._answer
        if not allowed or body is None or self._sent is not None:
            return
        if answer is None or body != self._answered:
            self._say(JUST_MOVED, "confirm")
            return
        if answer.verdict >= Verdict.LOCK:
            return  # why stands above the button
        self._sent = self._hand.send(body)
        self._say(UNANSWERED, "none")
        self._forget()
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)  # one more Enter sends nothing by mere habit
        self._render()

    # --- showing ------------------------------------------------------------------------------------------------------

    def _say(self, sentence: str, tone: str) -> None:
        self.remark.setText(sentence)
        mark(self.remark, "verdict", tone)
        self.remark.show()

    def _show_fields(self) -> None:
        if self.chosen is None:
            return
        ticket, price = self.chosen.ticket, self.price_now
        self.sides.mark(0 if ticket.side is Side.SELL else 1)
        self.title.setText(self.chosen.title)
        self.lots.show_text(str(ticket.lots) if ticket.lots else "")
        self.modes.mark(OFFERED.index(ticket.mode))
        if ticket.mode is PriceMode.FIXED and price == typed(self.price.text()):
            return  # what is being typed stays as it is typed
        known = self._instrument
        self.price.show_text(plain_price(price, known) if price is not None and known is not None else "")

    def _render(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        why, body, answer = self._barred or self._missing(), self._body(), self._answer
        current = answer if body is not None and body == self._answered else None
        if why:
            self.answer.say("", why)
        elif answer is not None:
            self.answer.show_answer(answer)  # of a price that has just moved the one before stays until the next
        else:
            self.answer.say(UNANSWERED if self._sent is not None else ASKING, "")
        pieces = [_piece(one) for one in answer.children] if answer is not None and not why else []
        pieces += [" · ".join(answer.details)] if answer is not None and not why and answer.details else []
        self.pieces.setText("\n".join(pieces))
        self.pieces.setVisible(bool(pieces))
        ready = current is not None and current.verdict < Verdict.LOCK and self._sent is None
        words = f"{WORDS[chosen.verb]} {chosen.ticket.lots} 手"
        if current is not None and current.verdict is Verdict.CONFIRM2:
            words = f"{Term.SUBMIT_FOR_APPROVAL} · {words}"
        self.send_button.setText(words)
        self.send_button.setAccessibleName(f"{Term.SEND}：{words}")
        self.send_button.setAccessibleDescription(self.answer.accessibleName())
        mark(self.send_button, "side", chosen.ticket.side.value if ready else "blocked")


def _piece(one: Child) -> str:
    terms = one.terms
    fee = f"手续费 {figures.number(one.fee, 2)}"
    margin = "" if one.margin is None else f"，保证金 {figures.number(one.margin)}"
    return f"{verb(terms.side, terms.offset)} {terms.lots} 手 @{terms.price:f} · {fee}{margin}"
