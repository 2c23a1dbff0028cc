"""Let a person fill in a booking, a mark or an ending of a contract that no exchange lists (场外).

Each form asks the runner, while it is filled in, what its wish would do, and shows the answer under its fields. It
stays open until the answer to what was sent: a no keeps what was typed.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.otc import FormulaMark, HandMark, OtcEnding, OtcKind, OtcMark, OtcTerms
from terminal.domain.otc_commands import BookOtc, EndOtc, MarkOtc
from terminal.domain.products.instrument import Kind
from terminal.domain.words.otc_terms import OtcTerm
from terminal.domain.words.risk import Verdict
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term
from terminal.engine.otc.wording import RIGHTS
from terminal.engine.wording import short
from terminal.widgets.parts.buttons import Weight, button
from terminal.widgets.parts.rows import Tone
from terminal.widgets.parts.steady_combo import SteadyCombo
from terminal.widgets.parts.toned import mark, show_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.otc_commands import OtcWish
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.otc.line import OtcLine
    from terminal.engine.screen import Preview

WIDTH: Final = 460
ASK_AFTER_MS: Final = 200
SIDES: Final = ((Side.BUY, Term.BUY), (Side.SELL, Term.SELL))


class Wrong(Exception):  # noqa: N818 - it is an answer, not an error
    """Carry the field that cannot be read, and the sentence about it."""

    def __init__(self, field: QWidget, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class OtcForm(QDialog):
    """Show fields, the answer to what they say, and what sends; `asks` and `sends` give the wish."""

    asks = Signal(object)
    sends = Signal(object)

    def __init__(self, parent: QWidget, account: AccountId, title: str, send: str) -> None:
        super().__init__(parent)
        self._account = account
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setMinimumWidth(WIDTH)
        self.said = QLabel()
        self.said.setObjectName("decisionText")
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.send_button, self.leave_button = button(send, Weight.MAIN), button(Term.LEAVE_UNCHANGED)
        self.send_button.setEnabled(False)
        self.asked: OtcWish | None = None  # whose answer is shown, or waited for
        self.is_sent = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 14, 16, 14)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._captions: dict[QWidget, QLabel] = {}
        self._timer = QTimer(self, singleShot=True, interval=ASK_AFTER_MS)
        self._timer.timeout.connect(self._ask)
        self.send_button.clicked.connect(self._send)
        self.leave_button.clicked.connect(self.reject)

    def wish(self) -> OtcWish:
        """Return what the fields say, or raise `Wrong`."""
        raise NotImplementedError

    def show_preview(self, preview: Preview) -> None:
        """Show what the wish that was asked about would do."""
        allowed = preview.verdict is not Verdict.DENY
        self.send_button.setEnabled(allowed and not self.is_sent)
        self._say(preview.sentence, bad=not allowed)

    def refuse(self, sentence: str) -> None:
        """Take a no to what was sent; everything that was typed stays."""
        self.is_sent = False
        self._say(sentence, bad=True)

    def line(self, caption: str, hint: str = "") -> QLineEdit:
        """Add a field to type in."""
        field = QLineEdit()
        field.setObjectName("ticketField")
        field.setPlaceholderText(hint)
        field.textChanged.connect(self._change)
        self._add(caption, field)
        return field

    def choice(self, caption: str, titles: Sequence[str]) -> QComboBox:
        """Add a field to choose in."""
        field = SteadyCombo()
        field.addItems(list(titles))
        field.currentIndexChanged.connect(self._change)
        self._add(caption, field)
        return field

    def finish(self, first: QWidget) -> None:
        """Put what sends under the fields, and the keyboard on the first of them."""
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.leave_button)
        row.addWidget(self.send_button)
        self._grid.addWidget(self.said, self._grid.rowCount(), 0, 1, 2)
        self._grid.addLayout(row, self._grid.rowCount(), 0, 1, 2)
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        self._change()

    def show_field(self, field: QWidget, *, shown: bool) -> None:
        """Show a field with its caption, or neither."""
        field.setVisible(shown)
        self._captions[field].setVisible(shown)

    def _add(self, caption: str, field: QWidget) -> None:
        label, row = QLabel(caption), self._grid.rowCount()
        label.setBuddy(field)
        field.setAccessibleName(caption)
        self._captions[field] = label
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1)

    def _change(self) -> None:
        self.asked, self.is_sent = None, False
        self.send_button.setEnabled(False)
        self.rearrange()
        self._timer.start()

    def rearrange(self) -> None:
        """Show the fields that what is chosen asks for."""

    def _ask(self) -> None:
        wish = self._read(complain=False)
        if wish is not None:
            self.asked = wish
            self.asks.emit(wish)

    def _send(self) -> None:
        wish = self._read(complain=True)
        if wish is not None and wish == self.asked and not self.is_sent:
            self.is_sent = True
            self.send_button.setEnabled(False)
            self._say("正在提交…", bad=False)
            self.sends.emit(wish)

    def _read(self, *, complain: bool) -> OtcWish | None:
        for field in self._captions:
            mark(field, "wrong", "false")
        try:
            return self.wish()
        except Wrong as wrong:
            typed = isinstance(wrong.field, QLineEdit) and bool(wrong.field.text())
            if typed or complain:
                mark(wrong.field, "wrong", "true")
            self._say(wrong.sentence, bad=typed or complain)
            return None

    def _say(self, sentence: str, *, bad: bool) -> None:
        show_text(self.said, sentence, Tone.WARN if bad else Tone.PLAIN)
        self.said.setAccessibleName(sentence)


def amount(field: QLineEdit, caption: str) -> Decimal:
    """Return the number in a field, or raise `Wrong`."""
    text = field.text().strip().replace(",", "").replace("−", "-")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Wrong(field, f"{caption}请填数字，如 3700。" if text else f"请填{caption}。") from None


def words(field: QLineEdit, caption: str) -> str:
    """Return the text in a field, or raise `Wrong`."""
    text = field.text().strip()
    if not text:
        raise Wrong(field, f"请填{caption}。")
    return text


class BookingForm(OtcForm):
    """Book a contract."""

    def __init__(
        self, parent: QWidget, account: AccountId, groups: tuple[str, ...], instruments: tuple[Instrument, ...]
    ) -> None:
        super().__init__(parent, account, f"{OtcTerm.BOOK}{OtcTerm.OTC_CONTRACTS}", Term.SUBMIT_FOR_APPROVAL)
        self._known = [one.id for one in instruments if one.kind is not Kind.OPTION]
        self.number = self.line(OtcTerm.CONTRACT_NUMBER, "合同上的编号")
        self.counterparty = self.line(OtcTerm.COUNTERPARTY, "对方公司")
        self.kind = self.choice(OtcTerm.CONTRACT_KIND, [kind.value for kind in OtcKind])
        self.right = self.choice(OtcTerm.CALL_OR_PUT, list(RIGHTS.values()))
        self.side = self.choice(Term.SIDE, [str(word) for _, word in SIDES])
        self.tonnes = self.line(OtcTerm.TONNES, "如 600")
        self.reference = self.choice(OtcTerm.REFERENCE, [short(name) for name in self._known])
        self.price = self.line(OtcTerm.FIXED_PRICE, "元/吨")
        self.premium = self.line(OtcTerm.PREMIUM_PER_TONNE, "买方付给卖方的，没有就填 0")
        self.expires = self.line(OtcTerm.LAST_DAY, "如 2020-12-31")
        self.group = self.choice(TargetTerm.HEDGE_GROUP, groups)
        self.reason = self.line(Term.MAKERS_REASON, "可不填")
        self.finish(self.number)

    def rearrange(self) -> None:
        """Ask for call or put and premium of an option alone."""
        is_option = self._kind is OtcKind.OPTION
        for field in (self.right, self.premium):
            self.show_field(field, shown=is_option)

    @property
    def _kind(self) -> OtcKind:
        return list(OtcKind)[max(self.kind.currentIndex(), 0)]

    def wish(self) -> OtcWish:
        """Return the booking."""
        if not self.group.currentText():
            raise Wrong(self.group, "限额里还没有套保组；请先由风控登记套保组与敞口。")
        is_option = self._kind is OtcKind.OPTION
        number = words(self.number, OtcTerm.CONTRACT_NUMBER)
        counterparty = words(self.counterparty, OtcTerm.COUNTERPARTY)
        tonnes, reference = amount(self.tonnes, OtcTerm.TONNES), self._reference()
        price = amount(self.price, OtcTerm.FIXED_PRICE)
        premium = amount(self.premium, OtcTerm.PREMIUM_PER_TONNE) if is_option else Decimal(0)
        expires = self._expires()
        terms = OtcTerms(
            number=number,
            counterparty=counterparty,
            kind=self._kind,
            side=SIDES[self.side.currentIndex()][0],
            tonnes=tonnes,
            reference=reference,
            price=price,
            expires=expires,
            group=self.group.currentText(),
            right=list(RIGHTS)[self.right.currentIndex()] if is_option else None,
            premium=premium,
        )
        return BookOtc(account=self._account, terms=terms, reason=self.reason.text().strip())

    def _reference(self) -> InstrumentId:
        if not self._known:
            raise Wrong(self.reference, "还没有收到合约，请稍候。")
        return self._known[self.reference.currentIndex()]

    def _expires(self) -> int:
        text = words(self.expires, OtcTerm.LAST_DAY)
        found = re.fullmatch(r"(\d{4})-?(\d{1,2})-?(\d{1,2})", text)
        if found is None:
            raise Wrong(self.expires, f"{OtcTerm.LAST_DAY}应写作 2020-12-31 的样子。")
        year, month, day = map(int, found.groups())
        return year * 10_000 + month * 100 + day


class MarkForm(OtcForm):
    """Say how a contract is valued."""

    def __init__(self, parent: QWidget, line: OtcLine) -> None:
        super().__init__(parent, line.account, f"{OtcTerm.MARK} {line.terms.number}", Term.SAVE)
        self._line, self._terms = line, line.terms
        self.how = self.choice(OtcTerm.MARKED, ("按公式", "人工"))
        self.volatility = self.line(f"{TargetTerm.VOLATILITY}（% 年）", "如 22")
        self.rate = self.line(f"{OtcTerm.RATE}（% 年）", "如 2.5")
        self.value = self.line(OtcTerm.WORTH, "对我方的价值，负数为我方欠")
        self.delta = self.line(OtcTerm.DELTA_OF_TONNE, "按持有人计，如 −0.35；可不填")
        self.source = self.line(OtcTerm.MARK_SOURCE, "谁、何处，如 对手 8 月 21 日报价")
        self._fill(line.mark)
        self.finish(self.how)

    def _fill(self, known: OtcMark | None) -> None:
        self.rate.setText("0")
        if isinstance(known, HandMark):
            self.how.setCurrentIndex(1)
            self.value.setText(str(known.value))
            self.source.setText(known.source)
            self.delta.setText("" if known.delta is None else str(known.delta))
        elif known is not None and known.volatility is not None:
            self.volatility.setText(str(known.volatility))
            self.rate.setText(str(known.rate))

    def rearrange(self) -> None:
        """Ask for what the way of valuing needs."""
        by_hand, is_option = self.how.currentIndex() == 1, self._terms.kind is OtcKind.OPTION
        for field in (self.volatility, self.rate):
            self.show_field(field, shown=is_option and not by_hand)
        for field in (self.value, self.source):
            self.show_field(field, shown=by_hand)
        self.show_field(self.delta, shown=by_hand and is_option)

    def wish(self) -> OtcWish:
        """Return the mark."""
        is_option = self._terms.kind is OtcKind.OPTION
        said: OtcMark
        if self.how.currentIndex() == 1:
            value, source = amount(self.value, OtcTerm.WORTH), words(self.source, OtcTerm.MARK_SOURCE)
            has_delta = is_option and bool(self.delta.text().strip())
            said = HandMark(
                value=value, source=source, delta=amount(self.delta, OtcTerm.DELTA_OF_TONNE) if has_delta else None
            )
        elif is_option:
            volatility = amount(self.volatility, TargetTerm.VOLATILITY)
            said = FormulaMark(volatility=volatility, rate=amount(self.rate, OtcTerm.RATE))
        else:
            said = FormulaMark()
        return MarkOtc(
            account=self._account,
            number=self._terms.number,
            booking=self._line.booking,
            base_version=self._line.version,
            mark=said,
        )


class EndingForm(OtcForm):
    """End a contract."""

    def __init__(self, parent: QWidget, line: OtcLine) -> None:
        super().__init__(parent, line.account, f"{Term.ENDINGS} {line.terms.number}", Term.SUBMIT_FOR_APPROVAL)
        self._line = line
        self.amount = self.line(OtcTerm.PAID_TO_US, "收为正、付为负，没有就填 0")
        self.reason = self.line(Term.MAKERS_REASON, "如 到期结清")
        self.finish(self.amount)

    def wish(self) -> OtcWish:
        """Return the ending."""
        paid, reason = amount(self.amount, OtcTerm.PAID_TO_US), words(self.reason, Term.MAKERS_REASON)
        line = self._line
        ending = OtcEnding(number=line.terms.number, booking=line.booking, amount=paid, reason=reason)
        return EndOtc(account=self._account, ending=ending)
