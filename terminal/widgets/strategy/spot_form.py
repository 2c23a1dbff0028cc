"""Let a person say that spot was bought or sold for a spread (落实现货), or will not be, once the spread is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.orders.order import Side
from terminal.domain.parameters.spot_side import is_weight
from terminal.domain.spot_commands import ConfirmSpot
from terminal.domain.words.otc_terms import OtcTerm
from terminal.domain.words.spot_terms import SpotTerm
from terminal.domain.words.terms import Term
from terminal.engine.wording import short
from terminal.widgets.otc.booking import SIDES
from terminal.widgets.parts.carrier import Carrier
from terminal.widgets.parts.wish_form import WishForm, Wrong, amount, words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.domain.commands import CommandBody
    from terminal.engine.screen import Hand, StrategyCard
    from terminal.engine.strategy.spot_line import SpotLine


class SpotForm(WishForm):
    """Ask for what was traded; what is undone stands in the fields to begin with."""

    def __init__(self, parent: QWidget, card: StrategyCard, line: SpotLine) -> None:
        title = f"{SpotTerm.CONFIRM_SPOT} {short(line.spot)} · {card.strategy}"
        super().__init__(parent, card.account, title, SpotTerm.CONFIRM_SPOT)
        self._card, self._line = card, line
        self.answer = self.choice(SpotTerm.SPOT_ANSWER, [SpotTerm.TRADED, SpotTerm.WAIVED])
        self.side = self.choice(Term.SIDE, [str(word) for _, word in SIDES])
        self.tonnes = self.line(OtcTerm.TONNES, "如 500")
        self.price = self.line(Term.PRICE, "成交价，元/吨")
        self.contract = self.line(SpotTerm.SPOT_CONTRACT, "合同号，或能找到这笔现货的说明")
        self.reason = self.line(SpotTerm.WAIVE_REASON, "如 期货一侧已平掉")
        self.show_field(self.answer, shown=line.may_waive)
        # With nothing undone, what was said may still be taken back.
        owed = line.undone or -line.waived or -line.done
        if line.waived and not line.undone:
            self.answer.setCurrentIndex(1)
        self.side.setCurrentIndex([side for side, _ in SIDES].index(Side.BUY if owed > 0 else Side.SELL))
        self.tonnes.setText(f"{abs(owed):f}")
        self.finish(self.price)

    @property
    def is_waived(self) -> bool:
        """Return whether the fields say that nobody will trade the spot any more."""
        return self._line.may_waive and self.answer.currentIndex() == 1

    def rearrange(self) -> None:
        """Ask for price and contract of what was traded, and for the reason of what was waived."""
        for field in (self.price, self.contract):
            self.show_field(field, shown=not self.is_waived)
        self.show_field(self.reason, shown=self.is_waived)

    def wish(self) -> CommandBody:
        """Return the confirmation, over what was done when the form was opened."""
        tonnes = amount(self.tonnes, OtcTerm.TONNES)
        if not is_weight(tonnes):
            raise Wrong(self.tonnes, f"{OtcTerm.TONNES}应为正数，最多三位小数。")
        said = ConfirmSpot(
            account=self._card.account,
            strategy=self._card.strategy,
            side=SIDES[self.side.currentIndex()][0],
            tonnes=tonnes,
            done=self._line.done + self._line.waived,
        )
        if self.is_waived:
            return replace(said, waived=words(self.reason, SpotTerm.WAIVE_REASON))
        price, contract = amount(self.price, Term.PRICE), words(self.contract, SpotTerm.SPOT_CONTRACT)
        return replace(said, price=price, contract=contract)


class SpotDesk(Carrier[SpotForm]):
    """Open the form over a card, and carry between it and the runner."""

    def __init__(self, parent: QWidget, hand: Hand) -> None:
        super().__init__(hand)
        self._parent = parent

    def open_over(self, card: StrategyCard | None) -> None:
        """Open the form for a strategy's spot side; one that is open gives way."""
        if card is None or card.spot is None:
            return
        if self.form is not None:
            self.form.close()
        self.open(SpotForm(self._parent, card, card.spot))
