"""Say what a hedge group of an account holds in tonnes, at worst: as control C5 counts it.

+ is long price risk. Options count with a delta of one, a put as the future it sells. How a group stands for whoever
keeps its ratio, options by their delta, is said by `standing`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.otc import product_in
from terminal.domain.products.option import Right
from terminal.engine.book.coming import coming

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.otc import OtcTerms
    from terminal.domain.parameters.limits import HedgeBound
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.state import AccountState

NONE = Decimal(0)  # tonnes


def tonnes_of_lot(bound: HedgeBound, instrument: Instrument) -> Decimal:
    """Return the tonnes of long price risk in one long lot, zero where the group does not speak of its product."""
    weight = bound.weights.get(instrument.product, NONE)
    return -weight if instrument.option is not None and instrument.option.right is Right.PUT else weight


def bound_of(account: AccountState, group: str) -> HedgeBound | None:
    """Return a hedge group by its name, `None` where the limits do not know it."""
    bounds = () if account.limits is None else account.limits.hedge_bounds
    return next((one for one in bounds if one.group == group), None)


def derivative_tonnes(
    instruments: Mapping[InstrumentId, Instrument],
    account: AccountState,
    bound: HedgeBound,
    *,
    toward: Decimal = NONE,
) -> Decimal:
    """Return the tonnes of everything an account holds in a group, whoever traded it, and of its contracts 场外.

    Of these, options 场外 count only where they add to what is `toward` one side (zero: all of them).
    """
    lots = account.book.net_lots()
    total = sum((tonnes_of_lot(bound, instruments[name]) * count for name, count in lots.items()), NONE)
    for row in account.otc.rows.values():
        if row.terms.group == bound.group:
            tonnes = otc_tonnes(instruments, bound, row.terms)
            total += tonnes if row.terms.right is None or tonnes * toward >= 0 else NONE
    return total


def otc_tonnes(instruments: Mapping[InstrumentId, Instrument], bound: HedgeBound, terms: OtcTerms) -> Decimal:
    """Return the tonnes of a group that a contract 场外 may come to, weighed as the group weighs the futures."""
    reference = instruments.get(terms.reference)
    product = None if reference is None else product_in(bound, reference)
    if product is None:
        return NONE
    lots = (one.tonnes_per_lot for one in instruments.values() if one.product == product and one.option is None)
    lot = next((tonnes for tonnes in lots if tonnes), bound.weights[product])
    return terms.whole_tonnes * bound.weights[product] / lot


def worst_tonnes(
    instruments: Mapping[InstrumentId, Instrument], account: AccountState, bound: HedgeBound, *, toward: Decimal
) -> Decimal:
    """Return the tonnes of a group before an order that moves it `toward` one side, as control C5 takes them.

    Worst case (SAFETY I6): working orders that move the group the same way fill, and those of the other way do not. So
    with requests to exercise, by what their futures weigh beyond the option lots that leave.
    """
    before = derivative_tonnes(instruments, account, bound, toward=toward)
    for row in account.live.values():
        if row.terms.is_opening:
            moved = tonnes_of_lot(bound, instruments[row.terms.instrument]) * row.terms.side.sign * row.remaining
            before += moved if moved * toward > 0 else NONE
    for one in coming(instruments, account) if account.exercises.may_come else ():
        future = instruments.get(one.future)
        gone = tonnes_of_lot(bound, one.option) * one.lots
        moved = (NONE if future is None else tonnes_of_lot(bound, future) * one.side.sign * one.lots) - gone
        before += moved if moved * toward > 0 else NONE
    return before
