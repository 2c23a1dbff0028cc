"""Let a person set up a spread (价差): its legs, the two prices, and how the other legs are hedged."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag
from terminal.domain.parameters.lasting import LEG_FREE
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings, StrategySettings
from terminal.domain.products.instrument import Kind
from terminal.domain.words.route_terms import ROUTES
from terminal.domain.words.settings import FLAGS
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.strategy.exits_part import ExitsPart
from terminal.widgets.strategy.faults import least_naked
from terminal.widgets.strategy.fields import ContractBox, in_columns
from terminal.widgets.strategy.form import BLANK, Readout, StrategyForm, next_expiry, rollable
from terminal.widgets.strategy.formula import FormulaRow
from terminal.widgets.strategy.legs import TRADED_OR_SEEN, LegTable
from terminal.widgets.strategy.lines_part import LinesPart
from terminal.widgets.strategy.quoting_part import QuotingPart
from terminal.widgets.strategy.spot_part import SpotPart
from terminal.widgets.strategy.words import NAMES_OF_LINES, NAMES_OF_QUOTING, NAMES_OF_SPOT

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.domain.products.instrument import Instrument

APART: Final = 5  # steps of the spread between its price now and each suggested price
AMOUNTS: Final = ("max_loss_yuan", "residual_yuan")  # zero in the form is none in the settings
NUMBERS: Final = ("sets", "max_sets", "hedge_seconds", "max_chases", "naked_lots", "pause_seconds")


class SpreadForm(StrategyForm):
    """Hold the settings of a spread, or of a grid over it."""

    kinds = TRADED_OR_SEEN

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._suggested_for: tuple[tuple[InstrumentId, Decimal], ...] = ()
        self.formula = FormulaRow(self)
        self.formula.edited.connect(self._typed)
        self.legs = LegTable(self)
        self.legs.edited.connect(self._edited_legs)
        self.readout = Readout(("当前价差", "可买入", "可卖出"), self, priced=(0, 1, 2))
        self.buy_at, self.sell_at = self.number("buy_at", whole=False), self.number("sell_at", whole=False)
        self.hedge_flag = self.choice("hedge_flag", FLAGS)
        self.numbers = {name: self.number(name) for name in NUMBERS}
        self.amounts = {name: self.number(name, whole=False) for name in AMOUNTS}
        self.amounts["max_loss_yuan"].setToolTip("单腿时反平会亏到这么多就立即反平")
        self.amounts["max_loss_yuan"].say_zero("不限")
        self.amounts["residual_yuan"].setToolTip("一轮结束时零头的价值超过它就提醒")
        self.amounts["residual_yuan"].say_zero("不提醒")
        self.exits = ExitsPart(self)
        self.quoting = QuotingPart(self)
        self.route = self.choice("route", ROUTES)
        self.route.setToolTip(
            "组合合约：交易所挂牌的两腿组合，一笔委托两腿一起成交；只用于价格系数 1 与 −1、手数相同的两腿"
        )
        self.lines = LinesPart(self)
        self.spot = SpotPart(self)
        self.add(self.formula)
        self.add(self.legs)
        self.add(self.readout)
        # What counts only with its choice stands in rows of its own: hidden it leaves no hole among the rest.
        parts = (NAMES_OF_QUOTING, NAMES_OF_LINES, NAMES_OF_SPOT)
        apart = {name for names in parts for name in names}
        self.add(in_columns([field for name, field in self.fields.items() if name not in apart]))
        for names in parts:
            self.add(in_columns([self.fields[name] for name in names]))
        self.column.addStretch(1)
        self.clear()

    def settings(self, account: AccountId) -> SpreadSettings:
        """Return what the form says; a contract not chosen yet is an empty name."""
        made = SpreadSettings(
            account=account,
            legs=self.legs.legs,
            buy_at=self.buy_at.value,
            sell_at=self.sell_at.value,
            hedge_flag=HedgeFlag(self.hedge_flag.value),
            max_loss_yuan=self.amounts["max_loss_yuan"].value or None,
            residual_yuan=self.amounts["residual_yuan"].value or None,
            quoting=self.quoting.quoting,
            route=SpreadRoute(self.route.value),
            spot_side=self.spot.side,
            **{name: int(box.value) for name, box in self.numbers.items()},  # type: ignore[arg-type]  # all are whole
        )
        made, grid = replace(made, **self.exits.exits), self.lines.grid
        return made if grid is None else replace(made, grid=grid, max_sets=grid.lines * made.sets)

    def fill(self, settings: StrategySettings) -> None:
        """Put settings into the fields, exactly."""
        if not isinstance(settings, SpreadSettings):
            return
        self._put(settings.legs)
        self.buy_at.put(settings.buy_at)
        self.sell_at.put(settings.sell_at)
        self.hedge_flag.put(settings.hedge_flag)
        for name, box in self.numbers.items():
            box.put(getattr(settings, name))
        for name, box in self.amounts.items():
            box.put(getattr(settings, name) or 0)
        self.exits.fill(settings)
        self.quoting.fill(settings.quoting)
        self.route.put(settings.route)
        self.lines.fill(settings.grid)
        self.spot.fill(settings.spot_side)
        self._show_most()

    def load(self, settings: StrategySettings, own: frozenset[str] | None = None) -> None:
        """Show settings without telling anybody; the lines of a grid are given with it."""
        super().load(settings, own)
        if own is None and self.lines.grid is not None:
            self.own |= set(NAMES_OF_LINES)
        if own is None and self.quoting.quoting is not None:
            self.own |= set(NAMES_OF_QUOTING)
        if own is None and self.spot.side is not None:
            self.own |= set(NAMES_OF_SPOT)

    def fix(self, settings: StrategySettings | None) -> None:
        """Close what lasts; of the legs everything but their pay-up and patience."""
        super().fix(settings)
        self.lines.show()
        self.quoting.show()
        self.spot.fix(fixed=settings is not None)
        self._show_most()
        self.legs.fix(fixed=settings is not None)
        self.formula.fix(fixed=settings is not None)

    def reset(self) -> None:
        """Put every field to what holds without a market."""
        self._suggested_for = ()
        nothing = InstrumentId("")
        legs = (
            SpreadLeg(instrument=nothing, coefficient=Decimal(1), lots=1),
            SpreadLeg(instrument=nothing, coefficient=Decimal(-1), lots=-1, active=True),
        )
        self.fill(SpreadSettings(account=AccountId(""), legs=legs, buy_at=Decimal(0), sell_at=Decimal(0)))

    def suggest(self) -> None:
        """Offer the most held contract against the next one of its product, and prices around the spread now."""
        self.suggest_flag(self.hedge_flag)
        self.lines.show()
        self.quoting.show()
        self.spot.show()
        futures = {name: one for name, one in self.instruments.items() if one.kind is Kind.FUTURE}
        first = self.busiest() or rollable(futures)
        if "legs" not in self.own and first is not None:
            second = next_expiry(first, self.instruments)
            near, far = self.legs.shown[0].leg, self.legs.shown[1].leg
            self._put(
                (
                    SpreadLeg(instrument=first.id, coefficient=near.coefficient, lots=near.lots),
                    SpreadLeg(
                        instrument=second.id if second else InstrumentId(""),
                        coefficient=far.coefficient,
                        lots=far.lots,
                        active=True,
                    ),
                )
            )
        self.spot.suggest(self.own, self.legs.legs)
        if "naked_lots" not in self.own:
            self.numbers["naked_lots"].put(self._naked())
        step, now = self._step(), self._prices()[0]
        if step is None:
            return
        self.buy_at.step = self.sell_at.step = step
        self.buy_at.snaps = self.sell_at.snaps = True
        self._suggest_prices(step, now)
        self.lines.suggest(self.own, self.buy_at.value, self.sell_at.value, step)
        self._show_most()

    def _suggest_prices(self, step: Decimal, now: Decimal | None) -> None:
        legs = tuple((leg.instrument, leg.coefficient) for leg in self.legs.legs)
        if now is None or legs == self._suggested_for:
            return  # once for the same legs: a price that is being looked at does not move by itself
        self._suggested_for = legs
        for name, box, sign, rounding in (
            ("buy_at", self.buy_at, -1, ROUND_FLOOR),
            ("sell_at", self.sell_at, 1, ROUND_CEILING),
        ):
            if name not in self.own:
                box.put(((now / step).to_integral_value(rounding=rounding) + sign * APART) * step)

    def contracts(self) -> tuple[InstrumentId, ...]:
        """Return the contracts of the legs."""
        return tuple(leg.instrument for leg in self.legs.legs)

    def contract_boxes(self) -> tuple[ContractBox, ...]:
        """Return the pickers of all rows, of hidden ones too."""
        return tuple(row.instrument for row in self.legs.rows)

    def blanks(self) -> dict[str, str]:
        """Return the number fields in which there is no number."""
        rows = enumerate(self.legs.shown)
        missing = {f"legs.{place}": BLANK for place, row in rows if any(box.blank for box in row.numbers)}
        return super().blanks() | missing | self.formula.faults

    def show_faults(self, faults: dict[str, str]) -> None:
        """Say under each field what is wrong with it."""
        super().show_faults(faults)
        self.legs.say(faults)

    def show_market(self) -> None:
        """Show the spread at the last prices, and what it can be bought and sold at."""
        step = self._step()
        places = figures.decimals(step) if step else 0
        self.readout.show_values(*(figures.signed(price, places) for price in self._prices()))

    def show_instruments(self, instruments: dict[InstrumentId, Instrument]) -> None:
        """Offer the listed contracts, and know them by what people type."""
        super().show_instruments(instruments)
        self.formula.show_instruments(self.instruments)

    def _put(self, legs: tuple[SpreadLeg, ...]) -> None:
        self.legs.put(legs)
        self.formula.show_legs(self.legs.legs)

    def _edited_legs(self) -> None:
        self.formula.show_legs(self.legs.legs)
        self._touched("legs")

    def _typed(self) -> None:
        # What a leg had beside its numbers it keeps; where the active one is gone, the least held takes its place.
        if self.formula.legs is not None:
            before = {leg.instrument: leg for leg in self.legs.legs}
            legs = [
                replace(leg, active=old.active, **{name: getattr(old, name) for name in LEG_FREE})
                if (old := before.get(leg.instrument)) is not None
                else leg
                for leg in self.formula.legs
            ]
            if not any(leg.active for leg in legs):
                traded = [place for place, leg in enumerate(legs) if leg.lots]
                least = min(traded, key=lambda place: self._held(legs[place].instrument), default=0)
                legs[least] = replace(legs[least], active=True)
            self.legs.put(tuple(legs))
        self._touched("legs")

    def _show_most(self) -> None:
        # What all lines hold follows from the sets of one: nobody writes it.
        grid = self.lines.grid
        if grid is not None:
            self.numbers["max_sets"].put(grid.lines * int(self.numbers["sets"].value))
        self.exits.show(in_grid=grid is not None, step=self._step())
        self.fields["max_sets"].setVisible(grid is None)
        self.numbers["max_sets"].setEnabled(grid is None)
        self.fields["sets"].caption.setText(f"{Term.SETS}" if grid is None else f"{Term.SETS_PER_LINE}")

    def _held(self, instrument: InstrumentId) -> int:
        quote = self.quotes.get(instrument)
        return 0 if quote is None else quote.open_interest or 0

    def _naked(self) -> int:
        # What one set leaves to hedge, were its whole active leg filled at once; one lot of that leg may leave more.
        settings = self.settings(AccountId(""))
        one_set = sum(abs(leg.lots) for leg in settings.legs if not leg.active)
        return max(one_set, least_naked(settings) or 0, 1)

    def _step(self) -> Decimal | None:
        # Every price the spread can have is a whole number of these: the greatest common divisor of its legs' steps.
        found = [
            abs(leg.coefficient) * self.instruments[leg.instrument].tick
            for leg in self.legs.legs
            if leg.instrument in self.instruments and leg.coefficient
        ]
        if not found:
            return None
        places = max(figures.decimals(one) for one in found)
        whole = math.gcd(*(int(one.scaleb(places)) for one in found))
        return Decimal(whole).scaleb(-places)

    def _prices(self) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        last, buy, sell = Decimal(0), Decimal(0), Decimal(0)
        whole = [True, True, True]
        for leg in self.legs.legs:
            instrument, quote = self.instruments.get(leg.instrument), self.quotes.get(leg.instrument)
            if instrument is None or quote is None:
                return None, None, None
            cross, opposite = (quote.ask, quote.bid) if leg.coefficient > 0 else (quote.bid, quote.ask)
            if instrument.kind is Kind.SPOT:  # stated, not quoted on two sides
                cross = opposite = quote.last
            parts = [_part(instrument, leg.coefficient, ticks) for ticks in (quote.last, cross, opposite)]
            whole = [known and part is not None for known, part in zip(whole, parts, strict=True)]
            last, buy, sell = (total + (part or 0) for total, part in zip((last, buy, sell), parts, strict=True))
        found = (last if whole[0] else None, buy if whole[1] else None, sell if whole[2] else None)
        return found if self.legs.legs else (None, None, None)


def _part(instrument: Instrument, coefficient: Decimal, ticks: int | None) -> Decimal | None:
    return None if ticks is None else coefficient * instrument.price(ticks)
