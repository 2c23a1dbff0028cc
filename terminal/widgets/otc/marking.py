"""Let a person say how a contract that no exchange lists (场外) is valued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from terminal.domain.otc import FormulaMark, HandMark, OtcKind, OtcMark
from terminal.domain.otc_commands import MarkOtc
from terminal.domain.words.otc_terms import OtcTerm
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term
from terminal.widgets.parts.wish_form import WishForm, amount, words

if TYPE_CHECKING:
    from terminal.domain.otc_commands import OtcWish
    from terminal.engine.otc.line import OtcLine


class MarkForm(WishForm):
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
