"""Say how a hedge group of an account stands, in tonnes: its exposure, its futures, and what may still come to them.

+ is long price risk. Options count with a delta of one, a put as the future it sells (control C5). A strategy that
keeps a ratio asks without its own orders: those it knows itself. What others have under way may come, and so may what
the legs of others lack of balance.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.otc import product_in
from terminal.domain.products.option import Right
from terminal.domain.view import HedgeStanding
from terminal.engine.records.forgetting import OVER
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terminal.domain.ids import InstrumentId, StrategyId
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
    instruments: Mapping[InstrumentId, Instrument], account: AccountState, bound: HedgeBound, *, toward: Decimal = NONE
) -> Decimal:
    """Return the tonnes of everything an account holds in a group, whoever traded it, and of its contracts 场外.

    Of these, options count only where they add to what is `toward` one side (zero: all of them).
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


def hedge_standing(
    instruments: Mapping[InstrumentId, Instrument],
    account: AccountState,
    group: str,
    instrument: InstrumentId,
    strategy: StrategyId,
) -> HedgeStanding | None:
    """Return how a group stands for a strategy that trades one contract of it, `None` without such a group."""
    bound, limits = bound_of(account, group), account.limits
    if bound is None or limits is None:
        return None
    bought = sold = NONE
    for name, lots in _coming(account, strategy):
        moved = tonnes_of_lot(bound, instruments[name]) * lots
        bought, sold = bought + max(moved, NONE), sold + max(-moved, NONE)
    known = instruments.get(instrument)
    return HedgeStanding(
        exposure=bound.physical_tonnes + bound.planned_tonnes,
        futures=derivative_tonnes(instruments, account, bound),
        bought=bought,
        sold=sold,
        per_lot=NONE if known is None else tonnes_of_lot(bound, known),
        confirm_fraction=limits.hedge_confirm_fraction,
    )


def _coming(account: AccountState, strategy: StrategyId) -> Iterator[tuple[InstrumentId, int]]:
    # Signed lots that others may still trade.
    for order in account.live.values():
        if order.cause.strategy != strategy:
            yield order.terms.instrument, order.terms.side.sign * order.remaining
    for row in account.strategies.values():
        # A paused one is told to people as naked, and goes on to balance once it is resumed.
        if row.strategy != strategy and row.status not in OVER:
            yield from strategy_of(row.settings).lacking(row.settings, row.memory)
