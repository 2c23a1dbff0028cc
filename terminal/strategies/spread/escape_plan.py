"""Foresee what a leg that does not follow would cost at each rung of the ladder: 追价 → 加价 → 反平.

Prices are those on display now. Paying up costs what is paid beyond the opposite price; the way back costs the active
leg's own two sides. Fees are left out: they are paid on either way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.order import Side
from terminal.strategies.spread.balance import active_leg, unwound
from terminal.strategies.spread.hedge_ladder import chase_seconds, longest_seconds, most_chases, patience, worst_price
from terminal.strategies.spread.legged import legged_states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.parameters.strategy import SpreadSettings
    from terminal.domain.view import View
    from terminal.strategies.spread.legged import Legged


class Rung(NamedTuple):
    """Hold one rung: until when (seconds after the fill), the lots and the price at its end, and what it costs."""

    until: int
    instrument: InstrumentId
    side: Side
    lots: int
    price: Decimal
    cost: Decimal  # yuan


class Escape(NamedTuple):
    """Hold the way out when one leg alone lacks all it may lack; `unwind` is `None` where no whole lots fit."""

    direction: int  # 1 buys the spread, -1 sells it
    leg: int
    lots: int
    chase: Rung
    pay_up: Rung
    unwind: Rung | None


def escape_plan(view: View, settings: SpreadSettings) -> tuple[Escape, ...]:
    """Return the way out of every single leg, bought and sold; one whose contracts show no price is left out."""
    return tuple(_escapes(view, settings))


def _escapes(view: View, settings: SpreadSettings) -> Iterator[Escape]:
    lead = active_leg(settings)
    told: set[tuple[int, int]] = set()
    # The fullest state of each leg comes first: it lacks as many lots as it ever can.
    for state in sorted(legged_states(settings), key=lambda state: -abs(state.lots[lead])):
        lagging = [place for place, lack in enumerate(state.lacking) if lack]
        if len(lagging) != 1 or (state.direction, lagging[0]) in told:
            continue
        told.add((state.direction, lagging[0]))
        found = _escape(view, settings, state, lagging[0])
        if found is not None:
            yield found


def _escape(view: View, settings: SpreadSettings, state: Legged, leg: int) -> Escape | None:
    lack = state.lacking[leg]
    side = Side.BUY if lack > 0 else Side.SELL
    chases, until = patience(settings, leg).chases, chase_seconds(settings, leg)
    chase = _rung(view, settings, leg, side, abs(lack), chases, until)
    paid = _rung(view, settings, leg, side, abs(lack), most_chases(settings, leg), longest_seconds(settings, leg))
    if chase is None or paid is None:
        return None
    return Escape(state.direction, leg, abs(lack), chase, paid, _unwind(view, settings, state, leg))


def _rung(
    view: View, settings: SpreadSettings, leg: int, side: Side, lots: int, chases: int, until: int
) -> Rung | None:
    one, known = settings.legs[leg], view.instrument(settings.legs[leg].instrument)
    quote = view.quote(known.id)
    if quote is None:
        return None
    now, price = (worst_price(known, quote, one, side, count) for count in (0, chases))
    if now is None or price is None:
        return None
    return Rung(until, known.id, side, lots, price, known.value(price - now, lots) * side.sign)


def _unwind(view: View, settings: SpreadSettings, state: Legged, leg: int) -> Rung | None:
    lead = active_leg(settings)
    active = state.lots[lead]
    goal = unwound(settings, leg, state.lots[leg], active, 0)
    one, known = settings.legs[lead], view.instrument(settings.legs[lead].instrument)
    quote = view.quote(known.id)
    if goal is None or quote is None:
        return None
    side = Side.SELL if active > 0 else Side.BUY
    paid, back = (worst_price(known, quote, one, way, 0) for way in (side.opposite, side))
    if paid is None or back is None:
        return None
    lots = abs(active - goal)
    cost = known.value(paid - back, lots) * side.opposite.sign
    return Rung(longest_seconds(settings, leg), known.id, side, lots, back, cost)
