"""Say how a hedge group of an account stands, in tonnes: its exposure, its futures, and what may still come to them.

+ is long price risk. Options count with a delta of one, a put as the future it sells (control C5). A strategy that
keeps a ratio asks without its own orders: those it knows itself. What others have under way may come, and so may what
the legs of others lack of balance. Net of VAT each tonne counts as the tonnes of exposure that it covers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.otc import product_in
from terminal.domain.products.option import Right
from terminal.domain.vat import covered_by
from terminal.domain.view import Cover, HedgeStanding
from terminal.engine.records.forgetting import OVER
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    instruments: Mapping[InstrumentId, Instrument],
    account: AccountState,
    bound: HedgeBound,
    *,
    toward: Decimal = NONE,
    vat: Decimal = NONE,
) -> Decimal:
    """Return the tonnes of everything an account holds in a group, whoever traded it, and of its contracts 场外.

    Of these, options count only where they add to what is `toward` one side (zero: all of them). With a VAT rate each
    counts as the tonnes of exposure that it covers net of it.
    """
    lots = account.book.net_lots()
    total = sum((_weighed(bound, instruments[name], vat) * count for name, count in lots.items()), NONE)
    for row in account.otc.rows.values():
        if row.terms.group == bound.group:
            reference = instruments.get(row.terms.reference)
            weighed = NONE if reference is None else covered_by(reference, vat)
            tonnes = otc_tonnes(instruments, bound, row.terms) * weighed
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
    *,
    vat: Decimal | None = None,
) -> HedgeStanding | None:
    """Return how a group stands for a strategy that trades one contract of it, `None` without such a group.

    With a VAT rate (a fraction) also what its futures cover net of VAT.
    """
    bound, limits = bound_of(account, group), account.limits
    if bound is None or limits is None:
        return None
    coming = tuple(_coming(account, strategy))
    plain = _cover(instruments, account, bound, instrument, coming, NONE)
    return HedgeStanding(
        exposure=bound.physical_tonnes + bound.planned_tonnes,
        futures=plain.futures,
        bought=plain.bought,
        sold=plain.sold,
        per_lot=plain.per_lot,
        confirm_fraction=limits.hedge_confirm_fraction,
        vat=vat,
        cover=None if vat is None else _cover(instruments, account, bound, instrument, coming, vat),
    )


def _cover(
    instruments: Mapping[InstrumentId, Instrument],
    account: AccountState,
    bound: HedgeBound,
    instrument: InstrumentId,
    coming: Sequence[tuple[InstrumentId, int]],
    vat: Decimal,
) -> Cover:
    bought = sold = NONE
    for name, lots in coming:
        moved = _weighed(bound, instruments[name], vat) * lots
        bought, sold = bought + max(moved, NONE), sold + max(-moved, NONE)
    known = instruments.get(instrument)
    return Cover(
        futures=derivative_tonnes(instruments, account, bound, vat=vat),
        bought=bought,
        sold=sold,
        per_lot=NONE if known is None else _weighed(bound, known, vat),
    )


def _weighed(bound: HedgeBound, instrument: Instrument, vat: Decimal) -> Decimal:
    return tonnes_of_lot(bound, instrument) * covered_by(instrument, vat)


def _coming(account: AccountState, strategy: StrategyId) -> Iterator[tuple[InstrumentId, int]]:
    # Signed lots that others may still trade.
    for order in account.live.values():
        if order.cause.strategy != strategy:
            yield order.terms.instrument, order.terms.side.sign * order.remaining
    for row in account.strategies.values():
        # A paused one is told to people as naked, and goes on to balance once it is resumed.
        if row.strategy != strategy and row.status not in OVER:
            yield from strategy_of(row.settings).lacking(row.settings, row.memory)
