"""Let a person end a contract that no exchange lists (场外)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from terminal.domain.otc import OtcEnding
from terminal.domain.otc_commands import EndOtc
from terminal.domain.words.otc_terms import OtcTerm
from terminal.domain.words.terms import Term
from terminal.widgets.parts.wish_form import WishForm, amount, words

if TYPE_CHECKING:
    from terminal.domain.otc_commands import OtcWish
    from terminal.engine.otc.line import OtcLine


class EndingForm(WishForm):
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
