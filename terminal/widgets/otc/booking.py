"""Let a person book a contract that no exchange lists (场外)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.otc import OtcKind, OtcTerms
from terminal.domain.otc_commands import BookOtc
from terminal.domain.products.instrument import Kind
from terminal.domain.words.otc_terms import OtcTerm
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term
from terminal.engine.otc.wording import RIGHTS
from terminal.engine.wording import short
from terminal.widgets.parts.wish_form import WishForm, Wrong, amount, words

if TYPE_CHECKING:
    from terminal.domain.otc_commands import OtcWish
    from terminal.domain.products.instrument import Instrument

SIDES: Final = ((Side.BUY, Term.BUY), (Side.SELL, Term.SELL))


class BookingForm(WishForm):
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
