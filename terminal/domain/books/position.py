"""Hold both sides of one instrument under one hedge flag (投保), with the terms they are charged under."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.books.form import PositionForm
from terminal.domain.books.holding import Holding
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.margin import MarginPool, bound_by, bound_by_short
from terminal.domain.view import PositionView


class Position:
    """Hold both sides of one instrument under one hedge flag. Locked positions (锁仓) are two sides held at once.

    `net` is long less short lots, `weight` net lots x multiplier, `basis` and `cost` are long less short in yuan:
    profit by the day is mark x weight - basis, profit by the trade mark x weight - cost. All three are zero for an
    option, which has a value instead of a profit; `underlying` is the price its short margin is reckoned at.
    """

    __slots__ = (
        "_bound",
        "basis",
        "cost",
        "flag",
        "instrument",
        "long",
        "net",
        "pool",
        "short",
        "underlying",
        "weight",
    )

    def __init__(
        self, instrument: Instrument, flag: HedgeFlag, pool: MarginPool, underlying: Decimal | None = None
    ) -> None:
        self.flag = flag
        self.long = Holding(Side.BUY)
        self.short = Holding(Side.SELL)
        self.net = 0
        self.weight = ZERO
        self.basis = ZERO
        self.cost = ZERO
        self.underlying = underlying
        self.take_terms(instrument, pool)

    @classmethod
    def of_form(
        cls, form: PositionForm, instrument: Instrument, pool: MarginPool, underlying: Decimal | None
    ) -> Position:
        """Return the position that gave this form; the pool has been charged for it already."""
        position = cls(instrument, form.flag, pool, underlying)
        position.long = Holding.of_form(Side.BUY, form.long)
        position.short = Holding.of_form(Side.SELL, form.short)
        position.sum_up()
        return position

    def form(self) -> PositionForm:
        """Return the position as it is."""
        return PositionForm(
            instrument=self.instrument.id, flag=self.flag, long=self.long.form(), short=self.short.form()
        )

    def take_terms(self, instrument: Instrument, pool: MarginPool) -> None:
        """Use these terms from now on; what was charged before must have been taken back."""
        self.instrument = instrument
        self.pool = pool
        self.refer(self.underlying)

    def refer(self, underlying: Decimal | None) -> None:
        """Reckon with this price of the underlying from now on; of a future nothing hangs on it."""
        self.underlying = underlying
        instrument = self.instrument
        option = instrument.option
        if option is None:
            self._bound = bound_by(instrument, self.flag)
        else:
            self._bound = bound_by_short(instrument, self.flag, option, underlying)

    def margin(self, side: Side, value: Decimal, lots: int) -> Decimal:
        """Return the exact margin in yuan of lots of a side whose prices x lots sum to `value`."""
        if side is Side.BUY and self.instrument.option is not None:
            return ZERO
        by_value, by_lot = self._bound
        return value * by_value + lots * by_lot if by_lot else value * by_value

    @property
    def sides(self) -> tuple[Holding, Holding]:
        """Return long and short."""
        return self.long, self.short

    def side(self, side: Side) -> Holding:
        """Return the long lots for BUY, the short lots for SELL."""
        return self.long if side is Side.BUY else self.short

    @property
    def empty(self) -> bool:
        """Return whether the position can be forgotten."""
        return self.long.empty and self.short.empty

    def sum_up(self) -> None:
        """Bring the net figures up to the two sides."""
        multiplier, long, short = self.instrument.multiplier, self.long, self.short
        self.net = long.today + long.yesterday - short.today - short.yesterday
        if self.instrument.option is not None:
            return
        self.weight = self.net * multiplier
        self.basis = (long.value - short.value) * multiplier
        self.cost = (long.cost - short.cost) * multiplier

    def view(self) -> PositionView:
        """Return the lots and what of them is frozen."""
        long, short = self.long, self.short
        long_today, long_old = long.frozen_by_day()
        short_today, short_old = short.frozen_by_day()
        return PositionView(
            long.today,
            long.yesterday,
            short.today,
            short.yesterday,
            long_today,
            long_old,
            short_today,
            short_old,
        )

    def canonical(self) -> dict[str, object]:
        """Return the position as plain values, for hashing."""
        return {
            "instrument": self.instrument.id,
            "flag": self.flag.value,
            "long": self.long.canonical(),
            "short": self.short.canonical(),
        }

    def faults(self, *, by_lot: bool = True) -> list[str]:
        """Return a sentence for every figure that is wrong; `by_lot` adds the lots up one by one."""
        named = (("多头", self.long), ("空头", self.short))
        return [
            f"{self.instrument.id} {self.flag.value} {name}{fault}。"
            for name, side in named
            for fault in side.faults(by_lot=by_lot)
        ]
