"""Let a person set up a grid (网格): contract, lines, bounds, and the stop that is not optional."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, UnsetType

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.parameters.strategy import GridSettings, GridSpacing, OutOfRange, StrategySettings
from terminal.domain.products.instrument import Rounding
from terminal.domain.words.settings import FLAGS, GRID_SIDES, OUTSIDE, SPACINGS
from terminal.domain.words.terms import Term
from terminal.strategies.grid.ladder import raw_level
from terminal.widgets.parts import figures
from terminal.widgets.strategy.faults import last_line
from terminal.widgets.strategy.fields import in_columns
from terminal.widgets.strategy.form import Readout, StrategyForm

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.domain.products.instrument import Instrument

FIRST_LINES: Final = 10
STEP_SHARE: Final = Decimal("0.003")  # a first step is about this share of the price
RATIOS: Final = {Side.BUY: Decimal("0.997"), Side.SELL: Decimal("1.003")}
RATIO_STEP: Final = Decimal("0.001")


class GridForm(StrategyForm):
    """Hold the settings of a grid."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.instrument = self.contract("instrument")
        self.side = self.choice("side", GRID_SIDES)
        self.spacing = self.choice("spacing", SPACINGS)
        self.anchor = self.number("anchor", whole=False)
        self.step, self.ratio = self.number("step", whole=False), self.number("ratio", whole=False)
        self.ratio.step = RATIO_STEP
        self.lines, self.lots_per_line = self.number("lines"), self.number("lots_per_line")
        self.stop = self.number("stop", whole=False)
        self.lower_bound, self.upper_bound = self.number("lower", whole=False), self.number("upper", whole=False)
        self.out_of_range = self.choice("out_of_range", OUTSIDE)
        self.hedge_flag = self.choice("hedge_flag", FLAGS)
        self.trail_to = self.number("trail_to", whole=False)
        self.trail_to.setToolTip("空仓时网格朝盈利一侧随价格移动，起始价最远到这里")
        self.trail_to.say_zero("不跟随")
        self.readout = Readout((Term.LAST, "网格线", "最大持仓", "每格毛利"), self, priced=(0,))
        self._suggested_for = InstrumentId("")
        self._is_fixed = False
        self._shifted: Decimal | UnsetType = UNSET  # of the grid that is changed
        # Step and ratio share a cell: a grid has one of them.
        rows = in_columns([field for name, field in self.fields.items() if name != "ratio"])
        rows.addWidget(self.fields["ratio"], 1, 1)
        self.add(rows)
        self.add(self.readout)
        self.column.addStretch(1)
        self.clear()

    def settings(self, account: AccountId) -> GridSettings:
        """Return what the form says; a contract not chosen yet is an empty name."""
        spacing = GridSpacing(self.spacing.value)
        return GridSettings(
            account=account,
            instrument=self.instrument.instrument,
            side=Side(self.side.value),
            spacing=spacing,
            anchor=self.anchor.value,
            step=self.step.value if spacing is GridSpacing.ARITHMETIC else None,
            ratio=self.ratio.value if spacing is GridSpacing.GEOMETRIC else None,
            lines=int(self.lines.value),
            lots_per_line=int(self.lots_per_line.value),
            stop=self.stop.value,
            lower=self.lower_bound.value,
            upper=self.upper_bound.value,
            out_of_range=OutOfRange(self.out_of_range.value),
            hedge_flag=HedgeFlag(self.hedge_flag.value),
            trail_to=self.trail_to.value or None,
            shifted=self._shifted,
        )

    def fill(self, settings: StrategySettings) -> None:
        """Put settings into the fields, exactly."""
        if not isinstance(settings, GridSettings):
            return
        self.instrument.put(settings.instrument)
        self.side.put(settings.side)
        self.spacing.put(settings.spacing)
        self.step.put(Decimal(0) if settings.step is None else settings.step)
        self.ratio.put(RATIOS[settings.side] if settings.ratio is None else settings.ratio)
        self.out_of_range.put(settings.out_of_range)
        self.hedge_flag.put(settings.hedge_flag)
        for box, value in (
            (self.anchor, settings.anchor),
            (self.lines, Decimal(settings.lines)),
            (self.lots_per_line, Decimal(settings.lots_per_line)),
            (self.stop, settings.stop),
            (self.lower_bound, settings.lower),
            (self.upper_bound, settings.upper),
            (self.trail_to, settings.trail_to or Decimal(0)),
        ):
            box.put(value)
        self._choose_spacing()

    def load(self, settings: StrategySettings, own: frozenset[str] | None = None) -> None:
        """Show settings without telling anybody; the spacing they do not use may be suggested."""
        super().load(settings, own)
        if own is None:
            self.own.discard("ratio" if self.spacing.value == GridSpacing.ARITHMETIC else "step")

    def fix(self, settings: StrategySettings | None) -> None:
        """Close what lasts, and the spacing that is not used all the same."""
        super().fix(settings)
        self._is_fixed = settings is not None
        self._shifted = settings.shifted if isinstance(settings, GridSettings) else UNSET
        self._choose_spacing()

    def reset(self) -> None:
        """Put every field to what holds without a market."""
        self._suggested_for = InstrumentId("")
        nothing = Decimal(0)
        self.fill(
            GridSettings(
                account=AccountId(""),
                instrument=InstrumentId(""),
                side=Side.BUY,
                anchor=nothing,
                step=nothing,
                lines=FIRST_LINES,
                lots_per_line=1,
                stop=nothing,
                lower=nothing,
                upper=nothing,
            )
        )

    def suggest(self) -> None:
        """Anchor at the last price, with lines of a third of a per cent and bounds that hold them."""
        self._choose_spacing()
        self.suggest_flag(self.hedge_flag)
        self.suggest_contract(self.instrument)
        instrument = self.instruments.get(self.instrument.instrument)
        if instrument is None:
            return
        for box in (self.anchor, self.step, self.stop, self.lower_bound, self.upper_bound, self.trail_to):
            box.step, box.snaps = instrument.tick, True
        side = Side(self.side.value)
        if "ratio" not in self.own:
            self.ratio.put(RATIOS[side])
        quote = self.quotes.get(instrument.id)
        last = None if quote is None or quote.last is None else instrument.price(quote.last)
        if last is not None and "anchor" not in self.own and instrument.id != self._suggested_for:
            # Once per contract: a price that is being looked at does not move by itself.
            self.anchor.put(last)
            self._suggested_for = instrument.id
        if self.anchor.value > 0:
            self._suggest_prices(instrument, side)

    def show_market(self) -> None:
        """Show the last price, the lines, the most the grid holds and what one line earns."""
        instrument = self.instruments.get(self.instrument.instrument)
        if instrument is None:
            self.readout.show_values(*[figures.ABSENT] * 4)
            return
        settings = self.settings(AccountId(""))
        quote = self.quotes.get(instrument.id)
        places = figures.decimals(instrument.tick)
        ends = sorted((settings.anchor, last_line(settings))) if 0 < settings.lines <= 10**4 else [settings.anchor] * 2
        earned = abs(raw_level(settings, 0) - raw_level(settings, 1))
        profit = instrument.value(earned, settings.lots_per_line)
        self.readout.show_values(
            figures.price(quote.last if quote else None, instrument),
            f"{figures.number(ends[0], places)} – {figures.number(ends[1], places)}",
            f"{figures.number(settings.lines * settings.lots_per_line)} 手",
            f"{figures.number(profit)} 元",
        )

    def _suggest_prices(self, instrument: Instrument, side: Side) -> None:
        if "step" not in self.own:
            share = (self.anchor.value * STEP_SHARE / instrument.tick).to_integral_value(rounding=ROUND_HALF_UP)
            self.step.put(max(share, Decimal(1)) * instrument.tick)
        settings = self.settings(AccountId(""))
        if not 0 < settings.lines <= 10**4:
            return
        away, toward = (Rounding.DOWN, Rounding.UP) if side is Side.BUY else (Rounding.UP, Rounding.DOWN)
        last = instrument.snap(last_line(settings), away)
        room = 2 * self.step.value * side.sign
        near = instrument.snap(self.anchor.value + room, toward)
        for name, box, price in (
            ("lower", self.lower_bound, last if side is Side.BUY else near),
            ("upper", self.upper_bound, near if side is Side.BUY else last),
            ("stop", self.stop, last - room),
        ):
            if name not in self.own:
                box.put(price)

    def _choose_spacing(self) -> None:
        arithmetic = self.spacing.value == GridSpacing.ARITHMETIC
        self.fields["step"].setVisible(arithmetic)
        self.fields["ratio"].setVisible(not arithmetic)
        self.step.setEnabled(arithmetic and not self._is_fixed)
        self.ratio.setEnabled(not arithmetic and not self._is_fixed)
