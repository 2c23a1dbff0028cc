"""Let a person exchange options and their future (期权期货互转): the verb, the option, how many, and at what price.

The legs follow from these; nobody writes them. What stands in the form is a spread that is bought once, and the preview
shows its steps. 行权 has its own strip below the positions, and the form says so.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace
from PySide6.QtWidgets import QLabel

from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.parameters.strategy import Conversion, SpreadLeg, SpreadSettings, StrategySettings, Swap
from terminal.domain.products.conversion import SwapWish, swap_legs
from terminal.domain.products.instrument import Kind
from terminal.domain.products.option import Right
from terminal.domain.words.settings import FLAGS, POSITION_SIDES, SWAPS, WAYS, Way
from terminal.domain.words.terms import Term
from terminal.widgets.parts import figures
from terminal.widgets.strategy.faults import least_naked
from terminal.widgets.strategy.fields import in_columns
from terminal.widgets.strategy.form import NOBODY, Readout, StrategyForm

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from terminal.domain.products.instrument import Instrument

NUMBERS: Final = ("naked_lots", "hedge_seconds", "max_chases")
NOTHING: Final = InstrumentId("")
PERCENT: Final = Decimal(100)
AT_ONCE: Final = 5  # sets whose other legs may be open at once, unless a person says otherwise
FIRST_RATE: Final = Decimal("0.02")
HINT: Final = (
    f"{Term.EXERCISE}在{Term.POSITIONS}面板下方的「{Term.OPTION}」栏：选中一行多头，填手数，按「{Term.EXERCISE}」。"
)
EMPTY: Final = "行情里没有期货期权，没有可互转的。请让管理行情的人把期权合约加进来，加好后这里就能选。"


class Filled(NamedTuple):
    """Hold what of the fields makes the legs."""

    verb: Swap
    to_future: bool
    option: InstrumentId
    side: Side
    lots: int
    future_lots: int
    pay_up_ticks: int


class ConversionForm(StrategyForm):
    """Hold the settings of a conversion."""

    kinds = frozenset({Kind.FUTURE, Kind.OPTION})

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._suggested_for: tuple[tuple[InstrumentId, int], ...] = ()
        self._loaded: tuple[Filled, SpreadSettings] | None = None
        self.empty = QLabel(EMPTY, self)
        self.empty.setObjectName("strategyEmpty")
        self.empty.setWordWrap(True)
        self.verb = self.choice("verb", SWAPS)
        self.way = self.choice("to_future", WAYS)
        self.option = self.contract("option", Kind.OPTION)
        self.side = self.choice("option_side", POSITION_SIDES)
        self.lots, self.future_lots = self.number("option_lots"), self.number("future_lots")
        self.limit = self.number("limit", whole=False)
        self.limit.setToolTip("一组的价格：买腿的价格减卖腿的价格；不高于它才换")
        self.hedge_flag = self.choice("hedge_flag", FLAGS)
        self.rate = self.number("rate", whole=False)
        self.numbers = {name: self.number(name) for name in NUMBERS}
        self.pay_up = self.number("pay_up_ticks")
        self.most = self.number("max_loss_yuan", whole=False)
        self.most.setToolTip("单腿时反平会亏到这么多就立即反平")
        self.most.say_zero("不限")
        self.readout = Readout((Term.FUTURE, Term.OPTION, "现在换一组"), self, priced=(0, 1, 2))
        self.hint = QLabel(HINT, self)
        self.hint.setObjectName("fieldCaption")
        self.hint.setWordWrap(True)
        self.add(self.empty)
        self.add(in_columns(list(self.fields.values())))
        self.add(self.readout)
        self.add(self.hint)
        self.column.addStretch(1)
        self.clear()

    def settings(self, account: AccountId) -> SpreadSettings:
        """Return what the form says; contracts not chosen yet are empty names."""
        filled = self._filled()
        legs, sets = self._legs(filled)
        return SpreadSettings(
            account=account,
            legs=legs,
            buy_at=self.limit.value,
            sell_at=Decimal(0) if self._loaded is None else self._loaded[1].sell_at,  # says nothing of a conversion
            sets=max(sets, 1),
            max_sets=max(sets, 1),
            hedge_flag=HedgeFlag(self.hedge_flag.value),
            hedge_seconds=int(self.numbers["hedge_seconds"].value),
            max_chases=int(self.numbers["max_chases"].value),
            naked_lots=int(self.numbers["naked_lots"].value),
            max_loss_yuan=self.most.value or None,
            conversion=Conversion(verb=filled.verb, rate=self.rate.value / PERCENT),
        )

    def fill(self, settings: StrategySettings) -> None:
        """Put settings into the fields, exactly; the legs stay as they are until a field of theirs is changed."""
        if not isinstance(settings, SpreadSettings) or settings.conversion is None:
            return
        first, last = settings.legs[0], settings.legs[-1]
        bought = (first.lots > 0) != first.closes  # what is given up is sold to close
        self.verb.put(settings.conversion.verb)
        self.way.put(Way.TO_FUTURE if first.closes else Way.TO_OPTION)
        self.option.put(first.instrument)
        self.side.put(Side.BUY if bought else Side.SELL)
        for box, value in (
            (self.lots, abs(first.lots) * settings.max_sets),
            (self.future_lots, abs(last.lots) * settings.max_sets),
            (self.limit, settings.buy_at),
            (self.rate, settings.conversion.rate * PERCENT),
            (self.pay_up, first.pay_up_ticks),
            (self.most, settings.max_loss_yuan or 0),
        ):
            box.put(value)
        for name, box in self.numbers.items():
            box.put(getattr(settings, name))
        self.hedge_flag.put(settings.hedge_flag)
        self._loaded = (self._filled(), settings)
        self._open_fields()

    def load(self, settings: StrategySettings, own: frozenset[str] | None = None) -> None:
        """Show settings without telling anybody; the fields that make the legs are given with them."""
        super().load(settings, frozenset(self.fields) if own is None else own)

    def fix(self, settings: StrategySettings | None) -> None:
        """Close what lasts: the price and how far to pay up are free, as they are of every spread."""
        super().fix(settings)
        for name in ("limit", "pay_up_ticks"):
            self.fields[name].fix("")

    def reset(self) -> None:
        """Put every field to what holds without a market."""
        self._suggested_for, self._loaded = (), None
        legs = (
            SpreadLeg(instrument=NOTHING, coefficient=Decimal(-1), lots=-1, active=True, closes=True),
            SpreadLeg(instrument=NOTHING, coefficient=Decimal(1), lots=1),
        )
        chosen = Conversion(verb=Swap.SYNTHETIC, rate=FIRST_RATE)
        zero = Decimal(0)
        self.fill(SpreadSettings(account=NOBODY, legs=legs, buy_at=zero, sell_at=zero, naked_lots=2, conversion=chosen))

    def suggest(self) -> None:
        """Offer an option that is held, all its lots, for its future, at what the whole costs now."""
        options = self._options()
        self.empty.setVisible(not options)
        self.suggest_flag(self.hedge_flag)
        self._suggest_option(options)
        self._open_fields()
        filled = self._filled()
        if "future_lots" not in self.own or filled.verb is not Swap.DELTA:
            self.future_lots.put(self._even(filled))
        if "naked_lots" not in self.own:
            settings = self.settings(NOBODY)
            one_set = sum(abs(leg.lots) for leg in settings.legs if not leg.active)
            self.numbers["naked_lots"].put(
                max(one_set * min(settings.max_sets, AT_ONCE), least_naked(settings) or 0, 1)
            )
        self._suggest_limit()

    def contracts(self) -> tuple[InstrumentId, ...]:
        """Return the contracts of the legs."""
        return tuple(leg.instrument for leg in self.settings(NOBODY).legs)

    def show_market(self) -> None:
        """Show the prices, and what one set costs at the sides that are traded."""
        legs = self.settings(NOBODY).legs
        future, option = (self.instruments.get(legs[place].instrument) for place in (-1, 0))
        now, step = self._now(), self._step()
        self.readout.show_values(
            self._last(future),
            self._last(option),
            figures.ABSENT if now is None or step is None else figures.signed(now, figures.decimals(step)),
        )

    # --- what follows from the fields ---

    def _filled(self) -> Filled:
        return Filled(
            Swap(self.verb.value),
            self.way.value == Way.TO_FUTURE,
            self.option.instrument,
            Side(self.side.value),
            int(self.lots.value),
            int(self.future_lots.value),
            int(self.pay_up.value),
        )

    def _legs(self, filled: Filled) -> tuple[tuple[SpreadLeg, ...], int]:
        if self._loaded is not None and self._loaded[0]._replace(pay_up_ticks=filled.pay_up_ticks) == filled:
            kept = self._loaded[1]
            if filled.pay_up_ticks == self._loaded[0].pay_up_ticks:
                return kept.legs, kept.max_sets
            return tuple(replace(leg, pay_up_ticks=filled.pay_up_ticks) for leg in kept.legs), kept.max_sets
        option = self.instruments.get(filled.option)
        future = None if option is None or option.option is None else self.instruments.get(option.option.underlying)
        other = self._other(option) if filled.verb is Swap.SYNTHETIC else None
        # What is not listed has no leg yet: an empty name in its place, which is a fault of the option's field.
        call, put = (option, other)
        side = filled.side
        if option is not None and option.option is not None and option.option.right is Right.PUT and other is not None:
            call, put, side = other, option, side.opposite
        if call is None or future is None:
            return self._unknown(filled)
        wish = SwapWish(
            filled.verb, call, put, future, side, filled.to_future, max(filled.lots, 0), max(filled.future_lots, 0)
        )
        legs, sets = swap_legs(wish, pay_up_ticks=filled.pay_up_ticks)
        if filled.verb is Swap.SYNTHETIC and put is None:
            legs = (legs[0], replace(legs[-1], instrument=NOTHING, closes=legs[0].closes), legs[-1])
        return legs, sets

    def _unknown(self, filled: Filled) -> tuple[tuple[SpreadLeg, ...], int]:
        sign = -1 if filled.to_future else 1
        first = SpreadLeg(
            instrument=filled.option, coefficient=Decimal(sign), lots=sign, active=True, closes=filled.to_future
        )
        last = SpreadLeg(instrument=NOTHING, coefficient=Decimal(-sign), lots=-sign, closes=not filled.to_future)
        return (first, last), max(filled.lots, 0)

    def _options(self) -> list[Instrument]:
        return [one for one in self.instruments.values() if one.option is not None and not one.option.cash_settled]

    def _other(self, option: Instrument | None) -> Instrument | None:
        if option is None or option.option is None:
            return None
        terms = option.option
        return next(
            (
                one
                for one in self._options()
                if one.option is not None
                and (one.option.underlying, one.option.strike, one.expiry)
                == (terms.underlying, terms.strike, option.expiry)
                and one.option.right is not terms.right
            ),
            None,
        )

    def _even(self, filled: Filled) -> int:
        option = self.instruments.get(filled.option)
        future = None if option is None or option.option is None else self.instruments.get(option.option.underlying)
        if option is None or future is None:
            return filled.lots
        return int(filled.lots * option.multiplier / future.multiplier)

    def _suggest_option(self, options: list[Instrument]) -> None:
        if "option" not in self.own and options:
            held = [one for one in self.ground.held if any(one.instrument == each.id for each in options)]
            if held:
                self.option.put(held[0].instrument)
            elif not self.option.instrument:
                self.option.put(options[0].id)
        mine = next((one for one in self.ground.held if one.instrument == self.option.instrument), None)
        if mine is None:
            return
        for name, put, value in (
            ("option_side", self.side.put, mine.side),
            ("to_future", self.way.put, Way.TO_FUTURE),
            ("hedge_flag", self.hedge_flag.put, mine.flag),
        ):
            if name not in self.own:
                put(value)
        if "option_lots" not in self.own and self.way.value == Way.TO_FUTURE:
            self.lots.put(mine.lots)

    def _suggest_limit(self) -> None:
        step, now = self._step(), self._now()
        if step is None:
            return
        self.limit.step, self.limit.snaps = step, True
        legs = tuple((leg.instrument, leg.lots) for leg in self.settings(NOBODY).legs)
        if now is None or legs == self._suggested_for:
            return  # once for the same legs: a price that is being looked at does not move by itself
        self._suggested_for = legs
        if "limit" not in self.own:
            self.limit.put((now / step).to_integral_value(rounding=ROUND_CEILING) * step)

    def _open_fields(self) -> None:
        # A protective option is bought, and only a delta leaves the future's lots open.
        filled = self._filled()
        if filled.verb is Swap.PROTECTIVE:
            self.side.put(Side.BUY)
        self.fields["option_side"].setVisible(filled.verb is not Swap.PROTECTIVE)
        self.fields["future_lots"].setVisible(filled.verb is Swap.DELTA)

    def _last(self, one: Instrument | None) -> str:
        quote = None if one is None else self.quotes.get(one.id)
        return figures.ABSENT if one is None or quote is None else figures.price(quote.last, one)

    def _step(self) -> Decimal | None:
        ticks = [self.instruments[leg.instrument].tick for leg in self._known()]
        return min(ticks, default=None)

    def _known(self) -> list[SpreadLeg]:
        legs = self.settings(NOBODY).legs
        return [leg for leg in legs if leg.instrument in self.instruments]

    def _now(self) -> Decimal | None:
        legs = self.settings(NOBODY).legs
        total = Decimal(0)
        for leg in legs:
            known, quote = self.instruments.get(leg.instrument), self.quotes.get(leg.instrument)
            ticks = None if quote is None else quote.ask if leg.lots > 0 else quote.bid
            if known is None or ticks is None:
                return None
            total += leg.coefficient * known.price(ticks)
        return total
