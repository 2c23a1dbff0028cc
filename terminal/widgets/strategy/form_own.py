"""Let a person change a strategy of their own (自编策略): the numbers its code declares, and how much it may hold.

It is started by the plan its code lies beside; a new draft says so. Code, contract and what the code declares last for
the strategy's life.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.words.settings import CAPTIONS, FLAGS, WORDS
from terminal.domain.words.terms import Term
from terminal.widgets.strategy.fields import ChoiceBox, Field, in_columns
from terminal.widgets.strategy.form import Readout, StrategyForm
from terminal.widgets.strategy.numbers import NumberBox
from terminal.widgets.strategy.words import others_text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QGridLayout, QWidget

    from terminal.domain.parameters.strategy import StrategySettings

NOTHING = OwnSettings(
    account=AccountId(""), instrument=InstrumentId(""), code="", sha256="", title="", max_lots=1
)  # fmt: skip


class OwnForm(StrategyForm):
    """Hold the settings of a person's own strategy; its numbers are fields made for the code at hand."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = NOTHING
        self._numbers: dict[str, NumberBox] = {}
        self._rows: QGridLayout | None = None
        self.code = ChoiceBox(CAPTIONS["code"][0], parent=self)
        self.code.setPlaceholderText("由方案启动")
        self.fields["code"] = Field(CAPTIONS["code"][0], self.code, self)
        self.instrument = self.contract("instrument")
        self.others = ChoiceBox(WORDS["others"], parent=self)  # one line, and never open: they last for its life
        self.fields["others"] = Field(WORDS["others"], self.others, self)
        self.max_lots = self.number("max_lots")
        self.hedge_flag = self.choice("hedge_flag", FLAGS)
        self.pay_up_ticks, self.chase_seconds = self.number("pay_up_ticks"), self.number("chase_seconds")
        self.readout = Readout((Term.LAST,), self, priced=(0,))
        self.add(in_columns(list(self.fields.values())))
        self.add(self.readout)
        self.column.addStretch(1)
        self.clear()

    def settings(self, account: AccountId) -> OwnSettings:
        """Return what the form says."""
        numbers = (replace(one, value=self._numbers[one.name].value) for one in self._settings.numbers)
        return replace(
            self._settings,
            account=account,
            instrument=self.instrument.instrument,
            max_lots=int(self.max_lots.value),
            numbers=tuple(numbers),
            hedge_flag=HedgeFlag(self.hedge_flag.value or HedgeFlag.SPECULATION),
            pay_up_ticks=int(self.pay_up_ticks.value),
            chase_seconds=int(self.chase_seconds.value),
        )

    def fill(self, settings: StrategySettings) -> None:
        """Put settings into the fields, exactly."""
        if not isinstance(settings, OwnSettings):
            return
        if [one.form for one in settings.numbers] != [one.form for one in self._settings.numbers]:
            self._make(settings)
        self._settings = settings
        self.code.clear()
        if settings.code:
            self.code.addItem(f"{settings.title}（{settings.code}）", settings.code)
        self.code.put(settings.code)
        self.instrument.put(settings.instrument)
        self.others.clear()
        self.others.addItem(others_text(settings), "")
        self.fields["others"].setVisible(bool(settings.rest))
        self.hedge_flag.put(settings.hedge_flag)
        for box, value in (
            (self.max_lots, settings.max_lots),
            (self.pay_up_ticks, settings.pay_up_ticks),
            (self.chase_seconds, settings.chase_seconds),
        ):
            box.put(value)
        for one in settings.numbers:
            self._numbers[one.name].put(one.value)

    def reset(self) -> None:
        """Put every field to what holds without a code."""
        self.fill(NOTHING)

    def suggest(self) -> None:
        """Suggest nothing but the account's own flag: what a code wants, its plan says."""
        self.suggest_flag(self.hedge_flag)

    def show_market(self) -> None:
        """Show the last price."""
        self.readout.show_values(self.last_of(self.instrument.instrument))

    def _make(self, settings: OwnSettings) -> None:
        # The fields of another code's numbers.
        for name in self._numbers:
            self.fields.pop(f"numbers.{name}").deleteLater()
        self._numbers = {}
        made = []
        for one in settings.numbers:
            box = NumberBox(one.title, one.unit, whole=one.whole, parent=self)
            box.setToolTip("，".join(filter(None, (one.help, f"{one.least:f} 至 {one.most:f} {one.unit}".strip()))))
            box.step = Decimal(1) if one.whole else Decimal("0.1")
            name = f"numbers.{one.name}"
            box.edited.connect(lambda name=name: self._touched(name))
            self._numbers[one.name] = box
            self.fields[name] = Field(one.title, box, self)
            made.append(self.fields[name])
        if self._rows is not None:
            self.column.removeItem(self._rows)
        self._rows = in_columns(made)
        self.column.insertLayout(1, self._rows)
