"""Let a person type a spread as a formula, with its lot ratio beside it; the rows of its legs follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from terminal.domain.parameters.lasting import lasts
from terminal.domain.parameters.spread_formula import LONGEST, FormulaError, formula_text, ratio_text, read_legs
from terminal.domain.products.instrument import Kind
from terminal.domain.words.terms import Term
from terminal.widgets.strategy.fields import Field

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadLeg
    from terminal.domain.products.instrument import Instrument


class FormulaRow(QWidget):
    """Hold the formula and the ratio; `edited` tells that a person typed, and `legs` holds what it reads as.

    `legs` is `None` while what is typed cannot be read; `faults` then says why, by field.
    """

    edited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.legs: tuple[SpreadLeg, ...] | None = None
        self.faults: dict[str, str] = {}
        self._instruments: dict[str, Instrument] = {}
        self.formula, self.ratio = QLineEdit(self), QLineEdit(self)
        self.formula.setMaxLength(LONGEST)
        self.formula.setPlaceholderText("如 rb2510 - 1.6*i2509 - 0.5*j2509")
        self.ratio.setPlaceholderText("如 100:16:5")
        self.formula.setToolTip("合约乘以数再相加减；写好后各腿照它列出，主动腿在下面选")
        self.ratio.setToolTip("每套手数，依公式里合约的次序，现货不写；不写是各一手")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.fields: dict[str, Field] = {}
        for name, term, edit, share in (
            ("formula", Term.FORMULA, self.formula, 3),
            ("ratio", Term.LOT_RATIO, self.ratio, 1),
        ):
            edit.setAccessibleName(term)
            edit.textEdited.connect(self._read)
            edit.editingFinished.connect(self._tidy)
            self.fields[name] = Field(term, edit, self)
            row.addWidget(self.fields[name], share)

    def show_instruments(self, instruments: dict[InstrumentId, Instrument]) -> None:
        """Know these contracts, by their full name and by their code alone."""
        self._instruments = {}
        for name, one in instruments.items():
            self._instruments[name.casefold()] = self._instruments[name.partition(".")[2].casefold()] = one

    def show_legs(self, legs: tuple[SpreadLeg, ...]) -> None:
        """Print legs back in the one way there is, unless it is what they were typed as."""
        if self.legs is not None and _same(self.legs, legs):
            return
        whole = all(leg.instrument and leg.coefficient and (leg.lots or self._is_spot(leg)) for leg in legs)
        self.formula.setText(formula_text(legs) if whole else "")
        self.ratio.setText(ratio_text(legs) if whole else "")
        self.legs = legs if whole else None
        self._say({})

    def fix(self, *, fixed: bool) -> None:
        """Close both fields while their strategy runs, or open them."""
        for field in self.fields.values():
            field.fix(lasts(Term.LEG) if fixed else "")

    def _read(self) -> None:
        try:
            self.legs = self._legs()
        except FormulaError as wrong:
            self.legs = None
            self._say({wrong.field: wrong.message})
        else:
            self._say({})
        self.edited.emit()

    def _legs(self) -> tuple[SpreadLeg, ...]:
        try:
            return read_legs(self.formula.text(), self.ratio.text(), self._find)
        except FormulaError as wrong:
            if wrong.field != "ratio" or self.ratio.isModified():
                raise
        return read_legs(self.formula.text(), "", self._find)  # nobody typed the ratio of the legs that were there

    def _find(self, name: str) -> Instrument | None:
        return self._instruments.get(name.casefold())

    def _is_spot(self, leg: SpreadLeg) -> bool:
        known = self._find(leg.instrument)
        return known is not None and known.kind is Kind.SPOT

    def _tidy(self) -> None:
        if self.legs is not None:
            self.formula.setText(formula_text(self.legs))
            typed = self.ratio.isModified()
            self.ratio.setText(ratio_text(self.legs))
            self.ratio.setModified(typed)

    def _say(self, faults: dict[str, str]) -> None:
        self.faults = faults
        for name, field in self.fields.items():
            field.say(faults.get(name, ""))


def _same(one: tuple[SpreadLeg, ...], other: tuple[SpreadLeg, ...]) -> bool:
    return [(leg.instrument, leg.coefficient, leg.lots) for leg in one] == [
        (leg.instrument, leg.coefficient, leg.lots) for leg in other
    ]
