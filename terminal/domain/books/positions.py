"""Keep every position of one account and the sums that run along with them: basis, cost, margin.

`references` are the last settlement prices: what the margin of short options is reckoned at. A price that nobody knows
is not among them; what was written before 2026-12 holds 0 for it, which is no price.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from terminal.domain.books.combined import Combined
from terminal.domain.books.combined_margin import Combinations
from terminal.domain.books.form import BookForm, PositionForm
from terminal.domain.books.holding import Holding, Opening
from terminal.domain.books.position import Position
from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.ending import Ending
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.margin import MarginPool, Margins, margin_of
from terminal.domain.products.option import same_contract

Marks = Callable[[InstrumentId], Decimal | None]
Prices = Mapping[InstrumentId, Decimal]
Names = Collection[InstrumentId]


class OptionSums(NamedTuple):
    """Hold what the options of an account are worth, long and short, in yuan."""

    long_value: Decimal = ZERO
    short_value: Decimal = ZERO


NO_OPTIONS = OptionSums()


class Positions:
    """Hold the positions of one account; `basis` and `cost` sum the positions' own, in yuan."""

    __slots__ = ("_futures", "_of", "_options", "basis", "combined", "cost", "margins", "references")

    def __init__(self) -> None:
        self._of: dict[InstrumentId, list[Position]] = {}
        self._futures: list[Position] = []  # those of them that have a profit, and those that have a value instead
        self._options: list[Position] = []
        self.basis = ZERO
        self.cost = ZERO
        self.margins = Margins()
        self.combined = Combinations()
        self.references: dict[InstrumentId, Decimal] = {}

    @classmethod
    def of_form(cls, form: BookForm, instruments: Mapping[InstrumentId, Instrument]) -> Positions:
        """Return the positions that gave this form."""
        found = cls()
        found.basis, found.cost = form.basis, form.cost
        found.margins = Margins.of_form(form.margins)
        found.references = _known(form.references)
        for one in form.positions:
            instrument = instruments[one.instrument]
            pool, underlying = found.margins.pool(instrument, one.flag), found._underlying(instrument)
            found._put(Position.of_form(one, instrument, pool, underlying))
        found.combined = Combinations(form.combined)
        found.margins.saved = found.combined.saved(found.find)
        return found

    def forms(self) -> list[PositionForm]:
        """Return the positions as they are."""
        return [position.form() for position in self]

    def __iter__(self) -> Iterator[Position]:
        for positions in self._of.values():
            yield from positions

    def of(self, instrument: InstrumentId) -> Sequence[Position]:
        """Return the positions of an instrument, one per hedge flag."""
        return self._of.get(instrument, ())

    def in_order(self) -> list[Position]:
        """Return every position, by instrument and flag."""
        return sorted(self, key=lambda position: (position.instrument.id, position.flag.value))

    def find(self, instrument: InstrumentId, flag: HedgeFlag) -> Position | None:
        """Return a position, `None` where there is none."""
        for position in self._of.get(instrument, ()):
            if position.flag is flag:
                return position
        return None

    def take(self, instrument: Instrument, flag: HedgeFlag) -> Position:
        """Return a position, a new one where there was none, under these terms of its instrument."""
        position = self.find(instrument.id, flag)
        if position is None:
            pool = self.margins.pool(instrument, flag)
            position = Position(instrument, flag, pool, self._underlying(instrument))
            self._put(position)
        elif position.instrument is not instrument:
            self.take_terms(position, instrument)
        return position

    def take_terms(self, position: Position, instrument: Instrument) -> None:
        """Charge a position under these terms from now on; another multiplier or option is an `InvariantError`."""
        old = position.instrument
        same = instrument.multiplier == old.multiplier and same_contract(instrument.option, old.option)
        if not position.empty and not same:
            raise InvariantError(f"the multiplier or option terms of {instrument.id} changed while a position is held")
        for holding in position.sides:
            self._move_margin(position.pool, holding, ZERO, ZERO)
        position.take_terms(instrument, self.margins.pool(instrument, position.flag))
        for holding in position.sides:
            self.charge(position, holding)

    def sum_up(self, position: Position) -> None:
        """Bring the sums up to a position whose lots have changed."""
        basis, cost = position.basis, position.cost
        position.sum_up()
        self.basis += position.basis - basis
        self.cost += position.cost - cost

    def charge(self, position: Position, holding: Holding) -> None:
        """Bring the margin up to a side whose lots or orders have changed."""
        side, opening = holding.side, ZERO
        if holding.opening_lots:
            opening = position.margin(side, holding.opening_value, holding.opening_lots)
        self._move_margin(position.pool, holding, position.margin(side, holding.value, holding.lots), opening)
        if self.combined:
            self.margins.save(self.combined.saved(self.find))

    def combine(self, combined: Combined) -> None:
        """Take the exchange's word how many lots of two legs it holds as one combination."""
        self.combined.set(combined)
        self.margins.save(self.combined.saved(self.find))

    def margin_of(
        self, instrument: Instrument, flag: HedgeFlag, side: Side, lots: int, price: Decimal
    ) -> Decimal | None:
        """Return the exact margin in yuan of lots opened now, without netting; `None` when the rate is not known."""
        return margin_of(instrument, lots, price, flag=flag, side=side, underlying=self._underlying(instrument))

    def open_at_strike(self, ending: Ending, future: Instrument, side: Side, *, older: bool) -> Decimal:
        """Open what exercise or assignment brings; return by how many yuan that moves lots closed earlier today."""
        position = self.take(future, ending.flag)
        holding = position.side(side)
        moved = ZERO
        if older:
            holding.add_older(ending.price, ending.lots)
        else:
            key = (ending.at, len(ending.number), ending.number)
            moved = holding.open(Opening(key, ending.price, ending.lots)) * future.multiplier * side.sign
        self.sum_up(position)
        self.charge(position, holding)
        return moved

    def priced(self) -> set[InstrumentId]:
        """Return whose settlement prices a settlement cannot do without: what is held."""
        return {position.instrument.id for position in self if position.long.lots or position.short.lots}

    def settle(self, prices: Mapping[InstrumentId, Decimal], day: int) -> None:
        """Give every lot its settlement price as basis; where a position holds lots, its price is there."""
        self.references = _known(prices)
        for position in self:
            price = prices.get(position.instrument.id, ZERO)  # without one it holds no lots
            position.refer(self._underlying(position.instrument))
            for holding in position.sides:
                holding.settle(price, day)
                self.charge(position, holding)
            self.sum_up(position)

    def latest_basis(self, instrument: InstrumentId, day: int) -> Decimal | None:
        """Return the basis of the lots of an instrument that came last, or its last settlement; else `None`."""
        sides = (holding for position in self.of(instrument) for holding in position.sides)
        runs = [run for holding in sides for run in holding.runs(day)]
        latest = max(runs, key=lambda run: run.open_day, default=None)
        return self.references.get(instrument) if latest is None else latest.basis

    def net_lots(self) -> dict[InstrumentId, int]:
        """Return long less short lots of every instrument, over all flags."""
        return {
            instrument: positions[0].net if len(positions) == 1 else sum([one.net for one in positions])
            for instrument, positions in self._of.items()
        }

    def worst_lots(self, instrument: InstrumentId, flag: HedgeFlag | None) -> tuple[int, int]:
        """Return long and short lots of one or all flags with every opening order filled."""
        long = short = 0
        for position in self._of.get(instrument, ()):
            if flag is None or position.flag is flag:
                bought, sold = position.long, position.short
                long += bought.today + bought.yesterday + bought.opening_lots
                short += sold.today + sold.yesterday + sold.opening_lots
        return long, short

    def largest_side(self) -> dict[InstrumentId, int]:
        """Return the lots of the larger side of every instrument, over all flags."""
        found: dict[InstrumentId, int] = {}
        for instrument, positions in self._of.items():
            long = short = 0
            for one in positions:
                long += one.long.lots
                short += one.short.lots
            found[instrument] = max(long, short)
        return found

    def weight(self, instrument: InstrumentId) -> Decimal:
        """Return net lots x multiplier over all flags."""
        return sum((position.weight for position in self.of(instrument)), ZERO)

    def rebase(self, instrument: InstrumentId, price: Decimal) -> None:
        """Give the older lots of an instrument this settlement price instead of the one they were settled at."""
        self.references[instrument] = price
        for position in self:
            option = position.instrument.option
            is_on_it = option is not None and option.underlying == instrument
            if position.instrument.id != instrument and not is_on_it:
                continue
            if is_on_it:
                position.refer(price)
            for holding in position.sides:
                if not is_on_it:
                    holding.rebase(price)
                self.charge(position, holding)
            self.sum_up(position)

    def profit(self, marks: Marks) -> Decimal:
        """Return 持仓盈亏 by the day at these marks; lots without one count at their basis."""
        value = -self.basis
        for position in self._futures:
            if position.weight:
                mark = marks(position.instrument.id)
                value += position.basis if mark is None else mark * position.weight
        return value

    def options(self, marks: Marks) -> OptionSums:
        """Return the sums of all options at these marks; lots without one count at their basis."""
        sums = NO_OPTIONS
        for position in self._options:
            long, short, multiplier = position.long, position.short, position.instrument.multiplier
            mark = marks(position.instrument.id)
            worth = (long.value, short.value) if mark is None else (mark * long.lots, mark * short.lots)
            sums = OptionSums(
                sums.long_value + worth[0] * multiplier,
                sums.short_value + worth[1] * multiplier,
            )
        return sums

    @property
    def frozen_premium(self) -> Decimal:
        """Return the premium that live orders may pay, in yuan."""
        paid = ZERO
        for position in self._options:
            paid += position.long.opening_value * position.instrument.multiplier
        return paid

    @property
    def has_options(self) -> bool:
        """Return whether any of them is an option's, held or empty."""
        return bool(self._options)

    def forget_empty(self) -> None:
        """Let go of positions that hold and reserve nothing."""
        kept = {id_: [one for one in positions if not one.empty] for id_, positions in self._of.items()}
        self._of = {id_: positions for id_, positions in kept.items() if positions}
        self._futures = [position for position in self._futures if not position.empty]
        self._options = [position for position in self._options if not position.empty]

    def _put(self, position: Position) -> None:
        self._of.setdefault(position.instrument.id, []).append(position)
        (self._futures if position.instrument.option is None else self._options).append(position)

    def _underlying(self, instrument: Instrument) -> Decimal | None:
        return None if instrument.option is None else self.references.get(instrument.option.underlying)

    def _move_margin(self, pool: MarginPool, holding: Holding, held: Decimal, opening: Decimal) -> None:
        self.margins.add(pool, holding.side, held - holding.margin, opening - holding.opening_margin)
        holding.margin, holding.opening_margin = held, opening


def _known(prices: Prices) -> dict[InstrumentId, Decimal]:
    return {name: price for name, price in prices.items() if price}
