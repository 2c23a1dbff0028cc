"""Compute margin: what lots bind, and what a group of contracts binds together.

Lots bind price x lots x multiplier x rate, or yuan per lot, or both; the price is their basis, so the open price on
the day they were opened and the last settlement price from then on (DOMAIN 5). Where the exchange charges only the
larger side (大边), the long and the short margin of one product stand against each other and the dearer one is charged:
over all hedge flags at SHFE and INE, per trading code, hence per flag, at CFFEX (DOMAIN 4.5). A contract outside the
netting, which is a flag of its own and changes near its last trading day, is charged on both sides. Margin is exact
here and rounded once per account total.

A long option binds nothing. A short one binds its own price and, per lot, max(future's margin − ½ 虚值额, ½ future's
margin) on a future, max(r·U·m − 虚值额, k·r·(call: U, put: K)·m) on an index (DOMAIN 4.12); U is the underlying's last
settlement price. While the books have none, the strike stands in for it, so that nothing is taken off.
"""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.books.form import MarginsForm, PoolForm
from terminal.domain.ids import ExchangeId, ProductId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.option import OptionTerms, Right

NETS_PER_FLAG = ExchangeId("CFFEX")
_BUY, _HEDGE = Side.BUY, HedgeFlag.HEDGE

PoolKey = tuple[ProductId, bool, HedgeFlag | None]


def margin_rate(instrument: Instrument, flag: HedgeFlag = HedgeFlag.SPECULATION) -> Decimal | None:
    """Return the exchange's rate and the broker's add-on as one fraction; `None` when the rate is not known.

    Lots that hedge have a rate of their own where the exchange says one, others and all else the one for speculation.
    An add-on that nobody stated adds nothing: such a row's rate is what the counter asks (resources/reference). Where
    the margin is stated in yuan per lot alone, the rate is zero.
    """
    rate, add = instrument.margin_rate, instrument.broker_margin_add
    if flag is _HEDGE and instrument.hedge_margin_rate is not None:
        rate = instrument.hedge_margin_rate
    if rate is None and instrument.margin_by_lot is not None:
        return ZERO
    return rate if rate is None or add is None else rate + add


def bound_by(instrument: Instrument, flag: HedgeFlag) -> tuple[Decimal, Decimal]:
    """Return what a yuan of price and what a lot binds; an unknown rate binds the whole value, the worst case."""
    rate = margin_rate(instrument, flag)
    by_value = instrument.multiplier if rate is None else instrument.multiplier * rate
    return by_value, instrument.margin_by_lot or ZERO


def bound_by_short(
    instrument: Instrument, flag: HedgeFlag, option: OptionTerms, underlying: Decimal | None
) -> tuple[Decimal, Decimal]:
    """Return what a yuan of price and what a lot of a short option binds at this price of the underlying."""
    price = option.strike if underlying is None else underlying
    by_value, by_lot = bound_by(instrument, flag)
    whole = price * by_value + by_lot
    out = option.out_of_money(price) * instrument.multiplier
    if option.guarantee is None:
        return instrument.multiplier, max(whole - out / 2, whole / 2)
    least = option.guarantee * (price if option.right is Right.CALL else option.strike) * by_value
    return instrument.multiplier, max(whole - out, least)


def margin_of(
    instrument: Instrument,
    lots: int,
    price: Decimal,
    *,
    flag: HedgeFlag = HedgeFlag.SPECULATION,
    side: Side = Side.BUY,
    underlying: Decimal | None = None,
) -> Decimal | None:
    """Return the exact margin in yuan of lots opened at a price, without netting; `None` when the rate is not known.

    Long and short lots of a future bind the same; of an option only short ones (`side` SELL) bind anything, at this
    price of the underlying.
    """
    if instrument.option is not None and side is _BUY:
        return ZERO
    rate, option = margin_rate(instrument, flag), instrument.option
    if rate is None:
        return None
    if option is None:
        by_value, by_lot = instrument.multiplier * rate, instrument.margin_by_lot
    else:
        by_value, by_lot = bound_by_short(instrument, flag, option, underlying)
    value = price * lots * by_value
    return value + lots * by_lot if by_lot else value


def pool_key(instrument: Instrument, flag: HedgeFlag) -> PoolKey:
    """Return which lots share a margin charge with these."""
    per_flag = flag if instrument.exchange == NETS_PER_FLAG else None
    return instrument.product, instrument.larger_side and instrument.option is None, per_flag


class MarginPool:
    """Sum the margin of lots that are charged together, in yuan.

    `held` is the charge for the lots held; `worst` the charge with every live and UNKNOWN opening order filled and no
    close filled.
    """

    __slots__ = ("_long", "_long_worst", "_short", "_short_worst", "held", "larger_side", "worst")

    def __init__(self, *, larger_side: bool) -> None:
        self.larger_side = larger_side
        self._long = ZERO
        self._short = ZERO
        self._long_worst = ZERO
        self._short_worst = ZERO
        self.held = ZERO
        self.worst = ZERO

    @classmethod
    def of_form(cls, form: PoolForm) -> MarginPool:
        """Return the pool that gave this form."""
        pool = cls(larger_side=form.larger_side)
        pool._long, pool._short = form.long, form.short
        pool._long_worst, pool._short_worst = form.long_worst, form.short_worst
        pool.held = pool._charge(form.long, form.short)
        pool.worst = pool._charge(form.long_worst, form.short_worst)
        return pool

    def form(self, key: PoolKey) -> PoolForm:
        """Return the pool as it is, under its key."""
        product, larger_side, flag = key
        return PoolForm(
            product=product,
            larger_side=larger_side,
            flag=flag,
            long=self._long,
            short=self._short,
            long_worst=self._long_worst,
            short_worst=self._short_worst,
        )

    def add(self, side: Side, held: Decimal, opening: Decimal) -> None:
        """Add margin of lots held and of opening orders to a side; negative amounts take away."""
        if side is _BUY:
            self._long += held
            self._long_worst += held + opening
        else:
            self._short += held
            self._short_worst += held + opening
        self.held = self._charge(self._long, self._short)
        self.worst = self._charge(self._long_worst, self._short_worst)

    def worst_with(self, side: Side, opening: Decimal) -> Decimal:
        """Return what `worst` would be with one more opening order; changes nothing."""
        if side is _BUY:
            return self._charge(self._long_worst + opening, self._short_worst)
        return self._charge(self._long_worst, self._short_worst + opening)

    def _charge(self, long: Decimal, short: Decimal) -> Decimal:
        if self.larger_side:
            return max(long, short)
        return long + short


class Margins:
    """Keep the pools of one account and their sums: `held` and `worst`, in yuan and exact, less what is `saved`."""

    __slots__ = ("_pools", "held", "saved", "worst")

    def __init__(self) -> None:
        self._pools: dict[PoolKey, MarginPool] = {}
        self.saved = ZERO
        self.held = ZERO
        self.worst = ZERO

    @classmethod
    def of_form(cls, form: MarginsForm) -> Margins:
        """Return the margins that gave this form."""
        margins = cls()
        margins.held, margins.worst = form.held, form.worst
        margins._pools = {(one.product, one.larger_side, one.flag): MarginPool.of_form(one) for one in form.pools}
        return margins

    def form(self) -> MarginsForm:
        """Return the pools and their sums as they are."""
        pools = [pool.form(key) for key, pool in self._pools.items()]
        return MarginsForm(held=self.held, worst=self.worst, pools=pools)

    def pool(self, instrument: Instrument, flag: HedgeFlag) -> MarginPool:
        """Return the pool these lots are charged in, a new one where there was none."""
        key = pool_key(instrument, flag)
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = MarginPool(larger_side=key[1])
        return pool

    def add(self, pool: MarginPool, side: Side, held: Decimal, opening: Decimal) -> None:
        """Add margin of lots held and of opening orders to a side of a pool; negative amounts take away."""
        before, worst_before = pool.held, pool.worst
        pool.add(side, held, opening)
        self.held += pool.held - before
        self.worst += pool.worst - worst_before

    def save(self, amount: Decimal) -> None:
        """Charge this much less than the pools bind: what combinations save now."""
        self.held -= amount - self.saved
        self.worst -= amount - self.saved
        self.saved = amount

    def worst_with(self, instrument: Instrument, flag: HedgeFlag, side: Side, opening: Decimal) -> Decimal:
        """Return what `worst` would be with one more opening order; changes nothing."""
        pool = self._pools.get(pool_key(instrument, flag))
        return self.worst + (opening if pool is None else pool.worst_with(side, opening) - pool.worst)
