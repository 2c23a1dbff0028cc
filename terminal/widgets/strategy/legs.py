"""Let a person set the two to eight legs of a spread, one row each."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from terminal.domain.parameters.lasting import lasts
from terminal.domain.parameters.strategy import FEWEST_LEGS, MOST_LEGS, SpreadLeg
from terminal.domain.products.instrument import Kind
from terminal.domain.words.terms import Term
from terminal.widgets.strategy.fields import ContractBox, fix
from terminal.widgets.strategy.numbers import NumberBox

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument

HEADS: Final = (
    Term.INSTRUMENT,
    Term.COEFFICIENT,
    Term.LOTS_PER_SET,
    Term.PAY_UP,
    Term.HEDGE_SECONDS,
    Term.MAX_CHASES,
    Term.ACTIVE_LEG,
)
REMOVE: Final = len(HEADS)
PATIENCE: Final = slice(4, 6)  # of the columns
TRADED_OR_SEEN: Final = frozenset({Kind.FUTURE, Kind.SPOT})  # spot gives a basis its price


class LegRow:
    """Hold the controls of one leg."""

    def __init__(self, place: int, parent: QWidget) -> None:
        name = f"{Term.LEG} {place}"
        self.instrument = ContractBox(f"{name} {Term.INSTRUMENT}", parent=parent, kinds=TRADED_OR_SEEN)
        self.coefficient = NumberBox(f"{name} {Term.COEFFICIENT}", parent=parent)
        self.lots = NumberBox(f"{name} {Term.LOTS_PER_SET}", "手", whole=True, parent=parent)
        self.pay_up = NumberBox(f"{name} {Term.PAY_UP}", "跳", whole=True, parent=parent)
        # Zero, the least these can say, is the spread's own.
        self.seconds = NumberBox(f"{name} {Term.HEDGE_SECONDS}", "秒", whole=True, parent=parent)
        self.chases = NumberBox(f"{name} {Term.MAX_CHASES}", "次", whole=True, parent=parent)
        for box in (self.seconds, self.chases):
            box.setToolTip("这一腿自己的；0 为与整个价差相同")
        self.active = QRadioButton(parent)
        # One of them is taken, but by us: Qt's own groups keep all but one from the Tab key, and want one at any time.
        self.active.setAutoExclusive(False)
        self.active.setAccessibleName(f"{name} 是{Term.ACTIVE_LEG}")
        self.active.setToolTip("先成交的腿，通常是较不活跃的合约")
        self.remove = QPushButton("移除", parent)
        self.remove.setAccessibleName(f"移除{name}")
        self.remove.setProperty("look", "quiet")
        self.fault = QLabel(parent)
        self.fault.setObjectName("fieldFault")
        self.fault.setWordWrap(True)
        self.fault.hide()
        self.coefficient.setToolTip("买入一套时，价差加上 系数 × 价格；卖出的腿为负")
        self.lots.setToolTip("买入一套时交易的手数；负数为卖出，0 为只看价（基差网格、期现价差里的现货）")

    @property
    def controls(self) -> tuple[QWidget, ...]:
        """Return the controls from left to right."""
        return self.instrument, *self.numbers, self.active, self.remove

    @property
    def numbers(self) -> tuple[NumberBox, ...]:
        """Return the number fields."""
        return self.coefficient, self.lots, *self.free

    @property
    def free(self) -> tuple[NumberBox, ...]:
        """Return the number fields that may be changed while a spread runs."""
        return self.pay_up, self.seconds, self.chases

    @property
    def patience(self) -> tuple[NumberBox, ...]:
        """Return the number fields that are there only where legs have patience of their own."""
        return self.seconds, self.chases

    @property
    def leg(self) -> SpreadLeg:
        """Return the leg."""
        return SpreadLeg(
            instrument=self.instrument.instrument,
            coefficient=self.coefficient.value,
            lots=int(self.lots.value),
            active=self.active.isChecked(),
            pay_up_ticks=int(self.pay_up.value),
            hedge_seconds=int(self.seconds.value) or None,
            max_chases=int(self.chases.value) or None,
        )

    def put(self, leg: SpreadLeg) -> None:
        """Show a leg without telling anybody."""
        self.instrument.put(leg.instrument)
        self.coefficient.put(leg.coefficient)
        self.lots.put(leg.lots)
        self.pay_up.put(leg.pay_up_ticks)
        self.seconds.put(leg.hedge_seconds or 0)
        self.chases.put(leg.max_chases or 0)
        self.active.setChecked(leg.active)

    def say(self, fault: str) -> None:
        """Say what is wrong, or nothing."""
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        self.instrument.setAccessibleDescription(fault)


class LegTable(QWidget):
    """Hold the legs in order. All eight rows are made once; those beyond the last leg are hidden."""

    edited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._count = 0
        self._is_fixed = False
        self.rows = tuple(LegRow(place + 1, self) for place in range(MOST_LEGS))
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        self._heads = tuple(QLabel(head, self) for head in HEADS)
        for column, label in enumerate(self._heads):
            label.setObjectName("fieldCaption")
            grid.addWidget(label, 0, column)
        for place, row in enumerate(self.rows):
            for column, control in enumerate(row.controls):
                middle = Qt.AlignmentFlag.AlignHCenter if control is row.active else Qt.AlignmentFlag(0)
                grid.addWidget(control, 1 + 2 * place, column, middle)
            grid.addWidget(row.fault, 2 + 2 * place, 0, 1, REMOVE + 1)
            row.instrument.edited.connect(self.edited)
            for box in row.numbers:
                box.edited.connect(self.edited)
            row.active.clicked.connect(lambda _, place=place: self._lead(place))
            row.remove.clicked.connect(lambda _, place=place: self._remove(place))
        for column, share in enumerate((5, 3, 3, 3)):
            grid.setColumnStretch(column, share)
        self.add = QPushButton("添加一腿")
        self.add.setProperty("look", "quiet")
        self.add.clicked.connect(self._add)
        self.apart = QCheckBox("各腿另设对冲")
        self.apart.setToolTip(f"让一条腿有自己的{Term.HEDGE_SECONDS}与{Term.MAX_CHASES}，如不活跃的腿多等一会儿")
        self.apart.clicked.connect(self._show_patience)
        self.fault = QLabel()
        self.fault.setObjectName("fieldFault")
        self.fault.setWordWrap(True)
        self.fault.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(3)
        whole.addLayout(grid)
        whole.addWidget(self.fault)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addWidget(self.apart)
        buttons.addStretch(1)
        whole.addLayout(buttons)

    @property
    def shown(self) -> tuple[LegRow, ...]:
        """Return the rows that hold a leg."""
        return self.rows[: self._count]

    @property
    def legs(self) -> tuple[SpreadLeg, ...]:
        """Return the legs."""
        return tuple(row.leg for row in self.shown)

    def put(self, legs: tuple[SpreadLeg, ...]) -> None:
        """Show legs without telling anybody; there are at most eight."""
        self._count = min(len(legs), MOST_LEGS)
        for row, leg in zip(self.rows, legs, strict=False):
            row.put(leg)
        if any(leg.hedge_seconds or leg.max_chases for leg in legs):
            self.apart.setChecked(True)
        for place, row in enumerate(self.rows):
            for control in row.controls:
                control.setVisible(place < self._count)
            row.remove.setEnabled(self._count > FEWEST_LEGS and not self._is_fixed)
            if place >= self._count:
                row.say("")
        self.add.setEnabled(self._count < MOST_LEGS and not self._is_fixed)
        self._show_patience()

    def fix(self, *, fixed: bool) -> None:
        """Close what lasts for the life of a strategy, or open it."""
        self._is_fixed = fixed
        why = lasts(Term.LEG) if fixed else ""
        for row in self.rows:
            for control in row.controls:
                if control not in row.free:
                    fix(control, why)
        fix(self.add, why)
        self.put(self.legs)  # how many there are closes some too

    def show_instruments(self, instruments: dict[InstrumentId, Instrument]) -> None:
        """Offer the listed contracts."""
        for row in self.rows:
            row.instrument.show_instruments(instruments)

    def say(self, faults: dict[str, str]) -> None:
        """Say which leg is wrong."""
        whole = faults.get("legs", "")
        self.fault.setText(whole)
        self.fault.setVisible(bool(whole))
        for place, row in enumerate(self.shown):
            row.say(faults.get(f"legs.{place}", ""))

    def _show_patience(self) -> None:
        # What a leg has of its own is never out of sight.
        own = any(box.value for row in self.shown for box in row.patience)
        there = own or self.apart.isChecked()
        self.apart.setChecked(there)
        for place, row in enumerate(self.rows):
            for box in row.patience:
                box.setVisible(there and place < self._count)
        for label in self._heads[PATIENCE]:
            label.setVisible(there)

    def _add(self) -> None:
        fresh = SpreadLeg(instrument=self.rows[0].leg.instrument, coefficient=Decimal(1), lots=1)
        self.put((*self.legs, fresh))
        self.shown[-1].instrument.setFocus()
        self.edited.emit()

    def _lead(self, place: int) -> None:
        for other, row in enumerate(self.rows):
            row.active.setChecked(other == place)
        self.edited.emit()

    def _remove(self, place: int) -> None:
        legs = self.legs
        self.put((*legs[:place], *legs[place + 1 :]))
        self.add.setFocus()
        self.edited.emit()
