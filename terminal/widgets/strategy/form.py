"""Be the ground of the strategy forms: typed fields, their faults, and suggestions for what nobody has set."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from msgspec.structs import fields
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from terminal.domain.ids import AccountId
from terminal.domain.parameters.lasting import free_of, lasts
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.view import Quote
from terminal.domain.words.settings import CAPTIONS
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.parts.panel import PADDING
from terminal.widgets.parts.rows import Tone
from terminal.widgets.parts.toned import show_text
from terminal.widgets.strategy.fields import Choice, ChoiceBox, ContractBox, Field
from terminal.widgets.strategy.ground import Ground
from terminal.widgets.strategy.numbers import NumberBox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QLayout

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import StrategySettings

NOBODY: Final = AccountId("")
BLANK: Final = "还没有数字，请填写。"


class Readout(QFrame):
    """Show a few figures side by side on a raised ground; those at the places of `priced` follow from quotes."""

    def __init__(self, captions: tuple[str, ...], parent: QWidget, *, priced: tuple[int, ...]) -> None:
        super().__init__(parent)
        self.setObjectName("strategyReadout")
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING, 7, PADDING, 7)
        row.setSpacing(20)
        self.values: list[QLabel] = []
        self._priced = priced
        self._old = False
        self.stale = QLabel(Term.STALE)
        self.stale.setObjectName("fieldCaption")
        self.stale.hide()
        for caption in captions:
            column = QVBoxLayout()
            column.setSpacing(1)
            name, value = QLabel(caption), QLabel(figures.ABSENT)
            name.setObjectName("fieldCaption")
            value.setObjectName("strategyFigure")
            column.addWidget(name)
            column.addWidget(value)
            row.addLayout(column)
            self.values.append(value)
        row.addStretch(1)
        row.addWidget(self.stale, alignment=Qt.AlignmentFlag.AlignTop)

    def show_age(self, *, old: bool) -> None:
        """Show what follows from quotes in grey, and say that it is old, while none comes."""
        self._old = old
        self.stale.setVisible(old)
        self.show_values(*(label.text() for label in self.values))

    def show_values(self, *texts: str) -> None:
        """Change the figures."""
        for place, (label, text) in enumerate(zip(self.values, texts, strict=True)):
            show_text(label, text, Tone.DIM if self._old and place in self._priced else Tone.PLAIN)


class StrategyForm(QWidget):
    """Hold the settings of one kind of strategy; `edited` tells that they changed.

    `own` names the settings a person or a strategy has given, whether one field holds them or, as with legs and
    timings, a table. The others follow what the market suggests.
    """

    edited = Signal()
    kinds: frozenset[Kind] = frozenset({Kind.FUTURE})  # of the contracts it may trade

    def __init__(self, parent: QWidget) -> None:
        # Parents come first here: a widget that is handed on is dressed anew with all it holds.
        super().__init__(parent)
        self.fields: dict[str, Field] = {}
        self.own: set[str] = set()
        self.latest = ""  # the setting a person gave last
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.quotes: dict[InstrumentId, Quote] = {}
        self.ground = Ground()
        self._first: Instrument | None = None  # chosen by open interest, once
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(PADDING, 10, PADDING, 10)
        self.column.setSpacing(9)

    @abstractmethod
    def settings(self, account: AccountId) -> StrategySettings:
        """Return what the form says; a contract not chosen yet is an empty name."""

    @abstractmethod
    def fill(self, settings: StrategySettings) -> None:
        """Put settings into the fields, exactly."""

    @abstractmethod
    def suggest(self) -> None:
        """Fill the fields nobody has set from contracts and quotes."""

    @abstractmethod
    def show_market(self) -> None:
        """Show the figures that move with the quotes."""

    def contracts(self) -> tuple[InstrumentId, ...]:
        """Return the contracts chosen, in the order of their fields."""
        return tuple(box.instrument for box in self.contract_boxes())

    def load(self, settings: StrategySettings, own: frozenset[str] | None = None) -> None:
        """Show settings without telling anybody; `own` is `None` where every one of them is given."""
        self.fill(settings)
        self.own = {field.name for field in fields(settings)} if own is None else set(own)
        self.show_market()

    def clear(self) -> None:
        """Begin a new draft from suggestions."""
        self.own, self._first = set(), None
        self.reset()
        self.suggest()
        self.show_market()

    @abstractmethod
    def reset(self) -> None:
        """Put every field to what holds without a market."""

    def show_instruments(self, instruments: dict[InstrumentId, Instrument]) -> None:
        """Offer the listed contracts."""
        self.instruments = {name: one for name, one in instruments.items() if one.kind in self.kinds}
        for box in self.contract_boxes():
            box.show_instruments(self.instruments)
        self.changed()

    def show_quotes(self, quotes: dict[InstrumentId, Quote]) -> None:
        """Take the latest quotes; what a person sees moves, what is set does not."""
        shown = [name for name in self.contracts() if name in quotes]
        before = [name for name in shown if self._priced(name)]
        self.quotes |= quotes
        if [name for name in shown if self._priced(name)] != before:
            self.changed()
        elif shown:
            self.show_market()

    def follow_clock(self) -> bool:
        """Move what nobody has set and the market's clock moves; return whether anything did, without telling."""
        return False

    def show_ground(self, ground: Ground) -> None:
        """Take what the account holds and how it marks its orders; tells only where a suggestion changed by it."""
        self.ground = ground
        before = self.settings(NOBODY)
        self.suggest()
        if self.settings(NOBODY) != before:
            self.show_market()
            self.edited.emit()

    def contract_boxes(self) -> tuple[ContractBox, ...]:
        """Return every picker of a contract."""
        return tuple(field.control for field in self.fields.values() if isinstance(field.control, ContractBox))

    def blanks(self) -> dict[str, str]:
        """Return the number fields in which there is no number."""
        return {
            name: BLANK
            for name, field in self.fields.items()
            if isinstance(field.control, NumberBox)
            and (field.control.isEnabled() and field.control.blank and field.control.must_be_filled)
        }

    def show_faults(self, faults: dict[str, str]) -> None:
        """Say under each field what is wrong with it."""
        for name, field in self.fields.items():
            field.say(faults.get(name, ""))

    def to_mend(self, reason: str) -> tuple[Field | None, bool]:
        """Return the field that a refusal is about, and whether it names it: else it is the one a person gave last."""
        named = (one for one in self.fields.values() if one.caption.text() in reason and one.control.isEnabled())
        found = next(named, None)
        return (found, True) if found is not None else (self.fields.get(self.latest), False)

    def fix(self, settings: StrategySettings | None) -> None:
        """Close what lasts for the life of a strategy with these settings; `None` opens all, for a new one."""
        free = frozenset(self.fields) if settings is None else free_of(settings)
        for name, field in self.fields.items():
            # The rows of a table are named by it: `numbers.fast`.
            field.fix("" if name.partition(".")[0] in free else lasts(field.caption.text()))

    def number(self, name: str, *, whole: bool = True) -> NumberBox:
        """Make a field for a number."""
        caption, unit = CAPTIONS[name]
        box = NumberBox(caption, unit, whole=whole, parent=self)
        box.edited.connect(lambda: self._touched(name))
        self.fields[name] = Field(caption, box, self)
        return box

    def choice(self, name: str, choices: Mapping[Choice, str]) -> ChoiceBox:
        """Make a field for a choice."""
        return self._chosen(name, ChoiceBox(CAPTIONS[name][0], choices, parent=self))

    def contract(self, name: str, kind: Kind = Kind.FUTURE) -> ContractBox:
        """Make a field for a contract."""
        box = ContractBox(CAPTIONS[name][0], parent=self, kinds=frozenset({kind}))
        self._chosen(name, box)
        return box

    def busiest(self) -> Instrument | None:
        """Return the future of the largest open interest, the same one until the form begins anew."""
        self._first = self._first or most_held(self.instruments, self.quotes)
        return self._first

    def suggest_contract(self, box: ContractBox) -> None:
        """Offer the contract held most, the first listed one while no quote tells it."""
        if "instrument" not in self.own and self.instruments:
            first = self.busiest()
            box.put(first.id if first is not None else next(iter(self.instruments)))

    def suggest_flag(self, box: ChoiceBox) -> None:
        """Offer how the account marks its orders."""
        if "hedge_flag" not in self.own:
            box.put(self.ground.flag)

    def last_of(self, name: InstrumentId) -> str:
        """Return the last price of a contract as a readout shows it."""
        instrument, quote = self.instruments.get(name), self.quotes.get(name)
        return figures.ABSENT if instrument is None else figures.price(quote.last if quote else None, instrument)

    def add(self, part: QWidget | QLayout) -> None:
        """Add a part below the others."""
        if isinstance(part, QWidget):
            self.column.addWidget(part)
        else:
            self.column.addLayout(part)

    def changed(self) -> None:
        """Let suggestions follow, show the market, and tell."""
        self.suggest()
        self.show_market()
        self.edited.emit()

    def _priced(self, instrument: InstrumentId) -> bool:
        quote = self.quotes.get(instrument)
        return quote is not None and quote.last is not None

    def _chosen(self, name: str, box: ChoiceBox) -> ChoiceBox:
        box.edited.connect(lambda: self._touched(name))
        self.fields[name] = Field(CAPTIONS[name][0], box, self)
        return box

    def _touched(self, name: str) -> None:
        self.own.add(name)
        self.latest = name
        self.changed()


def next_expiry(instrument: Instrument, listed: dict[InstrumentId, Instrument]) -> Instrument | None:
    """Return the listed contract of the same product that is delivered next after this one."""
    month = instrument.delivery_month or 0
    later = [
        one
        for one in listed.values()
        if one.product == instrument.product and one.kind is Kind.FUTURE and (one.delivery_month or 0) > month
    ]
    return min(later, key=lambda one: one.delivery_month or 0, default=None)


def most_held(listed: dict[InstrumentId, Instrument], quotes: Mapping[InstrumentId, Quote]) -> Instrument | None:
    """Return the contract of the largest open interest that has a later one, `None` while no quote tells one."""
    futures = (one for one in listed.values() if one.kind is Kind.FUTURE)
    found = [one for one in futures if one.id in quotes and next_expiry(one, listed)]
    interest = {one.id: quotes[one.id].open_interest or 0 for one in found}
    most = max(found, key=lambda one: interest[one.id], default=None)
    return most if most is not None and interest[most.id] else None


def rollable(listed: dict[InstrumentId, Instrument]) -> Instrument | None:
    """Return the first listed contract that has a later one of its product, else the first at all."""
    found = [one for one in listed.values() if next_expiry(one, listed)]
    return min(found, key=lambda one: one.delivery_month or 0, default=next(iter(listed.values()), None))
